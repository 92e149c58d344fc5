//! What may stand in `albstats.toml`: its tables and keys, and of which type each is. What must be true of them beside
//! their type is decided where they are taken over.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroUsize;

use serde::Deserialize;
use toml::Spanned;

use super::lengths::{Every, Keep, Pause, Stretch};
use super::policy::{Foreign, ManualDisable, OnRemoval, Undeclared};
use super::size::{ByteSize, StoreSize};
use super::timespan::TimeSpan;
use super::value::InFile;

/// A value of the file that may be absent, and the bytes it stands in.
pub(super) type Entry<T> = Option<Spanned<InFile<T>>>;

/// What may stand in the file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct Document {
    pub(super) source: Entry<String>,
    pub(super) sources: BTreeMap<Spanned<String>, SourceTable>,
    /// Patterns of tables' names, and AWS's table that is meant.
    pub(super) tables: BTreeMap<Spanned<String>, Spanned<String>>,
    pub(super) inventory: Entry<String>,
    pub(super) cache: Entry<ByteSize>,
    pub(super) read: ReadTable,
    pub(super) limits: LimitsTable,
    pub(super) output: OutputTable,
    pub(super) reconcile: Option<Spanned<ReconcileTable>>,
    pub(super) serve: ServeTable,
    pub(super) alert: Vec<Spanned<AlertTable>>,
    pub(super) notify: BTreeMap<Spanned<String>, Spanned<NotifyTable>>,
}

/// What may stand in `[[alert]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct AlertTable {
    pub(super) name: Spanned<String>,
    pub(super) source: Option<String>,
    pub(super) report: Option<Spanned<String>>,
    pub(super) options: Option<Vec<Spanned<String>>>,
    pub(super) sql: Option<Spanned<String>>,
    pub(super) window: Option<InFile<Stretch>>,
    #[serde(default)]
    pub(super) fail_if: Vec<String>,
    pub(super) min_requests: Option<u64>,
    pub(super) every: Option<InFile<Every>>,
    #[serde(rename = "for")]
    pub(super) hold: Option<InFile<TimeSpan>>,
    pub(super) late: Option<InFile<TimeSpan>>,
    pub(super) severity: Option<String>,
    pub(super) notify: Option<Vec<Spanned<String>>>,
}

/// What may stand in `[notify.NAME]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct NotifyTable {
    pub(super) alertmanager: Option<Spanned<String>>,
    pub(super) webhook: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct SourceTable {
    pub(super) from: Spanned<Vec<String>>,
    pub(super) export: Option<Spanned<String>>,
    pub(super) live: Option<Spanned<String>>,
    pub(super) queue: Option<Spanned<String>>,
    pub(super) profile: Option<Spanned<String>>,
    pub(super) role_arn: Option<Spanned<String>>,
    pub(super) region: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct ReadTable {
    pub(super) fresh: Entry<TimeSpan>,
    pub(super) margin: Entry<TimeSpan>,
    pub(super) strict: Entry<bool>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct LimitsTable {
    pub(super) memory: Entry<ByteSize>,
    pub(super) temp_disk: Entry<ByteSize>,
    pub(super) max_bytes: Entry<ByteSize>,
    pub(super) threads: Entry<NonZeroUsize>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct OutputTable {
    pub(super) format: Entry<String>,
    pub(super) max_rows: Entry<usize>,
}

/// What may stand in `[serve]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct ServeTable {
    pub(super) listen: Entry<SocketAddr>,
    pub(super) sources: Option<Spanned<Vec<String>>>,
    pub(super) hosts: Option<Spanned<Vec<String>>>,
    pub(super) tokens: Option<Spanned<String>>,
    pub(super) session: Entry<Stretch>,
    pub(super) certificate: Option<Spanned<String>>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) slots: Entry<NonZeroUsize>,
    pub(super) queue: Entry<usize>,
    pub(super) timeout: Entry<Stretch>,
    pub(super) max_rows: Entry<usize>,
    pub(super) max_answer: Entry<ByteSize>,
    pub(super) answers: Entry<ByteSize>,
    pub(super) grace: Entry<TimeSpan>,
    pub(super) poll: Entry<Pause>,
    pub(super) keep: Entry<Keep>,
    pub(super) max_store: Entry<StoreSize>,
    pub(super) settle: Entry<TimeSpan>,
    pub(super) hand_over: Entry<bool>,
    pub(super) redact: Option<Spanned<Vec<String>>>,
    pub(super) state: Option<Spanned<String>>,
    pub(super) url: Option<Spanned<String>>,
}

/// What may stand in `[reconcile]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct ReconcileTable {
    pub(super) bucket: Option<Spanned<String>>,
    pub(super) bucket_owner: Option<Spanned<String>>,
    pub(super) prefix: Option<Spanned<String>>,
    pub(super) kinds: Option<Vec<Spanned<String>>>,
    pub(super) kubernetes: Option<InFile<Undeclared>>,
    pub(super) foreign: Option<InFile<Foreign>>,
    pub(super) manual_disable: Option<InFile<ManualDisable>>,
    pub(super) on_removal: Option<InFile<OnRemoval>>,
    pub(super) describe_per_second: Option<Spanned<f64>>,
    pub(super) modify_per_second: Option<Spanned<f64>>,
    pub(super) interval: Option<InFile<Stretch>>,
    pub(super) select: BTreeMap<Spanned<String>, SelectTable>,
    pub(super) exclude: Vec<Spanned<MatchTable>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct SelectTable {
    pub(super) regions: Vec<Spanned<String>>,
    pub(super) profile: Option<Spanned<String>>,
    pub(super) role_arn: Option<Spanned<String>>,
    pub(super) names: Vec<Spanned<String>>,
    pub(super) clusters: Vec<Spanned<String>>,
    pub(super) tags: BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct MatchTable {
    pub(super) names: Vec<Spanned<String>>,
    pub(super) clusters: Vec<Spanned<String>>,
    pub(super) tags: BTreeMap<String, Spanned<String>>,
}
