//! What changed between two times by more than chance and taste explain. Pure.
//!
//! Shares (5xx, 4xx): a two-proportion z-test with a pooled share. Percentiles: fenced in by their neighbours, since their own
//! scatter is not known: p50 rose if the p45 after is above the p55 before, p99 if the p98 after is above the p99 before,
//! that is, if what one request in a hundred took before takes two of them after. Each with a floor for how much it is, for
//! what is certain need not matter. Measured against chance alone: what differs every day is no news either.

/// Fewer requests than this on either side are no sample of a share.
const SAMPLE: u64 = 100;
/// So many standard errors are no chance: of 16,000 rows in which nothing changed one would be named.
const CERTAIN: f64 = 4.0;
/// A share has to change by a tenth of a percent of all requests,
const SHARE_FLOOR: f64 = 0.001;
/// and become half as much again.
const SHARE_RATIO: f64 = 1.5;
/// And so many requests have to be meant.
const SHARE_COUNT: u64 = 10;
/// Fewer times than this do not tell where the middle is,
const SAMPLE_P50: u64 = 500;
/// nor the slowest hundredth.
const SAMPLE_P99: u64 = 1000;
/// A percentile has to rise by a quarter,
const TIME_RATIO: f64 = 1.25;
/// and by so much: seconds.
const P50_FLOOR: f64 = 0.010;
/// The same of p99.
const P99_FLOOR: f64 = 0.050;
/// Requests a minute have to become half as many again, or two thirds,
const TRAFFIC_RATIO: f64 = 1.5;
/// and so many standard errors more or fewer. Their scatter is estimated from few parts: this is as rare as `CERTAIN`.
const CERTAIN_TRAFFIC: f64 = 5.5;
/// Parts of each time in which requests are counted, to see how they scatter.
const PARTS: f64 = 8.0;

/// One of the two times of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Side {
    /// Length of the time, minutes.
    pub(super) minutes: f64,
    pub(super) requests: u64,
    /// Sum of the squares of the requests of each eighth of the time.
    pub(super) squares: f64,
    /// 5xx.
    pub(super) errors: u64,
    /// 4xx.
    pub(super) client_errors: u64,
    /// Requests with a target time.
    pub(super) timed: u64,
    /// p45, p50, p55, p98 and p99 of target times, seconds.
    pub(super) percentiles: [Option<f64>; 5],
}

/// What happened to a row. In this order it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Difference {
    FailsMore,
    SlowerP50,
    SlowerP99,
    RefusesMore,
    Gone,
    LessTraffic,
    New,
    MoreTraffic,
    FailsLess,
    FasterP50,
    FasterP99,
    RefusesLess,
}

impl Difference {
    /// As it stands in the table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FailsMore => "more 5xx",
            Self::SlowerP50 => "slower p50",
            Self::SlowerP99 => "slower p99",
            Self::RefusesMore => "more 4xx",
            Self::Gone => "gone",
            Self::LessTraffic => "less traffic",
            Self::New => "new",
            Self::MoreTraffic => "more traffic",
            Self::FailsLess => "fewer 5xx",
            Self::FasterP50 => "faster p50",
            Self::FasterP99 => "faster p99",
            Self::RefusesLess => "fewer 4xx",
        }
    }

    /// Whether somebody has to look at it.
    pub(super) fn is_bad(self) -> bool {
        matches!(self, Self::FailsMore | Self::SlowerP50 | Self::SlowerP99 | Self::RefusesMore | Self::Gone)
    }
}

/// What changed in a row, in the order in which it is told. `least`: as many requests are a row's beginning or end.
pub(super) fn changes(before: &Side, after: &Side, least: u64) -> Vec<Difference> {
    use Difference::{
        FailsLess, FailsMore, FasterP50, FasterP99, Gone, LessTraffic, MoreTraffic, New, RefusesLess, RefusesMore,
        SlowerP50, SlowerP99,
    };
    let mut found = Vec::new();
    match share(before, after, |side| side.errors) {
        Some(true) => found.push(FailsMore),
        Some(false) => found.push(FailsLess),
        None => {}
    }
    match share(before, after, |side| side.client_errors) {
        Some(true) => found.push(RefusesMore),
        Some(false) => found.push(RefusesLess),
        None => {}
    }
    let time = |sample, value, low, high, floor| {
        if before.timed.min(after.timed) < sample {
            None
        } else if rose(before, after, value, low, high, floor) {
            Some(true)
        } else {
            rose(after, before, value, low, high, floor).then_some(false)
        }
    };
    found.extend(time(SAMPLE_P50, 1, 0, 2, P50_FLOOR).map(|up| if up { SlowerP50 } else { FasterP50 }));
    found.extend(time(SAMPLE_P99, 4, 3, 4, P99_FLOOR).map(|up| if up { SlowerP99 } else { FasterP99 }));
    let (was, is) = (rate(before), rate(after));
    let counts = before.requests.max(after.requests) >= least;
    match (before.requests, after.requests) {
        _ if !counts => {}
        (0, _) => found.push(New),
        (_, 0) => found.push(Gone),
        _ if !is_certain(before, after) => {}
        _ if is >= was * TRAFFIC_RATIO => found.push(MoreTraffic),
        _ if is * TRAFFIC_RATIO <= was => found.push(LessTraffic),
        _ => {}
    }
    found.sort_unstable();
    found
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
pub(super) fn rate(side: &Side) -> f64 {
    side.requests as f64 / side.minutes.max(1.0 / 60.0)
}

/// Whether the rates differ by more than how requests come explains. They do not come one by one: how much more than that
/// their number scatters within each time is estimated, and never taken for less.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn is_certain(before: &Side, after: &Side) -> bool {
    let dispersion = |side: &Side| {
        let mean = side.requests as f64 / PARTS;
        (side.squares - mean * mean * PARTS) / (PARTS - 1.0) / mean
    };
    let dispersion = f64::midpoint(dispersion(before), dispersion(after)).max(1.0);
    let error = (dispersion * (1.0 / before.requests as f64 + 1.0 / after.requests as f64)).sqrt();
    (rate(after) / rate(before)).ln().abs() > CERTAIN_TRAFFIC * error
}

/// Whether a row fails more than another: a target than its siblings.
pub(super) fn fails_more(than: &Side, row: &Side) -> bool {
    share(than, row, |side| side.errors) == Some(true)
}

/// Whether a share of the requests grew (`true`) or shrank; `None` if that may be chance, or is little.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn share(before: &Side, after: &Side, of: impl Fn(&Side) -> u64) -> Option<bool> {
    let (was, is) = (of(before), of(after));
    let (all_before, all_after) = (before.requests as f64, after.requests as f64);
    if before.requests.min(after.requests) < SAMPLE {
        return None;
    }
    let (share_before, share_after) = (was as f64 / all_before, is as f64 / all_after);
    let pooled = (was + is) as f64 / (all_before + all_after);
    let error = (pooled * (1.0 - pooled) * (1.0 / all_before + 1.0 / all_after)).sqrt();
    let (more, less, count) =
        if share_after > share_before { (share_after, share_before, is) } else { (share_before, share_after, was) };
    let is_certain = error > 0.0 && (more - less) / error >= CERTAIN;
    let matters = more - less >= SHARE_FLOOR && more >= less * SHARE_RATIO && count >= SHARE_COUNT;
    (is_certain && matters).then_some(share_after > share_before)
}

/// Whether a percentile rose: by a quarter, by the floor, and so that its lower fence is above the upper fence before.
fn rose(before: &Side, after: &Side, value: usize, low: usize, high: usize, floor: f64) -> bool {
    let of = |side: &Side, index: usize| side.percentiles[index];
    let (Some(was), Some(is)) = (of(before, value), of(after, value)) else { return false };
    let (Some(fence_before), Some(fence_after)) = (of(before, high), of(after, low)) else { return false };
    is >= was * TIME_RATIO && is - was >= floor && fence_after > fence_before
}

#[cfg(test)]
mod tests {
    use super::Difference::*;
    use super::*;

    fn side(requests: u64, errors: u64) -> Side {
        Side { minutes: 30.0, requests, errors, ..Side::default() }
    }

    fn timed(requests: u64, millis: [f64; 5]) -> Side {
        let percentiles = millis.map(|millis| Some(millis / 1000.0));
        Side { minutes: 30.0, requests, timed: requests, percentiles, ..Side::default() }
    }

    fn of(before: Side, after: Side) -> Vec<Difference> {
        changes(&before, &after, 500)
    }

    #[test]
    fn shares_have_to_change_by_more_than_chance_and_taste() {
        for (before, after, expected) in [
            ((4000, 4), (4000, 40), &[FailsMore][..]),
            ((4000, 40), (4000, 4), &[FailsLess]),
            ((4000, 0), (4000, 30), &[FailsMore]),
            // Chance: three standard errors.
            ((4000, 10), (4000, 30), &[]),
            // Certain, but a twentieth of a percent.
            ((4_000_000, 400), (4_000_000, 2400), &[]),
            // Certain, but a quarter more.
            ((400_000, 40_000), (400_000, 50_000), &[]),
            // Too few to be a sample, or to be meant.
            ((99, 0), (99, 50), &[]),
            ((900, 0), (900, 9), &[]),
            ((4000, 4000), (4000, 4000), &[]),
            ((4000, 0), (4000, 0), &[]),
        ] {
            assert_eq!(of(side(before.0, before.1), side(after.0, after.1)), expected, "{before:?} {after:?}");
        }
        let refused = |client_errors| Side { client_errors, ..side(4000, 0) };
        assert_eq!(of(refused(40), refused(400)), [RefusesMore]);
        assert_eq!(of(refused(400), refused(40)), [RefusesLess]);
    }

    #[test]
    fn percentiles_have_to_leave_their_fences() {
        let base = [38.0, 40.0, 42.0, 180.0, 200.0];
        for (after, requests, expected) in [
            ([52.0, 55.0, 58.0, 180.0, 200.0], 5000, &[SlowerP50][..]),
            ([38.0, 40.0, 42.0, 220.0, 300.0], 5000, &[SlowerP99]),
            ([70.0, 80.0, 90.0, 380.0, 400.0], 5000, &[SlowerP50, SlowerP99]),
            ([18.0, 20.0, 22.0, 80.0, 100.0], 5000, &[FasterP50, FasterP99]),
            // The fences overlap: it may be chance.
            ([41.0, 55.0, 58.0, 199.0, 300.0], 5000, &[]),
            // Little.
            ([43.0, 48.0, 49.0, 201.0, 230.0], 5000, &[]),
            ([70.0, 80.0, 90.0, 380.0, 400.0], 999, &[SlowerP50]),
            ([70.0, 80.0, 90.0, 380.0, 400.0], 499, &[]),
        ] {
            assert_eq!(of(timed(requests, base), timed(requests, after)), expected, "{after:?}");
        }
        let small = [1.0, 1.0, 1.0, 4.0, 5.0];
        assert_eq!(of(timed(5000, small), timed(5000, [3.0, 3.0, 4.0, 40.0, 45.0])), [], "few milliseconds");
        assert_eq!(of(Side { percentiles: [None; 5], ..timed(5000, small) }, timed(5000, base)), []);
    }

    #[test]
    fn traffic_is_compared_by_the_minute() {
        let lasting = |minutes, requests| Side { minutes, requests, ..Side::default() };
        for (before, after, expected) in [
            (lasting(30.0, 0), lasting(30.0, 500), &[New][..]),
            (lasting(30.0, 0), lasting(30.0, 499), &[]),
            (lasting(30.0, 500), lasting(30.0, 0), &[Gone]),
            (lasting(30.0, 1000), lasting(30.0, 2000), &[MoreTraffic]),
            (lasting(30.0, 1000), lasting(30.0, 1600), &[MoreTraffic]),
            (lasting(30.0, 1000), lasting(30.0, 1499), &[]),
            (lasting(30.0, 1000), lasting(30.0, 667), &[]),
            (lasting(30.0, 1000), lasting(30.0, 600), &[LessTraffic]),
            // Half of the time, half of the requests.
            (lasting(30.0, 1000), lasting(15.0, 500), &[]),
            (lasting(30.0, 1000), lasting(15.0, 1000), &[MoreTraffic]),
        ] {
            assert_eq!(of(before, after), expected, "{before:?} {after:?}");
        }
    }

    /// Traffic of these eighths of half an hour.
    fn eighths(counts: [u32; 8]) -> Side {
        let squares = counts.iter().map(|&count| f64::from(count).powi(2)).sum();
        Side { minutes: 30.0, requests: counts.iter().map(|&count| u64::from(count)).sum(), squares, ..Side::default() }
    }

    #[test]
    fn traffic_that_scatters_has_to_change_more() {
        let steady = eighths([1000, 1010, 990, 1005, 995, 1000, 1020, 980]);
        let flood = eighths([1600, 1610, 1590, 1605, 1595, 1600, 1620, 1580]);
        assert_eq!(of(steady, flood), [MoreTraffic]);
        assert_eq!(of(flood, steady), [LessTraffic]);
        // As many more, of what comes in bursts: nobody can tell.
        let bursts = eighths([100, 2400, 50, 1900, 30, 2500, 20, 1000]);
        let more = eighths([3200, 100, 2900, 50, 3500, 40, 3000, 10]);
        assert_eq!(of(bursts, more), []);
    }

    #[test]
    fn what_does_not_change_is_not_named() {
        // Poisson, overdispersed fivefold by bursts of ten: a plain test would name many of these.
        let mut seed = 7_u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(seed >> 40).unwrap()
        };
        let mut named = 0;
        for _ in 0..2000 {
            let mut side =
                || eighths(std::array::from_fn(|_| (0..40).map(|_| 10 * (random() % 3)).sum::<u32>().max(1)));
            let (before, after) = (side(), side());
            named += of(before, after).len();
        }
        assert_eq!(named, 0);
    }

    #[test]
    fn a_new_target_is_judged_by_its_siblings() {
        assert!(fails_more(&side(9000, 9), &side(3000, 60)));
        assert!(!fails_more(&side(9000, 180), &side(3000, 60)));
        assert!(!fails_more(&Side::default(), &side(3000, 60)), "there are none");
    }
}
