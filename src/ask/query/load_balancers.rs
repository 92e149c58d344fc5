//! Whose logs an export holds.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use datafusion::arrow::util::display::array_value_to_string;

use super::{Engine, ExportRun, Limits, Source};
use crate::ask::selection::{RowFilter, Window};
use crate::base::tables::Layer;
use crate::lake::layers::Kept;

/// Bytes that the names may take: of a hundred bytes each, ten thousand.
const MOST: usize = 1 << 20;

/// The load balancers whose objects are in the exports, as `app/<name>/<id>`: read from the records of what was exported.
///
/// # Errors
/// When the records cannot be read.
pub async fn load_balancers(
    exports: Vec<Kept>,
    window: Window,
    threads: usize,
    limits: &Limits,
) -> Result<BTreeSet<String>> {
    let rows = RowFilter { window, ..RowFilter::default() };
    let source = Source::exports(ExportRun::new(Layer::Kept, exports, rows, threads));
    let engine = Engine::new(&source, limits)?;
    let sql = "SELECT DISTINCT elb FROM log_objects WHERE elb IS NOT NULL";
    let batches = engine.query(sql, &BTreeMap::new()).await?.collect(MOST).await?;
    let mut elbs = BTreeSet::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            elbs.insert(array_value_to_string(batch.column(0), row)?);
        }
    }
    Ok(elbs)
}
