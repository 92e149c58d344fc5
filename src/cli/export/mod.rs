//! `albstats export`: logs to Parquet files that every engine reads; `albstats export status`: whether any are missing.

mod screen;
mod status;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use alblog::time::{DAY, Iso};
use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::common::cache::{self, CacheArgs};
use super::common::export_target as target;
use super::common::interruption::interrupted;
use super::common::replacing::refuse_over_places;
use super::common::selection::ListingArgs;
use super::common::source::runtime;
use super::common::time::{self, Clock, PointInTime};
use super::common::{GlobalArgs, candidates};
use crate::base::clock::now;
use crate::base::config::{self, Config, Overrides, TimeSpan};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::place::Place;
use crate::cli::common::presenting::Output;
use crate::cli::common::printing::PrintingArgs;
use crate::lake::export::{
    DayReport, ExportProgress, ExportReport, ExportSpec, Policy, Redacted, Redaction, Settings, SlotLength, anchored,
    run as export, source_name,
};
use crate::output::{Format, human};
use crate::read::scan::Problem;
use crate::read::storage::MAX_LISTS;

const EXAMPLES: &str = "\
Every run brings the export up to date: what is missing is written, late objects are added, and the
rest is left alone. So it can run every night, every hour, twice, or again after it was killed.

Examples:
  albstats export --from s3://acme-alb-logs --to s3://acme-alb-lake/v1
  albstats export --from prod --to ./lake --since 30d --redact query-strings,client-ip
  albstats export --from prod --to ./lake --dry-run
  albstats export --from prod --to s3://acme-alb-lake/v1 --shard $JOB_COMPLETION_INDEX/4
  albstats export status --to s3://acme-alb-lake/v1
  albstats query --from ./lake \"SELECT day, count(*) FROM requests GROUP BY day ORDER BY day\"";

/// Keep a Parquet copy of the logs, for Athena and every other engine
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct ExportArgs {
    #[command(subcommand)]
    command: Option<ExportCommand>,
    /// Folder, glob, s3://bucket/prefix or a source's name; may be repeated. Fixed when the export is created
    #[arg(long, value_name = "WHERE", add = ArgValueCompleter::new(candidates::places))]
    from: Vec<String>,
    /// Folder or s3://bucket/prefix to write to
    #[arg(long, value_name = "WHERE", required = true, add = ArgValueCompleter::new(candidates::places))]
    to: Option<String>,
    /// Hours from this time on: 3d (ago), yesterday, 2026-11-20 (UTC) [default: 3d]
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    since: Option<PointInTime>,
    /// Hours that end by this time [default: now]
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    until: Option<PointInTime>,
    /// Leave an hour alone for this long after its end, until its objects have come
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    settle: TimeSpan,
    /// Write only part K of N, K from 0: several machines share the work without talking to each other
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// Leave out: query-strings, client-ip (keeps /24 and /48), client-certificates. Fixed when the export is created
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    redact: Vec<Redacted>,
    /// How much time a file covers. Fixed when the export is created
    #[arg(long, value_name = "LENGTH", default_value = "hour")]
    slot: Length,
    /// Say what would be written and why, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write what changed even if logs it was made from have expired, or have fewer rows now: those rows are lost
    #[arg(long)]
    allow_shrink: bool,
    /// Write everything in the window again whose logs are all still there
    #[arg(long)]
    rewrite: bool,
    #[command(flatten)]
    listing: ListingArgs,
    #[command(flatten)]
    cache: CacheArgs,
    /// Hours written at the same time [default: one per core]
    #[arg(long, value_name = "N", value_parser = config::threads)]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    printing: PrintingArgs,
}

#[derive(Debug, Subcommand)]
enum ExportCommand {
    Status(status::StatusArgs),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Length {
    Hour,
    Day,
}

/// `k/n`
#[derive(Debug, Clone, Copy)]
struct Shard(u64, u64);

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((k, n)) if k < n => Ok(Self(k, n)),
            _ => Err("expected K/N with K from 0 to N-1, such as 0/4".to_owned()),
        }
    }
}

pub(super) fn run(args: &ExportArgs, global: &GlobalArgs) -> Result<Outcome> {
    match (&args.command, &args.to) {
        (Some(ExportCommand::Status(args)), _) => status::run(args, global),
        (None, Some(to)) => bring_up_to_date(args, to, global),
        (None, None) => bail!("--to is missing"),
    }
}

fn bring_up_to_date(args: &ExportArgs, to: &str, global: &GlobalArgs) -> Result<Outcome> {
    let started = Instant::now();
    let place = Place::new(to);
    let config =
        global.load_config(Overrides { threads: args.threads, cache: args.cache.cache, ..Overrides::default() })?;
    let output = Output::open(&args.printing, &config)?;
    let spec = spec(args, &config, global.quiet)?;
    target::check_apart(&spec.places, "export", &place)?;
    refuse_over_places(&spec.places, &place, output.replaces())?;
    let window = spec.window();
    if window.is_empty() {
        bail!(
            Message::new(format_args!("no whole {} ends in this window", spec.settings.slot))
                .hint("an earlier --since, or --settle 0s")
        );
    }
    let runtime = runtime(&config)?;
    let ended = Arc::new(Semaphore::new(0));
    let target = target::open(&place, args.dry_run, &runtime, Arc::clone(&ended))?;
    let progress = Arc::new(ExportProgress::default());
    runtime.spawn(stop_on_signal(Arc::clone(&progress), ended));
    let bar = draw(&progress, global.quiet);
    let report = export(&spec, target.as_ref(), &progress, runtime.handle());
    bar.finish_and_clear();
    let report = report?;
    runtime.shutdown_background();

    let elapsed = started.elapsed();
    if output.format() == Format::Json {
        output.write_text(&pretty_json(&JsonReport::new(&spec, &report, elapsed))?)?;
    } else {
        output.write(&screen::document(&spec, to, &report, elapsed))?;
    }
    screen::remarks(&report, args.dry_run, global.quiet);
    Ok(if report.is_incomplete() { Outcome::Incomplete } else { Outcome::Done })
}

fn spec(args: &ExportArgs, config: &Config, quiet: bool) -> Result<ExportSpec> {
    let places = anchored(config.resolve_from(&args.from)?)?;
    let slot = match args.slot {
        Length::Hour => SlotLength::Hour,
        Length::Day => SlotLength::Day,
    };
    let sources = places.iter().map(source_name).collect::<Result<Vec<String>>>()?;
    let redaction: Redaction = args.redact.iter().copied().collect();
    let (since, until) = Clock::new(None, quiet).window(args.since.as_ref(), args.until.as_ref())?;
    let settled = now() - i64::try_from(args.settle.get().as_micros())?;
    Ok(ExportSpec {
        places,
        settings: Settings::new(slot, sources, redaction),
        since: since.unwrap_or_else(|| now() - 3 * DAY),
        until: until.map_or(settled, |until| settled.min(until)),
        shard: args.shard.map(|Shard(k, n)| (k, n)),
        policy: Policy { allow_shrink: args.allow_shrink, rewrite: args.rewrite },
        dry_run: args.dry_run,
        workers: config.threads.value.get(),
        duplicates: args.listing.allow_duplicates,
        max_lists: args.listing.max_lists.unwrap_or(MAX_LISTS),
        cache: if args.dry_run { None } else { cache::open(config) },
    })
}

/// So long may requests that are under way go on after a signal.
const LAST_REQUESTS: Duration = Duration::from_secs(1);

/// SIGINT and SIGTERM end the run: what is not finished is given up, and what is finished stays.
async fn stop_on_signal(progress: Arc<ExportProgress>, ended: Arc<Semaphore>) {
    interrupted().await;
    progress.stop.store(true, Relaxed);
    tokio::time::sleep(LAST_REQUESTS).await;
    ended.close();
}

/// A bar on a terminal; nothing anywhere else.
fn draw(progress: &Arc<ExportProgress>, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    bar.set_style(template);
    let (drawn, progress) = (bar.clone(), Arc::clone(progress));
    std::thread::spawn(move || {
        while !drawn.is_finished() {
            drawn.set_message(format!(
                "{} of {} slots, {} read, {} rows, {}",
                human::count(progress.done.load(Relaxed)),
                human::count(progress.slots.load(Relaxed)),
                human::bytes(progress.reading.bytes.load(Relaxed)),
                human::count(progress.reading.rows.load(Relaxed)),
                human::elapsed(drawn.elapsed()),
            ));
            drawn.tick();
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    bar
}

/// Indented, and with an end of line.
fn pretty_json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// The report as JSON, which says more than rows can.
#[derive(Serialize)]
struct JsonReport<'a> {
    since: String,
    until: String,
    days: &'a BTreeMap<String, DayReport>,
    total: DayReport,
    written: Vec<SlotLine>,
    incomplete: Vec<ProblemLine<'a>>,
    damaged: Vec<ProblemLine<'a>>,
    foreign: &'a [String],
    rejected_lines: u64,
    seconds: f64,
}

#[derive(Serialize)]
struct SlotLine {
    slot: String,
    why: String,
}

#[derive(Serialize)]
struct ProblemLine<'a> {
    object: &'a str,
    message: &'a Message,
}

impl<'a> ProblemLine<'a> {
    fn of(problem: &'a Problem) -> Self {
        Self { object: &problem.object, message: &problem.message }
    }
}

impl<'a> JsonReport<'a> {
    fn new(spec: &ExportSpec, report: &'a ExportReport, elapsed: Duration) -> Self {
        let window = spec.window();
        Self {
            since: Iso(window.start).to_string(),
            until: Iso(window.end).to_string(),
            days: &report.days,
            total: report.total(),
            written: report
                .written
                .iter()
                .map(|(slot, why)| SlotLine { slot: slot.to_string(), why: why.to_string() })
                .collect(),
            incomplete: report.incomplete.iter().map(ProblemLine::of).collect(),
            damaged: report.damaged.iter().map(ProblemLine::of).collect(),
            foreign: &report.foreign,
            rejected_lines: report.rejected_lines,
            seconds: elapsed.as_secs_f64(),
        }
    }
}
