//! Which logs: the flags that everything that reads logs has in common, and what they come to.

use std::path::{Path, PathBuf};

use alblog::time::HOUR;
use anyhow::{Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use jiff::tz::TimeZone;
use tokio::runtime::Runtime;

use super::candidates;
use super::messages::message;
use super::missed::partly_missed;
use super::time::{self, Clock, PointInTime};
use crate::ask::selection::{RowFilter, Selection, Window};
use crate::base::clock;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::lake::export::{self, OpenExport};
use crate::lake::live::Snapshot;
use crate::output::human;
use crate::read::storage::{self, Copies, Listing, elb_named};

const HEADING: &str = "What to read";

/// Where the logs lie, of which time, of which load balancers.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct SelectionArgs {
    /// Folder, file, glob, s3://bucket/prefix, `-` for standard input, or a source's name; may be repeated
    #[arg(long, value_name = "WHERE", add = ArgValueCompleter::new(candidates::places), help_heading = HEADING)]
    pub(in crate::cli) from: Vec<String>,
    /// Only from this time on: 2h (ago), 02:55, yesterday 22:00, 2026-11-20T14:05+01:00 [default: all of a folder, the last hour of S3]
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = HEADING)]
    since: Option<PointInTime>,
    /// Only before this time
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = HEADING)]
    until: Option<PointInTime>,
    /// Half an hour before and after this time
    #[arg(long, value_name = "TIME", value_parser = time::parse, conflicts_with_all = ["since", "until"], help_heading = HEADING)]
    around: Option<PointInTime>,
    /// Zone of times that name none, of those that `query` shows, and of a second clock in reports: Europe/Berlin, or local [default: UTC]
    #[arg(long, value_name = "ZONE", add = ArgValueCompleter::new(candidates::zones), help_heading = HEADING)]
    tz: Option<String>,
    /// Only these load balancers: a name, app/NAME/ID, ARN, or a pattern with *: k8s-shop-*; several with commas between, or repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = ArgValueCompleter::new(candidates::load_balancers), help_heading = HEADING)]
    elb: Vec<String>,
    #[command(flatten)]
    listing: ListingArgs,
}

/// How far logs are looked for, and whether copies count.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ListingArgs {
    /// Read an object as often as it is there: AWS's names are unique, so copies of one name are read once
    #[arg(long, help_heading = HEADING)]
    pub(in crate::cli) allow_duplicates: bool,
    /// How many lists to spend on folders of a bucket that are not of AWS's layout [default: 5000]
    #[arg(long, value_name = "N", help_heading = HEADING)]
    pub(in crate::cli) max_lists: Option<usize>,
}

impl ListingArgs {
    fn is_typed(&self) -> bool {
        self.allow_duplicates || self.max_lists.is_some()
    }
}

impl SelectionArgs {
    /// What was typed, with what the configuration says where nothing was.
    pub(in crate::cli) fn resolve(&self, config: &Config, quiet: bool) -> Result<Selection> {
        let places = config.resolve_from(&self.from)?;
        let names = match (&config.from, &config.default_source) {
            _ if !self.from.is_empty() => self.from.clone(),
            (Some(from), _) => from.value.clone(),
            (None, source) => source.iter().map(|source| source.value.clone()).collect(),
        };
        let exports = config.sources_in(&self.from).filter_map(|(_, source)| source.exported()).collect();
        let live = config.sources_in(&self.from).filter_map(|(_, source)| source.live.as_ref());
        let live = live.map(|folder| PathBuf::from(&folder.value)).collect();
        let rows = self.rows(config, quiet)?;
        let ListingArgs { allow_duplicates, max_lists } = self.listing;
        Ok(Selection { places, exports, live, names, rows, duplicates: allow_duplicates, max_lists, max_looks: None })
    }

    /// `--max-lists`, as it was typed.
    pub(in crate::cli) fn max_lists(&self) -> Option<usize> {
        self.listing.max_lists
    }

    /// Flags without a value that decide what is read, as they were typed.
    pub(in crate::cli) fn switches(&self) -> Vec<String> {
        self.listing.allow_duplicates.then(|| "--allow-duplicates".to_owned()).into_iter().collect()
    }

    /// How times that name no zone are read.
    pub(in crate::cli) fn clock(&self, quiet: bool) -> Result<Clock> {
        Ok(Clock::new(self.zone()?, quiet))
    }

    /// Whether a window was typed, in whichever way.
    pub(in crate::cli) fn names_a_time(&self) -> bool {
        self.since.is_some() || self.until.is_some() || self.around.is_some()
    }

    /// Takes over from a shell what was not typed. Whether nothing was: then what the shell has listed will do.
    pub(in crate::cli) fn inherit(&mut self, shell: &Self) -> bool {
        let Self { from, elb, tz, listing, .. } = self;
        let is_typed = !from.is_empty() || !elb.is_empty() || tz.is_some() || listing.is_typed();
        let names_a_time = self.names_a_time();
        if self.from.is_empty() {
            self.from.clone_from(&shell.from);
        }
        if self.elb.is_empty() {
            self.elb.clone_from(&shell.elb);
        }
        if !names_a_time {
            let Self { since, until, around, .. } = shell.clone();
            (self.since, self.until, self.around) = (since, until, around);
        }
        self.tz = self.tz.take().or_else(|| shell.tz.clone());
        self.listing.allow_duplicates |= shell.listing.allow_duplicates;
        self.listing.max_lists = self.listing.max_lists.or(shell.listing.max_lists);
        !(is_typed || names_a_time)
    }

    /// From another time on.
    pub(in crate::cli) fn set_since(&mut self, since: Option<PointInTime>) {
        (self.since, self.around) = (since, None);
    }

    /// Before another time.
    pub(in crate::cli) fn set_until(&mut self, until: Option<PointInTime>) {
        (self.until, self.around) = (until, None);
    }

    /// Other load balancers; none for all.
    pub(in crate::cli) fn set_elbs(&mut self, names: Vec<String>) {
        self.elb = names;
    }

    /// The zone that was asked for, by its name in the zone database; none for UTC.
    pub(in crate::cli) fn zone_name(&self) -> Result<Option<String>> {
        let Some(zone) = self.zone()? else { return Ok(None) };
        match zone.iana_name() {
            Some("UTC" | "Etc/UTC") => Ok(None),
            Some(name) => Ok(Some(name.to_owned())),
            None => bail!(Message::new("the zone of this system has no name").hint("--tz Europe/Berlin")),
        }
    }

    /// The zone that was asked for.
    pub(in crate::cli) fn zone(&self) -> Result<Option<TimeZone>> {
        self.tz.as_deref().map(time::zone).transpose()
    }

    /// The same without places, for an engine that has its own.
    pub(in crate::cli) fn rows(&self, config: &Config, quiet: bool) -> Result<RowFilter> {
        let margin = i64::try_from(config.margin.value.get().as_micros())?;
        let clock = self.clock(quiet)?;
        let (since, until) = match &self.around {
            Some(around) => {
                let time = clock.moment(around)?;
                (Some(time - HOUR / 2), Some(time + HOUR / 2))
            }
            None => clock.window(self.since.as_ref(), self.until.as_ref())?,
        };
        let elbs = self.elb.iter().map(|elb| elb_named(elb)).collect();
        Ok(RowFilter { window: Window { since, until, margin }, elbs })
    }
}

/// Reads no more of a bucket than its last hour unless a time was named, and says so.
pub(in crate::cli) fn bound(selection: &mut Selection, quiet: bool) -> Result<()> {
    selection.rows.window.check()?;
    if selection.bound(clock::now()) && !quiet {
        let which = if selection.rows.window.until.is_some() { "hour before --until" } else { "last hour" };
        message(format_args!("notice: reading the {which} (--since 1h); more with --since"));
    }
    Ok(())
}

/// What there is to read, by layer.
pub(in crate::cli) struct Found {
    pub(in crate::cli) exports: Vec<OpenExport>,
    /// Folders of live stores.
    pub(in crate::cli) live: Vec<PathBuf>,
    /// Places of logs.
    pub(in crate::cli) raw: Vec<Place>,
}

impl Found {
    /// The first export or store; none if there are logs alone.
    pub(in crate::cli) fn stored(&self) -> Option<String> {
        let export = self.exports.first().map(|export| Shown(&export.name).to_string());
        export.or_else(|| self.live.first().map(|store| Shown(store.display()).to_string()))
    }

    /// Whether nothing else is there than an export.
    pub(in crate::cli) fn is_one_export(&self) -> bool {
        self.exports.len() == 1 && self.live.is_empty() && self.raw.is_empty()
    }
}

/// Exports, live stores and places of logs, as they were named or as sources say.
pub(in crate::cli) async fn layers_of(selection: &Selection, quiet: bool) -> Result<Found> {
    let export::Found { mut exports, raw } = export::find(&selection.places).await?;
    let is_store = |place: &Place| place.in_s3().is_none() && Snapshot::is_store(Path::new(&place.from));
    let (live, raw): (Vec<Place>, Vec<Place>) = raw.into_iter().partition(is_store);
    let mut live: Vec<PathBuf> = live.into_iter().map(|place| PathBuf::from(place.from)).collect();
    let of_sources = export::find(&selection.exports).await?;
    for none in of_sources.raw.iter().filter(|_| !quiet) {
        message(format_args!("notice: there is no export at {} yet", Shown(&none.from)));
    }
    for export in of_sources.exports {
        if exports.iter().all(|known| known.name != export.name) {
            exports.push(export);
        }
    }
    for store in &selection.live {
        if Snapshot::is_store(store) {
            live.push(store.clone());
        } else if !quiet {
            message(format_args!("notice: there is no live store at {} yet", Shown(store.display())));
        }
    }
    live.sort();
    live.dedup();
    Ok(Found { exports, live, raw })
}

/// The objects of a selection by their names alone, in folders as in buckets.
pub(in crate::cli) fn list(selection: &Selection, runtime: &Runtime, quiet: bool) -> Result<Listing> {
    if selection.places.iter().any(|place| place.from == "-") {
        bail!(Message::new("standard input holds no objects").hint("--from FOLDER, or s3://bucket/prefix"));
    }
    let filter = selection.keys();
    let mut listing = runtime.block_on(storage::list(&selection.places, &filter))?;
    let all = listing.objects.len();
    listing.objects.retain(|object| object.key.as_ref().is_none_or(|key| filter.admits(key)));
    listing.pruned += (all - listing.objects.len()) as u64;
    if !quiet {
        say_copies(&listing.copies);
        warn_of_differing(&listing.copies);
    }
    if let Some(missed) = runtime.block_on(partly_missed(&selection.places, &filter, &listing.objects))? {
        message(missed.after("warning: "));
    }
    Ok(listing)
}

/// Names what is there twice.
pub(in crate::cli) fn say_copies(copies: &Copies) {
    if let Some((read, part)) = &copies.part {
        let (count, is) = (human::plural(copies.parts, "file"), if copies.parts == 1 { "is" } else { "are" });
        message(format_args!(
            "notice: {count} {is} what is left of writing logs that are there; read is {read}, not {part} (--allow-duplicates reads both)"
        ));
    }
    let Some((read, copy)) = &copies.example else { return };
    let (count, is) = (human::plural(copies.count, "object"), if copies.count == 1 { "is" } else { "are" });
    let by = match copies.renamed {
        0 => "by the names AWS gives",
        renamed if renamed == copies.count => "under other names with the same content",
        _ => "by the names AWS gives or with the same content",
    };
    message(format_args!(
        "notice: {count} {is} there twice, {by}; read once: {read}, not {copy} (--allow-duplicates reads both)"
    ));
}

/// Warns of copies that hold something else than what is taken.
pub(in crate::cli) fn warn_of_differing(copies: &Copies) {
    let Some((taken, copy)) = &copies.difference else { return };
    let more = match copies.differing {
        0 | 1 => String::new(),
        several => format!("; so are {} more copies", human::count(several - 1)),
    };
    let is = if copies.unknown == copies.differing { "nobody knows whether it is" } else { "not" };
    let text = format!("warning: {copy}: not taken, and {is} the same as its copy that is, {taken}{more}");
    message(Message::new(text).hint("look which one is whole, and remove the other; or --allow-duplicates"));
}
