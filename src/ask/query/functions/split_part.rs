//! `split_part(text, delimiter, number)`: the piece of this number, from 1; NULL if there are fewer pieces, as in Trino,
//! where DataFusion's function answers the empty text. An empty delimiter makes every character a piece.

use std::borrow::Cow;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::scalar::{Argument, Function};
use super::text::map_texts;

/// `split_part`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct SplitPart;

impl Function for SplitPart {
    const NAME: &'static str = "split_part";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Text, Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let [texts, delimiters, numbers] = arguments else { return exec_err!("split_part takes three arguments") };
        let (texts, delimiters, numbers) = (texts.to_array(rows)?, delimiters.to_array(rows)?, numbers.to_array(rows)?);
        let (delimiters, numbers) = (delimiters.as_string_view(), numbers.as_primitive::<Int64Type>());
        map_texts(texts.as_string_view(), |row, text| {
            if delimiters.is_null(row) || numbers.is_null(row) {
                return Ok(None);
            }
            let (delimiter, number) = (delimiters.value(row), numbers.value(row));
            if number < 1 {
                return exec_err!("split_part counts from 1, not {number}");
            }
            let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
            let piece = if delimiter.is_empty() { character(text, index) } else { text.split(delimiter).nth(index) };
            Ok(piece.map(Cow::Borrowed))
        })
    }
}

fn character(text: &str, index: usize) -> Option<&str> {
    let (start, character) = text.char_indices().nth(index)?;
    Some(&text[start..start + character.len_utf8()])
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn pieces_are_counted_from_one() {
        let context = session(1, 10, None);
        for (arguments, expected) in [
            ("'app/name/0123456789abcdef', '/', 2", "[name]"),
            ("'app/name/0123456789abcdef', '/', 3", "[0123456789abcdef]"),
            ("'app/name', '/', 3", "NULL"),
            ("'a--b--', '--', 3", "[]"),
            ("'a', '/', 1", "[a]"),
            ("'', '/', 1", "[]"),
            ("'', '/', 2", "NULL"),
            ("'aéb', '', 2", "[é]"),
            ("'aéb', '', 4", "NULL"),
            ("NULL, '/', 1", "NULL"),
            ("'a', NULL, 1", "NULL"),
            ("'a', '/', NULL", "NULL"),
            ("'a', '/', 9223372036854775807", "NULL"),
        ] {
            let sql = format!("SELECT coalesce('[' || split_part({arguments}) || ']', 'NULL')");
            assert_eq!(rows(&context, &sql), [expected], "{arguments}");
        }
        assert!(error(&context, "SELECT split_part('a', '/', 0)").contains("split_part counts from 1, not 0"));
        assert!(error(&context, "SELECT split_part('a', '/')").contains("takes (text, text, integer)"));
    }
}
