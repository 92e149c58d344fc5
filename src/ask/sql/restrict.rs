//! Tables that show some of their rows only: put in front of a statement as common table expressions with the names of
//! the tables, so that the statement itself stays as it is.
//!
//! Works on tokens ([`super::tokens`]), not on a syntax tree: the engine parses, and knows its dialect better.

use anyhow::{Result, bail};

use super::name;
use super::tokens::{Kind, Token, read, tables_of, with_names};
use crate::base::message::Message;
use crate::base::tables::Table;

/// The tables of ours that the statement reads, each once.
///
/// # Errors
/// When a quote or comment is not closed.
pub fn tables(sql: &str) -> Result<Vec<Table>> {
    let mut found: Vec<Table> = tables_of(&read(sql)?).iter().flatten().filter_map(own).collect();
    found.sort_by_key(|table| table.name());
    found.dedup();
    Ok(found)
}

fn own(name: &String) -> Option<Table> {
    Table::ALL.into_iter().find(|table| table.name() == name)
}

/// How a table is to be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// What its rows must meet.
    pub conditions: Vec<String>,
    /// Columns that it has besides: `expression AS name`.
    pub columns: Vec<String>,
}

impl From<Vec<String>> for View {
    fn from(conditions: Vec<String>) -> Self {
        Self { conditions, columns: Vec::new() }
    }
}

impl View {
    /// Whether it is the table itself.
    pub fn is_whole(&self) -> bool {
        self.conditions.is_empty() && self.columns.is_empty()
    }
}

/// Puts what rows must meet in front of the statement: `view` answers for each table that it reads, and may leave a table as
/// it is. `database` is where the tables are.
///
/// # Errors
/// When a table is out of reach, because it is written with its database or because the statement defines it itself.
pub fn restrict<V: Into<View>>(sql: &str, database: &str, mut view: impl FnMut(Table) -> Result<V>) -> Result<String> {
    let tokens = read(sql)?;
    if let Some(path) =
        tables_of(&tokens).iter().find(|path| path.len() > 1 && path.last().is_some_and(|it| own(it).is_some()))
    {
        let (written, name) = (path.join("."), path.last().map_or("", String::as_str));
        bail!(
            Message::new(format_args!("--since, --until and --elb do not reach {written}"))
                .hint(format_args!("write {name}, and --database for the rest"))
        );
    }
    let tables = tables(sql)?;
    if tables.is_empty() {
        bail!("--since, --until and --elb restrict the tables of an export, and the statement reads none of them");
    }
    let (names, body) = with_names(&tokens);
    if let Some(table) = tables.iter().find(|table| names.iter().any(|name| name == table.name())) {
        let table = table.name();
        bail!(
            Message::new(format_args!("the statement defines {table} itself, so that --since does not reach it"))
                .hint("WITH another_name AS …")
        );
    }
    let mut definitions = Vec::new();
    for table in tables {
        let view: View = view(table)?.into();
        if view.is_whole() {
            continue;
        }
        let (name, database) = (name(table.name()), name(database));
        let columns = [&["*".to_owned()][..], &view.columns].concat().join(", ");
        let is_restricted = !view.conditions.is_empty();
        let conditions =
            if is_restricted { format!(" WHERE {}", view.conditions.join(" AND ")) } else { String::new() };
        definitions.push(format!("{name} AS (SELECT {columns} FROM {database}.{name}{conditions})"));
    }
    if definitions.is_empty() {
        return Ok(sql.to_owned());
    }
    let definitions = definitions.join(", ");
    if let Some(after_with) = body {
        // The statement's own WITH follows ours.
        return Ok(format!("{} {definitions},{}", &sql[..after_with], &sql[after_with..]));
    }
    let start = start_of_query(&tokens);
    Ok(format!("{}WITH {definitions} {}", &sql[..start], &sql[start..]))
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
