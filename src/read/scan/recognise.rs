//! What an object holds, from its first lines, when its name does not say.

use std::io::{self, Read};

use alblog::LogKind;
use futures::{StreamExt, TryStreamExt, stream};

use super::compression::unfold;
use super::failure::{self, Failure};
use super::input::Openings;
use super::object::STRAY;
use super::other::{self, Other};
use super::shape::{self, LOOK_AT, Shape};
use super::{json, prefixed};
use crate::base::message::Message;
use crate::read::storage::{Download, Listing, Location, LogObject, may_be_log};

/// Bytes of an object in a bucket that are fetched to look at it: most objects are smaller, and one block of every
/// compression that is read fits in.
const FETCHED: u64 = 1 << 20;
/// Bytes that are fetched first of an object whose name is not likely to be a log's, and mostly tell what it is.
const FETCHED_FIRST: u64 = 128 << 10;
/// Bytes of text that are looked through for lines behind something else: a banner, or another program's lines.
const LOOK_ON: usize = 1 << 20;
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
    openings
        .look_at(location, |content| content_of(content, true))
        .and_then(|found| found)
        .map_err(|error| failure::describe(&error))
}

/// Finds out the kinds of the objects in buckets whose names do not say. Those that surely hold no log are counted
/// instead, and those that may are named.
pub async fn recognise_remote(listing: &mut Listing) {
    let all = std::mem::take(&mut listing.objects);
    let looked = all.into_iter().map(|object| async move {
        let looked = if object.is_remote() && object.kind.is_none() { look_at(&object).await } else { None };
        (object, looked)
    });
    let mut looked = stream::iter(looked).buffered(CONCURRENT);
    let mut left = KEPT;
    while let Some((mut object, looked)) = looked.next().await {
        match looked {
            None => listing.objects.push(object),
            Some(Ok((head, Content::Log(kind)))) => {
                object.kind = Some(kind);
                if head.len() as u64 == object.size && head.len() <= left {
                    left -= head.len();
                    object.content = Some(head.into());
                }
                listing.objects.push(object);
            }
            Some(Ok((_, Content::Other(Other { skipped: Some(reason), .. })))) => {
                *listing.skipped.entry(reason).or_default() += 1;
            }
            // It may be a log in another shape: leaving it out is no small matter.
            Some(Ok((_, Content::Other(Other { what, .. })))) => {
                listing.unlisted.push((object.location.to_string(), what.into()));
            }
            Some(Err(error)) => listing.unlisted.push((object.location.to_string(), error)),
        }
    }
}

/// The start of an object in a bucket, and what it holds; `None` if it does not lie in one. Of what is not likely to be a log,
/// a part of that mostly tells that it is none.
async fn look_at(object: &LogObject) -> Option<Result<(Vec<u8>, Content), Message>> {
    let download = |bytes| Some(Download::of(object)?.first(bytes));
    if !may_be_log(&object.location.to_string()) && object.size > FETCHED_FIRST {
        let first = head(download(FETCHED_FIRST)?, object.size).await;
        if let Ok((_, Content::Log(_) | Content::Other(Other { skipped: Some(_), .. }))) = first {
            return Some(first);
        }
    }
    Some(head(download(FETCHED)?, object.size).await)
}

/// The start of an object that has so many bytes.
async fn head(download: Download, size: u64) -> Result<(Vec<u8>, Content), Message> {
    let mut head = Vec::new();
    let mut pieces = download.pieces();
    while let Some(piece) = pieces.try_next().await? {
        head.extend_from_slice(&piece);
    }
    let is_whole = head.len() as u64 == size;
    let content =
        content_of(Box::new(&head[..]), is_whole).map_err(|error| failure::describe(&error).message().clone())?;
    Ok((head, content))
}

/// What content holds, from its start, which is all of it or what was fetched.
fn content_of(content: Box<dyn Read + '_>, is_whole: bool) -> io::Result<Content> {
    let mut text = unfold(content)?;
    let (mut head, mut error) = shape::read_head(&mut *text);
    // The end of what was fetched is no damage.
    let is_damage = |error: &io::Error| is_whole || error.kind() != io::ErrorKind::UnexpectedEof;
    if head.is_empty()
        && let Some(error) = error
    {
        return Err(error);
    }
    let mut found = shape::of(&head);
    if error.is_none() && head.len() >= LOOK_AT && found.may_come_later() {
        error = shape::read_on(&mut *text, &mut head, LOOK_ON);
        if let Some(kind) = other::lines(&head).find_map(LogKind::recognise) {
            found = Shape::Lines(kind);
        }
    }
    // What stands before damage tells what a log is; damage is told when it is read. Of anything else that may be its fault.
    let damage = error.filter(is_damage);
    Ok(match (found, damage) {
        (Shape::Lines(kind), _) => of_kinds(kind, other::lines(&head).filter_map(LogKind::recognise)),
        (Shape::Prefixed(kind), _) => of_kinds(kind, prefixed::kinds(&head)),
        (Shape::Json(kind, path), _) => of_kinds(kind, json::kinds(&head, &path).into_iter()),
        (Shape::Other(_) | Shape::Unknown(_), Some(damage)) => return Err(damage),
        (Shape::Other(other) | Shape::Unknown(other), None) => Content::Other(other),
    })
}

/// Of lines of several kinds, those of which there are most; or none, if of others there are more than a stray few.
fn of_kinds(first: LogKind, kinds: impl Iterator<Item = LogKind>) -> Content {
    let mut counts = LogKind::ALL.map(|kind| (0_u64, kind == first, kind));
    for kind in kinds {
        counts.iter_mut().filter(|(.., known)| *known == kind).for_each(|(count, ..)| *count += 1);
    }
    counts.sort_unstable();
    let [_, (others, _, second), (_, _, most)] = counts;
    if others < STRAY {
        return Content::Log(most);
    }
    Content::Other(Other::maybe_log(format!(
        "lines of the {most} log and of the {second} log in one: divide it, or read one of them with --kind"
    )))
}
