//! Which objects there are and how many lines each holds: spreads the requests over nodes and intervals.

use super::connection;
use super::dice::{Dice, Purpose, double, index_of, whole};
use super::object::{Interval, ObjectPlan, object_stream, stream};
use super::world::{Balancer, Node};
use super::{INTERVAL, Synth, SynthSpec, health};
use alblog::time::SECOND;
use alblog::{LogKey, LogKind};

/// Most access lines of one object. A node that handles more in an interval writes several objects, as AWS's do.
const MAX_LINES: u64 = 100_000;

/// Access lines of each node in each interval.
pub(super) struct Counts {
    intervals: Vec<Interval>,
    nodes: usize,
    /// Interval by interval, node by node.
    lines: Vec<u64>,
}

impl Counts {
    pub(super) fn spread(spec: &SynthSpec, balancers: &[Balancer]) -> Self {
        let end = spec.start + spec.duration;
        let numbers = spec.start.div_euclid(INTERVAL)..(end - 1).div_euclid(INTERVAL) + 1;
        let clipped = |number| {
            let Interval { from, to, .. } = Interval::whole(number);
            Interval { number, from: from.max(spec.start), to: to.min(end) }
        };
        let intervals: Vec<Interval> = numbers.map(clipped).collect();
        let nodes = balancers.iter().map(|balancer| balancer.nodes.len()).sum();
        let mut weights = Vec::with_capacity(intervals.len() * nodes);
        for interval in &intervals {
            for (number, balancer) in balancers.iter().enumerate() {
                // Copies of a load balancer are ever less busy.
                let copy = double((number / super::catalogue::BALANCERS.len()) as u64);
                let weight = f64::from(balancer.template.weight) / (copy + 1.0);
                for node in &balancer.nodes {
                    let mut dice = Dice::new(spec.seed, Purpose::Weight, stream(node, interval.number));
                    weights.push(weight * interval.length() * (0.85 + 0.3 * dice.unit()));
                }
            }
        }
        let seconds = double(spec.duration.unsigned_abs()) / double(SECOND.unsigned_abs());
        let total = whole((spec.requests_per_second * seconds).round());
        Self { intervals, nodes, lines: apportion(total, &weights) }
    }

    pub(super) fn total(&self) -> u64 {
        self.lines.iter().sum()
    }

    /// Access lines of a node in an interval; before the first interval as many as in the first.
    pub(super) fn lines(&self, node: &Node, interval: i64) -> u64 {
        let first = self.intervals[0].number;
        let position = usize::try_from(interval - first).unwrap_or(0);
        self.lines[position * self.nodes + usize::try_from(node.number).unwrap_or(0)]
    }

    /// As much of the interval as is generated; an interval before the first one is whole.
    pub(super) fn interval(&self, number: i64) -> Interval {
        let position = usize::try_from(number - self.intervals[0].number).ok();
        position.and_then(|position| self.intervals.get(position).copied()).unwrap_or(Interval::whole(number))
    }
}

/// Shares a total out by weight so that the parts add up exactly: largest remainders first.
fn apportion(total: u64, weights: &[f64]) -> Vec<u64> {
    let sum: f64 = weights.iter().sum();
    let quotas: Vec<f64> = weights.iter().map(|weight| double(total) * weight / sum).collect();
    let mut parts: Vec<u64> = quotas.iter().map(|&quota| whole(quota)).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|&a, &b| quotas[b].fract().total_cmp(&quotas[a].fract()));
    let missing = total.saturating_sub(parts.iter().sum());
    for &position in order.iter().cycle().take(usize::try_from(missing).unwrap_or(0)) {
        parts[position] += 1;
    }
    parts
}

pub(super) fn objects(synth: &Synth) -> Vec<ObjectPlan> {
    let mut plans = Vec::new();
    for &interval in &synth.counts.intervals {
        for (balancer_number, balancer) in synth.balancers.iter().enumerate() {
            for (node_number, node) in balancer.nodes.iter().enumerate() {
                let requests = synth.counts.lines(node, interval.number);
                for kind in LogKind::ALL {
                    let lines = match kind {
                        LogKind::Access => requests,
                        LogKind::Connection => connection::count(requests),
                        LogKind::HealthCheck => health::count(balancer, interval),
                    };
                    let parts = lines.div_ceil(MAX_LINES);
                    plans.extend((0..parts).map(|part| ObjectPlan {
                        key: key(synth, kind, balancer, node, interval, part),
                        lines: (lines + parts - 1 - part) / parts,
                        balancer: balancer_number,
                        node: node_number,
                        interval,
                        part,
                        parts,
                    }));
                }
            }
        }
    }
    plans
}

fn key(synth: &Synth, kind: LogKind, balancer: &Balancer, node: &Node, interval: Interval, part: u64) -> LogKey {
    const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut dice = Dice::new(synth.spec.seed, Purpose::Key, object_stream(kind, node, interval, part));
    let random = (0..8).map(|_| char::from(LETTERS[index_of(dice.bits(), LETTERS.len())])).collect();
    LogKey {
        kind,
        account: synth.spec.account.clone(),
        region: synth.spec.region.clone(),
        elb_name: balancer.name.clone(),
        elb_id: balancer.id.clone(),
        interval_end: Interval::whole(interval.number).to,
        node_ip: node.ip.clone(),
        random,
        gzip: true,
    }
}
