//! Files that were opened at once and are read by their handles: whatever becomes of their names, their content stays until
//! the last one lets go.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// What messages call it.
const NAME: &str = "live store";

/// Opened files as a store that can be read and not written. Paths are those below the live store.
#[derive(Debug, Default)]
pub(super) struct Pinned {
    files: BTreeMap<Path, (ObjectMeta, Arc<File>)>,
}

impl Pinned {
    /// Takes a file.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub(super) fn add(&mut self, path: &str, file: File) -> io::Result<()> {
        let metadata = file.metadata()?;
        let location = Path::parse(path).unwrap_or_else(|_| Path::from(path));
        let meta = ObjectMeta {
            location: location.clone(),
            last_modified: metadata.modified()?.into(),
            size: metadata.len(),
            e_tag: None,
            version: None,
        };
        self.files.insert(location, (meta, Arc::new(file)));
        Ok(())
    }

    /// All of a file.
    ///
    /// # Errors
    /// When it is none of these, or cannot be read.
    pub(super) fn content(&self, path: &str) -> io::Result<Bytes> {
        let location = Path::parse(path).unwrap_or_else(|_| Path::from(path));
        let (meta, file) = self.files.get(&location).ok_or(io::ErrorKind::NotFound)?;
        read(file, 0..meta.size)
    }

    fn below(&self, prefix: Option<&Path>) -> Vec<ObjectMeta> {
        let is_below = |meta: &&ObjectMeta| match prefix {
            Some(prefix) => meta.location.prefix_match(prefix).is_some() && meta.location != *prefix,
            None => true,
        };
        self.files.values().map(|(meta, _)| meta).filter(is_below).cloned().collect()
    }
}

impl fmt::Display for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

#[async_trait]
impl ObjectStore for Pinned {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let Some((meta, file)) = self.files.get(location) else {
            let source = io::Error::from(io::ErrorKind::NotFound).into();
            return Err(Error::NotFound { path: location.to_string(), source });
        };
        options.check_preconditions(meta)?;
        let range = match &options.range {
            Some(range) => within(range, meta.size)?,
            None => 0..meta.size,
        };
        let (file, wanted) = (Arc::clone(file), if options.head { 0..0 } else { range.clone() });
        let content = async move {
            let read = tokio::task::spawn_blocking(move || read(&file, wanted)).await;
            let read = read.map_err(|error| failed(error.into()))?;
            read.map_err(|error| failed(error.into()))
        };
        let payload = GetResultPayload::Stream(stream::once(content).boxed());
        Ok(GetResult { payload, meta: meta.clone(), range, attributes: object_store::Attributes::default() })
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::iter(self.below(prefix).into_iter().map(Ok)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let root = Path::default();
        let prefix = prefix.unwrap_or(&root);
        let (mut objects, mut common_prefixes) = (Vec::new(), Vec::<Path>::new());
        for meta in self.below(Some(prefix)) {
            let parts: Vec<_> = meta.location.prefix_match(prefix).into_iter().flatten().collect();
            match parts.as_slice() {
                [folder, _, ..] => common_prefixes.push(prefix.clone().join(folder.clone())),
                _ => objects.push(meta),
            }
        }
        common_prefixes.dedup();
        Ok(ListResult { common_prefixes, objects })
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(read_only())
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(read_only())
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        async { Err(read_only()) }.into_stream().boxed()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(read_only())
    }
}

fn within(range: &GetRange, size: u64) -> Result<Range<u64>> {
    let found = match range {
        GetRange::Bounded(range) => range.start..range.end.min(size),
        GetRange::Offset(from) => *from..size,
        GetRange::Suffix(length) => size.saturating_sub(*length)..size,
    };
    if found.start > found.end {
        return Err(failed(format!("{range} of {size} bytes").into()));
    }
    Ok(found)
}

/// Reads a range of a file, wherever others are in it.
fn read(file: &File, range: Range<u64>) -> io::Result<Bytes> {
    let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
    let mut buffer = vec![0; length];
    read_at(file, &mut buffer, range.start)?;
    Ok(buffer.into())
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => (buffer, offset) = (&mut buffer[count..], offset + count as u64),
        }
    }
    Ok(())
}

fn failed(source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Generic { store: NAME, source }
}

fn read_only() -> Error {
    Error::NotSupported { source: "a live store is only read here".into() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use object_store::ObjectStoreExt;

    use super::*;

    fn pinned(folder: &std::path::Path, paths: &[&str]) -> Pinned {
        let mut pinned = Pinned::default();
        for path in paths {
            fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
            fs::write(folder.join(path), path).unwrap();
            pinned.add(path, File::open(folder.join(path)).unwrap()).unwrap();
            fs::remove_file(folder.join(path)).unwrap();
        }
        pinned
    }

    #[tokio::test]
    async fn what_was_opened_is_read_after_it_was_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = pinned(folder.path(), &["a/x=1/b.parquet", "a/x=1/c.parquet", "a/x=2/d.parquet", "e"]);
        let path = Path::from("a/x=1/c.parquet");
        assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "a/x=1/c.parquet");
        assert_eq!(store.get_range(&path, 2..5).await.unwrap(), "x=1");
        let suffix = GetOptions { range: Some(GetRange::Suffix(7)), ..GetOptions::default() };
        assert_eq!(store.get_opts(&path, suffix).await.unwrap().bytes().await.unwrap(), "parquet");
        assert_eq!(store.head(&path).await.unwrap().size, 15);
        assert!(matches!(store.get(&Path::from("a/x=1/z")).await, Err(Error::NotFound { .. })));
        let listed = store.list_with_delimiter(Some(&Path::from("a"))).await.unwrap();
        assert_eq!(listed.common_prefixes, [Path::from("a/x=1"), Path::from("a/x=2")]);
        let listed = store.list_with_delimiter(Some(&Path::from("a/x=1"))).await.unwrap();
        assert_eq!((listed.objects.len(), listed.common_prefixes.len()), (2, 0));
        assert_eq!(store.list(None).count().await, 4);
        assert!(store.put(&path, "x".into()).await.is_err() && store.delete(&path).await.is_err());
    }
}
