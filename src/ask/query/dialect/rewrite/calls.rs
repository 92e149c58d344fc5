//! Calls that are written otherwise: functions whose names, arguments or rounding the engine has another way, and those that are
//! put together from others.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, Ident, ObjectName,
    OrderByExpr, OrderByOptions, Statement,
};

use super::addresses::is_address;
use super::build::{arguments, call, clocks_of, each_expr, is_lambda, literal_text, name, number, refusal, text};
use crate::ask::query::dialect::casts::CAST;

/// The same by another name.
const RENAMED: [(&str, &str); 8] = [
    ("array_remove", "array_remove_all"),
    ("repeat", "array_repeat"),
    ("row", "struct"),
    ("filter", "array_filter"),
    ("transform", "array_transform"),
    ("any_match", "array_any_match"),
    ("rand", "random"),
    ("arrays_overlap", "array_has_any"),
];

/// Times to the millisecond: what lies behind is cut off.
const TO_MILLISECONDS: [&str; 3] = ["from_iso8601_timestamp", "parse_datetime", "date_parse"];

/// NULL where Java finds that text is no URI.
const OF_URIS: [&str; 7] = [
    "url_extract_protocol",
    "url_extract_host",
    "url_extract_port",
    "url_extract_path",
    "url_extract_query",
    "url_extract_fragment",
    "url_extract_parameter",
];

/// Functions that answer a bigint, of which the engine's own answer other integers: what is counted with them would
/// overflow elsewhere, or become a decimal beside a bigint.
const OF_BIGINT: [&str; 14] = [
    "approx_distinct",
    "array_position",
    "bit_count",
    "cardinality",
    "char_length",
    "character_length",
    "dense_rank",
    "length",
    "levenshtein_distance",
    "ntile",
    "position",
    "rank",
    "row_number",
    "strpos",
];

/// Hashes of bytes.
const DIGESTS: [&str; 3] = ["md5", "sha256", "sha512"];

/// Functions that take functions, which is more than can be had here.
const TAKE_LAMBDAS: [&str; 12] = [
    "reduce",
    "zip_with",
    "map_filter",
    "transform_keys",
    "transform_values",
    "map_zip_with",
    "all_match",
    "none_match",
    "regexp_replace",
    "reduce_agg",
    "find_first",
    "array_sort",
];

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| match expr {
        Expr::Function(function) => match rewritten(function)? {
            Some(made) => {
                *expr = made;
                Ok(())
            }
            None => Ok(()),
        },
        Expr::Position { .. } => {
            *expr = bigint(expr.clone());
            Ok(())
        }
        Expr::Identifier(ident) if ident.quote_style.is_none() && is_user(ident) => {
            *expr = text("albstats");
            Ok(())
        }
        _ => Ok(()),
    })
}

fn is_user(ident: &Ident) -> bool {
    ident.value.eq_ignore_ascii_case("current_user")
}

fn rewritten(function: &mut Function) -> Result<Option<Expr>> {
    let called = name(function);
    if OF_BIGINT.contains(&called.as_str()) {
        return Ok(Some(bigint(Expr::Function(function.clone()))));
    }
    if TAKE_LAMBDAS.contains(&called.as_str()) && is_lambda(function) {
        let hint = "filter, transform and any_match are the functions that take a function x -> … here";
        return Err(refusal(&*function, format!("{called} with a function is not here"), hint));
    }
    if called == "count"
        && let FunctionArguments::List(list) = &mut function.args
        && list.args.is_empty()
    {
        list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Wildcard));
        return Ok(None);
    }
    if ["avg", "max", "min", "sum"].contains(&called.as_str())
        && arguments(function).is_some_and(|given| given.is_empty())
    {
        return Err(refusal(&*function, format!("{called} takes a value"), "count(*) counts rows"));
    }
    if called == "count" && arguments(function).is_some_and(|given| given.len() > 1) {
        return Err(refusal(&*function, "count takes one value", "count(DISTINCT (a, b)) counts pairs"));
    }
    if called == "coalesce" && arguments(function).is_some_and(|given| given.len() < 2) {
        return Err(refusal(&*function, "coalesce takes two values or more", "coalesce(x, what stands for NULL)"));
    }
    if called == "listagg" {
        return Ok(Some(listagg(function)));
    }
    if let Some((_, engine)) = RENAMED.iter().find(|(trino, _)| *trino == called) {
        function.name = ObjectName::from(vec![Ident::new(*engine)]);
        return Ok(None);
    }
    let Some(given) = arguments(function).map(|given| given.into_iter().cloned().collect::<Vec<_>>()) else {
        return Ok(None);
    };
    if TO_MILLISECONDS.contains(&called.as_str()) && !given.is_empty() {
        let time = call("date_trunc", vec![text("millisecond"), Expr::Function(function.clone())]);
        // What is read without a zone has none.
        let has_zone = called != "date_parse";
        return Ok(Some(if has_zone { time } else { call(CAST, vec![time, text("timestamp")]) }));
    }
    if OF_URIS.contains(&called.as_str()) && !given.is_empty() {
        let asked = |name| call(name, vec![given[0].clone()]);
        let part = Expr::Function(function.clone());
        let part = match called.as_str() {
            "url_extract_host" => call("if", vec![asked("has_server"), part, text("")]),
            "url_extract_port" => call("if", vec![asked("has_server"), part]),
            _ => part,
        };
        return Ok(Some(call("if", vec![asked("is_uri"), part])));
    }
    Ok(match (called.as_str(), given.as_slice()) {
        (digest, [bytes]) if DIGESTS.contains(&digest) => Some(call("digest", vec![bytes.clone(), text(digest)])),
        ("replace", [whole, piece]) => Some(call("replace", vec![whole.clone(), piece.clone(), text("")])),
        ("typeof", [Expr::Value(value)]) if value.value.to_string().parse::<i32>().is_ok() => {
            let integer = call(CAST, vec![Expr::Value(value.clone()), text("integer")]);
            Some(call("typeof", vec![integer]))
        }
        ("from_unixtime", [seconds, zone]) => Some(in_zone(call("from_unixtime", vec![seconds.clone()]), zone)),
        ("at_timezone", [time, zone]) => Some(in_zone(time.clone(), zone)),
        // The clocks stay, which is how the engine reads a time without a zone.
        ("with_timezone", [time, zone]) => {
            let Some(zone) = literal_text(zone) else {
                return Err(refusal(&*function, "with_timezone takes a zone that is written out", "'Europe/Berlin'"));
            };
            Some(clocks_of(zone, call(CAST, vec![time.clone(), text("timestamp")]))?)
        }
        ("contains", [network, address]) if is_address(address) => {
            Some(call("ip_in", vec![address.clone(), network.clone()]))
        }
        ("max" | "min", [value, most]) => {
            let order = OrderByOptions { asc: Some(called == "min"), nulls_first: Some(false) };
            Some(call("slice", vec![collected(function, value, Some((value, order)), true), number(1), most.clone()]))
        }
        ("map_agg", [key, value]) => {
            let lists = [key, value].map(|list| collected(function, list, None, false));
            Some(call("paired_values", lists.to_vec()))
        }
        ("histogram", [value]) => Some(call("counted_values", vec![collected(function, value, None, true)])),
        ("approx_most_frequent", [most, value, _capacity]) => {
            Some(call("counted_values", vec![collected(function, value, None, true), most.clone()]))
        }
        ("geometric_mean", [value]) => {
            let logarithms = aggregate(function, "avg", vec![call("ln", vec![value.clone()])]);
            Some(call("exp", vec![Expr::Function(logarithms)]))
        }
        _ => None,
    })
}

fn bigint(value: Expr) -> Expr {
    call(CAST, vec![value, text("bigint")])
}

fn in_zone(time: Expr, zone: &Expr) -> Expr {
    Expr::AtTimeZone { timestamp: Box::new(time), time_zone: Box::new(zone.clone()) }
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

/// `array_agg(value [ORDER BY …])` over the same rows; without those that are NULL if wanted.
fn collected(of: &Function, value: &Expr, order: Option<(&Expr, OrderByOptions)>, known: bool) -> Expr {
    let mut made = aggregate(of, "array_agg", vec![value.clone()]);
    if let (FunctionArguments::List(list), Some((by, options))) = (&mut made.args, order) {
        let order = OrderByExpr { expr: by.clone(), options, with_fill: None };
        list.clauses.push(FunctionArgumentClause::OrderBy(vec![order]));
    }
    if known {
        let is_known = Expr::IsNotNull(Box::new(value.clone()));
        made.filter = Some(Box::new(match made.filter.take() {
            Some(filter) => Expr::BinaryOp {
                left: Box::new(Expr::Nested(filter)),
                op: datafusion::sql::sqlparser::ast::BinaryOperator::And,
                right: Box::new(is_known),
            },
            None => is_known,
        }));
    }
    Expr::Function(made)
}

/// `listagg(x, ',') WITHIN GROUP (ORDER BY y)` is `string_agg(x, ',' ORDER BY y)`.
fn listagg(function: &Function) -> Expr {
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
