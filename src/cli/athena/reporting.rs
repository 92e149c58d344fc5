//! Athena as the one who answers a report.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use arrow::array::RecordBatch;
use async_trait::async_trait;

use super::asking::{self, AskingArgs};
use crate::ask::athena::{Athena, Statement, Usage, Window, conditions};
use crate::ask::sql::Scalar;
use crate::base::config::{Config, TimeSpan};
use crate::base::tables::Table;
use crate::cli::common::message;
use crate::cli::common::selecting::SelectingArgs;
use crate::report::{Ask, Percentiles};

/// A connection, how it is asked, and what it has cost.
pub(in crate::cli) struct OnAthena<'a> {
    athena: Athena,
    args: &'a AskingArgs,
    window: Window,
    quiet: bool,
    used: Mutex<Vec<Usage>>,
}

impl<'a> OnAthena<'a> {
    /// Connects as the flags say.
    pub(in crate::cli) async fn connect(
        args: &'a AskingArgs,
        selecting: &SelectingArgs,
        config: &Config,
        quiet: bool,
    ) -> Result<Self> {
        let window = asking::window(selecting, config)?;
        let athena = Athena::connect(&asking::identity(selecting, config)?, args.place.options()).await?;
        if !quiet {
            for notice in &athena.notices {
                message(format_args!("notice: {notice}"));
            }
        }
        Ok(Self { athena, args, window, quiet, used: Mutex::default() })
    }

    /// Says what the answers cost.
    pub(in crate::cli) fn close(self, quiet: bool) {
        let used = self.used.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !quiet {
            for usage in used {
                message(format_args!("{}", asking::closing_line(&usage)));
            }
        }
    }
}

#[async_trait]
impl Ask for OnAthena<'_> {
    async fn ask(&self, sql: &str, values: &BTreeMap<String, Scalar>) -> Result<Vec<RecordBatch>> {
        let statement = Statement::with_values(sql, values)?;
        let say = |text: std::fmt::Arguments| {
            if !self.quiet {
                message(text);
            }
        };
        if let Some(most) = self.args.max_cost {
            asking::check_cost(&self.athena, &statement, &self.window, most, &say).await?;
        }
        let interrupted = async {
            let _ = tokio::signal::ctrl_c().await;
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
        self.args.place.database()
    }

    fn window(&self, table: Table, since: Option<i64>, until: Option<i64>, margin: i64) -> Vec<String> {
        // Also by day: that leaves folders unread.
        conditions(table, &Window { since, until, margin, elbs: Vec::new() })
    }

    fn percentiles(&self) -> Percentiles {
        Percentiles::Approximate
    }

    fn reads_again(&self) -> bool {
        true
    }
}
