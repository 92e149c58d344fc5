//! Log objects that come, change and go; and what an export of them would hold, worked out slowly.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use alblog::time::{DAY, Date, HOUR, Iso};
use alblog::{LogKey, LogKind};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::super::slot::{Slot, SlotLength};
use super::reader::Id;
use crate::base::tables::Table;

/// 2026-11-20T21:00Z, in hours since the epoch.
pub(super) const FIRST_HOUR: i64 = 20_777 * 24 + 21;
pub(super) const HOURS: usize = 5;
/// Objects there may be: kinds, accounts, hours, and two in each.
pub(super) const OBJECTS: usize = 2 * 2 * HOURS * 2;

const MINUTE: i64 = 60_000_000;

/// What an object holds.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// For each row, how far from the slot's beginning its time is: see [`Text::OFFSETS`].
    pub(super) rows: Vec<usize>,
    pub(super) rejected: usize,
    pub(super) form: Form,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Plain,
    Gzip,
    /// What comes after these lines is cut off.
    Cut,
}

impl Text {
    /// In time, late by an hour, by a day and by three, and one that comes from the future.
    pub(super) const OFFSETS: [i64; 5] = [7 * MINUTE, -50 * MINUTE, 7 * MINUTE - DAY, -3 * DAY, 64 * MINUTE];
}

/// An object as it was at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) size: u64,
    /// Seconds since the epoch; no two are the same.
    pub(super) modified: u64,
    /// Rows by table and day.
    pub(super) rows: BTreeMap<(&'static str, String), BTreeSet<Id>>,
    /// Whether it cannot be read to its end, or is no log: it has lines, and no row.
    pub(super) has_error: bool,
}

impl Version {
    /// Whether the one that took its place has less in it: fewer rows, or no end.
    pub(super) fn has_lost(&self, now: &Self) -> bool {
        let rows = |version: &Self| -> usize {
            let rows = version.rows.iter().filter(|((table, _), _)| *table != Table::RejectedLines.name());
            rows.map(|(_, ids)| ids.len()).sum()
        };
        self != now && (rows(now) < rows(self) || now.has_error && !self.has_error)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = Id> + '_ {
        self.rows.values().flatten().copied()
    }
}

pub(super) struct World {
    folder: TempDir,
    hidden: TempDir,
    /// What is there, by number.
    pub(super) objects: BTreeMap<usize, Version>,
    /// Everything that ever was, by path and time.
    pub(super) versions: BTreeMap<(String, u64), Version>,
    next_id: Id,
    clock: u64,
}

/// The name of the object with this number.
pub(super) fn key(number: usize) -> LogKey {
    let (half, rest) = (number % 2, number / 2);
    let (hour, rest) = (rest % HOURS, rest / HOURS);
    let kind = [LogKind::Access, LogKind::HealthCheck][rest % 2];
    // The end of an hour still belongs to it.
    let minute = [25, 60][half];
    LogKey {
        kind,
        account: ["111111111111", "222222222222"][rest / 2].to_owned(),
        region: "eu-west-1".to_owned(),
        elb_name: "shop".to_owned(),
        elb_id: "50dc6c495c0c9188".to_owned(),
        interval_end: (FIRST_HOUR + i64::try_from(hour).expect("small")) * HOUR + minute * MINUTE,
        node_ip: "192.0.2.1".to_owned(),
        random: format!("r{number}"),
        gzip: true,
    }
}

pub(super) fn slot(number: usize) -> Slot {
    Slot::of(&key(number), SlotLength::Hour)
}

impl World {
    pub(super) fn new() -> Self {
        let folder = || tempfile::tempdir().expect("a temporary folder");
        Self {
            folder: folder(),
            hidden: folder(),
            objects: BTreeMap::new(),
            versions: BTreeMap::new(),
            next_id: 1000,
            clock: 1_000_000,
        }
    }

    pub(super) fn from(&self) -> String {
        self.folder.path().to_string_lossy().into_owned()
    }

    pub(super) fn path(&self, number: usize) -> PathBuf {
        let key = key(number);
        self.folder.path().join(key.folder()).join(key.to_string())
    }

    fn hiding_place(&self, number: usize) -> PathBuf {
        self.hidden.path().join(number.to_string())
    }

    /// An object comes, or another takes its place. Gives the rows that are gone with the old one.
    pub(super) fn put(&mut self, number: usize, text: &Text) -> Vec<Id> {
        let slot = slot(number);
        let (mut lines, mut rows) = (String::new(), BTreeMap::<_, BTreeSet<Id>>::new());
        for row in 0..text.rows.len() + text.rejected {
            let id = self.next_id;
            self.next_id += 1;
            let place = match text.rows.get(row) {
                None => {
                    let _ = writeln!(lines, "what is {id}");
                    (Table::RejectedLines.name(), slot.day())
                }
                Some(offset) => {
                    let time = slot.start + Text::OFFSETS[*offset];
                    lines.push_str(&line(slot.kind, time, id));
                    (slot.table().name(), Date::of(time.div_euclid(DAY) * DAY).to_string())
                }
            };
            rows.entry(place).or_default().insert(id);
        }
        let content = match text.form {
            Form::Plain => lines.into_bytes(),
            Form::Gzip => gzip(&lines),
            Form::Cut => {
                let mut content = gzip(&lines);
                let rest = gzip("what was here, nobody knows any more\n");
                content.extend_from_slice(&rest[..rest.len() / 2]);
                content
            }
        };
        self.clock += 1;
        let path = self.path(number);
        fs::create_dir_all(path.parent().expect("a folder")).expect("room");
        fs::write(&path, &content).expect("room");
        let file = File::options().write(true).open(&path).expect("written");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(self.clock)).expect("a time");
        let has_error = matches!(text.form, Form::Cut) || text.rows.is_empty() && text.rejected > 0;
        let version = Version { size: content.len() as u64, modified: self.clock, rows, has_error };
        let path = path.to_string_lossy().into_owned();
        // The same name again is the same object, even if it was gone for a while.
        let old = self.versions.range((path.clone(), 0)..).take_while(|((other, _), _)| *other == path);
        let old = old.flat_map(|(_, version)| version.ids()).collect();
        self.versions.insert((path, self.clock), version.clone());
        self.objects.insert(number, version);
        old
    }

    pub(super) fn expire(&mut self, number: usize) {
        if self.objects.remove(&number).is_some() {
            fs::remove_file(self.path(number)).expect("it was there");
        }
    }

    /// What makes objects unreadable, after they were listed.
    pub(super) fn hider(&self, numbers: &[usize]) -> Box<dyn FnOnce() + Send> {
        let paths: Vec<_> = numbers.iter().map(|number| (self.path(*number), self.hiding_place(*number))).collect();
        Box::new(move || paths.iter().for_each(|(path, hidden)| fs::rename(path, hidden).unwrap_or_default()))
    }

    pub(super) fn reveal(&self, numbers: &[usize]) {
        for number in numbers {
            fs::rename(self.hiding_place(*number), self.path(*number)).unwrap_or_default();
        }
    }

    /// Slots that have objects.
    pub(super) fn slots(&self) -> BTreeSet<Slot> {
        self.objects.keys().map(|number| slot(*number)).collect()
    }

    /// Whether one of the objects that a record names has less in it now.
    pub(super) fn has_lost(&self, recorded: &BTreeMap<String, u64>) -> bool {
        self.objects.iter().any(|(number, now)| {
            let path = self.path(*number).to_string_lossy().into_owned();
            recorded.get(&path).is_some_and(|modified| self.versions[&(path, *modified)].has_lost(now))
        })
    }

    /// The objects of a slot, as a record names them.
    pub(super) fn sources(&self, of: &Slot) -> BTreeMap<String, u64> {
        let objects = self.objects.iter().filter(|(number, _)| slot(**number) == *of);
        objects.map(|(number, version)| (self.path(*number).to_string_lossy().into_owned(), version.modified)).collect()
    }

    /// The files of a slot as they should be.
    pub(super) fn files(&self, of: &Slot) -> BTreeMap<String, BTreeSet<Id>> {
        let mut files = BTreeMap::<String, BTreeSet<Id>>::new();
        for (_, version) in self.objects.iter().filter(|(number, _)| slot(**number) == *of) {
            for ((table, day), ids) in &version.rows {
                let table = Table::ALL.into_iter().find(|known| known.name() == *table).expect("a table");
                files.entry(of.path(table, day)).or_default().extend(ids);
            }
        }
        files
    }
}

fn line(kind: LogKind, time: i64, id: Id) -> String {
    let time = Iso(time);
    if kind == LogKind::HealthCheck {
        return format!("http {time} 0.1 10.0.0.1:80 web{id} PASS 200 - app/shop/50dc6c495c0c9188 10.0.0.9\n");
    }
    format!(
        "https {time} app/shop/1 10.0.0.1:443 10.0.0.1:80 0.1 0.1 0.1 200 200 1 2 \"GET http://h/{id} HTTP/1.1\" \
         \"-\" - - arn \"Root=1\"\n"
    )
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}
