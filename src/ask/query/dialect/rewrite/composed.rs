//! Functions that are put together from others, written as what they mean: `$1`, `$2` are the arguments.

use datafusion::common::{Result, internal_err};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, LambdaFunction, LambdaFunctionParameter, OneOrManyWithParens, SelectItem, SetExpr, Statement, Value,
};

use super::build::{arguments, call, each_expr, name};
use crate::ask::query::dialect::parse::parse;

/// Names, how many arguments, and what they mean.
const COMPOSED: [(&str, usize, &str); 13] = [
    ("approx_distinct", 2, "approx_distinct($1)"),
    ("array_max", 1, "if(any_match($1, x_ -> x_ IS NULL), NULL, array_max($1))"),
    ("array_min", 1, "if(any_match($1, x_ -> x_ IS NULL), NULL, array_min($1))"),
    (
        "arrays_overlap",
        2,
        "if(arrays_overlap(filter($1, x_ -> x_ IS NOT NULL), filter($2, x_ -> x_ IS NOT NULL)), true, \
         if(cardinality($1) > 0 AND cardinality($2) > 0 AND \
            (any_match($1, x_ -> x_ IS NULL) OR any_match($2, x_ -> x_ IS NULL)), NULL, \
            if($1 IS NULL OR $2 IS NULL, NULL, false)))",
    ),
    (
        "contains_sequence",
        2,
        "if(cardinality($2) = 0, $1 IS NOT NULL, any_match(\
            slice(sequence(1, greatest(cardinality($1) - cardinality($2) + 1, 1)), 1, \
                  greatest(cardinality($1) - cardinality($2) + 1, 0)), \
            x_ -> slice($1, x_, cardinality($2)) = $2))",
    ),
    ("e", 0, "exp(1e0)"),
    ("map_from_entries", 1, "if($1 IS NULL, NULL, map(transform($1, x_ -> x_[1]), transform($1, x_ -> x_[2])))"),
    ("mod", 2, "(($1) % ($2))"),
    ("multimap_from_entries", 1, "grouped_values(transform($1, x_ -> x_[1]), transform($1, x_ -> x_[2]))"),
    ("rand", 1, "CAST(floor(random() * ($1)) AS bigint)"),
    ("random", 1, "CAST(floor(random() * ($1)) AS bigint)"),
    ("random", 2, "CAST(floor(random() * (($2) - ($1))) AS bigint) + ($1)"),
    ("reduce_agg", 4, "reduce(array_agg($1) FILTER (WHERE ($1) IS NOT NULL), $2, $3, x_ -> x_)"),
];

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        let Expr::Function(function) = expr else { return Ok(()) };
        let Some(given) = arguments(function) else { return Ok(()) };
        let given: Vec<Expr> = given.into_iter().cloned().collect();
        if let ("array_sort", [_, Expr::Lambda(_)]) = (name(function).as_str(), given.as_slice()) {
            *expr = call("sorted_by", given);
            return Ok(());
        }
        if let Some(zipped) = zipped(&name(function), &given)? {
            *expr = zipped;
            return Ok(());
        }
        if let Some(meaning) = made(&name(function), &given)? {
            *expr = meaning;
        }
        Ok(())
    })
}

/// `map_zip_with(a, b, (k, x, y) -> …)`: x and y are what the maps have of each key.
fn zipped(called: &str, given: &[Expr]) -> Result<Option<Expr>> {
    let ("map_zip_with", [first, second, Expr::Lambda(lambda)]) = (called, given) else { return Ok(None) };
    let OneOrManyWithParens::Many(parameters) = &lambda.params else { return Ok(None) };
    let [key, left, right] = parameters.as_slice() else { return Ok(None) };
    let value_of = |map: &Expr| call("element_at", vec![map.clone(), Expr::Identifier(key.name.clone())]);
    let is = |name: &Ident, parameter: &LambdaFunctionParameter| name.value.eq_ignore_ascii_case(&parameter.name.value);
    let mut body = lambda.body.clone();
    each_expr(body.as_mut(), |part| {
        if let Expr::Identifier(name) = part {
            let map = if is(name, left) { Some(first) } else { is(name, right).then_some(second) };
            if let Some(map) = map {
                *part = value_of(map);
            }
        }
        Ok(())
    })?;
    let made = Expr::Lambda(LambdaFunction { params: OneOrManyWithParens::One(key.clone()), body, ..lambda.clone() });
    made_of(
        "map(array_union(map_keys($1), map_keys($2)), transform(array_union(map_keys($1), map_keys($2)), $3))",
        &[first.clone(), second.clone(), made],
    )
    .map(Some)
}

/// What a call means; `None` if it is the engine's own, or ours.
fn made(called: &str, given: &[Expr]) -> Result<Option<Expr>> {
    let Some((.., meaning)) = COMPOSED.iter().find(|(name, arity, _)| *name == called && *arity == given.len()) else {
        return Ok(None);
    };
    made_of(meaning, given).map(Some)
}

/// An expression with arguments in their places.
///
/// # Errors
/// None: what is written above can be parsed.
fn made_of(meaning: &str, given: &[Expr]) -> Result<Expr> {
    let Some(Statement::Query(query)) = parse(&format!("SELECT {meaning}"))?.pop() else {
        return internal_err!("a SELECT is a query");
    };
    let SetExpr::Select(select) = *query.body else { return internal_err!("a SELECT has a list") };
    let Some(SelectItem::UnnamedExpr(mut expr)) = select.projection.into_iter().next() else {
        return internal_err!("a SELECT has an item");
    };
    each_expr(&mut expr, |part| {
        if let Expr::Value(value) = part
            && let Value::Placeholder(number) = &value.value
            && let Some(argument) = number.strip_prefix('$').and_then(|number| number.parse::<usize>().ok())
            && let Some(argument) = given.get(argument.wrapping_sub(1))
        {
            *part = argument.clone();
        }
        Ok(())
    })?;
    Ok(expr)
}
