//! Sessions and tables for the tests of functions.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::Result;
use datafusion::datasource::MemTable;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::Rounding;

/// A session that knows the functions, with this many threads' worth of partitions.
pub(super) fn session(target_partitions: usize, batch_size: usize, memory: Option<usize>) -> SessionContext {
    session_with_rounding(target_partitions, batch_size, memory).0
}

/// The same, and what says whether its percentiles are exact.
pub(super) fn session_with_rounding(
    target_partitions: usize,
    batch_size: usize,
    memory: Option<usize>,
) -> (SessionContext, Rounding) {
    let mut runtime = RuntimeEnvBuilder::new();
    if let Some(bytes) = memory {
        runtime = runtime.with_memory_pool(Arc::new(FairSpillPool::new(bytes)));
    }
    let config = SessionConfig::new().with_target_partitions(target_partitions).with_batch_size(batch_size);
    let context = SessionContext::new_with_config_rt(config, runtime.build_arc().unwrap());
    let rounding = Rounding::default();
    super::register(&context, &rounding);
    (context, rounding)
}

/// Registers a table `t`, its rows dealt out in batches to four partitions.
pub(super) fn add_table(context: &SessionContext, columns: Vec<(&str, ArrayRef)>, batch_rows: usize) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut partitions = vec![Vec::new(); 4];
    for (index, start) in (0..batch.num_rows()).step_by(batch_rows).enumerate() {
        partitions[index % 4].push(batch.slice(start, batch_rows.min(batch.num_rows() - start)));
    }
    let table = MemTable::try_new(batch.schema(), partitions).unwrap();
    context.register_table("t", Arc::new(table)).unwrap();
}

/// What a query answers.
pub(super) fn run(context: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { context.sql(sql).await?.collect().await })
}

/// The rows of the answer, their values separated by spaces.
pub(super) fn rows(context: &SessionContext, sql: &str) -> Vec<String> {
    let answer = pretty_format_batches(&run(context, sql).unwrap()).unwrap().to_string();
    let lines = answer.lines().skip(3).filter(|line| line.starts_with('|'));
    lines.map(|line| line.replace('|', " ").split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// How a query fails.
pub(super) fn error(context: &SessionContext, sql: &str) -> String {
    run(context, sql).unwrap_err().strip_backtrace()
}
