//! Conditions on rows: of a row that does not meet them, no column is built.

use std::ops::RangeInclusive;

use crate::builders::{Row, field_of, int_of, text_of, time_of};
use crate::columns::{Column, Source, ValueType};
use crate::values::{self, Value};

/// What a row must meet to be built. Columns are positions among those of the kind; NULL meets nothing.
///
/// A row whose value cannot be read is built, so that the value is counted as such; so is one whose text is not ASCII, since
/// it may be written differently in the end, and one whose value comes from the object's name. Who needs to be exact looks again.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// A whole number, or a time in microseconds since the epoch, within one of these.
    Number {
        /// A column of whole numbers or times.
        column: usize,
        /// From the first to the last of each.
        within: Vec<RangeInclusive<i64>>,
    },
    /// So many seconds.
    Seconds {
        /// A column of seconds.
        column: usize,
        /// From the first to the last.
        within: RangeInclusive<f64>,
    },
    /// One of these texts.
    Text {
        /// A column of text.
        column: usize,
        /// Byte by byte.
        one_of: Vec<Vec<u8>>,
    },
    /// Anything but NULL.
    Present {
        /// Any column.
        column: usize,
    },
}

impl Condition {
    /// The columns that are looked at, each as often as it is.
    #[must_use]
    pub fn columns(&self) -> Vec<usize> {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().flat_map(Self::columns).collect(),
            Self::Number { column, .. }
            | Self::Seconds { column, .. }
            | Self::Text { column, .. }
            | Self::Present { column } => vec![*column],
        }
    }

    /// Whether a row of these columns may meet it.
    pub(crate) fn may_be_met(&self, columns: &[Column], row: &Row) -> bool {
        match self {
            Self::All(all) => all.iter().all(|condition| condition.may_be_met(columns, row)),
            Self::Any(any) => any.iter().any(|condition| condition.may_be_met(columns, row)),
            Self::Number { column, within } => {
                let Column { value, source, .. } = columns[*column];
                let found = if value == ValueType::Timestamp { time_of(source, row) } else { int_of(source, row) };
                // What is too large for its type is not readable as such.
                let fits = |number: i64| value != ValueType::Int || i32::try_from(number).is_ok();
                is(found, |number| !fits(number) || within.iter().any(|range| range.contains(&number)))
            }
            Self::Seconds { column, within } => {
                is(values::seconds(field_of(columns[*column].source, row)), |seconds| within.contains(&seconds))
            }
            Self::Text { column, one_of } => {
                let source = columns[*column].source;
                !is_of_line(source)
                    || text_of(source, row).is_some_and(|text| one_of.iter().any(|one| one == text) || !text.is_ascii())
            }
            Self::Present { column } => {
                let Column { value, source, .. } = columns[*column];
                match value {
                    ValueType::Text => !is_of_line(source) || text_of(source, row).is_some(),
                    ValueType::Timestamp => is(time_of(source, row), |_| true),
                    ValueType::Seconds => is(values::seconds(field_of(source, row)), |_| true),
                    ValueType::Int | ValueType::BigInt => is(int_of(source, row), |_| true),
                }
            }
        }
    }
}

/// Whether a value is known and so, or not readable.
fn is<T>(value: Value<T>, so: impl FnOnce(T) -> bool) -> bool {
    match value {
        Value::Known(value) => so(value),
        Value::Null => false,
        Value::Unreadable => true,
    }
}

/// Whether a text stands in the line itself.
fn is_of_line(source: Source) -> bool {
    source.position().is_some()
}
