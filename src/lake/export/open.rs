//! Exports among the places that somebody wants to read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};

use super::settings::{SETTINGS_PATH, Settings};
use crate::base::aws::Identity;
use crate::base::message::Message;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::read::storage::s3::{Bucket, explain};

/// An export to be read.
#[derive(Debug, Clone)]
pub struct OpenExport {
    /// What messages call it.
    pub name: String,
    /// What it was created with.
    pub settings: Settings,
    /// Its files; paths are below the export.
    pub store: Arc<dyn ObjectStore>,
    /// Its folder, if it lies in one.
    pub folder: Option<PathBuf>,
    /// As whom it is read.
    identity: Identity,
}

/// Places, by what lies there.
#[derive(Debug, Default)]
pub struct Found {
    /// Each one once.
    pub exports: Vec<OpenExport>,
    /// Places of logs.
    pub raw: Vec<Place>,
}

/// Tells exports among places.
///
/// # Errors
/// When an export cannot be read, or is of a newer layout.
pub async fn find(places: &[Place]) -> Result<Found> {
    let mut found = Found::default();
    for place in places {
        match open(place).await? {
            Some(export) if found.exports.iter().any(|known| known.name == export.name) => {}
            Some(export) => found.exports.push(export),
            None => found.raw.push(place.clone()),
        }
    }
    Ok(found)
}

/// The export that lies there, if one does. What cannot be looked at is for the listing of logs to explain.
async fn open(place: &Place) -> Result<Option<OpenExport>> {
    let Some((bucket, prefix)) = place.in_s3() else { return open_folder(&place.from) };
    // What is wrong with the bucket is told when it is listed.
    let Ok(bucket) = Bucket::open(bucket, &place.identity).await else { return Ok(None) };
    let name = bucket.url(prefix.trim_matches('/')).trim_end_matches('/').to_owned();
    let Ok(root) = Key::parse(prefix.trim_matches('/')) else { return Ok(None) };
    let store: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(bucket.store(), root));
    let key = Key::from(SETTINGS_PATH);
    if store.head(&key).await.is_err() {
        return Ok(None);
    }
    let settings = async { store.get(&key).await?.bytes().await }.await;
    let settings = settings.map_err(|error| {
        let url = format!("{name}/{SETTINGS_PATH}");
        anyhow!(explain(&error, "s3:GetObject", &url, bucket.identity()).after(format_args!("{url}: ")))
    })?;
    let settings = Settings::read(&settings, &name)?;
    Ok(Some(OpenExport { name, settings, store, folder: None, identity: place.identity.clone() }))
}

fn open_folder(folder: &str) -> Result<Option<OpenExport>> {
    let settings = Path::new(folder).join(SETTINGS_PATH);
    if !settings.is_file() {
        return Ok(None);
    }
    let settings = std::fs::read(&settings).with_context(|| format!("cannot read {}", Shown(settings.display())))?;
    let settings = Settings::read(&settings, &Shown(folder.trim_end_matches('/')).to_string())?;
    let path = Path::new(folder).canonicalize().with_context(|| format!("cannot read {}", Shown(folder)))?;
    let store = LocalFileSystem::new_with_prefix(&path)?;
    let (name, identity) = (path.to_string_lossy().into_owned(), Identity::default());
    Ok(Some(OpenExport { name, settings, store: Arc::new(store), folder: Some(path), identity }))
}

impl OpenExport {
    /// What is laid out as an export is, in a store of its own.
    pub fn laid_out(name: String, settings: Settings, store: Arc<dyn ObjectStore>) -> Self {
        Self { name, settings, store, folder: None, identity: Identity::default() }
    }

    /// What happened to a request for one of its files or folders that needs this permission.
    pub(super) fn explained(&self, error: &object_store::Error, permission: &str, path: &str) -> Message {
        let url = format!("{}/{path}", self.name);
        match self.folder {
            Some(_) => Message::of(error).after(format_args!("{}: ", Shown(url))),
            None => explain(error, permission, &url, &self.identity),
        }
    }

    /// Whether a file of the export is there, as far as can be told.
    pub async fn has(&self, path: &Key) -> bool {
        match &self.folder {
            // The store would open it, and wait for ever for somebody to write into a pipe.
            Some(folder) => folder.join(path.as_ref()).is_file(),
            None => !matches!(self.store.head(path).await, Err(object_store::Error::NotFound { .. })),
        }
    }

    /// Whether a link lies on the way to a file of the export: what it leads to is not the export's.
    pub fn is_through_link(&self, path: &str) -> bool {
        let Some(mut there) = self.folder.clone() else { return false };
        Path::new(path).iter().any(|part| {
            there.push(part);
            there.is_symlink()
        })
    }
}
