//! Calls that are written otherwise: functions whose names, arguments or rounding the engine has another way, and those that are
//! put together from others.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, Statement, UnaryOperator,
};

use super::addresses::is_address;
use super::aggregates;
use super::build::{arguments, call, clocks_of, each_expr, is_lambda, literal_text, name, refusal, text};
use crate::ask::query::dialect::casts::CAST;

/// The same by another name.
const RENAMED: [(&str, &str); 11] = [
    ("array_remove", "array_remove_all"),
    ("repeat", "array_repeat"),
    ("row", "struct"),
    ("filter", "array_filter"),
    ("transform", "array_transform"),
    ("any_match", "array_any_match"),
    ("rand", "random"),
    ("zip", "arrays_zip"),
    ("arrays_overlap", "array_has_any"),
    ("bitwise_and_agg", "bit_and"),
    ("bitwise_or_agg", "bit_or"),
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
const OF_BIGINT: [&str; 12] = [
    "approx_distinct",
    "array_position",
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
];

/// Hashes of bytes.
const DIGESTS: [&str; 3] = ["md5", "sha256", "sha512"];

/// Functions that take functions, which is more than can be had here.
const TAKE_LAMBDAS: [&str; 2] = ["regexp_replace", "find_first"];

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
        Expr::Identifier(ident) if ident.quote_style.is_none() => {
            if let Some(value) = of_session(&ident.value.to_lowercase()) {
                *expr = value;
            }
            Ok(())
        }
        _ => Ok(()),
    })
}

/// What stands for a value without parentheses, and knows who asks and when.
fn of_session(word: &str) -> Option<Expr> {
    match word {
        "current_user" => Some(text("albstats")),
        "current_catalog" => Some(text("awsdatacatalog")),
        "current_schema" => Some(text("default")),
        "localtimestamp" => Some(call(CAST, vec![call("now", Vec::new()), text("timestamp")])),
        _ => None,
    }
}

fn rewritten(function: &mut Function) -> Result<Option<Expr>> {
    let called = name(function);
    if matches!(function.args, FunctionArguments::None)
        && let Some(value) = of_session(&called)
    {
        return Ok(Some(value));
    }
    if OF_BIGINT.contains(&called.as_str()) {
        return Ok(Some(bigint(Expr::Function(function.clone()))));
    }
    if TAKE_LAMBDAS.contains(&called.as_str()) && is_lambda(function) {
        let hint = "filter, transform, reduce, zip_with, any_match, all_match, none_match, map_filter, transform_keys and \
                    transform_values are the functions that take a function x -> … here";
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
    if let Some((message, hint)) = arguments(function).and_then(|given| misused(&called, &given)) {
        return Err(refusal(&*function, message, hint));
    }
    if called == "count" && arguments(function).is_some_and(|given| given.len() > 1) {
        return Err(refusal(&*function, "count takes one value", "count(DISTINCT (a, b)) counts pairs"));
    }
    if called == "coalesce" && arguments(function).is_some_and(|given| given.len() < 2) {
        return Err(refusal(&*function, "coalesce takes two values or more", "coalesce(x, what stands for NULL)"));
    }
    if called == "all_match" || called == "none_match" {
        return Ok(matching(function, called == "all_match"));
    }
    if called == "listagg" {
        return Ok(Some(aggregates::listagg(function)));
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
        // The form stands as a word.
        ("normalize", [value, Expr::Identifier(form)]) => {
            Some(call("normalize", vec![value.clone(), text(&form.value.to_uppercase())]))
        }
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
        ("version", []) => Some(text(concat!("albstats ", env!("CARGO_PKG_VERSION")))),
        (called, given) => aggregates::made(function, called, given),
    })
}

/// What Trino refuses of constants, and the engine answers.
fn misused(called: &str, given: &[&Expr]) -> Option<(String, &'static str)> {
    let is = |at: usize, written: &str| given.get(at).is_some_and(|argument| argument.to_string() == written);
    let is_negative = |at: usize| matches!(given.get(at), Some(Expr::UnaryOp { op: UnaryOperator::Minus, expr }) if matches!(expr.as_ref(), Expr::Value(_)));
    let is_long = |at: usize| {
        given.get(at).and_then(|argument| literal_text(argument)).is_some_and(|text| text.chars().count() > 1)
    };
    Some(match called {
        "element_at" if is(1, "0") => {
            ("lists begin at 1, and element_at(list, 0) is none".to_owned(), "element_at(list, 1) is the first")
        }
        "nth_value" if is(1, "0") || is_negative(1) => {
            ("nth_value counts from 1".to_owned(), "nth_value(x, 1) is the first")
        }
        "max_by" | "min_by" if is(2, "0") || is_negative(2) => {
            (format!("{called} takes one value or more"), "max_by(x, y, 1) is a list of one")
        }
        "repeat" if is_negative(1) => ("repeat takes a count from 0".to_owned(), "repeat(x, 0) is an empty list"),
        "lpad" | "rpad" if given.len() == 2 || is(2, "''") => {
            (format!("{called} takes what it fills with"), "lpad(x, 5, ' ') fills with blanks")
        }
        "replace" if given.len() == 3 && is(1, "''") => (
            "replace takes a piece that is not empty".to_owned(),
            "regexp_replace(x, '', 'y') puts y between characters",
        ),
        "codepoint" if is_long(0) => ("codepoint takes one character".to_owned(), "codepoint(substr(x, 1, 1))"),
        _ => return None,
    })
}

/// `all_match(list, x -> …)`: not any that does not match; `none_match`: not any that does.
fn matching(function: &Function, is_all: bool) -> Option<Expr> {
    let given = arguments(function)?;
    let [list, Expr::Lambda(lambda)] = given.as_slice() else { return None };
    let not = |expr: Expr| Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(Expr::Nested(Box::new(expr))) };
    let mut lambda = lambda.clone();
    if is_all {
        lambda.body = Box::new(not(*lambda.body));
    }
    Some(not(call("array_any_match", vec![(*list).clone(), Expr::Lambda(lambda)])))
}

fn bigint(value: Expr) -> Expr {
    call(CAST, vec![value, text("bigint")])
}

fn in_zone(time: Expr, zone: &Expr) -> Expr {
    Expr::AtTimeZone { timestamp: Box::new(time), time_zone: Box::new(zone.clone()) }
}
