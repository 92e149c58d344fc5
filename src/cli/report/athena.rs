//! Athena as the one who answers a report.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use arrow::array::RecordBatch;
use async_trait::async_trait;

use crate::ask::athena::{Athena, Statement, Usage, conditions};
use crate::ask::selection::{RowFilter, Window};
use crate::ask::sql::Scalar;
use crate::base::aws::Identity;
use crate::base::config::TimeSpan;
use crate::base::tables::Table;
use crate::cli::common::athena::{check_cost, closing_line, connect};
use crate::cli::common::engine::EngineArgs;
use crate::cli::common::interruption::interrupted;
use crate::cli::common::message;
use crate::report::{Ask, Percentiles};

/// A connection, how it is asked, and what it has cost.
pub(super) struct OnAthena<'a> {
    athena: Athena,
    args: &'a EngineArgs,
    window: Window,
    quiet: bool,
    used: Mutex<Vec<Usage>>,
}

impl<'a> OnAthena<'a> {
    /// Connects as the flags say.
    pub(super) async fn connect(
        args: &'a EngineArgs,
        identity: &Identity,
        window: Window,
        quiet: bool,
    ) -> Result<Self> {
        let athena = connect(identity, &args.database, quiet).await?;
        Ok(Self { athena, args, window, quiet, used: Mutex::default() })
    }

    /// Says what the answers cost.
    pub(super) fn close(self, quiet: bool) {
        let used = self.used.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !quiet {
            for usage in used {
                message(format_args!("{}", closing_line(&usage)));
            }
        }
    }
}

#[async_trait]
impl Ask for OnAthena<'_> {
    async fn ask(&self, sql: &str, values: &BTreeMap<String, Scalar>) -> Result<Vec<RecordBatch>> {
        let statement = Statement::with_values(sql, values)?;
        if let Some(most) = self.args.max_cost {
            check_cost(&self.athena, &statement, &self.window, most, self.quiet).await?;
        }
        let interrupted = async {
            interrupted().await;
        };
        let mut answer = self.athena.ask(&statement, self.args.reuse.map(TimeSpan::get), interrupted).await?;
        // Also an answer without rows has columns.
        let mut batches = vec![RecordBatch::new_empty(Arc::clone(&answer.schema))];
        while let Some(batch) = answer.next().await? {
            batches.push(batch);
        }
        self.used.lock().unwrap_or_else(PoisonError::into_inner).push(answer.usage);
        Ok(batches)
    }

    fn database(&self) -> &str {
        self.args.database.database()
    }

    fn window(&self, table: Table, since: Option<i64>, until: Option<i64>, margin: i64) -> Vec<String> {
        // Also by day: that leaves folders unread.
        conditions(table, &RowFilter { window: Window { since, until, margin }, elbs: Vec::new() })
    }

    fn percentiles(&self) -> Percentiles {
        Percentiles::Approximate
    }

    fn reads_again(&self) -> bool {
        true
    }
}
