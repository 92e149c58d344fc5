//! `--cache`: objects of buckets that are kept on this machine.

use std::sync::Arc;

use clap::Args;

use super::messages::message;
use crate::base::config::{ByteSize, Config};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::output::human;
use crate::read::storage::cache::ObjectCache;

/// Whoever downloads more than this is told how not to do it again, bytes.
const WORTH_KEEPING: u64 = 100_000_000;

/// How much is kept.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct CacheArgs {
    /// Keep objects of S3 on this machine, up to this size, so that asking again downloads nothing: 5GiB [default: 0, which keeps none]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    pub(in crate::cli) cache: Option<ByteSize>,
}

/// The cache, if there is to be one. That it cannot be used is said, and is no reason to fail.
pub(in crate::cli) fn open(config: &Config) -> Option<Arc<ObjectCache>> {
    let most = config.cache.as_ref().map(|size| size.value.0).filter(|most| *most > 0)?;
    let Some(folder) = &config.cache_folder else {
        message(format_args!("warning: nothing is kept in a cache: neither XDG_CACHE_HOME nor HOME says where"));
        return None;
    };
    match ObjectCache::open(folder, most) {
        Ok(cache) => Some(Arc::new(cache)),
        Err(error) => {
            let folder = Shown(folder.display());
            message(format_args!("warning: nothing is kept in the cache {folder}: {error}", error = Shown(error)));
            None
        }
    }
}

/// Says that downloading so many bytes again can be saved, if nobody has thought of it.
pub(in crate::cli) fn suggest(downloaded: u64, cache: Option<&Arc<ObjectCache>>) {
    if cache.is_none() && downloaded > WORTH_KEEPING {
        let text = format!("{} were downloaded, and asking again downloads them again", human::bytes(downloaded));
        let hint = "--cache 5GiB keeps them, or cache = \"5GiB\" in albstats.toml";
        message(Message::new(text).hint(hint).after("notice: "));
    }
}

/// `; 12 objects, 3.4 MB from the cache`
pub(in crate::cli) fn hits(cache: Option<&Arc<ObjectCache>>) -> Option<String> {
    let (objects, bytes) = cache?.take_hits();
    (objects > 0).then(|| format!("; {}, {} from the cache", human::plural(objects, "object"), human::bytes(bytes)))
}
