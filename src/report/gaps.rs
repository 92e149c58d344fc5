//! Nodes that delivered nothing for a while in the middle: rows are missing, and what is missing is no drop. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use alblog::key::INTERVAL;

use super::answer::Answer;
use crate::base::clock::time_of_day;
use crate::output::human;
use crate::read::storage::elb_name;

/// The statement whose answer [`gaps`] takes.
pub(super) const SQL: &str = "\
SELECT elb, node_ip, interval_end, sum(size) AS size
FROM log_objects WHERE kind = 'access' AND interval_end IS NOT NULL GROUP BY elb, node_ip, interval_end";

/// A node without requests writes nothing. One that writes so many bytes in most intervals had some.
const BUSY: i64 = 2_000;
/// One interval alone is missing if there are so many bytes before and after it, and others after those: what came last may be followed
/// by what is late.
const BUSY_ON_BOTH_SIDES: i64 = 5 * BUSY;

/// Objects that are looked through: of more, which are those of weeks of a large fleet, nothing is said.
pub(super) const MOST: usize = 200_000;

/// A while in which a node delivered nothing, although it did before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub elb: String,
    pub node: String,
    /// Microseconds since the epoch.
    pub time: Range<i64>,
    /// Nodes that its load balancer has.
    pub nodes: usize,
}

/// Rows that are missing: of a load balancer, or of anything if it is not known, in this time.
#[derive(Debug, Clone, PartialEq)]
pub struct Missing {
    pub elb: Option<String>,
    /// Microseconds since the epoch.
    pub time: Range<i64>,
}

/// Every gap, by load balancer, node and time.
pub(super) fn gaps(answer: &Answer) -> Vec<Gap> {
    let mut written: BTreeMap<(&str, &str), BTreeMap<i64, i64>> = BTreeMap::new();
    let mut nodes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in answer.rows() {
        if let (Some(elb), Some(node), Some(end)) = (row.text("elb"), row.text("node_ip"), row.int("interval_end")) {
            let interval = end.div_euclid(INTERVAL);
            written.entry((elb, node)).or_default().insert(interval, row.int("size").unwrap_or(0));
            nodes.entry(elb).or_default().insert(node);
        }
    }
    let mut gaps = Vec::new();
    for ((elb, node), intervals) in &written {
        let of_elb = nodes[elb].len();
        for missing in missing(intervals) {
            // The object of an interval has its end in its name.
            let time = (missing.start - 1) * INTERVAL..(missing.end - 1) * INTERVAL;
            gaps.push(Gap { elb: (*elb).to_owned(), node: (*node).to_owned(), time, nodes: of_elb });
        }
    }
    gaps
}

/// Ranges of intervals that are not there, of a node that is busy in most others.
fn missing(intervals: &BTreeMap<i64, i64>) -> Vec<Range<i64>> {
    let (Some(first), Some(last)) = (intervals.keys().next(), intervals.keys().next_back()) else { return Vec::new() };
    let mut sizes: Vec<i64> = intervals.values().copied().collect();
    sizes.sort_unstable();
    let spans = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
    // One that often writes nothing has little to write.
    if sizes[sizes.len() / 4] < BUSY || intervals.len() * 2 < spans {
        return Vec::new();
    }
    let mut found = Vec::new();
    for ((one, before), (next, after)) in intervals.iter().zip(intervals.iter().skip(1)) {
        let is_missing = match next - one - 1 {
            0 => false,
            1 => *before.min(after) >= BUSY_ON_BOTH_SIDES && next < last,
            _ => true,
        };
        if is_missing {
            found.push(one + 1..*next);
        }
    }
    found
}

/// Several gaps in words: of the first one, which nodes had it; and how many others there are.
pub(super) struct Told {
    /// `node 192.0.2.1 of 6`, or `2 of 6 nodes`
    pub(super) which: String,
    /// `2 more gaps of other nodes or times`, if there are any.
    pub(super) others: Option<String>,
}

/// None of none.
pub(super) fn told(gaps: &[Gap]) -> Option<(&Gap, Told)> {
    let first = gaps.first()?;
    let nodes = gaps.iter().filter(|gap| gap.elb == first.elb && gap.time == first.time).count();
    let which = if nodes == 1 {
        format!("node {} of {}", first.node, first.nodes)
    } else {
        format!("{nodes} of {} nodes", first.nodes)
    };
    let others = (gaps.len() - nodes) as u64;
    let others = (others > 0).then(|| format!("{} of other nodes or times", human::plural(others, "more gap")));
    Some((first, Told { which, others }))
}

/// What the head of a report says of gaps.
pub(super) fn warning(gaps: &[Gap]) -> Option<String> {
    let (first, Told { which, others }) = told(gaps)?;
    let more = others.map(|others| format!(", and {others}")).unwrap_or_default();
    let (elb, from, to) = (elb_name(&first.elb), time_of_day(first.time.start), time_of_day(first.time.end));
    Some(format!("{elb}: {which} delivered no access log {from}–{to} UTC{more}: rows of that time are missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(intervals: &[(i64, i64)]) -> Vec<Range<i64>> {
        missing(&intervals.iter().copied().collect())
    }

    #[test]
    fn what_is_missing_in_the_middle_is_a_gap() {
        let all: Vec<(i64, i64)> = (0..24).map(|interval| (interval, 50_000)).collect();
        assert_eq!(of(&all), []);
        let without = |gone: Range<i64>| all.iter().copied().filter(|(at, _)| !gone.contains(at)).collect::<Vec<_>>();
        assert_eq!(of(&without(8..12)), vec![8..12; 1]);
        // One alone is lost too, unless it may be late or empty.
        assert_eq!(of(&without(8..9)), vec![8..9; 1]);
        assert_eq!(of(&without(22..23)), []);
        let quieter: Vec<(i64, i64)> = without(8..9).into_iter().map(|(at, _)| (at, 5_000)).collect();
        assert_eq!(of(&quieter), []);
        // At an end the node may have come or gone.
        assert_eq!(of(&without(0..4)), []);
        assert_eq!(of(&without(20..24)), []);
        // A node that has little to say.
        let idle: Vec<(i64, i64)> = without(8..12).into_iter().map(|(at, _)| (at, 300)).collect();
        assert_eq!(of(&idle), []);
        assert_eq!(of(&[]), []);
    }
}
