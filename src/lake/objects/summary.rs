//! Counts of objects per load balancer. Pure: listed objects in, counts out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use alblog::time::{HOUR, MINUTE};
use alblog::{LogKey, LogKind, SkipReason};

use super::verify::{State, Verdict};
use crate::read::storage::LogObject;

/// Whose logs an object holds, as its name says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// Name of the load balancer.
    pub name: String,
    /// Its id: a load balancer that was deleted and made again has another.
    pub id: String,
    pub account: String,
    pub region: String,
}

impl Owner {
    /// What the name of an object says.
    pub fn of(key: &LogKey) -> Self {
        let LogKey { elb_name, elb_id, account, region, .. } = key;
        Self { name: elb_name.clone(), id: elb_id.clone(), account: account.clone(), region: region.clone() }
    }
}

/// The objects of one load balancer, or of several together.
#[derive(Debug, Clone, Default)]
pub struct LoadBalancer {
    /// None for objects whose names say nothing.
    pub owner: Option<Owner>,
    /// Kinds of log there are.
    pub kinds: BTreeSet<LogKind>,
    pub objects: u64,
    /// Bytes as stored.
    pub bytes: u64,
    /// Of how many objects the interval ends then; microseconds since the epoch.
    pub ends: BTreeMap<i64, u64>,
    /// Whether objects are missing, if that was asked.
    pub verdict: Option<Verdict>,
}

impl LoadBalancer {
    fn add(&mut self, object: &LogObject) {
        self.objects += 1;
        self.bytes += object.size;
        self.kinds.extend(object.kind);
        if let Some(key) = &object.key {
            *self.ends.entry(key.interval_end).or_default() += 1;
        }
    }

    /// When the newest interval ends.
    pub fn newest(&self) -> Option<i64> {
        self.ends.keys().next_back().copied()
    }

    /// All of them as one.
    pub(super) fn together<'a>(several: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        for one in several {
            all.objects += one.objects;
            all.bytes += one.bytes;
            all.kinds.extend(&one.kinds);
            for (end, count) in &one.ends {
                *all.ends.entry(*end).or_default() += count;
            }
        }
        all
    }
}

/// What there is, counted.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The largest first.
    pub load_balancers: Vec<LoadBalancer>,
    /// Objects that are no logs of Application Load Balancers, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// How many of the objects lie in S3, and their bytes.
    pub remote: (u64, u64),
}

impl Summary {
    pub fn new<'a>(objects: impl IntoIterator<Item = &'a LogObject>, skipped: BTreeMap<SkipReason, u64>) -> Self {
        let mut by_owner: BTreeMap<Option<Owner>, LoadBalancer> = BTreeMap::new();
        let mut remote = (0, 0);
        for object in objects {
            let owner = object.key.as_ref().map(Owner::of);
            by_owner.entry(owner).or_default().add(object);
            if object.is_remote() {
                remote = (remote.0 + 1, remote.1 + object.size);
            }
        }
        let owned = |(owner, counts)| LoadBalancer { owner, ..counts };
        let mut load_balancers: Vec<LoadBalancer> = by_owner.into_iter().map(owned).collect();
        // What is as large stays in the order of names.
        load_balancers.sort_by_key(|one| std::cmp::Reverse(one.bytes));
        Self { load_balancers, skipped, remote }
    }

    /// Adds what was found out about load balancers, also about those without objects. The worst first.
    pub fn add(&mut self, mut verdicts: BTreeMap<Owner, Verdict>) {
        for one in &mut self.load_balancers {
            one.verdict = one.owner.as_ref().and_then(|owner| verdicts.remove(owner));
        }
        let without =
            |(owner, verdict)| LoadBalancer { owner: Some(owner), verdict: Some(verdict), ..LoadBalancer::default() };
        self.load_balancers.extend(verdicts.into_iter().map(without));
        let state = |one: &LoadBalancer| one.verdict.as_ref().map(|verdict| verdict.state);
        self.load_balancers.sort_by_key(|one| (state(one).unwrap_or(State::Fresh), std::cmp::Reverse(one.bytes)));
    }

    /// How many load balancers are in a state.
    pub fn in_state(&self, state: State) -> usize {
        let verdicts = self.load_balancers.iter().filter_map(|one| one.verdict.as_ref());
        verdicts.filter(|verdict| verdict.state == state).count()
    }

    pub fn total(&self) -> LoadBalancer {
        LoadBalancer::together(&self.load_balancers)
    }

    /// The different values of something the names say.
    pub(super) fn distinct(&self, of: impl Fn(&Owner) -> &String) -> BTreeSet<&str> {
        self.load_balancers.iter().filter_map(|one| one.owner.as_ref()).map(|owner| of(owner).as_str()).collect()
    }
}

/// The time that is shown: what was asked for; where nothing was, the time of the objects, from a full hour on, or until
/// now. At least five minutes; none if nobody knows.
pub fn span(since: Option<i64>, until: Option<i64>, now: Option<i64>, all: &LoadBalancer) -> Option<Range<i64>> {
    let (oldest, newest) = (all.ends.keys().next().copied(), all.newest());
    let end = until.or_else(|| newest.max(now))?;
    // An interval that ends at a full hour belongs to the hour before.
    let start = since.or_else(|| oldest.map(|oldest| (oldest - 1).div_euclid(HOUR) * HOUR)).unwrap_or(end);
    let least = 5 * MINUTE;
    if start.saturating_add(least) <= end {
        Some(start..end)
    } else if until.is_some() {
        Some(end - least..end)
    } else {
        Some(start..start + least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        alblog::time::parse(format!("2026-11-20T{text}:00Z").as_bytes()).unwrap()
    }

    #[test]
    fn what_nobody_asked_for_is_the_time_of_the_objects() {
        let all = LoadBalancer {
            ends: [at("10:05"), at("11:00"), at("12:10")].map(|end| (end, 1)).into(),
            ..LoadBalancer::default()
        };
        assert_eq!(span(None, None, None, &all), Some(at("10:00")..at("12:10")));
        assert_eq!(span(Some(at("11:30")), None, Some(at("14:00")), &all), Some(at("11:30")..at("14:00")));
        assert_eq!(span(None, Some(at("11:00")), None, &all), Some(at("10:00")..at("11:00")));
        assert_eq!(span(None, None, None, &LoadBalancer::default()), None);
        let on_the_hour = LoadBalancer { ends: [(at("11:00"), 1)].into(), ..LoadBalancer::default() };
        assert_eq!(span(None, None, None, &on_the_hour), Some(at("10:00")..at("11:00")));
    }
}
