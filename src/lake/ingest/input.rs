//! What the loop of an ingestion hears of, from whatever goes on beside it.

use super::places::Seen;
use super::troubles::Topic;
use crate::base::message::Message;
use crate::lake::export::Source;
use crate::lake::live::Outcome;
use crate::lake::live::plan::{Event, WorkId};

#[derive(Debug)]
pub(super) enum Input {
    /// Objects were seen.
    Event(Event),
    /// A listing is over; whether it was of everything that is kept.
    Listed { seen: Seen, everything: bool },
    /// A batch was made, or could not be.
    Built(WorkId, anyhow::Result<Outcome>),
    /// The export has run: what its records name, or why it could not.
    Exported(anyhow::Result<Exported>),
    /// Something is wrong, or is not any more.
    Trouble(Topic, Option<Message>),
}

/// What came of a run of the export.
#[derive(Debug, Default)]
pub(super) struct Exported {
    /// Objects of the slots that were asked for, as records name them.
    pub(super) sources: Vec<Source>,
    /// Slots that were written.
    pub(super) written: usize,
    /// What is wrong with some slot or object.
    pub(super) problem: Option<Message>,
}
