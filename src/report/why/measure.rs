//! The few measures by which failures are compared: whether a rate is higher than another, rates are alike, times pile up.

use super::bars::as_number;
use super::facts::Share;
use super::rows::Elapsed;

/// Between which rates the true one lies, with 95 % certainty (Wilson's interval). Few requests make it wide.
pub(super) fn between(failures: u64, requests: u64) -> (f64, f64) {
    const Z: f64 = 1.96;
    if requests == 0 {
        return (0.0, 1.0);
    }
    let n = as_number(requests);
    let rate = (as_number(failures) / n).min(1.0);
    let middle = rate + Z * Z / (2.0 * n);
    let spread = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0))
}

/// Failures and requests of some targets together.
pub(super) fn sums<'s, 'g: 's>(shares: impl IntoIterator<Item = &'s Share<'g>>) -> (u64, u64) {
    shares
        .into_iter()
        .fold((0, 0), |(failures, requests), share| (failures + share.failures, requests + share.requests))
}

/// The fewest targets that stand out from all others, as a number of shares from the front; they are sorted by failures.
///
/// They stand out if each surely fails at three times the rate of the others, they have most of the failures, and they are
/// fewer than half of the targets.
pub(super) fn outstanding(shares: &[Share<'_>]) -> Option<usize> {
    let total: u64 = shares.iter().map(|share| share.failures).sum();
    (1..shares.len()).take_while(|count| count * 2 < shares.len() || (*count, shares.len()) == (1, 2)).find(|&count| {
        let (some, others) = shares.split_at(count);
        let (failures, requests) = sums(others);
        let usual = between(failures, requests).1;
        let stands_out = |share: &Share<'_>| between(share.failures, share.requests).0 > 3.0 * usual;
        as_number(some.iter().map(|share| share.failures).sum()) >= 0.7 * as_number(total)
            && some.iter().all(stands_out)
    })
}

/// Whether a value that has so many failures of so many requests has most of all, and surely fails at more than three times
/// the rate of all others, of which there are enough to show it.
pub(super) fn stands_out((failures, requests): (u64, u64), all: (u64, u64)) -> bool {
    const FEWEST_OTHERS: u64 = 30;
    const MISSED: f64 = 8.0;
    let others = (all.0.saturating_sub(failures), all.1.saturating_sub(requests));
    let rate = as_number(failures) / as_number(requests.max(1));
    as_number(failures) >= 0.7 * as_number(all.0)
        && others.1 >= FEWEST_OTHERS
        && rate * as_number(others.1) >= MISSED
        && between(failures, requests).0 > 3.0 * between(others.0, others.1).1
}

/// Whether failures hit all of several targets alike: where three or more are expected there are some, and the rates are
/// as far from each other as chance makes them, or within twice each other.
pub(super) fn alike(shares: &[Share<'_>]) -> bool {
    let (failures, requests) = sums(shares);
    if shares.len() < 2 || failures == 0 || requests == 0 {
        return false;
    }
    let rate = as_number(failures) / as_number(requests);
    let expected = |requests: u64| rate * as_number(requests);
    // Of targets with few requests chance decides: they are judged together.
    let each = as_number(failures) / as_number(shares.len() as u64);
    let mut judged: Vec<(u64, u64)> = shares.iter().map(|share| (share.failures, share.requests)).collect();
    let few = judged.extract_if(.., |(_, requests)| expected(*requests) < ENOUGH.min(each));
    let few = few.reduce(|one, two| (one.0 + two.0, one.1 + two.1));
    let enough = |(_, requests): &(u64, u64)| expected(*requests) >= ENOUGH;
    if judged.len() < 2 || judged.iter().any(|cell| cell.0 == 0 && enough(cell)) {
        return false;
    }
    let rates = || judged.iter().map(|(failures, requests)| as_number(*failures) / as_number(*requests));
    let is_even = judged.iter().all(enough) && rates().fold(0.0, f64::max) <= 2.0 * rates().fold(f64::MAX, f64::min);
    judged.extend(few);
    let surprise = |(failures, requests): &(u64, u64)| {
        let variance = expected(*requests) * (1.0 - rate);
        (as_number(*failures) - expected(*requests)).powi(2) / variance.max(f64::MIN_POSITIVE)
    };
    let freedom = as_number(judged.len() as u64 - 1);
    is_even || judged.iter().map(surprise).sum::<f64>() <= freedom + 3.0 * (2.0 * freedom).sqrt()
}

/// Where fewer failures are expected, chance decides whether there are any.
const ENOUGH: f64 = 3.0;

/// Where times pile up, seconds: nine tenths of most failures took the same within a twentieth, and at least a second.
pub(super) fn pile(elapsed: Option<Elapsed>) -> Option<f64> {
    let elapsed = elapsed?;
    let spread = elapsed.p90 - elapsed.p10;
    (elapsed.p50 >= 1.0 && spread >= 0.0 && spread <= 0.05 * elapsed.p50).then_some(elapsed.p50)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(numbers: &[(u64, u64)]) -> Vec<Share<'static>> {
        let share = |(index, &(failures, requests))| Share {
            name: "",
            pod: None,
            index,
            requests,
            failures,
            first_failure: 0,
            last_failure: 0,
            alive: 0..0,
        };
        numbers.iter().enumerate().map(share).collect()
    }

    #[test]
    fn an_interval_holds_the_rate_and_narrows() {
        for (failures, requests) in [(0, 10), (3, 10), (10, 10), (5, 1_000), (0, 0), (7, 5)] {
            let (low, high) = between(failures, requests);
            assert!((0.0..=1.0).contains(&low) && low <= high && high <= 1.0, "{failures} of {requests}");
        }
        let width = |requests| between(requests / 10, requests).1 - between(requests / 10, requests).0;
        assert!(width(10_000) < width(1_000) && width(1_000) < width(100));
        // Two published values of the interval.
        let (low, high) = between(10, 100);
        assert!((low - 0.0552).abs() < 0.0001 && (high - 0.1744).abs() < 0.0001, "{low} {high}");
    }

    #[test]
    fn one_or_two_targets_of_several_stand_out() {
        assert_eq!(outstanding(&shares(&[(1_231, 3_612), (20, 3_600), (12, 3_600), (9, 3_600)])), Some(1));
        assert_eq!(outstanding(&shares(&[(300, 1_000), (280, 1_000), (3, 1_000), (2, 1_000), (1, 1_000)])), Some(2));
        assert_eq!(outstanding(&shares(&[(15, 20), (0, 20)])), Some(1));
        // Alike, too many of them, too few requests, most failures elsewhere, nothing to compare with.
        assert_eq!(outstanding(&shares(&[(12, 1_000), (10, 1_000), (9, 1_000)])), None);
        assert_eq!(outstanding(&shares(&[(300, 1_000), (280, 1_000), (3, 1_000), (1, 1_000)])), None);
        assert_eq!(outstanding(&shares(&[(10, 20), (0, 20)])), None);
        assert_eq!(outstanding(&shares(&[(50, 100), (100, 10_000), (100, 10_000), (100, 10_000)])), None);
        assert_eq!(outstanding(&shares(&[(50, 100)])), None);
        assert_eq!(outstanding(&[]), None);
    }

    #[test]
    fn a_value_that_has_most_of_the_failures_stands_out() {
        assert!(stands_out((90, 200), (100, 5_000)));
        // Alike; too few of all; hardly any others; others fail too; nothing to show that others do not.
        assert!(!stands_out((20, 1_000), (100, 5_000)));
        assert!(!stands_out((60, 100), (100, 5_000)));
        assert!(!stands_out((90, 4_990), (100, 5_000)));
        assert!(!stands_out((75, 300), (100, 400)));
        assert!(!stands_out((12, 4_000), (12, 5_000)));
        assert!(!stands_out((0, 0), (0, 0)));
    }

    #[test]
    fn rates_that_chance_explains_are_alike() {
        assert!(alike(&shares(&[(12, 1_000), (10, 1_000), (9, 1_000), (14, 1_000)])));
        assert!(alike(&shares(&[(1_900, 100_000), (1_200, 100_000)])));
        // A target with few requests does not speak against it.
        assert!(alike(&shares(&[(12, 1_000), (10, 1_000), (0, 20)])));
        assert!(!alike(&shares(&[(100, 1_000), (10, 1_000), (9, 1_000)])));
        assert!(!alike(&shares(&[(40, 1_000), (40, 1_000), (0, 1_000)])));
        assert!(!alike(&shares(&[(40, 1_000)])));
        assert!(!alike(&shares(&[(0, 1_000), (0, 1_000)])));
        assert!(alike(&shares(&[(1_000, 1_000), (500, 500)])));
        // Few, but as chance would spread them; and few that chance would not.
        assert!(alike(&shares(&[(4, 1_000), (3, 1_000), (3, 1_000), (2, 1_000), (2, 1_000), (1, 1_000)])));
        assert!(!alike(&shares(&[(12, 1_000), (1, 1_000), (1, 1_000), (1, 1_000), (0, 1_000), (0, 1_000)])));
    }

    #[test]
    fn times_pile_up_at_a_timeout() {
        let elapsed = |p10, p50, p90| Some(Elapsed { p10, p50, p90 });
        assert_eq!(pile(elapsed(60.0, 60.001, 60.01)), Some(60.001));
        assert_eq!(pile(elapsed(2.95, 3.0, 3.05)), Some(3.0));
        assert_eq!(pile(elapsed(0.4, 2.0, 9.0)), None);
        assert_eq!(pile(elapsed(0.001, 0.001, 0.001)), None);
        assert_eq!(pile(None), None);
    }
}
