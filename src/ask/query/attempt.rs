//! Statements are begun with long batches, and begun again with short ones if rows turn out to be very long.
//!
//! Clients choose how long URLs are, up to 16 kB. What groups or sorts holds a few batches at a time beside what it has counted in the
//! memory pool, and the engine makes batches by their number of rows: 2,048 URLs of that length are 32 MB, of which half a dozen are
//! more than all the memory that is promised. With batches of 128 rows everything fits, but ordinary rows would take longer. So workers
//! count what comes in long values, and end an attempt before it has given anything; what it counted is forgotten.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryReservation};

use super::held_rows::size_of_rows;

/// Rows of a batch where rows are long: 2 MB of the longest URLs.
pub(super) const SHORT_BATCH: usize = 128;

/// A value that is longer is long, bytes. Tokens in URLs make them 4 kB, seldom more.
const LONG_VALUE: usize = 4 << 10;
/// All of a row is long where rows take more on average, bytes: a long batch of them takes 3 MB.
const LONG_ROW: usize = 3 << 9;
/// So many bytes of what is long end an attempt: a single one may be anywhere, and a few fit.
const MOST: usize = 8 << 20;

/// One running of a statement, as all that take part in it know it.
#[derive(Debug)]
pub(super) struct Attempt {
    state: RwLock<State>,
    /// Bytes of what was long so far.
    long: AtomicUsize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing of the answer was given: it may be begun again.
    Open,
    /// It goes on to its end.
    Final,
    /// It came to nothing.
    Ended,
}

impl Attempt {
    /// One that may end for another.
    pub(super) fn first() -> Self {
        Self { state: RwLock::new(State::Open), long: AtomicUsize::new(0) }
    }

    /// One that goes on whatever comes.
    pub(super) fn last() -> Self {
        Self { state: RwLock::new(State::Final), long: AtomicUsize::new(0) }
    }

    /// Held while something is counted of it; none if it came to nothing, and nothing of it counts.
    pub(super) fn counts(&self) -> Option<impl Sized + '_> {
        let state: RwLockReadGuard<State> = self.state.read().unwrap_or_else(PoisonError::into_inner);
        (*state != State::Ended).then_some(state)
    }

    /// The one that a step of a plan takes part in.
    pub(super) fn of(context: &TaskContext) -> Arc<Self> {
        context.session_config().get_extension().unwrap_or_else(|| Arc::new(Self::last()))
    }

    /// Its answer begins, unless it came to nothing: answers whether it does.
    pub(super) fn gives(&self) -> bool {
        self.becomes(State::Final) || self.counts().is_some()
    }

    /// Ends it, unless its answer has begun: answers whether it did. Whoever is counting has done so by then.
    pub(super) fn ends(&self) -> bool {
        self.becomes(State::Ended)
    }

    /// Sees rows on their way into it; an error ends it.
    ///
    /// # Errors
    /// When too much of what came is long.
    pub(super) fn sees(&self, rows: &RecordBatch) -> Result<(), DataFusionError> {
        let long = long_bytes(rows);
        if long == 0 || self.long.fetch_add(long, Relaxed) + long <= MOST || !self.ends() {
            return Ok(());
        }
        Err(DataFusionError::ResourcesExhausted("rows are long: it is begun again with short batches".to_owned()))
    }

    fn becomes(&self, next: State) -> bool {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let may = *state == State::Open;
        if may {
            *state = next;
        }
        may
    }
}

/// An eighth of the memory, for what is not counted in it, or as much as there is.
pub(super) fn room(whose: &str, context: &TaskContext) -> MemoryReservation {
    let room = MemoryConsumer::new(whose).register(context.memory_pool());
    if let MemoryLimit::Finite(memory) = context.memory_pool().memory_limit() {
        // Where so much is not left, there was little to begin with.
        let _ = room.try_grow(memory / 8);
    }
    room
}

/// Bytes of a batch's long values, or of all of it if its rows are long.
fn long_bytes(rows: &RecordBatch) -> usize {
    let texts = || rows.columns().iter().filter(|column| *column.data_type() == DataType::Utf8View);
    let stored = |column: &dyn Array| column.as_string_view().data_buffers().iter().map(Buffer::len).sum();
    let stored: usize = texts().map(|column| -> usize { stored(column.as_ref()) }).sum();
    if stored < LONG_VALUE {
        return 0;
    }
    let size = size_of_rows(rows);
    if size > rows.num_rows().saturating_mul(LONG_ROW) {
        return size;
    }
    let lengths = texts().flat_map(|column| column.as_string_view().lengths().map(|length| length as usize));
    lengths.filter(|&length| length > LONG_VALUE).sum()
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, StringViewArray};

    use super::*;

    fn rows(lengths: &[usize]) -> RecordBatch {
        let texts = StringViewArray::from_iter_values(lengths.iter().map(|&length| "x".repeat(length)));
        RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)]).unwrap()
    }

    #[test]
    fn long_values_are_counted_wherever_they_are() {
        assert_eq!(long_bytes(&rows(&[100; 2000])), 0);
        assert_eq!(long_bytes(&rows(&[])), 0);
        let mut some = vec![100; 2000];
        some[7] = 16_000;
        some[1900] = 5_000;
        assert_eq!(long_bytes(&rows(&some)), 21_000);
        assert!(long_bytes(&rows(&[2_000; 100])) > 200_000, "rows of middling length are long as a whole");
    }

    #[test]
    fn an_attempt_ends_before_its_answer_or_not_at_all() {
        let long = rows(&[16_000; 128]);
        let last = Attempt::last();
        assert!((0..10).all(|_| last.sees(&long).is_ok()) && last.gives());
        let first = Attempt::first();
        let mut seen = 0;
        while first.sees(&long).is_ok() {
            seen += 1;
        }
        assert_eq!(seen, 4);
        assert!(!first.gives() && first.counts().is_none());
        assert!(first.sees(&long).is_ok(), "it is ended once");
        let first = Attempt::first();
        assert!(first.gives() && !first.ends() && first.counts().is_some());
        assert!((0..10).all(|_| first.sees(&long).is_ok()));
    }
}
