//! `regexp_like(text, pattern)`, `regexp_count`, `regexp_position`, `regexp_extract_all` and `regexp_split`: what of a text matches.

use std::rc::Rc;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, ListBuilder, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use regex::Regex;

use super::pattern::compiled;
use crate::ask::query::functions::scalar::{Argument, Function, constant};

/// Calls for every text and its pattern, `None` where either is NULL.
fn each(
    name: &str,
    arguments: &[ColumnarValue],
    rows: usize,
    mut call: impl FnMut(usize, Option<(&str, &Regex)>) -> Result<()>,
) -> Result<()> {
    let (texts, patterns) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
    let (texts, patterns) = (texts.as_string_view(), patterns.as_string_view());
    let fixed: Option<Rc<Regex>> = constant(&arguments[1]).map(|pattern| compiled(name, pattern)).transpose()?;
    for row in 0..rows {
        if texts.is_null(row) || patterns.is_null(row) {
            call(row, None)?;
            continue;
        }
        let regex = match &fixed {
            Some(regex) => Rc::clone(regex),
            None => compiled(name, patterns.value(row))?,
        };
        call(row, Some((texts.value(row), &regex)))?;
    }
    Ok(())
}

/// Defines a function of a text and a pattern.
macro_rules! of_matches {
    ($function:ident, $name:literal, $kind:expr, $made:ty, $answer:expr) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(in crate::ask::query::functions) struct $function;

        impl Function for $function {
            const NAME: &'static str = $name;
            const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Text]];

            fn answer(_arguments: &[DataType]) -> DataType {
                $kind
            }

            fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
                let mut answers = Vec::with_capacity(rows);
                each(Self::NAME, arguments, rows, |_, pair| {
                    answers.push(pair.map($answer));
                    Ok(())
                })?;
                Ok(Arc::new(answers.into_iter().collect::<$made>()))
            }
        }
    };
}

// Whether a part of the text matches.
of_matches!(RegexpLike, "regexp_like", DataType::Boolean, BooleanArray, |(text, regex)| regex.is_match(text));
// How many parts match, none of which overlap.
of_matches!(RegexpCount, "regexp_count", DataType::Int64, Int64Array, |(text, regex)| {
    i64::try_from(regex.find_iter(text).count()).unwrap_or(i64::MAX)
});
// The place of the first character that matches, from 1; -1 if none does.
of_matches!(RegexpPosition, "regexp_position", DataType::Int64, Int64Array, |(text, regex)| {
    let place = |at: usize| i64::try_from(text[..at].chars().count()).unwrap_or(i64::MAX) + 1;
    regex.find(text).map_or(-1, |found| place(found.start()))
});

fn texts() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true)))
}

/// `regexp_extract_all`: every part that matches, or a group of it.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct RegexpExtractAll;

impl Function for RegexpExtractAll {
    const NAME: &'static str = "regexp_extract_all";
    const ARGUMENTS: &'static [&'static [Argument]] =
        &[&[Argument::Text, Argument::Text], &[Argument::Text, Argument::Text, Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        texts()
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let groups = arguments.get(2).map(|groups| groups.to_array(rows)).transpose()?;
        let groups = groups.as_ref().map(arrow::array::AsArray::as_primitive::<Int64Type>);
        let mut made = ListBuilder::new(StringViewBuilder::new());
        each(Self::NAME, arguments, rows, |row, pair| {
            let Some((text, regex)) = pair.filter(|_| groups.is_none_or(|groups| !groups.is_null(row))) else {
                made.append_null();
                return Ok(());
            };
            let wanted = groups.map_or(0, |groups| groups.value(row));
            let Some(group) = usize::try_from(wanted).ok().filter(|group| *group < regex.captures_len()) else {
                return exec_err!(
                    "regexp_extract_all is asked for group {wanted} of a pattern that has {}",
                    regex.captures_len() - 1
                );
            };
            for found in regex.captures_iter(text) {
                made.values().append_option(found.get(group).map(|found| found.as_str()));
            }
            made.append(true);
            Ok(())
        })?;
        Ok(Arc::new(made.finish()))
    }
}

/// `regexp_split`: what stands between the parts that match.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct RegexpSplit;

impl Function for RegexpSplit {
    const NAME: &'static str = "regexp_split";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        texts()
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let mut made = ListBuilder::new(StringViewBuilder::new());
        each(Self::NAME, arguments, rows, |_, pair| {
            if let Some((text, regex)) = pair {
                regex.split(text).for_each(|piece| made.values().append_value(piece));
            }
            made.append(pair.is_some());
            Ok(())
        })?;
        Ok(Arc::new(made.finish()))
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn matches_are_told_counted_and_taken_apart() {
        let context = session(1, 10, None);
        for (call, expected) in [
            ("regexp_like('1a 2b', '\\d+b'), regexp_like('abc', '^b'), regexp_like('é', '\\w')", "true false false"),
            ("regexp_count('1a 2b 14m', '\\d+'), regexp_position('aéb', 'b'), regexp_position('a', 'b')", "3 3 -1"),
            ("regexp_extract_all('1a 2b', '(\\d)([a-z])', 2)", "[a, b]"),
            ("regexp_split('a1b22c', '\\d+')", "[a, b, c]"),
            ("regexp_like(NULL, 'a') IS NULL, regexp_split('a', NULL) IS NULL", "true true"),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        assert!(error(&context, "SELECT regexp_extract_all('a', 'a', 1)").contains("asked for group 1"));
        assert!(error(&context, "SELECT regexp_like('aa', '(a)\\1')").contains("regexp_like cannot use this pattern"));
    }
}
