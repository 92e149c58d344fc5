//! What is to be read: the flags that `query`, and later reports and exports, have in common.

use std::num::NonZeroUsize;
use std::sync::Arc;

use alblog::LogKind;
use anyhow::{Result, bail};
use clap::Args;

use tokio::runtime::Runtime;

use super::selecting::SelectingArgs;
use crate::ask::query::{ExportRun, Limits, Run, RunOptions, Selection, Source, prepare};
use crate::base::config::{self, ByteSize, Config, Overrides, TimeSpan};
use crate::base::place::Place;
use crate::lake::export;
use crate::read::scan::Problem;
use crate::read::storage::{self, KeyFilter};

const READING: &str = "What to read";
const LIMITS: &str = "Limits";

/// Which logs, and how.
#[derive(Debug, Args)]
pub(super) struct ReadingArgs {
    #[command(flatten)]
    selecting: SelectingArgs,
    /// Take every object for this kind of log, whatever its name says: access, connection or health-check
    #[arg(long, value_name = "KIND", help_heading = READING)]
    kind: Option<LogKind>,
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

impl ReadingArgs {
    /// Puts what was typed over the configuration.
    pub(super) fn overrides(&self) -> Overrides {
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

    /// Which logs.
    pub(super) fn selecting(&self) -> &SelectingArgs {
        &self.selecting
    }

    /// Which logs, to be changed.
    pub(super) fn selecting_mut(&mut self) -> &mut SelectingArgs {
        &mut self.selecting
    }

    /// Whether log lines are to come from standard input.
    pub(super) fn reads_stdin(&self) -> bool {
        self.selecting.from.iter().any(|from| from == "-")
    }

    /// Finds out what is to be read: exports, or logs, which are listed.
    pub(super) fn prepare(&self, config: &Config, runtime: &Runtime, quiet: bool) -> Result<Source> {
        let places = self.selecting.places(config)?;
        let exports = runtime.block_on(export::find(&places))?;
        if exports.is_empty() {
            return Ok(Source::Logs(self.prepare_logs(&places, config, runtime, quiet)?));
        }
        if self.kind.is_some() {
            bail!("--kind is for log objects, and {} is an export", exports[0].name);
        }
        // Folders by day make any window cheap: there is nothing to be careful about.
        let selection = Selection { window: self.selecting.typed_window(config)?, elbs: self.selecting.elbs() };
        Ok(Source::Exports(Arc::new(ExportRun::new(exports, selection, config.threads.value.get()))))
    }

    /// Lists logs and finds out their kinds.
    fn prepare_logs(&self, places: &[Place], config: &Config, runtime: &Runtime, quiet: bool) -> Result<Arc<Run>> {
        let window = self.selecting.window(config, places, quiet)?;
        let filter = KeyFilter { ends: window.intervals(), elbs: self.selecting.elbs() };
        let listing = runtime.block_on(storage::list(places, &filter))?;
        let options = RunOptions {
            kind: self.kind,
            window,
            strict: config.strict.value,
            threads: config.threads.value.get(),
            max_bytes: Some(config.max_bytes.value.0),
        };
        let run = prepare(listing, options);
        if run.objects.is_empty() {
            let otherwise = "--kind access reads files whatever they look like";
            bail!("{}", super::summary::nothing_to_read(places, &run.report(), otherwise));
        }
        let unread = run.report().incomplete.first().cloned();
        if let Some(Problem { object, message }) = unread.filter(|_| run.options.strict) {
            bail!("{object}: {message} (--strict)");
        }
        Ok(Arc::new(run))
    }
}

/// Threads for everything that waits: requests, and the engine's own work.
pub(super) fn runtime(config: &Config) -> Result<Runtime> {
    let threads = config.threads.value.get();
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?)
}

/// What a query may use.
pub(super) fn limits(config: &Config) -> Limits {
    Limits { memory: usize::try_from(config.memory.value.0).unwrap_or(usize::MAX), temp_disk: config.temp_disk.value.0 }
}
