//! The folders of an export, `<table>/account=…/region=…/day=…/`, looked into level by level, so that an hour of a year takes a
//! handful of requests.

use std::collections::{HashMap, HashSet};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, Result};

use super::flaws::record_of_note;
use super::slot::times_of_file;

/// Folders listed at the same time.
const CONCURRENT: usize = 16;
/// So many folders of days are listed one by one; more of them are listed together with those between them.
const SINGLE_DAYS: usize = 32;

/// Folders `name=value` in a folder, each with its value.
///
/// # Errors
/// When it cannot be listed.
pub async fn folders_in(store: &dyn ObjectStore, folder: &Path, name: &str) -> Result<Vec<(Path, String)>> {
    let listed = store.list_with_delimiter(Some(folder)).await?;
    let named = |path: Path| {
        let value = path.filename()?.strip_prefix(name)?.strip_prefix('=')?.to_owned();
        Some((path, value))
    };
    Ok(listed.common_prefixes.into_iter().filter_map(named).collect())
}

/// Files of these folders of days, each with the position of its folder. Only files that the export wrote count, and notes about its
/// records: no temporary ones, and none in folders of others. Files of which nothing is left are among them.
///
/// # Errors
/// When one cannot be listed.
pub async fn files_of_days(store: &dyn ObjectStore, days: &[Path]) -> Result<Vec<(usize, ObjectMeta)>> {
    let is_ours = |meta: &ObjectMeta| {
        let is_file = meta.location.filename().is_some_and(|name| times_of_file(name).is_some());
        is_file || record_of_note(meta.location.as_ref()).is_some()
    };
    let ours = |day: usize, listed: Vec<ObjectMeta>| listed.into_iter().filter(is_ours).map(move |meta| (day, meta));
    if days.len() <= SINGLE_DAYS {
        let listed = all_of(days.iter().map(|day| store.list_with_delimiter(Some(day)).boxed())).await?;
        return Ok(listed.into_iter().enumerate().flat_map(|(day, listed)| ours(day, listed.objects)).collect());
    }
    // One listing for each region: a page of it has a thousand files.
    let regions: HashSet<Path> = days.iter().filter_map(parent).collect();
    let position_of: HashMap<&Path, usize> = days.iter().enumerate().map(|(position, day)| (day, position)).collect();
    let lists = regions.iter().map(|region| {
        let first = days.iter().filter(|path| path.prefix_matches(region)).min();
        store.list_with_offset(Some(region), first.unwrap_or(region)).try_collect::<Vec<ObjectMeta>>().boxed()
    });
    let listed = all_of(lists).await?;
    let of_days = listed.into_iter().flatten().filter(is_ours).filter_map(|meta| {
        let position = *position_of.get(&parent(&meta.location)?)?;
        Some((position, meta))
    });
    Ok(of_days.collect())
}

/// What all of these give, in their order; a few of them are under way at any time.
///
/// # Errors
/// When one of them fails.
pub async fn all_of<'a, T, E>(
    requests: impl Iterator<Item = BoxFuture<'a, std::result::Result<T, E>>>,
) -> std::result::Result<Vec<T>, E> {
    // Collected first: the requests borrow what they are made of, and a stream of them must be sendable.
    let requests: Vec<_> = requests.collect();
    stream::iter(requests).buffered(CONCURRENT).try_collect().await
}

/// The folder that something lies in.
pub fn parent(path: &Path) -> Option<Path> {
    path.as_ref().rsplit_once('/').and_then(|(parent, _)| Path::parse(parent).ok())
}
