//! `logged_time(time)`: a time as it stands in a line, `2026-11-20T10:05:00.123456Z`.

use std::sync::Arc;

use alblog::time::Date;
use datafusion::arrow::array::{ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::ask::query::functions::{Extent, utc};

pub(super) const NAME: &str = "logged_time";

/// The function, to be registered with a session.
pub(super) fn udf() -> ScalarUDF {
    ScalarUDF::from(LoggedTime { signature: Signature::exact(vec![utc()], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LoggedTime {
    signature: Signature,
}

impl ScalarUDFImpl for LoggedTime {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _kinds: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let times = args.args[0].to_array(extent.rows)?;
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let mut texts = StringViewBuilder::with_capacity(times.iter().len());
        for time in times {
            texts.append_option(time.map(written));
        }
        let texts: ArrayRef = Arc::new(texts.finish());
        extent.answer(texts)
    }
}

/// The time as AWS writes it, to the microsecond.
pub(super) fn written(micros: i64) -> String {
    let of_day = micros.rem_euclid(alblog::time::DAY);
    let (seconds, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z", Date::of(micros))
}
