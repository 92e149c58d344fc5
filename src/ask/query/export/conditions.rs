//! `--since`, `--until` and `--elb` as conditions on the rows of each table, so that an export answers as the logs that it
//! was made from do.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use alblog::LogKey;
use alblog::time::Date;
use datafusion::arrow::array::{AsArray, BooleanArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, Like, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, col, lit,
};

use crate::ask::query::functions::moment;
use crate::ask::selection::RowFilter;
use crate::base::pattern::{is_pattern, like};
use crate::base::tables::Table;
use crate::read::storage::KeyFilter;

/// What rows of a table must meet. Rows of logs go by their own time; what is about objects by the end of their
/// intervals, with the margin.
pub(super) fn conditions(filter: &RowFilter, table: Table) -> Vec<Expr> {
    let mut conditions = Vec::new();
    match table {
        Table::Requests | Table::Connections | Table::HealthChecks => {
            conditions.extend(filter.window.since.map(|since| col("time").gt_eq(moment(since))));
            conditions.extend(filter.window.until.map(|until| col("time").lt(moment(until))));
            conditions.extend(of_elbs(&filter.elbs));
        }
        Table::LogObjects => {
            let ends = filter.window.intervals();
            conditions.extend((ends.start > i64::MIN).then(|| col("interval_end").gt(moment(ends.start))));
            conditions.extend((ends.end < i64::MAX).then(|| col("interval_end").lt_eq(moment(ends.end))));
            conditions.extend(of_elbs(&filter.elbs));
        }
        Table::RejectedLines => {
            let ends = filter.window.intervals();
            let day = |time: i64| lit(ScalarValue::Utf8View(Some(Date::of(time).to_string())));
            // Midnight belongs to the day before.
            conditions.extend((ends.start > i64::MIN).then(|| col("day").gt_eq(day(ends.start))));
            conditions.extend((ends.end < i64::MAX).then(|| col("day").lt_eq(day(ends.end - 1))));
            let keys = filter.keys();
            if keys.ends != (i64::MIN..i64::MAX) || !keys.elbs.is_empty() {
                conditions.push(ScalarUDF::from(Admits::new(keys)).call(vec![col("log_object")]));
            }
        }
    }
    conditions
}

fn of_elbs(elbs: &[String]) -> Option<Expr> {
    let of_elb = |elb: &String| {
        let is_whole = elb.contains('/');
        if is_whole && !is_pattern(elb) {
            return col("elb").eq(lit(ScalarValue::Utf8View(Some(elb.clone()))));
        }
        let pattern = if is_whole { like(elb) } else { format!("app/{}/%", like(elb)) };
        let pattern = lit(ScalarValue::Utf8View(Some(pattern)));
        Expr::Like(Like::new(false, Box::new(col("elb")), Box::new(pattern), None, false))
    };
    elbs.iter().map(of_elb).reduce(Expr::or)
}

/// Whether an object's name is one that listing the logs would have let through: a rejected line has no time and no load
/// balancer of its own.
#[derive(Debug)]
struct Admits {
    filter: KeyFilter,
    signature: Signature,
}

impl Admits {
    fn new(filter: KeyFilter) -> Self {
        Self { filter, signature: Signature::exact(vec![DataType::Utf8View], Volatility::Immutable) }
    }

    fn identity(&self) -> (&Range<i64>, &[String]) {
        (&self.filter.ends, &self.filter.elbs)
    }
}

impl PartialEq for Admits {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Admits {}

impl Hash for Admits {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl ScalarUDFImpl for Admits {
    fn name(&self) -> &'static str {
        "of_the_window"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let names = ColumnarValue::values_to_arrays(&args.args)?.remove(0);
        let admits = |name: &str| LogKey::parse(name).is_none_or(|key| self.filter.admits(&key));
        let admitted: BooleanArray = names.as_string_view().iter().map(|name| name.map(admits)).collect();
        Ok(ColumnarValue::Array(Arc::new(admitted)))
    }
}
