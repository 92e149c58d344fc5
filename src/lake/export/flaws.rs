//! What of a slot's objects is not in it, or not as rows; and the notes by which a listing shows that a slot's record says so.
//!
//! A record is read for it only where there is a note, so that a question about hours of which nothing is to be said reads none. A note is
//! put before the record that it is about, and never removed: one too many costs reading a record, one too few would be silence.

use std::path::Path;

use super::record::{LeftOut, Record, Source};
use super::slot::Slot;

/// How the names of notes begin. Other readers of Parquet pass over files that begin so.
const BEGINNING: &str = "_noted-";
/// How the names of records end.
const RECORD: &str = ".parquet";
/// What a note says to whoever opens it.
pub(super) const NOTE: &str =
    "Of this slot's objects some are damaged, were left out, or have rejected lines: its record says which.\n";

/// Something to be said of an object of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Path or URL.
    pub log_object: String,
    /// Rows of it that are in the slot.
    pub rows: u64,
    /// Lines of it that are none.
    pub rejected_lines: u64,
    /// Why rows of it are missing, if they are.
    pub error: Option<String>,
    /// Whether nothing of it is in the slot, for a reason that may have passed.
    pub is_left_out: bool,
}

impl Flaw {
    /// What is to be said of an object that is in a slot, if anything is.
    pub fn of(source: &Source) -> Option<Self> {
        let Source { log_object, rows, rejected_lines, error, .. } = source;
        (error.is_some() || *rejected_lines > 0).then(|| Self {
            log_object: log_object.clone(),
            rows: *rows,
            rejected_lines: *rejected_lines,
            error: error.clone(),
            is_left_out: false,
        })
    }

    /// What is to be said of an object that is not.
    pub fn left_out(LeftOut { log_object, reason }: &LeftOut) -> Self {
        let (log_object, error) = (log_object.clone(), Some(reason.clone()));
        Self { log_object, rows: 0, rejected_lines: 0, error, is_left_out: true }
    }
}

impl Record {
    /// What is to be said of its objects.
    pub fn flaws(&self) -> Vec<Flaw> {
        self.sources.iter().filter_map(Flaw::of).chain(self.left_out.iter().map(Flaw::left_out)).collect()
    }
}

impl Slot {
    /// Where the note lies that there is something to be said of it, below the export.
    pub(super) fn note_path(&self) -> String {
        let record = self.record_path();
        let (folder, name) = record.rsplit_once('/').unwrap_or(("", &record));
        format!("{folder}/{BEGINNING}{}", name.trim_end_matches(RECORD))
    }
}

/// The path of the record that a file is a note about; none if it is no note.
pub fn record_of_note(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/')?;
    let name = name.strip_prefix(BEGINNING).filter(|name| Path::new(name).extension().is_none())?;
    Some(format!("{folder}/{name}{RECORD}"))
}

#[cfg(test)]
mod tests {
    use alblog::LogKey;

    use super::super::slot::SlotLength;
    use super::*;

    #[test]
    fn a_note_lies_beside_its_record() {
        let name = "1_elasticloadbalancing_eu-west-1_app.a.b_20261120T1005Z_192.0.2.1_r.log.gz";
        let slot = Slot::of(&LogKey::parse(name).expect("a key"), SlotLength::Hour);
        let note = slot.note_path();
        assert_eq!(note, "log_objects/account=1/region=eu-west-1/day=2026-11-20/_noted-access-2026-11-20T10");
        assert_eq!(record_of_note(&note), Some(slot.record_path()));
        assert_eq!(record_of_note(&slot.record_path()), None);
    }
}
