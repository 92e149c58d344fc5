//! `extract(field FROM time)` is the function of the field: Trino counts Sunday as 7, where the engine's own does as 0.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, Statement};

use super::build::{call, each_expr, refusal};

/// Fields, and the functions that answer them.
const FIELDS: [(&str, &str); 16] = [
    ("year", "year"),
    ("quarter", "quarter"),
    ("month", "month"),
    ("week", "week"),
    ("day", "day"),
    ("day_of_month", "day"),
    ("day_of_week", "day_of_week"),
    ("dow", "day_of_week"),
    ("day_of_year", "day_of_year"),
    ("doy", "day_of_year"),
    ("year_of_week", "year_of_week"),
    ("yow", "year_of_week"),
    ("hour", "hour"),
    ("minute", "minute"),
    ("second", "second"),
    ("timezone_hour", "timezone_hour"),
];

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        let Expr::Extract { field, expr: time, .. } = expr else { return Ok(()) };
        let field = field.to_string().to_lowercase();
        let Some((_, function)) = FIELDS.iter().find(|(name, _)| *name == field) else {
            let hint = "fields are year, quarter, month, week, day, dow, doy, hour, minute and second; to_unixtime(time) \
                        is seconds since 1970";
            return Err(refusal(time.as_ref(), format!("a time has no field {field}"), hint));
        };
        *expr = call(function, vec![time.as_ref().clone()]);
        Ok(())
    })
}
