//! Athena's SQL, which is Trino's: what it is, which statements are in it, and how they become the engine's.
//!
//! `grammar`, `tokens` and `parse` read a statement, `rewrite` makes of its syntax tree what the engine understands, one file for each
//! thing that is written otherwise; `operators`, `arithmetic`, `casts`, `types`, `meeting`, `trying` and `guards` give it Trino's meaning, by the
//! types; `parameters` are looked at before all that; `tables` are those of AWS's documentation, `twice` finds two of one name, `headers` are what
//! the columns of an answer are called.

mod arithmetic;
mod casts;
mod commands;
mod described;
mod grammar;
mod guards;
mod headers;
mod lengths;
mod meeting;
mod operators;
mod parameters;
mod parse;
mod plus;
mod rewrite;
mod tables;
#[cfg(test)]
mod tests;
mod tokens;
mod trying;
pub(super) mod twice;
mod type_words;
mod types;
mod uri;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::{Result, plan_err};
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

pub(super) use casts::CAST as CAST_AS;
use guards::Guards;
pub(super) use headers::Headers;
use meeting::Meeting;
use operators::Operators;
use rewrite::tables::documented;
use tables::{ImpliedConditions, Listed, ReadBack};
pub(super) use tables::{OBJECT_COLUMNS, ObjectPart, of_objects};
use trying::Trying;
use types::SameTypes;

use super::functions::{self, Rounding};
use crate::ask::sql::Scalar;
use crate::base::pattern::matches;
use crate::base::tables::documented::Documented;

/// Makes the documented tables known to lists of tables.
///
/// # Errors
/// When the session has tables of these names.
pub(super) fn list(native: &SessionContext) -> Result<()> {
    for table in Documented::ALL {
        native.register_table(table.name(), Arc::new(Listed::new(table)))?;
    }
    Ok(())
}

/// The same session for statements in Athena's SQL: what they read is shared, what they mean is not.
pub(super) fn session(native: &SessionContext, rounding: &Rounding) -> SessionContext {
    let state = native.state();
    let mut planners = state.expr_planners().to_vec();
    planners.insert(0, Arc::new(Operators));
    let mut rules = state.analyzer().rules.clone();
    rules.insert(0, Arc::new(SameTypes));
    rules.insert(1, Arc::new(Meeting));
    rules.insert(2, Arc::new(Trying));
    let state = SessionStateBuilder::new_from_existing(state).with_expr_planners(planners).with_analyzer_rules(rules);
    let context = SessionContext::new_with_state(state.build());
    // Once more, since names that ours share with the engine's are the engine's again.
    functions::register(&context, rounding);
    functions::register_trinos(&context, rounding);
    context.add_optimizer_rule(Arc::new(ReadBack));
    context.add_optimizer_rule(Arc::new(ImpliedConditions));
    context.add_optimizer_rule(Arc::new(Guards));
    for function in tables::functions() {
        context.register_udf(function);
    }
    for function in [casts::udf(false), casts::udf(true), trying::udf(), plus::udf()].into_iter().chain(uri::all()) {
        context.register_udf(function);
    }
    context
}

/// In which SQL statements are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Athena's, if a statement names one of the tables of AWS's documentation; otherwise the engine's.
    #[default]
    ByTables,
    /// Athena's.
    Athena,
}

/// What tables of AWS's documentation are called.
#[derive(Debug, Clone, Default)]
pub struct TableNames(Vec<(String, Documented)>);

impl TableNames {
    /// Names besides those that are known, with `*` for anything; the first that fits counts.
    pub fn new(names: Vec<(String, Documented)>) -> Self {
        Self(names.into_iter().map(|(pattern, table)| (pattern.to_lowercase(), table)).collect())
    }

    /// The table that this name, in small letters, is one of.
    fn table(&self, name: &str) -> Option<Documented> {
        let own = self.0.iter().find(|(pattern, _)| matches(pattern, name)).map(|(_, table)| *table);
        own.or_else(|| Documented::named(name))
    }
}

/// A statement, ready to be planned.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) statement: Statement,
    /// What the columns of its answer are called.
    pub(super) headers: Headers,
    /// Whether it is in Athena's SQL.
    pub(super) is_athenas: bool,
}

/// A statement as the engine plans it, which has these values for its parameters.
///
/// # Errors
/// When it cannot be parsed, is more than one, has what cannot be had here, or a parameter without a value.
pub(super) fn translate(
    sql: &str,
    dialect: Dialect,
    names: &TableNames,
    values: &BTreeMap<String, Scalar>,
) -> Result<Translated> {
    commands::refuse(sql, names)?;
    match athenas(sql, dialect, names, values)? {
        Some(translated) => Ok(translated),
        None => engines(sql, names, values),
    }
}

/// A statement of Athena's SQL; `None` if it is in the engine's own.
fn athenas(
    sql: &str,
    dialect: Dialect,
    names: &TableNames,
    values: &BTreeMap<String, Scalar>,
) -> Result<Option<Translated>> {
    let is_meant = dialect == Dialect::Athena;
    let parsed = match parse::parse(sql) {
        Ok(parsed) => parsed,
        Err(error) if is_meant || mentions(sql, names) => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    let [mut statement] = match <[_; 1]>::try_from(parsed) {
        Ok(one) => one,
        Err(none) if none.is_empty() && is_meant => return plan_err!("the statement is empty"),
        Err(_) if is_meant => return plan_err!("one statement at a time"),
        Err(_) => return Ok(None),
    };
    let is_query = matches!(&statement, ast::Statement::Query(_) | ast::Statement::Explain { .. });
    if !is_query || !is_meant && documented(&mut statement, names)?.is_empty() {
        return Ok(None);
    }
    parameters::give(&mut statement, values)?;
    let headers = Headers::as_in_trino(&statement);
    let statement = Statement::Statement(Box::new(rewrite::rewrite(statement, names)?));
    Ok(Some(Translated { statement, headers, is_athenas: true }))
}

/// A statement of the engine's own SQL.
fn engines(sql: &str, names: &TableNames, values: &BTreeMap<String, Scalar>) -> Result<Translated> {
    let mut statements = DFParserBuilder::new(sql).with_dialect(&GenericDialect {}).build()?.parse_statements()?;
    let mut statement = match (statements.pop_front(), statements.is_empty()) {
        (Some(statement), true) => statement,
        (None, _) => return plan_err!("the statement is empty"),
        (Some(_), false) => return plan_err!("one statement at a time"),
    };
    if let Some(statement) = query_of(&mut statement) {
        parameters::give(statement, values)?;
    }
    Ok(match statement {
        Statement::Statement(statement) => {
            if let Some(statement) = described::listing(&statement, names)? {
                return Ok(Translated { statement, headers: Headers::default(), is_athenas: false });
            }
            let headers = Headers::as_typed(&statement);
            let statement = Statement::Statement(Box::new(rewrite::rewrite_engines(*statement)?));
            Translated { statement, headers, is_athenas: false }
        }
        statement => Translated { statement, headers: Headers::default(), is_athenas: false },
    })
}

/// The statement that is answered or explained, if it is one of SQL's own.
fn query_of(statement: &mut Statement) -> Option<&mut ast::Statement> {
    match statement {
        Statement::Statement(statement) => Some(statement),
        Statement::Explain(explain) => query_of(&mut explain.statement),
        _ => None,
    }
}

/// Whether a documented table stands where tables do: so that an error is told in the words of its grammar.
fn mentions(sql: &str, names: &TableNames) -> bool {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let tokens: Vec<&Token> = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    tokens.windows(2).any(|pair| {
        let [before, Token::Word(word)] = pair else { return false };
        let is_place = match before {
            Token::Word(before) => matches!(before.keyword, Keyword::FROM | Keyword::JOIN),
            before => **before == Token::Period || **before == Token::Comma,
        };
        is_place && names.table(&word.value.to_lowercase()).is_some()
    })
}
