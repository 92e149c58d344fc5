//! `CAST(x AS type)` and `BIGINT '5'`: casts by Trino's rules, which know the type by its name.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{CastKind, DataType, Expr, Statement, TypedString};

use super::build::{call, each_expr, refusal, text};
use crate::ask::query::dialect::casts::{CAST, TRY_CAST};

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        match expr {
            Expr::Cast { kind, expr: value, data_type, .. } => {
                let name = if *kind == CastKind::TryCast { TRY_CAST } else { CAST };
                *expr = call(name, vec![value.as_ref().clone(), text(&data_type.to_string())]);
            }
            Expr::TypedString(TypedString { data_type, value, .. }) => {
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

fn is_plain_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(..))
}
