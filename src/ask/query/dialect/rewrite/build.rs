//! Pieces of syntax trees, and walking over them.

use std::ops::ControlFlow;

use datafusion::common::{DataFusionError, Diagnostic, Result, Span};
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName, Query,
    Select, Spanned, Statement, TableFactor, Value, VisitMut, VisitorMut,
};

use crate::ask::query::zones::refuse_unknown;
use crate::base::message::Message;

/// `name(arguments)`.
pub(in crate::ask::query::dialect) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let argument = |argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into_iter().map(argument).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

pub(super) fn text(text: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(text.to_owned()))
}

/// The moment at which the clocks of a zone show a time that has none.
///
/// # Errors
/// When there is no such zone.
pub(super) fn clocks_of(zone: &str, time: Expr) -> Result<Expr> {
    refuse_unknown(zone)?;
    let kind = format!("Timestamp(Microsecond, Some(\"{zone}\"))");
    Ok(call("arrow_cast", vec![time, text(&kind)]))
}

pub(super) fn number(number: usize) -> Expr {
    digits(number.to_string())
}

/// A number by its digits.
pub(in crate::ask::query::dialect) fn digits(digits: String) -> Expr {
    Expr::value(Value::Number(digits, false))
}

/// The text of a literal of text.
pub(super) fn literal_text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        Expr::Nested(inner) => literal_text(inner),
        _ => None,
    }
}

/// The arguments of a call, if they are plain expressions.
pub(super) fn arguments(function: &Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    list.args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

/// Whether one of the arguments is a function `x -> …`.
pub(super) fn is_lambda(function: &Function) -> bool {
    arguments(function).is_some_and(|given| given.iter().any(|expr| matches!(expr, Expr::Lambda(_))))
}

/// What a call calls, in small letters; empty if it is no simple name.
pub(super) fn name(function: &Function) -> String {
    match function.name.0.as_slice() {
        [part] => part.as_ident().map(|ident| ident.value.to_lowercase()).unwrap_or_default(),
        _ => String::new(),
    }
}

/// A refusal that points at what it is about.
pub(in crate::ask::query::dialect) fn refusal(
    at: &impl Spanned,
    message: impl Into<String>,
    hint: &'static str,
) -> DataFusionError {
    let error = Message::new(message.into()).hint(hint);
    let span = Span::try_from_sqlparser_span(at.span());
    DataFusionError::External(Box::new(error)).with_diagnostic(Diagnostic::new_error("", span))
}

fn flow(result: Result<()>) -> ControlFlow<DataFusionError> {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    }
}

fn ended(flow: ControlFlow<DataFusionError>) -> Result<()> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// Calls for every expression, after those in it.
pub(in crate::ask::query::dialect) fn each_expr(
    tree: &mut impl VisitMut,
    change: impl FnMut(&mut Expr) -> Result<()>,
) -> Result<()> {
    struct Exprs<F>(F);
    impl<F: FnMut(&mut Expr) -> Result<()>> VisitorMut for Exprs<F> {
        type Break = DataFusionError;
        fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<DataFusionError> {
            flow(self.0(expr))
        }
    }
    ended(tree.visit(&mut Exprs(change)))
}

/// Calls for every query, before those in it.
pub(super) fn each_query(statement: &mut Statement, change: impl FnMut(&mut Query) -> Result<()>) -> Result<()> {
    struct Queries<F>(F);
    impl<F: FnMut(&mut Query) -> Result<()>> VisitorMut for Queries<F> {
        type Break = DataFusionError;
        fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<DataFusionError> {
            flow(self.0(query))
        }
    }
    ended(statement.visit(&mut Queries(change)))
}

/// Calls for every `SELECT`, before those in it.
pub(in crate::ask::query::dialect) fn each_select(
    statement: &mut Statement,
    change: impl FnMut(&mut Select) -> Result<()>,
) -> Result<()> {
    struct Selects<F>(F);
    impl<F: FnMut(&mut Select) -> Result<()>> VisitorMut for Selects<F> {
        type Break = DataFusionError;
        fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<DataFusionError> {
            flow(self.0(select))
        }
    }
    ended(statement.visit(&mut Selects(change)))
}

/// Calls for every table, after those in it.
pub(super) fn each_table(statement: &mut Statement, change: impl FnMut(&mut TableFactor) -> Result<()>) -> Result<()> {
    struct Tables<F>(F);
    impl<F: FnMut(&mut TableFactor) -> Result<()>> VisitorMut for Tables<F> {
        type Break = DataFusionError;
        fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<DataFusionError> {
            flow(self.0(factor))
        }
    }
    ended(statement.visit(&mut Tables(change)))
}
