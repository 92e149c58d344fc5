//! `CAST(x AS type)` and `BIGINT '5'`: casts by Trino's rules, which know the type by its name.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{CastKind, DataType, Expr, Statement, TimezoneInfo, TypedString, Value};

use super::build::{call, clocks_of, each_expr, refusal, text};
use crate::ask::query::dialect::casts::{CAST, TRY_CAST};

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        match expr {
            Expr::Cast { kind, expr: value, data_type, .. } => {
                let name = if *kind == CastKind::TryCast { TRY_CAST } else { CAST };
                *expr = call(name, vec![value.as_ref().clone(), text(&data_type.to_string())]);
            }
            Expr::TypedString(TypedString { data_type, value, .. }) => {
                if matches!(data_type, DataType::Timestamp(_, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz)) {
                    let hint = "TIMESTAMP '2026-11-20 10:00:00 Europe/Berlin' has a zone";
                    return Err(refusal(&*value, format!("{data_type} '…' is not Athena's SQL"), hint));
                }
                if let Some((clock, zone)) = zoned(data_type, &value.value) {
                    *expr = shown_there(data_type, clock, &zone)?;
                    return Ok(());
                }
                if is_plain_time(data_type) && value.to_string().contains('T') {
                    let hint = "from_iso8601_timestamp('2026-11-20T10:00:00Z')";
                    return Err(refusal(&*value, "TIMESTAMP '…' has a blank between day and time", hint));
                }
                if matches!(data_type, DataType::Date) || is_plain_time(data_type) {
                    return Ok(());
                }
                let Some(written) = value.clone().into_string() else {
                    return Err(refusal(&*value, "a literal of a type is text in quotes", "as in DATE '2026-11-20'"));
                };
                *expr = match data_type {
                    DataType::JSON => call("json_parse", vec![text(&written)]),
                    _ => call(CAST, vec![text(&written), text(&data_type.to_string())]),
                };
            }
            _ => {}
        }
        Ok(())
    })
}

/// `TIMESTAMP '2026-11-20 10:00:00 America/New_York'` in the engine's own SQL: it keeps the moment and loses the zone, so that `AT TIME ZONE`
/// and comparisons with times of another zone take the moment in UTC for the clock of that zone.
pub(super) fn rewrite_zoned(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        if let Expr::TypedString(TypedString { data_type, value, .. }) = expr
            && is_plain_time(data_type)
            && let Value::SingleQuotedString(written) = &value.value
            && let Some((clock, zone)) = clock_and_zone(written)
        {
            *expr = shown_there(data_type, clock.to_owned(), zone)?;
        }
        Ok(())
    })
}

/// The moment at which the clocks of a zone show a time.
fn shown_there(data_type: &DataType, clock: String, zone: &str) -> Result<Expr> {
    let value = Value::SingleQuotedString(clock).with_empty_span();
    let time = TypedString { data_type: data_type.clone(), value, uses_odbc_syntax: false };
    clocks_of(zone, Expr::TypedString(time))
}

/// A time in two: what its clock shows, and its zone by name or offset. `None` if it has none.
fn clock_and_zone(written: &str) -> Option<(&str, &str)> {
    let written = written.trim();
    let time = written.find(':')?;
    if let Some(clock) =
        written.strip_suffix(['Z', 'z']).filter(|clock| clock.ends_with(|char: char| char.is_ascii_digit()))
    {
        return Some((clock, "UTC"));
    }
    let at = time + written[time..].find(|char: char| char == '+' || char == '-' || char.is_ascii_alphabetic())?;
    Some((written[..at].trim_end(), &written[at..]))
}

/// The clock and the zone of `TIMESTAMP '2026-11-21 00:01:00 Europe/Berlin'`, of which the engine would keep the moment only.
fn zoned(kind: &DataType, value: &Value) -> Option<(String, String)> {
    let Value::SingleQuotedString(written) = value else { return None };
    let mut parts = written.split_whitespace();
    let (day, time, zone) = (parts.next()?, parts.next()?, parts.next()?);
    is_plain_time(kind).then(|| (format!("{day} {time}"), zone.to_owned()))
}

fn is_plain_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_clock_and_a_zone() {
        for (written, expected) in [
            ("2026-11-20 10:00:00 America/New_York", Some(("2026-11-20 10:00:00", "America/New_York"))),
            ("2026-11-20T10:00 UTC", Some(("2026-11-20T10:00", "UTC"))),
            ("2026-11-20T10:00:00.5Z", Some(("2026-11-20T10:00:00.5", "UTC"))),
            ("2026-11-20 10:00:00+02:00", Some(("2026-11-20 10:00:00", "+02:00"))),
            ("2026-11-20 10:00:00 -05:00", Some(("2026-11-20 10:00:00", "-05:00"))),
            ("2026-11-20 10:00:00", None),
            ("2026-11-20", None),
        ] {
            assert_eq!(clock_and_zone(written), expected, "{written}");
        }
    }
}
