//! Hours of logs, as of those of which everything is known from elsewhere: what was logged in them need not be looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use alblog::time::HOUR;
use alblog::{LogKey, LogKind};

/// Hours by kind of log, account and region. An object is of the hour in which its interval ends, and the one that ends with the
/// hour is its last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled(BTreeMap<(LogKind, String, String), BTreeSet<i64>>);

impl Settled {
    /// Adds the hours that begin in this time, microseconds since the epoch.
    pub fn add(&mut self, kind: LogKind, account: &str, region: &str, time: Range<i64>) {
        let hours = self.0.entry((kind, account.to_owned(), region.to_owned())).or_default();
        hours.extend(
            std::iter::successors(Some(hour(time.start)), |hour| Some(hour + HOUR)).take_while(|hour| *hour < time.end),
        );
    }

    /// Whether this object's hour is one of them.
    pub fn holds(&self, key: &LogKey) -> bool {
        self.holds_hour(key.kind, &key.account, &key.region, key.interval_end - 1)
    }

    /// Whether the hour of this time is one of them.
    pub fn holds_hour(&self, kind: LogKind, account: &str, region: &str, time: i64) -> bool {
        self.hours(kind, account, region).is_some_and(|hours| hours.contains(&hour(time)))
    }

    /// Whether all objects are of them whose intervals end after the start and not after the end.
    pub fn covers(&self, kind: LogKind, account: &str, region: &str, ends: &Range<i64>) -> bool {
        let Some(hours) = self.hours(kind, account, region) else { return ends.is_empty() };
        let mut needed = std::iter::successors(Some(hour(ends.start)), |hour| hour.checked_add(HOUR));
        needed.by_ref().take_while(|hour| *hour < ends.end).all(|hour| hours.contains(&hour))
    }

    fn hours(&self, kind: LogKind, account: &str, region: &str) -> Option<&BTreeSet<i64>> {
        self.0.get(&(kind, account.to_owned(), region.to_owned()))
    }
}

fn hour(time: i64) -> i64 {
    time - time.rem_euclid(HOUR)
}

#[cfg(test)]
mod tests {
    use alblog::time::DAY;

    use super::*;

    #[test]
    fn an_interval_that_ends_with_the_hour_is_its_last() {
        let mut settled = Settled::default();
        settled.add(LogKind::Access, "1", "eu-west-1", 10 * HOUR..12 * HOUR);
        let key = |end: i64| {
            let name = "1_elasticloadbalancing_eu-west-1_app.a.b_19700101T1005Z_192.0.2.1_r.log.gz";
            LogKey { interval_end: end, ..LogKey::parse(name).expect("a key") }
        };
        for (end, held) in [(10 * HOUR, false), (10 * HOUR + 1, true), (12 * HOUR, true), (12 * HOUR + 1, false)] {
            assert_eq!(settled.holds(&key(end)), held, "{end}");
        }
        let covers = |ends: Range<i64>| settled.covers(LogKind::Access, "1", "eu-west-1", &ends);
        assert!(covers(10 * HOUR..12 * HOUR) && covers(11 * HOUR..11 * HOUR + 1));
        assert!(!covers(10 * HOUR - 1..11 * HOUR) && !covers(10 * HOUR..12 * HOUR + 1));
        assert!(!settled.covers(LogKind::Connection, "1", "eu-west-1", &(0..DAY)));
    }
}
