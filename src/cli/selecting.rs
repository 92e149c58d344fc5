//! Which logs: the flags that everything that reads logs has in common.

use alblog::time::HOUR;
use anyhow::{Result, bail};
use clap::Args;
use tokio::runtime::Runtime;

use super::message;
use super::time::{self, PointInTime};
use crate::ask::query::Window;
use crate::base::clock::now;
use crate::base::config::Config;
use crate::base::place::Place;
use crate::read::storage::{self, KeyFilter, Listing, elb_named};

const HEADING: &str = "What to read";

/// Where the logs lie, of which time, of which load balancers.
#[derive(Debug, Args)]
pub(super) struct SelectingArgs {
    /// Folder, file, glob, s3://bucket/prefix, `-` for standard input, or a source's name; may be repeated
    #[arg(long, value_name = "WHERE", help_heading = HEADING)]
    pub(super) from: Vec<String>,
    /// Only from this time on: 2h (ago), 2026-11-20, 2026-11-20T14:05 (UTC) [default: all of a folder, the last hour of S3]
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = HEADING)]
    pub(super) since: Option<PointInTime>,
    /// Only before this time
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = HEADING)]
    pub(super) until: Option<PointInTime>,
    /// Half an hour before and after this time
    #[arg(long, value_name = "TIME", value_parser = time::parse, conflicts_with_all = ["since", "until"], help_heading = HEADING)]
    around: Option<PointInTime>,
    /// Only this load balancer: its name, app/NAME/ID or ARN; may be repeated
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    elb: Vec<String>,
}

impl SelectingArgs {
    /// The places named.
    pub(super) fn places(&self, config: &Config) -> Result<Vec<Place>> {
        config.resolve_from(&self.from)
    }

    /// What the places are called: as they were typed, or as the environment or the default source names them.
    pub(super) fn names(&self, config: &Config) -> Vec<String> {
        match (&config.from, &config.default_source) {
            _ if !self.from.is_empty() => self.from.clone(),
            (Some(from), _) => from.value.clone(),
            (None, source) => source.iter().map(|source| source.value.clone()).collect(),
        }
    }

    /// The load balancers named; none for all.
    pub(super) fn elbs(&self) -> Vec<String> {
        self.elb.iter().map(|elb| elb_named(elb)).collect()
    }

    /// Begin and end of the time asked about, as typed; microseconds since the epoch.
    pub(super) fn typed_times(&self) -> (Option<i64>, Option<i64>) {
        match self.around {
            Some(PointInTime(time)) => (Some(time - HOUR / 2), Some(time + HOUR / 2)),
            None => (self.since.map(|time| time.0), self.until.map(|time| time.0)),
        }
    }

    /// Puts other times in place of those that were typed.
    pub(super) fn set_times(&mut self, since: Option<i64>, until: Option<i64>) {
        (self.around, self.since, self.until) = (None, since.map(PointInTime), until.map(PointInTime));
    }

    /// The time asked about, as typed.
    pub(super) fn typed_window(&self, config: &Config) -> Result<Window> {
        let margin = i64::try_from(config.margin.value.get().as_micros())?;
        let (since, until) = self.typed_times();
        let window = Window { since, until, margin };
        if window.rows().is_empty() {
            bail!("--since is not before --until");
        }
        Ok(window)
    }

    /// The time asked about. A bucket is too large to be read whole by mistake: without a window, its last hour is.
    pub(super) fn window(&self, config: &Config, places: &[Place], quiet: bool) -> Result<Window> {
        let mut window = self.typed_window(config)?;
        if window.since.is_none() && places.iter().any(|place| place.in_s3().is_some()) {
            let end = window.until.unwrap_or_else(now);
            window.since = Some(end - HOUR);
            if !quiet {
                let which = if window.until.is_some() { "hour before --until" } else { "last hour" };
                message(format_args!("notice: reading the {which} (--since 1h); more with --since"));
            }
        }
        Ok(window)
    }

    /// The objects of a window by their names alone, in folders as in buckets.
    pub(super) fn list(&self, runtime: &Runtime, places: &[Place], window: &Window) -> Result<Listing> {
        if places.iter().any(|place| place.from == "-") {
            bail!("standard input holds no objects\nhint: --from FOLDER, or s3://bucket/prefix");
        }
        let filter = KeyFilter { ends: window.intervals(), elbs: self.elbs() };
        let mut listing = runtime.block_on(storage::list(places, &filter))?;
        let all = listing.objects.len();
        listing.objects.retain(|object| object.key.as_ref().is_none_or(|key| filter.admits(key)));
        listing.pruned += (all - listing.objects.len()) as u64;
        Ok(listing)
    }
}
