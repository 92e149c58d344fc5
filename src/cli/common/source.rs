//! What is to be read: the flags that `query`, and later reports and exports, have in common.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::num::NonZeroUsize;
use std::sync::Arc;

use alblog::LogKind;
use anyhow::{Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use tokio::runtime::Runtime;

use super::cache::{self, CacheArgs};
use super::candidates;
use super::messages::message;
use super::missed::{explained, is_missed, partly_missed};
use super::selection::{Found, SelectionArgs, bound, layers_of, say_copies};
use super::stored::{elbs_of, say_missed, say_redacted, stored_run};
use super::summary::nothing_to_read;
use crate::ask::query::{Limits, Run, RunOptions, Source, prepare};
use crate::ask::selection::{RowFilter, Selection};
use crate::base::clock::now;
use crate::base::config::{self, ByteSize, Config, Origin, Overrides, TimeSpan};
use crate::base::tables::Layer;
use crate::lake::layers::{self, Kept, Layers, LayersSpec};
use crate::read::scan::{KeptTexts, Problem, recognise_remote};
use crate::read::storage;

const READING: &str = "What to read";
const LIMITS: &str = "Limits";

/// Which logs, and how.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct SourceArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Take every object for this kind of log, whatever its name says: access, connection or health-check
    #[arg(long, value_name = "KIND", add = ArgValueCompleter::new(candidates::kinds), help_heading = READING)]
    kind: Option<LogKind>,
    /// How many objects of a bucket to look into whose names are not those of logs [default: 1000]
    #[arg(long, value_name = "N", help_heading = READING)]
    max_looks: Option<usize>,
    /// How late after its interval an object may hold a row [default: 65m]
    #[arg(long, value_name = "DURATION", help_heading = READING)]
    margin: Option<TimeSpan>,
    /// How long after an hour its logs are listed although an export has it: what comes later waits for the next export [default: 26h]
    #[arg(long, value_name = "DURATION", help_heading = READING)]
    fresh: Option<TimeSpan>,
    /// Stop with an error at the first line or object that cannot be read
    #[arg(long, help_heading = READING)]
    strict: bool,
    /// Memory for sorting and grouping; what exceeds it is spilled to disk [default: 64MiB]
    #[arg(long, value_name = "SIZE", help_heading = LIMITS)]
    memory: Option<ByteSize>,
    /// Disk space for what is spilled [default: 10GiB]
    #[arg(long, value_name = "SIZE", help_heading = LIMITS)]
    temp_disk: Option<ByteSize>,
    /// Refuse to read more than this from S3 [default: 5GB]
    #[arg(long, value_name = "SIZE", help_heading = LIMITS)]
    max_bytes: Option<ByteSize>,
    /// Threads that read [default: one per core]
    #[arg(long, value_name = "N", value_parser = config::threads, help_heading = LIMITS)]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    cache: CacheArgs,
}

impl SourceArgs {
    /// Puts what was typed over the configuration.
    pub(in crate::cli) fn overrides(&self) -> Overrides {
        Overrides {
            margin: self.margin,
            fresh: self.fresh,
            cache: self.cache.cache,
            strict: self.strict.then_some(true),
            memory: self.memory,
            temp_disk: self.temp_disk,
            max_bytes: self.max_bytes,
            threads: self.threads,
            ..Overrides::default()
        }
    }

    /// What decides which logs are read, and how much of them, beside places, time and load balancers: as it was typed, to be
    /// typed again. Each flag has a value.
    pub(in crate::cli) fn words(&self) -> Vec<String> {
        fn word(flag: &str, value: Option<impl Display>) -> Option<[String; 2]> {
            Some([flag.to_owned(), value?.to_string()])
        }
        let words = [
            word("--kind", self.kind),
            word("--max-looks", self.max_looks),
            word("--max-lists", self.selection.max_lists()),
            word("--margin", self.margin),
            word("--fresh", self.fresh),
            word("--memory", self.memory),
            word("--temp-disk", self.temp_disk),
            word("--max-bytes", self.max_bytes),
        ];
        words.into_iter().flatten().flatten().collect()
    }

    /// Takes over from a shell what was not typed. Whether nothing was that has to do with what is read.
    pub(in crate::cli) fn inherit(&mut self, shell: &Self) -> bool {
        let is_read_otherwise = self.kind.is_some()
            || self.margin.is_some()
            || self.fresh.is_some()
            || self.strict
            || self.max_bytes.is_some()
            || self.threads.is_some()
            || self.cache.cache.is_some();
        let same = self.selection.inherit(&shell.selection) && !is_read_otherwise;
        self.kind = self.kind.or(shell.kind);
        self.margin = self.margin.or(shell.margin);
        self.fresh = self.fresh.or(shell.fresh);
        self.strict |= shell.strict;
        self.memory = self.memory.or(shell.memory);
        self.temp_disk = self.temp_disk.or(shell.temp_disk);
        self.max_bytes = self.max_bytes.or(shell.max_bytes);
        self.threads = self.threads.or(shell.threads);
        self.cache.cache = self.cache.cache.or(shell.cache.cache);
        same
    }

    /// Which logs, to be changed.
    pub(in crate::cli) fn selection_mut(&mut self) -> &mut SelectionArgs {
        &mut self.selection
    }

    /// Which logs.
    pub(in crate::cli) fn selection(&self) -> &SelectionArgs {
        &self.selection
    }

    /// Whether log lines are to come from standard input.
    pub(in crate::cli) fn reads_stdin(&self) -> bool {
        self.selection.from.iter().any(|from| from == "-")
    }

    /// Finds out what is to be read: exports, or logs, which are listed.
    pub(in crate::cli) fn prepare(
        &self,
        selection: Selection,
        config: &Config,
        runtime: &Runtime,
        quiet: bool,
    ) -> Result<Source> {
        self.prepare_keeping(selection, config, runtime, quiet, None)
    }

    /// The same for several runs, between which texts are kept.
    pub(in crate::cli) fn prepare_keeping(
        &self,
        selection: Selection,
        config: &Config,
        runtime: &Runtime,
        quiet: bool,
        kept: Option<Arc<KeptTexts>>,
    ) -> Result<Source> {
        let found = runtime.block_on(layers_of(&selection, quiet))?;
        let Some(first) = found.stored() else {
            return self.prepare_logs(selection, config, runtime, quiet, kept).map(Source::logs);
        };
        if self.kind.is_some() {
            bail!("--kind is for log objects, and {first} is none");
        }
        if !found.is_one_export() {
            return self.prepare_layers(selection, found, config, runtime, quiet, kept);
        }
        // Folders by day make any window cheap: there is nothing to be careful about.
        selection.rows.window.check()?;
        let exports = found.exports.into_iter().map(Kept::all).collect();
        let run = stored_run(Layer::Kept, exports, &selection.rows, config);
        say_missed(&selection.rows, &run.exports, BTreeSet::new(), config, runtime)?;
        Ok(Source::exports(run))
    }

    /// Finds out from which layer each object is read.
    fn prepare_layers(
        &self,
        mut selection: Selection,
        found: Found,
        config: &Config,
        runtime: &Runtime,
        quiet: bool,
        kept: Option<Arc<KeptTexts>>,
    ) -> Result<Source> {
        let Found { exports, live, raw } = found;
        selection.places.clone_from(&raw);
        bound(&mut selection, quiet)?;
        selection.max_looks = self.max_looks;
        let filter = selection.keys();
        let fresh = i64::try_from(config.fresh.value.get().as_micros())?;
        let settled_before = now().saturating_sub(fresh);
        let spec = LayersSpec { exports, live, raw, filter, seen: Vec::new(), seen_until: None, settled_before };
        let Layers { kept: exports, live, let_go, raw, .. } = runtime.block_on(layers::open(spec))?;
        let mut raw = raw.with_others();
        runtime.block_on(recognise_remote(&mut raw));
        if !quiet {
            say_redacted(exports.iter().chain(&live), &raw);
        }
        let listed = elbs_of(&raw.objects);
        let run = prepare(raw, self.run_options(&selection.rows, config, kept));
        if !quiet {
            say_copies(&run.copies);
        }
        refuse_unread(&run)?;
        let stored: Vec<Kept> = exports.iter().chain(&live).cloned().collect();
        say_missed(&selection.rows, &stored, listed, config, runtime)?;
        let layer = |layer: Layer, stores: Vec<Kept>| {
            (!stores.is_empty()).then(|| Arc::new(stored_run(layer, stores, &selection.rows, config)))
        };
        // What is stored whole is read as if there were no logs.
        let is_needed = !run.objects.is_empty() || run.report().is_incomplete();
        Ok(Source {
            kept: layer(Layer::Kept, exports),
            live: layer(Layer::Live, live),
            raw: is_needed.then(|| Arc::new(run)),
            let_go,
            ..Source::default()
        })
    }

    /// Lists logs and finds out their kinds.
    fn prepare_logs(
        &self,
        mut selection: Selection,
        config: &Config,
        runtime: &Runtime,
        quiet: bool,
        kept: Option<Arc<KeptTexts>>,
    ) -> Result<Run> {
        bound(&mut selection, quiet)?;
        selection.max_looks = self.max_looks;
        let filter = selection.keys();
        let options = self.run_options(&selection.rows, config, kept);
        let places = selection.places;
        let mut listing = runtime.block_on(storage::list(&places, &filter))?.with_others();
        if self.kind.is_none() {
            runtime.block_on(recognise_remote(&mut listing));
        }
        // Of what can be listed, that no name fits is known now; standard input and files of other names have to be read. Of a bucket,
        // names that do not begin as they should are not even listed.
        let has_looked = listing.pruned > 0 || !listing.objects.is_empty() || !filter.elbs.is_empty();
        let misses = has_looked && is_missed(&listing.objects, &filter);
        if misses && let Some(text) = runtime.block_on(explained(&places, &filter))? {
            bail!(text);
        }
        if let Some(missed) = runtime.block_on(partly_missed(&places, &filter, &listing.objects))? {
            message(missed.after("warning: "));
        }
        let run = prepare(listing, options);
        if !quiet {
            say_copies(&run.copies);
        }
        if run.objects.is_empty() {
            // What there is was looked into: reading it as a kind of log would give no rows.
            bail!(nothing_to_read(&places, &run.report(), ""));
        }
        refuse_unread(&run)?;
        Ok(run)
    }

    pub(super) fn run_options(&self, rows: &RowFilter, config: &Config, kept: Option<Arc<KeptTexts>>) -> RunOptions {
        RunOptions {
            kind: self.kind,
            window: rows.window.clone(),
            strict: config.strict.value,
            threads: config.threads.value.get(),
            max_bytes: Some(config.max_bytes.value.0),
            kept,
            cache: cache::open(config),
        }
    }
}

/// A strict run does not begin if something could not be listed.
fn refuse_unread(run: &Run) -> Result<()> {
    let unread = run.report().incomplete.first().cloned();
    if let Some(Problem { object, message }) = unread.filter(|_| run.options.strict) {
        bail!(message.after(format_args!("{object}: ")).then(" (--strict)"));
    }
    Ok(())
}

/// Threads for everything that waits: requests, and the engine's own work.
pub(in crate::cli) fn runtime(config: &Config) -> Result<Runtime> {
    let threads = config.threads.value.get();
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?)
}

/// How many times the usual memory a statement with a join may have, if nobody said how much there is.
const JOINS: usize = 4;

/// What a report may use.
pub(in crate::cli) fn limits(config: &Config) -> Limits {
    let memory = usize::try_from(config.memory.value.0).unwrap_or(usize::MAX);
    Limits { memory, for_joins: memory, temp_disk: config.temp_disk.value.0 }
}

/// What a statement of somebody's own may use.
pub(in crate::cli) fn limits_of_statements(config: &Config) -> Limits {
    let limits = limits(config);
    let times = if config.memory.origin == Origin::Default { JOINS } else { 1 };
    Limits { for_joins: limits.memory.saturating_mul(times), ..limits }
}
