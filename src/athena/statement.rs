//! A statement before it is sent: `:name` becomes a parameter, and a window becomes tables that show nothing else.
//!
//! Works on tokens ([`super::tokens`]), not on a syntax tree: Athena parses, and knows its dialect better. A window is
//! put in front as common table expressions with the names of the tables, so that the statement itself stays as it is.

use std::collections::BTreeMap;

use alblog::time::{Date, Iso};
use anyhow::{Result, bail};

use super::literal;
use super::tokens::{Kind, Token, read, tables_of, with_names};
use crate::tables::Table;

/// Which rows are asked about, by the rows' own time; microseconds since the epoch, half-open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// From this time on.
    pub since: Option<i64>,
    /// Up to, and without, this time.
    pub until: Option<i64>,
    /// How long after a row's time the interval of its object may end.
    pub margin: i64,
    /// Only this load balancer, by its name or as `app/<name>/<id>`.
    pub elbs: Vec<String>,
}

/// What is sent to Athena.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text; each parameter is a `?`.
    pub sql: String,
    /// The parameters in their order, as literals.
    pub parameters: Vec<String>,
    /// Tables it reads that are not written with their database, in lower case.
    pub tables: Vec<String>,
}

/// Words a question can begin with.
const QUESTIONS: [&str; 8] = ["select", "with", "values", "table", "explain", "show", "describe", "desc"];

impl Statement {
    /// Binds the values and restricts the tables of `database` to the window.
    ///
    /// # Errors
    /// When it is no question, when parameters and values do not match, or when the window cannot reach a table.
    pub fn prepare(sql: &str, values: &BTreeMap<String, String>, database: &str, window: &Window) -> Result<Self> {
        let tokens = read(sql)?;
        let Some(first) = tokens.iter().find(|token| token.kind != Kind::Symbol("(")) else {
            bail!("the statement is empty");
        };
        if !QUESTIONS.iter().any(|word| first.is_word(word)) {
            bail!(
                "{} is not a question: a statement begins with SELECT, WITH, VALUES, EXPLAIN, SHOW or DESCRIBE\n\
                 hint: albstats athena sync makes tables; anything else is for Athena's console",
                first.text.to_uppercase()
            );
        }
        let restricted = Restricted::by(window, &tokens, database)?;
        let mut parameters = restricted.parameters;
        let (sql, own) = bind(sql, &tokens, values, restricted.insertion)?;
        parameters.extend(own);
        let tables = tables_of(&tokens).into_iter().filter(|path| path.len() == 1).flatten().collect();
        Ok(Self { sql, parameters, tables })
    }
}

/// Text to put in at a place of the statement.
type Insertion = Option<(usize, String)>;

/// The tables of the statement, as far as the window restricts them.
#[derive(Default)]
struct Restricted {
    insertion: Insertion,
    parameters: Vec<String>,
}

impl Restricted {
    fn by(window: &Window, tokens: &[Token], database: &str) -> Result<Self> {
        if window.since.is_none() && window.until.is_none() && window.elbs.is_empty() {
            return Ok(Self::default());
        }
        let own = |name: &String| Table::ALL.into_iter().find(|table| table.name() == name);
        let paths = tables_of(tokens);
        if let Some(path) = paths.iter().find(|path| path.len() > 1 && path.last().is_some_and(|it| own(it).is_some()))
        {
            let (written, name) = (path.join("."), path.last().map_or("", String::as_str));
            bail!("--since, --until and --elb do not reach {written}\nhint: write {name}, and --database for the rest");
        }
        let mut tables: Vec<Table> = paths.iter().flatten().filter_map(own).collect();
        tables.sort_by_key(|table| table.name());
        tables.dedup();
        if tables.is_empty() {
            bail!("--since, --until and --elb restrict the tables of an export, and the statement reads none of them");
        }
        let (names, body) = with_names(tokens);
        if let Some(table) = tables.iter().find(|table| names.iter().any(|name| name == table.name())) {
            bail!(
                "the statement defines {0} itself, so that --since does not reach it\nhint: WITH another_name AS …",
                table.name()
            );
        }
        let mut parameters = Vec::new();
        let definitions: Vec<String> = tables
            .into_iter()
            .map(|table| {
                let conditions = conditions(table, window, &mut parameters).join(" AND ");
                let (name, database) = (literal::name(table.name()), literal::name(database));
                format!("{name} AS (SELECT * FROM {database}.{name} WHERE {conditions})")
            })
            .collect();
        let definitions = definitions.join(", ");
        let insertion = match body {
            // The statement's own WITH follows ours.
            Some(after_with) => (after_with, format!(" {definitions},")),
            None => (start_of_query(tokens), format!("WITH {definitions} ")),
        };
        Ok(Self { insertion: Some(insertion), parameters })
    }
}

/// Where the query begins: after EXPLAIN, ANALYZE and what stands in parentheses after them.
fn start_of_query(tokens: &[Token]) -> usize {
    let Some(first) = tokens.first() else { return 0 };
    if !first.is_word("explain") {
        return first.start;
    }
    let mut depth = 0;
    for token in &tokens[1..] {
        match token.kind {
            Kind::Symbol("(") if depth > 0 || !is_parenthesised_query(tokens, token) => depth += 1,
            Kind::Symbol(")") => depth -= 1,
            _ if depth > 0 || token.is_word("analyze") || token.is_word("verbose") => {}
            _ => return token.start,
        }
    }
    first.start
}

/// `(SELECT …` and not `(TYPE LOGICAL)`.
fn is_parenthesised_query(tokens: &[Token], parenthesis: &Token) -> bool {
    let next = tokens.iter().find(|token| token.start > parenthesis.start);
    next.is_some_and(|next| ["select", "with", "values", "table"].iter().any(|word| next.is_word(word)))
}

/// What a row of the table must be to be in the window. `day` is what leaves folders unread.
fn conditions(table: Table, window: &Window, parameters: &mut Vec<String>) -> Vec<String> {
    // Tables about objects have the interval's day, which can be later than that of the rows.
    let margin = if table.kind().is_some() { 0 } else { window.margin };
    let day = |time: i64| literal::text(&Date::of(time).to_string());
    let moment = |time: i64| format!("TIMESTAMP {}", literal::text(&timestamp(time)));
    let until = window.until.map(|until| until + margin);
    let mut conditions = match (window.since, until) {
        (Some(since), Some(until)) => vec![format!("day BETWEEN {} AND {}", day(since), day(until - 1))],
        (Some(since), None) => vec![format!("day >= {}", day(since))],
        (None, Some(until)) => vec![format!("day <= {}", day(until - 1))],
        (None, None) => Vec::new(),
    };
    match table {
        Table::RejectedLines => {}
        // As in a local run: objects whose interval ends in (since, until + margin].
        Table::LogObjects => {
            conditions.extend(window.since.map(|since| format!("interval_end > {}", moment(since))));
            conditions.extend(until.map(|until| format!("interval_end <= {}", moment(until))));
        }
        Table::Requests | Table::Connections | Table::HealthChecks => {
            conditions.extend(window.since.map(|since| format!("time >= {}", moment(since))));
            conditions.extend(until.map(|until| format!("time < {}", moment(until))));
        }
    }
    if !window.elbs.is_empty() && table.columns().iter().any(|column| column.name == "elb") {
        let named = vec!["? IN (elb, split_part(elb, '/', 2))"; window.elbs.len()].join(" OR ");
        conditions.push(if window.elbs.len() == 1 { named } else { format!("({named})") });
        parameters.extend(window.elbs.iter().map(|elb| literal::text(elb)));
    }
    if conditions.is_empty() {
        conditions.push("true".to_owned());
    }
    conditions
}

/// `2026-11-20 14:05:00.000000`, as Trino writes times.
fn timestamp(time: i64) -> String {
    Iso(time).to_string().trim_end_matches('Z').replace('T', " ")
}

/// The statement with `?` in place of each `:name`, with the insertion, and the values in their order.
fn bind(
    sql: &str,
    tokens: &[Token],
    values: &BTreeMap<String, String>,
    insertion: Insertion,
) -> Result<(String, Vec<String>)> {
    let mut text = String::new();
    let mut parameters = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    let mut copied = 0;
    if let Some((place, insertion)) = insertion {
        // No parameter stands before it: only EXPLAIN and WITH do.
        text = sql[..place].to_owned() + &insertion;
        copied = place;
    }
    for token in tokens {
        let Kind::Parameter = token.kind else { continue };
        text.push_str(&sql[copied..token.start]);
        text.push('?');
        copied = token.start + token.text.len();
        match values.get(&token.text[1..]) {
            Some(value) => parameters.push(parameter(value)),
            None => missing.push(token.text),
        }
    }
    let end = tokens.last().map_or(sql.len(), |token| token.start + token.text.len());
    text.push_str(&sql[copied..end]);
    if let Some(missing) = missing.first() {
        bail!("no value for {missing}\nhint: --set {}=…", &missing[1..]);
    }
    let used = |name: &str| tokens.iter().any(|token| token.kind == Kind::Parameter && &token.text[1..] == name);
    if let Some(unused) = values.keys().find(|name| !used(name)) {
        bail!("--set {unused}=… has no :{unused} in the statement");
    }
    if !values.is_empty() && tokens.iter().any(|token| token.kind == Kind::Symbol("?")) {
        bail!("the statement has both `?` and :{}\nhint: give each parameter a name", tokens_name(tokens));
    }
    Ok((text, parameters))
}

fn tokens_name<'t>(tokens: &[Token<'t>]) -> &'t str {
    tokens.iter().find(|token| token.kind == Kind::Parameter).map_or("name", |token| &token.text[1..])
}

/// A value as a literal: numbers, `true`, `false` and `null` as they are, everything else as text. `'5'` is text too.
fn parameter(value: &str) -> String {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let is_number = match unsigned.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(unsigned),
    };
    if is_number || ["true", "false", "null"].iter().any(|word| value.eq_ignore_ascii_case(word)) {
        return value.to_owned();
    }
    let quoted = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    literal::text(quoted.unwrap_or(value))
}

#[cfg(test)]
mod tests;
