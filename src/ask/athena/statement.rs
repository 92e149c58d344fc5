//! A statement before it is sent: `:name` becomes a parameter, and a window becomes tables that show nothing else.
//!
//! How both are done is [`crate::ask::sql`]'s; here is what Athena's tables have to meet, and how values are written for it.

use std::collections::BTreeMap;

use alblog::time::Date;
use anyhow::{Result, bail};

use crate::ask::selection::RowFilter;
use crate::ask::sql::tokens::{Kind, Token, read, tables_of};
use crate::ask::sql::{self, Bound, Scalar};
use crate::base::message::Message;
use crate::base::pattern::{is_pattern, like};
use crate::base::tables::Table;

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
    /// Binds the values and restricts the tables of `database` to the rows.
    ///
    /// # Errors
    /// When it is no question, when parameters and values do not match, or when the window cannot reach a table.
    pub fn prepare(sql: &str, values: &BTreeMap<String, String>, database: &str, rows: &RowFilter) -> Result<Self> {
        let tokens = read(sql)?;
        let Some(first) = tokens.iter().find(|token| token.kind != Kind::Symbol("(")) else {
            bail!("the statement is empty");
        };
        if !QUESTIONS.iter().any(|word| first.is_word(word)) {
            bail!(
                Message::new(format_args!(
                    "{} is not a question: a statement begins with SELECT, WITH, VALUES, EXPLAIN, SHOW or DESCRIBE",
                    first.text.to_uppercase()
                ))
                .hint("albstats athena sync makes tables; anything else is for Athena's console")
            );
        }
        let mut literals: BTreeMap<String, String> =
            values.iter().map(|(name, value)| (name.clone(), parameter(value))).collect();
        check_names(&tokens, values)?;
        let restricted = if rows.is_open() {
            sql.to_owned()
        } else {
            sql::restrict(sql, database, |table| Ok(conditions(table, rows)))?
        };
        let value = |elb: &str| sql::text(&if is_pattern(elb) { like(elb) } else { elb.to_owned() });
        literals.extend(rows.elbs.iter().enumerate().map(|(number, elb)| (elb_parameter(number), value(elb))));
        Self::bound(&restricted, &literals)
    }

    /// A statement whose parameters have these values; it may use fewer.
    ///
    /// # Errors
    /// When a parameter has no value.
    pub fn with_values(sql: &str, values: &BTreeMap<String, Scalar>) -> Result<Self> {
        Self::bound(sql, &values.iter().map(|(name, value)| (name.clone(), value.literal())).collect())
    }

    /// Puts literals in place: each parameter becomes a `?`.
    ///
    /// # Errors
    /// When a parameter has no value.
    fn bound(sql: &str, literals: &BTreeMap<String, String>) -> Result<Self> {
        let tokens = read(sql)?;
        let Bound { sql, names } = sql::bind(sql, |_| "?".to_owned())?;
        let mut parameters = Vec::with_capacity(names.len());
        for name in names {
            match literals.get(&name) {
                Some(literal) => parameters.push(literal.clone()),
                None => bail!(Message::new(format_args!("no value for :{name}")).hint(format_args!("--set {name}=…"))),
            }
        }
        let tables = tables_of(&tokens).into_iter().filter(|path| path.len() == 1).flatten().collect();
        Ok(Self { sql, parameters, tables })
    }
}

/// What a row of the table must be to be among those. `day` is what leaves folders unread.
pub fn conditions(table: Table, rows: &RowFilter) -> Vec<String> {
    let RowFilter { window, elbs } = rows;
    // Tables about objects have the interval's day, which can be later than that of the rows.
    let margin = if table.kind().is_some() { 0 } else { window.margin };
    let day = |time: i64| sql::text(&Date::of(time).to_string());
    let until = window.until.map(|until| until.saturating_add(margin));
    let mut conditions = match (window.since, until) {
        (Some(since), Some(until)) => vec![format!("day BETWEEN {} AND {}", day(since), day(until - 1))],
        (Some(since), None) => vec![format!("day >= {}", day(since))],
        (None, Some(until)) => vec![format!("day <= {}", day(until - 1))],
        (None, None) => Vec::new(),
    };
    conditions.extend(sql::times(table, window.since, window.until, window.margin));
    if !elbs.is_empty() && table.columns().iter().any(|column| column.name == "elb") {
        let named = |(number, elb): (usize, &String)| {
            let parameter = elb_parameter(number);
            match (is_pattern(elb), elb.contains('/')) {
                (false, _) => format!(":{parameter} IN (elb, split_part(elb, '/', 2))"),
                (true, true) => format!("elb LIKE :{parameter} ESCAPE '\\'"),
                (true, false) => format!("split_part(elb, '/', 2) LIKE :{parameter} ESCAPE '\\'"),
            }
        };
        let named = elbs.iter().enumerate().map(named).collect::<Vec<_>>().join(" OR ");
        conditions.push(if elbs.len() == 1 { named } else { format!("({named})") });
    }
    conditions
}

/// Parameters of ours, which a statement's own cannot be mistaken for.
fn elb_parameter(number: usize) -> String {
    format!("albstats_elb_{}", number + 1)
}

/// Whether the statement's parameters and the values that were given fit each other.
fn check_names(tokens: &[Token], values: &BTreeMap<String, String>) -> Result<()> {
    let used = |name: &str| tokens.iter().any(|token| token.kind == Kind::Parameter && &token.text[1..] == name);
    if let Some(unused) = values.keys().find(|name| !used(name)) {
        bail!("--set {unused}=… has no :{unused} in the statement");
    }
    if !values.is_empty() && tokens.iter().any(|token| token.kind == Kind::Symbol("?")) {
        bail!(
            Message::new(format_args!("the statement has both `?` and :{}", tokens_name(tokens)))
                .hint("give each parameter a name")
        );
    }
    Ok(())
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
    sql::text(quoted.unwrap_or(value))
}

#[cfg(test)]
mod tests;
