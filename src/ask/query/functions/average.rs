//! `avg(x)`: of decimals a decimal with as many digits behind the point, rounded half up, as in Trino; of everything else the
//! engine's.

use std::mem::size_of_val;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Field, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, not_impl_err};
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, Signature};

/// `avg`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Average {
    inner: Arc<AggregateUDF>,
    aliases: Vec<String>,
}

impl Default for Average {
    fn default() -> Self {
        Self { inner: avg_udaf(), aliases: vec!["mean".to_owned()] }
    }
}

/// The scale of a decimal.
fn scale(kind: &DataType) -> Option<i8> {
    match kind {
        DataType::Decimal128(_, scale) => Some(*scale),
        _ => None,
    }
}

impl AggregateUDFImpl for Average {
    fn name(&self) -> &'static str {
        "avg"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(kinds)
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        match kinds {
            [kind @ DataType::Decimal128(..)] => Ok(kind.clone()),
            _ => self.inner.return_type(kinds),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let Some(scale) = scale(args.return_type()) else { return self.inner.state_fields(args) };
        if args.is_distinct {
            return not_impl_err!("avg(DISTINCT …) of decimals: CAST(… AS double) first");
        }
        let sum = DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale);
        Ok(vec![
            Field::new(format!("{}[sum]", args.name), sum, true).into(),
            Field::new(format!("{}[count]", args.name), DataType::Int64, true).into(),
        ])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.return_field.data_type() {
            DataType::Decimal128(precision, scale) => {
                Ok(Box::new(OfDecimals { precision: *precision, scale: *scale, sum: 0, count: 0 }))
            }
            _ => self.inner.accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        scale(args.return_field.data_type()).is_none() && self.inner.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        self.inner.create_groups_accumulator(args)
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if scale(args.return_field.data_type()).is_some() {
            self.accumulator(args)
        } else {
            self.inner.create_sliding_accumulator(args)
        }
    }
}

#[derive(Debug)]
struct OfDecimals {
    precision: u8,
    scale: i8,
    sum: i128,
    count: i64,
}

impl OfDecimals {
    fn add(&mut self, sums: &ArrayRef) -> Result<()> {
        for value in sums.as_primitive::<Decimal128Type>().iter().flatten() {
            let sum = self.sum.checked_add(value);
            self.sum = sum.ok_or_else(|| exec_datafusion_err!("the sum of the decimals became too large"))?;
        }
        Ok(())
    }
}

impl Accumulator for OfDecimals {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let known = values[0].len() - values[0].null_count();
        self.count += i64::try_from(known).unwrap_or(i64::MAX);
        self.add(&values[0])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.count += states[1].as_primitive::<Int64Type>().iter().flatten().sum::<i64>();
        self.add(&states[0])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let average = (self.count > 0).then(|| {
            let count = i128::from(self.count);
            let (quotient, rest) = (self.sum / count, self.sum % count);
            let up = i128::from(rest.unsigned_abs() * 2 >= self.count.unsigned_abs().into());
            quotient + if self.sum < 0 { -up } else { up }
        });
        Ok(ScalarValue::Decimal128(average, self.precision, self.scale))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let sum = ScalarValue::Decimal128(Some(self.sum), DECIMAL128_MAX_PRECISION, self.scale);
        Ok(vec![sum, ScalarValue::Int64(Some(self.count))])
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let known = values[0].len() - values[0].null_count();
        self.count -= i64::try_from(known).unwrap_or(0);
        self.sum -= values[0].as_primitive::<Decimal128Type>().iter().flatten().sum::<i128>();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{rows, session};

    #[test]
    fn decimals_keep_their_digits() {
        let context = session(2, 10, None);
        let of = |values: &str| {
            let values: Vec<String> =
                values.split(' ').map(|value| format!("(CAST('{value}' AS DECIMAL(4, 1)))")).collect();
            rows(&context, &format!("SELECT avg(x) FROM (VALUES {}) AS t(x)", values.join(", "))).join(" ")
        };
        assert_eq!(
            (of("1.0 2.0 2.0").as_str(), of("-0.1 -0.2").as_str(), of("0.1 0.2").as_str()),
            ("1.7", "-0.2", "0.2")
        );
        assert_eq!(rows(&context, "SELECT avg(x), avg(y) FROM (VALUES (1, 1e0), (2, 2e0)) AS t(x, y)"), ["1.5 1.5"]);
        assert_eq!(
            rows(&context, "SELECT avg(x) IS NULL FROM (VALUES (CAST(NULL AS DECIMAL(4, 1)))) AS t(x)"),
            ["true"]
        );
    }
}
