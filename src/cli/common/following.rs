//! What has come since the last look: objects of a live store's batches, or of places of logs.

use alblog::LogKey;
use alblog::time::HOUR;
use anyhow::{Result, bail};
use tokio::runtime::Runtime;

use super::messages::message;
use super::selection::{Found, layers_of};
use super::source::SourceArgs;
use super::stored::stored_run;
use crate::ask::query::{RunOptions, Source, prepare};
use crate::ask::selection::Selection;
use crate::base::clock::now;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::base::tables::Layer;
use crate::lake::layers::{self, Layers, LayersSpec};
use crate::read::scan::recognise_remote;
use crate::read::storage::KeyFilter;

/// Somebody who looks again and again.
pub(in crate::cli) struct Following {
    selection: Selection,
    found: Found,
    /// Rows from this time on; microseconds since the epoch.
    since: i64,
    /// Objects that were seen, as far back as is looked.
    seen: Vec<String>,
}

impl Following {
    /// Begins now, or as far back as the selection says.
    pub(in crate::cli) fn begin(mut selection: Selection, runtime: &Runtime, quiet: bool) -> Result<Self> {
        if selection.rows.window.until.is_some() {
            bail!(Message::new("--follow has no end, and --until is one").hint("leave --until out"));
        }
        if selection.places.iter().any(|place| place.from == "-") {
            bail!(
                Message::new("standard input cannot be looked at again").hint("--from FOLDER, or s3://bucket/prefix")
            );
        }
        let since = *selection.rows.window.since.get_or_insert_with(now);
        let mut found = runtime.block_on(layers_of(&selection, quiet))?;
        // What an export has is no news.
        if found.live.is_empty() && found.raw.is_empty() {
            let name = found.exports.first().map(|export| Shown(&export.name).to_string()).unwrap_or_default();
            bail!(
                Message::new(format_args!("{name} is an export, which nothing comes to"))
                    .hint("--from the logs, or a live store")
            );
        }
        found.exports.clear();
        if !found.live.is_empty() {
            // It has all that lies there, and sooner than a listing would.
            found.raw.clear();
        }
        Ok(Self { selection, found, since, seen: Vec::new() })
    }

    /// Whether a live store is looked at.
    pub(in crate::cli) fn is_live(&self) -> bool {
        !self.found.live.is_empty()
    }

    /// What has come since.
    pub(in crate::cli) fn next(&mut self, args: &SourceArgs, config: &Config, runtime: &Runtime) -> Result<Source> {
        let rows = &self.selection.rows;
        // What is later still than an object may be is not waited for.
        let from = self.since.max(now() - rows.window.margin - HOUR);
        let filter = KeyFilter { ends: from..i64::MAX, ..self.selection.keys() };
        let spec = LayersSpec {
            exports: Vec::new(),
            live: self.found.live.clone(),
            raw: self.found.raw.clone(),
            filter: filter.clone(),
            seen: std::mem::take(&mut self.seen),
            settled_before: i64::MIN,
        };
        let seen = spec.seen.clone();
        let opened = runtime.block_on(layers::open(spec));
        let is_recent = |name: &String| LogKey::parse(name).is_none_or(|key| key.interval_end > from);
        self.seen = seen.into_iter().filter(is_recent).collect();
        let Layers { live, objects, raw, .. } = opened?;
        let mut raw = raw.without_others();
        raw.objects.retain(|object| object.key.as_ref().is_none_or(|key| filter.admits(key)));
        self.seen.extend(objects.into_iter().map(|object| object.log_object));
        self.seen.extend(raw.objects.iter().map(|object| object.location.to_string()));
        // As they arrived.
        raw.objects.sort_by_key(|object| object.modified);
        runtime.block_on(recognise_remote(&mut raw));
        for (place, why) in std::mem::take(&mut raw.unlisted) {
            message(why.after(format_args!("warning: {}: ", Shown(place))));
        }
        // One after another, so that rows come as their objects did.
        let run = prepare(raw, RunOptions { threads: 1, ..args.run_options(rows, config, None) });
        if self.is_live() {
            return Ok(Source { live: Some(stored_run(Layer::Live, live, rows, config).into()), ..Source::default() });
        }
        Ok(Source::logs(run))
    }
}
