//! An export's files as they were when they were first seen: one that was written anew meanwhile is refused.
//!
//! A slot may be written while somebody reads it. A reader that took the footer of one writing and the pages of another would fail at
//! random, or worse.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result,
};

/// What tells a content of a file from another, by path.
type Versions = Mutex<HashMap<Path, String>>;

/// Another store, asked for nothing but what it has listed or given before.
#[derive(Debug)]
pub(super) struct Unchanged {
    store: Arc<dyn ObjectStore>,
    versions: Arc<Versions>,
}

impl Unchanged {
    /// A store of which these files were seen.
    pub(super) fn new<'a>(store: Arc<dyn ObjectStore>, seen: impl Iterator<Item = &'a ObjectMeta>) -> Self {
        let versions = Arc::default();
        seen.for_each(|meta| note(&versions, meta));
        Self { store, versions }
    }
}

/// What a listing says is the newest that is known.
fn note(versions: &Versions, listed: &ObjectMeta) {
    if let Some(version) = &listed.e_tag {
        let mut versions = versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.insert(listed.location.clone(), version.clone());
    }
}

impl fmt::Display for Unchanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Unchanged {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let known = self.versions.lock().unwrap_or_else(PoisonError::into_inner).get(location).cloned();
        let is_known = known.is_some();
        let found =
            self.store.get_opts(location, GetOptions { if_match: options.if_match.or(known), ..options }).await?;
        if !is_known {
            note(&self.versions, &found.meta);
        }
        Ok(found)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let versions = Arc::clone(&self.versions);
        self.store.list(prefix).inspect(move |listed| listed.iter().for_each(|meta| note(&versions, meta))).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let listed = self.store.list_with_delimiter(prefix).await?;
        listed.objects.iter().for_each(|meta| note(&self.versions, meta));
        Ok(listed)
    }

    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.store.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.store.put_multipart_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(locations)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use futures::TryStreamExt;
    use object_store::local::LocalFileSystem;
    use object_store::memory::InMemory;
    use object_store::{Error, ObjectStoreExt};

    use super::*;

    async fn replaced_after(
        store: Arc<dyn ObjectStore>,
        replace: impl Fn(&str),
        listed: bool,
    ) -> (Result<bytes::Bytes>, Result<Vec<bytes::Bytes>>, Result<bytes::Bytes>) {
        let (path, unchanged) = (Path::from("a/b"), Unchanged::new(store, [].iter()));
        if listed {
            unchanged.list_with_delimiter(Some(&Path::from("a"))).await.unwrap();
        } else {
            assert_eq!(unchanged.get_range(&path, 0..2).await.unwrap(), "ol");
        }
        replace("new content");
        let (whole, parts) = (unchanged.get_range(&path, 0..2).await, unchanged.get_ranges(&path, &[0..1, 2..3]).await);
        let _: Vec<ObjectMeta> = unchanged.list(None).try_collect().await.unwrap();
        (whole, parts, unchanged.get_range(&path, 0..2).await)
    }

    #[tokio::test]
    async fn what_was_written_anew_is_refused_until_it_is_listed_again() {
        for listed in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("a")).unwrap();
            let write = |text: &str| {
                let new = folder.path().join("a/new");
                fs::write(&new, text).unwrap();
                fs::rename(new, folder.path().join("a/b")).unwrap();
            };
            write("old content");
            let store = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
            let (whole, parts, again) = replaced_after(store, write, listed).await;
            assert!(matches!(whole, Err(Error::Precondition { .. })), "{whole:?}");
            assert!(matches!(parts, Err(Error::Precondition { .. })), "{parts:?}");
            assert_eq!(again.unwrap(), "ne");
        }
    }

    #[tokio::test]
    async fn what_stays_is_read() {
        let store = InMemory::new();
        let path = Path::from("a");
        store.put(&path, "text".into()).await.unwrap();
        let unchanged = Unchanged::new(Arc::new(store), [].iter());
        for _ in 0..2 {
            assert_eq!(unchanged.get(&path).await.unwrap().bytes().await.unwrap(), "text");
            assert_eq!(unchanged.head(&path).await.unwrap().size, 4);
        }
    }
}
