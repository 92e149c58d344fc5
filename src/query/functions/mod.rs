//! SQL functions that Athena (Trino) has and DataFusion lacks, under Trino's names and with Trino's meaning.

use datafusion::prelude::SessionContext;

/// Adds all of them to a session.
pub fn register(_context: &SessionContext) {}
