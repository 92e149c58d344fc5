//! What a query reads: layers, of which there is one at least. The tables are the same, whichever there are.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{DataFusionError, Result};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use super::export::{ExportRun, ExportTable};
use super::footers::Footers;
use super::layered::LayeredTable;
use super::run::Run;
use super::table::LogTable;
use crate::base::message::Message;
use crate::base::tables::{Layer, Table};
use crate::lake::layers::LetGo;

/// Where rows come from.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// Exports.
    pub kept: Option<Arc<ExportRun>>,
    /// Live stores.
    pub live: Option<Arc<ExportRun>>,
    /// Log objects.
    pub raw: Option<Arc<Run>>,
    /// What live stores had once, and nothing has now.
    pub let_go: Vec<LetGo>,
    /// What is known of files that were read before.
    pub footers: Footers,
}

impl Source {
    /// Log objects alone.
    pub fn logs(run: Run) -> Self {
        Self { raw: Some(Arc::new(run)), ..Self::default() }
    }

    /// Exports alone.
    pub fn exports(run: ExportRun) -> Self {
        Self { kept: Some(Arc::new(run)), ..Self::default() }
    }

    pub(super) fn threads(&self) -> usize {
        let stored = self.stored().next().map(|run| run.threads);
        stored.or(self.raw.as_ref().map(|run| run.options.threads)).unwrap_or(1)
    }

    /// What is read of Parquet files.
    pub fn stored(&self) -> impl Iterator<Item = &Arc<ExportRun>> {
        self.kept.iter().chain(&self.live)
    }

    /// Begin and end of the time that is read, microseconds since the epoch.
    pub fn window(&self) -> (Option<i64>, Option<i64>) {
        let stored = self.stored().next().map(|run| &run.rows.window);
        let window = stored.or(self.raw.as_ref().map(|run| &run.options.window));
        window.map_or((None, None), |window| (window.since, window.until))
    }

    /// The same objects, or files, for a question of its own: with what was listed, and nothing read so far.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            kept: self.kept.as_ref().map(|run| Arc::new(run.again())),
            live: self.live.as_ref().map(|run| Arc::new(run.again())),
            raw: self.raw.as_ref().map(|run| Arc::new(run.again())),
            let_go: self.let_go.clone(),
            footers: self.footers.clone(),
        }
    }

    /// Whether a second question can read it all.
    pub fn reads_again(&self) -> bool {
        self.raw.as_ref().is_none_or(|run| !run.objects.iter().any(|object| object.location.is_stream()))
    }

    /// Makes the tables known to a session.
    pub(super) fn register(&self, context: &SessionContext) -> Result<()> {
        for run in self.stored() {
            run.register_stores(context)?;
        }
        for table in Table::ALL {
            let mut layers: Vec<(Layer, Arc<dyn TableProvider>)> = Vec::new();
            for run in self.stored() {
                layers.push((run.layer, Arc::new(ExportTable::new(table, Arc::clone(run))?)));
            }
            if let Some(run) = &self.raw {
                layers.push((Layer::Raw, Arc::new(LogTable::new(table, Arc::clone(run)))));
            }
            let table_of = match &layers[..] {
                [(_, only)] => Arc::clone(only),
                _ => Arc::new(LayeredTable::new(table, layers)),
            };
            context.register_table(table.name(), table_of)?;
        }
        Ok(())
    }

    /// What to say of an error if a file of an export is damaged.
    pub(super) async fn damaged(&self, error: &DataFusionError) -> Option<Message> {
        for run in self.stored() {
            if let Some(message) = run.damaged(error).await {
                return Some(message);
            }
        }
        None
    }

    /// Called with every plan before it is executed.
    pub(super) fn executes(&self, plan: &Arc<dyn ExecutionPlan>) {
        // Workers count what they read of logs themselves.
        for run in self.stored() {
            run.executes(plan);
        }
    }

    /// Called with a plan that came to nothing: what it read does not count.
    pub(super) fn forgets(&self, plan: &Arc<dyn ExecutionPlan>) {
        for run in self.stored() {
            run.forgets(plan);
        }
    }
}
