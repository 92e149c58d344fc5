//! Batches: some objects of one slot, and the files that hold their rows.

use alblog::LogKind;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::tables::Table;
use crate::lake::export::{Slot, SlotLength};

/// What tells batches of a store apart. Never used twice.
pub type BatchId = u64;

/// Objects of one slot that were taken in together: all of their rows lie in these files, and nothing else does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Never another batch's.
    pub id: BatchId,
    /// The slot of an hour that its objects belong to.
    #[serde(flatten, with = "slot")]
    pub slot: Slot,
    /// How many objects it has.
    pub objects: u64,
    /// Lines of them that are no rows.
    pub rejected_lines: u64,
    /// How many of the objects could not be read to their ends: damaged, or of another content.
    pub damaged: u64,
    /// Bytes of the objects as stored.
    pub raw: u64,
    /// Rows by table and day, rejected lines, and, last, the record (table `log_objects`).
    pub files: Vec<BatchFile>,
}

/// One Parquet file with the columns that files of an export have (`lake::export::stored_schema`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchFile {
    /// The table its rows are of.
    #[serde(with = "table")]
    pub table: Table,
    /// The UTC day of its rows, `yyyy-MM-dd`; that of the slot in tables about reading.
    pub day: String,
    /// Path below the store, as in an export: `requests/account=…/region=…/day=…/….parquet`.
    pub path: String,
    /// How many.
    pub rows: u64,
    /// Size in bytes.
    pub size: u64,
    /// First and last time of its rows, microseconds since the epoch; none in tables about reading.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub times: Option<(i64, i64)>,
}

impl Batch {
    /// Where a file of a batch lies, below the store.
    pub(super) fn path(id: BatchId, slot: &Slot, table: Table, day: &str) -> String {
        let path = slot.path(table, day);
        format!("{}-{id}.parquet", path.trim_end_matches(".parquet"))
    }

    /// Rows of its objects.
    pub fn rows(&self) -> u64 {
        let of_kind = self.files.iter().filter(|file| file.table == self.slot.table());
        of_kind.map(|file| file.rows).sum()
    }

    /// Bytes of its files.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// First and last time of its rows, microseconds since the epoch.
    pub fn times(&self) -> Option<(i64, i64)> {
        let times = self.files.iter().filter_map(|file| file.times);
        times.reduce(|(first, last), (from, to)| (first.min(from), last.max(to)))
    }

    /// The file that names its objects.
    pub fn record(&self) -> Option<&BatchFile> {
        self.files.iter().find(|file| file.table == Table::LogObjects)
    }
}

/// A slot of an hour among the fields of its batch.
mod slot {
    use super::{Deserialize, Deserializer, Error, LogKind, Serialize, Serializer, Slot, SlotLength};

    #[derive(Serialize, Deserialize)]
    struct Fields {
        kind: String,
        account: String,
        region: String,
        /// Microseconds since the epoch.
        hour: i64,
    }

    pub(super) fn serialize<S: Serializer>(slot: &Slot, serializer: S) -> Result<S::Ok, S::Error> {
        let Slot { start, kind, account, region, .. } = slot.clone();
        Fields { kind: kind.to_string(), account, region, hour: start }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Slot, D::Error> {
        let Fields { kind, account, region, hour } = Fields::deserialize(deserializer)?;
        let kind: LogKind = kind.parse().map_err(D::Error::custom)?;
        Ok(Slot { start: hour, length: SlotLength::Hour, kind, account, region })
    }
}

/// A table by its name.
mod table {
    use super::{Deserialize, Deserializer, Error, Serializer, Table};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(table: &Table, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(table.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Table, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = Table::ALL.into_iter().find(|table| table.name() == name);
        known.ok_or_else(|| D::Error::custom("a table that this program does not know"))
    }
}
