//! Reading files of exports under their seals: bytes that are not those that were written are an error, not an answer.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use datafusion::common::Result;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::errors::{ParquetError, Result as ParquetResult};
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::path::Path;

use crate::lake::export::seal::{Broken, Seal};

/// What is known of the files of one scan.
type Seals = Mutex<HashMap<Path, Option<Arc<Seal>>>>;

/// Readers that check what they read.
#[derive(Debug)]
pub(super) struct Sealed {
    files: CachedParquetFileReaderFactory,
    seals: Arc<Seals>,
}

impl Sealed {
    /// Checks what these read.
    pub(super) fn new(files: CachedParquetFileReaderFactory) -> Self {
        Self { files, seals: Arc::default() }
    }
}

impl ParquetFileReaderFactory for Sealed {
    fn create_reader(
        &self,
        partition: usize,
        file: PartitionedFile,
        metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let (path, size) = (file.object_meta.location.clone(), file.object_meta.size);
        let file = self.files.create_reader(partition, file, metadata_size_hint, metrics)?;
        Ok(Box::new(Reader { file, path, size, seals: Arc::clone(&self.seals), seal: None }))
    }
}

struct Reader {
    file: Box<dyn AsyncFileReader + Send>,
    path: Path,
    size: u64,
    seals: Arc<Seals>,
    /// Of this file, once its footer was read.
    seal: Option<Arc<Seal>>,
}

/// What Parquet's reader says of it.
fn error(path: &Path, broken: &Broken) -> ParquetError {
    ParquetError::General(format!("{path}: {broken}"))
}

impl Reader {
    /// Checks everything behind the rows, once in a scan.
    async fn check(&mut self, footer: &ParquetMetaData) -> ParquetResult<()> {
        let known = self.seals.lock().unwrap_or_else(PoisonError::into_inner).get(&self.path).cloned();
        if let Some(seal) = known {
            self.seal = seal;
            return Ok(());
        }
        let seal = Seal::of(footer.file_metadata()).map_err(|broken| error(&self.path, &broken))?.map(Arc::new);
        if let Some(seal) = &seal {
            if seal.rest_begins() > self.size {
                return Err(error(&self.path, &Broken::Damaged));
            }
            let rest = self.file.get_bytes(seal.rest_begins()..self.size).await?;
            seal.check_rest(self.path.as_ref(), &rest).map_err(|broken| error(&self.path, &broken))?;
        }
        self.seals.lock().unwrap_or_else(PoisonError::into_inner).insert(self.path.clone(), seal.clone());
        self.seal = seal;
        Ok(())
    }
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        async move {
            let mut parts = self.get_byte_ranges(vec![range]).await?;
            parts.pop().ok_or_else(|| error(&self.path, &Broken::Damaged))
        }
        .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        let Some(seal) = self.seal.clone() else { return self.file.get_byte_ranges(ranges) };
        async move {
            let around: Vec<Range<u64>> = ranges.iter().map(|part| seal.widened(part)).collect();
            let blocks = self.file.get_byte_ranges(around.clone()).await?;
            let parts = blocks.iter().zip(&around).zip(&ranges);
            parts
                .map(|((blocks, around), part)| seal.part(blocks, around, part))
                .collect::<Result<_, _>>()
                .map_err(|broken| error(&self.path, &broken))
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        async move {
            let footer = self.file.get_metadata(options).await?;
            self.check(&footer).await?;
            Ok(footer)
        }
        .boxed()
    }
}
