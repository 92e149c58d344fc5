//! Whether percentiles of a session are exact, as its answers say of themselves.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use super::distribution::Distribution;
use super::value::Value;

/// Whether any percentile that a session has answered with may be one of rounded values. All clones are of one session.
#[derive(Debug, Clone, Default)]
pub struct Rounding(Arc<AtomicBool>);

impl Rounding {
    /// Whether any was rounded so far.
    pub fn occurred(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Remembers it if one of these was, of which percentiles are about to be read.
    pub(super) fn note<V: Value>(&self, groups: &[Distribution<V>]) {
        if !groups.iter().all(Distribution::is_exact) {
            self.0.store(true, Relaxed);
        }
    }
}

/// Two are the same if they are of one session: this is how functions of several sessions are told apart.
impl PartialEq for Rounding {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Rounding {}

impl Hash for Rounding {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}
