//! `albstats export status`: which hours are exported, and which are missing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use alblog::time::{DAY, Iso};
use anyhow::{Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::super::common::source::runtime;
use super::super::common::time::{self, Clock, PointInTime};
use super::super::common::{GlobalArgs, candidates, message};
use super::screen::{name_damaged, name_foreign};
use super::{ProblemLine, pretty_json, target};
use crate::base::clock::{now, to_the_minute};
use crate::base::config::{Config, Overrides, TimeSpan};
use crate::base::outcome::Outcome;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::cli::common::presenting::Output;
use crate::cli::common::printing::PrintingArgs;
use crate::lake::export::status::{Hour, Status, status};
use crate::lake::export::{ExportProgress, ExportSpec, Policy, SETTINGS_PATH, anchored};
use crate::output::document::{Block, Column, Document, Finding, Next, Note, Point, Row, Table, Tone, Unit, Value};
use crate::output::{Format, human};
use crate::read::storage::MAX_LISTS;

const EXAMPLES: &str = "\
An hour is missing when its logs are there and it is not exported, or not all of them. Hours without logs are no gaps.

-o FILE.prom writes metrics for Prometheus' node exporter.

Examples:
  albstats export status --to s3://acme-alb-lake/v1
  albstats export status --to ./lake --since 2026-09-01 --format json
  albstats export status --to s3://acme-alb-lake/v1 -o /var/lib/node_exporter/albstats.prom

Exit codes: 0 nothing is missing, 1 something is, or there are files that are none of the export's, 2 could not find out,
3 not all sources could be listed, or objects of exported hours are damaged or were left out";

/// Show which hours are exported and which are missing
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct StatusArgs {
    /// The export: a folder or s3://bucket/prefix
    #[arg(long, value_name = "WHERE", add = ArgValueCompleter::new(candidates::places))]
    to: String,
    /// Where its logs are [default: where they were when it was created]
    #[arg(long, value_name = "WHERE", add = ArgValueCompleter::new(candidates::places))]
    from: Vec<String>,
    /// From this time on [default: 30d]
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    since: Option<PointInTime>,
    /// Leave out hours that ended less than this ago
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    settle: TimeSpan,
    #[command(flatten)]
    printing: PrintingArgs,
}

/// What is written.
enum Way {
    /// A metric for Prometheus' node exporter.
    Metric(Output),
    /// For people and programs.
    Answer(Output),
}

impl Way {
    fn open(printing: &PrintingArgs, config: &Config) -> Result<Self> {
        let is_metric = |path: &Path| path.extension().is_some_and(|name| name == "prom");
        match printing.output.as_deref().filter(|path| is_metric(path)) {
            Some(path) => Ok(Self::Metric(Output::to(Some(path), Format::Table)?)),
            None => Ok(Self::Answer(Output::open(printing, config)?)),
        }
    }
}

pub(super) fn run(args: &StatusArgs, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides::default())?;
    let way = Way::open(&args.printing, &config)?;
    let runtime = runtime(&config)?;
    let target = target::open(&Place::new(&args.to), true, &runtime, Arc::new(Semaphore::new(0)))?;
    let Some(settings) = target::settings(target.as_ref())? else {
        bail!("{} is no export: it has no {SETTINGS_PATH}", Shown(&args.to));
    };
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
        anchored(config.resolve_from(&args.from)?)?
    };
    let (since, _) = Clock::new(None, global.quiet).window(args.since.as_ref(), None)?;
    let settled = now() - i64::try_from(args.settle.get().as_micros())?;
    let spec = ExportSpec {
        places,
        settings,
        since: since.unwrap_or_else(|| now() - 30 * DAY),
        until: settled,
        shard: None,
        policy: Policy::default(),
        dry_run: true,
        workers: 1,
        duplicates: false,
        max_lists: MAX_LISTS,
        cache: None,
    };
    let found = status(&spec, target.as_ref(), &ExportProgress::default(), runtime.handle())?;
    runtime.shutdown_background();
    match way {
        Way::Metric(output) => output.write_text(&prometheus_text(&found))?,
        Way::Answer(output) if output.format() == Format::Json => {
            output.write_text(&pretty_json(&JsonStatus::new(&found))?)?;
        }
        Way::Answer(output) => output.write(&document(&found, &args.to))?,
    }
    for problem in found.problems.iter().take(5) {
        message(format_args!("warning: {}: {}", Shown(&problem.object), problem.message));
    }
    name_damaged(&found.damaged);
    name_foreign(&found.foreign);
    let is_whole = found.problems.is_empty() && found.damaged.is_empty();
    Ok(match (found.missing(), is_whole) {
        (1.., _) => Outcome::ConditionHolds,
        (0, _) if !found.foreign.is_empty() => Outcome::ConditionHolds,
        (0, true) => Outcome::Done,
        (0, false) => Outcome::Incomplete,
    })
}

/// A row for each day, with a cell for each hour.
fn document(found: &Status, to: &str) -> Document {
    let missing = found.missing();
    let (label, text, tone) = match (missing, found.first, found.last) {
        (0, Some(first), Some(last)) => {
            ("ok", format!("no gap from {} to {}", to_the_minute(first), to_the_minute(last)), Tone::Plain)
        }
        (0, ..) => ("ok", "nothing is exported, and nothing is there to be".to_owned(), Tone::Plain),
        _ => ("missing", format!("{} of {} slots", human::count(missing), human::count(found.slots)), Tone::Bad),
    };
    let mut findings = vec![Finding { label: label.to_owned(), text, tone }];
    if !found.foreign.is_empty() {
        let text = format!("{} that no record names", human::plural(found.foreign.len() as u64, "file"));
        findings.push(Finding { label: "foreign".to_owned(), text, tone: Tone::Bad });
    }
    if !found.damaged.is_empty() {
        let text = format!("{} of which rows are missing", human::plural(found.damaged.len() as u64, "object"));
        findings.push(Finding { label: "damaged".to_owned(), text, tone: Tone::Bad });
    }
    let since = |first| to_the_minute(first).replace(' ', "T");
    let next = found
        .first_missing
        .map(|first| Next::command(["albstats", "export", "--to", to, "--since", &since(first), "--from", "WHERE"]));
    // The other two, which are drawn as in every line of bars.
    let legend = ["█ exported", "▒ out of date or missing", "else no logs, or not yet due"];
    Document {
        title: format!("Exported hours of {to}"),
        blocks: vec![
            Block::Table(calendar(found)),
            Block::Findings(findings),
            Block::Notes(vec![Note { label: "hours".to_owned(), parts: legend.map(str::to_owned).to_vec() }]),
        ],
        next: next.into_iter().collect(),
        ..Document::default()
    }
}

fn calendar(found: &Status) -> Table {
    let column = |name, heading, unit| Column { sparse: true, ..Column::new(name, heading, unit) };
    let row = |(day, hours): (&String, &[Hour; 24])| {
        let of = |state| Value::count(hours.iter().filter(|hour| **hour == state).count() as u64);
        let cells = Value::Series(hours.iter().map(|hour| point(*hour)).collect());
        Row::new(vec![Value::Text(day.clone()), cells, of(Hour::Exported), of(Hour::Missing)])
    };
    Table {
        columns: vec![
            column("day", "DAY", Unit::Text),
            column("hours", "0     6     12    18", Unit::Series),
            column("exported", "EXPORTED", Unit::Count),
            column("missing", "MISSING", Unit::Count),
        ],
        rows: found.days.iter().map(row).collect(),
        ..Table::default()
    }
}

fn point(hour: Hour) -> Point {
    match hour {
        Hour::Exported => Point::Value(1.0),
        Hour::Missing => Point::Missing,
        Hour::Empty => Point::Value(0.0),
        Hour::Later => Point::Nothing,
    }
}

/// As JSON has it.
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
# HELP albstats_export_damaged_objects Objects of exported slots of which rows are missing.
# TYPE albstats_export_damaged_objects gauge
albstats_export_damaged_objects {}
# HELP albstats_export_last_slot_end_timestamp_seconds End of the last exported slot.
# TYPE albstats_export_last_slot_end_timestamp_seconds gauge
albstats_export_last_slot_end_timestamp_seconds {}
# HELP albstats_export_checked_timestamp_seconds When this was found out.
# TYPE albstats_export_checked_timestamp_seconds gauge
albstats_export_checked_timestamp_seconds {}
",
        found.slots - found.missing(),
        found.missing(),
        found.damaged.len(),
        seconds(found.last),
        seconds(Some(now())),
    )
}

#[derive(Serialize)]
struct JsonStatus<'a> {
    first: Option<String>,
    last: Option<String>,
    slots: u64,
    missing: &'a BTreeMap<String, String>,
    foreign: &'a [String],
    damaged: Vec<ProblemLine<'a>>,
    days: BTreeMap<&'a str, String>,
}

impl<'a> JsonStatus<'a> {
    fn new(found: &'a Status) -> Self {
        let text = |hours: &[Hour; 24]| hours.iter().map(|hour| cell(*hour)).collect();
        Self {
            first: found.first.map(|time| Iso(time).to_string()),
            last: found.last.map(|time| Iso(time).to_string()),
            slots: found.slots,
            missing: &found.missing,
            foreign: &found.foreign,
            damaged: found.damaged.iter().map(ProblemLine::of).collect(),
            days: found.days.iter().map(|(day, hours)| (day.as_str(), text(hours))).collect(),
        }
    }
}
