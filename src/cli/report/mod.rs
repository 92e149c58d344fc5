//! `albstats report`: a question of the library, or of a file of one's own, over logs.

mod athena;
mod listing;
mod request;
mod served;
mod watch;
mod within;

use std::ops::Range;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use tokio::runtime::Runtime;
use tokio::task::block_in_place;

use super::common::athena::{identity, runtime as single_thread, say_lacking};
use super::common::engine::EngineArgs;
use super::common::interruption::interrupted;
use super::common::printing::PrintingArgs;
use super::common::progress::SharedDrawing;
use super::common::replacing::refuse_over;
use super::common::source::{SourceArgs, limits, runtime};
use super::common::target_groups::TargetGroupsArgs;
use super::common::time::{self, PointInTime};
use super::common::{GlobalArgs, candidates, message, summary};
use crate::ask::query::{Engine, Source};
use crate::ask::selection::Selection;
use crate::base::clock::now;
use crate::base::config::{Config, Overrides, Pause, Stretch, TimeSpan};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::cli::common::presenting::Output;
use crate::output::Format;
use crate::output::document::Document;
use crate::report::{Ask, Local, QueryFile, Session, Threshold, library, make};
use athena::OnAthena;
use request::ReportRequest;

pub(super) use served::{Desk, complete_until, selected, serve};
pub(super) use within::{Host, flags, parse_words, run_in};

const EXAMPLES: &str = "\
`albstats report` lists the reports by question, `albstats report NAME --describe` says what one takes and shows. A \
file of your own works the same: ./mine.sql

Examples:
  albstats report latency --from ./logs
  albstats report errors --from prod --since 1h --service checkout/checkout-api
  albstats report why --from prod --around 2026-11-22T02:55 --status 502 -o incident.html
  albstats report trace 1-6b02589c-3f0e6a5d2c1b4a7988e6f012 --from ./logs
  albstats report overview --from prod --since 1h --watch 30s
  albstats report compare --from prod --at 2026-11-22T14:05 --window 30m --settle 5m
  albstats report latency --from prod --since 1h --fail-if 'target_p99 > 1500ms' --min-requests 1000
  albstats query --from ./logs \"$(albstats report latency --from ./logs --show-sql)\"

Exit codes: 0 done, 1 a condition of --fail-if holds, 2 could not do it, 3 done but something could not be read, or
--fail-if had nothing to compare or minutes of the window are not delivered";

const ROWS: &str = "Which requests";
const REPORT: &str = "The report";
const ALARM: &str = "Thresholds";

/// Answer a question people have: latency, errors and why, slow paths, what changed, and twenty more
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReportArgs {
    /// Which report, or a query file; none lists them
    #[arg(value_name = "NAME|FILE.sql", add = ArgValueCompleter::new(candidates::reports))]
    name: Option<String>,
    /// What it is about, for reports of one thing: a trace id or TID_… for `trace`
    #[arg(value_name = "WHAT")]
    what: Option<String>,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    rows: RowArgs,
    #[command(flatten)]
    shape: ShapeArgs,
    #[command(flatten)]
    compare: CompareArgs,
    /// Exit 1 and name the rows if this holds for any: 'target_p99 > 1500ms', 'elb_5xx_rate > 1%'; may be repeated
    #[arg(long, value_name = "CONDITION", help_heading = ALARM)]
    fail_if: Vec<String>,
    /// Rows with fewer requests than this do not count for --fail-if
    #[arg(long, value_name = "N", requires = "fail_if", help_heading = ALARM)]
    min_requests: Option<u64>,
    #[command(flatten)]
    target_groups: TargetGroupsArgs,
    #[command(flatten)]
    printing: PrintingArgs,
    /// Show query strings in HTML, which may hold what your clients would not want attached to a ticket
    #[arg(long, help_heading = "Output")]
    show_query_strings: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

impl ReportArgs {
    /// Puts what was typed over the configuration.
    fn overrides(&self) -> Overrides {
        Overrides { format: self.printing.format.map(|format| format.to_string()), ..self.source.overrides() }
    }
}

/// Which rows, beside time and load balancer. Several values of one flag are alternatives.
#[derive(Debug, Args)]
struct RowArgs {
    /// Only load balancers of this account: its 12 digits; may be repeated
    #[arg(long, value_name = "NUMBER", help_heading = ROWS)]
    account: Vec<String>,
    /// Only load balancers of this region, or a pattern: eu-*; may be repeated
    #[arg(long, value_name = "REGION", help_heading = ROWS)]
    region: Vec<String>,
    /// Only this target group: its name, ARN, or a pattern with *; may be repeated
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::target_groups), help_heading = ROWS)]
    target_group: Vec<String>,
    /// Only this Kubernetes service: NAMESPACE/NAME, or a pattern: checkout/*; may be repeated
    #[arg(long, value_name = "NS/NAME", add = ArgValueCompleter::new(candidates::services), help_heading = ROWS)]
    service: Vec<String>,
    /// Only this target: 10.0.42.17, 10.0.42.17:8080, or a network; may be repeated
    #[arg(long, value_name = "ADDRESS", help_heading = ROWS)]
    target: Vec<String>,
    /// Only this host of the URL, or a pattern: *.example.com; may be repeated
    #[arg(long, value_name = "HOST", help_heading = ROWS)]
    host: Vec<String>,
    /// Only this path, or a pattern: /api/*; may be repeated
    #[arg(long, value_name = "PATH", help_heading = ROWS)]
    path: Vec<String>,
    /// Only requests with this method, such as POST; may be repeated
    #[arg(long, value_name = "METHOD", help_heading = ROWS)]
    method: Vec<String>,
    /// Only clients of this address or network: 10.0.0.0/8, 2001:db8::/32; may be repeated
    #[arg(long, value_name = "CIDR", help_heading = ROWS)]
    client: Vec<String>,
    /// Only these status codes of the load balancer: 502, 5xx, 500-504; may be repeated
    #[arg(long, value_name = "CODES", help_heading = ROWS)]
    status: Vec<String>,
}

/// What the report looks like.
#[derive(Debug, Args)]
struct ShapeArgs {
    /// What a row is: target_group, elb, host, …; --describe lists what a report knows
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::dimensions), help_heading = REPORT)]
    by: Option<String>,
    /// Length of a bar [default: what fits]
    #[arg(long, value_name = "DURATION", help_heading = REPORT)]
    bucket: Option<Stretch>,
    /// Rows shown; 0 for all [default: 20]
    #[arg(long, value_name = "N", help_heading = REPORT)]
    top: Option<u32>,
    /// Point out what happened in the charts: 11:00='deploy checkout 1.42'; may be repeated
    #[arg(long, value_name = "TIME=TEXT", value_parser = mark, help_heading = REPORT)]
    mark: Vec<TypedMark>,
    /// Say what the report takes and shows, and read nothing
    #[arg(long, help_heading = REPORT)]
    describe: bool,
    /// Draw it anew every so often, on a terminal, until Ctrl-C
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["show_sql", "fail_if"], help_heading = REPORT)]
    watch: Option<Pause>,
    /// Print the report's statements with their values, as `albstats query` takes them, instead of their answer
    #[arg(long, help_heading = REPORT)]
    show_sql: bool,
}

/// What was typed for `--mark`.
#[derive(Debug, Clone)]
struct TypedMark {
    /// As it was typed.
    whole: String,
    time: PointInTime,
    text: String,
}

/// Reads `TIME=TEXT`.
fn mark(typed: &str) -> Result<TypedMark, String> {
    let (time, text) =
        typed.split_once('=').ok_or("expected a time and what happened: 11:00='deploy checkout 1.42'")?;
    if text.trim().is_empty() {
        return Err("says nothing of what happened: 11:00='deploy checkout 1.42'".to_owned());
    }
    Ok(TypedMark { whole: typed.to_owned(), time: time::parse(time)?, text: text.trim().to_owned() })
}

/// The two times of report `compare`.
#[derive(Debug, Args)]
struct CompareArgs {
    /// compare: before and after this time, as that of a deploy
    #[arg(long, value_name = "TIME", value_parser = time::parse, conflicts_with_all = ["since", "until", "around"], help_heading = REPORT)]
    at: Option<PointInTime>,
    /// compare: how much time before and after --at [default: 30m]
    #[arg(long, value_name = "DURATION", requires = "at", help_heading = REPORT)]
    window: Option<Stretch>,
    /// compare: time after --at that is left out, until everything has settled [default: 0s]
    #[arg(long, value_name = "DURATION", requires = "at", help_heading = REPORT)]
    settle: Option<TimeSpan>,
    /// compare: the same time so much earlier, as 1w
    #[arg(long, value_name = "DURATION", conflicts_with = "at", help_heading = REPORT)]
    baseline: Option<Stretch>,
}

pub(super) fn run(args: &ReportArgs, global: &GlobalArgs) -> Result<Outcome> {
    let Some(file) = asked(args)? else { return Ok(Outcome::Done) };
    let config = global.load_config(args.overrides())?;
    if let Some(every) = args.shape.watch {
        return watch::run(args, every.get(), &config, global);
    }
    let selection = args.source.selection().resolve(&config, global.quiet)?;
    let known = args.target_groups.read(&config, global)?;
    let mut request = ReportRequest::new(args, file, selection, known, global)?;
    let output = open(args, &config, &|printing, config| Output::open(printing, config))?;
    if args.engine.wants_athena()? {
        return single_thread()?.block_on(async {
            let window = request.selection.rows.window.clone();
            let identity = identity(&args.source.selection().from, &config)?;
            say_lacking(&args.source.selection().from, &config, &window, global.quiet).await;
            let engine = OnAthena::connect(&args.engine, &identity, window, global.quiet).await?;
            let outcome = print(&engine, &request, output, global).await?;
            engine.close(global.quiet);
            Ok(outcome)
        });
    }
    let started = Instant::now();
    let runtime = runtime(&config)?;
    let source = args.source.prepare(request.selection.clone(), &config, &runtime, global.quiet)?;
    refuse_over(&source, output.replaces())?;
    let printed = answer(&source, &mut request, args, output, &config, &runtime, global);
    // Threads that read may be waiting for standard input: they end with the program.
    runtime.shutdown_background();
    let outcome = printed?;
    let read = summary::finish(&source, started.elapsed(), global.quiet);
    Ok(if outcome == Outcome::Done { read } else { outcome })
}

/// The report that is to be made; none where it was only to be listed or described, which is done then.
fn asked(args: &ReportArgs) -> Result<Option<QueryFile>> {
    let Some(name) = &args.name else {
        listing::list()?;
        return Ok(None);
    };
    let file = library::find(name)?;
    if let Some(whole) = &file.part_of {
        bail!(
            Message::new(format_args!("{name} is a part of report {whole}"))
                .hint(format_args!("albstats report {whole}"))
        );
    }
    if args.shape.describe {
        listing::describe(&file)?;
        return Ok(None);
    }
    Ok(Some(file))
}

/// How an output is opened.
pub(super) type Opens<'a> = dyn Fn(&PrintingArgs, &Config) -> Result<Output> + 'a;

/// Where the report goes. SQL is text, whatever the report would be.
fn open(args: &ReportArgs, config: &Config, opens: &Opens) -> Result<Output> {
    if args.shape.show_sql {
        return Output::to(args.printing.output.as_deref(), Format::Table);
    }
    Ok(opens(&args.printing, config)?.with_query_strings(args.show_query_strings))
}

fn answer(
    source: &Source,
    request: &mut ReportRequest,
    args: &ReportArgs,
    mut output: Output,
    config: &Config,
    runtime: &Runtime,
    global: &GlobalArgs,
) -> Result<Outcome> {
    let prepare = |selection| args.source.prepare(selection, config, runtime, true);
    over(source, request, config, runtime, &prepare, async |local, request| {
        let drawing = SharedDrawing::start(source, !global.quiet);
        output.before_paging(drawing.before_paging());
        let printed = tokio::select! {
            printed = print(local, request, output, global) => printed,
            error = interrupted() => Err(error),
        };
        drawing.stop();
        printed
    })
}

/// Finds out what there is to read.
type Prepares<'a> = dyn Fn(Selection) -> Result<Source> + Sync + 'a;

/// Asks this program, over what a run reads. `prepare` finds what there is of another time.
fn over<T>(
    source: &Source,
    request: &mut ReportRequest,
    config: &Config,
    runtime: &Runtime,
    prepare: &Prepares,
    ask: impl AsyncFnOnce(&Local, &ReportRequest) -> Result<T>,
) -> Result<T> {
    // Of a bucket, the last hour is read if nothing else was said.
    (request.since, request.until) = source.window();
    let over = |source: &Source| {
        let engine = Engine::new(source, &limits(config))?;
        request.known.add_whole_to(&engine)?;
        Ok(engine)
    };
    let earlier = |time: &Range<i64>| {
        let mut selection = request.selection.clone();
        let window = &mut selection.rows.window;
        (window.since, window.until) = (Some(time.start), Some(time.end));
        over(&block_in_place(|| prepare(selection))?)
    };
    let local = Local::new(over(source)?, Some(&earlier));
    runtime.block_on(ask(&local, request))
}

/// What `--fail-if` says.
struct Alarm {
    thresholds: Vec<Threshold>,
    min_requests: Option<u64>,
}

/// What came of a report.
pub(super) struct Made {
    pub(super) document: Document,
    /// The statements that were asked, with their values, as they can be run.
    pub(super) statements: Vec<String>,
    /// Up to when the logs are complete, as far as is known; microseconds since the epoch.
    pub(super) complete_until: Option<i64>,
    /// The time it is about; microseconds since the epoch.
    pub(super) span: Range<i64>,
}

/// Makes the report.
async fn made(engine: &dyn Ask, request: &ReportRequest) -> Result<Made> {
    let (conditions, names) = (|table| request.conditions(table), |ids: &[&str]| request.names(ids));
    let marks = |begin| request.marks(begin);
    let question = request.question(&conditions, &names, &marks, now());
    let session = Session::begin(engine, &question).await?;
    let document = make(&session).await?;
    let (statements, complete_until) = (session.statements(), session.delivery.complete_to);
    Ok(Made { document, statements, complete_until, span: session.span })
}

/// Makes the report, writes it, and says whether a condition holds.
async fn print(engine: &dyn Ask, request: &ReportRequest, output: Output, global: &GlobalArgs) -> Result<Outcome> {
    let Made { document, statements, .. } = made(engine, request).await?;
    if request.only_sql {
        output.write_text(&(statements.join(";\n\n") + "\n"))?;
        return Ok(Outcome::Done);
    }
    let warnings = document.head.warnings.clone();
    if !output.shows_warnings() {
        // Also when nobody wants to hear anything else: a number that is not whole must not pass for one that is.
        for warning in &warnings {
            message(format_args!("warning: {warning}"));
        }
    }
    let outcome = request.alarm.check(&document, !warnings.is_empty(), global.quiet)?;
    output.write(&document)?;
    Ok(outcome)
}

impl Alarm {
    fn of(args: &ReportArgs) -> Result<Self> {
        let thresholds = args.fail_if.iter().map(|text| Threshold::parse(text)).collect::<Result<_>>()?;
        Ok(Self { thresholds, min_requests: args.min_requests })
    }

    /// Whether a condition holds for a row of the main table. Where nothing could be compared, or not all, and none holds,
    /// that cannot be said.
    fn check(&self, document: &Document, is_partial: bool, quiet: bool) -> Result<Outcome> {
        if self.thresholds.is_empty() {
            return Ok(Outcome::Done);
        }
        let table = document.main_table().context("the report has no table to compare")?;
        let (mut holds, mut unknown) = (false, is_partial);
        for threshold in &self.thresholds {
            let verdict = threshold.check(table, self.min_requests)?;
            for crossed in &verdict.crossed {
                message(format_args!("{crossed}"));
            }
            if !quiet {
                for missing in &verdict.missing {
                    message(format_args!("notice: {missing}"));
                }
            }
            holds |= !verdict.crossed.is_empty();
            unknown |= !verdict.missing.is_empty() || verdict.compared == 0;
            if verdict.compared == 0 {
                message(format_args!("warning: --fail-if: no row to compare"));
            }
        }
        Ok(match (holds, unknown) {
            (true, _) => Outcome::ConditionHolds,
            (false, true) => Outcome::Incomplete,
            (false, false) => Outcome::Done,
        })
    }
}
