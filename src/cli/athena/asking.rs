//! `albstats query --engine athena`: the same question, answered by Athena over an export.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use super::{WhereArgs, runtime};
use crate::ask::athena::{Athena, Estimate, Statement, Usage, Window, dollars};
use crate::base::aws::Identity;
use crate::base::config::{Config, TimeSpan};
use crate::base::outcome::Outcome;
use crate::cli::common::selecting::SelectingArgs;
use crate::cli::common::{GlobalArgs, message};
use crate::output::{Destination, Format, TableLayout, human, writer};

const HEADING: &str = "Athena";
/// Answers are kept for a week.
const LONGEST_REUSE: Duration = Duration::from_hours(7 * 24);

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
pub(in crate::cli) struct AskingArgs {
    /// Who answers: this program, or Athena over the tables of an export
    #[arg(long, value_name = "ENGINE", value_enum, default_value = "local", hide_possible_values = true, help_heading = HEADING)]
    engine: EngineName,
    #[command(flatten)]
    pub(super) place: WhereArgs,
    /// Value of `:NAME` in the statement; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Refuse a statement that may read more than this costs
    #[arg(long, value_name = "DOLLARS", value_parser = amount, help_heading = HEADING)]
    pub(super) max_cost: Option<f64>,
    /// Take the answer of the same statement if it is no older than this, free of charge
    #[arg(long, value_name = "DURATION", help_heading = HEADING)]
    pub(super) reuse: Option<TimeSpan>,
}

impl AskingArgs {
    /// Values of parameters, as typed.
    pub(in crate::cli) fn values(&self) -> BTreeMap<String, String> {
        self.set.iter().cloned().collect()
    }

    /// Whether Athena is to be asked.
    ///
    /// # Errors
    /// When flags were given that mean something to Athena only.
    pub(in crate::cli) fn wants_athena(&self) -> Result<bool> {
        let WhereArgs { database, workgroup, output_location } = &self.place;
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

/// The rows asked for: without a window, all of the export.
pub(super) fn window(selecting: &SelectingArgs, config: &Config) -> Result<Window> {
    let (since, until) = selecting.typed_times();
    if since.zip(until).is_some_and(|(since, until)| since >= until) {
        bail!("--since is not before --until");
    }
    let margin = i64::try_from(config.margin.value.get().as_micros())?;
    Ok(Window { since, until, margin, elbs: selecting.elbs() })
}

/// As whom Athena is asked: as a source that was named, else as the environment says.
pub(super) fn identity(selecting: &SelectingArgs, config: &Config) -> Result<Identity> {
    let [name] = &selecting.from[..] else {
        if selecting.from.is_empty() {
            return Ok(Identity::default());
        }
        bail!("--engine athena takes one --from, the name of a source, for its profile and role");
    };
    match config.sources.get(name) {
        Some(source) => Ok(source.identity()),
        None => bail!(
            "--engine athena reads the tables of a database, not {name}\nhint: leave --from out, or name a source \
             for its profile and role"
        ),
    }
}

/// How the answer is written.
pub(in crate::cli) struct Printing {
    pub(in crate::cli) format: Format,
    pub(in crate::cli) destination: Destination,
    pub(in crate::cli) layout: TableLayout,
}

/// Asks Athena and writes its answer.
pub(in crate::cli) fn run(
    sql: &str,
    args: &AskingArgs,
    selecting: &SelectingArgs,
    config: &Config,
    printing: Printing,
    global: &GlobalArgs,
) -> Result<Outcome> {
    let window = window(selecting, config)?;
    let values = args.values();
    let statement = Statement::prepare(sql, &values, args.place.database(), &window)?;
    let identity = identity(selecting, config)?;
    let reuse = args.reuse.map(TimeSpan::get);
    if reuse.is_some_and(|age| age > LONGEST_REUSE || age.is_zero()) {
        bail!("--reuse takes up to 7d: answers are not kept longer");
    }
    let say = |text: std::fmt::Arguments| {
        if !global.quiet {
            message(text);
        }
    };
    runtime()?.block_on(async {
        let athena = Athena::connect(&identity, args.place.options()).await?;
        for notice in &athena.notices {
            say(format_args!("notice: {notice}"));
        }
        if let Some(most) = args.max_cost {
            check_cost(&athena, &statement, &window, most, &say).await?;
        }
        // Listens from now on: an interruption must not be missed while a request is on its way.
        let mut interrupted = tokio::spawn(async {
            let _ = tokio::signal::ctrl_c().await;
        });
        let ended = async {
            let _ = (&mut interrupted).await;
        };
        let mut answer = athena.ask(&statement, reuse, ended).await?;
        let mut writer =
            writer(printing.format, std::sync::Arc::clone(&answer.schema), printing.destination, printing.layout)?;
        loop {
            let batch = tokio::select! {
                batch = answer.next() => batch?,
                _ = &mut interrupted => bail!("interrupted"),
            };
            match batch {
                Some(batch) => writer.write(&batch)?,
                None => break,
            }
        }
        writer.finish()?.commit()?;
        say(format_args!("{}", closing_line(&answer.usage)));
        Ok(Outcome::Done)
    })
}

pub(super) async fn check_cost(
    athena: &Athena,
    statement: &Statement,
    window: &Window,
    most: f64,
    say: &impl Fn(std::fmt::Arguments),
) -> Result<()> {
    match athena.estimate(statement, window).await? {
        Estimate::AtMost(bytes) if dollars(bytes) > most => bail!(
            "the statement may read {}, for about ${}; --max-cost is ${}\nhint: narrow it with --since and --until, or \
             allow it with --max-cost {}",
            human::bytes(bytes),
            money(dollars(bytes)),
            money(most),
            money(rounded_up(dollars(bytes)))
        ),
        Estimate::AtMost(bytes) => {
            say(format_args!("at most {} to read, ${}", human::bytes(bytes), money(dollars(bytes))));
        }
        Estimate::Unknown(reason) => {
            say(format_args!("notice: --max-cost is not checked, the cost cannot be estimated: {reason}"));
        }
    }
    Ok(())
}

/// `Athena read 41 MB, $0.0002, in 2.31 s`
pub(super) fn closing_line(usage: &Usage) -> String {
    let elapsed = human::elapsed(usage.elapsed);
    if usage.reused {
        return format!("Athena reused an earlier answer, $0, in {elapsed}");
    }
    format!("Athena read {}, ${}, in {elapsed}", human::bytes(usage.bytes), money(usage.dollars()))
}

/// Dollars with two digits after the point, or as many as a small amount needs.
fn money(dollars: f64) -> String {
    if dollars >= 0.095 || dollars == 0.0 {
        return format!("{dollars:.2}");
    }
    let mut digits = 2;
    let mut scaled = dollars * 100.0;
    while scaled < 0.95 && digits < 7 {
        scaled *= 10.0;
        digits += 1;
    }
    format!("{dollars:.digits$}")
}

/// The next amount that is not smaller when it is printed.
fn rounded_up(dollars: f64) -> f64 {
    let mut step = 0.01;
    while step > dollars {
        step /= 10.0;
    }
    (dollars / step).ceil() * step
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
    fn small_amounts_are_not_nothing() {
        for (dollars, text) in [
            (0.0, "0.00"),
            (12.345, "12.35"),
            (0.5, "0.50"),
            (0.0123, "0.01"),
            (0.000_05, "0.00005"),
            (0.000_21, "0.0002"),
        ] {
            assert_eq!(money(dollars), text);
        }
        for amount in [0.000_05, 0.000_21, 0.0123, 0.5, 1.234] {
            assert!(money(rounded_up(amount)).parse::<f64>().unwrap() >= amount, "{amount}");
        }
    }

    #[test]
    fn closing_lines() {
        let usage = Usage { bytes: 41_000_000, reused: false, elapsed: Duration::from_millis(2310) };
        assert_eq!(closing_line(&usage), "Athena read 41 MB, $0.0002, in 2.31 s");
        let reused = Usage { reused: true, ..usage };
        assert_eq!(closing_line(&reused), "Athena reused an earlier answer, $0, in 2.31 s");
    }

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
