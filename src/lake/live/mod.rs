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
//! `batch` is what a line of the `manifest` names; `snapshot` is how anybody reads, from any process and without a lock.
//! Design: `docs/decisions/0014-the-live-store.md`.

mod batch;
mod manifest;
mod pinned;
mod settings;
mod snapshot;

pub use batch::{Batch, BatchFile};
pub use snapshot::Snapshot;
