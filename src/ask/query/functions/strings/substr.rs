//! `substr(text, start [, length])`: characters from a place, which counts from 1, or from the end if it is negative; the empty
//! text where nothing lies, also for place 0.

use std::borrow::Cow;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function};
use crate::ask::query::functions::text::map_texts;

/// `substr`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Substr;

impl Function for Substr {
    const NAME: &'static str = "substr";
    const ALIASES: &'static [&'static str] = &["substring"];
    const ARGUMENTS: &'static [&'static [Argument]] =
        &[&[Argument::Text, Argument::Integer], &[Argument::Text, Argument::Integer, Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (texts, starts) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let lengths = arguments.get(2).map(|lengths| lengths.to_array(rows)).transpose()?;
        let lengths = lengths.as_ref().map(arrow::array::AsArray::as_primitive::<Int64Type>);
        let starts = starts.as_primitive::<Int64Type>();
        map_texts(texts.as_string_view(), |row, text| {
            if starts.is_null(row) || lengths.is_some_and(|lengths| lengths.is_null(row)) {
                return Ok(None);
            }
            let length = lengths.map_or(i64::MAX, |lengths| lengths.value(row));
            Ok(Some(Cow::Borrowed(piece(text, starts.value(row), length))))
        })
    }
}

fn piece(text: &str, start: i64, length: i64) -> &str {
    let characters = || i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let first = match start {
        1.. => start - 1,
        0 => return "",
        _ => characters().saturating_add(start),
    };
    let (Ok(first), Ok(length)) = (usize::try_from(first), usize::try_from(length)) else { return "" };
    if text.is_ascii() {
        let first = first.min(text.len());
        return &text[first..first.saturating_add(length).min(text.len())];
    }
    let Some((begin, _)) = text.char_indices().nth(first) else { return "" };
    let rest = &text[begin..];
    let end = rest.char_indices().nth(length).map_or(rest.len(), |(end, _)| end);
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use super::piece;
    use proptest::prelude::*;

    #[test]
    fn places_count_from_one_or_from_the_end() {
        assert_eq!((piece("hello", 2, 3), piece("hello", -2, 9), piece("hello", 0, 2)), ("ell", "lo", ""));
        assert_eq!((piece("hello", 9, 1), piece("hello", -9, 6), piece("hello", 1, -1)), ("", "", ""));
        assert_eq!((piece("aéb", 2, 1), piece("aéb", -2, 1), piece("", 1, 1)), ("é", "é", ""));
    }

    proptest! {
        #[test]
        fn as_many_characters_as_a_list_of_them(text in ".{0,8}", start in -10_i64..10, length in -2_i64..10) {
            let chars: Vec<char> = text.chars().collect();
            let count = i64::try_from(chars.len()).unwrap();
            let first = if start > 0 { start - 1 } else { count + start };
            let expected: String = (first..first + length.max(0))
                .filter(|_| start != 0 && first >= 0)
                .filter_map(|at| usize::try_from(at).ok().and_then(|at| chars.get(at)))
                .collect();
            prop_assert_eq!(piece(&text, start, length), expected);
        }
    }
}
