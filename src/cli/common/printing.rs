//! Where an answer goes, and in which format: the flags that commands with rows have in common, and what they come to.

use std::path::PathBuf;

use anyhow::{Context, Result};
use arrow::datatypes::SchemaRef;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::candidates;
use crate::base::config::Config;
use crate::output::{Destination, Format, TableLayout, schema_in_zone};

/// How an answer is written.
#[derive(Debug, Args)]
pub(in crate::cli) struct PrintingArgs {
    /// table, csv, json, ndjson, markdown, html, parquet or arrow [default: by the extension of -o, else table]
    #[arg(long, value_name = "FORMAT", add = ArgValueCompleter::new(candidates::formats), help_heading = "Output")]
    pub(in crate::cli) format: Option<Format>,
    /// Write to a file, which is replaced when the answer is complete
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(in crate::cli) output: Option<PathBuf>,
}

impl PrintingArgs {
    /// The format: a flag, then the extension of the file, then what is configured.
    pub(in crate::cli) fn choose(&self, config: &Config) -> Result<Format> {
        if self.format.is_none()
            && self.output.is_none()
            && let Some(setting) = &config.format
        {
            return setting.value.parse().with_context(|| format!("output.format from {}", setting.origin));
        }
        Format::choose(self.format, self.output.as_deref())
    }
}

/// How rows are written: opened before the work starts.
pub(in crate::cli) struct Printing {
    pub(in crate::cli) format: Format,
    pub(in crate::cli) destination: Destination,
    pub(in crate::cli) layout: TableLayout,
    /// The zone in which times are told, if it is not UTC: a name of the zone database.
    pub(in crate::cli) zone: Option<String>,
}

impl Printing {
    /// A table takes up what fits there, and as many rows as are configured.
    pub(in crate::cli) fn new(format: Format, destination: Destination, config: &Config) -> Self {
        let max_rows = if config.max_rows.value == 0 { usize::MAX } else { config.max_rows.value };
        let layout = TableLayout { max_rows, ..destination.table_layout() };
        Self { format, destination, layout, zone: None }
    }

    /// What is written of rows with this schema. Of a file of moments, the zone is a matter of who reads it.
    pub(in crate::cli) fn schema(&self, rows: &SchemaRef) -> SchemaRef {
        let zone = self.zone.as_ref().filter(|_| !self.format.is_binary());
        zone.map_or_else(|| SchemaRef::clone(rows), |zone| schema_in_zone(rows, zone))
    }
}
