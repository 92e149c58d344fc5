//! A statement answered by this program, and its rows written as they come.

use std::collections::BTreeMap;
use std::pin::pin;

use anyhow::Result;
use futures::StreamExt;
use tokio::runtime::Runtime;

use super::interruption::interrupted;
use super::printing::Printing;
use super::progress::Drawing;
use crate::ask::query::Engine;
use crate::ask::sql::Scalar;
use crate::output::{Format, writer};

/// A statement with the values of its parameters.
pub(in crate::cli) struct Bound {
    pub(in crate::cli) sql: String,
    pub(in crate::cli) values: BTreeMap<String, Scalar>,
}

impl Bound {
    /// A statement without parameters.
    pub(in crate::cli) fn plain(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: BTreeMap::new() }
    }
}

/// Runs a statement and writes its answer.
pub(in crate::cli) fn answer(
    statement: &Bound,
    engine: &Engine,
    runtime: &Runtime,
    printing: Printing,
    quiet: bool,
) -> Result<()> {
    let Printing { format, destination, layout } = printing;
    // A bar and rows that come bit by bit do not share a terminal.
    let streams = matches!(format, Format::Csv | Format::Ndjson);
    let bar = !(quiet || destination.is_terminal() && streams);
    runtime.block_on(async {
        let drawing = Drawing::start(engine.source(), bar);
        // One for the whole run: an interruption while rows are written must not be missed.
        let mut interruption = pin!(interrupted());
        let result = tokio::select! {
            result = engine.query(&statement.sql, &statement.values) => result?,
            error = &mut interruption => return Err(error),
        };
        let mut writer = writer(format, result.schema, destination, layout)?;
        let mut batches = result.batches;
        loop {
            let batch = tokio::select! {
                batch = batches.next() => batch,
                error = &mut interruption => return Err(error),
            };
            match batch {
                Some(batch) => writer.write(&batch?)?,
                None => break,
            }
        }
        drop(drawing);
        writer.finish()?.commit()
    })
}
