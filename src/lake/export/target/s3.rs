//! A prefix in a bucket: one conditional PUT for what fits, a multipart upload for what does not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::client::HttpError;
use object_store::path::Path;
use object_store::{
    Error, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, PutResult, UpdateVersion,
};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::{Conflict, FileSink, Stored, Target, Upload};
use crate::base::causes;
use crate::read::storage::s3::{Bucket, explain};

/// A file up to this size is put with one request, the others in parts of it. S3 takes 10,000 parts: 80 GB.
const PART: usize = 8 << 20;
/// How long is waited after each request that was not answered.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5)];
/// How long an interrupted run waits until what it uploaded of a file that is given up is removed.
const LAST_WORD: Duration = Duration::from_millis(500);
/// Requests at the same time.
const CONCURRENT: usize = 16;

/// An export in a bucket.
pub struct S3Target {
    bucket: Arc<Bucket>,
    /// Empty, or ends in `/`.
    prefix: String,
    requests: Requests,
}

impl S3Target {
    /// An export below a prefix. Once `ended` is closed, no request is waited for.
    pub fn new(bucket: Arc<Bucket>, prefix: &str, runtime: Handle, ended: Arc<Semaphore>) -> Self {
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Self { bucket, prefix, requests: Requests { runtime, ended } }
    }

    fn key(&self, path: &str) -> Result<Path> {
        Ok(Path::parse(format!("{}{path}", self.prefix))?)
    }
}

impl Target for S3Target {
    fn name(&self) -> String {
        self.bucket.url(self.prefix.trim_end_matches('/'))
    }

    fn marks_last(&self) -> bool {
        true
    }

    fn list(&self, folder: &str) -> Result<BTreeMap<String, Stored>> {
        let prefix = format!("{}{folder}", self.prefix);
        self.requests.wait(async {
            let (mut files, mut token) = (BTreeMap::new(), None);
            loop {
                let page = self.bucket.page(&prefix, false, token).await?;
                for object in page.result.objects {
                    let path = object.location.as_ref()[self.prefix.len()..].to_owned();
                    files.insert(path, Stored { size: object.size, mark: object.e_tag.unwrap_or_default() });
                }
                token = page.page_token;
                if token.is_none() {
                    return Ok(files);
                }
            }
        })?
    }

    fn read(&self, paths: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let store = self.bucket.store();
        let read = |path: &String| {
            let (store, key) = (Arc::clone(&store), self.key(path));
            async move {
                let key = key?;
                let content = match store.get(&key).await {
                    Ok(found) => found.bytes().await,
                    Err(error) => Err(error),
                };
                match content {
                    Ok(content) => Ok(Some(content.to_vec())),
                    Err(Error::NotFound { .. }) => Ok(None),
                    Err(error) => Err(self.explained(&error, "s3:GetObject", key.as_ref())),
                }
            }
        };
        self.requests.wait(stream::iter(paths.iter().map(read)).buffered(CONCURRENT).try_collect())?
    }

    fn begin(&self, path: &str, replaces: Option<&Stored>) -> Result<Box<dyn Upload>> {
        Ok(Box::new(S3Upload {
            bucket: Arc::clone(&self.bucket),
            key: self.key(path)?,
            replaces: replaces.cloned(),
            buffer: Vec::new(),
            size: 0,
            parts: None,
            requests: self.requests.clone(),
        }))
    }

    fn delete(&self, path: &str, stored: &Stored) -> Result<()> {
        let (key, store) = (self.key(path)?, self.bucket.store());
        // Not every S3 can delete on a condition: what is there is looked at right before.
        match self.requests.wait(store.head(&key))? {
            Ok(object) if object.e_tag.as_deref().unwrap_or_default() != stored.mark => {
                return Err(Conflict(self.bucket.url(key.as_ref())).into());
            }
            Ok(_) => {}
            Err(Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(self.explained(&error, "s3:GetObject", key.as_ref())),
        }
        match self.requests.wait(store.delete(&key))? {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.explained(&error, "s3:DeleteObject", key.as_ref())),
        }
    }
}

impl S3Target {
    fn explained(&self, error: &Error, permission: &str, key: &str) -> anyhow::Error {
        let url = self.bucket.url(key);
        anyhow!(explain(error, permission, &url, self.bucket.identity()).after(format_args!("{url}: ")))
    }
}

/// Where requests run, for threads that wait for them.
#[derive(Clone)]
struct Requests {
    runtime: Handle,
    ended: Arc<Semaphore>,
}

impl Requests {
    /// Waits for the answer, or until the run is to end: what was sent may be done or not then, and the next run looks.
    fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                done = work => Ok(done),
                _ = self.ended.acquire() => bail!("interrupted"),
            }
        })
    }
}

/// Whether the connection broke or stayed silent.
fn has_no_answer(error: &Error) -> bool {
    causes::chain(error).any(<dyn std::error::Error>::is::<HttpError>)
}

struct S3Upload {
    bucket: Arc<Bucket>,
    key: Path,
    replaces: Option<Stored>,
    buffer: Vec<u8>,
    size: u64,
    /// Once it has become too large for one request.
    parts: Option<Box<dyn MultipartUpload>>,
    requests: Requests,
}

impl FileSink for S3Upload {
    fn write(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.size += bytes.len() as u64;
        self.buffer.extend_from_slice(&bytes);
        while self.buffer.len() > PART {
            let rest = self.buffer.split_off(PART);
            let part = std::mem::replace(&mut self.buffer, rest);
            self.send(part)?;
        }
        Ok(())
    }

    /// Everything but what makes it appear.
    fn end(&mut self) -> Result<()> {
        if self.parts.is_some() && !self.buffer.is_empty() {
            let part = std::mem::take(&mut self.buffer);
            self.send(part)?;
        }
        Ok(())
    }
}

impl S3Upload {
    fn send(&mut self, part: Vec<u8>) -> Result<()> {
        let requests = self.requests.clone();
        let sent = requests.wait(async {
            if self.parts.is_none() {
                self.parts = Some(self.bucket.store().put_multipart(&self.key).await?);
            }
            match &mut self.parts {
                Some(parts) => parts.put_part(PutPayload::from(part)).await,
                None => Ok(()),
            }
        })?;
        sent.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &Error) -> anyhow::Error {
        let url = self.bucket.url(self.key.as_ref());
        match error {
            Error::Precondition { .. } | Error::AlreadyExists { .. } => Conflict(url).into(),
            error => {
                anyhow!(explain(error, "s3:PutObject", &url, self.bucket.identity()).after(format_args!("{url}: ")))
            }
        }
    }

    async fn put(&mut self) -> Result<PutResult, Error> {
        let store = self.bucket.store();
        if self.parts.is_some() {
            self.check(&store).await?;
        }
        let Some(parts) = &mut self.parts else {
            let content = Bytes::from(std::mem::take(&mut self.buffer));
            return self.put_whole(&store, content).await;
        };
        let completed = parts.complete().await?;
        // Nothing is left to remove.
        self.parts = None;
        Ok(completed)
    }

    /// One request. The client does not send it again when its connection breaks, for it may have been done; but it is
    /// conditional, and whoever is refused can look whether what is there is what was sent.
    async fn put_whole(&self, store: &Arc<dyn ObjectStore>, content: Bytes) -> Result<PutResult, Error> {
        let mode = match &self.replaces {
            None => PutMode::Create,
            Some(stored) => PutMode::Update(UpdateVersion { e_tag: Some(stored.mark.clone()), version: None }),
        };
        let mut pauses = PAUSES.into_iter();
        loop {
            let options = PutOptions::from(mode.clone());
            let refused = match store.put_opts(&self.key, PutPayload::from(content.clone()), options).await {
                Err(error @ (Error::Precondition { .. } | Error::AlreadyExists { .. })) => error,
                Err(error) => match pauses.next().filter(|_| has_no_answer(&error)) {
                    Some(pause) => {
                        sleep(pause).await;
                        continue;
                    }
                    None => return Err(error),
                },
                Ok(put) => return Ok(put),
            };
            let Ok(there) = store.get(&self.key).await else { return Err(refused) };
            let (e_tag, version) = (there.meta.e_tag.clone(), there.meta.version.clone());
            let is_this = there.meta.size == self.size && there.bytes().await.is_ok_and(|there| there == content);
            return if is_this { Ok(PutResult { e_tag, version }) } else { Err(refused) };
        }
    }

    /// Completing an upload cannot be made conditional through this client: what is there is looked at right before.
    async fn check(&self, store: &Arc<dyn ObjectStore>) -> Result<(), Error> {
        let there = match store.head(&self.key).await {
            Ok(object) => object.e_tag,
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        if there == self.replaces.as_ref().map(|stored| stored.mark.clone()) {
            return Ok(());
        }
        Err(Error::Precondition { path: self.key.to_string(), source: "it is another by now".into() })
    }
}

impl Upload for S3Upload {
    fn complete(mut self: Box<Self>) -> Result<Stored> {
        self.end()?;
        let requests = self.requests.clone();
        let put = requests.wait(self.put())?.map_err(|error| self.failed(&error))?;
        Ok(Stored { size: self.size, mark: put.e_tag.unwrap_or_default() })
    }
}

impl Drop for S3Upload {
    fn drop(&mut self) {
        // What is uploaded of a file that is given up costs money until it is removed.
        if let Some(mut parts) = self.parts.take() {
            // After the end of the run, too, but not for long.
            let patience = if self.requests.ended.is_closed() { LAST_WORD } else { Duration::MAX };
            let _ = self.requests.runtime.block_on(async { timeout(patience, parts.abort()).await });
        }
    }
}
