//! Health checks of targets during a burst, where there are logs of them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::rows::{HealthRow, address, group_name};

/// Checks by target group and target. A check's port may be another than the target's, so addresses are compared where
/// address and port together are not found.
#[derive(Debug, Default)]
pub(super) struct Health<'r> {
    rows: BTreeMap<&'r str, Vec<&'r HealthRow>>,
}

/// The checks of a target, or of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Checks {
    pub(super) all: u64,
    pub(super) failed: u64,
    /// Time of the first that failed, and why most did.
    pub(super) first_failed: Option<i64>,
    pub(super) reason: Option<String>,
}

impl<'r> Health<'r> {
    pub(super) fn new(rows: &'r [HealthRow]) -> Self {
        let mut by_group: BTreeMap<&str, Vec<&HealthRow>> = BTreeMap::new();
        for row in rows {
            by_group.entry(&row.target_group).or_default().push(row);
        }
        Self { rows: by_group }
    }

    fn of_group<'s>(&'s self, elb: &'s str, arn: &str) -> impl Iterator<Item = &'r HealthRow> + 's {
        let rows = self.rows.get(group_name(arn)).map_or(&[][..], Vec::as_slice);
        rows.iter().copied().filter(move |row| row.elb.is_empty() || row.elb == elb)
    }

    /// The checks of a target in bars that begin within these times; `None` if there are none.
    pub(super) fn of(
        &self,
        elb: &str,
        target_group: Option<&str>,
        target: &str,
        within: &Range<i64>,
    ) -> Option<Checks> {
        let arn = target_group?;
        let during = || self.of_group(elb, arn).filter(|row| within.contains(&row.bucket));
        let exact: Vec<&HealthRow> = during().filter(|row| row.target == target).collect();
        let rows =
            if exact.is_empty() { during().filter(|row| bare(&row.target) == bare(target)).collect() } else { exact };
        (!rows.is_empty()).then(|| Checks::of(&rows))
    }
}

/// The address alone; of IPv6 without brackets.
fn bare(target: &str) -> &str {
    address(target).trim_matches(['[', ']'])
}

impl Checks {
    fn of(rows: &[&HealthRow]) -> Self {
        let mut checks = Self::default();
        let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
        for row in rows {
            checks.all += row.checks;
            if let Some(reason) = &row.failure {
                checks.failed += row.checks;
                checks.first_failed = Some(checks.first_failed.map_or(row.first, |first| first.min(row.first)));
                *reasons.entry(reason).or_default() += row.checks;
            }
        }
        checks.reason = reasons.into_iter().max_by_key(|(_, count)| *count).map(|(reason, _)| reason.to_owned());
        checks
    }

    pub(super) fn and(self, other: Self) -> Self {
        let first_failed = match (self.first_failed, other.first_failed) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Self {
            all: self.all + other.all,
            failed: self.failed + other.failed,
            first_failed,
            reason: self.reason.or(other.reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/shop/12";

    fn row(target: &str, failure: Option<&str>, checks: u64, first: i64) -> HealthRow {
        HealthRow {
            elb: "app/lb/1".to_owned(),
            target_group: "shop".to_owned(),
            target: target.to_owned(),
            failure: failure.map(ToOwned::to_owned),
            bucket: first / 60 * 60,
            checks,
            first,
            last: first,
        }
    }

    #[test]
    fn checks_of_a_target_are_added_up() {
        let rows = [
            row("10.0.0.1:80", None, 100, 30),
            row("10.0.0.1:80", Some("TimedOut"), 20, 70),
            row("10.0.0.1:80", Some("ConnectionReset"), 1, 65),
            row("10.0.0.2:80", None, 9, 30),
            row("10.0.0.1:80", Some("TimedOut"), 50, 700),
        ];
        let health = Health::new(&rows);
        let of = |target| health.of("app/lb/1", Some(ARN), target, &(0..600));
        let expected = Checks { all: 121, failed: 21, first_failed: Some(65), reason: Some("TimedOut".to_owned()) };
        assert_eq!(of("10.0.0.1:80"), Some(expected.clone()));
        // Checks on another port are of the same target.
        assert_eq!(of("10.0.0.1:8080"), Some(expected));
        assert_eq!(of("10.0.0.3:80"), None);
        assert_eq!(health.of("app/other/2", Some(ARN), "10.0.0.1:80", &(0..600)), None);
        assert_eq!(health.of("app/lb/1", None, "10.0.0.1:80", &(0..600)), None);
        assert_eq!(Health::default().of("app/lb/1", Some(ARN), "10.0.0.1:80", &(0..600)), None);
    }
}
