//! `date_trunc(unit, x)` as Trino has it: of a date a date, of text an error; of times it is the engine's own.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::functions::datetime::date_trunc;
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::ask::query::functions::scalar::utc;

/// The function, to be registered with a session.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct DateTrunc {
    of_times: Arc<ScalarUDF>,
    signature: Signature,
}

impl Default for DateTrunc {
    fn default() -> Self {
        Self { of_times: date_trunc(), signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for DateTrunc {
    fn name(&self) -> &'static str {
        "date_trunc"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [unit, time] if unit.is_string() => match time {
                DataType::Date32 | DataType::Timestamp(..) => Ok(vec![DataType::Utf8, time.clone()]),
                DataType::Null => Ok(vec![DataType::Utf8, utc()]),
                other => plan_err!("date_trunc takes a unit and a time, not {other}"),
            },
            _ => plan_err!("date_trunc takes a unit and a time"),
        }
    }

    fn return_type(&self, _kinds: &[DataType]) -> Result<DataType> {
        internal_err!("the type is that of the time")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        if args.arg_fields[1].data_type() == &DataType::Date32 {
            let unit = args.scalar_arguments[0].and_then(|unit| unit.try_as_str().flatten()).unwrap_or_default();
            if ["hour", "minute", "second", "millisecond"].contains(&unit.to_lowercase().as_str()) {
                return plan_err!("a date has no {unit}: CAST(day AS timestamp) has");
            }
            return Ok(Field::new(self.name(), DataType::Date32, true).into());
        }
        self.of_times.return_field_from_args(args)
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        self.of_times.output_ordering(inputs)
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if args.args[1].data_type() != DataType::Date32 {
            return self.of_times.invoke_with_args(args);
        }
        let time = DataType::Timestamp(TimeUnit::Second, None);
        args.args[1] = args.args[1].cast_to(&time, None)?;
        args.arg_fields[1] = Field::new("time", time.clone(), true).into();
        args.return_field = Field::new("time", time, true).into();
        self.of_times.invoke_with_args(args)?.cast_to(&DataType::Date32, None)
    }
}
