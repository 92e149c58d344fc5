//! Exports: log objects to Parquet files that every engine reads, kept up to date run by run.
//!
//! `slot` names the unit of an export and its files; `plan` decides what is to be done with one, purely; `sources` finds
//! the objects, `region` what is there already; `content` makes a slot's files with `encode` and `redact`, `write` puts
//! them with their `record` to a `target`, each under a `seal` that shows damage; `run` does all of it for a window of time; `open` finds exports that
//! are to be read, `folders` their files, and `recorded` tells what their records say; `flaws` is what is to be said of a slot's objects. `histories` tries all of it against an obvious model. Design: `docs/architecture.md`.

mod content;
mod day_file;
mod encode;
mod flaws;
mod folders;
#[cfg(test)]
mod histories;
mod named;
mod open;
mod plan;
mod record;
mod recorded;
mod redact;
mod region;
mod report;
mod run;
pub mod seal;
mod settings;
mod slot;
mod sources;
pub mod status;
mod strays;
pub mod target;
#[cfg(test)]
mod tests;
mod write;

pub(super) use content::{ContentOptions, RowObserver, encode_objects};
pub(super) use day_file::{DayFile, RowOrder};
pub use encode::stored_schema;
pub(super) use encode::{Encoded, Encoder};
pub use flaws::{Flaw, record_of_note};
pub use folders::{all_of, files_of_days, folders_in, parent};
pub use named::{anchored, source_name};
pub use open::{Found, OpenExport, find};
pub use plan::{Policy, Stored};
pub use record::{
    LeftOut, Output, REMOVE_RECORD, Record, Source, files_of_record, flaws_of_record, sources_of_record,
    sources_of_slots,
};
pub(super) use record::{described, record_file};
pub use recorded::{Contents, Recorded};
pub use redact::{Redacted, Redaction};
pub use report::{DayReport, ExportReport};
pub use run::{ExportProgress, ExportSpec, run};
pub use settings::{SETTINGS_PATH, Settings};
pub use slot::{Slot, SlotLength, is_under_own_day, record_of_file, times_of_file};
