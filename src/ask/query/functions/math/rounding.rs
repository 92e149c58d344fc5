//! `round`, `floor`, `ceil` and `truncate`, each of an integer an integer and of a decimal a decimal, as in Trino; of doubles they
//! are the engine's.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::functions::math::{ceil, floor, round, trunc};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::ask::query::functions::scalar::Extent;

/// Where digits that are cut off lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Mode {
    /// To the nearest, halves away from zero.
    Round,
    Floor,
    Ceil,
    Truncate,
}

/// The functions, to be registered with a session.
pub(in crate::ask::query::functions) fn all() -> [ScalarUDF; 4] {
    [(Mode::Round, round()), (Mode::Floor, floor()), (Mode::Ceil, ceil()), (Mode::Truncate, trunc())].map(
        |(mode, of_doubles)| {
            let aliases = if mode == Mode::Ceil { vec!["ceiling".to_owned()] } else { Vec::new() };
            ScalarUDF::from(Rounding {
                mode,
                of_doubles,
                aliases,
                signature: Signature::user_defined(Volatility::Immutable),
            })
        },
    )
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Rounding {
    mode: Mode,
    of_doubles: Arc<ScalarUDF>,
    aliases: Vec<String>,
    signature: Signature,
}

impl Rounding {
    fn takes_digits(&self) -> bool {
        matches!(self.mode, Mode::Round | Mode::Truncate)
    }

    /// The quotient in this mode.
    fn divide(&self, dividend: i128, divisor: i128) -> i128 {
        let (quotient, rest) = (dividend / divisor, dividend % divisor);
        let sign = if dividend < 0 { -1 } else { 1 };
        match self.mode {
            Mode::Truncate => quotient,
            Mode::Floor => quotient - i128::from(rest < 0),
            Mode::Ceil => quotient + i128::from(rest > 0),
            // The divisor is a power of ten, so that its half is exact unless it is 1, which leaves no rest.
            Mode::Round => quotient + if rest.abs() >= divisor / 2 && rest != 0 { sign } else { 0 },
        }
    }

    /// The number without its digits behind place `digits`, the scale kept; `None` if it becomes too large.
    fn at_place(&self, value: i128, scale: i8, digits: i64) -> Option<i128> {
        let dropped = i64::from(scale) - digits;
        if dropped <= 0 {
            return Some(value);
        }
        let power = u32::try_from(dropped).ok().and_then(|dropped| 10_i128.checked_pow(dropped));
        // More digits than any number has: only the sign is left.
        let Some(power) = power else { return Some(0) };
        self.divide(value, power).checked_mul(power)
    }

    fn decimals(&self, values: &Decimal128Array, digits: Option<&Int64Array>, to: &DataType) -> Result<ArrayRef> {
        let DataType::Decimal128(precision, scale) = to else { return plan_err!("a decimal stays one") };
        let kept = values.scale();
        let mut made = Vec::with_capacity(values.len());
        for row in 0..values.len() {
            let place = match digits {
                Some(digits) if digits.is_null(row) => None,
                Some(digits) => Some(digits.value(row)),
                None => Some(0),
            };
            let (Some(place), false) = (place, values.is_null(row)) else {
                made.push(None);
                continue;
            };
            let rounded = self.at_place(values.value(row), kept, place);
            // Without a place the answer has no digits behind the point.
            let drop = 10_i128.pow(u32::from((kept - scale).unsigned_abs()));
            match rounded {
                Some(rounded) => made.push(Some(rounded / drop)),
                None => return exec_err!("a decimal became too large"),
            }
        }
        Ok(Arc::new(Decimal128Array::from(made).with_precision_and_scale(*precision, *scale)?))
    }

    fn integers(&self, values: &Int64Array, digits: Option<&Int64Array>) -> Result<ArrayRef> {
        let Some(digits) = digits else { return Ok(Arc::new(values.clone())) };
        let round = |(value, digits): (Option<i64>, Option<i64>)| {
            let (Some(value), Some(digits)) = (value, digits) else { return Ok(None) };
            if let Some(Ok(rounded)) = self.at_place(i128::from(value), 0, digits).map(i64::try_from) {
                Ok(Some(rounded))
            } else {
                exec_err!("an integer became too large")
            }
        };
        let rounded: Int64Array = values.iter().zip(digits).map(round).collect::<Result<_>>()?;
        Ok(Arc::new(rounded))
    }
}

impl ScalarUDFImpl for Rounding {
    fn name(&self) -> &'static str {
        match self.mode {
            Mode::Round => "round",
            Mode::Floor => "floor",
            Mode::Ceil => "ceil",
            Mode::Truncate => "truncate",
        }
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let (number, digits) = match kinds {
            [number] => (number, None),
            [number, digits] if self.takes_digits() => (number, Some(digits)),
            _ => {
                return plan_err!(
                    "{} takes a number{}",
                    self.name(),
                    if self.takes_digits() { ", and perhaps how many digits behind the point stay" } else { "" }
                );
            }
        };
        let number = match number {
            DataType::Null => DataType::Float64,
            number if number.is_integer() || matches!(number, DataType::Decimal128(..)) => number.clone(),
            DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
                DataType::Decimal128(*precision, *scale)
            }
            number if number.is_numeric() => DataType::Float64,
            other => return plan_err!("{} takes a number, not {other}", self.name()),
        };
        match digits {
            Some(digits) if !(digits.is_integer() || digits.is_null()) => {
                plan_err!("{} takes an integer for the digits that stay, not {digits}", self.name())
            }
            // The engine's own takes them so.
            Some(_) if number.is_floating() && self.mode == Mode::Round => Ok(vec![number, DataType::Int32]),
            Some(_) => Ok(vec![number, DataType::Int64]),
            None => Ok(vec![number]),
        }
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        Ok(match kinds {
            [DataType::Decimal128(precision, scale)] => {
                let carry = u8::from(*scale > 0 && self.mode != Mode::Truncate);
                let whole = precision.saturating_sub(scale.unsigned_abs()) + carry;
                DataType::Decimal128(whole.clamp(1, DECIMAL128_MAX_PRECISION), 0)
            }
            [DataType::Decimal128(precision, scale), _] => {
                let carry = u8::from(self.mode == Mode::Round);
                DataType::Decimal128((precision + carry).min(DECIMAL128_MAX_PRECISION), *scale)
            }
            [kind, ..] => kind.clone(),
            [] => DataType::Float64,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let kind = args.args[0].data_type();
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let to = args.return_type().clone();
        if kind.is_floating() && !(self.mode == Mode::Truncate && args.args.len() == 1) {
            return self.of_doubles.invoke_with_args(args);
        }
        let values = args.args[0].to_array(rows)?;
        let digits = args.args.get(1).map(|digits| digits.to_array(rows)).transpose()?;
        let digits = digits.as_ref().map(arrow::array::AsArray::as_primitive::<Int64Type>);
        let answer: ArrayRef = match &kind {
            DataType::Decimal128(..) => self.decimals(values.as_primitive::<Decimal128Type>(), digits, &to)?,
            DataType::Float64 => {
                let whole: Float64Array = values.as_primitive::<Float64Type>().unary(f64::trunc);
                Arc::new(whole)
            }
            _ => {
                let wide = cast(&values, &DataType::Int64)?;
                cast(&self.integers(wide.as_primitive::<Int64Type>(), digits)?, &to)?
            }
        };
        extent.answer(answer)
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn numbers_keep_their_types() {
        let context = session(1, 10, None);
        for (call, expected) in [
            ("floor(7), ceil(CAST(7 AS INT)), round(15, -1), truncate(19, -1), round(-15, -1)", "7 7 20 10 -20"),
            ("arrow_typeof(floor(CAST(7 AS BIGINT))), arrow_typeof(floor(7.5))", "Int64 Float64"),
            ("round(2.5), round(-2.5), round(1.255, 1), truncate(-1.9), truncate(1.239, 2)", "3.0 -3.0 1.3 -1.0 1.23"),
            ("round(CAST('1.005' AS DECIMAL(4, 3)), 2), floor(CAST('-1.5' AS DECIMAL(2, 1)))", "1.010 -2"),
            ("ceil(CAST('1.2' AS DECIMAL(2, 1))), ceiling(1.2), round(CAST('9.5' AS DECIMAL(2, 1)))", "2 2.0 10"),
            ("round(5, 40), round(5, -40), floor(NULL) IS NULL, round(NULL, 2) IS NULL", "5 0 true true"),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        assert!(error(&context, "SELECT floor('a')").contains("floor takes a number, not Utf8"));
        assert!(error(&context, "SELECT round(9223372036854775807, -1)").contains("too large"));
    }
}
