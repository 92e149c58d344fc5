//! `albstats objects`: what a window would read.

use std::fmt::Write as _;
use std::io::Write as _;

use alblog::time::{Iso, MINUTE};
use anyhow::Result;
use clap::Args;

use super::printing::PrintingArgs;
use super::reading::runtime;
use super::selecting::{SelectingArgs, now, quoted};
use super::{GlobalArgs, message, summary};
use crate::config::{Config, Overrides, TimeSpan};
use crate::objects::{Heading, Summary, batch, schema, screen, span};
use crate::outcome::Outcome;
use crate::output::{Destination, Format, human, writer};
use crate::place::Place;
use crate::query::Window;
use crate::scan::{Problem, ScanReport};

const EXAMPLES: &str = "\
Objects go by their names alone: those whose 5-minute intervals end in (since, until + margin] are what a query of \
this window reads. Nothing is downloaded: a bucket is only asked for lists.

KINDS are access, connection and health-check logs; NEWEST is the end of the newest interval, UTC; a bar shows the \
objects of the window, each on a scale of its own, and none as `·`.

Examples:
  albstats objects --from s3://acme-alb-logs --since 24h
  albstats objects --from ./logs --all
  albstats objects --from prod --since 7d --format json";

/// List what a window would read: objects, bytes and gaps per load balancer, without reading it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ObjectsArgs {
    #[command(flatten)]
    selecting: SelectingArgs,
    /// How late after its interval an object may hold a row [default: 65m]
    #[arg(long, value_name = "DURATION", help_heading = "What to read")]
    margin: Option<TimeSpan>,
    /// Show every load balancer, not only the 10 largest
    #[arg(long, help_heading = "Output")]
    all: bool,
    #[command(flatten)]
    printing: PrintingArgs,
}

pub(super) fn run(args: &ObjectsArgs, global: &GlobalArgs) -> Result<Outcome> {
    let format = args.printing.format.map(|format| format.to_string());
    let config = global.load_config(Overrides { margin: args.margin, format, ..Overrides::default() })?;
    let format = args.printing.choose(&config)?;
    let mut destination = Destination::open(args.printing.output.as_deref(), format)?;
    let places = args.selecting.places(&config)?;
    let window = args.selecting.window(&config, &places, global.quiet)?;
    let listing = args.selecting.list(&runtime(&config)?, &places, &window)?;
    let unlisted = listing.unlisted.into_iter().map(|(object, message)| Problem { object, message }).collect();
    let counted = Summary::new(&listing.objects, listing.skipped);
    if counted.load_balancers.is_empty() && !global.quiet {
        let (skipped, pruned_unlisted) = (counted.skipped.clone(), listing.pruned);
        let report = ScanReport { pruned_unlisted, skipped, ..ScanReport::default() };
        let otherwise = "--from takes an s3:// URL, a folder, a glob or a source's name";
        message(format_args!("notice: {}", summary::nothing_to_read(&places, &report, otherwise)));
    }
    if format == Format::Table {
        let heading = args.heading(&config, &places, &window, &counted);
        let width = destination.table_layout().width;
        destination.write_all(screen(&counted, &heading, args.all, width).as_bytes())?;
        destination.commit()?;
    } else {
        let layout = destination.table_layout();
        let mut writer = writer(format, schema(), destination, layout)?;
        if !counted.load_balancers.is_empty() {
            writer.write(&batch(&counted)?)?;
        }
        writer.finish()?.commit()?;
        if !global.quiet {
            message(format_args!("{}", closing_line(&counted)));
        }
    }
    summary::name_problems("not listed", &unlisted, "");
    Ok(if unlisted.is_empty() { Outcome::Done } else { Outcome::Incomplete })
}

impl ObjectsArgs {
    fn heading(&self, config: &Config, places: &[Place], window: &Window, counted: &Summary) -> Heading {
        let remote = places.iter().any(|place| place.in_s3().is_some());
        // What was asked for goes on until now. A folder may have been copied long ago.
        let now = (remote || window.since.is_some()).then(now);
        let span = span(window.since, window.until, now, &counted.total());
        let next = if remote {
            format!("albstats fetch {}--to ./logs", self.flags())
        } else {
            format!("albstats query {}\"SELECT count(*) FROM requests\"", self.flags())
        };
        Heading { source: self.source(config, places), span, margin: window.margin, next }
    }

    /// `prod = s3://acme-alb-logs and 2 more`
    fn source(&self, config: &Config, places: &[Place]) -> String {
        let first = places.first().map_or("", |place| &place.from);
        let mut source = match self.selecting.names(config).as_slice() {
            [name] if config.sources.contains_key(name) => format!("{name} = {first}"),
            _ => first.to_owned(),
        };
        if places.len() > 1 {
            // Writing to a String cannot fail.
            let _ = write!(source, " and {} more", places.len() - 1);
        }
        source
    }

    /// The same selection, to be typed again. Each flag ends with a blank.
    fn flags(&self) -> String {
        let SelectingArgs { from, since, until, .. } = &self.selecting;
        let times = [("since", since), ("until", until)];
        let times = times.into_iter().filter_map(|(flag, time)| time.map(|time| (flag, minute(time.0))));
        let flags = from.iter().map(|from| ("from", from.clone())).chain(times);
        let flags = flags.chain(self.selecting.elbs().into_iter().map(|elb| ("elb", elb)));
        flags.fold(String::new(), |text, (flag, value)| text + &format!("--{flag} {} ", quoted(&value)))
    }
}

/// `2026-11-20T14:05`, with seconds only if there are any.
fn minute(time: i64) -> String {
    let length = if time % MINUTE == 0 { 16 } else { 19 };
    Iso(time).to_string().chars().take(length).collect()
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
