//! One question to Athena: started, waited for, and its answer page by page as Arrow.

use std::time::Duration;

use anyhow::{Result, bail};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use aws_sdk_athena::types::{QueryExecution, ResultReuseInformation, Row};

use super::client::Athena;
use super::results::{self, ResultColumn};
use super::statement::Statement;

/// Dollars for a terabyte that Athena reads, where it is cheapest.
///
/// <https://aws.amazon.com/athena/pricing/>
const DOLLARS_PER_BYTE: f64 = 5e-12;
/// The least that a statement is charged for, bytes.
const LEAST_CHARGED: u64 = 10_000_000;

/// What a statement read, and what that costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Bytes read in S3.
    pub bytes: u64,
    /// Whether the answer is that of an earlier statement, which costs nothing.
    pub reused: bool,
    /// How long Athena took.
    pub elapsed: Duration,
}

impl Usage {
    fn of(execution: &QueryExecution) -> Self {
        let Some(statistics) = execution.statistics() else { return Self::default() };
        let number = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0);
        let reuse = statistics.result_reuse_information();
        Self {
            bytes: number(statistics.data_scanned_in_bytes()),
            reused: reuse.is_some_and(ResultReuseInformation::reused_previous_result),
            elapsed: Duration::from_millis(number(statistics.total_execution_time_in_millis())),
        }
    }

    /// Dollars. Statements that read nothing, and reused answers, are free.
    pub fn dollars(&self) -> f64 {
        if self.reused || self.bytes == 0 { 0.0 } else { dollars(self.bytes) }
    }
}

/// What reading so many bytes costs, dollars.
#[expect(clippy::cast_precision_loss, reason = "a byte more or less does not show in dollars")]
pub fn dollars(bytes: u64) -> f64 {
    bytes.max(LEAST_CHARGED) as f64 * DOLLARS_PER_BYTE
}

/// An answer whose pages are read one after another.
#[derive(Debug)]
pub struct Answer<'a> {
    athena: &'a Athena,
    id: String,
    columns: Vec<ResultColumn>,
    /// Columns of the result.
    pub schema: SchemaRef,
    pub usage: Usage,
    rows: Vec<Row>,
    next: Option<String>,
    ended: bool,
}

impl Athena {
    /// Runs a statement and waits for its end. If `interrupted` comes first, the statement is stopped.
    ///
    /// # Errors
    /// When Athena refuses the statement or it fails; the reason is Athena's own.
    pub async fn ask(
        &self,
        statement: &Statement,
        reuse: Option<Duration>,
        interrupted: impl Future<Output = ()>,
    ) -> Result<Answer<'_>> {
        let id = self.start(&statement.sql, &statement.parameters, true, reuse).await?;
        tracing::info!(id, "Athena started the statement");
        let execution = tokio::select! {
            execution = self.wait(&id) => execution?,
            () = interrupted => {
                // It goes on, and costs, until it is stopped.
                self.stop(&id).await?;
                bail!("interrupted; the statement was stopped");
            }
        };
        let first = self.page(&id, None).await?;
        let (rows, metadata) = first.result_set.map(|set| (set.rows, set.result_set_metadata)).unwrap_or_default();
        let mut rows = rows.unwrap_or_default();
        let columns = metadata.and_then(|metadata| metadata.column_info).unwrap_or_default();
        let columns: Vec<ResultColumn> = columns.iter().map(ResultColumn::new).collect();
        if rows.first().is_some_and(|row| results::is_header(&columns, row)) {
            rows.remove(0);
        }
        let (schema, usage) = (results::schema(&columns), Usage::of(&execution));
        Ok(Answer { athena: self, id, columns, schema, usage, rows, next: first.next_token, ended: false })
    }
}

impl Answer<'_> {
    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if self.ended {
                return Ok(None);
            }
            let rows = std::mem::take(&mut self.rows);
            match self.next.take() {
                None => self.ended = true,
                // The next page is not asked for before this one is taken.
                token if rows.is_empty() => {
                    let page = self.athena.page(&self.id, token).await?;
                    self.rows = page.result_set.and_then(|set| set.rows).unwrap_or_default();
                    self.next = page.next_token;
                    self.ended = self.rows.is_empty() && self.next.is_none();
                    continue;
                }
                token => self.next = token,
            }
            if !rows.is_empty() {
                return Ok(Some(results::batch(&self.schema, &self.columns, &rows)?));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_costs_and_what_is_reused_does_not() {
        let usage = Usage { bytes: 1_000_000_000_000, ..Usage::default() };
        assert!((usage.dollars() - 5.0).abs() < 1e-9);
        assert!((Usage { reused: true, ..usage }).dollars().abs() < 1e-9);
        assert!((Usage { bytes: 1, ..usage }.dollars() - 0.000_05).abs() < 1e-9);
        assert!(Usage::default().dollars().abs() < 1e-9);
    }
}
