//! `_live.json`: what a store was made with. The same as an export remembers.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use crate::base::shown::Shown;
use crate::lake::export::Settings;
use crate::read::storage::UNFINISHED;

/// Its name in the store.
pub(super) const NAME: &str = "_live.json";

/// Reads what a store was made with.
///
/// # Errors
/// When the folder is no store, or of a newer layout.
pub fn read(store: &Path) -> Result<Settings> {
    let path = store.join(NAME);
    let json = fs::read(&path).with_context(|| format!("cannot read {}", Shown(path.display())))?;
    let not_one = format!("{} is not a live store's", Shown(path.display()));
    Settings::parse(&json, &Shown(store.display()).to_string(), &not_one)
}

/// Writes it, whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(store: &Path, settings: &Settings) -> Result<()> {
    let failed = || format!("cannot write to {}", Shown(store.display()));
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(store).with_context(failed)?;
    file.write_all(&settings.to_json()?).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    file.persist(store.join(NAME)).with_context(failed)?;
    Ok(())
}
