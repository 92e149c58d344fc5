//! Slots: the unit of an export. Every object belongs to one slot, so every row is written by one slot, however late it is.

use std::fmt;
use std::hash::Hasher;

use alblog::time::{self, DAY, Date, HOUR};
use alblog::{LogKey, LogKind};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

use crate::base::tables::Table;

/// How much time a slot covers. Fixed when an export is created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlotLength {
    #[default]
    Hour,
    /// A day: fewer, larger files for accounts with little traffic.
    Day,
}

impl SlotLength {
    /// In microseconds.
    pub fn micros(self) -> i64 {
        match self {
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    /// The start of the slot that a time lies in.
    pub fn start_of(self, time: i64) -> i64 {
        time - time.rem_euclid(self.micros())
    }
}

impl fmt::Display for SlotLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hour => "hour",
            Self::Day => "day",
        })
    }
}

/// The objects of one kind, account and region whose intervals end within one hour (or day).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// When it begins, microseconds since the epoch.
    pub start: i64,
    /// How long it is.
    pub length: SlotLength,
    /// The kind of log.
    pub kind: LogKind,
    /// Account of the objects.
    pub account: String,
    /// Region of the objects.
    pub region: String,
}

impl Slot {
    /// The slot an object belongs to: that of its interval's end, without the moment at which the next one begins.
    pub fn of(key: &LogKey, length: SlotLength) -> Self {
        Self {
            start: length.start_of(key.interval_end - 1),
            length,
            kind: key.kind,
            account: key.account.clone(),
            region: key.region.clone(),
        }
    }

    /// The slot whose commit record is called so.
    pub fn of_record(account: &str, region: &str, name: &str) -> Option<Self> {
        let kind = LogKind::ALL.into_iter().find(|kind| name.starts_with(&format!("{kind}-")))?;
        let (start, end) = times_of_file(name)?;
        let length = if end - start == DAY { SlotLength::Day } else { SlotLength::Hour };
        Some(Self { start, length, kind, account: account.to_owned(), region: region.to_owned() })
    }

    /// When it ends, microseconds since the epoch. An interval that ends then is still its own.
    pub fn end(&self) -> i64 {
        self.start + self.length.micros()
    }

    /// UTC date, `2026-11-20`.
    pub fn day(&self) -> String {
        Date::of(self.start).to_string()
    }

    /// `2026-11-20T10`, or `2026-11-20` for a day.
    pub fn name(&self) -> String {
        match self.length {
            SlotLength::Hour => format!("{}T{:02}", self.day(), self.start.rem_euclid(DAY) / HOUR),
            SlotLength::Day => self.day(),
        }
    }

    /// The table of its rows.
    pub fn table(&self) -> Table {
        table_of(self.kind)
    }

    /// The name of its files in a table. The two tables about reading have rows of all kinds.
    pub fn file_name(&self, table: Table) -> String {
        match table.kind() {
            Some(_) => format!("{}.parquet", self.name()),
            None => format!("{}-{}.parquet", self.kind, self.name()),
        }
    }

    /// Where its file for rows of a day lies, below the export.
    pub fn path(&self, table: Table, day: &str) -> String {
        format!("{}day={day}/{}", region_folder(table, &self.account, &self.region), self.file_name(table))
    }

    /// Where its commit record lies, below the export.
    pub fn record_path(&self) -> String {
        self.path(Table::LogObjects, &self.day())
    }

    /// Whether this slot is the business of shard `shard.0` of `shard.1`. The same on every machine and in every
    /// version.
    pub fn belongs_to(&self, shard: (u64, u64)) -> bool {
        let mut hash = XxHash64::with_seed(0);
        hash.write(format!("{} {} {} {}", self.kind, self.account, self.region, self.name()).as_bytes());
        hash.finish() % shard.1 == shard.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.kind, self.account, self.region, self.name())
    }
}

/// The table of a kind's rows.
pub(super) fn table_of(kind: LogKind) -> Table {
    let of_kind = Table::ALL.into_iter().find(|table| table.kind() == Some(kind));
    of_kind.expect("every kind has a table")
}

/// The folder of a table's files of one account and region, below the export. Ends in `/`.
pub(super) fn region_folder(table: Table, account: &str, region: &str) -> String {
    format!("{}/account={account}/region={region}/", table.name())
}

/// Start and end of the slot that a file of this name belongs to: what [`Slot::file_name`] made of them.
pub fn times_of_file(name: &str) -> Option<(i64, i64)> {
    let stem = name.strip_suffix(".parquet")?;
    let slot = LogKind::ALL.iter().find_map(|kind| stem.strip_prefix(&format!("{kind}-"))).unwrap_or(stem);
    let (time, length) = match slot.split_once('T') {
        Some((day, hour)) => (format!("{day}T{hour}:00:00.000000Z"), SlotLength::Hour),
        None => (format!("{slot}T00:00:00.000000Z"), SlotLength::Day),
    };
    let start = time::parse(time.as_bytes())?;
    Some((start, start + length.micros()))
}

/// Whether a file lies under the day at which its slot begins. Late rows lie elsewhere, and only their slot's record tells
/// them from a copy.
pub fn is_under_own_day(name: &str, day: &str) -> bool {
    times_of_file(name).is_some_and(|(start, _)| Date::of(start).to_string() == day)
}

/// Where the record is that a file of this table, folder and name must be in; none for a record, or what is no such file.
pub fn record_of_file(table: Table, account: &str, region: &str, name: &str) -> Option<String> {
    let (start, _) = times_of_file(name).filter(|_| table != Table::LogObjects)?;
    let kind = table.kind().map(|kind| format!("{kind}-")).unwrap_or_default();
    let folder = region_folder(Table::LogObjects, account, region);
    Some(format!("{folder}day={}/{kind}{name}", Date::of(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(end: &str, length: SlotLength) -> Slot {
        let name = format!("1_elasticloadbalancing_eu-west-1_app.a.b_{end}_192.0.2.1_r.log.gz");
        Slot::of(&LogKey::parse(&name).expect("a key"), length)
    }

    #[test]
    fn the_end_of_an_interval_belongs_to_the_hour_before() {
        assert_eq!(slot("20261120T1005Z", SlotLength::Hour).name(), "2026-11-20T10");
        assert_eq!(slot("20261120T1100Z", SlotLength::Hour).name(), "2026-11-20T10");
        assert_eq!(slot("20261121T0000Z", SlotLength::Hour).name(), "2026-11-20T23");
        assert_eq!(slot("20261121T0000Z", SlotLength::Day).name(), "2026-11-20");
    }

    #[test]
    fn files_lie_under_the_rows_own_day() {
        let slot = slot("20261120T0005Z", SlotLength::Hour);
        let requests = slot.path(Table::Requests, "2026-11-19");
        assert_eq!(requests, "requests/account=1/region=eu-west-1/day=2026-11-19/2026-11-20T00.parquet");
        let record = "log_objects/account=1/region=eu-west-1/day=2026-11-20/access-2026-11-20T00.parquet";
        assert_eq!(slot.record_path(), record);
        for table in [Table::Requests, Table::RejectedLines] {
            let found = record_of_file(table, "1", "eu-west-1", &slot.file_name(table));
            assert_eq!(found.as_deref(), Some(record));
        }
        assert_eq!(record_of_file(Table::Requests, "1", "eu-west-1", "part-0.parquet"), None);
    }

    #[test]
    fn a_files_name_says_its_slot() {
        for length in [SlotLength::Hour, SlotLength::Day] {
            let slot = slot("20261121T0000Z", length);
            for table in Table::ALL {
                assert_eq!(times_of_file(&slot.file_name(table)), Some((slot.start, slot.end())));
            }
        }
        for other in ["part-0.parquet", "2026-11-20T10.csv", "2026-11-20T1.parquet", "access-.parquet"] {
            assert_eq!(times_of_file(other), None, "{other}");
        }
    }

    #[test]
    fn shards_part_the_slots_and_never_change() {
        let slots: Vec<Slot> = (0..24).map(|hour| slot(&format!("20261120T{hour:02}05Z"), SlotLength::Hour)).collect();
        for slot in &slots {
            assert_eq!((0..5).filter(|&shard| slot.belongs_to((shard, 5))).count(), 1);
        }
        let first: Vec<usize> = (0..24).filter(|&hour| slots[hour].belongs_to((0, 4))).collect();
        assert_eq!(first, [0, 1, 4, 11, 14, 15, 16, 18, 21]);
    }
}
