//! Lengths of time that people say: of bars, and between the times below them. Pure.

use alblog::time::{DAY, HOUR, MINUTE, SECOND};

const WEEK: i64 = 7 * DAY;

/// Up to a week, microseconds; what is longer is whole weeks.
const SAID: [i64; 17] = [
    SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
];

/// Those that are not shorter than `least`, from the shortest on, without end.
pub fn lengths(least: i64) -> impl Iterator<Item = i64> {
    let weeks = (1_i64..).map(|weeks| weeks.saturating_mul(WEEK));
    SAID.into_iter().chain(weeks).filter(move |length| *length >= least)
}

/// `5 MIN`, `HOUR`, `2 DAYS`: what follows `BY` or `p99 /` above bars of this length.
pub fn label(length: i64) -> String {
    match length {
        SECOND => "S".to_owned(),
        MINUTE => "MIN".to_owned(),
        HOUR => "HOUR".to_owned(),
        DAY => "DAY".to_owned(),
        length if length % DAY == 0 => format!("{} DAYS", length / DAY),
        length if length % HOUR == 0 => format!("{} H", length / HOUR),
        length if length % MINUTE == 0 => format!("{} MIN", length / MINUTE),
        length => format!("{} S", length / SECOND),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_grow_without_end() {
        let some: Vec<i64> = lengths(5 * MINUTE).take(40).collect();
        assert_eq!(some[..2], [5 * MINUTE, 10 * MINUTE]);
        assert!(some.is_sorted_by(|left, right| left < right), "{some:?}");
        assert_eq!(lengths(3 * DAY).take(3).collect::<Vec<_>>(), [WEEK, 2 * WEEK, 3 * WEEK]);
    }

    #[test]
    fn lengths_are_said_in_their_largest_unit() {
        let said = [SECOND, 90 * SECOND, MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * WEEK].map(label);
        assert_eq!(said, ["S", "90 S", "MIN", "15 MIN", "HOUR", "6 H", "DAY", "21 DAYS"]);
    }
}
