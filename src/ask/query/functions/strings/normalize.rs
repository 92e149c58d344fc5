//! `normalize(text [, form])`: the same characters put together in the same way, by the Unicode standard.

use std::borrow::Cow;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use unicode_normalization::UnicodeNormalization;

use crate::ask::query::functions::scalar::{Argument, Function};
use crate::ask::query::functions::text::map_texts;

/// `normalize`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Normalize;

impl Function for Normalize {
    const NAME: &'static str = "normalize";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text], &[Argument::Text, Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let texts = arguments[0].to_array(rows)?;
        let forms = arguments.get(1).map(|forms| forms.to_array(rows)).transpose()?;
        let forms = forms.as_ref().map(AsArray::as_string_view);
        map_texts(texts.as_string_view(), |row, text| match forms {
            Some(forms) if forms.is_null(row) => Ok(None),
            _ if text.is_ascii() => Ok(Some(Cow::Borrowed(text))),
            forms => normal(text, forms.map_or("NFC", |forms| forms.value(row))).map(|text| Some(Cow::Owned(text))),
        })
    }
}

fn normal(text: &str, form: &str) -> Result<String> {
    Ok(match form {
        "NFC" => text.nfc().collect(),
        "NFD" => text.nfd().collect(),
        "NFKC" => text.nfkc().collect(),
        "NFKD" => text.nfkd().collect(),
        _ => return exec_err!("normalize knows NFC, NFD, NFKC and NFKD"),
    })
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn texts_are_put_together_in_one_way() {
        let context = session(1, 10, None);
        let sql = "SELECT length(normalize('a\u{308}')), length(normalize('ä', 'NFD')), normalize('ﬁ', 'NFKC'), normalize('a')";
        assert_eq!(rows(&context, sql), ["1 2 fi a"]);
        assert!(error(&context, "SELECT normalize('ä', 'X')").contains("NFKD"));
    }
}
