//! A session: tables, functions, limits; and running one statement in it.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use alblog::DEFAULT_BATCH_SIZE;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures::{Stream, StreamExt};

use super::absent::AbsentValues;
use super::days::WrittenDays;
use super::dialect::{self, Dialect, Headers, TableNames, Translated, twice};
use super::durations::ByLength;
use super::functions::{self, BoundedConcat, Rounding};
use super::held_rows::{HeldRows, size_of_rows};
use super::lambdas;
use super::message::{Fault, QueryError, explain, panicked};
use super::minutes::CompleteMinutes;
use super::notices::notices;
use super::refused::refuse;
use super::running::Running;
use super::single_writer::SingleWriter;
use super::source::Source;
use super::tap::{Observer, TapPlanner, tapped};
use super::targets;
use super::zones::KnownZones;
use crate::ask::sql::Scalar;
use crate::base::message::Message;
use crate::fleet::inventory::target_groups::{self, TargetGroups};
use crate::fleet::inventory::targets::KeptTargets;
use crate::fleet::inventory::{Inventory, LOAD_BALANCERS};

/// Bounds of what a query may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Memory for grouping, sorting and joining, bytes. What exceeds it is spilled.
    pub memory: usize,
    /// Memory of a statement that has a join, bytes.
    pub for_joins: usize,
    /// Space for what is spilled in the system's temporary folder, bytes.
    pub temp_disk: u64,
}

/// Runs SQL over what one run reads.
pub struct Engine {
    pub(super) context: SessionContext,
    /// The same for statements in Athena's SQL, made for the first of them.
    athena: OnceLock<SessionContext>,
    dialect: Dialect,
    names: TableNames,
    source: Source,
    rounding: Rounding,
    memory: usize,
    for_joins: usize,
}

/// Batches as they come.
pub struct QueryResult {
    /// Columns of the result.
    pub schema: SchemaRef,
    pub batches: Pin<Box<dyn Stream<Item = Result<RecordBatch, QueryError>> + Send>>,
    /// What is to be said of the statement besides.
    pub notices: Vec<Message>,
}

/// How many of the largest memory consumers an error about memory names.
const NAMED_CONSUMERS: std::num::NonZeroUsize = std::num::NonZeroUsize::new(3).expect("not zero");

impl Engine {
    /// Prepares a session over what a run reads.
    ///
    /// # Errors
    /// When the temporary folder cannot be used.
    pub fn new(source: &Source, limits: &Limits) -> anyhow::Result<Self> {
        // The engine's batches are as long as the scan's: sorting within little memory fails if they differ.
        let mut config = SessionConfig::new()
            .with_target_partitions(source.threads())
            .with_information_schema(true)
            .with_batch_size(DEFAULT_BATCH_SIZE)
            .with_default_catalog_and_schema("albstats", "logs");
        let options = config.options_mut();
        options.sql_parser.collect_spans = true;
        // As in Trino, whatever the direction.
        "nulls_last".clone_into(&mut options.sql_parser.default_null_ordering);
        // One sorter with all of the memory: several, and the merge above them, take it from each other and fail.
        options.optimizer.repartition_sorts = false;
        // Sorters reserve it before they have a row, and reports have half a dozen of them.
        options.execution.sort_spill_reservation_bytes = limits.memory / 64;
        options.execution.time_zone = Some("+00:00".to_owned());
        // Of an export, other columns are read only of rows that pass; and no footer is read to plan a query.
        options.execution.parquet.pushdown_filters = true;
        options.execution.parquet.reorder_filters = true;
        options.execution.collect_statistics = false;
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(pool(limits.memory))
            .with_cache_manager(source.footers.config())
            .with_max_temp_directory_size(limits.temp_disk);
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime.build_arc()?)
            .with_default_features()
            .with_query_planner(Arc::new(TapPlanner))
            .with_physical_optimizer_rule(Arc::new(SingleWriter))
            .with_physical_optimizer_rule(Arc::new(HeldRows));
        let state = state.build();
        let rules = lambdas::careful(state.physical_optimizers());
        let state = SessionStateBuilder::new_from_existing(state).with_physical_optimizer_rules(rules);
        let context = SessionContext::new_with_state(state.build());
        source.register(&context)?;
        dialect::list(&context)?;
        context.add_analyzer_rule(Arc::new(CompleteMinutes));
        context.add_analyzer_rule(Arc::new(KnownZones));
        context.add_analyzer_rule(Arc::new(WrittenDays));
        context.add_analyzer_rule(Arc::new(AbsentValues));
        context.add_analyzer_rule(Arc::new(BoundedConcat));
        context.add_analyzer_rule(Arc::new(ByLength));
        let rounding = Rounding::default();
        functions::register(&context, &rounding);
        Ok(Self {
            context,
            athena: OnceLock::new(),
            dialect: Dialect::default(),
            names: TableNames::default(),
            source: source.clone(),
            rounding,
            memory: limits.memory,
            for_joins: limits.for_joins,
        })
    }

    /// The same engine, which takes statements to be in this SQL, and these names to be tables of AWS's documentation.
    #[must_use]
    pub fn speaking(self, dialect: Dialect, names: TableNames) -> Self {
        Self { dialect, names, ..self }
    }

    /// Memory for grouping, sorting and joining, bytes.
    pub fn memory(&self) -> usize {
        self.memory
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Makes an inventory of target groups a table.
    ///
    /// # Errors
    /// When it is one already.
    pub fn add_target_groups(&self, target_groups: &TargetGroups) -> anyhow::Result<()> {
        self.context.register_batch(target_groups::TABLE_NAME, target_groups.batch()?)?;
        Ok(())
    }

    /// Makes the load balancers of an inventory a table.
    ///
    /// # Errors
    /// When it is one already.
    pub fn add_load_balancers(&self, inventory: &Inventory) -> anyhow::Result<()> {
        self.context.register_batch(LOAD_BALANCERS, inventory.load_balancers_batch()?)?;
        Ok(())
    }

    /// Makes targets of an inventory a table, and whose an address was a function; their file is read when it is asked for.
    ///
    /// # Errors
    /// When there is such a table already.
    pub fn add_targets(&self, targets: &Arc<KeptTargets>) -> anyhow::Result<()> {
        targets::register(&self.context, targets)?;
        Ok(())
    }

    /// Whether every percentile so far is exact: none had so many distinct values that some were rounded, by at most 0.1 %.
    pub fn percentiles_are_exact(&self) -> bool {
        !self.rounding.occurred()
    }

    /// Starts one statement with values for its parameters `$name`. It can read tables and nothing else: no DDL, no writes,
    /// no settings.
    ///
    /// # Errors
    /// When the statement cannot be parsed or planned, where the message points at the place, or a parameter has no value.
    pub async fn query(&self, sql: &str, values: &BTreeMap<String, Scalar>) -> Result<QueryResult, QueryError> {
        self.query_observed(sql, values, None).await
    }

    /// Whether a statement can be answered at all with these values, whatever there is to read.
    ///
    /// # Errors
    /// When it cannot be parsed or planned, where the message points at the place, or a parameter has no value.
    pub async fn check(&self, sql: &str, values: &BTreeMap<String, Scalar>) -> Result<(), QueryError> {
        self.plan(sql, values).await.map(drop)
    }

    /// Plans a statement, which can read tables and nothing else.
    pub(super) async fn plan(&self, sql: &str, values: &BTreeMap<String, Scalar>) -> Result<Planned<'_>, QueryError> {
        let explained = |error| explain(sql, &error);
        refuse(sql).map_err(explained)?;
        let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let Translated { mut statement, headers, is_athenas } =
            dialect::translate(sql, self.dialect, &self.names, values).map_err(explained)?;
        let twice = twice::names(&mut statement).map_err(explained)?;
        let context = if is_athenas {
            self.athena.get_or_init(|| dialect::session(&self.context, &self.rounding))
        } else {
            &self.context
        };
        let plan = context.state().statement_to_plan(statement).await;
        let plan = plan.map_err(|error| explained(twice::placed(error, &twice)))?;
        read_only.verify_plan(&plan).map_err(explained)?;
        Ok(Planned { plan, headers, is_athenas, context })
    }

    /// The same, while an observer sees the rows of its table that the statement reads.
    ///
    /// # Errors
    /// As [`Self::query`], and when the statement does not read that table exactly once.
    pub async fn query_observed(
        &self,
        sql: &str,
        values: &BTreeMap<String, Scalar>,
        observer: Option<&Arc<dyn Observer>>,
    ) -> Result<QueryResult, QueryError> {
        let explained = |error| explain(sql, &error);
        let Planned { plan, headers, is_athenas, context } = self.plan(sql, values).await?;
        let frame = DataFrame::new(context.state(), plan);
        let frame =
            if values.is_empty() { frame } else { frame.with_param_values(bound(values)).map_err(explained)? };
        let (state, plan) = frame.into_parts();
        let notices = notices(&plan);
        let plan = match observer {
            Some(observer) => tapped(plan, observer).map_err(explained)?,
            None => plan,
        };
        let (source, observer) = (self.source.clone(), observer.cloned());
        let running = Running { plan, state, source, for_joins: self.for_joins, observer };
        let stream = running.start().await.map_err(explained)?;
        let schema = headers.renamed(&stream.schema(), is_athenas);
        let sql: Arc<str> = Arc::from(sql);
        let source = self.source.clone();
        let called = Arc::clone(&schema);
        Ok(QueryResult {
            schema,
            notices,
            batches: Box::pin(AssertUnwindSafe(stream).catch_unwind().then(move |batch| {
                let (source, sql, called) = (source.clone(), Arc::clone(&sql), Arc::clone(&called));
                async move {
                    match batch.unwrap_or_else(|_| Err(panicked())) {
                        Ok(batch) => Ok(Headers::rows(batch, &called)),
                        Err(error) => Err(explain_run(&source, &sql, error).await),
                    }
                }
            })),
        })
    }
}

/// A statement as the engine understands it.
pub(super) struct Planned<'a> {
    pub(super) plan: LogicalPlan,
    headers: Headers,
    is_athenas: bool,
    /// The session that knows its functions.
    context: &'a SessionContext,
}

/// Memory that is shared fairly, and whose errors name who has most of it.
pub(super) fn pool(memory: usize) -> Arc<dyn MemoryPool> {
    Arc::new(TrackConsumersPool::new(FairSpillPool::new(memory), NAMED_CONSUMERS))
}

impl QueryResult {
    /// All batches; at least one, for also an answer without rows has columns.
    ///
    /// # Errors
    /// When the statement fails, or its rows take more than `most` bytes.
    pub async fn collect(mut self, most: usize) -> Result<Vec<RecordBatch>, QueryError> {
        let mut batches = vec![RecordBatch::new_empty(Arc::clone(&self.schema))];
        let mut size: usize = 0;
        while let Some(batch) = self.batches.next().await {
            let batch = batch?;
            size = size.saturating_add(size_of_rows(&batch));
            if size > most {
                return Err(QueryError::too_large(most));
            }
            batches.push(batch);
        }
        Ok(batches)
    }
}

/// What ended a statement that had begun: a file that is damaged, or whatever the engine says.
async fn explain_run(source: &Source, sql: &str, error: DataFusionError) -> QueryError {
    match source.damaged(&error).await {
        Some(damage) => QueryError::without_place(damage, Fault::Data),
        None => explain(sql, &error),
    }
}

/// Values as the engine takes them.
fn bound(values: &BTreeMap<String, Scalar>) -> Vec<(&str, ScalarValue)> {
    let value = |scalar: &Scalar| match scalar {
        Scalar::Null => ScalarValue::Null,
        Scalar::Text(text) => ScalarValue::Utf8(Some(text.clone())),
        Scalar::Int(value) => ScalarValue::Int64(Some(*value)),
        Scalar::Float(value) => ScalarValue::Float64(Some(*value)),
        Scalar::Bool(value) => ScalarValue::Boolean(Some(*value)),
    };
    values.iter().map(|(name, scalar)| (name.as_str(), value(scalar))).collect()
}
