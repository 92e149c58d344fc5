//! What an object holds, from its first lines, when its name does not say.

use std::io::{self, Read};

use alblog::LogKind;
use futures::{StreamExt, TryStreamExt, stream};

use super::compression::unfold;
use super::failure::{self, Failure};
use super::input::Openings;
use super::other::Other;
use super::shape::{self, Shape};
use crate::read::storage::{Download, Listing, Location};

/// Bytes of an object in a bucket that are fetched to look at it: most objects are smaller, and one block of every
/// compression that is read fits in.
const FETCHED: usize = 1 << 20;
/// Bytes of whole objects that are kept once they were looked at, so that they are not got a second time.
const KEPT: usize = 16 << 20;
/// Objects of buckets looked at at the same time.
const CONCURRENT: usize = 16;

/// What an object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Lines of a log, bare or in something that is read.
    Log(LogKind),
    Other(Other),
}

/// What lies at a location.
///
/// # Errors
/// When it cannot be opened or read, or nothing of it can be uncompressed.
pub fn recognise(location: &Location, openings: &Openings) -> Result<Content, Failure> {
    openings.look_at(location, content_of).and_then(|found| found).map_err(|error| failure::describe(&error))
}

/// Finds out the kinds of the objects in buckets whose names do not say. Those that surely hold no log are counted
/// instead, and those that may are named.
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
    let mut left = KEPT;
    while let Some((mut object, head)) = looked.next().await {
        let describe = |error: io::Error| failure::describe(&error).to_string();
        let content = head.as_ref().map(|head| match head {
            Ok(head) => content_of(Box::new(&head[..])).map_err(describe),
            Err(error) => Err(error.clone()),
        });
        match content {
            None => listing.objects.push(object),
            Some(Ok(Content::Log(kind))) => {
                object.kind = Some(kind);
                let whole = head.and_then(Result::ok).filter(|head| head.len() as u64 == object.size);
                if let Some(whole) = whole.filter(|whole| whole.len() <= left) {
                    left -= whole.len();
                    object.content = Some(whole.into());
                }
                listing.objects.push(object);
            }
            Some(Ok(Content::Other(Other { skipped: Some(reason), .. }))) => {
                *listing.skipped.entry(reason).or_default() += 1;
            }
            // It may be a log in another shape: leaving it out is no small matter.
            Some(Ok(Content::Other(Other { what, .. }))) => listing.unlisted.push((object.location.to_string(), what)),
            Some(Err(error)) => listing.unlisted.push((object.location.to_string(), error)),
        }
    }
}

/// As much of an object as is looked at, or a little more.
async fn head(download: Download) -> Result<Vec<u8>, String> {
    let (mut pieces, mut head) = (download.pieces(), Vec::new());
    while head.len() < FETCHED
        && let Some(piece) = pieces.try_next().await?
    {
        head.extend_from_slice(&piece);
    }
    Ok(head)
}

/// What content holds, from its start.
fn content_of(content: Box<dyn Read + '_>) -> io::Result<Content> {
    let mut text = unfold(content)?;
    let head = match shape::read_head(&mut *text) {
        (head, Some(error)) if head.is_empty() => return Err(error),
        // What stands before damage, or before the end of what was fetched, tells what it is; damage is told when it is read.
        (head, _) => head,
    };
    Ok(match shape::of(&head) {
        Shape::Lines(kind) | Shape::Prefixed(kind) | Shape::Json(kind, _) => Content::Log(kind),
        Shape::Other(other) | Shape::Unknown(other) => Content::Other(other),
    })
}
