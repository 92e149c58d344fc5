//! A row as it is counted.

use super::dimension::{DIMENSIONS, Dimension, masked};
use super::series::{SLOW, log};
use super::values::Id;

/// What became of a row, as far as it can be a sign of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Class {
    /// 5xx, 561 and 000 of requests; handshakes and health checks that failed.
    Failed,
    /// 460: the client left before the answer.
    Left,
    /// 403, or another 4xx, by AWS WAF.
    Blocked,
    /// 404, whoever says so.
    NotFound,
    /// 401 and other 403.
    Denied,
    /// Any other 4xx.
    Rejected,
    /// The client is sent elsewhere, by a listener rule or by the target.
    Redirected,
}

/// How many there are.
pub(super) const CLASSES: usize = 7;

/// A value of a dimension: where it belongs to, its number, and a number beside it. Zeros where there is none.
pub(super) type Key = (Id, Id, u32);

/// A row as it is counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Begin of its bar, in bars since the epoch.
    pub(super) bar: i64,
    /// Its value of each dimension, if it has one.
    pub(super) keys: [Option<Key>; DIMENSIONS],
    pub(super) class: Option<Class>,
    /// What exactly became of it, a number of [`super::values::Values`]; of classes only.
    pub(super) cause: Id,
    /// What the target took, microseconds.
    pub(super) micros: Option<u64>,
    /// What tells the row from others, whatever the order in which they come.
    pub(super) mark: u64,
}

impl Seen {
    pub(super) fn key(&self, dimension: Dimension) -> Option<Key> {
        self.keys[dimension as usize]
    }

    /// The logarithm of its time, in microseconds; of a row without one that of the shortest.
    pub(super) fn log(&self) -> f64 {
        log(self.micros.unwrap_or(0))
    }

    /// Whether it takes as much time as one of [`SLOW`].
    pub(super) fn is_slow(&self, level: usize) -> bool {
        self.micros.is_some_and(|micros| micros >= SLOW[level])
    }

    /// Leaves out all values but these.
    pub(super) fn keep(&mut self, wanted: &[(Dimension, Key)]) {
        let mut keys = [None; DIMENSIONS];
        for (dimension, _) in wanted.iter().filter(|(dimension, key)| self.has(*dimension, *key)) {
            keys[*dimension as usize] = self.key(*dimension);
        }
        self.keys = keys;
    }

    /// Whether it has a value of a dimension.
    pub(super) fn has(&self, dimension: Dimension, key: Key) -> bool {
        match self.key(dimension) {
            Some(row) if dimension == Dimension::Subnet => is_within(row, key),
            row => row == Some(key),
        }
    }
}

/// Whether a row's subnet lies in one.
pub(super) fn is_within(row: Key, subnet: Key) -> bool {
    masked(row.1, subnet.2) == subnet.1
}
