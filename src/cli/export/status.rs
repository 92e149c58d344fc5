//! `albstats export status`: which hours are exported, and which are missing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use alblog::time::{DAY, Iso};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use super::super::common::source::runtime;
use super::super::common::time::{self, PointInTime};
use super::super::common::{GlobalArgs, message};
use super::{Shape, target};
use crate::base::clock::{now, to_the_minute};
use crate::base::config::{Overrides, TimeSpan};
use crate::base::outcome::Outcome;
use crate::base::place::Place;
use crate::lake::export::status::{Hour, Status, status};
use crate::lake::export::{ExportProgress, ExportSpec, Policy, SETTINGS_PATH, Settings};
use crate::output::{Destination, Format, human};

const EXAMPLES: &str = "\
An hour is missing when its logs are there and it is not exported, or not all of them. Hours without logs are no gaps.

Examples:
  albstats export status --to s3://acme-alb-lake/v1
  albstats export status --to ./lake --since 2026-09-01 --format json
  albstats export status --to s3://acme-alb-lake/v1 -o /var/lib/node_exporter/albstats.prom

Exit codes: 0 nothing is missing, 1 something is, 2 could not find out, 3 not all sources could be listed";

/// Show which hours are exported and which are missing
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct StatusArgs {
    /// The export: a folder or s3://bucket/prefix
    #[arg(long, value_name = "WHERE")]
    to: String,
    /// Where its logs are [default: where they were when it was created]
    #[arg(long, value_name = "WHERE")]
    from: Vec<String>,
    /// From this time on [default: 30d]
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    since: Option<PointInTime>,
    /// Leave out hours that ended less than this ago
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    settle: TimeSpan,
    /// table or json
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Shape,
    /// Write to a file; one whose name ends in .prom is for Prometheus' node exporter
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &StatusArgs, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides::default())?;
    let runtime = runtime(&config)?;
    let target = target::open(&args.to, true, &runtime)?;
    let Some(json) = target.read(&[SETTINGS_PATH.to_owned()])?.pop().flatten() else {
        bail!("{} is no export: it has no {SETTINGS_PATH}", args.to);
    };
    let settings = Settings::read(&json, &args.to)?;
    let places = if args.from.is_empty() {
        // The source by whose name it was created says as whom it is read.
        let known = config.sources.values().flat_map(crate::base::config::SourceConfig::places);
        let known: Vec<Place> = known.collect();
        let place = |name: &String| {
            known
                .iter()
                .find(|place| place.from.trim_end_matches('/') == name)
                .cloned()
                .unwrap_or_else(|| Place::new(name))
        };
        settings.sources.iter().map(place).collect()
    } else {
        target::anchored(config.resolve_from(&args.from)?)?
    };
    let settled = now() - i64::try_from(args.settle.get().as_micros())?;
    let spec = ExportSpec {
        places,
        settings,
        since: args.since.map_or_else(|| now() - 30 * DAY, |time| time.0),
        until: settled,
        shard: None,
        policy: Policy::default(),
        dry_run: true,
        workers: 1,
    };
    let found = status(&spec, target.as_ref(), &ExportProgress::default(), runtime.handle())?;
    runtime.shutdown_background();
    let prometheus = args.output.as_ref().is_some_and(|path| path.extension().is_some_and(|name| name == "prom"));
    let mut text = match args.format {
        _ if prometheus => prometheus_text(&found),
        Shape::Json => serde_json::to_string_pretty(&Document::new(&found)).context("no JSON")? + "\n",
        Shape::Table => calendar(&found, &args.to),
    };
    let mut destination = Destination::open(args.output.as_deref(), Format::Table)?;
    destination.write_all(std::mem::take(&mut text).as_bytes())?;
    destination.commit()?;
    for problem in found.problems.iter().take(5) {
        message(format_args!("warning: {}: {}", problem.object, problem.message));
    }
    Ok(match (found.missing(), found.problems.is_empty()) {
        (1.., _) => Outcome::ConditionHolds,
        (0, true) => Outcome::Done,
        (0, false) => Outcome::Incomplete,
    })
}

/// A line for each day, a cell for each hour.
fn calendar(found: &Status, to: &str) -> String {
    let mut text = format!("{to}\n\n  DAY         0     6     12    18\n");
    // Writing to a String cannot fail.
    for (day, hours) in &found.days {
        let cells: String = hours.iter().map(|hour| cell(*hour)).collect();
        let missing = hours.iter().filter(|hour| **hour == Hour::Missing).count();
        let remark = if missing == 0 { String::new() } else { format!("  {missing} missing") };
        let _ = writeln!(text, "  {day}  {cells}{remark}");
    }
    text.push_str("\n  █ exported  ▒ out of date or missing  · no logs");
    text.push_str(if found.days.values().flatten().any(|hour| *hour == Hour::Later) {
        "    not yet due\n\n"
    } else {
        "\n\n"
    });
    match found.missing() {
        0 => {
            let _ = match (found.first, found.last) {
                (Some(first), Some(last)) => {
                    writeln!(text, "ok       no gap from {} to {}", to_the_minute(first), to_the_minute(last))
                }
                _ => writeln!(text, "ok       nothing is exported, and nothing is there to be"),
            };
        }
        count => {
            let _ = writeln!(text, "missing  {} of {} slots", human::count(count), human::count(found.slots));
            let first = found.first_missing.map(to_the_minute).unwrap_or_default();
            let _ = writeln!(text, "next     albstats export --to {to} --since {} --from …", first.replace(' ', "T"));
        }
    }
    text
}

fn cell(hour: Hour) -> char {
    match hour {
        Hour::Exported => '█',
        Hour::Missing => '▒',
        Hour::Empty => '·',
        Hour::Later => ' ',
    }
}

/// <https://prometheus.io/docs/instrumenting/exposition_formats/>
fn prometheus_text(found: &Status) -> String {
    let seconds = |time: Option<i64>| time.map_or(0, |time| time / 1_000_000);
    format!(
        "\
# HELP albstats_export_slots Slots of the export in the window that was looked at.
# TYPE albstats_export_slots gauge
albstats_export_slots{{state=\"exported\"}} {}
albstats_export_slots{{state=\"missing\"}} {}
# HELP albstats_export_last_slot_end_timestamp_seconds End of the last exported slot.
# TYPE albstats_export_last_slot_end_timestamp_seconds gauge
albstats_export_last_slot_end_timestamp_seconds {}
# HELP albstats_export_checked_timestamp_seconds When this was found out.
# TYPE albstats_export_checked_timestamp_seconds gauge
albstats_export_checked_timestamp_seconds {}
",
        found.slots - found.missing(),
        found.missing(),
        seconds(found.last),
        seconds(Some(now())),
    )
}

#[derive(Serialize)]
struct Document<'a> {
    first: Option<String>,
    last: Option<String>,
    slots: u64,
    missing: &'a BTreeMap<String, String>,
    days: BTreeMap<&'a str, String>,
}

impl<'a> Document<'a> {
    fn new(found: &'a Status) -> Self {
        let text = |hours: &[Hour; 24]| hours.iter().map(|hour| cell(*hour)).collect();
        Self {
            first: found.first.map(|time| Iso(time).to_string()),
            last: found.last.map(|time| Iso(time).to_string()),
            slots: found.slots,
            missing: &found.missing,
            days: found.days.iter().map(|(day, hours)| (day.as_str(), text(hours))).collect(),
        }
    }
}
