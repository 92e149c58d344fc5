//! What has come since the last look: objects of a live store's batches and of the export that these move to, or of places of logs.
//!
//! The first look is at everything, if somebody asked for what was there before. From then on, a live store tells what has come; what it
//! handed over to an export between two looks is found there, whenever its manifest has changed.

use std::collections::BTreeSet;
use std::time::SystemTime;

use alblog::LogKey;
use alblog::time::HOUR;
use anyhow::{Result, bail};
use tokio::runtime::Runtime;

use super::messages::message;
use super::selection::{Found, layers_of};
use super::source::SourceArgs;
use super::stored::{say_redacted, stored_run};
use super::summary::say_let_go;
use crate::ask::query::{RunOptions, Source, prepare};
use crate::ask::selection::Selection;
use crate::base::clock::now;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::base::tables::Layer;
use crate::lake::layers::{self, Kept, Layers, LayersSpec};
use crate::lake::live::mark;
use crate::read::scan::recognise_remote;
use crate::read::storage::KeyFilter;

/// Somebody who looks again and again.
pub(in crate::cli) struct Following {
    selection: Selection,
    found: Found,
    /// Rows from this time on; microseconds since the epoch.
    since: i64,
    /// Whether somebody asked for what was there before.
    looks_back: bool,
    quiet: bool,
    /// When somebody looked last; microseconds since the epoch.
    looked: Option<i64>,
    /// What tells the live stores' manifests from what they were when exports were looked at.
    marks: Vec<Option<(u64, SystemTime)>>,
    /// Objects that were seen, as far back as is looked.
    seen: Vec<String>,
    /// What was said to be unlisted, and still is.
    unlisted: BTreeSet<String>,
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
        let looks_back = selection.rows.window.since.is_some();
        let since = *selection.rows.window.since.get_or_insert_with(now);
        let found = runtime.block_on(layers_of(&selection, quiet))?;
        // What an export has is no news.
        if found.live.is_empty() && found.raw.is_empty() {
            let name = found.exports.first().map(|export| Shown(&export.name).to_string()).unwrap_or_default();
            bail!(
                Message::new(format_args!("{name} is an export, which nothing comes to"))
                    .hint("--from the logs, or a live store")
            );
        }
        let (looked, marks, seen, unlisted) = (None, Vec::new(), Vec::new(), BTreeSet::new());
        Ok(Self { selection, found, since, looks_back, quiet, looked, marks, seen, unlisted })
    }

    /// Whether a live store is looked at.
    pub(in crate::cli) fn is_live(&self) -> bool {
        !self.found.live.is_empty()
    }

    /// What has come since.
    pub(in crate::cli) fn next(&mut self, args: &SourceArgs, config: &Config, runtime: &Runtime) -> Result<Source> {
        let rows = &self.selection.rows;
        let (now, fresh) = (now(), i64::try_from(config.fresh.value.get().as_micros())?);
        // What is later still than an object may be is not waited for.
        let waited = |looked: i64| self.since.max(looked - rows.window.margin - HOUR);
        let from = self.looked.map_or(self.since, waited);
        let filter = KeyFilter { ends: from..i64::MAX, ..self.selection.keys() };
        let marks: Vec<_> = self.found.live.iter().map(|store| mark(store)).collect();
        // A live store has all that comes, and sooner than a listing would.
        let everything = self.looked.is_none() && self.looks_back;
        let (lists, is_handed_over) = (everything || !self.is_live(), self.is_live() && marks != self.marks);
        let exports = if everything || is_handed_over { self.found.exports.clone() } else { Vec::new() };
        let spec = LayersSpec {
            exports,
            live: self.found.live.clone(),
            raw: if lists { self.found.raw.clone() } else { Vec::new() },
            filter: filter.clone(),
            seen: std::mem::take(&mut self.seen),
            seen_until: self.looked.map(|_| from),
            // Of these the names are not remembered: they have to be too old for the next look.
            settled_before: if everything { (now - fresh).min(waited(now)) } else { i64::MIN },
        };
        let seen = spec.seen.clone();
        let opened = runtime.block_on(layers::open(spec));
        let is_recent = |name: &String| LogKey::parse(name).is_none_or(|key| key.interval_end > from);
        self.seen = seen.into_iter().filter(is_recent).collect();
        let Layers { kept, live, objects, let_go, raw } = opened?;
        let mut raw = raw.without_others();
        raw.objects.retain(|object| object.key.as_ref().is_none_or(|key| filter.admits(key)));
        self.seen.extend(objects.into_iter().map(|object| object.log_object));
        self.seen.extend(raw.objects.iter().map(|object| object.location.to_string()));
        // As they arrived.
        raw.objects.sort_by_key(|object| object.modified);
        runtime.block_on(recognise_remote(&mut raw));
        if self.looked.is_none() {
            say_let_go(&let_go);
            if !self.quiet {
                say_redacted(kept.iter().chain(&live), &raw);
            }
        }
        let mut unlisted = BTreeSet::new();
        for (place, why) in std::mem::take(&mut raw.unlisted) {
            let why = why.after(format_args!("warning: {}: ", Shown(place)));
            let kind = why.kind();
            if unlisted.insert(kind.clone()) && !self.unlisted.contains(&kind) {
                message(why);
            }
        }
        // A slot that is being written is looked at again.
        self.marks = if unlisted.is_empty() { marks } else { Vec::new() };
        self.unlisted = unlisted;
        self.looked = Some(now);
        let stored = |layer: Layer, stores: Vec<Kept>| {
            (!stores.is_empty()).then(|| stored_run(layer, stores, rows, config).into())
        };
        // One after another, so that rows come as their objects did.
        let run = prepare(raw, RunOptions { threads: 1, ..args.run_options(rows, config, None) });
        Ok(Source {
            kept: stored(Layer::Kept, kept),
            live: stored(Layer::Live, live),
            raw: lists.then(|| run.into()),
            ..Source::default()
        })
    }
}
