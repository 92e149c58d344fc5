//! The one way out for what commands show: a document as a screen, as HTML, or its main table in a format of rows.
//!
//! Commands build a [`Document`] and hand it over; nothing else in this folder lays text out for standard output. What
//! came from outside is made harmless where a document is drawn, so a command passes it on as it is.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use arrow::array::RecordBatch;

use super::printing::PrintingArgs;
use crate::base::clock::now;
use crate::base::config::Config;
use crate::output::document::Document;
use crate::output::html::{HtmlOptions, html};
use crate::output::json_document;
use crate::output::screen::screen;
use crate::output::{BeforePaging, Destination, Format, writer};

/// Where an answer goes, opened before the work starts: a file that cannot be written fails then.
pub(in crate::cli) struct Output {
    destination: Destination,
    format: Format,
    shows_query_strings: bool,
}

impl Output {
    /// As the flags say, and where they say nothing, the configuration.
    pub(in crate::cli) fn open(printing: &PrintingArgs, config: &Config) -> Result<Self> {
        Self::to(printing.output.as_deref(), printing.choose(config)?)
    }

    /// A file, or standard output, in this format.
    pub(in crate::cli) fn to(path: Option<&Path>, format: Format) -> Result<Self> {
        Ok(Self { destination: Destination::open(path, format)?, format, shows_query_strings: false })
    }

    /// What was opened already.
    pub(in crate::cli) fn of(destination: Destination, format: Format) -> Self {
        Self { destination, format, shows_query_strings: false }
    }

    /// Whether HTML holds query strings, which may be secret.
    pub(in crate::cli) fn with_query_strings(self, shows_query_strings: bool) -> Self {
        Self { shows_query_strings, ..self }
    }

    /// What is to be done before a pager takes the screen, if one does.
    pub(in crate::cli) fn before_paging(&mut self, before: BeforePaging) {
        self.destination.before_paging(before);
    }

    /// The file that is replaced when everything is written, if one is.
    pub(in crate::cli) fn replaces(&self) -> Option<&Path> {
        self.destination.replaces()
    }

    /// What is written.
    pub(in crate::cli) fn format(&self) -> Format {
        self.format
    }

    /// Whether the warnings of the head are to be seen in what is written by whoever sits before it. Where they are
    /// not, the command says them on standard error.
    pub(in crate::cli) fn shows_warnings(&self) -> bool {
        self.format == Format::Table
    }

    /// Writes a document.
    ///
    /// # Errors
    /// When it cannot be written, or has no table for a format of rows.
    pub(in crate::cli) fn write(self, document: &Document) -> Result<()> {
        match self.format {
            Format::Table => {
                let look = self.destination.look();
                self.write_text(&screen(document, &look))
            }
            Format::Html => {
                let options = HtmlOptions { private: self.shows_query_strings, generated: now() };
                self.write_text(&html(document, &options))
            }
            Format::Json if document.data.is_some() => self.write_text(&json_document(document)?),
            format => {
                let table = document.main_table();
                let table = table
                    .with_context(|| format!("there is no table to write as {format}; --format table shows it"))?;
                self.write_rows(&table.batch()?)
            }
        }
    }

    /// Writes rows that have a form of their own, in whichever format.
    pub(in crate::cli) fn write_rows(self, batch: &RecordBatch) -> Result<()> {
        let layout = self.destination.table_layout();
        let mut writer = writer(self.format, batch.schema(), self.destination, layout)?;
        writer.write(batch)?;
        writer.finish()?.commit()
    }

    /// Writes text as it is: SQL, or JSON of a form of its own.
    pub(in crate::cli) fn write_text(mut self, text: &str) -> Result<()> {
        self.destination.write_all(text.as_bytes())?;
        self.destination.commit()
    }
}
