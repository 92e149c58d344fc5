//! Traffic that only seems to come or to go, because rows are missing. Pure.

use std::ops::Range;

use super::candidate::{Candidate, Frame, Measure};

/// The part of what a rise is measured against that may be missing.
const SOME: usize = 4;

/// Whether missing rows are a reason for a change of traffic: requests that could not be read are no drop; and where much of the rest
/// could not be read, what was is no rise. Shares and times of the rows that are there tell what they did.
pub(super) fn explains(missing: &[Range<i64>], one: &Candidate, frame: &Frame) -> bool {
    let bars = &one.change.bars;
    let is_missing = |bar: usize| {
        let time = frame.time(&(bar..bar + 1));
        missing.iter().any(|gap| gap.start < time.end && time.start < gap.end)
    };
    match one.measure {
        Measure::Less => bars.clone().any(is_missing),
        Measure::More => {
            let outside = || (0..frame.len()).filter(|bar| !bars.contains(bar));
            SOME * outside().filter(|bar| is_missing(*bar)).count() > outside().count()
        }
        Measure::Share(_) | Measure::Slow(_) | Measure::Time => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::candidate::{Log, candidate};
    use super::super::dimension::Dimension;
    use super::super::series::Cell;
    use super::*;

    const MINUTE: i64 = 60_000_000;

    #[test]
    fn what_could_not_be_read_is_no_drop_and_what_could_no_rise() {
        let found = |measure, inside: u32| {
            let requests = |bar| if (40..80).contains(&bar) { inside } else { 100 };
            let cells: Vec<Cell> = (0..120).map(|bar| Cell { requests: requests(bar), ..Cell::default() }).collect();
            candidate(Log::Requests, Dimension::Host, (1, 2, 0), measure, &cells, &mut 0).unwrap()
        };
        let frame = Frame { step: MINUTE, bars: 0..120 };
        let (less, more) = (found(Measure::Less, 30), found(Measure::More, 300));
        for (missing, is_less, is_more) in [
            (None, false, false),
            (Some(60 * MINUTE..65 * MINUTE), true, false),
            (Some(0..10 * MINUTE), false, false),
            (Some(0..40 * MINUTE), false, true),
            (Some(i64::MIN..i64::MAX), true, true),
        ] {
            let missing: Vec<Range<i64>> = missing.into_iter().collect();
            assert_eq!(explains(&missing, &less, &frame), is_less, "{missing:?}");
            assert_eq!(explains(&missing, &more, &frame), is_more, "{missing:?}");
        }
    }
}
