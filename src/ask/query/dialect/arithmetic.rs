//! `+ - * / %` of integers and decimals, as Trino has them: integers that overflow are an error, a decimal's scale follows
//! Trino's rules (a quotient has the larger of the two, rounded half up), division by zero is an error.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, PrimitiveArray};
use datafusion::arrow::compute::kernels::numeric::{add, mul, rem, sub};
use datafusion::arrow::compute::{cast, kernels::numeric::div};
use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, i256};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{Result, exec_err, internal_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::ask::query::functions::Extent;

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Subtract => "subtract",
            Self::Multiply => "multiply",
            Self::Divide => "divide",
            Self::Modulo => "modulo",
        }
    }
}

/// Digits of a decimal that holds every value of an integer type; precision and scale of a decimal.
fn digits(kind: &DataType) -> Option<(u8, i8)> {
    Some(match kind {
        DataType::Int8 | DataType::UInt8 => (3, 0),
        DataType::Int16 | DataType::UInt16 => (5, 0),
        DataType::Int32 | DataType::UInt32 => (10, 0),
        DataType::Int64 => (19, 0),
        DataType::UInt64 => (20, 0),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => (*precision, *scale),
        _ => return None,
    })
}

/// Whether both are integers or decimals: of doubles the engine's own operators are right.
pub(super) fn is_exact(left: &DataType, right: &DataType) -> bool {
    digits(left).is_some() && digits(right).is_some()
}

/// Whether a function of this name is one that fails where it divides by zero.
pub(super) fn is_quotient(name: &str) -> bool {
    [Operation::Divide, Operation::Modulo].iter().any(|operation| operation.name() == name)
}

/// The operator as a function.
pub(super) fn udf(operation: Operation) -> ScalarUDF {
    ScalarUDF::from(Arithmetic { operation, signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Arithmetic {
    operation: Operation,
    signature: Signature,
}

impl Arithmetic {
    /// The type of the answer for two decimals, by the rules of Trino.
    fn decimal(&self, (p1, s1): (u8, i8), (p2, s2): (u8, i8)) -> (u8, i8) {
        let (p1, s1, p2, s2) = (i16::from(p1), i16::from(s1), i16::from(p2), i16::from(s2));
        let scale = s1.max(s2);
        let (precision, scale) = match self.operation {
            Operation::Add | Operation::Subtract => ((p1 - s1).max(p2 - s2) + scale + 1, scale),
            Operation::Multiply => (p1 + p2, s1 + s2),
            Operation::Divide => (p1 + s2 + (s2 - s1).max(0), scale),
            Operation::Modulo => ((p1 - s1).min(p2 - s2) + scale, scale),
        };
        let precision = precision.clamp(1, i16::from(DECIMAL128_MAX_PRECISION));
        (u8::try_from(precision).unwrap_or(DECIMAL128_MAX_PRECISION), i8::try_from(scale).unwrap_or(i8::MAX))
    }

    /// Of integers or doubles.
    fn plainly(&self, left: &ArrayRef, right: &ArrayRef) -> Result<ArrayRef> {
        let answer = match self.operation {
            Operation::Add => add(left, right),
            Operation::Subtract => sub(left, right),
            Operation::Multiply => mul(left, right),
            Operation::Divide => div(left, right),
            Operation::Modulo => rem(left, right),
        };
        readable(answer)
    }

    fn decimals(&self, left: &Decimal128Array, right: &Decimal128Array, answer: (u8, i8)) -> Result<ArrayRef> {
        let (s1, s2) = (left.scale(), right.scale());
        let (precision, scale) = answer;
        let value = |l: i128, r: i128| -> Option<i128> {
            let (l, r) = (i256::from_i128(l), i256::from_i128(r));
            let aligned = |value: i256, from: i8| value.checked_mul(power(scale - from)?);
            match self.operation {
                Operation::Add => aligned(l, s1)?.checked_add(aligned(r, s2)?)?.to_i128(),
                Operation::Subtract => aligned(l, s1)?.checked_sub(aligned(r, s2)?)?.to_i128(),
                Operation::Multiply => l.checked_mul(r)?.to_i128(),
                Operation::Divide => half_up(l.checked_mul(power(scale - s1 + s2)?)?, r)?.to_i128(),
                Operation::Modulo => aligned(l, s1)?.checked_rem(aligned(r, s2)?)?.to_i128(),
            }
        };
        let mut values = Vec::with_capacity(left.len());
        for row in 0..left.len() {
            if left.is_null(row) || right.is_null(row) {
                values.push(None);
                continue;
            }
            let (l, r) = (left.value(row), right.value(row));
            if r == 0 && matches!(self.operation, Operation::Divide | Operation::Modulo) {
                return exec_err!("division by zero");
            }
            let fits = |value: &i128| value.unsigned_abs() < 10_u128.pow(u32::from(precision));
            match value(l, r).filter(fits) {
                Some(value) => values.push(Some(value)),
                None => return exec_err!("a decimal became too large for {precision} digits"),
            }
        }
        let array = PrimitiveArray::<Decimal128Type>::from(values).with_precision_and_scale(precision, scale)?;
        Ok(Arc::new(array))
    }
}

fn power(exponent: i8) -> Option<i256> {
    i256::from_i128(10).checked_pow(u32::try_from(exponent).ok()?)
}

/// The quotient, rounded to the nearest integer, halves away from zero.
fn half_up(dividend: i256, divisor: i256) -> Option<i256> {
    let quotient = dividend.checked_div(divisor)?;
    let rest = dividend.checked_rem(divisor)?.checked_abs()?;
    if rest.checked_mul(i256::from_i128(2))? < divisor.checked_abs()? {
        return Some(quotient);
    }
    let is_negative = dividend.is_negative() != divisor.is_negative();
    quotient.checked_add(i256::from_i128(if is_negative { -1 } else { 1 }))
}

/// Arrow's words for what went wrong, in ours.
fn readable(answer: Result<ArrayRef, ArrowError>) -> Result<ArrayRef> {
    match answer {
        Ok(answer) => Ok(answer),
        Err(ArrowError::DivideByZero) => exec_err!("division by zero"),
        Err(ArrowError::ArithmeticOverflow(_)) => {
            exec_err!("an integer became too large: CAST(… AS bigint), or AS double, before it is added or multiplied")
        }
        Err(error) => Err(error.into()),
    }
}

impl ScalarUDFImpl for Arithmetic {
    fn name(&self) -> &str {
        self.operation.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let [left, right] = kinds else { return internal_err!("an operator has two sides") };
        // A side that had no type yet when this was planned, such as CASE, may turn out to be a double.
        if (left.is_floating() || right.is_floating()) && left.is_numeric() && right.is_numeric() {
            return Ok(vec![DataType::Float64, DataType::Float64]);
        }
        let (Some(first), Some(second)) = (digits(left), digits(right)) else {
            return plan_err!("{} takes numbers, not {left} and {right}", self.name());
        };
        if left.is_integer() && right.is_integer() {
            let widest = if first.0 >= second.0 { left } else { right };
            let signed = match widest {
                DataType::UInt8 => DataType::Int16,
                DataType::UInt16 => DataType::Int32,
                DataType::UInt32 | DataType::UInt64 => DataType::Int64,
                kind => kind.clone(),
            };
            return Ok(vec![signed.clone(), signed]);
        }
        Ok(vec![DataType::Decimal128(first.0, first.1), DataType::Decimal128(second.0, second.1)])
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        match kinds {
            [DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)] => {
                let (precision, scale) = self.decimal((*p1, *s1), (*p2, *s2));
                Ok(DataType::Decimal128(precision, scale))
            }
            [kind, _] => Ok(kind.clone()),
            _ => internal_err!("an operator has two sides"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let [left, right] = args.args.as_slice() else { return internal_err!("an operator has two sides") };
        let (left, right) = (left.to_array(rows)?, right.to_array(rows)?);
        let answer = match args.return_type() {
            DataType::Decimal128(precision, scale) => {
                let (left, right) = (left.as_primitive::<Decimal128Type>(), right.as_primitive::<Decimal128Type>());
                self.decimals(left, right, (*precision, *scale))?
            }
            kind => cast(&self.plainly(&left, &right)?, kind)?,
        };
        extent.answer(answer)
    }
}
