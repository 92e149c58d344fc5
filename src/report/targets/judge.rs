//! Which targets stand out from their siblings: pure, of counts and percentiles alone.
//!
//! A target is judged only by counts large enough to mean it; the numbers are the constants below, and [`rule`] says them
//! to people. Not responsible for words about what was found.

use crate::report::pods::Pod;

/// So many errors before a rate of errors is a rate.
const ERRORS: u64 = 5;
/// A sick target fails so many times as often as its siblings.
const TIMES_AS_OFTEN: f64 = 5.0;
/// The siblings must have had so many requests together.
const SIBLINGS: u64 = 100;
/// Above this, counts differ by chance once in 10,000 times: the likelihood ratio of a table of two by two, which is
/// distributed as chi-squared with one degree of freedom.
const NO_CHANCE: f64 = 15.137;
/// So many requests must lie above a percentile before it is compared.
const ABOVE: u64 = 50;
/// A slow target's percentile is so many times the median of its siblings', and so many seconds more.
const TIMES_AS_SLOW: f64 = 2.0;
const SLOWER: f64 = 0.05;
/// The busiest target handles so many times what it would if all were equal.
const UNEVEN: f64 = 1.5;
/// On average, each of them must have handled so many.
const EACH: f64 = 100.0;

/// Percentiles that are compared, and the hundredths of the requests that lie above them.
pub(super) const PERCENTILES: [(&str, u64); 3] = [("p50", 50), ("p90", 10), ("p99", 1)];

/// A target of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Target {
    /// `10.0.42.17:8080`
    pub(super) address: String,
    pub(super) requests: u64,
    /// 5xx, whoever made them.
    pub(super) errors: u64,
    /// Requests with a target time.
    pub(super) timed: u64,
    /// Seconds; as [`PERCENTILES`].
    pub(super) percentiles: [Option<f64>; 3],
    /// Of its first and last request, microseconds since the epoch.
    pub(super) seen: (i64, i64),
    /// Whose the address was.
    pub(super) pod: Option<Pod>,
}

impl Target {
    /// `10.0.42.17:8080`; `cart-api-7d9f (10.0.42.17:8080, version 1.42)` if its pod is known.
    pub(super) fn called(&self) -> String {
        self.pod.as_ref().map_or_else(|| self.address.clone(), |pod| pod.called(&self.address))
    }
}

/// What is wrong with a target.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trouble {
    /// It fails far more often than its siblings.
    Failing { target: Target, siblings: (u64, u64) },
    /// A percentile, by its place in [`PERCENTILES`], is far above those of its siblings, whose median is given.
    Slow { target: Target, percentile: usize, siblings: f64 },
    /// It handles so many times what each of so many targets would if all were equal.
    Uneven { target: Target, times: f64, targets: usize },
}

/// How evenly requests are spread over the targets that were there all the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) targets: usize,
    /// Requests of each on average.
    pub(super) mean: f64,
    /// Those of the busiest, and of the quietest, in times of the mean.
    pub(super) busiest: f64,
    pub(super) quietest: f64,
    /// Standard deviation by mean.
    pub(super) variation: f64,
}

/// The rules in words.
pub(super) fn rule() -> Vec<String> {
    vec![
        format!(
            "failing: {ERRORS} requests or more that ended with 5xx, {TIMES_AS_OFTEN} times as often as its siblings ({SIBLINGS} requests or more), \
             and less than once in 10,000 times by chance"
        ),
        format!(
            "slow: p50, p90 or p99 {TIMES_AS_SLOW} times the median of its siblings' and {} ms more, where {ABOVE} requests \
             or more lie above it",
            SLOWER * 1000.0
        ),
        format!(
            "uneven: {UNEVEN} times the mean of the targets that were there all the time, {EACH} requests or more each"
        ),
    ]
}

/// What is wrong with targets of one group. A target without siblings cannot be compared.
pub(super) fn troubles(targets: &[Target]) -> Vec<Trouble> {
    let mut troubles: Vec<Trouble> = Vec::new();
    for target in targets {
        troubles.extend(failing(target, targets));
        troubles.extend(slow(target, targets));
    }
    if let Some(spread) = spread(targets).filter(|spread| spread.busiest > UNEVEN && spread.mean >= EACH)
        && let Some(busiest) = steady(targets).into_iter().max_by_key(|target| target.requests)
    {
        troubles.push(Trouble::Uneven { target: busiest.clone(), times: spread.busiest, targets: spread.targets });
    }
    troubles
}

fn failing(target: &Target, targets: &[Target]) -> Option<Trouble> {
    let all = |of: fn(&Target) -> u64| targets.iter().map(of).sum::<u64>();
    let siblings = (all(|it| it.errors) - target.errors, all(|it| it.requests) - target.requests);
    let (rate, theirs) = (ratio(target.errors, target.requests), ratio(siblings.0, siblings.1));
    let is_sick = target.errors >= ERRORS
        && siblings.1 >= SIBLINGS
        && rate > theirs * TIMES_AS_OFTEN
        && likelihood_ratio((target.errors, target.requests), siblings) > NO_CHANCE;
    is_sick.then(|| Trouble::Failing { target: target.clone(), siblings })
}

/// The first percentile by which it is slow: if half of its requests are, nobody asks for the slowest hundredth.
fn slow(target: &Target, targets: &[Target]) -> Option<Trouble> {
    PERCENTILES.iter().enumerate().find_map(|(percentile, (_, above))| {
        let of = |target: &Target| target.percentiles[percentile].filter(|_| target.timed * above / 100 >= ABOVE);
        let own = of(target)?;
        let siblings = median(targets.iter().filter(|it| it.address != target.address).filter_map(of))?;
        let is_slow = own > siblings * TIMES_AS_SLOW && own > siblings + SLOWER;
        is_slow.then(|| Trouble::Slow { target: target.clone(), percentile, siblings })
    })
}

/// Targets with requests in the first and in the last tenth of the group's time: one that came or went with a deploy has
/// fewer for no fault of the load balancer's.
fn steady(targets: &[Target]) -> Vec<&Target> {
    let first = targets.iter().map(|target| target.seen.0).min().unwrap_or_default();
    let last = targets.iter().map(|target| target.seen.1).max().unwrap_or_default();
    let tenth = (last - first) / 10;
    targets.iter().filter(|target| target.seen.0 <= first + tenth && target.seen.1 >= last - tenth).collect()
}

/// How evenly requests are spread; none where there are not two targets to spread them over.
pub(super) fn spread(targets: &[Target]) -> Option<Spread> {
    let steady = steady(targets);
    let counts: Vec<f64> = steady.iter().map(|target| number(target.requests)).collect();
    if counts.len() < 2 {
        return None;
    }
    let of = number(counts.len() as u64);
    let mean = counts.iter().sum::<f64>() / of;
    let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / of;
    let most = counts.iter().copied().fold(f64::MIN, f64::max);
    let least = counts.iter().copied().fold(f64::MAX, f64::min);
    Some(Spread {
        targets: counts.len(),
        mean,
        busiest: most / mean,
        quietest: least / mean,
        variation: variance.sqrt() / mean,
    })
}

/// The likelihood ratio of two counts of errors of requests, if both failed alike: 2 Σ observed ln(observed / expected).
fn likelihood_ratio(own: (u64, u64), siblings: (u64, u64)) -> f64 {
    let rate = ratio(own.0 + siblings.0, own.1 + siblings.1);
    let cell = |observed: u64, expected: f64| {
        if observed == 0 { 0.0 } else { number(observed) * (number(observed) / expected).ln() }
    };
    let of = |(errors, requests): (u64, u64)| {
        let requests_f = number(requests);
        cell(errors, requests_f * rate) + cell(requests - errors, requests_f * (1.0 - rate))
    };
    2.0 * (of(own) + of(siblings))
}

/// A part of a whole.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    number(part) / number(whole.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

/// The lower of the two in the middle, if there are two.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(address: &str, requests: u64, errors: u64, p90: f64) -> Target {
        Target {
            address: address.to_owned(),
            requests,
            errors,
            timed: requests,
            percentiles: [Some(p90 / 2.0), Some(p90), Some(p90 * 4.0)],
            seen: (0, 1000),
            pod: None,
        }
    }

    /// What is wrong beside uneven traffic.
    fn beside_uneven(targets: &[Target]) -> Vec<Trouble> {
        troubles(targets).into_iter().filter(|trouble| !matches!(trouble, Trouble::Uneven { .. })).collect()
    }

    #[test]
    fn a_sick_target_stands_out_from_its_siblings() {
        let sick = target("a:1", 1000, 340, 0.1);
        let found = troubles(&[sick.clone(), target("b:1", 1000, 3, 0.1), target("c:1", 1000, 2, 0.1)]);
        assert_eq!(found, [Trouble::Failing { target: sick, siblings: (5, 2000) }]);
        // One that has just come, and fails always.
        let new = target("a:1", 20, 20, 0.1);
        assert_eq!(beside_uneven(&[new.clone(), target("b:1", 1000, 0, 0.1)]).len(), 1);
    }

    #[test]
    fn what_chance_does_is_no_sickness() {
        for (what, targets) in [
            ("all fail alike", [target("a:1", 1000, 200, 0.1), target("b:1", 1000, 210, 0.1)]),
            ("a coin falls on one side five times", [target("a:1", 1000, 5, 0.1), target("b:1", 1000, 0, 0.1)]),
            ("four errors are no rate", [target("a:1", 100, 4, 0.1), target("b:1", 10_000, 0, 0.1)]),
            ("few to compare with", [target("a:1", 100, 50, 0.1), target("b:1", 99, 0, 0.1)]),
            ("four times as often", [target("a:1", 10_000, 400, 0.1), target("b:1", 10_000, 100, 0.1)]),
        ] {
            assert_eq!(beside_uneven(&targets), [], "{what}");
        }
        assert_eq!(troubles(&[target("a:1", 1000, 900, 9.0)]), [], "nobody to compare with");
        assert_eq!(troubles(&[]), []);
    }

    #[test]
    fn the_likelihood_ratio_is_that_of_textbooks() {
        // Of 2 × 2 counts 10, 90 and 20, 80: G = 3.98.
        assert!((likelihood_ratio((10, 100), (20, 100)) - 3.9873).abs() < 1e-3);
        assert!(likelihood_ratio((10, 100), (20, 200)).abs() < 1e-9, "alike");
        assert!(likelihood_ratio((0, 100), (0, 100)).abs() < 1e-9, "none at all");
        assert!(likelihood_ratio((100, 100), (100, 100)).abs() < 1e-9, "all");
    }

    #[test]
    fn a_slow_target_is_slow_by_factor_and_by_time() {
        let slow = target("a:1", 500, 0, 0.5);
        assert_eq!(
            troubles(&[slow.clone(), target("b:1", 500, 0, 0.1), target("c:1", 500, 0, 0.1)]),
            [Trouble::Slow { target: slow, percentile: 0, siblings: 0.05 }]
        );
        // Three times as slow, and nobody notices.
        assert_eq!(troubles(&[target("a:1", 500, 0, 0.015), target("b:1", 500, 0, 0.005)]), []);
        // Too few lie above, of this one and of its sibling.
        assert_eq!(beside_uneven(&[target("a:1", 99, 0, 0.5), target("b:1", 500, 0, 0.1)]), []);
        assert_eq!(beside_uneven(&[target("a:1", 500, 0, 0.5), target("b:1", 99, 0, 0.1)]), []);
    }

    #[test]
    fn the_slowest_hundredth_counts_where_there_are_enough() {
        let tail =
            |requests| Target { percentiles: [Some(0.05), Some(0.1), Some(2.0)], ..target("a:1", requests, 0, 0.1) };
        let found = troubles(&[tail(5000), target("b:1", 5000, 0, 0.1)]);
        assert!(matches!(&found[..], [Trouble::Slow { percentile: 2, .. }]), "{found:?}");
        assert_eq!(troubles(&[tail(4999), target("b:1", 5000, 0, 0.1)]), []);
    }

    #[test]
    fn uneven_traffic_is_said_of_the_busiest() {
        let busy = target("a:1", 3000, 0, 0.1);
        let found = troubles(&[busy.clone(), target("b:1", 500, 0, 0.1), target("c:1", 500, 0, 0.1)]);
        assert_eq!(found, [Trouble::Uneven { target: busy, times: 2.25, targets: 3 }]);
        assert_eq!(troubles(&[target("a:1", 199, 0, 0.1), target("b:1", 0, 0, 0.1)]), [], "too few");
    }

    #[test]
    fn what_came_or_went_is_not_uneven() {
        let new = Target { seen: (900, 1000), ..target("b:1", 100, 0, 0.1) };
        let gone = Target { seen: (0, 500), ..target("c:1", 400, 0, 0.1) };
        assert_eq!(troubles(&[target("a:1", 1000, 0, 0.1), new.clone(), gone.clone(), target("d:1", 900, 0, 0.1)]), []);
        let spread = spread(&[target("a:1", 300, 0, 0.1), new, gone, target("d:1", 100, 0, 0.1)]).unwrap();
        let numbers = [spread.mean, spread.busiest, spread.quietest, spread.variation];
        assert_eq!((spread.targets, numbers), (2, [200.0, 1.5, 0.5, 0.5]));
    }
}
