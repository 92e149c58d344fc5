//! Fetching ahead: objects are downloaded before the threads that decode them ask, in the order they will.
//!
//! Each object reserves what it may hold before its request starts, first come, first
//! served; so the object a thread waits for always has what it needs, and nothing can wait for itself.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Buf, Bytes};
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::LogObject;
use super::cache::ObjectCache;
use super::download::Download;

use crate::base::message::Message;

/// Objects announced to readers before they ask.
const ANNOUNCED: usize = 32;

/// What downloads may take, all that share it together.
#[derive(Debug, Clone)]
pub struct FetchBudget {
    requests: Arc<Semaphore>,
    /// Bytes that nobody has read yet.
    memory: Arc<Semaphore>,
    /// What one object may hold of it: a larger one waits for its reader.
    per_object: usize,
    /// Closed when nobody waits for anything any more.
    ended: Arc<Semaphore>,
    /// Where what is downloaded is kept, if it is.
    cache: Option<Arc<ObjectCache>>,
}

impl FetchBudget {
    /// For a query: 32 requests and 64 MiB.
    pub fn large() -> Self {
        Self::new(32, 64 << 20)
    }

    /// For an export, which needs memory for other things: 16 requests and 24 MiB.
    pub fn small() -> Self {
        Self::new(16, 24 << 20)
    }

    fn new(requests: usize, memory: usize) -> Self {
        let per_object = memory / 8;
        let [requests, memory, ended] = [requests, memory, 0].map(|permits| Arc::new(Semaphore::new(permits)));
        Self { requests, memory, per_object, ended, cache: None }
    }

    /// The same, for downloads through a cache.
    #[must_use]
    pub fn through(self, cache: Option<&Arc<ObjectCache>>) -> Self {
        Self { cache: cache.cloned(), ..self }
    }

    /// Ends all downloads, those that stand still too: whoever reads them gets an error.
    pub fn end(&self) {
        self.ended.close();
        self.requests.close();
        self.memory.close();
    }
}

/// Objects on their way to their readers.
#[derive(Debug)]
pub struct FetchAhead {
    ready: Mutex<mpsc::Receiver<(usize, Option<Body>)>>,
}

impl FetchAhead {
    /// Starts to fetch what lies in S3; the rest is passed on to be opened where it is. Each object comes with a number
    /// of the caller's, and none if nothing of it is to be fetched.
    pub fn start(objects: Vec<(usize, Option<LogObject>)>, budget: &FetchBudget, runtime: &Handle) -> Self {
        let (sender, ready) = mpsc::channel(ANNOUNCED);
        let FetchBudget { requests, memory, per_object, ended, cache } = budget.clone();
        let in_background = runtime.clone();
        runtime.spawn(async move {
            for (number, object) in objects {
                let size = object.as_ref().map_or(0, |object| object.size);
                let body = match object.as_ref().and_then(Download::of) {
                    Some(download) => {
                        let held = per_object.min(usize::try_from(size).unwrap_or(per_object)).max(1);
                        let request = Arc::clone(&requests).acquire_owned().await;
                        let reserved = Arc::clone(&memory).acquire_many_owned(u32::try_from(held).unwrap_or(1)).await;
                        // They are never closed.
                        let (Ok(request), Ok(reserved)) = (request, reserved) else { return };
                        let download = download.through(cache.as_ref());
                        Some(Body::start(download, held, request, reserved, &ended, &in_background))
                    }
                    None => None,
                };
                if sender.send((number, body)).await.is_err() {
                    return;
                }
            }
        });
        Self { ready: Mutex::new(ready) }
    }

    /// The next object, for whichever thread asks first: its number, and its content unless it is one to be opened
    /// where it is. Blocks.
    pub fn next(&self) -> Option<(usize, Option<Body>)> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
    }
}

/// The content of an object that is being downloaded. Dropping it ends the download.
#[derive(Debug)]
pub struct Body {
    pieces: mpsc::UnboundedReceiver<io::Result<(Bytes, OwnedSemaphorePermit)>>,
    piece: Bytes,
    /// The room its piece takes, free again when the next one is asked for.
    room: Option<OwnedSemaphorePermit>,
    _reserved: OwnedSemaphorePermit,
}

impl Body {
    fn start(
        download: Download,
        held: usize,
        request: OwnedSemaphorePermit,
        reserved: OwnedSemaphorePermit,
        ended: &Arc<Semaphore>,
        runtime: &Handle,
    ) -> Self {
        let (sender, pieces) = mpsc::unbounded_channel();
        let ended = Arc::clone(ended);
        runtime.spawn(async move {
            let room = Arc::new(Semaphore::new(held));
            // It has no permits: waiting for one ends when it is closed.
            let sent = tokio::select! {
                sent = send(download, &room, held, &sender) => sent,
                _ = ended.acquire() => Err("interrupted".into()),
            };
            if let Err(message) = sent {
                // Nobody may be waiting for it any more.
                let _ = sender.send(Err(io::Error::other(message)));
            }
            drop(request);
        });
        Self { pieces, piece: Bytes::new(), room: None, _reserved: reserved }
    }
}

type Pieces = mpsc::UnboundedSender<io::Result<(Bytes, OwnedSemaphorePermit)>>;

/// Sends the object piece by piece; `Ok` also when nobody wants the rest.
async fn send(download: Download, room: &Arc<Semaphore>, held: usize, pieces: &Pieces) -> Result<(), Message> {
    let mut downloaded = download.pieces();
    loop {
        let piece = tokio::select! {
            piece = downloaded.next() => piece,
            () = pieces.closed() => return Ok(()),
        };
        let Some(piece) = piece.transpose()? else { return Ok(()) };
        let takes = u32::try_from(piece.len().min(held)).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(room).acquire_many_owned(takes).await else { return Ok(()) };
        if pieces.send(Ok((piece, room))).is_err() {
            return Ok(());
        }
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            self.room = None;
            match self.pieces.blocking_recv() {
                Some(Ok((piece, room))) => (self.piece, self.room) = (piece, Some(room)),
                Some(Err(error)) => return Err(error),
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
