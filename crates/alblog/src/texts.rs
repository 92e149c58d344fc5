//! Building a column of text, as Arrow's string views: up to 12 bytes stand in the view itself, longer values in a buffer.
//!
//! A value that came by lately is stored once (ARNs, ciphers, host names, user agents repeat all the time: a batch shrinks
//! by two fifths, and grouping by them stays in the cache), and rows only point at it. Whether the bytes are UTF-8 is
//! looked at when the column is finished, once for all that is stored: row by row it took a twelfth of an export's time.

use arrow_array::cast::AsArray;
use arrow_array::{BinaryArray, StringArray, StringViewArray, UInt32Array};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_select::take::take;

use crate::values;

/// Slots for recent values.
const RECENT: usize = 16;

/// Builds one column of text. Empty values are NULL, as they are in the logs.
#[derive(Debug)]
pub(crate) struct TextBuilder {
    /// For each row the number of its value, 0 for NULL; none as long as all rows are NULL, as some columns are in most
    /// logs.
    rows: Vec<u32>,
    leading_nulls: usize,
    /// Values one after another; value 0 is empty.
    data: Vec<u8>,
    /// Where each begins, and where the last one ends.
    offsets: Vec<i32>,
    /// Numbers of recent values, 0 for none.
    recent: [u32; RECENT],
    /// Rows and bytes to make room for.
    capacity: (usize, usize),
}

impl TextBuilder {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        let (recent, capacity) = ([0; RECENT], (rows, 0));
        Self { rows: Vec::new(), leading_nulls: 0, data: Vec::new(), offsets: Vec::new(), recent, capacity }
    }

    #[inline]
    pub(crate) fn append(&mut self, value: Option<&[u8]>) {
        let value = value.unwrap_or_default();
        if self.rows.is_empty() {
            if value.is_empty() {
                self.leading_nulls += 1;
                return;
            }
            self.rows.reserve(self.capacity.0.max(self.leading_nulls + 1));
            self.rows.resize(self.leading_nulls, 0);
            self.data.reserve(self.capacity.1);
            self.offsets.extend([0, 0]);
        }
        let row = if value.is_empty() { 0 } else { self.store(value) };
        self.rows.push(row);
    }

    /// The number of a value, which is stored unless it was lately.
    #[inline]
    fn store(&mut self, value: &[u8]) -> u32 {
        let slot = slot(value);
        let recent = self.recent[slot];
        if self.stored(recent) == value {
            return recent;
        }
        self.data.extend_from_slice(value);
        let number = u32::try_from(self.offsets.len() - 1).expect("a batch has fewer rows");
        self.offsets.push(i32::try_from(self.data.len()).expect("a batch's lines are shorter together"));
        self.recent[slot] = number;
        number
    }

    /// The value of a number.
    #[inline]
    fn stored(&self, number: u32) -> &[u8] {
        let end = |at: usize| self.offsets.get(at).and_then(|&end| usize::try_from(end).ok()).unwrap_or(0);
        let number = number as usize;
        self.data.get(end(number)..end(number + 1)).unwrap_or_default()
    }

    /// The column of the values since the last call. Bytes that are not UTF-8 become `\xHH`.
    pub(crate) fn finish(&mut self) -> StringViewArray {
        let leading_nulls = std::mem::take(&mut self.leading_nulls);
        if self.rows.is_empty() {
            return StringViewArray::new_null(leading_nulls);
        }
        self.recent = [0; RECENT];
        self.capacity.1 = self.data.len() + self.data.len() / 8;
        let offsets = OffsetBuffer::new(ScalarBuffer::from(std::mem::take(&mut self.offsets)));
        let data = Buffer::from_vec(std::mem::take(&mut self.data));
        let stored = StringArray::try_new(offsets.clone(), data.clone(), None)
            .unwrap_or_else(|_| escaped(&BinaryArray::new(offsets, data, None)));
        let rows = ScalarBuffer::from(std::mem::take(&mut self.rows));
        let valid = BooleanBuffer::collect_bool(rows.len(), |row| rows[row] != 0);
        let nulls = Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() > 0);
        let column = take(&StringViewArray::from(&stored), &UInt32Array::new(rows, nulls), None);
        column.expect("every row's value is stored").as_string_view().clone()
    }
}

/// Where a value is looked for: its last eight bytes tell values apart that begin alike.
#[inline]
fn slot(value: &[u8]) -> usize {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let end = match value.last_chunk() {
        Some(end) => u64::from_le_bytes(*end),
        None => value.iter().fold(0, |end, byte| end << 8 | u64::from(*byte)),
    };
    ((end ^ value.len() as u64).wrapping_mul(GOLDEN) >> 60) as usize % RECENT
}

#[cold]
fn escaped(column: &BinaryArray) -> StringArray {
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
