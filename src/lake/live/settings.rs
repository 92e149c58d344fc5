//! `_live.json`: what a store was made with. The same as an export remembers.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::base::shown::Shown;
use crate::lake::export::Settings;

/// Its name in the store.
pub(super) const NAME: &str = "_live.json";

/// Reads what a store was made with.
///
/// # Errors
/// When the folder is no store, or of a newer layout.
pub(super) fn read(store: &Path) -> Result<Settings> {
    let path = store.join(NAME);
    let json = fs::read(&path).with_context(|| format!("cannot read {}", Shown(path.display())))?;
    let not_one = format!("{} is not a live store's", Shown(path.display()));
    Settings::parse(&json, &Shown(store.display()).to_string(), &not_one)
}
