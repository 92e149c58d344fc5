//! A report on its way out: a screen, HTML, or its main table in a format of rows.

use std::io::Write;

use anyhow::{Context, Result};

use super::ReportArgs;
use crate::base::clock::now;
use crate::base::config::Config;
use crate::output::document::Document;
use crate::output::html::{HtmlOptions, html};
use crate::output::screen::screen;
use crate::output::{Destination, Format, writer};

/// Where a report goes, opened before the work starts.
pub(super) struct Output {
    destination: Destination,
    format: Format,
    shows_query_strings: bool,
}

impl Output {
    pub(super) fn open(args: &ReportArgs, config: &Config) -> Result<Self> {
        let format = if args.shape.show_sql { Format::Table } else { args.printing.choose(config)? };
        let destination = Destination::open(args.printing.output.as_deref(), format)?;
        Ok(Self { destination, format, shows_query_strings: args.show_query_strings })
    }

    /// Whether the warnings of the head are to be seen in what is written.
    pub(super) fn shows_warnings(&self) -> bool {
        self.format == Format::Table
    }

    pub(super) fn write(self, document: &Document) -> Result<()> {
        match self.format {
            Format::Table => {
                let look = self.destination.look();
                self.write_text(&screen(document, &look))
            }
            Format::Html => {
                let options = HtmlOptions { private: self.shows_query_strings, generated: now() };
                self.write_text(&html(document, &options))
            }
            format => {
                let layout = self.destination.table_layout();
                let table = document.main_table().context("the report has no table; --format table shows it")?;
                let batch = table.batch()?;
                let mut writer = writer(format, batch.schema(), self.destination, layout)?;
                writer.write(&batch)?;
                writer.finish()?.commit()
            }
        }
    }

    pub(super) fn write_text(mut self, text: &str) -> Result<()> {
        self.destination.write_all(text.as_bytes())?;
        self.destination.commit()
    }
}
