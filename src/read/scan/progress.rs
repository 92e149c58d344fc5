//! How far a run is, for a progress bar. Counters only; drawing is the command line's business.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters that workers move forward and a progress bar reads.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes read, as stored.
    pub bytes: AtomicU64,
    pub rows: AtomicU64,
}

impl Progress {
    pub(crate) fn object_done(&self, bytes: u64, rows: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        self.rows.fetch_add(rows, Relaxed);
    }
}
