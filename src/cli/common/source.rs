//! What is to be read: the flags that `query`, and later reports and exports, have in common.

use std::num::NonZeroUsize;
use std::sync::Arc;

use alblog::LogKind;
use anyhow::{Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use tokio::runtime::Runtime;

use super::candidates;
use super::messages::message;
use super::missed::{explained, is_missed, not_in_export, partly_missed};
use super::selection::{SelectionArgs, bound, say_copies};
use super::summary::nothing_to_read;
use crate::ask::query::{ExportRun, Limits, Run, RunOptions, Source, load_balancers, prepare};
use crate::ask::selection::Selection;
use crate::base::config::{self, ByteSize, Config, Origin, Overrides, TimeSpan};
use crate::base::shown::Shown;
use crate::lake::export;
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
}

impl SourceArgs {
    /// Puts what was typed over the configuration.
    pub(in crate::cli) fn overrides(&self) -> Overrides {
        Overrides {
            margin: self.margin,
            strict: self.strict.then_some(true),
            memory: self.memory,
            temp_disk: self.temp_disk,
            max_bytes: self.max_bytes,
            threads: self.threads,
            ..Overrides::default()
        }
    }

    /// Takes over from a shell what was not typed. Whether nothing was that has to do with what is read.
    pub(in crate::cli) fn inherit(&mut self, shell: &Self) -> bool {
        let is_read_otherwise = self.kind.is_some()
            || self.margin.is_some()
            || self.strict
            || self.max_bytes.is_some()
            || self.threads.is_some();
        let same = self.selection.inherit(&shell.selection) && !is_read_otherwise;
        self.kind = self.kind.or(shell.kind);
        self.margin = self.margin.or(shell.margin);
        self.strict |= shell.strict;
        self.memory = self.memory.or(shell.memory);
        self.temp_disk = self.temp_disk.or(shell.temp_disk);
        self.max_bytes = self.max_bytes.or(shell.max_bytes);
        self.threads = self.threads.or(shell.threads);
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
        let exports = runtime.block_on(export::find(&selection.places))?;
        if exports.is_empty() {
            return Ok(Source::Logs(self.prepare_logs(selection, config, runtime, quiet, kept)?));
        }
        if self.kind.is_some() {
            bail!("--kind is for log objects, and {} is an export", Shown(&exports[0].name));
        }
        // Folders by day make any window cheap: there is nothing to be careful about.
        selection.rows.window.check()?;
        let (rows, threads) = (selection.rows, config.threads.value.get());
        if !rows.elbs.is_empty() {
            let limits = limits(config);
            let known = load_balancers(exports.clone(), rows.window.clone(), threads, &limits);
            if let Some(missed) = not_in_export(&rows.elbs, &runtime.block_on(known)?) {
                message(missed.after("warning: "));
            }
        }
        Ok(Source::Exports(Arc::new(ExportRun::new(exports, rows, threads))))
    }

    /// Lists logs and finds out their kinds.
    fn prepare_logs(
        &self,
        mut selection: Selection,
        config: &Config,
        runtime: &Runtime,
        quiet: bool,
        kept: Option<Arc<KeptTexts>>,
    ) -> Result<Arc<Run>> {
        bound(&mut selection, quiet)?;
        selection.max_looks = self.max_looks;
        let filter = selection.keys();
        let Selection { places, rows, .. } = selection;
        let mut listing = runtime.block_on(storage::list(&places, &filter))?.with_others();
        if self.kind.is_none() {
            runtime.block_on(recognise_remote(&mut listing));
        }
        if !quiet {
            say_copies(&listing.copies);
        }
        // Of what can be listed, that no name fits is known now; standard input and files of other names have to be read.
        let misses = (listing.pruned > 0 || !listing.objects.is_empty()) && is_missed(&listing.objects, &filter);
        if misses && let Some(text) = runtime.block_on(explained(&places, &filter))? {
            bail!(text);
        }
        if let Some(missed) = runtime.block_on(partly_missed(&places, &filter, &listing.objects))? {
            message(missed.after("warning: "));
        }
        let options = RunOptions {
            kind: self.kind,
            window: rows.window,
            strict: config.strict.value,
            threads: config.threads.value.get(),
            max_bytes: Some(config.max_bytes.value.0),
            kept,
        };
        let run = prepare(listing, options);
        if run.objects.is_empty() {
            // What there is was looked into: reading it as a kind of log would give no rows.
            bail!(nothing_to_read(&places, &run.report(), ""));
        }
        let unread = run.report().incomplete.first().cloned();
        if let Some(Problem { object, message }) = unread.filter(|_| run.options.strict) {
            bail!(message.after(format_args!("{object}: ")).then(" (--strict)"));
        }
        Ok(Arc::new(run))
    }
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
