//! What a query reads: the logs themselves, or exports of them. The tables are the same.

use std::sync::Arc;

use datafusion::common::{DataFusionError, Result};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use super::export::{ExportRun, ExportTable};
use super::run::Run;
use super::table::LogTable;
use crate::base::message::Message;
use crate::base::tables::Table;

/// Where rows come from.
#[derive(Debug, Clone)]
pub enum Source {
    Logs(Arc<Run>),
    Exports(Arc<ExportRun>),
}

impl Source {
    pub(super) fn threads(&self) -> usize {
        match self {
            Self::Logs(run) => run.options.threads,
            Self::Exports(run) => run.threads,
        }
    }

    /// Begin and end of the time that is read, microseconds since the epoch.
    pub fn window(&self) -> (Option<i64>, Option<i64>) {
        let window = match self {
            Self::Logs(run) => &run.options.window,
            Self::Exports(run) => &run.rows.window,
        };
        (window.since, window.until)
    }

    /// The same objects, or files, for a question of its own: with what was listed, and nothing read so far.
    #[must_use]
    pub fn again(&self) -> Self {
        match self {
            Self::Logs(run) => Self::Logs(Arc::new(run.again())),
            Self::Exports(run) => Self::Exports(Arc::new(run.again())),
        }
    }

    /// Makes the tables known to a session.
    pub(super) fn register(&self, context: &SessionContext) -> Result<()> {
        if let Self::Exports(run) = self {
            run.register_stores(context)?;
        }
        for table in Table::ALL {
            match self {
                Self::Logs(run) => {
                    context.register_table(table.name(), Arc::new(LogTable::new(table, Arc::clone(run))))?
                }
                Self::Exports(run) => {
                    context.register_table(table.name(), Arc::new(ExportTable::new(table, Arc::clone(run))?))?
                }
            };
        }
        Ok(())
    }

    /// What to say of an error if a file of an export is damaged.
    pub(super) async fn damaged(&self, error: &DataFusionError) -> Option<Message> {
        match self {
            Self::Logs(_) => None,
            Self::Exports(run) => run.damaged(error).await,
        }
    }

    /// Called with every plan before it is executed.
    pub(super) fn executes(&self, plan: &Arc<dyn ExecutionPlan>) {
        // Workers count what they read of logs themselves.
        if let Self::Exports(run) = self {
            run.executes(plan);
        }
    }
}
