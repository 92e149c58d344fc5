//! What kind of log an object holds, from its first lines, when its name does not say.

use std::io::{self, Read};

use alblog::{LogKind, SkipReason};
use flate2::read::MultiGzDecoder;
use futures::{StreamExt, TryStreamExt, stream};

use super::input::{Openings, is_gzip};
use crate::read::storage::{Download, Listing, Location};

/// Bytes looked at, as stored and as text.
const LOOK_AT: usize = 64 << 10;
/// Objects of buckets looked at at the same time.
const CONCURRENT: usize = 16;
/// Lines looked at: the first may be odd.
const LINES: usize = 20;

/// The kind of log at a location; `None` if its first lines belong to none.
///
/// # Errors
/// When the location cannot be opened or read.
pub fn recognise(location: &Location, openings: &Openings) -> io::Result<Option<LogKind>> {
    Ok(kind_of(openings.look_at(location, LOOK_AT)?))
}

/// Finds out the kinds of the objects in buckets whose names do not say; those that hold no log are counted instead.
pub async fn recognise_remote(listing: &mut Listing) {
    let all = std::mem::take(&mut listing.objects);
    let looked = all.into_iter().map(|object| async move {
        let head = match Download::of(&object).filter(|_| object.kind.is_none()) {
            Some(download) => Some(head(download).await),
            None => None,
        };
        (object, head)
    });
    let mut looked = stream::iter(looked).buffered(CONCURRENT);
    while let Some((mut object, head)) = looked.next().await {
        match head.map(|head| head.map(kind_of)) {
            None => listing.objects.push(object),
            Some(Ok(Some(kind))) => {
                object.kind = Some(kind);
                listing.objects.push(object);
            }
            Some(Ok(None)) => *listing.skipped.entry(SkipReason::Foreign).or_default() += 1,
            Some(Err(error)) => listing.unlisted.push((object.location.to_string(), error)),
        }
    }
}

/// As much of an object as is looked at, or a little more.
async fn head(download: Download) -> Result<Vec<u8>, String> {
    let (mut pieces, mut head) = (download.pieces(), Vec::new());
    while head.len() < LOOK_AT
        && let Some(piece) = pieces.try_next().await?
    {
        head.extend_from_slice(&piece);
    }
    Ok(head)
}

/// The kind of log that begins so.
fn kind_of(head: Vec<u8>) -> Option<LogKind> {
    let text = if is_gzip(&head) { inflate_start(&head) } else { head };
    text.split(|&byte| byte == b'\n').take(LINES).find_map(LogKind::recognise)
}

/// As much text as the start of a gzip object gives.
fn inflate_start(gzip: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    // The start of an object ends in the middle of it: the error says so, and the text before it is what we want.
    let _ = MultiGzDecoder::new(gzip).take(LOOK_AT as u64).read_to_end(&mut text);
    text
}
