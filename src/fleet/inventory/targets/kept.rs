//! Targets that are kept, read when somebody first asks for them: most questions are about something else.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Result, anyhow};

use super::file::beside;
use super::history::TargetHistory;
use super::holders::Holders;
use super::places::Places;
use crate::base::message::Message;
use crate::fleet::inventory::model::Inventory;

/// Whose each address was, in a file that is read once.
#[derive(Debug, Default)]
pub struct KeptTargets {
    /// None where nothing is kept.
    file: Option<PathBuf>,
    places: Places,
    read: OnceLock<Result<Holders, Message>>,
}

impl KeptTargets {
    /// Those beside an inventory.
    pub fn beside(place: &Path, inventory: &Inventory) -> Self {
        Self { file: Some(beside(place)), places: Places::of(inventory), read: OnceLock::new() }
    }

    /// Whose each address was; nobody's where nothing is kept.
    ///
    /// # Errors
    /// When the file cannot be read, each time in the same words.
    pub fn holders(&self) -> Result<&Holders> {
        let read = || {
            let file = self.file.as_deref();
            let history = file.map_or_else(|| Ok(TargetHistory::default()), TargetHistory::read);
            let history = history.map_err(|error| Message::of(error.as_ref()))?;
            Ok(Holders::within(&history, self.places.clone()))
        };
        self.read.get_or_init(read).as_ref().map_err(|message| anyhow!(message.clone()))
    }

    /// The same, if somebody has asked for them.
    pub fn holders_if_read(&self) -> Option<&Holders> {
        self.read.get()?.as_ref().ok()
    }
}
