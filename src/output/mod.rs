//! What the program prints: one file per format, and the only folder that writes standard output.
//!
//! Responsible for turning record batches into bytes, and for where the bytes go. What is asked, and how it was typed,
//! is decided elsewhere: this folder imports arrow and parquet, never datafusion or clap.

use std::io::{ErrorKind, Write};

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

mod arrow_stream;
mod blocks;
mod csv;
mod destination;
pub mod document;
mod expanded;
mod format;
mod grid;
pub mod html;
pub mod human;
mod json;
mod layout;
mod markdown;
mod names;
mod ndjson;
mod pager;
mod parquet;
mod plan;
mod private;
pub mod screen;
mod spark;
pub mod steps;
mod table;
mod text;
mod values;
mod visible;
mod zone;

#[cfg(test)]
mod tests;

pub use blocks::{json_blocks, json_next};
pub use destination::{Destination, remove_unfinished};
pub use format::Format;
pub use json::{json_document, json_rows};
pub use layout::{TableForm, TableLayout, terminal_has_colours};
pub use pager::BeforePaging;
pub use private::hide_in_json;
pub use text::{cut, harmless, width};
pub use zone::{in_zone, schema_in_zone};

/// Writes the rows of one result in one format.
pub trait BatchWriter<W> {
    /// Adds the rows of `batch`, which has the schema the writer was made with.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Writes what is still to be written and gives back what was written to.
    fn finish(self: Box<Self>) -> Result<W>;
}

/// The writer of `format`; `layout` matters to tables only.
pub fn writer<'a, W: Write + Send + 'a>(
    format: Format,
    schema: SchemaRef,
    sink: W,
    layout: TableLayout,
) -> Result<Box<dyn BatchWriter<W> + Send + 'a>> {
    Ok(match format {
        Format::Table if plan::is_plan(&schema) => Box::new(plan::PlanWriter::new(sink)),
        Format::Table if layout.form == TableForm::Expanded => {
            Box::new(expanded::ExpandedWriter::new(&schema, sink, layout))
        }
        Format::Table => Box::new(table::TableWriter::new(&schema, sink, layout)),
        Format::Csv => Box::new(csv::CsvWriter::new(schema, sink)?),
        Format::Json => Box::new(json::JsonWriter::new(sink)),
        Format::Ndjson => Box::new(ndjson::NdjsonWriter::new(sink)),
        Format::Markdown => Box::new(markdown::MarkdownWriter::new(&schema, sink)?),
        Format::Html => Box::new(html::HtmlWriter::new(&schema, sink)),
        Format::Parquet => Box::new(parquet::ParquetWriter::new(names::distinct(&schema), sink)?),
        Format::Arrow => Box::new(arrow_stream::ArrowWriter::new(names::distinct(&schema), sink)?),
    })
}

/// Whether `error` means that nobody reads the output any more (`| head`), which is no failure.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(names_broken_pipe)
}

/// An [`std::io::Error`] that wraps another error does not name it as its source, so it is looked into.
fn names_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    let Some(error) = error.downcast_ref::<std::io::Error>() else {
        return error.source().is_some_and(names_broken_pipe);
    };
    error.kind() == ErrorKind::BrokenPipe || error.get_ref().is_some_and(|inner| names_broken_pipe(inner))
}
