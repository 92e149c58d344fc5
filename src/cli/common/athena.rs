//! What every command that asks Athena needs: which database, as whom, at what cost.

use alblog::time::DAY;
use anyhow::{Result, bail};
use clap::Args;

use super::messages::message;
use crate::ask::athena::{Athena, Estimate, Options, Statement, Usage, dollars};
use crate::ask::selection::Window;
use crate::base::aws::Identity;
use crate::base::clock::{now, to_the_minute};
use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::place::Place;
use crate::base::s3_address::S3Address;
use crate::base::shown::Shown;
use crate::lake::export;
use crate::output::human;

/// Where statements run.
#[derive(Debug, Args)]
pub(in crate::cli) struct DatabaseArgs {
    /// Athena's database [default: albstats]
    #[arg(long, value_name = "NAME", help_heading = "Athena")]
    pub(super) database: Option<String>,
    /// Athena's workgroup [default: primary]
    #[arg(long, value_name = "NAME", help_heading = "Athena")]
    pub(super) workgroup: Option<String>,
    /// Where Athena puts results, if the workgroup does not say
    #[arg(long, value_name = "s3://…", help_heading = "Athena")]
    pub(super) output_location: Option<S3Address>,
}

impl DatabaseArgs {
    /// As it was typed, to be typed again.
    pub(in crate::cli) fn words(&self) -> impl Iterator<Item = String> {
        let given = [
            ("--database", self.database.clone()),
            ("--workgroup", self.workgroup.clone()),
            ("--output-location", self.output_location.as_ref().map(ToString::to_string)),
        ];
        given.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?])).flatten()
    }

    pub(in crate::cli) fn database(&self) -> &str {
        self.database.as_deref().unwrap_or("albstats")
    }

    pub(in crate::cli) fn options(&self) -> Options {
        Options {
            database: self.database().to_owned(),
            workgroup: self.workgroup.clone(),
            output_location: self.output_location.clone(),
        }
    }
}

/// One thread is enough to wait for Athena.
pub(in crate::cli) fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// As whom Athena is asked: as a source that was named, else as the environment says.
pub(in crate::cli) fn identity(from: &[String], config: &Config) -> Result<Identity> {
    let [name] = from else {
        if from.is_empty() {
            return Ok(Identity::default());
        }
        bail!("--engine athena takes one --from, the name of a source, for its profile and role");
    };
    match config.sources.get(name) {
        Some(source) => Ok(source.identity()),
        None => bail!(
            Message::new(format_args!("--engine athena reads the tables of a database, not {name}"))
                .hint("leave --from out, or name a source for its profile and role")
        ),
    }
}

/// Says from when on a source's export has nothing, for Athena reads nothing else. That it cannot be looked at is no reason not to
/// ask.
pub(in crate::cli) async fn say_lacking(from: &[String], config: &Config, window: &Window, quiet: bool) {
    for (name, source) in config.sources_in(from).filter(|_| !quiet) {
        let Some(place) = source.exported() else { continue };
        let end = window.until.unwrap_or_else(now);
        let lacking = match reach(place, window, end).await {
            Ok(Some(reach)) if reach >= end => continue,
            Ok(Some(reach)) => format!("reaches to {} UTC, and Athena no further", to_the_minute(reach)),
            Ok(None) => "has nothing of this time".to_owned(),
            Err(error) => format!("cannot be looked at ({:#})", Shown(error)),
        };
        let notice = Message::new(format_args!("notice: the export of {} {lacking}", Shown(name)));
        message(notice.hint("--engine local reads on from the logs"));
    }
}

/// The end of the last hour of the window that an export has.
async fn reach(export: Place, window: &Window, end: i64) -> Result<Option<i64>> {
    let Some(export) = export::find(&[export]).await?.exports.pop() else { return Ok(None) };
    // The last days will do: an export that is further behind has other troubles.
    let recorded = export.recorded(&(window.since.unwrap_or(end - 7 * DAY)..end)).await?;
    Ok(recorded.iter().map(|recorded| recorded.slot.end()).max())
}

/// Opens a connection and says what is to be known about it.
pub(in crate::cli) async fn connect(identity: &Identity, database: &DatabaseArgs, quiet: bool) -> Result<Athena> {
    let athena = Athena::connect(identity, database.options()).await?;
    for notice in &athena.notices {
        say(quiet, format_args!("notice: {notice}"));
    }
    Ok(athena)
}

fn say(quiet: bool, text: std::fmt::Arguments) {
    if !quiet {
        message(text);
    }
}

/// Refuses a statement that may read more than `most` dollars' worth, and says what it may read at most.
pub(in crate::cli) async fn check_cost(
    athena: &Athena,
    statement: &Statement,
    window: &Window,
    most: f64,
    quiet: bool,
) -> Result<()> {
    match athena.estimate(statement, window).await? {
        Estimate::AtMost(bytes) if dollars(bytes) > most => bail!(
            Message::new(format_args!(
                "the statement may read {}, for about ${}; --max-cost is ${}",
                human::bytes(bytes),
                money(dollars(bytes)),
                money(most)
            ))
            .hint(format_args!(
                "narrow it with --since and --until, or allow it with --max-cost {}",
                money(rounded_up(dollars(bytes)))
            ))
        ),
        Estimate::AtMost(bytes) => {
            say(quiet, format_args!("at most {} to read, ${}", human::bytes(bytes), money(dollars(bytes))));
        }
        Estimate::Unknown(reason) => {
            say(quiet, format_args!("notice: --max-cost is not checked, the cost cannot be estimated: {reason}"));
        }
    }
    Ok(())
}

/// `Athena read 41 MB, $0.0002, in 2.31 s`
pub(in crate::cli) fn closing_line(usage: &Usage) -> String {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
}
