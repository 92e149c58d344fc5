//! Building a column of text, as Arrow's string views: up to 12 bytes stand in the view itself, longer values in a buffer.
//!
//! Unlike Arrow's own builder this one stores a long value that came by lately once (ARNs, ciphers, host names, user
//! agents repeat all the time: a batch shrinks by two fifths, and grouping by them stays in the cache), and looks whether
//! bytes are UTF-8 only when the column is finished.

use arrow_array::builder::make_view;
use arrow_array::{BinaryViewArray, StringViewArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};

use crate::values;

/// Longest value that stands in its view.
const INLINE: usize = 12;
/// Slots for recent values.
const RECENT: usize = 16;

/// Builds one column of text. Empty values are NULL, as they are in the logs.
#[derive(Debug)]
pub(crate) struct TextBuilder {
    /// One a row, 0 for NULL; none as long as all rows are NULL, as some columns are in most logs.
    views: Vec<u128>,
    leading_nulls: usize,
    data: Vec<u8>,
    recent: [u128; RECENT],
    /// Rows and bytes to make room for.
    capacity: (usize, usize),
}

impl TextBuilder {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { views: Vec::new(), leading_nulls: 0, data: Vec::new(), recent: [0; RECENT], capacity: (rows, 0) }
    }

    #[inline]
    pub(crate) fn append(&mut self, value: Option<&[u8]>) {
        let value = value.unwrap_or_default();
        if self.views.is_empty() {
            if value.is_empty() {
                self.leading_nulls += 1;
                return;
            }
            self.views.reserve(self.capacity.0.max(self.leading_nulls + 1));
            self.views.resize(self.leading_nulls, 0);
            self.data.reserve(self.capacity.1);
        }
        let view = if value.len() <= INLINE { make_view(value, 0, 0) } else { self.store(value) };
        self.views.push(view);
    }

    /// The view of a long value, which is stored unless it was lately.
    #[inline]
    fn store(&mut self, value: &[u8]) -> u128 {
        let slot = slot(value);
        let recent = self.recent[slot];
        if self.stored(recent) == value {
            return recent;
        }
        let offset = u32::try_from(self.data.len()).expect("a batch's lines are shorter together");
        self.data.extend_from_slice(value);
        self.recent[slot] = make_view(value, 0, offset);
        self.recent[slot]
    }

    /// The long value of a view; empty for 0. Length and offset are its lowest and its highest 32 bits.
    #[inline]
    fn stored(&self, view: u128) -> &[u8] {
        let (length, offset) = ((view & 0xffff_ffff) as usize, (view >> 96) as usize);
        self.data.get(offset..offset + length).unwrap_or_default()
    }

    /// The column of the values since the last call. Bytes that are not UTF-8 become `\xHH`.
    pub(crate) fn finish(&mut self) -> StringViewArray {
        let leading_nulls = std::mem::take(&mut self.leading_nulls);
        if self.views.is_empty() {
            return StringViewArray::new_null(leading_nulls);
        }
        self.recent = [0; RECENT];
        self.capacity.1 = self.data.len() + self.data.len() / 8;
        let views = ScalarBuffer::from(std::mem::take(&mut self.views));
        let buffers = vec![Buffer::from_vec(std::mem::take(&mut self.data))];
        let valid = BooleanBuffer::collect_bool(views.len(), |row| views[row] != 0);
        let nulls = Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() > 0);
        StringViewArray::try_new(views.clone(), buffers.clone(), nulls.clone())
            .unwrap_or_else(|_| escaped(&BinaryViewArray::new(views, buffers, nulls)))
    }
}

/// Where a long value is looked for: its last eight bytes tell values apart that begin alike.
#[inline]
fn slot(value: &[u8]) -> usize {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let end = value.last_chunk().copied().map_or(0, u64::from_le_bytes);
    ((end ^ value.len() as u64).wrapping_mul(GOLDEN) >> 60) as usize % RECENT
}

#[cold]
fn escaped(column: &BinaryViewArray) -> StringViewArray {
    column.iter().map(|value| value.map(values::text)).collect()
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use proptest::prelude::*;

    use super::*;

    fn build(values: &[Option<&[u8]>]) -> StringViewArray {
        let mut builder = TextBuilder::with_capacity(4);
        for value in values {
            builder.append(*value);
        }
        builder.finish()
    }

    #[test]
    fn a_repeated_long_value_is_stored_once() {
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/";
        let names = [format!("{arn}one"), format!("{arn}two")];
        let values: Vec<_> = (0..100).map(|row| Some(names[row % 2].as_bytes())).collect();
        let column = build(&values);
        assert_eq!(column.data_buffers()[0].len(), names[0].len() * 2);
        assert!(column.iter().flatten().zip(names.iter().cycle()).all(|(found, name)| found == name));
        assert_eq!(column.null_count(), 0);
    }

    #[test]
    fn a_finished_builder_begins_anew() {
        let mut builder = TextBuilder::with_capacity(2);
        for _ in 0..2 {
            for value in [None, Some(b"a value of some length".as_slice()), None] {
                builder.append(value);
            }
            let column = builder.finish();
            assert_eq!(column.iter().collect::<Vec<_>>(), [None, Some("a value of some length"), None]);
        }
        assert_eq!(builder.finish().len(), 0);
    }

    proptest! {
        #[test]
        fn values_come_out_as_they_went_in(
            rows in prop::collection::vec(prop_oneof![
                Just(Vec::new()),
                "[ab]{0,2}.{8,24}".prop_map(String::into_bytes),
                "[ab]{11,14}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 1..30),
            ], 0..60),
        ) {
            let values: Vec<_> = rows.iter().map(|row| (!row.is_empty()).then_some(row.as_slice())).collect();
            let column = build(&values);
            let expected: Vec<_> = values.iter().map(|value| value.map(values::text)).collect();
            prop_assert_eq!(column.iter().collect::<Vec<_>>(), expected.iter().map(Option::as_deref).collect::<Vec<_>>());
        }
    }
}
