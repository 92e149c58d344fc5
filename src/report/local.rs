//! This program as the one who answers.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use async_trait::async_trait;
use futures::TryStreamExt;

use super::engine::{Ask, Percentiles};
use crate::ask::query::{Engine, Observer, QueryResult};
use crate::ask::sql::{self, Scalar};
use crate::base::heavy_hitters::HeavyHitters;

/// Counters for frequent values: more than are ever told apart, so that those are the right ones.
const COUNTERS: usize = 16_384;

/// Of the memory for a question, the part that its answer may take: a document of it takes several times as much.
const ANSWERS_PART: usize = 8;

/// Opens what is read of another time.
pub type Opens<'a> = dyn Fn(&Range<i64>) -> Result<Engine> + Sync + 'a;

/// The engine and what it reads.
pub struct Local<'a> {
    engine: Engine,
    earlier: Option<&'a Opens<'a>>,
}

impl<'a> Local<'a> {
    /// An engine, and how one for another time is opened.
    pub fn new(engine: Engine, earlier: Option<&'a Opens<'a>>) -> Self {
        Self { engine, earlier }
    }

    async fn begin(
        &self,
        sql: &str,
        values: &BTreeMap<String, Scalar>,
        observer: Option<&Arc<dyn Observer>>,
    ) -> Result<QueryResult> {
        let bound = sql::bind(sql, |name| format!("${name}"))?;
        let used = values.iter().filter(|(name, _)| bound.names.contains(name));
        let values = used.map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok(self.engine.query_observed(&bound.sql, &values, observer).await?)
    }

    async fn answer(
        &self,
        sql: &str,
        values: &BTreeMap<String, Scalar>,
        observer: Option<&Arc<dyn Observer>>,
    ) -> Result<Vec<RecordBatch>> {
        Ok(self.begin(sql, values, observer).await?.collect(self.engine.memory() / ANSWERS_PART).await?)
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

    fn knows_holders(&self) -> bool {
        true
    }

    fn database(&self) -> &'static str {
        "logs"
    }

    fn memory(&self) -> Option<usize> {
        Some(self.engine.memory())
    }

    async fn frequent(&self, sql: &str, values: &BTreeMap<String, Scalar>) -> Result<Vec<HeavyHitters>> {
        let mut answer = self.begin(sql, values, None).await?;
        let mut frequent: Vec<HeavyHitters> =
            answer.schema.fields().iter().map(|_| HeavyHitters::new(COUNTERS)).collect();
        while let Some(batch) = answer.batches.try_next().await? {
            for (column, frequent) in batch.columns().iter().zip(&mut frequent) {
                let numbers = column.as_primitive_opt::<Int64Type>();
                numbers
                    .iter()
                    .flat_map(|numbers| numbers.iter().flatten())
                    .for_each(|number| frequent.add(number.cast_unsigned()));
            }
        }
        Ok(frequent)
    }

    fn percentiles(&self) -> Percentiles {
        if self.engine.percentiles_are_exact() { Percentiles::Exact } else { Percentiles::Rounded }
    }

    fn reads_again(&self) -> bool {
        self.engine.source().reads_again()
    }

    fn earlier(&self, time: &Range<i64>) -> Option<Box<dyn Ask + '_>> {
        let opens = self.earlier.filter(|_| self.reads_again())?;
        Some(Box::new(Local::new(opens(time).ok()?, None)))
    }

    fn unread(&self) -> Vec<String> {
        let source = self.engine.source();
        let of_logs = source.raw.iter().flat_map(|run| run.report().incomplete.clone());
        of_logs.map(|problem| problem.object).chain(source.stored().flat_map(|run| run.unread())).collect()
    }

    fn let_go_before(&self) -> Option<i64> {
        self.engine.source().let_go.iter().map(|store| store.before).max()
    }
}
