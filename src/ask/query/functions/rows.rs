//! Which rows of a batch an aggregate looks at.

use datafusion::arrow::array::{Array, BooleanArray};
use datafusion::arrow::buffer::NullBuffer;

/// Those that are neither NULL nor filtered out; `None` for all of them.
pub(super) fn wanted(array: &dyn Array, filter: Option<&BooleanArray>) -> Option<NullBuffer> {
    let filter = filter.map(|filter| match filter.nulls() {
        Some(known) => NullBuffer::new(filter.values() & known.inner()),
        None => NullBuffer::new(filter.values().clone()),
    });
    NullBuffer::union(filter.as_ref(), array.logical_nulls().as_ref()).filter(|wanted| wanted.null_count() > 0)
}
