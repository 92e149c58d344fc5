//! A statement answered by this program, and its rows written as they come.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use anyhow::{Result, bail};
use arrow::array::RecordBatch;
use futures::StreamExt;
use tokio::runtime::Runtime;

use super::interruption::interrupted;
use super::message;
use super::printing::Printing;
use super::progress::SharedDrawing;
use crate::ask::query::Engine;
use crate::ask::sql::{self, Scalar};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::output::{Format, in_zone, writer};

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

    /// A statement whose `:name` get these values. `giving` says how one is given that is missing.
    ///
    /// # Errors
    /// When a value is missing, or none of the parameters has its name.
    pub(in crate::cli) fn of(
        sql: &str,
        values: BTreeMap<String, Scalar>,
        giving: impl Fn(&str) -> String,
    ) -> Result<Self> {
        if values.is_empty() {
            return Ok(Self::plain(sql));
        }
        let sql::Bound { sql, names } = sql::bind(sql, |name| format!("${name}"))?;
        if let Some(missing) = names.iter().find(|name| !values.contains_key(*name)) {
            let missing = Shown(missing).to_string();
            bail!(Message::new(format_args!("no value for :{missing}")).hint(giving(&missing)));
        }
        if let Some(unused) = values.keys().find(|name| !names.contains(name)) {
            let unused = Shown(unused).to_string();
            bail!("{} has no :{unused} in the statement", giving(&unused));
        }
        Ok(Self { sql, values })
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
    mut printing: Printing,
    quiet: bool,
    see: &mut dyn FnMut(&RecordBatch),
) -> Result<()> {
    // A bar and rows that come bit by bit do not share a terminal.
    let streams = matches!(printing.format, Format::Csv | Format::Ndjson);
    let bar = !(quiet || printing.destination.is_terminal() && streams);
    runtime.block_on(async {
        // It shares no screen with a pager, either.
        let drawing = SharedDrawing::start(engine.source(), bar);
        printing.destination.before_paging(drawing.before_paging());
        // One for the whole run: an interruption while rows are written must not be missed.
        let mut interruption = pin!(interrupted());
        let result = tokio::select! {
            result = engine.query(&statement.sql, &statement.values) => result?,
            error = &mut interruption => return Err(error),
        };
        for notice in result.notices.iter().filter(|_| !quiet) {
            message(notice.clone().after("notice: "));
        }
        let schema = printing.schema(&result.schema);
        let Printing { format, destination, layout, .. } = printing;
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
        drawing.stop();
        writer.finish()?.commit()
    })
}
