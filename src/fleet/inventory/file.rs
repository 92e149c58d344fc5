//! The file of an inventory: versioned JSON, replaced as a whole or not at all.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use super::model::Inventory;
use crate::base::lock_file;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::base::whole_file;

/// The version that is written, and the only one that is read.
const VERSION: u64 = 1;

/// Read first, so that the rest may be anything.
#[derive(Deserialize)]
struct Version {
    version: u64,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    #[serde(flatten)]
    inventory: &'a Inventory,
}

impl Inventory {
    /// Whether a file's text claims to be one, of whatever version.
    pub fn is_in(text: &str) -> bool {
        serde_json::from_str::<Version>(text).is_ok()
    }

    /// Reads one; `None` if there is no such file.
    ///
    /// # Errors
    /// When it cannot be read, is of a newer version, or something else.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let file = Shown(path.display());
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {file}")),
        };
        Self::parse(&text).with_context(|| format!("cannot read the inventory {file}")).map(Some)
    }

    fn parse(text: &str) -> Result<Self> {
        let hint = "move it away, and albstats inventory makes a new one";
        let wrong = |error: serde_json::Error| anyhow!(Message::new(error).hint(hint));
        let Version { version } = serde_json::from_str(text).map_err(wrong)?;
        if version > VERSION {
            bail!(
                Message::new(format_args!("it has version {version}, and this program reads version {VERSION}"))
                    .hint("a newer albstats wrote it")
            );
        }
        if version != VERSION {
            bail!(Message::new(format_args!("there is no version {version}")).hint(hint));
        }
        serde_json::from_str(text).map_err(wrong)
    }

    /// Puts it in place of the file, with the folders that are missing.
    ///
    /// # Errors
    /// When it cannot be written; the file is as it was.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(&Written { version: VERSION, inventory: self });
        replace(path, text.map(|text| [&text[..], b"\n"].concat()).map_err(Into::into))
    }
}

/// Takes hold of an inventory, from reading it to putting another in its place: of two that read the same and add what they saw, the
/// second would take away what the first added. Waits for whoever holds it, after `told`.
///
/// # Errors
/// When its folder cannot be written to.
pub fn hold(path: &Path, told: impl FnOnce()) -> Result<File> {
    let held = || -> Result<File> {
        let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        fs::create_dir_all(whole_file::folder(path))?;
        let lock = lock_file::open(&path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                told();
                lock.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(lock)
    };
    held().with_context(|| format!("cannot write {}", Shown(path.display())))
}

/// Puts content in place of a file, with the folders that are missing.
///
/// # Errors
/// When there is none, or it cannot be written; the file is as it was.
pub(super) fn replace(path: &Path, content: Result<Vec<u8>>) -> Result<()> {
    let replaced = content.and_then(|content| {
        // What a link points to is replaced, not the link.
        let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        fs::create_dir_all(whole_file::folder(path))?;
        Ok(whole_file::replace(path, &content)?)
    });
    replaced.with_context(|| format!("cannot write {}", Shown(path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_inventory_is_refused_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inventory.json");
        assert_eq!(Inventory::read(&path).unwrap(), None);
        for (text, says) in [
            ("", "EOF while parsing"),
            ("[]", "invalid"),
            ("{\"load_balancers\": {}}", "missing field `version`"),
            ("{\"version\": 2, \"anything\": 1}", "it has version 2, and this program reads version 1"),
            ("{\"version\": 0}", "there is no version 0"),
            ("{\"version\": 1, \"target_groups\": []}", "invalid type: sequence"),
            ("{\"version\": 1} x", "trailing characters"),
        ] {
            fs::write(&path, text).unwrap();
            let error = format!("{:#}", Inventory::read(&path).unwrap_err());
            assert!(error.contains(says) && error.contains("\nhint: ") && error.contains("inventory.json"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        fs::write(&path, b"\xff").unwrap();
        assert!(Inventory::read(&path).is_err());
    }

    #[test]
    fn written_and_read_again_in_folders_that_were_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/inventory.json");
        Inventory::default().write(&path).unwrap();
        assert_eq!(Inventory::read(&path).unwrap(), Some(Inventory::default()));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert!(Inventory::is_in(&fs::read_to_string(&path).unwrap()));
    }
}
