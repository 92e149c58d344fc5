//! Downloading one object: in order, whole, and on from where it was when it breaks off.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::s3::Bucket;
use super::{Location, LogObject};

use crate::base::message::Message;

/// How often a download that breaks off goes on from where it was, without a byte in between. The client has tried
/// before that.
const RESUMES: u32 = 3;

/// The content of an object in a bucket, as it was when it was listed.
pub struct Download {
    bucket: Arc<Bucket>,
    key: String,
    etag: Option<String>,
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
            etag: object.etag.clone(),
            size: object.size,
            is_cut: false,
            content: object.content.clone(),
            position: 0,
            resumes: 0,
            body: None,
        })
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
        stream::try_unfold(self, Self::next).into_stream().boxed()
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Message> {
        loop {
            let end = self.is_cut.then_some(self.size);
            let body = match &mut self.body {
                Some(body) => body,
                None => self.body.insert(self.bucket.get(&self.key, self.etag.as_deref(), self.position, end).await?),
            };
            let failure = match body.next().await {
                Some(Ok(piece)) => {
                    self.position += piece.len() as u64;
                    self.resumes = 0;
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
