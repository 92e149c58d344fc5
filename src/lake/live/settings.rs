//! `_live.json`: what a store was made with. The same as an export remembers.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::base::shown::Shown;
use crate::base::whole_file;
use crate::lake::export::Settings;

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
    let written = whole_file::replace(&store.join(NAME), &settings.to_json()?);
    written.with_context(|| format!("cannot write to {}", Shown(store.display())))
}
