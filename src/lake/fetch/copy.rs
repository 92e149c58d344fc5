//! Copies one object: piece by piece into a file of another name, which gets its own when it is complete.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use futures::TryStreamExt;
use futures::stream::{self, BoxStream, StreamExt};

use super::folder::{Folder, unfinished};
use super::{Copy, Failure, Progress};
use crate::base::message::Message;
use crate::read::storage::cache::ObjectCache;
use crate::read::storage::{Download, Location, LogObject};

/// What is read of a file at once.
const PIECE: usize = 1 << 20;
/// What is written at once: pieces that come from a network are small.
const BUFFER: usize = 256 << 10;

/// Copies an object and answers with its bytes.
pub(super) async fn copy(
    copy: &Copy,
    folder: &Mutex<Folder>,
    progress: &Progress,
    cache: Option<&Arc<ObjectCache>>,
) -> Result<u64, Failure> {
    let Copy { object, target } = copy;
    let place = folder.lock().unwrap_or_else(PoisonError::into_inner).place(target);
    let place = place.map_err(Failure::Place)?;
    let mut pieces = pieces(object, cache).map_err(Failure::Object)?;
    // Made when there is something to write: an object that is denied leaves no trace.
    let mut written = None;
    let mut bytes = 0;
    while let Some(piece) = pieces.try_next().await.map_err(Failure::Object)? {
        if written.is_none() {
            written = Some(BufWriter::with_capacity(BUFFER, unfinished(&place).map_err(Failure::Place)?));
        }
        if let Some(file) = &mut written {
            file.write_all(&piece).map_err(Failure::Place)?;
        }
        bytes += piece.len() as u64;
        progress.bytes.fetch_add(piece.len() as u64, Relaxed);
        if !object.is_remote() {
            // A file is always ready: without this, nobody else had a turn.
            tokio::task::yield_now().await;
        }
    }
    if bytes != object.size {
        let now = format!("it changed while it was copied: {bytes} bytes instead of {}", object.size);
        return Err(Failure::Object(Message::new(now).hint("run again")));
    }
    let file = match written {
        Some(mut file) => {
            file.flush().map_err(Failure::Place)?;
            file.into_parts().0
        }
        None => unfinished(&place).map_err(Failure::Place)?,
    };
    keep_time(file.as_file(), object);
    file.persist(&place).map_err(|error| Failure::Place(error.error))?;
    Ok(bytes)
}

fn pieces(
    object: &LogObject,
    cache: Option<&Arc<ObjectCache>>,
) -> Result<BoxStream<'static, Result<Bytes, Message>>, Message> {
    match (&object.location, Download::of(object)) {
        (_, Some(download)) => Ok(download.through(cache).pieces()),
        (Location::Path(path), None) => file(path),
        _ => Err("it has no name".into()),
    }
}

fn file(path: &Path) -> Result<BoxStream<'static, Result<Bytes, Message>>, Message> {
    let file = File::open(path).map_err(Message::new)?;
    let next = |file: File| async move {
        let mut piece = Vec::new();
        let count = (&file).take(PIECE as u64).read_to_end(&mut piece).map_err(Message::new)?;
        Ok((count > 0).then(|| (Bytes::from(piece), file)))
    };
    Ok(stream::try_unfold(file, next).boxed())
}

/// Gives the copy the object's time. On a file system that keeps none there is nothing to be done.
fn keep_time(file: &File, object: &LogObject) {
    if let Some(micros) = object.modified.and_then(|time| u64::try_from(time).ok()) {
        let _ = file.set_modified(UNIX_EPOCH + Duration::from_micros(micros));
    }
}
