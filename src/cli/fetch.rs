//! `albstats fetch`: copies the objects of a window.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::runtime::Runtime;

use super::common::cache::{self, CacheArgs};
use super::common::interruption::interrupted;
use super::common::missed::explained;
use super::common::progress::Drawing;
use super::common::selection::{SelectionArgs, bound, list, say_copies, warn_of_differing};
use super::common::source::runtime;
use super::common::{GlobalArgs, message, summary};
use crate::base::config::{ByteSize, Overrides, TimeSpan};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::place::Place;
use crate::base::shell::quoted;
use crate::base::shown::Shown;
use crate::lake::fetch::{Fetched, Plan, Progress, fetch};
use crate::output::human;
use crate::read::scan::{Problem, ScanReport};
use crate::read::storage::cache::ObjectCache;

const EXAMPLES: &str = "\
What is copied is what a query of the same window reads: objects whose 5-minute intervals end in (since, until + margin]. \
Keys are kept below the folder; files keep their paths from AWSLogs/ on, or else from what was named. What is there twice under \
one name by AWS is copied once, and what AWS did not name is left out.

What is there with the same size is not fetched again: AWS does not change a log that it has delivered. A copy appears \
when it is complete, with the time of its object.

Examples:
  albstats fetch --from s3://acme-alb-logs --since 1h --to ./logs
  albstats fetch --from prod --since 2026-11-20T10:00 --until 2026-11-20T11:00 --elb shop --to ./incident";

/// Copy the objects of a window into a folder, to ask them again and again
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct FetchArgs {
    /// Folder to copy to; made if it is missing
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    #[command(flatten)]
    selection: SelectionArgs,
    /// How late after its interval an object may hold a row [default: 65m]
    #[arg(long, value_name = "DURATION", help_heading = "What to read")]
    margin: Option<TimeSpan>,
    /// Refuse to read more than this from S3 [default: 5GB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    max_bytes: Option<ByteSize>,
    #[command(flatten)]
    cache: CacheArgs,
}

pub(super) fn run(args: &FetchArgs, global: &GlobalArgs) -> Result<Outcome> {
    let flags =
        Overrides { margin: args.margin, max_bytes: args.max_bytes, cache: args.cache.cache, ..Overrides::default() };
    let config = global.load_config(flags)?;
    if args.to.symlink_metadata().is_ok() && !args.to.is_dir() {
        bail!("cannot write {}: it is no folder", Shown(args.to.display()));
    }
    let mut selection = args.selection.resolve(&config, global.quiet)?;
    bound(&mut selection, global.quiet)?;
    let started = Instant::now();
    let runtime = runtime(&config)?;
    // Which of two is copied is said by the plan, which knows what lies in its own folder.
    let duplicates = std::mem::replace(&mut selection.duplicates, true);
    let listing = list(&selection, &runtime, global.quiet)?;
    let others = listing.others();
    let mut report = ScanReport { skipped: listing.skipped, pruned_unlisted: listing.pruned, ..ScanReport::default() };
    report.incomplete.extend(listing.unlisted.into_iter().map(|(object, message)| Problem { object, message }));
    let unlisted = report.incomplete.clone();
    let mut plan = Plan::new(listing.objects, &roots(&selection.places), &args.to, duplicates);
    plan.foreign += others;
    if plan.copies.is_empty() && plan.there == 0 && plan.problems.is_empty() {
        if plan.foreign + plan.own > 0 {
            *report.skipped.entry(alblog::SkipReason::Foreign).or_default() += plan.foreign + plan.own;
        }
        if let Some(text) = runtime.block_on(explained(&selection.places, &selection.keys()))? {
            bail!(text);
        }
        bail!(summary::nothing_to_read(
            &selection.places,
            &report,
            "AWS's names tell which files are logs, and of when"
        ));
    }
    if !global.quiet {
        say_copies(&plan.twice);
        warn_of_differing(&plan.twice);
    }
    check_size(plan.remote_bytes(), config.max_bytes.value.0)?;
    let (there, foreign, differing) = (plan.there, plan.foreign, plan.twice.differing);
    plan.problems.extend(unlisted);
    let cache = cache::open(&config);
    let fetched = args.fetch(plan, &runtime, cache.as_ref(), global.quiet)?;
    summary::name_problems("not fetched", &fetched.problems, "");
    if fetched.untried > 0 {
        let untried = human::plural(fetched.untried, "more object");
        message(format_args!("warning: not fetched: {untried}: there is no room for them"));
    }
    if fetched.objects == 0 && there == 0 {
        bail!("nothing was fetched");
    }
    if !global.quiet {
        message(format_args!("{}", closing_line(&fetched, there, foreign, started.elapsed())));
        let to = quoted(&args.to.display().to_string());
        message(format_args!("next: albstats query --from {to} \"SELECT elb, count(*) FROM requests GROUP BY elb\""));
    }
    Ok(if fetched.problems.is_empty() && differing == 0 { Outcome::Done } else { Outcome::Incomplete })
}

impl FetchArgs {
    /// Copies until all is copied or somebody interrupts.
    fn fetch(&self, plan: Plan, runtime: &Runtime, cache: Option<&Arc<ObjectCache>>, quiet: bool) -> Result<Fetched> {
        let progress = Arc::new(Progress::default());
        let (objects, bytes) = (plan.copies.len() as u64, plan.bytes());
        runtime.block_on(async {
            let drawn = Arc::clone(&progress);
            let _drawing = Drawing::of(bytes, !quiet, move || {
                let done = human::count(drawn.objects.load(Relaxed));
                (drawn.bytes.load(Relaxed), format!("{done} of {}", human::plural(objects, "object")))
            });
            // Dropped, the copies under way remove their files.
            let copying = pin!(fetch(plan, &self.to, &progress, cache));
            tokio::select! {
                fetched = copying => fetched.with_context(|| format!("cannot write {}", Shown(self.to.display()))),
                error = interrupted() => bail!(Message::new(error).hint("what is complete stays; run again for the rest")),
            }
        })
    }
}

/// Folders that were named: paths are kept from there on.
fn roots(places: &[Place]) -> Vec<PathBuf> {
    places.iter().filter(|place| place.in_s3().is_none()).map(|place| PathBuf::from(&place.from)).collect()
}

/// Refuses to download more than was allowed.
fn check_size(bytes: u64, allowed: u64) -> Result<()> {
    if bytes > allowed {
        bail!(
            Message::new(format_args!(
                "this would read {} from S3, more than the {} allowed",
                human::bytes(bytes),
                human::bytes(allowed)
            ))
            .hint(format_args!(
                "a shorter window (--since, --until), one load balancer (--elb), or --max-bytes {}GB",
                bytes.div_ceil(1_000_000_000)
            ))
        );
    }
    Ok(())
}

/// `fetched 96 objects, 12 MB; 4 were there already; 1 has no name by AWS, left out; 2.04 s`
fn closing_line(fetched: &Fetched, there: u64, foreign: u64, elapsed: Duration) -> String {
    let mut line = format!("fetched {}, {}", human::plural(fetched.objects, "object"), human::bytes(fetched.bytes));
    match there {
        0 => {}
        1 => line.push_str("; 1 was there already"),
        more => line.extend(["; ", &human::count(more), " were there already"]),
    }
    match foreign {
        0 => {}
        1 => line.push_str("; 1 has no name by AWS, left out"),
        more => line.extend(["; ", &human::count(more), " have no names by AWS, left out"]),
    }
    line.extend(["; ", &human::elapsed(elapsed)]);
    line
}
