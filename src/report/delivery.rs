//! How far the logs are complete, from the names of objects alone. Pure.
//!
//! Every node of a load balancer writes an object each five minutes, and late: what is not there yet is not nothing.
//! Delivery is best effort (AWS says so), so "complete" means that every node that was writing has written up to then.

use std::collections::BTreeMap;

use alblog::key::INTERVAL;
use alblog::time::MINUTE;

use super::answer::Answer;

/// The statement whose answer [`Delivery::of`] takes.
pub(super) const SQL: &str = "\
SELECT elb, node_ip, min(interval_end) AS oldest, max(interval_end) AS newest, max(modified) AS modified
FROM log_objects WHERE kind = :kind GROUP BY elb, node_ip";

/// A node that has written nothing for so long, while others of its load balancer have, is taken for gone.
const NODE_GONE: i64 = 3 * INTERVAL;
/// A load balancer that has written nothing for so long, while others have, is quiet, and nobody waits for it.
const QUIET: i64 = 6 * INTERVAL;
/// What an object usually takes to come after its interval, where the objects do not tell.
const USUAL_LAG: i64 = 2 * MINUTE;

/// What is known. All times in microseconds since the epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Begin of the first interval and end of the last; none if no name tells.
    pub span: Option<(i64, i64)>,
    /// Up to here the logs are complete, as far as names tell.
    pub complete_to: Option<i64>,
    /// When the next objects should come, if some are still on their way.
    pub next: Option<i64>,
    /// Nodes that have written up to the newest interval of their load balancer, and all that were writing.
    pub nodes: (usize, usize),
    /// Load balancers with objects.
    pub load_balancers: usize,
    /// Load balancers that have written nothing for half an hour while others have, and until when they did.
    pub quiet: Vec<(String, i64)>,
}

/// A node and its objects.
struct Node<'a> {
    elb: &'a str,
    newest: i64,
    modified: Option<i64>,
}

impl Delivery {
    /// Reads the answer. `margin` is how late an object may be: what is older than that has come, if it ever will.
    pub fn of(answer: &Answer, now: i64, margin: i64) -> Self {
        let node = |row: super::answer::AnswerRow<'_>| row.int("newest").map(|newest| (row.int("oldest"), newest));
        let oldest = answer.rows().filter_map(node).filter_map(|(oldest, _)| oldest).min();
        let nodes: Vec<Node> = answer
            .rows()
            .filter_map(|row| {
                let newest = row.int("newest")?;
                Some(Node { elb: row.text("elb").unwrap_or_default(), newest, modified: row.int("modified") })
            })
            .collect();
        let Some(newest) = nodes.iter().map(|node| node.newest).max() else { return Self::default() };
        let mut by_elb: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
        for node in &nodes {
            by_elb.entry(node.elb).or_default().push(node);
        }
        let mut delivery = Self {
            span: Some((oldest.unwrap_or(newest) - INTERVAL, newest)),
            load_balancers: by_elb.len(),
            ..Self::default()
        };
        let mut complete_to = newest;
        for (elb, nodes) in by_elb {
            let last = nodes.iter().map(|node| node.newest).max().unwrap_or(newest);
            if newest - last > QUIET {
                delivery.quiet.push((elb.to_owned(), last));
                continue;
            }
            let writing = || nodes.iter().filter(|node| last - node.newest <= NODE_GONE);
            delivery.nodes.0 += writing().filter(|node| node.newest == last).count();
            delivery.nodes.1 += writing().count();
            complete_to = writing().map(|node| node.newest).min().unwrap_or(last).min(complete_to);
        }
        if now - newest > margin {
            // Nothing is on its way any more.
            delivery.complete_to = Some(newest);
            return delivery;
        }
        delivery.complete_to = Some(complete_to);
        let lag = |node: &Node| {
            node.modified.map(|modified| modified - node.newest).filter(|lag| (0..=NODE_GONE).contains(lag))
        };
        let lag = nodes.iter().filter(|node| node.newest == newest).filter_map(lag).max().unwrap_or(USUAL_LAG);
        delivery.next = Some(complete_to + INTERVAL + lag).filter(|next| *next >= now);
        delivery
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

    use super::*;

    /// Minutes after some hour.
    fn answer(nodes: &[(&str, &str, i64, i64)]) -> Answer {
        let column = |of: fn(&(&str, &str, i64, i64)) -> i64| -> ArrayRef {
            Arc::new(nodes.iter().map(|node| Some(of(node) * MINUTE)).collect::<Int64Array>())
        };
        let text = |of: fn(&(&str, &str, i64, i64)) -> String| -> ArrayRef {
            Arc::new(nodes.iter().map(|node| Some(of(node))).collect::<StringArray>())
        };
        let batch = RecordBatch::try_from_iter([
            ("elb", text(|node| node.0.to_owned())),
            ("node_ip", text(|node| node.1.to_owned())),
            ("oldest", column(|node| node.2)),
            ("newest", column(|node| node.3)),
        ])
        .unwrap();
        Answer::new(&[batch]).unwrap()
    }

    fn at(minutes: i64, nodes: &[(&str, &str, i64, i64)]) -> Delivery {
        Delivery::of(&answer(nodes), minutes * MINUTE, 65 * MINUTE)
    }

    #[test]
    fn logs_are_complete_to_where_every_writing_node_has_come() {
        let nodes = [("a", "1", 5, 60), ("a", "2", 5, 55), ("a", "3", 5, 20), ("b", "4", 10, 60), ("c", "5", 5, 10)];
        let found = at(61, &nodes);
        assert_eq!(found.complete_to, Some(55 * MINUTE));
        assert_eq!(found.nodes, (2, 3), "the third node of a is gone");
        assert_eq!(found.quiet, [("c".to_owned(), 10 * MINUTE)]);
        assert_eq!((found.span, found.load_balancers), (Some((0, 60 * MINUTE)), 3));
        assert_eq!(found.next, Some(62 * MINUTE));
    }

    #[test]
    fn later_everything_has_come_that_ever_will() {
        let found = at(200, &[("a", "1", 5, 60), ("a", "2", 5, 55)]);
        assert_eq!((found.complete_to, found.next), (Some(60 * MINUTE), None));
    }

    #[test]
    fn names_that_say_nothing_are_nothing_known() {
        assert_eq!(Delivery::of(&Answer::default(), 0, 0), Delivery::default());
    }
}
