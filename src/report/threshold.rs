//! `--fail-if`: a limit for a column of a report, and the rows that cross it. Pure.
//!
//! What cannot be compared is said too: no value is not a good value. What that means for the exit code is decided by
//! who asks (`cli`).

mod parse;

use std::fmt;

use anyhow::{Result, bail};

use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shown::Shown;
use crate::output::document::{Column, Row, Table, Unit, Value};
use crate::output::harmless;

/// The column that says how many requests a row is about.
const REQUESTS: &str = "requests";

/// A condition that no row should meet: `target_p99 > 1500ms`.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// As it was typed.
    typed: String,
    column: String,
    operator: Operator,
    /// The number as it was typed.
    number: String,
    measure: Measure,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
    Unequal,
}

/// What a unit measures, and how much of SQL's unit one of it is: a power of ten and a factor.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Measure {
    Plain,
    Time(i32, f64),
    Size(i32),
    Share,
}

/// What came of comparing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// The rows that meet the condition.
    pub crossed: Vec<Crossed>,
    /// A sentence for each row that has no value, and for rows that are not shown.
    pub missing: Vec<String>,
    /// How many rows were compared.
    pub compared: usize,
}

/// A row that meets a condition. Shown as a sentence that names the flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossed {
    /// The same, by names that stay when what is shown changes: a target group's ARN.
    pub id: String,
    /// Which row: what its columns say that tell rows apart.
    pub row: String,
    /// What was found: `target_p99 is 2,000 ms`.
    pub found: String,
    /// The condition as it was typed.
    pub condition: String,
}

impl fmt::Display for Crossed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (--fail-if '{}')", self.row, self.found, Shown(&self.condition))
    }
}

impl Threshold {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When it is no condition; the message points at the place.
    pub fn parse(text: &str) -> Result<Self> {
        parse::threshold(text)
    }

    /// Compares each row. Rows with fewer requests than `min_requests` say nothing and are left out.
    ///
    /// # Errors
    /// When the table has no such column, it is not a number, or the limit has another unit.
    pub fn check(&self, table: &Table, min_requests: Option<u64>) -> Result<Evaluation> {
        let (index, column) = self.column(table)?;
        let limit = self.limit(column.unit)?;
        let requests = match min_requests {
            None => None,
            Some(least) => match position(table, REQUESTS) {
                Some(index) => Some((index, least)),
                None => bail!("--min-requests: the report does not say how many requests a row is about"),
            },
        };
        let mut evaluation = Evaluation::default();
        for (number, row) in table.rows.iter().enumerate() {
            if let Some((index, least)) = requests {
                match row.values.get(index) {
                    Some(Value::Int(count)) if u64::try_from(*count).unwrap_or(0) < least => continue,
                    Some(Value::Int(_)) => {}
                    _ => {
                        evaluation.missing.push(format!("{}: {REQUESTS} has no value", name(table, row, number)));
                        continue;
                    }
                }
            }
            let value = row.values.get(index).unwrap_or(&Value::Null);
            let Some(found) = value.number().filter(|found| !found.is_nan()) else {
                evaluation.missing.push(format!("{}: {} has no value", name(table, row, number), column.name));
                continue;
            };
            evaluation.compared += 1;
            if self.operator.holds(found, limit) {
                evaluation.crossed.push(Crossed {
                    id: id(table, row, number),
                    row: name(table, row, number),
                    found: format!("{} is {}", column.name, shown(found, limit, column.unit)),
                    condition: self.typed.clone(),
                });
            }
        }
        if let Some(more) = &table.more {
            let what = more.values.iter().find_map(text_of).unwrap_or("more rows".into());
            evaluation.missing.push(format!("rows that are not shown are not compared: {what}"));
        }
        Ok(evaluation)
    }

    /// The column that is compared.
    fn column<'t>(&self, table: &'t Table) -> Result<(usize, &'t Column)> {
        let numeric: Vec<&str> =
            table.columns.iter().filter(|column| is_numeric(column.unit)).map(|column| column.name.as_str()).collect();
        let list = match numeric.len() {
            0 => "the report has no column of numbers".to_owned(),
            _ => format!("columns of numbers: {}", numeric.join(", ")),
        };
        let Some(index) = position(table, &self.column) else {
            let hint = match nearest(&self.column, &numeric) {
                Some(meant) => format!("did you mean {meant}? {list}"),
                None => list,
            };
            bail!(
                Message::new(format_args!(
                    "--fail-if '{}': no column named {}",
                    Shown(&self.typed),
                    Shown(&self.column)
                ))
                .hint(hint)
            );
        };
        let column = &table.columns[index];
        if !is_numeric(column.unit) {
            bail!(
                Message::new(format_args!("--fail-if '{}': {} is not a number", Shown(&self.typed), column.name))
                    .hint(list)
            );
        }
        Ok((index, column))
    }

    /// The limit in the unit that values of the column have.
    fn limit(&self, unit: Unit) -> Result<f64> {
        let Self { number, .. } = self;
        // The nearest number to what was typed, as values are the nearest to what they were: 1% is 0.01.
        let scaled = |power: i32| format!("{number}e{power}").parse::<f64>().unwrap_or(f64::NAN);
        let example = match (unit, self.measure) {
            (Unit::Seconds | Unit::Duration, Measure::Time(power, factor)) => return Ok(scaled(power) * factor),
            (Unit::Share, Measure::Share) => return Ok(scaled(-2)),
            (Unit::Bytes, Measure::Size(power)) => return Ok(scaled(power)),
            (Unit::Bytes | Unit::Count | Unit::Number | Unit::Code, Measure::Plain) => return Ok(scaled(0)),
            // Nothing is nothing, whatever of.
            (_, Measure::Plain) if scaled(0) == 0.0 => return Ok(0.0),
            (Unit::Seconds | Unit::Duration, _) => ("a time", format!("{number}ms")),
            (Unit::Share, _) => ("a share", format!("{number}%")),
            (Unit::Bytes, _) => ("a size", format!("{number}MB")),
            (Unit::Count | Unit::Number | Unit::Code, _) => ("a plain number", number.clone()),
            (Unit::Text | Unit::Time | Unit::Series, _) => bail!("{} is not a number", self.column),
        };
        let Self { typed, column, operator, .. } = self;
        let (what, example) = example;
        bail!(
            Message::new(format_args!(
                "--fail-if '{typed}': {column} is {what}",
                typed = Shown(typed),
                column = Shown(column)
            ))
            .hint(format_args!(
                "--fail-if '{column} {} {example}'",
                operator.sign(),
                column = Shown(column)
            ))
        )
    }
}

impl Operator {
    const ALL: [(Self, &'static str); 6] = [
        (Self::AtLeast, ">="),
        (Self::AtMost, "<="),
        (Self::Unequal, "!="),
        (Self::Above, ">"),
        (Self::Below, "<"),
        (Self::Equal, "="),
    ];

    fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(operator, _)| *operator == self).map_or("", |(_, sign)| sign)
    }

    #[expect(clippy::float_cmp, reason = "both are the nearest numbers to decimal ones")]
    fn holds(self, found: f64, limit: f64) -> bool {
        match self {
            Self::Above => found > limit,
            Self::AtLeast => found >= limit,
            Self::Below => found < limit,
            Self::AtMost => found <= limit,
            Self::Equal => found == limit,
            Self::Unequal => found != limit,
        }
    }
}

fn is_numeric(unit: Unit) -> bool {
    !matches!(unit, Unit::Text | Unit::Time | Unit::Series)
}

fn position(table: &Table, name: &str) -> Option<usize> {
    table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if !text.is_empty() => Some(harmless(text).into_owned()),
        _ => None,
    }
}

/// What tells the rows of a table apart, in their order: as [`Crossed::id`].
pub fn row_ids(table: &Table) -> impl Iterator<Item = String> + '_ {
    table.rows.iter().enumerate().map(|(number, row)| id(table, row, number))
}

/// What a row is called: its texts; without any, its time or code; else its number.
fn name(table: &Table, row: &Row, number: usize) -> String {
    named(table, row, number, &|value, unit| value.humane(unit))
}

/// The same, of the values as they are.
fn id(table: &Table, row: &Row, number: usize) -> String {
    named(table, row, number, &|value, unit| match value {
        Value::Name { id, .. } => id.clone(),
        value => value.humane(unit),
    })
}

fn named(table: &Table, row: &Row, number: usize, text: &dyn Fn(&Value, Unit) -> String) -> String {
    let of = |wanted: &dyn Fn(Unit) -> bool| -> Vec<String> {
        let columns =
            table.columns.iter().zip(&row.values).filter(|(column, _)| wanted(column.unit) && !column.private);
        let named = columns.filter(|(_, value)| **value != Value::Null);
        named
            .map(|(column, value)| harmless(&text(value, column.unit)).into_owned())
            .filter(|it| !it.is_empty())
            .collect()
    };
    let texts = of(&|unit| unit == Unit::Text);
    let names = if texts.is_empty() { of(&|unit| matches!(unit, Unit::Time | Unit::Code)) } else { texts };
    if names.is_empty() { format!("row {}", number + 1) } else { names.join(" · ") }
}

/// A value as people read it; with all of its digits where it would read like the limit and is not.
fn shown(found: f64, limit: f64, unit: Unit) -> String {
    let humane = |number: f64| match unit {
        Unit::Seconds => format!("{} ms", Value::Float(number).humane(unit)),
        _ => Value::Float(number).humane(unit),
    };
    if !found.is_finite() {
        return if found > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    if found.to_bits() == limit.to_bits() || humane(found) != humane(limit) {
        return humane(found);
    }
    match unit {
        Unit::Seconds => format!("{} ms", found * 1000.0),
        Unit::Duration => format!("{found} s"),
        Unit::Share => format!("{} %", found * 100.0),
        Unit::Bytes => format!("{found} B"),
        _ => found.to_string(),
    }
}

#[cfg(test)]
mod tests;
