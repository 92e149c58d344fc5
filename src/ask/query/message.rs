//! Errors of the SQL engine as messages for people: the place in the statement, and the nearest name.

use datafusion::common::{DataFusionError, Diagnostic, SchemaError, Span};
use unicode_width::UnicodeWidthStr;

use super::words::{in_plain_words, without_inner_names};
use super::{casts, elsewhere};
use crate::base::aws::Identity;
use crate::base::bug;
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::base::tables::documented::Documented;
use crate::fleet::inventory::targets::TARGETS;
use crate::fleet::inventory::{LOAD_BALANCERS, target_groups};
use crate::read::storage::s3;

/// Why a statement could not be run, ready to print.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    #[source]
    message: Message,
    /// Line and column of the statement, from 1, in characters.
    position: Option<(usize, usize)>,
    fault: Fault,
    /// The parameter `:name` that has no value.
    missing: Option<String>,
}

/// Where it lies that a statement could not be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// In the statement: another one may be answered.
    Statement,
    /// A bound on memory, or on what is spilled, ended it: with fewer groups the same question may be answered.
    Bounds,
    /// In what it reads, or in how much that is.
    Data,
    /// In this program.
    Bug,
}

impl QueryError {
    /// What an answer of more rows than can be held comes to.
    pub(super) fn too_large(limit: usize) -> Self {
        let message = format_args!("the answer takes more than {} KiB of memory", limit >> 10).into();
        let message = Message::hint(message, "a larger --memory allows more");
        Self::without_place(message, Fault::Bounds)
    }

    pub(super) fn without_place(message: Message, fault: Fault) -> Self {
        Self { message, position: None, fault, missing: None }
    }

    /// Where in the statement it is: line and column, from 1, in characters.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.position
    }

    /// The parameter that has no value, if that is all: the hint says how one is given to a command.
    pub fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// Where the fault lies.
    pub fn fault(&self) -> Fault {
        self.fault
    }
}

/// What is wrong with that which a statement reads.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Unreadable(Message);

/// Ends a statement for what is wrong with that which it reads.
pub(super) fn cannot_read(message: impl Into<Message>) -> DataFusionError {
    DataFusionError::External(Box::new(Unreadable(message.into())))
}

/// A parameter without a value, as it is written.
#[derive(Debug, thiserror::Error)]
#[error("no value for {0}")]
struct NoValue(String);

impl NoValue {
    /// What it is called, if values can be given to it: `$1` and `?` have no name.
    fn name(&self) -> Option<&str> {
        let name = self.0.strip_prefix([':', '$'])?;
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_').then_some(name)
    }

    fn message(&self) -> Message {
        match self.name() {
            Some(name) => Message::new(format_args!("no value for :{name}")).hint(format_args!("--set {name}=…")),
            None => Message::new(self).hint("a parameter is called :name"),
        }
    }
}

/// Ends a statement for a parameter in it that has no value.
pub(super) fn no_value(written: &str, place: Option<Span>) -> DataFusionError {
    let error = DataFusionError::External(Box::new(NoValue(written.to_owned())));
    error.with_diagnostic(Diagnostic::new_error("", place))
}

/// What a panic of the engine becomes that came up while it was waited for, as one of its threads' does.
pub(super) fn panicked() -> DataFusionError {
    DataFusionError::External("task panicked".into())
}

/// Whether a thread of the engine came to an end that it should not have.
pub(super) fn is_panic(root: &DataFusionError) -> bool {
    match root {
        DataFusionError::ExecutionJoin(error) => error.is_panic(),
        DataFusionError::External(source) => {
            let text = source.to_string();
            text.starts_with("task ") && text.contains(" panicked")
        }
        _ => false,
    }
}

/// Makes a message of an engine's error about this statement.
pub(super) fn explain(sql: &str, error: &DataFusionError) -> QueryError {
    let root = error.find_root();
    if is_panic(root) {
        return QueryError::without_place(bug::message(), Fault::Bug);
    }
    if let Some(refusal) = refusal(root) {
        return QueryError::without_place(refusal, Fault::Data);
    }
    if let DataFusionError::External(source) = root
        && let Some(Unreadable(message)) = source.downcast_ref()
    {
        return QueryError::without_place(message.clone(), Fault::Data);
    }
    let missing = match root {
        DataFusionError::External(source) => source.downcast_ref::<NoValue>(),
        _ => None,
    };
    let own = match root {
        DataFusionError::External(source) => source.downcast_ref::<Message>().cloned(),
        _ => None,
    };
    if let Some(message) = missing.map(NoValue::message).or(own) {
        let place = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(place_of_span);
        let marked = place.and_then(|place| mark(sql, place)).into_iter().flatten();
        let message = marked.fold(message, Message::line);
        let position = place.map(|(line, first, _)| (line, first));
        let missing = missing.and_then(NoValue::name).map(ToOwned::to_owned);
        return QueryError { message, position, fault: Fault::Statement, missing };
    }
    let (message, hint) = match root {
        DataFusionError::SchemaError(schema_error, _) => explain_schema(sql, schema_error),
        DataFusionError::ResourcesExhausted(text) => (
            format!("the query needs more memory than it may use{}", asked_for(first_line(text))),
            Some("a larger --memory allows more".to_owned()),
        ),
        DataFusionError::External(source) => (source.to_string(), None),
        DataFusionError::SQL(source, _) => (strip_prefix(&source.to_string()), None),
        DataFusionError::Plan(text) | DataFusionError::NotImplemented(text) => explain_plan(text, error.diagnostic()),
        other => explain_other(sql, &other.strip_backtrace()),
    };
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(place_of_span);
    let text = root.to_string();
    let place = span.or_else(|| place_in_message(&text)).or_else(|| place_by_text(sql, root));
    let marked = place.and_then(|place| mark(sql, place)).into_iter().flatten();
    let message = marked.fold(Message::new(message), Message::line).hint_if(hint);
    let position = place.map(|(line, first, _)| (line, first));
    let is_bound = matches!(root, DataFusionError::ResourcesExhausted(_));
    QueryError { message, position, fault: if is_bound { Fault::Bounds } else { Fault::Statement }, missing: None }
}

/// How much was asked for, of an engine's `Failed to allocate additional 26.3 MB for TopK[0] with …`; nothing of other words of its own.
fn asked_for(text: &str) -> String {
    match text.split_once("allocate additional ").map(|(_, rest)| before(rest, " for ")) {
        Some(size) if size.starts_with(|char: char| char.is_ascii_digit()) => format!(": {size} more were asked for"),
        _ => String::new(),
    }
}

/// Whether an error is that a file is another one than was listed. By its text, as it went through the Parquet reader.
pub(super) fn is_of_change(text: &str) -> bool {
    text.contains("Request precondition failure")
}

/// What happened to a file of an export: on its way, or in it.
fn refusal(root: &DataFusionError) -> Option<Message> {
    if !matches!(root, DataFusionError::ObjectStore(_) | DataFusionError::ParquetError(_)) {
        return None;
    }
    // By its text: on the way through the Parquet reader, an error of the store becomes that.
    let text = root.to_string();
    if text.contains("<Code>NoSuchKey") || text.contains("No such file") {
        return Some(Message::new("a file of the export is gone: it was there when it was listed").hint("run again"));
    }
    if is_of_change(&text) {
        let text = "a file of the export was written anew while it was read, as when a late object came";
        return Some(Message::new(text).hint("run again"));
    }
    if text.contains("Object Store error") || matches!(root, DataFusionError::ObjectStore(_)) {
        let error = object_store::Error::Generic { store: "export", source: text.into() };
        let explained = s3::explain(&error, "s3:GetObject", "its files", &Identity::default());
        return Some(explained.after("the export cannot be read: "));
    }
    let text = strip_prefix(&text);
    let message = Message::new(format_args!("a file of the export cannot be read: {text}"));
    Some(message.hint("albstats export --rewrite writes it again"))
}

fn explain_schema(sql: &str, error: &SchemaError) -> (String, Option<String>) {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let known: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
            let hint = elsewhere::column(&field.name, &known);
            let hint = hint.or_else(|| nearest(&field.name, &known).map(|name| format!("did you mean {name}?")));
            let is_quoted = sql.contains(&format!("\"{}\"", field.name));
            let hint = hint
                .or_else(|| is_quoted.then(|| format!("a text stands in single quotes: '{}'", shortened(&field.name))));
            let hint = hint.unwrap_or_else(|| "albstats schema lists all columns".to_owned());
            (format!("no column named {}", field.name), Some(hint))
        }
        SchemaError::AmbiguousReference { field } => (
            format!("column {} is in more than one table", field.name),
            Some(format!("write the table's name before it, as in requests.{}", field.name)),
        ),
        other => in_plain_words(&other.to_string()).unwrap_or_else(|| (other.to_string(), None)),
    }
}

fn explain_plan(text: &str, diagnostic: Option<&Diagnostic>) -> (String, Option<String>) {
    let text = first_line(text);
    if let Some(name) = text.strip_prefix("table '").and_then(|rest| rest.strip_suffix("' not found")) {
        let name = name.rsplit('.').next().unwrap_or(name);
        if name == target_groups::TABLE_NAME {
            let hint = "albstats inventory keeps that table; or --target-groups FILE";
            return (format!("no table named {name}"), Some(hint.to_owned()));
        }
        if name == LOAD_BALANCERS || name == TARGETS {
            return (format!("no table named {name}"), Some("albstats inventory keeps that table".to_owned()));
        }
        let tables = Table::ALL.map(Table::name);
        let known = [&tables[..], &[target_groups::TABLE_NAME, LOAD_BALANCERS, TARGETS]].concat();
        let documented = Documented::ALL.map(Documented::name);
        let hint = match nearest(name, &[&known[..], &documented].concat()) {
            Some(table) => format!("did you mean {table}?"),
            None => format!("the tables are {}; and Athena's, {}", tables.join(", "), documented.join(" and ")),
        };
        return (format!("no table named {name}"), Some(hint));
    }
    if let Some(statement) = FORBIDDEN.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        return (format!("{} is not allowed: queries only read", verb(statement)), None);
    }
    if let Some((_, message)) = REWORDED.iter().find(|(engine, _)| text.starts_with(engine)) {
        return ((*message).to_owned(), None);
    }
    if let Some(function) = diagnostic.and_then(|found| found.message.strip_prefix("Invalid function '")) {
        let function = function.trim_end_matches('\'');
        // The engine always has a suggestion, however far-fetched.
        let note = diagnostic.and_then(|found| found.notes.first()).map_or("", |note| note.message.as_str());
        let suggested = note.trim_start_matches("Possible function ").trim_matches('\'');
        let hint = elsewhere::function(function).map(ToOwned::to_owned);
        let hint = hint.or_else(|| nearest(function, &[suggested]).map(|name| format!("did you mean {name}?")));
        return (format!("no function named {function}"), hint);
    }
    in_plain_words(text).unwrap_or_else(|| (without_inner_names(&strip_prefix(text)), None))
}

fn explain_other(sql: &str, text: &str) -> (String, Option<String>) {
    if text.contains("used disk space during the spilling") {
        let message = "the query needs more temporary disk space than it may use";
        return (message.to_owned(), Some("a larger --temp-disk allows more".to_owned()));
    }
    if let Some(message) = not_castable(sql, text) {
        return (message, Some(casts::hint(text).to_owned()));
    }
    match not_a_time(text) {
        Some(typed) => (
            format!("not a time: '{}'", shortened(typed)),
            Some("write times as '2026-11-20T14:05', in UTC".to_owned()),
        ),
        None => in_plain_words(text).unwrap_or_else(|| (without_inner_names(&strip_prefix(text)), None)),
    }
}

/// `Cannot cast string 'abc' to value of Int32 type`, in other words, and without the rest of a long value. The engine does not
/// say of which column: the statement does, if it casts one thing.
fn not_castable(sql: &str, text: &str) -> Option<String> {
    let (what, value, kind) = if let Some((_, rest)) = text.split_once("Cannot cast string '") {
        let (value, kind) = rest.rsplit_once("' to value of ")?;
        ("text", value, kind.split_once(" type").map_or(kind, |(kind, _)| kind))
    } else {
        let (value, kind) = text.split_once("Can't cast value ")?.1.rsplit_once(" to type ")?;
        ("value", value, kind)
    };
    let kind = match kind {
        "Int8" => "a tinyint",
        "Int16" => "a smallint",
        "Int32" => "an int",
        "Int64" => "a bigint",
        "Float32" | "Float64" => "a double",
        "Boolean" => "a boolean",
        "Date32" | "Date64" => "a date",
        kind if kind.starts_with("Decimal") => "a decimal",
        kind if kind.starts_with("Timestamp") => "a time",
        kind if kind.starts_with("UInt") => "an unsigned integer",
        _ => "a value of that type",
    };
    let of = casts::column(sql).map(|column| format!(" of {column}")).unwrap_or_default();
    Some(format!("the {what} '{}'{of} cannot be cast to {kind}", shortened(value)))
}

/// What clients send has no end: the beginning of it, on one line.
fn shortened(value: &str) -> String {
    /// Characters that are shown.
    const SHOWN: usize = 60;
    let shown: String = value.chars().map(|char| if char == '\n' { ' ' } else { char }).take(SHOWN).collect();
    if shown.len() < value.len() { format!("{shown}…") } else { shown }
}

/// How the engine refuses statements that are not queries; what follows is the statement's name.
const FORBIDDEN: [&str; 3] = ["DDL not supported: ", "DML not supported: ", "Statement not supported: "];

/// Messages of the engine, and what they mean to people.
const REWORDED: [(&str, &str); 2] = [
    ("The context currently only supports a single SQL statement", "one statement at a time"),
    ("No SQL statements were provided", "the statement is empty"),
];

/// `CreateMemoryTable` → `CREATE`.
fn verb(statement: &str) -> String {
    let small = statement.find(char::is_lowercase).unwrap_or(statement.len());
    let rest = &statement[small..];
    let end = rest.find(|char: char| !char.is_lowercase()).unwrap_or(rest.len());
    statement[..small + end].to_uppercase()
}

/// The text that the engine could not read as a time.
fn not_a_time(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Error parsing timestamp from '")?;
    rest.split_once("': ").map(|(text, _)| text)
}

/// A place in a statement: line, first and last column, from 1.
type Place = (usize, usize, usize);

fn place_of_span(span: Span) -> Place {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (line, start) = (number(span.start.line), number(span.start.column));
    let end = if span.end.line == span.start.line { number(span.end.column) } else { start };
    (line, start, end.saturating_sub(1).max(start))
}

/// The parser puts the place into its message: `… at Line: 1, Column: 8`.
fn place_in_message(message: &str) -> Option<Place> {
    let (_, rest) = message.split_once(" at Line: ")?;
    let (line, rest) = rest.split_once(", Column: ")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (line, column) = (line.parse().ok()?, rest[..digits].parse().ok()?);
    Some((line, column, column))
}

/// The place of what the error is about, if the statement has it once; or the statement's end.
fn place_by_text(sql: &str, error: &DataFusionError) -> Option<Place> {
    let message = error.to_string();
    let wanted = match error {
        DataFusionError::SchemaError(schema_error, _) => match schema_error.as_ref() {
            SchemaError::FieldNotFound { field, .. } => field.name.clone(),
            _ => return None,
        },
        _ => not_a_time(&message).map(|text| format!("'{text}'")).unwrap_or_default(),
    };
    let (at, length) = if !wanted.is_empty() {
        let mut places = sql.match_indices(&wanted);
        let (at, _) = places.next()?;
        (places.next().is_none().then_some(at)?, wanted.chars().count())
    } else if message.contains("found: EOF") {
        (sql.trim_end().len(), 1)
    } else {
        return None;
    };
    let line = sql[..at].rsplit('\n').next()?;
    let first = line.chars().count() + 1;
    Some((sql[..at].matches('\n').count() + 1, first, first + length - 1))
}

/// The line of the statement, and `^^^` below the place.
fn mark(sql: &str, (line, first, last): Place) -> Option<[String; 2]> {
    let text = sql.lines().nth(line.checked_sub(1)?)?;
    let first = first.clamp(1, text.chars().count() + 1);
    let last = last.clamp(first, text.chars().count().max(first));
    // Tabs are blanks, and what cannot be seen is written out, so that the mark stands where the text does.
    let shown = |text: &str| Shown(text.replace('\t', " ")).to_string();
    let before: String = text.chars().take(first - 1).collect();
    Some([shown(text), " ".repeat(shown(&before).width()) + &"^".repeat(last - first + 1)])
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim()
}

/// The text up to where `end` begins, if it has it.
fn before<'t>(text: &'t str, end: &str) -> &'t str {
    text.find(end).map_or(text, |at| &text[..at])
}

/// The message without what says which part of the engine it comes from, its place, and the engine's own trace.
fn strip_prefix(message: &str) -> String {
    const PREFIXES: [&str; 12] = [
        "Compute error: ",
        "Parquet error: ",
        "Error during planning: ",
        "This feature is not implemented: ",
        "Execution error: ",
        "Arrow error: ",
        "SQL error: ",
        "Optimizer rule ",
        "sql parser error: ",
        "External error: ",
        "Internal error: ",
        "Parser error: ",
    ];
    let mut text = first_line(message);
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest;
    }
    // A function's own words about what it was given.
    let text = text.split_once(" failed with: Error during planning: ").map_or(text, |(_, own)| own);
    // What follows lists every type that would have done.
    let text = [" at Line: ", ", errors: ", ". No function matches"].iter().fold(text, |text, end| before(text, end));
    let mut chars = text.chars();
    match chars.next() {
        // Keywords stay as they are.
        Some(first) if chars.as_str().starts_with(char::is_lowercase) => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::parquet::errors::ParquetError;

    use super::*;

    #[test]
    fn a_file_that_was_written_anew_is_no_damage() {
        let refused = || object_store::Error::Precondition { path: "a.parquet".to_owned(), source: "412".into() };
        let on_its_way = DataFusionError::ObjectStore(Box::new(refused()));
        let through_the_reader = DataFusionError::ParquetError(Box::new(ParquetError::External(Box::new(refused()))));
        for error in [on_its_way, through_the_reader] {
            let told = explain("SELECT 1", &error).message;
            assert!(told.text().contains("written anew while it was read"), "{told}");
        }
    }
}
