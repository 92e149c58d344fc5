//! What is seen of logs while it is read: the counts of every log, and the texts they share. Several threads count, each by itself.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alblog::time::MINUTE;
use arrow::array::{Array, Int32Array, StringViewArray};
use foldhash::HashMap;

use super::counter::Counter;
use super::cube::Cube;
use super::dimension::{Dimension, ROW_BITS, masked};
use super::explain::Samples;
use super::sampler::Sampler;
use super::seen::{Key, Seen};
use super::values::{Id, Numbers, OTHERS, Values};

/// Threads that count at most; of more, some share.
const MOST_THREADS: usize = 8;

/// What is seen of all logs, while it is being seen.
#[derive(Debug)]
pub(super) struct Seeing {
    /// Length of a bar, microseconds.
    step: i64,
    scope: Arc<Scope>,
    values: Arc<Mutex<Values>>,
    threads: Vec<Mutex<State>>,
}

/// Rows of a log, counted and sampled.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) cube: Cube,
    pub(super) samples: Samples,
}

/// What was seen of all logs, and the texts.
#[derive(Debug, Default)]
pub(super) struct Observed {
    pub(super) values: Values,
    pub(super) requests: Counted,
    pub(super) connections: Counted,
    pub(super) health_checks: Counted,
}

/// Which log is counted.
pub(super) type Of = fn(&mut State) -> &mut Counter;

/// What is looked at.
#[derive(Debug, Default)]
enum Scope {
    #[default]
    Everything,
    Dimension(Dimension),
    Values(Vec<(Dimension, Key)>),
}

/// What a thread has seen.
#[derive(Debug)]
pub(super) struct State {
    pub(super) requests: Counter,
    pub(super) connections: Counter,
    pub(super) health_checks: Counter,
    pub(super) values: Numbers,
    scope: Arc<Scope>,
    /// The network of an address, by the address.
    networks: HashMap<Id, Id>,
    /// The subnet of an IPv4 address, by the address.
    subnets: HashMap<Id, Option<u32>>,
    pub(super) template: String,
    pub(super) host: String,
    pub(super) cause: String,
}

impl Seeing {
    pub(super) fn new(step: i64) -> Self {
        Self::only(step, None)
    }

    /// Values of one dimension only.
    pub(super) fn only(step: i64, only: Option<Dimension>) -> Self {
        Self::of(step, only.map_or(Scope::Everything, Scope::Dimension), Values::default())
    }

    /// Some values at another time; texts keep their numbers.
    pub(super) fn again(step: i64, wanted: Vec<(Dimension, Key)>, mut values: Values) -> Self {
        values.close();
        Self::of(step, Scope::Values(wanted), values)
    }

    fn of(step: i64, scope: Scope, values: Values) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(MOST_THREADS));
        let (scope, values) = (Arc::new(scope), Arc::new(Mutex::new(values)));
        let samplers: [Arc<Sampler>; 3] = Default::default();
        let state = || {
            let [requests, connections, health_checks] =
                samplers.each_ref().map(|sampler| Counter::new(Arc::clone(sampler), threads));
            Mutex::new(State {
                requests,
                connections,
                health_checks,
                values: Numbers::new(&values),
                scope: Arc::clone(&scope),
                networks: HashMap::default(),
                subnets: HashMap::default(),
                template: String::new(),
                host: String::new(),
                cause: String::new(),
            })
        };
        let threads = (0..threads).map(|_| state()).collect();
        Self { step: step.max(MINUTE), scope, values, threads }
    }

    /// Length of a bar, microseconds.
    pub(super) fn step(&self) -> i64 {
        self.step
    }

    /// Whether a dimension is looked at.
    pub(super) fn looks_at(&self, dimension: Dimension) -> bool {
        self.scope.has(dimension)
    }

    /// What was seen, which is nothing from then on.
    pub(super) fn take(&self) -> Observed {
        let counted = |of: Of| {
            let counters = self.threads.iter().map(|state| std::mem::take(of(&mut lock(state))));
            let all = counters.reduce(|mut all, other| {
                all.merge(other);
                all
            });
            let (cube, samples) = all.unwrap_or_default().finish();
            Counted { cube, samples }
        };
        Observed {
            requests: counted(|state| &mut state.requests),
            connections: counted(|state| &mut state.connections),
            health_checks: counted(|state| &mut state.health_checks),
            values: std::mem::take(&mut *lock(&self.values)),
        }
    }

    /// Nothing of a log was seen.
    pub(super) fn forget(&self, of: Of) {
        let sampler = Arc::<Sampler>::default();
        for state in &self.threads {
            *of(&mut lock(state)) = Counter::new(Arc::clone(&sampler), self.threads.len());
        }
    }

    /// What the thread of a partition has seen.
    pub(super) fn state(&self, partition: usize) -> MutexGuard<'_, State> {
        lock(&self.threads[partition % self.threads.len()])
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Counts are of no use after a panic, which ends the question.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Scope {
    fn has(&self, dimension: Dimension) -> bool {
        match self {
            Self::Everything => true,
            Self::Dimension(only) => *only == dimension,
            Self::Values(wanted) => wanted.iter().any(|(of, _)| *of == dimension),
        }
    }
}

impl State {
    /// Whether a dimension is looked at.
    pub(super) fn wants(&self, dimension: Dimension) -> bool {
        self.scope.has(dimension)
    }

    /// Counts a row of a log.
    pub(super) fn count(&mut self, of: Of, mut seen: Seen) {
        if let Scope::Values(wanted) = &*self.scope {
            seen.keep(wanted);
        }
        let has_samples = matches!(*self.scope, Scope::Everything);
        of(self).add(&seen, has_samples);
    }

    /// The network of an address: /24, of IPv6 /64.
    pub(super) fn network(&mut self, id: Id, address: &str) -> Id {
        if id == OTHERS {
            return OTHERS;
        }
        if let Some(network) = self.networks.get(&id) {
            return *network;
        }
        let network = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                self.values.id(&format!("{a}.{b}.{c}.0/24"))
            }
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                self.values.id(&format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
            }
            Err(_) => id,
        };
        self.networks.insert(id, network);
        network
    }

    /// The subnet of [`ROW_BITS`] that an IPv4 address is of.
    pub(super) fn subnet(&mut self, id: Id, address: &str) -> Option<u32> {
        if id == OTHERS {
            return None;
        }
        let of_address = || address.parse::<Ipv4Addr>().ok().map(|address| masked(address.to_bits(), ROW_BITS));
        *self.subnets.entry(id).or_insert_with(of_address)
    }
}

pub(super) fn text(column: &StringViewArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

pub(super) fn int(column: &Int32Array, row: usize) -> Option<i32> {
    column.is_valid(row).then(|| column.value(row))
}

pub(super) fn port(column: &Int32Array, row: usize) -> u32 {
    int(column, row).and_then(|port| u32::try_from(port).ok()).unwrap_or(0)
}

/// Seconds as whole microseconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
pub(super) fn micros(seconds: f64) -> Option<u64> {
    (0.0..=1e9).contains(&seconds).then(|| (seconds * 1e6).round() as u64)
}

/// Spreads bits, so that any part of a number is as good as chance (SplitMix64).
pub(super) fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}
