//! What is seen of logs while it is read: the counts of every log, and the texts they share.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};

use alblog::time::MINUTE;
use arrow::array::{Array, Int32Array, StringViewArray};
use foldhash::HashMap;

use super::cube::{Cube, Key, Seen};
use super::dimension::{Dimension, ROW_BITS, masked};
use super::values::{Id, Values};

/// What is seen of all logs, while it is being seen.
#[derive(Debug)]
pub(super) struct Seeing {
    /// Length of a bar, microseconds.
    step: i64,
    state: Mutex<State>,
}

/// What is looked at.
#[derive(Debug, Default)]
enum Scope {
    #[default]
    Everything,
    Dimension(Dimension),
    Values(Vec<(Dimension, Key)>),
}

/// What was seen, and the texts.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) requests: Cube,
    pub(super) connections: Cube,
    pub(super) health_checks: Cube,
    pub(super) values: Values,
    /// The network of an address, by the address.
    networks: HashMap<Id, Id>,
    /// The subnet of an IPv4 address, by the address.
    subnets: HashMap<Id, Option<u32>>,
    scope: Scope,
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
        let scope = only.map_or(Scope::Everything, Scope::Dimension);
        Self { step: step.max(MINUTE), state: Mutex::new(State { scope, ..State::default() }) }
    }

    /// Some values at another time; texts keep their numbers.
    pub(super) fn again(step: i64, wanted: Vec<(Dimension, Key)>, mut values: Values) -> Self {
        values.close();
        let scope = Scope::Values(wanted);
        Self { step: step.max(MINUTE), state: Mutex::new(State { values, scope, ..State::default() }) }
    }

    /// Length of a bar, microseconds.
    pub(super) fn step(&self) -> i64 {
        self.step
    }

    /// Whether a dimension is looked at.
    pub(super) fn looks_at(&self, dimension: Dimension) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).wants(dimension)
    }

    /// What was seen, which is nothing from then on.
    pub(super) fn take(&self) -> State {
        std::mem::take(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Nothing of a log was seen.
    pub(super) fn forget(&self, cube: fn(&mut State) -> &mut Cube) {
        *cube(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner)) = Cube::default();
    }

    /// Counts rows, each as `seen` reads it.
    pub(super) fn count(
        &self,
        rows: usize,
        cube: fn(&mut State) -> &mut Cube,
        mut seen: impl FnMut(&mut State, usize) -> Seen,
    ) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for row in 0..rows {
            let mut seen = seen(&mut state, row);
            if let Scope::Values(wanted) = &state.scope {
                seen.keep(wanted);
            }
            let has_samples = matches!(state.scope, Scope::Everything);
            cube(&mut state).add(&seen, has_samples);
        }
    }
}

impl State {
    /// Whether a dimension is looked at.
    pub(super) fn wants(&self, dimension: Dimension) -> bool {
        match &self.scope {
            Scope::Everything => true,
            Scope::Dimension(only) => *only == dimension,
            Scope::Values(wanted) => wanted.iter().any(|(of, _)| *of == dimension),
        }
    }

    /// The network of an address: /24, of IPv6 /64.
    pub(super) fn network(&mut self, address: Id) -> Id {
        if let Some(network) = self.networks.get(&address) {
            return *network;
        }
        let text = match self.values.text(address).parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            Err(_) => self.values.text(address).to_owned(),
        };
        let network = self.values.id(&text);
        self.networks.insert(address, network);
        network
    }

    /// The subnet of [`ROW_BITS`] that an IPv4 address is of.
    pub(super) fn subnet(&mut self, address: Id) -> Option<u32> {
        let Self { values, subnets, .. } = self;
        *subnets.entry(address).or_insert_with(|| {
            let address: Ipv4Addr = values.text(address).parse().ok()?;
            Some(masked(address.to_bits(), ROW_BITS))
        })
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
