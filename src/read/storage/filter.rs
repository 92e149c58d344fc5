//! Which objects are wanted, by what their names say.

use std::ops::Range;
use std::sync::Arc;

use alblog::LogKey;

use super::settled::Settled;
use crate::base::pattern::matches;

/// Requests that a search spends on folders of a bucket that are not of AWS's layout, unless somebody says otherwise.
pub const MAX_LISTS: usize = 5000;

/// Objects of a bucket that are looked into although their names are not those of logs, unless somebody says otherwise.
const MAX_LOOKS: usize = 1000;

/// What an object's name must say for it to be listed, and how far it is looked for. A name that says nothing is for others
/// to judge.
#[derive(Debug, Clone)]
pub struct KeyFilter {
    /// The interval ends after `start` and not after `end`; microseconds since the epoch.
    pub ends: Range<i64>,
    /// One of these load balancers: a name or `app/<name>/<id>`, in which `*` stands for anything; none for all.
    pub elbs: Vec<String>,
    /// Requests that may be spent on folders of a bucket that are not of AWS's layout.
    pub max_lists: usize,
    /// Objects of a bucket whose names are not those of logs that may be looked into.
    pub max_looks: usize,
    /// Whether an object that is there twice is wanted twice.
    pub duplicates: bool,
    /// Hours of which nothing is wanted, for it is known from elsewhere; if there is an elsewhere, nothing may be left to list.
    pub elsewhere: Option<Arc<Settled>>,
}

impl Default for KeyFilter {
    fn default() -> Self {
        Self {
            ends: i64::MIN..i64::MAX,
            elbs: Vec::new(),
            max_lists: MAX_LISTS,
            max_looks: MAX_LOOKS,
            duplicates: false,
            elsewhere: None,
        }
    }
}

impl KeyFilter {
    /// Whether an object of this name is wanted.
    pub fn admits(&self, key: &LogKey) -> bool {
        let in_time = key.interval_end > self.ends.start && key.interval_end <= self.ends.end;
        in_time && self.admits_elb(key)
    }

    /// Whether it is of an hour that is known from elsewhere.
    pub fn is_settled(&self, key: &LogKey) -> bool {
        self.elsewhere.as_ref().is_some_and(|settled| settled.holds(key))
    }

    /// Whether its load balancer is wanted.
    pub fn admits_elb(&self, key: &LogKey) -> bool {
        self.elbs.is_empty() || self.elbs.iter().any(|elb| is_elb(elb, &key.elb_name, &key.elb()))
    }
}

/// Whether a load balancer of this name, which is also `app/<name>/<id>`, is the one called so, or one of them.
pub fn is_elb(called: &str, name: &str, elb: &str) -> bool {
    matches(called, if called.contains('/') { elb } else { name })
}

/// The name of a load balancer: of `app/NAME/ID`, as logs call it, `NAME`; of all other text, itself.
pub fn elb_name(elb: &str) -> &str {
    elb.split('/').nth(1).unwrap_or(elb)
}

/// What a user calls a load balancer, as [`KeyFilter`] knows it: its name, `app/<name>/<id>`, or its ARN.
pub fn elb_named(text: &str) -> String {
    let id = text.split_once(":loadbalancer/").map_or(text, |(_, id)| id);
    id.trim_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "1_elasticloadbalancing_eu-west-1_app.shop.a1_20261120T1005Z_192.0.2.1_r.log.gz";

    #[test]
    fn a_load_balancer_has_a_name() {
        assert_eq!(elb_name("app/k8s-shop/50dc"), "k8s-shop");
        assert_eq!(elb_name("old-name"), "old-name");
    }

    #[test]
    fn a_load_balancer_may_be_named_in_three_ways_and_by_patterns() {
        let key = LogKey::parse(NAME).expect("a key");
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/shop/a1";
        for (named, admitted) in [
            ("shop", true),
            ("app/shop/a1", true),
            (arn, true),
            ("sho", false),
            ("app/shop/b2", false),
            ("sh*", true),
            ("*", true),
            ("app/s*/a1", true),
            ("arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/sho*", true),
            ("*hops", false),
            // Without a slash it is a name.
            ("app*a1", false),
        ] {
            let filter = KeyFilter { elbs: vec![elb_named(named)], ..KeyFilter::default() };
            assert_eq!(filter.admits(&key), admitted, "{named}");
        }
    }
}
