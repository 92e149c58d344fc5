//! What conditions on AWS's text say of our columns, so that objects, folders, files and pages are left out as they are for conditions
//! on those: `time LIKE '2026-11-20T10%'` (which is `logged_time(time) LIKE …` here) implies `time >= '2026-11-20T10:00' AND time <
//! '2026-11-20T11:00'`. What is implied is added to what a scan is told, never put in the condition's place.

use alblog::time::DAY;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::{Between, InList, Like, ScalarFunction};
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator, lit};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use super::logged_time::{self, written};
use crate::ask::query::functions::moment;

/// Adds to the conditions that a table's scan is told what they imply.
#[derive(Debug)]
pub(in crate::ask::query::dialect) struct ImpliedConditions;

impl OptimizerRule for ImpliedConditions {
    fn name(&self) -> &'static str {
        "implied_conditions"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::TableScan(mut scan) = plan else { return Ok(Transformed::no(plan)) };
        let implied: Vec<Expr> =
            scan.filters.iter().filter_map(implied).filter(|made| !scan.filters.contains(made)).collect();
        let is_new = !implied.is_empty();
        scan.filters.extend(implied);
        let plan = LogicalPlan::TableScan(scan);
        Ok(if is_new { Transformed::yes(plan) } else { Transformed::no(plan) })
    }
}

/// A condition on columns that holds wherever this one does; `None` if it is not known to imply one.
fn implied(condition: &Expr) -> Option<Expr> {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => match (implied(left), implied(right)) {
            (Some(left), Some(right)) => Some(left.and(right)),
            (one, other) => one.or(other),
        },
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => Some(implied(left)?.or(implied(right)?)),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            compared(left, *op, right).or_else(|| compared(right, op.swap()?, left))
        }
        Expr::Between(Between { expr, negated: false, low, high }) => {
            match (compared(expr, Operator::GtEq, low), compared(expr, Operator::LtEq, high)) {
                (Some(low), Some(high)) => Some(low.and(high)),
                (one, other) => one.or(other),
            }
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            list.iter().map(|item| compared(expr, Operator::Eq, item)).reduce(|one, other| Some(one?.or(other?)))?
        }
        Expr::Like(Like { negated: false, expr, pattern, escape_char: None, case_insensitive: false }) => {
            let pattern = text(pattern)?;
            let fixed = &pattern[..pattern.find(['%', '_', '\\']).unwrap_or(pattern.len())];
            let time = TimeText::of(expr)?;
            let fixed = fixed.get(..time.length).unwrap_or(fixed);
            (!fixed.is_empty()).then(|| time.between(fixed, fixed))?
        }
        _ => None,
    }
}

fn compared(value: &Expr, op: Operator, other: &Expr) -> Option<Expr> {
    if let Some(text) = text(other) {
        if let Some(time) = TimeText::of(value) {
            // Of a beginning, what is longer than it says nothing.
            let text = text.get(..time.length).unwrap_or(text);
            return match op {
                Operator::Eq => time.between(text, text),
                Operator::Gt | Operator::GtEq => Some(time.column.clone().gt_eq(moment(earliest(text)?))),
                Operator::Lt | Operator::LtEq => Some(time.column.clone().lt(moment(latest(text)?))),
                _ => None,
            };
        }
        return with_missing(value, op, text);
    }
    let micros = micros(other)?;
    let (column, slack) = time_of(value)?;
    // What the functions cut off leaves a time at or before the row's own, by less than the slack.
    let from = || column.clone().gt_eq(moment(micros));
    let to = |more: i64| Some(column.clone().lt(moment(micros.checked_add(more)?)));
    match op {
        Operator::Eq => Some(from().and(to(slack)?)),
        Operator::Gt | Operator::GtEq => Some(from()),
        Operator::Lt | Operator::LtEq => to(slack),
        _ => None,
    }
}

/// `coalesce(column, '-') = 'x'` is `column = 'x'`, unless `'-'` meets the condition.
fn with_missing(value: &Expr, op: Operator, wanted: &str) -> Option<Expr> {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = value else { return None };
    let [column @ Expr::Column(_), missing] = args.as_slice() else { return None };
    let missing = text(missing).filter(|_| func.name() == "coalesce")?;
    let meets = match op {
        Operator::Eq => missing == wanted,
        Operator::Lt => missing < wanted,
        Operator::LtEq => missing <= wanted,
        Operator::Gt => missing > wanted,
        Operator::GtEq => missing >= wanted,
        _ => true,
    };
    let right = lit(ScalarValue::Utf8View(Some(wanted.to_owned())));
    (!meets).then(|| Expr::BinaryExpr(BinaryExpr { left: Box::new(column.clone()), op, right: Box::new(right) }))
}

/// The text of a time of the row, or its first characters.
struct TimeText<'e> {
    column: &'e Expr,
    length: usize,
}

impl<'e> TimeText<'e> {
    fn of(expr: &'e Expr) -> Option<Self> {
        match expr {
            Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), args.as_slice()) {
                (logged_time::NAME, [column @ Expr::Column(_)]) => Some(Self { column, length: LEAST.len() }),
                ("substr", [text, start]) if integer(start) == Some(1) => Self::of(text),
                ("substr", [text, start, length]) if integer(start) == Some(1) => {
                    let length = usize::try_from(integer(length)?).ok()?;
                    let text = Self::of(text)?;
                    Some(Self { length: text.length.min(length), ..text })
                }
                _ => None,
            },
            Expr::Cast(cast) if cast.field.data_type().is_string() => Self::of(&cast.expr),
            _ => None,
        }
    }

    /// From the first time whose text, or its beginning, is no less than one text, to the last that is no greater than another.
    fn between(&self, from: &str, to: &str) -> Option<Expr> {
        Some(self.column.clone().gt_eq(moment(earliest(from)?)).and(self.column.clone().lt(moment(latest(to)?))))
    }
}

/// What a written time looks like, with the least and the greatest digits that may stand in each place.
const LEAST: &str = "0001-01-01T00:00:00.000000Z";
const GREATEST: &str = "9999-12-31T23:59:59.999999Z";

/// No time whose text, or a beginning of it, is no less than this one is earlier, microseconds.
fn earliest(text: &str) -> Option<i64> {
    let text = common(text)?;
    let filled = format!("{text}{}", &LEAST[text.len()..]);
    read(&filled)
}

/// Every time whose text begins with this one, or is less, is earlier, microseconds.
fn latest(text: &str) -> Option<i64> {
    let text = common(text)?;
    let mut filled = format!("{text}{}", &GREATEST[text.len()..]);
    // The months have different last days.
    if text.len() < 9 {
        for day in ["31", "30", "29", "28"] {
            filled.replace_range(8..10, day);
            if let Some(last) = read(&filled) {
                return last.checked_add(1);
            }
        }
    }
    read(&filled)?.checked_add(1)
}

/// As much of a text as a written time can begin with.
fn common(text: &str) -> Option<&str> {
    let fits = |(char, place): (char, char)| if place.is_ascii_digit() { char.is_ascii_digit() } else { char == place };
    let whole = text.chars().zip(LEAST.chars()).take_while(|pair| fits(*pair)).count();
    // What begins otherwise is less or greater in a place that says nothing of the rest; whole numbers only are kept.
    let ends = [27, 26, 25, 24, 23, 22, 21, 20, 19, 16, 13, 10, 7, 4];
    let end = ends.into_iter().find(|end| *end <= whole)?;
    Some(&text[..end])
}

fn read(text: &str) -> Option<i64> {
    let micros = text.parse::<jiff::Timestamp>().ok()?.as_microsecond();
    (written(micros) == text).then_some(micros)
}

/// The column of a time that a value is made of, and how much less than it the value may be, microseconds.
fn time_of(value: &Expr) -> Option<(&Expr, i64)> {
    match value {
        Expr::Column(column) if column.name == "time" => Some((value, 1)),
        Expr::Cast(cast) => {
            let (column, slack) = time_of(&cast.expr)?;
            match cast.field.data_type() {
                // Seconds at the least.
                DataType::Timestamp(..) => Some((column, slack.max(1_000_000))),
                kind if kind.is_temporal() => Some((column, slack.max(DAY))),
                _ => None,
            }
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), args.as_slice()) {
            ("date_trunc", [unit, time]) => {
                let (column, slack) = time_of(time)?;
                Some((column, slack.checked_add(longest(text(unit)?)?)?))
            }
            ("date", [time]) => Some((time_of(time)?.0, 2 * DAY)),
            ("from_iso8601_timestamp", [time]) | ("parse_datetime" | "date_parse", [time, _]) => of_text(time),
            _ => None,
        },
        _ => None,
    }
}

/// The same for what is read from a written time, of which the end may be cut off.
fn of_text(expr: &Expr) -> Option<(&Expr, i64)> {
    match expr {
        Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), args.as_slice()) {
            (logged_time::NAME, [column @ Expr::Column(_)]) => Some((column, 1_000_000)),
            ("substr", [text, start, length]) if integer(start) == Some(1) => {
                let slack = match integer(length)? {
                    19.. => 1_000_000,
                    16.. => 60_000_000,
                    13.. => 3_600_000_000,
                    10.. => DAY,
                    _ => return None,
                };
                Some((of_text(text)?.0, slack))
            }
            _ => None,
        },
        Expr::Cast(cast) if cast.field.data_type().is_string() => of_text(&cast.expr),
        _ => None,
    }
}

/// The longest time that a unit can be, microseconds.
fn longest(unit: &str) -> Option<i64> {
    Some(match unit {
        "microsecond" => 1,
        "millisecond" => 1000,
        "second" => 1_000_000,
        "minute" => 60_000_000,
        "hour" => 3_600_000_000,
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => 31 * DAY,
        "quarter" => 92 * DAY,
        "year" => 366 * DAY,
        _ => return None,
    })
}

fn text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten(),
        _ => None,
    }
}

fn integer(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(ScalarValue::Int64(value), _) => *value,
        Expr::Literal(ScalarValue::Int32(value), _) => value.map(i64::from),
        _ => None,
    }
}

fn micros(expr: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = expr else { return None };
    match value {
        ScalarValue::TimestampSecond(value, _) => value.and_then(|value| value.checked_mul(1_000_000)),
        ScalarValue::TimestampMillisecond(value, _) => value.and_then(|value| value.checked_mul(1000)),
        ScalarValue::TimestampMicrosecond(value, _) => *value,
        ScalarValue::TimestampNanosecond(value, _) => value.map(|value| value.div_euclid(1000)),
        ScalarValue::Date32(value) => value.map(|value| i64::from(value) * DAY),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the text, no time whose text meets the condition lies outside what is implied.
        #[test]
        fn no_row_is_lost(
            micros in 1_600_000_000_000_000_i64..1_900_000_000_000_000,
            other in 1_600_000_000_000_000_i64..1_900_000_000_000_000,
            cut in 0_usize..28,
            edit in "[0-9T:.Z-]{0,2}",
        ) {
            let row = written(micros);
            let text = format!("{}{edit}", &written(other)[..cut.min(27)]);
            let lengths = [4, 7, 10, 13, 16, 19, 27];
            for value in lengths.map(|length| &row[..length]) {
                let text = text.get(..value.len()).unwrap_or(&text).to_owned();
                if value >= text.as_str() && let Some(first) = earliest(&text) {
                    prop_assert!(micros >= first, "{value} >= {text}");
                }
                if value <= text.as_str() && let Some(last) = latest(&text) {
                    prop_assert!(micros < last, "{value} <= {text}");
                }
            }
            for cut in 0..27 {
                let start = &row[..cut];
                if let (Some(first), Some(last)) = (earliest(start), latest(start)) {
                    prop_assert!((first..last).contains(&micros), "{start}");
                }
            }
        }
    }

    #[test]
    fn beginnings_are_as_long_as_they_say() {
        let range = |text| (latest(text).unwrap() - earliest(text).unwrap()) / 1_000_000;
        assert_eq!(
            (range("2026-11-20T10"), range("2026-11-20"), range("2026-02"), range("2026")),
            (3600, 86_400, 28 * 86_400, 365 * 86_400)
        );
    }
}
