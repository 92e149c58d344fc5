//! An object to be made up: its place in the fleet and in time, and the stream of chance that draws its lines.

use super::dice::{Dice, Purpose, double, mix, whole};
use super::world::Node;
use super::{INTERVAL, Synth};
use alblog::{LogKey, LogKind};

/// An object to be rendered.
#[derive(Debug, Clone)]
pub struct ObjectPlan {
    /// Its name.
    pub key: LogKey,
    /// The exact number of its lines.
    pub lines: u64,
    pub(super) balancer: usize,
    pub(super) node: usize,
    pub(super) interval: Interval,
    /// Which of the objects of this kind, node and interval, from 0; and how many there are.
    pub(super) part: u64,
    pub(super) parts: u64,
}

/// Five minutes of the clock, and as much of them as is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    /// Counted from the epoch.
    pub(super) number: i64,
    /// Rows lie in (`from`, `to`], microseconds since the epoch.
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Interval {
    /// The interval of this number, whole.
    pub(super) fn whole(number: i64) -> Self {
        Self { number, from: number * INTERVAL, to: (number + 1) * INTERVAL }
    }

    /// The time at this share of the interval, 0 to 1.
    pub(super) fn at(&self, share: f64) -> i64 {
        let length = (self.to - self.from).unsigned_abs();
        let offset = i64::try_from(whole(double(length) * share)).unwrap_or(0);
        (self.from + offset).min(self.to - 1)
    }

    pub(super) fn length(&self) -> f64 {
        double((self.to - self.from).unsigned_abs())
    }
}

impl ObjectPlan {
    /// The stream that draws this object's lines.
    pub(super) fn dice(&self, synth: &Synth) -> Dice {
        let node = &synth.balancers[self.balancer].nodes[self.node];
        Dice::new(synth.spec.seed, Purpose::Lines, object_stream(self.key.kind, node, self.interval, self.part))
    }
}

pub(super) fn object_stream(kind: LogKind, node: &Node, interval: Interval, part: u64) -> u64 {
    stream(node, interval.number) ^ mix(part * 4 + kind as u64)
}

/// The number of a node's stream in an interval.
pub(super) fn stream(node: &Node, interval: i64) -> u64 {
    mix(node.number ^ mix(interval.unsigned_abs()))
}
