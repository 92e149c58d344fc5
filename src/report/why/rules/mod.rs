//! Causes of single failures: every rule that `queries/why.sql` decides by, in words, with AWS's documentation.
//!
//! The conditions themselves are in the SQL; a test compares the ids, and another decides a line of each. What a burst of
//! them comes from is not decided here.

mod client;
mod reasons;
mod sources;
mod target;

/// A cause that one line of an access log shows by itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name: `502-reset-fast`.
    pub id: &'static str,
    /// What it counts as when bursts are looked for.
    pub family: Family,
    /// Which fields decide, in words. `times` are the three processing times.
    pub condition: &'static str,
    /// The cause, in a few words.
    pub cause: &'static str,
    /// What happened, as far as the line tells.
    pub meaning: &'static str,
    pub remedy: &'static str,
    /// Where AWS documents it.
    pub sources: &'static [&'static str],
}

/// Rules whose failures belong together: they are counted together when bursts are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// A target refused, closed, or answered what is not HTTP.
    Connection,
    /// A target did not answer in time, or the client did not wait for it.
    Waiting,
    /// There was no target to send the request to.
    NoTarget,
    /// The target answered with an error by itself.
    Answered,
    /// A Lambda function, or Lambda itself.
    Lambda,
    /// Login, or the check of a token.
    Login,
    Firewall,
    /// An HTTP/2 stream was reset.
    Stream,
    /// The client's request cannot be handled.
    Request,
    /// A listener rule answers so, or another setting.
    Setting,
    /// Nothing is known but the status.
    Unknown,
}

/// The rules in the order of docs/why.md: about targets, about clients, with a reason of the load balancer's.
pub fn tables() -> [&'static [Rule]; 3] {
    [target::RULES, client::RULES, reasons::RULES]
}

pub fn all() -> impl Iterator<Item = &'static Rule> {
    tables().into_iter().flatten()
}

/// The rule of this name, as the SQL writes it.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SQL: &str = include_str!("../../../../queries/why.sql");

    /// Every text in single quotes that follows THEN or ELSE.
    fn ids_in_sql() -> BTreeSet<&'static str> {
        let after = |word: &'static str| SQL.split(word).skip(1);
        let quoted = |text: &'static str| text.trim_start().strip_prefix('\'').and_then(|text| text.split('\'').next());
        after("THEN").chain(after("ELSE")).filter_map(quoted).collect()
    }

    #[test]
    fn the_sql_decides_by_these_rules_and_no_others() {
        let ids: Vec<&str> = all().map(|rule| rule.id).collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(distinct.len(), ids.len(), "an id twice: {ids:?}");
        assert_eq!(distinct, ids_in_sql());
    }

    #[test]
    fn every_rule_says_everything() {
        for rule in all() {
            let texts = [rule.condition, rule.cause, rule.meaning, rule.remedy];
            assert!(texts.iter().all(|text| !text.is_empty() && !text.contains('|')), "{}", rule.id);
            assert!(rule.cause.chars().count() <= 48, "{}: {}", rule.id, rule.cause);
            assert!(!rule.sources.is_empty(), "{}", rule.id);
            let official = |url: &&str| {
                ["https://docs.aws.amazon.com/", "https://repost.aws/knowledge-center/"]
                    .iter()
                    .any(|site| url.starts_with(site))
            };
            assert!(rule.sources.iter().all(official), "{}", rule.id);
            assert_eq!(find(rule.id), Some(rule));
        }
        assert_eq!(find("502"), None);
    }
}
