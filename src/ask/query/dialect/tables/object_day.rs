//! The day of the folder that a row's object lies in, as AWS's tables have it for a partition: `object_day(log_object, time)` is
//! `2026/11/20`, and there are its year, month and day of the month. An object whose name is not AWS's has the row's own day.

use std::sync::Arc;

use alblog::LogKey;
use alblog::key::day_folder;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, col,
};

use crate::ask::query::functions::{Extent, utc};

/// What of the folder's day is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::ask::query) enum ObjectPart {
    Day,
    Year,
    Month,
    DayOfMonth,
}

/// Names of columns that stand for these functions where objects are left out by their names.
pub(in crate::ask::query) const OBJECT_COLUMNS: [(&str, ObjectPart); 4] = [
    ("object_day", ObjectPart::Day),
    ("object_year", ObjectPart::Year),
    ("object_month", ObjectPart::Month),
    ("object_day_of_month", ObjectPart::DayOfMonth),
];

impl ObjectPart {
    pub(super) const ALL: [Self; 4] = [Self::Day, Self::Year, Self::Month, Self::DayOfMonth];

    fn name(self) -> &'static str {
        OBJECT_COLUMNS.iter().find(|(_, part)| *part == self).map_or("object_day", |(name, _)| name)
    }

    /// Of the folder of objects whose interval ends then, microseconds.
    pub(in crate::ask::query) fn of(self, interval_end: i64) -> String {
        let day = day_folder(interval_end);
        match self {
            Self::Day => day,
            Self::Year => day[..4].to_owned(),
            Self::Month => day[5..7].to_owned(),
            Self::DayOfMonth => day[8..].to_owned(),
        }
    }
}

/// The conditions with columns [`OBJECT_COLUMNS`] in place of the functions.
///
/// # Errors
/// None: the signature is the engine's.
pub(in crate::ask::query) fn of_objects(filters: &[Expr]) -> Result<Vec<Expr>> {
    let replaced = |filter: &Expr| {
        let made = filter.clone().transform_up(|expr| match &expr {
            Expr::ScalarFunction(ScalarFunction { func, .. }) => {
                let known = OBJECT_COLUMNS.iter().find(|(name, _)| *name == func.name());
                Ok(known.map_or(Transformed::no(expr.clone()), |(name, _)| Transformed::yes(col(*name))))
            }
            _ => Ok(Transformed::no(expr)),
        })?;
        Ok(made.data)
    };
    filters.iter().map(replaced).collect()
}

/// The function of a part.
pub(super) fn udf(part: ObjectPart) -> ScalarUDF {
    ScalarUDF::from(OfObject { part, signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OfObject {
    part: ObjectPart,
    signature: Signature,
}

impl ScalarUDFImpl for OfObject {
    fn name(&self) -> &'static str {
        self.part.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [name, time @ DataType::Timestamp(..)] if name.is_string() => Ok(vec![DataType::Utf8View, time.clone()]),
            _ => plan_err!("{} takes an object and a time", self.name()),
        }
    }

    fn return_type(&self, _kinds: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let (names, times) = (args.args[0].to_array(rows)?, args.args[1].to_array(rows)?);
        let times = cast(&times, &utc())?;
        let (names, times) = (names.as_string_view(), times.as_primitive::<TimestampMicrosecondType>());
        let mut texts = StringViewBuilder::with_capacity(rows);
        // Rows come object by object.
        let mut last: Option<(&str, Option<String>)> = None;
        for row in 0..rows {
            if names.is_null(row) || times.is_null(row) {
                texts.append_null();
                continue;
            }
            let name = names.value(row);
            if last.as_ref().is_none_or(|(known, _)| *known != name) {
                last = Some((name, LogKey::parse(name).map(|key| self.part.of(key.interval_end))));
            }
            match last.as_ref().and_then(|(_, day)| day.as_deref()) {
                Some(day) => texts.append_value(day),
                None => texts.append_value(self.part.of(times.value(row))),
            }
        }
        let texts: ArrayRef = Arc::new(texts.finish());
        extent.answer(texts)
    }
}
