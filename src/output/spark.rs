//! Bars of one line, a character a value. Pure functions.
//!
//! Responsible for levels and marks, and for several bars in the room of one. How much room there is and what stands
//! beside the bars is decided elsewhere.

use super::document::Point;

/// The characters of bars.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// From the least to the largest value.
    levels: [char; 8],
    /// A value of 0, so that little is never taken for nothing.
    zero: char,
    /// Time whose logs have not come.
    pub(super) not_delivered: char,
    /// What should be there and is not.
    missing: char,
}

/// What stands for [`Point::Nothing`].
const NOTHING: char = ' ';

pub(super) const UNICODE: Marks =
    Marks {
        levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'], zero: '·', not_delivered: '░', missing: '▒'
    };

pub(super) const ASCII: Marks =
    Marks { levels: ['.', ':', '-', '=', '+', '*', '#', '@'], zero: '_', not_delivered: '?', missing: '!' };

/// A character a point, in eighths of `largest`.
pub(super) fn bars(points: &[Point], largest: f64, marks: &Marks) -> String {
    let bar = |point: &Point| match *point {
        Point::NotDelivered => marks.not_delivered,
        Point::Missing => marks.missing,
        Point::Value(value) if value.is_finite() => level(value, largest, marks),
        Point::Value(_) | Point::Nothing => NOTHING,
    };
    points.iter().map(bar).collect()
}

fn level(value: f64, largest: f64, marks: &Marks) -> char {
    if value <= 0.0 {
        return marks.zero;
    }
    let eighths = value / largest * 8.0;
    marks.levels[(1..8_u8).take_while(|&level| eighths > f64::from(level)).count()]
}

/// The largest value, if there is one.
pub(super) fn largest(points: &[Point]) -> Option<f64> {
    let values = points.iter().filter_map(|point| match point {
        Point::Value(value) if value.is_finite() => Some(*value),
        _ => None,
    });
    values.reduce(f64::max)
}

/// One point for each `several` neighbours: their largest value, so that no burst is lost.
///
/// Not delivered if one of them is not, or else missing: a part of a bar would look as if things had become better.
pub(super) fn merged(points: &[Point], several: usize) -> Vec<Point> {
    let one = |points: &[Point]| match largest(points) {
        _ if points.contains(&Point::NotDelivered) => Point::NotDelivered,
        _ if points.contains(&Point::Missing) => Point::Missing,
        Some(largest) => Point::Value(largest),
        None => Point::Nothing,
    };
    points.chunks(several.max(1)).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_the_least_and_nothing_as_what_they_are() {
        let drawn = |counts: &[u64]| {
            let points: Vec<Point> = counts.iter().map(|&count| Point::count(count)).collect();
            bars(&points, largest(&points).unwrap_or(0.0), &UNICODE)
        };
        assert_eq!(drawn(&[0, 1, 12, 13, 50, 100]), "·▁▁▂▄█");
        assert_eq!(drawn(&[0, 0]), "··");
        assert_eq!(drawn(&[u64::MAX, 1]), "█▁");
        assert_eq!(drawn(&[]), "");
    }

    #[test]
    fn every_eighth_has_a_level_of_its_own() {
        let points: Vec<Point> = (0..=8).map(|value| Point::Value(f64::from(value))).collect();
        assert_eq!(bars(&points, 8.0, &UNICODE), "·▁▂▃▄▅▆▇█");
        assert_eq!(bars(&points, 8.0, &ASCII), "_.:-=+*#@");
    }

    #[test]
    fn what_is_no_number_is_no_bar() {
        let [nan, infinite] = [f64::NAN, f64::INFINITY].map(Point::Value);
        let odd = [Point::Nothing, Point::NotDelivered, Point::Missing, nan, infinite];
        assert_eq!(bars(&odd, 1.0, &UNICODE), " ░▒  ");
        assert_eq!(bars(&odd, 1.0, &ASCII), " ?!  ");
        assert_eq!(largest(&odd), None);
        assert_eq!(bars(&[Point::Value(f64::MAX), Point::Value(-1.0)], f64::MAX, &UNICODE), "█·");
    }

    #[test]
    fn neighbours_are_merged_and_what_is_not_delivered_stays() {
        let [zero, one, two] = [0.0, 1.0, 2.0].map(Point::Value);
        let (none, later) = (Point::Nothing, Point::NotDelivered);
        let points = [one, two, none, none, zero, none, two, later, later, later, one];
        assert_eq!(merged(&points, 2), [two, none, zero, later, later, one]);
        assert_eq!(merged(&points, 1), points);
        assert_eq!(merged(&points, 100), [later]);
        assert_eq!(merged(&[one, Point::Missing, Point::Missing, later], 2), [Point::Missing, later]);
        assert!(merged(&[], 2).is_empty());
    }
}
