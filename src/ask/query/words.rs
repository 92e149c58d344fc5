//! The engine's words about a statement, in those of the people who wrote it.

/// A message and what to do, for text of the engine that names its own inner parts; `None` for all other.
pub(super) fn in_plain_words(text: &str) -> Option<(String, Option<String>)> {
    let after = |start: &str| text.find(start).map(|at| &text[at + start.len()..]);
    let said = |message: String, hint: &str| Some((message, (!hint.is_empty()).then(|| hint.to_owned())));
    if let Some(expression) = after("hysical plan does not support logical expression ") {
        return match expression.split(|char: char| !char.is_alphanumeric()).next().unwrap_or_default() {
            "OuterReferenceColumn" => said(
                "here a subquery or UNNEST cannot refer to a column of the query around it".to_owned(),
                "a join finds what a subquery would, and CROSS JOIN UNNEST(…) AS t(x) makes rows of a column's list",
            ),
            "Exists" | "InSubquery" | "SetComparison" => said(
                "EXISTS, IN (SELECT …), ANY and ALL are conditions of WHERE, and no values".to_owned(),
                "(SELECT count(*) FROM …) > 0 is a value",
            ),
            "Wildcard" => said("all columns (*) cannot be an argument".to_owned(), ""),
            _ => said("the statement has an expression where none can be".to_owned(), ""),
        };
    }
    if let Some(rest) = after("annot coerce arithmetic expression ") {
        let (left, operator, right) = operands(rest.split_once(" to valid types")?.0)?;
        return said(format!("{} and {} cannot be combined by {operator}", kind(left), kind(right)), "");
    }
    if let Some(rest) = after("here isn't a common type to coerce ") {
        let (types, place) = rest.split_once(" in ")?;
        let (left, right) = types.split_once(" and ")?;
        let place = place.trim_end_matches(" expression").trim_end_matches('.');
        let hint = if types.contains("Timestamp") { "CAST(… AS varchar) is the text of a time" } else { "" };
        return said(format!("{} and {} do not go together in {place}", kind(left), kind(right)), hint);
    }
    if let Some(rest) = after("ambda defined ") {
        let given = rest.split_once(" params")?.0;
        let taken = rest.rsplit_once("only ")?.1;
        return said(format!("a function x -> … has {given} parameters here, and {taken} is what it is given"), "");
    }
    if let Some(rest) = after("chema contains duplicate qualified field name ") {
        let table = rest.rsplit_once('.').map_or(rest, |(table, _)| table);
        return said(format!("two tables are called {table}"), "give one of them another name: FROM t AS a, t AS b");
    }
    if let Some((function, _)) = after("unction '").and_then(|rest| rest.split_once("' failed to match any signature"))
    {
        return said(not_for(function), hint_for(function));
    }
    if let Some(rest) = after("ailed to coerce arguments to satisfy a call to '") {
        let function = rest.split_once('\'')?.0;
        return said(not_for(function), hint_for(function));
    }
    if let Some(rest) = after("rojections require unique expression names but the expression \"") {
        let expression = rest.split_once("\" at position")?.0;
        let name = expression.rsplit_once(" AS ").map_or(expression, |(_, name)| name);
        let is_name = name.chars().all(|char| char.is_alphanumeric() || "._".contains(char));
        let message = match name.rsplit('.').next() {
            Some(name) if is_name => format!("two columns of the answer are called {name}"),
            _ => "two columns of the answer have the same name".to_owned(),
        };
        return said(message, "give one of them another name with AS");
    }
    if let Some(rest) = after("ompound identifier: [") {
        let names = rest.split_once(']')?.0.replace("\", \"", ".");
        return said(format!("no column named {}", names.trim_matches('"')), "");
    }
    if text.starts_with("dot access not supported") {
        return said(
            "a value of a row is taken by its place here".to_owned(),
            "(ROW(1, 'a'))[2] is 'a'; names of columns stand before no dot",
        );
    }
    if ["sqltorel", "ValueWithSpan", "nsupported Value"].iter().any(|inner| text.contains(inner)) {
        return said("the statement has a form of expression that is not known here".to_owned(), "");
    }
    if text.contains("failed to parse timezone") {
        return said(
            "a text that is compared with a time is none".to_owned(),
            "write times as '2026-11-20T14:05', in UTC",
        );
    }
    if text.contains("CompiledTooBig(") {
        return said("this regular expression is too large".to_owned(), "");
    }
    None
}

/// The text with types of the engine called as people call them, and without lists of what would have done.
pub(super) fn without_inner_names(text: &str) -> String {
    const ENDS: [&str; 3] = [": While expanding wildcard", ", got Literal(", ". Must be a supported arrow type"];
    let mut rest = ENDS.iter().fold(text, |text, end| text.find(end).map_or(text, |at| &text[..at]));
    let mut plain = String::with_capacity(rest.len());
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    while let Some(start) = rest.find(is_word) {
        let length = rest[start..].find(|char| !is_word(char)).unwrap_or(rest.len() - start);
        let (word, after) = rest[start..].split_at(length);
        plain.push_str(&rest[..start]);
        rest = after;
        if TYPES.contains(&word) {
            plain.push_str(kind(word));
            rest = after.strip_prefix('(').map_or(after, behind_parenthesis);
        } else {
            plain.push_str(word);
        }
    }
    plain + rest
}

/// Types as the engine writes them, without what follows in parentheses.
const TYPES: [&str; 25] = [
    "Utf8",
    "Utf8View",
    "LargeUtf8",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "Float16",
    "Float32",
    "Float64",
    "Decimal128",
    "Decimal256",
    "Boolean",
    "Timestamp",
    "Date32",
    "Date64",
    "Interval",
    "Duration",
    "List",
    "LargeList",
    "FixedSizeList",
];

/// What follows the parenthesis that closes one that was opened before this text.
fn behind_parenthesis(text: &str) -> &str {
    let mut depth = 1;
    for (at, char) in text.char_indices() {
        depth += match char {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    ""
}

fn not_for(function: &str) -> String {
    format!("{function} does not take these arguments")
}

fn hint_for(function: &str) -> &'static str {
    match function {
        "substr" | "substring" | "strpos" | "left" | "right" | "lower" | "upper" | "length" | "concat" => {
            "it takes text: date_trunc('hour', time) cuts a time, and CAST(time AS varchar) is its text"
        }
        "string_agg" => "string_agg(text, ',')",
        _ => "",
    }
}

/// `Utf8 + Int64`, of which a type may hold blanks of its own.
fn operands(text: &str) -> Option<(&str, &str, &str)> {
    let (at, operator) = text.match_indices(['+', '-', '*', '/', '%']).find(|(at, _)| text[..*at].ends_with(' '))?;
    Some((text[..at].trim(), operator, text[at + operator.len()..].trim()))
}

/// What people call a type of the engine, with an article if it has one.
fn kind(name: &str) -> &'static str {
    let begins = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
    match name {
        _ if begins(&["Utf8", "LargeUtf8"]) => "text",
        _ if begins(&["Timestamp"]) => "a time",
        _ if begins(&["Date"]) => "a date",
        _ if begins(&["Interval", "Duration"]) => "an interval",
        _ if begins(&["Int", "UInt", "Float", "Decimal"]) => "a number",
        _ if begins(&["Boolean"]) => "a boolean",
        _ if begins(&["List", "LargeList", "FixedSizeList"]) => "a list",
        _ if begins(&["Null"]) => "NULL",
        _ => "a value of another type",
    }
}

#[cfg(test)]
mod tests {
    use super::{in_plain_words, without_inner_names};

    #[test]
    fn types_are_called_as_people_call_them() {
        for (engine, plain) in [
            ("approx_percentile takes numbers, not Utf8View", "approx_percentile takes numbers, not text"),
            ("f takes (text), not (Timestamp(µs, \"UTC\"), Int64)", "f takes (text), not (a time, a number)"),
            ("not List(Field { name: \"a\", data_type: Int64() })", "not a list"),
            ("argument #2 must be an INTEGER, got Literal(Utf8(\"a\"), None)", "argument #2 must be an INTEGER"),
            ("int64 and Int64s stay", "int64 and Int64s stay"),
            ("", ""),
        ] {
            assert_eq!(without_inner_names(engine), plain);
        }
    }

    #[test]
    fn inner_names_are_left_out() {
        for (engine, message) in [
            (
                "Physical plan does not support logical expression Wildcard { qualifier: None }",
                "all columns (*) cannot be an argument",
            ),
            (
                "Unsupported ast node in sqltorel: Value(ValueWithSpan { value: Null })",
                "the statement has a form of expression that is not known here",
            ),
            (
                "Cannot coerce arithmetic expression Utf8 + Int64 to valid types",
                "text and a number cannot be combined by +",
            ),
            (
                "There isn't a common type to coerce Timestamp(µs, \"UTC\") and Utf8 in LIKE expression",
                "a time and text do not go together in LIKE",
            ),
            ("Function 'substr' failed to match any signature, errors: x", "substr does not take these arguments"),
            (
                "Failed to coerce arguments to satisfy a call to 'array_element' function: coercion from List(Int64)",
                "array_element does not take these arguments",
            ),
            (
                "Projections require unique expression names but the expression \"Int64(1) AS a\" at position 0 and \"x\"",
                "two columns of the answer are called a",
            ),
            ("compound identifier: [\"a\", \"b\", \"c\"]", "no column named a.b.c"),
            ("Schema contains duplicate qualified field name a.type", "two tables are called a"),
            ("Regular expression did not compile: CompiledTooBig(10485760)", "this regular expression is too large"),
        ] {
            assert_eq!(in_plain_words(engine).map(|(message, _)| message).as_deref(), Some(message));
        }
        assert_eq!(in_plain_words("date_diff takes (text, time, time), not (Utf8)"), None);
    }
}
