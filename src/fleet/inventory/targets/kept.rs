//! Targets that are kept, read when somebody first asks for them: most questions are about something else.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Result, anyhow};

use super::file::beside;
use super::history::TargetHistory;
use super::holders::Holders;
use super::places::Places;
use crate::base::message::Message;
use crate::fleet::inventory::Moment;
use crate::fleet::inventory::model::Inventory;

/// Whose each address was, in a file that is read once.
#[derive(Debug, Default)]
pub struct KeptTargets {
    /// None where nothing is kept.
    file: Option<PathBuf>,
    places: Places,
    /// Of earlier times nothing is asked.
    since: Option<Moment>,
    read: OnceLock<Result<Holders, Message>>,
}

impl KeptTargets {
    /// Those beside an inventory.
    pub fn beside(place: &Path, inventory: &Inventory) -> Self {
        Self { file: Some(beside(place)), places: Places::of(inventory), ..Self::default() }
    }

    /// The same for questions about times from then on; microseconds since the epoch. What was over by then is not read.
    #[must_use]
    pub fn since(&self, since: Option<i64>) -> Self {
        let (file, places) = (self.file.clone(), self.places.clone());
        Self { file, places, since: since.map(Moment::new), read: OnceLock::new() }
    }

    /// Whose each address was; nobody's where nothing is kept.
    ///
    /// # Errors
    /// When the file cannot be read, each time in the same words.
    pub fn holders(&self) -> Result<&Holders> {
        let read = || {
            let read = |file: &Path| TargetHistory::read_since(file, self.since);
            let history = self.file.as_deref().map_or_else(|| Ok(TargetHistory::default()), read);
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
