//! A statement answered by this program, and its rows written as they come.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use arrow::array::RecordBatch;
use futures::StreamExt;
use tokio::runtime::Runtime;

use super::interruption::interrupted;
use super::printing::Printing;
use super::progress::Drawing;
use crate::ask::query::Engine;
use crate::ask::sql::Scalar;
use crate::output::{Format, in_zone, schema_in_zone, writer};

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
    answer_seen(statement, engine, runtime, printing, quiet, &mut |_| ())
}

/// The same, while somebody sees the rows that come.
pub(in crate::cli) fn answer_seen(
    statement: &Bound,
    engine: &Engine,
    runtime: &Runtime,
    printing: Printing,
    quiet: bool,
    see: &mut dyn FnMut(&RecordBatch),
) -> Result<()> {
    let Printing { format, mut destination, layout, zone } = printing;
    // A bar and rows that come bit by bit do not share a terminal.
    let streams = matches!(format, Format::Csv | Format::Ndjson);
    let bar = !(quiet || destination.is_terminal() && streams);
    runtime.block_on(async {
        let drawing = Arc::new(Mutex::new(Drawing::start(engine.source(), bar)));
        // It shares no screen with a pager, either.
        let drawn = Arc::clone(&drawing);
        let stop = move || drop(drawn.lock().unwrap_or_else(PoisonError::into_inner).take());
        destination.before_paging(Box::new(stop.clone()));
        // One for the whole run: an interruption while rows are written must not be missed.
        let mut interruption = pin!(interrupted());
        let result = tokio::select! {
            result = engine.query(&statement.sql, &statement.values) => result?,
            error = &mut interruption => return Err(error),
        };
        // Of a file of moments, the zone is a matter of who reads it.
        let zone = zone.filter(|_| format != Format::Parquet);
        let schema = zone.map_or_else(|| Arc::clone(&result.schema), |zone| schema_in_zone(&result.schema, &zone));
        let mut writer = writer(format, Arc::clone(&schema), destination, layout)?;
        let mut batches = result.batches;
        loop {
            let batch = tokio::select! {
                batch = batches.next() => batch,
                error = &mut interruption => return Err(error),
            };
            match batch {
                Some(batch) => {
                    let batch = batch?;
                    see(&batch);
                    writer.write(&in_zone(&batch, &schema)?)?;
                }
                None => break,
            }
        }
        stop();
        writer.finish()?.commit()
    })
}
