//! This program as the one who answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::RecordBatch;
use async_trait::async_trait;
use futures::TryStreamExt;

use super::session::{Ask, Percentiles};
use crate::ask::query::{Engine, Observer, Source};
use crate::ask::sql::{self, Scalar};

/// The engine and what it reads.
pub struct Local<'a> {
    engine: Engine,
    source: &'a Source,
}

impl<'a> Local<'a> {
    /// An engine over what `source` reads.
    pub fn new(engine: Engine, source: &'a Source) -> Self {
        Self { engine, source }
    }

    async fn answer(
        &self,
        sql: &str,
        values: &BTreeMap<String, Scalar>,
        observer: Option<&Arc<dyn Observer>>,
    ) -> Result<Vec<RecordBatch>> {
        let bound = sql::bind(sql, |name| format!("${name}"))?;
        let used = values.iter().filter(|(name, _)| bound.names.contains(name));
        let values = used.map(|(name, value)| (name.clone(), value.clone())).collect();
        let answer = self.engine.query_observed(&bound.sql, &values, observer).await?;
        let schema = answer.schema;
        let mut batches: Vec<RecordBatch> = answer.batches.try_collect().await?;
        if batches.is_empty() {
            // Also an answer without rows has columns.
            batches.push(RecordBatch::new_empty(schema));
        }
        Ok(batches)
    }
}

#[async_trait]
impl Ask for Local<'_> {
    async fn ask(&self, sql: &str, values: &BTreeMap<String, Scalar>) -> Result<Vec<RecordBatch>> {
        self.answer(sql, values, None).await
    }

    async fn ask_observed(
        &self,
        sql: &str,
        values: &BTreeMap<String, Scalar>,
        observer: &Arc<dyn Observer>,
    ) -> Result<Vec<RecordBatch>> {
        self.answer(sql, values, Some(observer)).await
    }

    fn shows_rows(&self) -> bool {
        true
    }

    fn database(&self) -> &'static str {
        "logs"
    }

    fn percentiles(&self) -> Percentiles {
        if self.engine.percentiles_are_exact() { Percentiles::Exact } else { Percentiles::Rounded }
    }

    fn reads_again(&self) -> bool {
        match self.source {
            Source::Logs(run) => !run.objects.iter().any(|object| object.location.is_stream()),
            Source::Exports(_) => true,
        }
    }
    fn unread(&self) -> usize {
        match self.source {
            Source::Logs(run) => run.report().incomplete.len(),
            Source::Exports(_) => 0,
        }
    }
}
