//! Which engine answers, and the flags that mean something to one of them: `--engine`, `--set`, `--max-cost`, `--reuse`.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use super::answer::Bound;
use super::athena::DatabaseArgs;
use super::source::limits_of_statements;
use super::target_groups::Known;
use crate::ask::query::{Dialect, Engine, Source, TableNames};
use crate::base::config::{Config, TimeSpan};

const HEADING: &str = "Athena";
/// Which engine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum EngineName {
    /// This program, which reads the logs
    Local,
    /// Athena, over an export
    Athena,
}

/// How Athena is asked.
#[derive(Debug, Args)]
pub(in crate::cli) struct EngineArgs {
    /// Who answers: this program, or Athena over the tables of an export
    #[arg(long, value_name = "ENGINE", value_enum, default_value = "local", hide_possible_values = true, help_heading = HEADING)]
    engine: EngineName,
    #[command(flatten)]
    pub(in crate::cli) database: DatabaseArgs,
    /// Value of `:NAME` in the statement; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Refuse a statement that may read more than this costs
    #[arg(long, value_name = "DOLLARS", value_parser = amount, help_heading = HEADING)]
    pub(in crate::cli) max_cost: Option<f64>,
    /// Take the answer of the same statement if it is no older than this, free of charge
    #[arg(long, value_name = "DURATION", help_heading = HEADING)]
    pub(in crate::cli) reuse: Option<TimeSpan>,
}

impl EngineArgs {
    /// Values of parameters, as typed.
    pub(in crate::cli) fn values(&self) -> BTreeMap<String, String> {
        self.set.iter().cloned().collect()
    }

    /// Which engine it is, if it is not this program, as it was typed, to be typed again.
    pub(in crate::cli) fn words(&self) -> impl Iterator<Item = String> {
        let engine = (self.engine == EngineName::Athena).then(|| ["--engine", "athena"].map(str::to_owned));
        engine.into_iter().flatten().chain(self.database.words())
    }

    /// Whether Athena is to be asked.
    ///
    /// # Errors
    /// When flags were given that mean something to Athena only.
    pub(in crate::cli) fn wants_athena(&self) -> Result<bool> {
        let DatabaseArgs { database, workgroup, output_location } = &self.database;
        let given = [
            ("--database", database.is_some()),
            ("--workgroup", workgroup.is_some()),
            ("--output-location", output_location.is_some()),
            ("--max-cost", self.max_cost.is_some()),
            ("--reuse", self.reuse.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((flag, _)) if self.engine == EngineName::Local => {
                bail!("{flag} is for --engine athena only")
            }
            _ => Ok(self.engine == EngineName::Athena),
        }
    }
}

/// Names of tables of AWS's documentation, as configured.
fn table_names(config: &Config) -> TableNames {
    TableNames::new(config.tables.iter().map(|(pattern, table)| (pattern.value.clone(), *table)).collect())
}

/// The engine that answers statements of people's own, over what a run reads and with what is known of load balancers.
///
/// # Errors
/// As [`Engine::new`].
pub(in crate::cli) fn engine(source: &Source, dialect: Dialect, known: &Known, config: &Config) -> Result<Engine> {
    let engine = Engine::new(source, &limits_of_statements(config))?.speaking(dialect, table_names(config));
    known.add_to(&engine)?;
    Ok(engine)
}

/// Whether a statement can be answered at all: that is said before anything is looked for.
///
/// # Errors
/// When it cannot, where the message points at the place.
pub(in crate::cli) async fn check(statement: &Bound, dialect: Dialect, known: &Known, config: &Config) -> Result<()> {
    Ok(engine(&Source::default(), dialect, known, config)?.check(&statement.sql, &statement.values).await?)
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match text.split_once('=') {
        Some((name, value)) if is_name(name) => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

fn amount(text: &str) -> Result<f64, String> {
    let amount = text.trim_start_matches('$').parse::<f64>().ok().filter(|amount| amount.is_finite() && *amount >= 0.0);
    amount.ok_or_else(|| "expected an amount of dollars such as 0.50".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_anything_and_names_may_not() {
        assert_eq!(assignment("a_1=x=y "), Ok(("a_1".to_owned(), "x=y ".to_owned())));
        for text in ["a", "=x", "a b=1", "1a=1"] {
            assert!(assignment(text).is_err(), "{text}");
        }
        assert_eq!(amount("$0.5"), Ok(0.5));
        for text in ["", "-1", "NaN", "a"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}
