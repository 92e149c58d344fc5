//! Slashes that meet `day` where they cannot be rewritten: `starts_with(day, '2026/11')` would find nothing and say nothing.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

/// Functions that may put slashes into what they make of a day.
const PUT_IN: [&str; 9] = [
    "array_to_string",
    "concat",
    "concat_ws",
    "date_format",
    "format_datetime",
    "regexp_replace",
    "replace",
    "to_char",
    "translate",
];
/// Functions that look for a text, or part with it.
const LOOK_FOR: [&str; 8] =
    ["ends_with", "instr", "position", "split", "split_part", "starts_with", "string_to_array", "strpos"];

/// Refuses an expression in which a day is held against a text with slashes, as days of other tables have them.
///
/// # Errors
/// When it does, with the text.
pub(super) fn refuse(expr: &Expr, is_day: &impl Fn(&Expr) -> bool) -> Result<()> {
    expr.apply(|expr| {
        let text = match expr {
            Expr::ScalarFunction(function) if LOOK_FOR.contains(&function.name()) && of_day(function, is_day) => {
                literal(expr, &|text| text.contains('/'))?
            }
            // What is joined by these is looked at by itself.
            Expr::BinaryExpr(BinaryExpr { op: Operator::And | Operator::Or, .. }) => None,
            Expr::BinaryExpr(_) | Expr::Like(_) | Expr::SimilarTo(_) | Expr::InList(_) | Expr::ScalarFunction(_)
                if holds_day(expr, is_day)? =>
            {
                literal(expr, &is_like_day)?
            }
            _ => None,
        };
        match text {
            Some(text) => plan_err!("day is text such as '2026-11-20', without slashes as '{text}' has them"),
            None => Ok(TreeNodeRecursion::Continue),
        }
    })?;
    Ok(())
}

fn of_day(function: &ScalarFunction, is_day: &impl Fn(&Expr) -> bool) -> bool {
    function.args.first().is_some_and(is_day)
}

/// Whether a day is part of an expression, and nothing that could put slashes into it.
fn holds_day(expr: &Expr, is_day: &impl Fn(&Expr) -> bool) -> Result<bool> {
    let (mut has_day, mut puts_in) = (false, false);
    expr.apply(|expr| {
        has_day |= is_day(expr);
        puts_in |= matches!(expr, Expr::ScalarFunction(function) if PUT_IN.contains(&function.name()));
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(has_day && !puts_in)
}

/// The first text in an expression of which something holds, the beginning of it.
fn literal(expr: &Expr, holds: &dyn Fn(&str) -> bool) -> Result<Option<String>> {
    let mut found = None;
    expr.apply(|expr| {
        let text = match expr {
            Expr::Literal(value, _) => value.try_as_str().flatten().map(ToOwned::to_owned),
            _ => None,
        };
        // A list of constants is a constant, too: it is looked at as it is written.
        let text = text.or_else(|| match expr {
            Expr::Literal(value, _) if value.data_type().is_nested() => Some(value.to_string()),
            _ => None,
        });
        if let Some(text) = text.filter(|text| holds(text)) {
            found = Some(text.chars().take(60).collect());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// `2026/11`, `%/11/20`, `^2026/1[12]`: digits, slashes, and signs of patterns.
fn is_like_day(text: &str) -> bool {
    let is_sign = |char: char| !char.is_alphabetic() || char == 'd';
    text.contains('/')
        && text.chars().all(is_sign)
        && text.contains(|char: char| char.is_ascii_digit() || "%_d".contains(char))
}
