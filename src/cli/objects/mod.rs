//! `albstats objects`: what a window would read.

mod verification;

use std::fmt::Write as _;
use std::ops::Range;

use alblog::SkipReason;
use alblog::time::MINUTE;
use anyhow::Result;
use clap::Args;
use tokio::runtime::Runtime;

use crate::ask::selection::Selection;
use crate::base::clock::{self, now};
use crate::base::config::{Config, Overrides, TimeSpan};
use crate::base::outcome::Outcome;
use crate::cli::common::missed::explained;
use crate::cli::common::presenting::Output;
use crate::cli::common::printing::PrintingArgs;
use crate::cli::common::replacing::refuse_over_objects;
use crate::cli::common::selection::{Found, SelectionArgs, bound, layers_of, list, say_copies, warn_of_differing};
use crate::cli::common::source::runtime;
use crate::cli::common::{GlobalArgs, message, summary};
use crate::lake::layers::{self, Layers, LayersSpec};
use crate::lake::objects::verify::State;
use crate::lake::objects::{Columns, Heading, Summary, batch, document, span};
use crate::output::{Format, human};
use crate::read::scan::{Problem, ScanReport};
use crate::read::storage::{Listing, LogObject};
use verification::Verification;

const EXAMPLES: &str = "\
Objects go by their names alone: those whose 5-minute intervals end in (since, until + margin] are what a query of \
this window reads. Nothing is downloaded: a bucket is only asked for lists.

KINDS are access, connection and health-check logs; NEWEST is the end of the newest interval, UTC; a bar shows the \
objects of the window, each on a scale of its own, and none as `·`.

With --verify, STATE says whether what is not there is missing: fresh; idle (CloudWatch counts no request in the empty \
hours); SILENT (requests, and no object); OFF (the load balancer does not log); elsewhere (it logs to another place); \
gone (deleted); unknown (it could not be asked). Load balancers without any object are shown, too. Asks as the sources of \
--from do for elasticloadbalancing:DescribeLoadBalancers, DescribeLoadBalancerAttributes, DescribeTags, \
cloudwatch:GetMetricData, logs:DescribeDeliverySources and logs:DescribeDeliveries. Exits 1 for SILENT and OFF, 3 if \
something could not be asked.

Examples:
  albstats objects --from s3://acme-alb-logs --since 24h
  albstats objects --from prod --since 24h --verify
  albstats objects --from ./logs --all
  albstats objects --from prod --since 7d --format json";

/// List what a window would read: objects, bytes and gaps per load balancer, without reading it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ObjectsArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// How late after its interval an object may hold a row [default: 65m]
    #[arg(long, value_name = "DURATION", help_heading = "What to read")]
    margin: Option<TimeSpan>,
    /// Ask CloudWatch and ELBv2 whether objects that are not there are missing, or nobody logs
    #[arg(long, help_heading = "What to ask")]
    verify: bool,
    /// Show every load balancer, not only the 10 largest
    #[arg(long, help_heading = "Output")]
    all: bool,
    #[command(flatten)]
    printing: PrintingArgs,
}

pub(super) fn run(args: &ObjectsArgs, global: &GlobalArgs) -> Result<Outcome> {
    let format = args.printing.format.map(|format| format.to_string());
    let config = global.load_config(Overrides { margin: args.margin, format, ..Overrides::default() })?;
    let output = Output::open(&args.printing, &config)?;
    let mut selection = args.selection.resolve(&config, global.quiet)?;
    bound(&mut selection, global.quiet)?;
    let runtime = runtime(&config)?;
    let mut listing = listed(&mut selection, &runtime, global.quiet)?;
    refuse_over_objects(&listing.objects, output.replaces())?;
    if listing.others() > 0 {
        *listing.skipped.entry(SkipReason::Foreign).or_default() += listing.others();
    }
    let unlisted = listing.unlisted.into_iter().map(|(object, message)| Problem { object, message }).collect();
    let mut counted = Summary::new(&listing.objects, listing.skipped);
    let unknown = if args.verify { verify(&selection, &listing.objects, &runtime, &mut counted)? } else { 0 };
    if counted.load_balancers.is_empty() && !global.quiet {
        let (skipped, pruned_unlisted) = (counted.skipped.clone(), listing.pruned);
        let report = ScanReport { pruned_unlisted, skipped, ..ScanReport::default() };
        let otherwise = "--from takes an s3:// URL, a folder, a glob or a source's name";
        let text = match runtime.block_on(explained(&selection.places, &selection.keys()))? {
            Some(text) => text,
            None => summary::nothing_to_read(&selection.places, &report, otherwise),
        };
        message(text.after("notice: "));
    }
    if matches!(output.format(), Format::Table | Format::Html) {
        output.write(&document(&counted, &args.heading((&config, global), &selection, &counted), args.all))?;
    } else {
        // Rows say more than people are shown: every hour, and the ids of load balancers.
        let columns = if args.verify { Columns::Verified } else { Columns::Listed };
        output.write_rows(&batch(&counted, columns)?)?;
        if !global.quiet {
            message(format_args!("{}", closing_line(&counted)));
        }
    }
    summary::name_problems("not listed", &unlisted, "");
    Ok(match (counted.in_state(State::Silent) + counted.in_state(State::Off), unlisted.len() + unknown) {
        (1.., _) => Outcome::ConditionHolds,
        (0, 1..) => Outcome::Incomplete,
        (0, 0) => Outcome::Done,
    })
}

/// The objects of a selection, counted, and what AWS says about gaps; how many things could not be asked.
///
/// # Errors
/// When they cannot be listed, or no time was named.
pub(in crate::cli) fn verified(selection: &mut Selection, runtime: &Runtime) -> Result<(Summary, usize)> {
    let listing = listed(selection, runtime, true)?;
    let mut counted = Summary::new(&listing.objects, listing.skipped);
    let unknown = verify(selection, &listing.objects, runtime, &mut counted)?;
    Ok((counted, unknown + listing.unlisted.len()))
}

fn verify(selection: &Selection, objects: &[LogObject], runtime: &Runtime, counted: &mut Summary) -> Result<usize> {
    let verification = Verification { places: &selection.places, elbs: &selection.rows.elbs, objects };
    verification.verify(runtime, shown_time(selection, counted), counted)
}

/// The objects of a selection, in whichever layer they are.
fn listed(selection: &mut Selection, runtime: &Runtime, quiet: bool) -> Result<Listing> {
    let found = runtime.block_on(layers_of(selection, quiet))?;
    if found.stored().is_none() {
        return list(selection, runtime, quiet);
    }
    let Found { exports, live, raw } = found;
    selection.places.clone_from(&raw);
    let filter = selection.keys();
    // To count objects, those of settled hours must be known one by one, too.
    let (seen, seen_until, settled_before) = (Vec::new(), None, i64::MIN);
    let spec = LayersSpec { exports, live, raw, filter: filter.clone(), seen, seen_until, settled_before };
    let Layers { objects, raw: mut listing, .. } = runtime.block_on(layers::open(spec))?;
    listing.objects.retain(|object| object.key.as_ref().is_none_or(|key| filter.admits(key)));
    let raw = listing.objects.len();
    let recorded = objects.into_iter().map(|it| LogObject::recorded(&it.log_object, it.size, it.modified, it.etag));
    listing.objects.extend(recorded.filter(|object| object.key.as_ref().is_some_and(|key| filter.admits(key))));
    if !quiet {
        say_copies(&listing.copies);
        warn_of_differing(&listing.copies);
        let kept = human::plural((listing.objects.len() - raw) as u64, "object");
        let raw = human::count(raw as u64);
        message(format_args!(
            "notice: the rows of {kept} are in an export or store, those of {raw} are read from the logs"
        ));
    }
    Ok(listing)
}

impl ObjectsArgs {
    fn heading(&self, (config, global): (&Config, &GlobalArgs), selection: &Selection, counted: &Summary) -> Heading {
        let span = shown_time(selection, counted);
        let worst = counted.load_balancers.first().filter(|one| one.verdict.is_some());
        let worst = worst.filter(|_| counted.in_state(State::Silent) + counted.in_state(State::Off) > 0);
        // Of what writes no logs there is no bucket to check.
        let is_off = worst.and_then(|one| one.verdict.as_ref()).is_some_and(|verdict| verdict.state == State::Off);
        let next = if is_off && config.reconcile.is_some() {
            words(["albstats", "reconcile", "plan"])
        } else if is_off {
            words(["albstats", "reconcile", "--help"])
        } else if let Some(owner) = worst.and_then(|one| one.owner.as_ref()) {
            words(["albstats", "bucket", "check", "--elb", &owner.name])
        } else if selection.is_remote() {
            [words(["albstats", "fetch"]), self.flags(selection), words(["--to", "./logs"])].concat()
        } else {
            let statement = words(["SELECT count(*) FROM requests"]);
            [words(["albstats", "query"]), self.flags(selection), self.selection.switches(), statement].concat()
        };
        let next = next.into_iter().chain(global.words()).collect();
        Heading { source: source(config, selection), span, margin: selection.rows.window.margin, next }
    }

    /// The same selection, to be typed again. Each flag ends with a blank.
    fn flags(&self, selection: &Selection) -> Vec<String> {
        let window = &selection.rows.window;
        let times = [("--since", window.since), ("--until", window.until)].into_iter();
        let times = times.filter(|_| self.selection.names_a_time());
        let times = times.filter_map(|(flag, time)| Some((flag, minute(time?))));
        let flags = self.selection.from.iter().map(|from| ("--from", from.clone())).chain(times);
        let flags = flags.chain(selection.rows.elbs.iter().map(|elb| ("--elb", elb.clone())));
        let lists = self.selection.max_lists().map(|lists| ("--max-lists", lists.to_string()));
        let margin = self.margin.map(|margin| ("--margin", margin.to_string()));
        flags.chain(lists).chain(margin).flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
    }
}

fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

/// `prod = s3://acme-alb-logs and 2 more`
fn source(config: &Config, selection: &Selection) -> String {
    let Selection { places, names, .. } = selection;
    let first = places.first().map_or("", |place| &place.from);
    let mut source = match &names[..] {
        [name] if config.sources.contains_key(name) => format!("{name} = {first}"),
        _ => first.to_owned(),
    };
    if places.len() > 1 {
        // Writing to a String cannot fail.
        let _ = write!(source, " and {} more", places.len() - 1);
    }
    source
}

/// The time that is shown.
fn shown_time(selection: &Selection, counted: &Summary) -> Option<Range<i64>> {
    // What was asked for goes on until now. A folder may have been copied long ago.
    let window = &selection.rows.window;
    let now = (selection.is_remote() || window.since.is_some()).then(now);
    span(window.since, window.until, now, &counted.total())
}

/// `2026-11-20T14:05`, with seconds only if there are any.
fn minute(time: i64) -> String {
    let text = if time % MINUTE == 0 { clock::to_the_minute(time) } else { clock::to_the_second(time) };
    text.replace(' ', "T")
}

/// `40 load balancers, 63,625 objects, 9.9 GB; skipped 3 objects (3 nlb)`
fn closing_line(counted: &Summary) -> String {
    let total = counted.total();
    let mut line = format!(
        "{}, {}, {}",
        human::plural(counted.load_balancers.len() as u64, "load balancer"),
        human::plural(total.objects, "object"),
        human::bytes(total.bytes)
    );
    if !counted.skipped.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(line, "; skipped {}", summary::skipped(&counted.skipped));
    }
    line
}
