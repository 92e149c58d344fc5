//! `strpos(text, piece [, instance])`: where a piece of a text stands; `hamming_distance(a, b)`: in how many places two texts differ.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function, each_pair};

/// `strpos`: the place of the first character, from 1; 0 if the piece is not there so often. A negative instance is counted from the
/// end. Pieces may overlap.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Strpos;

impl Function for Strpos {
    const NAME: &'static str = "strpos";
    const ARGUMENTS: &'static [&'static [Argument]] =
        &[&[Argument::Text, Argument::Text], &[Argument::Text, Argument::Text, Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Int64
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (texts, pieces) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let pairs = texts.as_string_view().iter().zip(pieces.as_string_view());
        let Some(instances) = arguments.get(2) else {
            let places = pairs.map(|(text, piece)| Some(place(text?, piece?, 1)));
            return Ok(Arc::new(places.collect::<Int64Array>()));
        };
        let instances = instances.to_array(rows)?;
        let places = pairs.zip(instances.as_primitive::<Int64Type>()).map(|((text, piece), instance)| {
            let (Some(text), Some(piece), Some(instance)) = (text, piece, instance) else { return Ok(None) };
            if instance == 0 {
                return exec_err!("strpos counts from 1, or from -1 at the end");
            }
            Ok(Some(place(text, piece, instance)))
        });
        Ok(Arc::new(places.collect::<Result<Int64Array>>()?))
    }
}

fn place(text: &str, piece: &str, instance: i64) -> i64 {
    if piece.is_empty() {
        return 1;
    }
    let nth = usize::try_from(instance.unsigned_abs() - 1).unwrap_or(usize::MAX);
    let found = if instance > 0 { starts(text, piece).nth(nth) } else { starts_from_end(text, piece).nth(nth) };
    found.map_or(0, |at| i64::try_from(text[..at].chars().count()).unwrap_or(i64::MAX - 1) + 1)
}

fn starts(text: &str, piece: &str) -> impl Iterator<Item = usize> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text.get(from..)?.find(piece)?;
        from = at + text[at..].chars().next().map_or(1, char::len_utf8);
        Some(at)
    })
}

fn starts_from_end(text: &str, piece: &str) -> impl Iterator<Item = usize> {
    let mut end = Some(text.len());
    std::iter::from_fn(move || {
        let at = text[..end?].rfind(piece)?;
        // The next one may begin anywhere before this one.
        let last = text[at..at + piece.len()].char_indices().next_back().map_or(0, |(last, _)| last);
        end = (at + last < text.len() && at > 0).then_some(at + last);
        Some(at)
    })
}

/// `hamming_distance`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct HammingDistance;

impl Function for HammingDistance {
    const NAME: &'static str = "hamming_distance";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Int64
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (left, right) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let distance = |left: &str, right: &str| {
            if left.chars().count() != right.chars().count() {
                return exec_err!("hamming_distance takes two texts of the same length");
            }
            let differ = left.chars().zip(right.chars()).filter(|(one, other)| one != other);
            Ok(i64::try_from(differ.count()).unwrap_or(i64::MAX))
        };
        let distances = each_pair(left.as_string_view(), right.as_string_view(), distance);
        Ok(Arc::new(distances.collect::<Result<Int64Array>>()?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::place;
    use crate::ask::query::functions::testing::{error, rows, session};

    /// Every place where the piece begins, by looking everywhere.
    fn everywhere(text: &str, piece: &str) -> Vec<i64> {
        let chars: Vec<char> = text.chars().collect();
        let piece: Vec<char> = piece.chars().collect();
        (1..).zip(0..chars.len()).filter(|(_, at)| chars[*at..].starts_with(&piece)).map(|(place, _)| place).collect()
    }

    proptest! {
        #[test]
        fn every_instance_is_found_from_both_ends(text in "[aé]{0,12}", piece in "[aé]{1,3}", nth in 1..8_u8) {
            let places = everywhere(&text, &piece);
            let (index, nth) = (usize::from(nth) - 1, i64::from(nth));
            prop_assert_eq!(place(&text, &piece, nth), places.get(index).copied().unwrap_or(0));
            prop_assert_eq!(place(&text, &piece, -nth), places.iter().rev().nth(index).copied().unwrap_or(0));
        }
    }

    #[test]
    fn places_count_characters() {
        let context = session(1, 10, None);
        for (call, expected) in [
            ("strpos('héllo', 'l'), strpos('hello', 'l', 2), strpos('hello', 'l', -1), strpos('a', 'b')", "3 4 4 0"),
            (
                "strpos('aaa', 'aa', 2), strpos('aaa', 'aa', -2), strpos('', ''), strpos('a', NULL) IS NULL",
                "2 1 1 true",
            ),
            ("hamming_distance('abc', 'abd'), hamming_distance('', '')", "1 0"),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        assert!(error(&context, "SELECT hamming_distance('a', 'ab')").contains("the same length"));
        assert!(error(&context, "SELECT strpos('a', 'a', 0)").contains("counts from 1"));
    }
}
