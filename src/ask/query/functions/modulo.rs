//! `mod(a, b)`: another way to write `a % b`.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::kernels::numeric::rem;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::scalar::{Argument, Function};

/// `mod`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Mod;

impl Function for Mod {
    const NAME: &'static str = "mod";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Integer; 2], &[Argument::Double; 2]];

    fn answer(arguments: &[DataType]) -> DataType {
        arguments[0].clone()
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        Ok(rem(&arguments[0].to_array(rows)?, &arguments[1].to_array(rows)?)?)
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn it_is_what_the_operator_says() {
        let context = session(1, 10, None);
        let sql =
            "SELECT mod(7, 3), mod(-7, 3), mod(7.5, 2), mod(x, 5), mod(NULL, 2) IS NULL FROM (VALUES (12)) AS v(x)";
        assert_eq!(rows(&context, sql), ["1 -1 1.5 2 true"]);
        assert!(error(&context, "SELECT mod(1, 0)").contains("Divide by zero"));
    }
}
