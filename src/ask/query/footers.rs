//! What is kept of Parquet files that were read: their footers, so that whoever reads them again need not decode them again.

use std::fmt;
use std::sync::Arc;

use datafusion::execution::cache::cache_manager::{CacheManagerConfig, FileMetadataCache};
use datafusion::execution::cache::default_cache::DefaultCache;

/// Memory for footers, bytes.
const ROOM: usize = 32 << 20;

/// Footers of the files of one source, known by path, size and time of change. A server keeps them from one question to the
/// next; a command reads a table twice, or a file in parts.
#[derive(Clone)]
pub struct Footers(Arc<FileMetadataCache>);

impl Default for Footers {
    fn default() -> Self {
        Self(Arc::new(DefaultCache::new(ROOM)))
    }
}

impl fmt::Debug for Footers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Footers").field("files", &self.0.len()).finish()
    }
}

impl Footers {
    /// For a session that reads these files.
    pub(super) fn config(&self) -> CacheManagerConfig {
        CacheManagerConfig::default()
            .with_file_metadata_cache(Some(Arc::clone(&self.0)))
            .with_metadata_cache_limit(ROOM)
    }
}
