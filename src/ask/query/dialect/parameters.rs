//! Parameters `:name` of a statement: each has a value, wherever it stands. Most get theirs when the statement is planned; how far the frame
//! of a window reaches has to be known before.

use std::collections::BTreeMap;

use datafusion::common::{Result, Span};
use datafusion::sql::sqlparser::ast::{
    Expr, NamedWindowExpr, Spanned, Statement, Value, WindowFrame, WindowFrameBound, WindowType,
};

use super::rewrite::build::{digits, each_expr, each_select, refusal};
use crate::ask::query::message::no_value;
use crate::ask::sql::Scalar;

/// Gives frames of windows the values of their parameters.
///
/// # Errors
/// When any parameter has no value, or one of a frame is no count.
pub(super) fn give(statement: &mut Statement, values: &BTreeMap<String, Scalar>) -> Result<()> {
    each_expr(statement, |expr| match parameter(expr) {
        Some(written) if value(written, values).is_none() => {
            Err(no_value(written, Span::try_from_sqlparser_span(expr.span())))
        }
        _ => Ok(()),
    })?;
    each_expr(statement, |expr| {
        if let Expr::Function(function) = expr
            && let Some(WindowType::WindowSpec(spec)) = &mut function.over
        {
            give_frame(spec.window_frame.as_mut(), values)?;
        }
        Ok(())
    })?;
    each_select(statement, |select| {
        select.named_window.iter_mut().try_for_each(|window| match &mut window.1 {
            NamedWindowExpr::WindowSpec(spec) => give_frame(spec.window_frame.as_mut(), values),
            NamedWindowExpr::NamedWindow(_) => Ok(()),
        })
    })
}

fn give_frame(frame: Option<&mut WindowFrame>, values: &BTreeMap<String, Scalar>) -> Result<()> {
    let Some(frame) = frame else { return Ok(()) };
    for bound in std::iter::once(&mut frame.start_bound).chain(&mut frame.end_bound) {
        let (WindowFrameBound::Preceding(Some(distance)) | WindowFrameBound::Following(Some(distance))) = bound else {
            continue;
        };
        let Some(given) = parameter(distance).and_then(|written| value(written, values)) else { continue };
        match given {
            Scalar::Int(count) if *count >= 0 => **distance = digits(count.to_string()),
            _ => return Err(refusal(&**distance, "the frame of a window takes a whole number", "")),
        }
    }
    Ok(())
}

/// A parameter as it is written, `:name` or `$name`.
fn parameter(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Placeholder(written) => Some(written),
            _ => None,
        },
        _ => None,
    }
}

fn value<'v>(written: &str, values: &'v BTreeMap<String, Scalar>) -> Option<&'v Scalar> {
    values.get(written.strip_prefix('$')?)
}
