//! `CAST(x AS type)` and `BIGINT '5'`: casts by Trino's rules, which know the type by its name.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{CastKind, DataType, Expr, Statement, TypedString, Value};

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
                if let Some((clock, zone)) = zoned(data_type, &value.value) {
                    let timestamp = TypedString {
                        data_type: data_type.clone(),
                        value: Value::SingleQuotedString(clock).with_empty_span(),
                        uses_odbc_syntax: false,
                    };
                    *expr = clocks_of(&zone, Expr::TypedString(timestamp))?;
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
