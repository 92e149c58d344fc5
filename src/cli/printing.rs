//! Where an answer goes, and in which format: the flags that commands with rows have in common.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::base::config::Config;
use crate::output::Format;

/// How an answer is written.
#[derive(Debug, Args)]
pub(super) struct PrintingArgs {
    /// table, csv, json, ndjson, markdown, html or parquet [default: by the extension of -o, else table]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub(super) format: Option<Format>,
    /// Write to a file, which is replaced when the answer is complete
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(super) output: Option<PathBuf>,
}

impl PrintingArgs {
    /// The format: a flag, then the extension of the file, then what is configured.
    pub(super) fn choose(&self, config: &Config) -> Result<Format> {
        if self.format.is_none()
            && self.output.is_none()
            && let Some(setting) = &config.format
        {
            return setting.value.parse().with_context(|| format!("output.format from {}", setting.origin));
        }
        Format::choose(self.format, self.output.as_deref())
    }
}
