//! How much text a gzip object of a bucket has, where the text stands beside it: its last four bytes say so.

use std::collections::HashMap;

use alblog::LogKey;
use futures::{StreamExt, TryStreamExt, stream};

use super::super::s3::Version;
use super::super::{Location, LogObject};
use super::{is_named, name};

/// Requests at the same time.
const CONCURRENT: usize = 8;
/// So many are asked for at most; of more, it is said that nobody knows.
const MOST: usize = 1000;
/// Bytes of the number.
const LENGTH: u64 = 4;

/// Looks up how much is in compressed objects that lie beside their text. What cannot be found out stays unknown.
pub async fn look_up(objects: &mut [LogObject]) {
    let wanted: Vec<usize> = pairs(objects).into_iter().take(MOST).collect();
    let found: Vec<(usize, Option<u32>)> = {
        let objects = &*objects;
        let looks = wanted.into_iter().map(|at| async move { (at, last_number(&objects[at]).await) });
        stream::iter(looks).buffered(CONCURRENT).collect().await
    };
    for (at, inflated) in found {
        objects[at].inflated = inflated;
    }
}

/// Compressed objects of buckets beside which text of the same name lies.
fn pairs(objects: &[LogObject]) -> Vec<usize> {
    let is_gzip = |object: &LogObject| object.key.as_ref().is_some_and(|key| key.gzip);
    let named = || objects.iter().enumerate().filter(|(_, object)| is_named(object) && object.size > 0);
    let plain: HashMap<LogKey, usize> =
        named().filter(|(_, object)| !is_gzip(object)).filter_map(|(at, object)| Some((name(object)?, at))).collect();
    if plain.is_empty() {
        return Vec::new();
    }
    let is_beside = |object: &LogObject| name(object).is_some_and(|name| plain.contains_key(&name));
    let compressed = named()
        .filter(|(_, object)| object.is_remote() && is_gzip(object) && object.size > LENGTH && is_beside(object));
    compressed.map(|(at, _)| at).collect()
}

async fn last_number(object: &LogObject) -> Option<u32> {
    let Location::S3 { bucket, key } = &object.location else { return None };
    let from = object.size - LENGTH;
    let listed = Version { etag: object.etag.clone(), size: object.size };
    let pieces = bucket.get(key, &listed, from, Some(object.size)).await.ok()?;
    let pieces: Vec<_> = pieces.try_collect().await.ok()?;
    Some(u32::from_le_bytes(pieces.concat().try_into().ok()?))
}
