//! `upper(text)` and `lower(text)`: character by character, so that `ß` stays one.

use std::borrow::Cow;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function};
use crate::ask::query::functions::text::map_texts;

macro_rules! case {
    ($function:ident, $name:literal, $is_other:ident, $ascii:ident, $char:ident) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(in crate::ask::query::functions) struct $function;

        impl Function for $function {
            const NAME: &'static str = $name;
            const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

            fn answer(_arguments: &[DataType]) -> DataType {
                DataType::Utf8View
            }

            fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
                let one = |char: char| {
                    let mut mapped = char.$char();
                    match (mapped.next(), mapped.next()) {
                        (Some(mapped), None) => mapped,
                        _ => char,
                    }
                };
                map_texts(arguments[0].to_array(rows)?.as_string_view(), |_, text| {
                    Ok(Some(if !text.is_ascii() {
                        Cow::Owned(text.chars().map(one).collect())
                    } else if text.bytes().any(|byte| byte.$is_other()) {
                        Cow::Owned(text.$ascii())
                    } else {
                        Cow::Borrowed(text)
                    }))
                })
            }
        }
    };
}

case!(Upper, "upper", is_ascii_lowercase, to_ascii_uppercase, to_uppercase);
case!(Lower, "lower", is_ascii_uppercase, to_ascii_lowercase, to_lowercase);
