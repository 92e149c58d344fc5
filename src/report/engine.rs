//! Whoever answers a report's statements.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use anyhow::{Result, bail};
use arrow::array::RecordBatch;
use async_trait::async_trait;

use crate::ask::query::Observer;
use crate::ask::sql::{self, Scalar};
use crate::base::heavy_hitters::HeavyHitters;
use crate::base::tables::Table;

#[async_trait]
pub trait Ask: Send + Sync {
    /// Answers a statement with parameters `:name`; `values` may hold more than it uses.
    async fn ask(&self, sql: &str, values: &BTreeMap<String, Scalar>) -> Result<Vec<RecordBatch>>;

    /// Answers while `observer` sees the rows of its table that the statement reads, if the engine shows rows.
    async fn ask_observed(
        &self,
        sql: &str,
        values: &BTreeMap<String, Scalar>,
        observer: &Arc<dyn Observer>,
    ) -> Result<Vec<RecordBatch>> {
        let _ = observer;
        self.ask(sql, values).await
    }

    /// Whether rows can be seen on their way to an answer.
    fn shows_rows(&self) -> bool {
        false
    }

    /// Asks a statement all of whose columns are hashes of rows ([`Folding::numbers`](sql::Folding::numbers)), for which
    /// of them are frequent.
    async fn frequent(&self, _sql: &str, _values: &BTreeMap<String, Scalar>) -> Result<Vec<HeavyHitters>> {
        bail!("this engine tells no hashes of rows")
    }

    /// Whether it can tell whose an address was ([`sql::HOLDER_OF`]).
    fn knows_holders(&self) -> bool {
        false
    }

    /// Memory that a question may use, bytes; none where it is not ours to bound.
    fn memory(&self) -> Option<usize> {
        None
    }

    /// Where the tables are, as the statement names it.
    fn database(&self) -> &str;

    /// What rows of a table must meet to be in a window.
    fn window(&self, table: Table, since: Option<i64>, until: Option<i64>, margin: i64) -> Vec<String> {
        sql::times(table, since, until, margin)
    }

    /// How exact the percentiles of the answers so far are.
    fn percentiles(&self) -> Percentiles;

    /// Whether a table can be read more than once: standard input cannot.
    fn reads_again(&self) -> bool;

    /// The same engine over logs of another time than that of the question, if there are any and they can be read.
    fn earlier(&self, _time: &Range<i64>) -> Option<Box<dyn Ask + '_>> {
        None
    }

    /// Objects so far that could not be read, or not to their end: rows of their intervals are missing.
    fn unread(&self) -> Vec<String> {
        Vec::new()
    }

    /// The time before which rows were let go, if some were that are asked about; microseconds since the epoch.
    fn let_go_before(&self) -> Option<i64> {
        None
    }
}

/// How exact percentiles are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Percentiles {
    /// Every one is a value that occurred, of the nearest rank.
    Exact,
    /// So many distinct values occurred that some are rounded, by at most 0.1 %.
    Rounded,
    /// As the engine approximates them.
    Approximate,
}
