//! Downloading one object: in order, whole, and on from where it was when it breaks off.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::cache::{Keeper, ObjectCache, ObjectId};
use super::s3::{Bucket, Version};
use super::{Location, LogObject};

use crate::base::message::Message;

/// What is read of a file at once.
const PIECE: u64 = 256 << 10;

/// How often a download that breaks off goes on from where it was, without a byte in between. The client has tried
/// before that.
const RESUMES: u32 = 3;

/// The content of an object in a bucket, as it was when it was listed.
pub struct Download {
    bucket: Arc<Bucket>,
    key: String,
    /// Which content of it.
    listed: Version,
    /// Where it ends, or what is wanted of it.
    size: u64,
    /// Whether more follows that is not wanted.
    is_cut: bool,
    /// All of it, if it is there already.
    content: Option<Bytes>,
    /// Bytes that have come.
    position: u64,
    /// How often it was begun again since a byte came.
    resumes: u32,
    /// Where whole objects are kept, if they are.
    cache: Option<Arc<ObjectCache>>,
    keeper: Option<Keeper>,
    /// What is open, unless it broke off.
    body: Option<BoxStream<'static, Result<Bytes, Message>>>,
}

impl Download {
    /// What is to be downloaded of an object: none if it does not lie in a bucket.
    pub fn of(object: &LogObject) -> Option<Self> {
        let Location::S3 { bucket, key } = &object.location else { return None };
        Some(Self {
            bucket: Arc::clone(bucket),
            key: key.clone(),
            listed: Version { etag: object.etag.clone(), size: object.size },
            size: object.size,
            is_cut: false,
            content: object.content.clone(),
            position: 0,
            resumes: 0,
            cache: None,
            keeper: None,
            body: None,
        })
    }

    /// From a cache, if it is there, and into it if it is not.
    pub fn through(mut self, cache: Option<&Arc<ObjectCache>>) -> Self {
        self.cache = cache.cloned();
        self
    }

    /// Only its first bytes.
    pub fn first(mut self, bytes: u64) -> Self {
        self.is_cut |= bytes < self.size;
        self.size = self.size.min(bytes);
        self
    }

    /// Its pieces. What they hold together is the whole object, or the last one says why not.
    pub fn pieces(mut self) -> BoxStream<'static, Result<Bytes, Message>> {
        if let Some(content) = self.content.take() {
            return stream::once(async { Ok(content) }).boxed();
        }
        let looked_up = async {
            self.look_up().await;
            stream::try_unfold(self, Self::next)
        };
        stream::once(looked_up).flatten().boxed()
    }

    /// Opens the object in the cache, or begins to keep it.
    async fn look_up(&mut self) {
        let Some((cache, id)) = self.cache.take().zip(self.id()).filter(|_| !self.is_cut) else { return };
        let found = tokio::task::spawn_blocking(move || match cache.get(&id) {
            Some(file) => (Some(file), None),
            None => (None, cache.keep(&id)),
        });
        let Ok((file, keeper)) = found.await else { return };
        (self.body, self.keeper) = (file.map(|file| from_file(file, self.size)), keeper);
    }

    fn id(&self) -> Option<ObjectId> {
        let endpoint = self.bucket.endpoint().unwrap_or_default();
        let (bucket, key, etag) = (self.bucket.name.clone(), self.key.clone(), self.listed.etag.clone()?);
        Some(ObjectId { endpoint, bucket, key, etag, size: self.size })
    }

    /// Keeps what comes. What cannot be kept is only not kept.
    async fn keep(&mut self, piece: &Bytes) {
        let Some(mut keeper) = self.keeper.take() else { return };
        if keeper.write(piece).is_err() {
            return;
        }
        if self.position < self.size {
            self.keeper = Some(keeper);
        } else {
            let _ = tokio::task::spawn_blocking(move || keeper.finish()).await;
        }
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Message> {
        loop {
            let end = self.is_cut.then_some(self.size);
            let body = match &mut self.body {
                Some(body) => body,
                None => self.body.insert(self.bucket.get(&self.key, &self.listed, self.position, end).await?),
            };
            let failure = match body.next().await {
                Some(Ok(piece)) => {
                    self.position += piece.len() as u64;
                    self.resumes = 0;
                    self.keep(&piece).await;
                    return Ok(Some((piece, self)));
                }
                _ if self.position == self.size => return Ok(None),
                Some(Err(error)) => error,
                None => format_args!("its download ended at byte {} of {}", self.position, self.size).into(),
            };
            self.body = None;
            self.resumes += 1;
            if self.resumes > RESUMES {
                return Err(failure);
            }
        }
    }
}

/// An object's bytes from the cache's file, which may have more. Where the file cannot be read, the download goes on.
fn from_file(file: File, size: u64) -> BoxStream<'static, Result<Bytes, Message>> {
    let next = |(file, left): (File, u64)| async move {
        if left == 0 {
            return Ok(None);
        }
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = Vec::new();
            (&file).take(left.min(PIECE)).read_to_end(&mut piece).map(|_| (Bytes::from(piece), file))
        });
        let (piece, file) = read.await.map_err(Message::new)?.map_err(Message::new)?;
        let left = left - piece.len() as u64;
        Ok((!piece.is_empty()).then_some((piece, (file, left))))
    };
    stream::try_unfold((file, size), next).boxed()
}
