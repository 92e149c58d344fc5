//! `to_base(number, base)` and `from_base(text, base)`: integers written with other digits, in small letters.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function, each_pair};

fn base(name: &str, base: i64) -> Result<u32> {
    let Ok(base @ 2..=36) = u32::try_from(base) else {
        return exec_err!("{name} takes a base from 2 to 36, not {base}");
    };
    Ok(base)
}

/// `to_base`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct ToBase;

impl Function for ToBase {
    const NAME: &'static str = "to_base";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Integer, Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (numbers, bases) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let (numbers, bases) = (numbers.as_primitive::<Int64Type>(), bases.as_primitive::<Int64Type>());
        let texts = each_pair(numbers, bases, |number, given| Ok(written(number, base(Self::NAME, given)?)));
        Ok(Arc::new(texts.collect::<Result<StringViewArray>>()?))
    }
}

fn written(number: i64, base: u32) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    while rest > 0 || digits.is_empty() {
        let digit = u32::try_from(rest % u64::from(base)).unwrap_or(0);
        digits.push(char::from_digit(digit, base).unwrap_or('0'));
        rest /= u64::from(base);
    }
    let sign = (number < 0).then_some('-');
    sign.into_iter().chain(digits.into_iter().rev()).collect()
}

/// `from_base`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct FromBase;

impl Function for FromBase {
    const NAME: &'static str = "from_base";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Int64
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (texts, bases) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let read = |text: &str, given: i64| {
            let refused = || exec_datafusion_err!("from_base cannot read the text as a number of base {given}");
            i64::from_str_radix(text, base(Self::NAME, given)?).map_err(|_| refused())
        };
        let numbers = each_pair(texts.as_string_view(), bases.as_primitive::<Int64Type>(), read);
        Ok(Arc::new(numbers.collect::<Result<Int64Array>>()?))
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn numbers_are_written_in_any_base() {
        let context = session(1, 10, None);
        for (call, expected) in [
            ("to_base(255, 16), to_base(-5, 2), to_base(0, 36)", "ff -101 0"),
            (
                "from_base('ff', 16), from_base('-101', 2), from_base('7FFFFFFFFFFFFFFF', 16)",
                "255 -5 9223372036854775807",
            ),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        assert!(error(&context, "SELECT from_base('xyz', 16)").contains("cannot read the text as a number of base 16"));
        assert!(error(&context, "SELECT to_base(1, 37)").contains("a base from 2 to 36"));
    }
}
