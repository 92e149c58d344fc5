//! Aggregates that are put together from others: `map_agg`, `multimap_agg`, `histogram`, `max(x, n)`, `max_by(x, y, n)`, `listagg`.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, Ident,
    ObjectName, OrderByExpr, OrderByOptions,
};

use super::build::{call, number, text};

/// The aggregate of this name as others; `None` if it is none of these.
pub(super) fn made(function: &Function, called: &str, given: &[Expr]) -> Option<Expr> {
    match (called, given) {
        ("max" | "min", [value, most]) => {
            let order = OrderByOptions { asc: Some(called == "min"), nulls_first: Some(false) };
            let sorted = collected(function, value, Some((value, order)), Some(value));
            Some(call("slice", vec![sorted, number(1), most.clone()]))
        }
        ("max_by" | "min_by", [value, by, most]) => {
            let order = OrderByOptions { asc: Some(called == "min_by"), nulls_first: Some(false) };
            let sorted = collected(function, value, Some((by, order)), Some(by));
            Some(call("slice", vec![sorted, number(1), most.clone()]))
        }
        ("multimap_agg", [key, value]) => {
            let lists = [key, value].map(|list| collected(function, list, None, None));
            Some(call("grouped_values", lists.to_vec()))
        }
        ("map_agg", [key, value]) => {
            let lists = [key, value].map(|list| collected(function, list, None, None));
            Some(call("paired_values", lists.to_vec()))
        }
        ("histogram", [value]) => Some(call("counted_values", vec![collected(function, value, None, Some(value))])),
        ("approx_most_frequent", [most, value, _capacity]) => {
            Some(call("counted_values", vec![collected(function, value, None, Some(value)), most.clone()]))
        }
        ("geometric_mean", [value]) => {
            let logarithms = aggregate(function, "avg", vec![call("ln", vec![value.clone()])]);
            Some(call("exp", vec![Expr::Function(logarithms)]))
        }
        _ => None,
    }
}

/// An aggregate over the rows that another one is over.
fn aggregate(of: &Function, name: &str, given: Vec<Expr>) -> Function {
    let mut made = of.clone();
    made.name = ObjectName::from(vec![Ident::new(name)]);
    if let FunctionArguments::List(list) = &mut made.args {
        list.args = given.into_iter().map(|expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))).collect();
    }
    made
}

/// `array_agg(value [ORDER BY …])` over the same rows; only those in which something is known, if wanted.
fn collected(of: &Function, value: &Expr, order: Option<(&Expr, OrderByOptions)>, known: Option<&Expr>) -> Expr {
    let mut made = aggregate(of, "array_agg", vec![value.clone()]);
    if let (FunctionArguments::List(list), Some((by, options))) = (&mut made.args, order) {
        let order = OrderByExpr { expr: by.clone(), options, with_fill: None };
        list.clauses.push(FunctionArgumentClause::OrderBy(vec![order]));
    }
    if let Some(known) = known {
        let is_known = Expr::IsNotNull(Box::new(known.clone()));
        made.filter = Some(Box::new(match made.filter.take() {
            Some(filter) => Expr::BinaryOp {
                left: Box::new(Expr::Nested(filter)),
                op: BinaryOperator::And,
                right: Box::new(is_known),
            },
            None => is_known,
        }));
    }
    Expr::Function(made)
}

/// `listagg(x, ',') WITHIN GROUP (ORDER BY y)` is `string_agg(x, ',' ORDER BY y)`.
pub(super) fn listagg(function: &Function) -> Expr {
    let mut made = function.clone();
    made.name = ObjectName::from(vec![Ident::new("string_agg")]);
    let order = std::mem::take(&mut made.within_group);
    if let FunctionArguments::List(list) = &mut made.args {
        if list.args.len() == 1 {
            list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(text(""))));
        }
        if !order.is_empty() {
            list.clauses.push(FunctionArgumentClause::OrderBy(order));
        }
    }
    Expr::Function(made)
}
