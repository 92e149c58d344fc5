//! Athena's SQL, which is Trino's: what it is, which statements are in it, and how they become the engine's.
//!
//! `grammar` and `parse` read a statement, `rewrite` makes of its syntax tree what the engine understands, one file for each thing
//! that is written otherwise; `operators`, `arithmetic` and `casts` give it Trino's meaning, by the types.

mod arithmetic;
mod casts;
mod grammar;
mod operators;
mod parse;
mod rewrite;
#[cfg(test)]
mod tests;
mod trying;
mod types;
mod uri;
mod values;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;

use operators::Operators;
use trying::Trying;
use types::SameTypes;

use super::functions::{self, Rounding};

/// The same session for statements in Athena's SQL: what they read is shared, what they mean is not.
pub(super) fn session(native: &SessionContext, rounding: &Rounding) -> SessionContext {
    let state = native.state();
    let mut planners = state.expr_planners().to_vec();
    planners.insert(0, Arc::new(Operators));
    let mut rules = state.analyzer().rules.clone();
    rules.insert(0, Arc::new(SameTypes));
    rules.insert(1, Arc::new(Trying));
    let state = SessionStateBuilder::new_from_existing(state).with_expr_planners(planners).with_analyzer_rules(rules);
    let context = SessionContext::new_with_state(state.build());
    // Once more, since names that ours share with the engine's are the engine's again.
    functions::register(&context, rounding);
    for function in [casts::udf(false), casts::udf(true), trying::udf(), uri::udf()] {
        context.register_udf(function);
    }
    context
}

/// A statement of Athena's SQL as the engine plans it.
///
/// # Errors
/// When it cannot be parsed, is more than one, or has what cannot be had here.
pub(super) fn statement(sql: &str) -> Result<Statement> {
    let mut statements = parse::parse(sql)?;
    let statement = match (statements.pop(), statements.is_empty()) {
        (Some(statement), true) => statement,
        (None, _) => return datafusion::common::plan_err!("the statement is empty"),
        (Some(_), false) => return datafusion::common::plan_err!("one statement at a time"),
    };
    Ok(Statement::Statement(Box::new(rewrite::rewrite(statement)?)))
}
