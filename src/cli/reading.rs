//! What is to be read: the flags that `query`, and later reports and exports, have in common.

use std::num::NonZeroUsize;
use std::sync::Arc;

use alblog::LogKind;
use anyhow::{Result, bail};
use clap::Args;

use super::time::{self, PointInTime};
use crate::config::{ByteSize, Config, Overrides, TimeSpan};
use crate::query::{Limits, Run, Window, prepare};
use crate::scan::Problem;
use crate::storage;

const READING: &str = "What to read";
const LIMITS: &str = "Limits";

/// Which logs, and how.
#[derive(Debug, Args)]
pub(super) struct ReadingArgs {
    /// Folder, file, glob, `-` for standard input, or a source's name; may be repeated
    #[arg(long, value_name = "WHERE", help_heading = READING)]
    from: Vec<String>,
    /// Only rows from this time on: 2h (ago), 2026-11-20, 2026-11-20T14:05 (UTC)
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = READING)]
    since: Option<PointInTime>,
    /// Only rows before this time
    #[arg(long, value_name = "TIME", value_parser = time::parse, help_heading = READING)]
    until: Option<PointInTime>,
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
    /// Threads that read [default: one per core]
    #[arg(long, value_name = "N", help_heading = LIMITS)]
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
            threads: self.threads,
            ..Overrides::default()
        }
    }

    /// Whether log lines are to come from standard input.
    pub(super) fn reads_stdin(&self) -> bool {
        self.from.iter().any(|from| from == "-")
    }

    /// Lists what is to be read and finds out its kinds.
    pub(super) fn prepare(&self, config: &Config) -> Result<Arc<Run>> {
        let from = config.resolve_from(&self.from)?;
        let margin = i64::try_from(config.margin.value.get().as_micros())?;
        let window = Window { since: self.since.map(|time| time.0), until: self.until.map(|time| time.0), margin };
        if window.rows().is_empty() {
            bail!("--since is not before --until");
        }
        let listing = storage::list(&from)?;
        let run = prepare(listing, self.kind, window, config.strict.value, config.threads.value.get());
        if run.objects.is_empty() {
            bail!("{}", super::summary::nothing_to_read(&from, &run));
        }
        let unread = run.report().incomplete.first().cloned();
        if let Some(Problem { object, message }) = unread.filter(|_| run.strict) {
            bail!("{object}: {message} (--strict)");
        }
        Ok(Arc::new(run))
    }
}

/// What a query may use.
pub(super) fn limits(config: &Config) -> Limits {
    Limits { memory: usize::try_from(config.memory.value.0).unwrap_or(usize::MAX), temp_disk: config.temp_disk.value.0 }
}
