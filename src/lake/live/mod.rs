//! The live store: a folder that holds the rows of logs that were taken in a moment ago, for as long as no export has them.
//!
//! S3 is the log and this a cache: losing it costs reading the logs again. It is laid out as an export is, folder by folder, with
//! two differences: a slot has as many *batches* as came to be written, each with files and a record of its own; and what
//! counts is what the *manifest* names, not what lies there.
//!
//! ```text
//! <live>/_live.json                                                                 what the store was made with
//! <live>/_manifest.jsonl                                                            a line for each change
//! <live>/_lock                                                                      held by the one process that writes
//! <live>/requests/account=A/region=R/day=2026-11-20/2026-11-20T10-17.parquet        rows of batch 17
//! <live>/rejected_lines/account=A/region=R/day=2026-11-20/access-2026-11-20T10-17.parquet
//! <live>/log_objects/account=A/region=R/day=2026-11-20/access-2026-11-20T10-17.parquet   its record: its objects
//! ```
//!
//! `batch` is what a line of the `manifest` names; `snapshot` is how anybody reads, from any process and without a lock (`pinned` are
//! the files it has opened). `store` is how the one process sees it that writes; `plan` says what that process does next, purely;
//! `build` makes a batch of objects, `merge` one of several, with `written` and `rows`; `traffic` is
//! counted on the way.
//! Design: `docs/decisions/0014-the-live-store.md`.

/// What mends a file of a batch that is damaged.
pub const REMOVE_FILE: &str =
    "remove the file, and start albstats ingest again: its logs are taken in again, as far as they are still there";

mod batch;
mod build;
mod manifest;
mod merge;
mod pinned;
pub mod plan;
mod rows;
mod settings;
mod snapshot;
mod store;
mod traffic;
mod written;

pub use batch::{Batch, BatchFile};
pub use build::{Builder, Outcome, Taken};
pub use manifest::{Content, mark};
pub use rows::Unreadable;
pub use settings::read as settings_of;
pub use snapshot::Snapshot;
pub use store::{Mended, Store};
pub use traffic::{BOUNDS, Check, Connection, Requests, Route, Times, Traffic};
