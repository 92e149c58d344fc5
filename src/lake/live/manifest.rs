//! The manifest: a line of JSON for each change, in order. It is the only truth about what a store holds.
//!
//! A line is appended and synced before what it says is promised to anybody. Only the last line can be torn, by a machine or
//! process that died while it was written: it does not end as a line does, promises nothing, and is dropped. A manifest with much in
//! it that does not hold any more is written anew under another name, which then takes its place.
//!
//! The first line is written before any file of a batch: where files lie and no line does, the manifest was lost, and nobody takes the
//! store for an empty one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::batch::{Batch, BatchId};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::base::whole_file;
use crate::lake::export::target::{LocalTarget, Target};

/// Its name in the store.
pub(super) const NAME: &str = "_manifest.jsonl";

/// Length and time of a store's manifest, which change with every line of it; none if there is no store.
pub fn mark(store: &Path) -> Option<(u64, SystemTime)> {
    let metadata = store.join(NAME).metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

/// One line: what it says holds all at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// A batch that is there from now on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub add: Option<Batch>,
    /// Batches that are not any more.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub drop: Vec<BatchId>,
    /// Objects whose intervals end by then are not kept any more; microseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub floor: Option<i64>,
    /// Objects whose intervals end by then are not looked for: whoever keeps more may look again. Microseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kept_from: Option<i64>,
    /// No batch with this number or a larger one was ever there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<BatchId>,
}

/// What all lines together say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// By number.
    pub batches: BTreeMap<BatchId, Arc<Batch>>,
    /// Objects whose intervals end by then are not kept; microseconds since the epoch.
    pub floor: i64,
    /// Those that end by then are not looked for; microseconds since the epoch.
    pub kept_from: i64,
    /// The number of the next batch.
    pub next: BatchId,
}

impl Default for Content {
    fn default() -> Self {
        Self { batches: BTreeMap::new(), floor: i64::MIN, kept_from: i64::MIN, next: 1 }
    }
}

impl Content {
    /// Makes a change.
    pub(super) fn apply(&mut self, change: Change) {
        for id in &change.drop {
            self.batches.remove(id);
        }
        if let Some(batch) = change.add {
            self.next = self.next.max(batch.id + 1);
            self.batches.insert(batch.id, Arc::new(batch));
        }
        self.floor = self.floor.max(change.floor.unwrap_or(i64::MIN));
        self.kept_from = change.kept_from.unwrap_or(self.kept_from);
        self.next = self.next.max(change.next.unwrap_or(0));
    }

    /// The fewest changes that make it.
    fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        let time = |time: i64| (time > i64::MIN).then_some(time);
        let (floor, kept_from) = (time(self.floor), time(self.kept_from));
        let first = Change { floor, kept_from, next: Some(self.next), ..Change::default() };
        let batches = self.batches.values();
        let added = batches.map(|batch| Change { add: Some(batch.as_ref().clone()), ..Change::default() });
        std::iter::once(first).chain(added)
    }
}

/// A manifest as it was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) content: Content,
    /// Bytes of whole lines.
    pub(super) whole: u64,
    /// Bytes behind them: of a line that was not written to its end.
    pub(super) torn: u64,
    pub(super) lines: u64,
}

/// Reads the manifest of a store; an empty one if nothing was ever written to the store.
///
/// # Errors
/// When it cannot be read, a whole line of it cannot be understood, or it has none although files of batches are there.
pub(super) fn read(store: &Path) -> Result<Read> {
    let read = read_lines(store)?;
    if read.lines > 0 || !has_files(store)? {
        return Ok(read);
    }
    // Somebody may have made the store between the two looks: its first line is there before its files are.
    let again = read_lines(store)?;
    if again.lines == 0 {
        let path = store.join(NAME);
        let is = if path.exists() { "holds nothing" } else { "is missing" };
        bail!(
            Message::new(format_args!(
                "{} {is}, and files of batches are there: they are left alone",
                Shown(path.display())
            ))
            .hint(AGAIN)
        );
    }
    Ok(again)
}

/// What helps when nobody knows any more what a store holds.
const AGAIN: &str =
    "the manifest from a backup; or albstats ingest into another folder, which has all that is still among the logs";

/// Whether any files of batches lie in a store.
fn has_files(store: &Path) -> Result<bool> {
    let target = LocalTarget::read_only(store);
    for table in Table::ALL {
        if target.list(&format!("{}/", table.name()))?.keys().any(|path| path.ends_with(".parquet")) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_lines(store: &Path) -> Result<Read> {
    let path = store.join(NAME);
    match fs::read(&path) {
        Ok(text) => parse(&text).with_context(|| Shown(path.display()).to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Read::default()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", Shown(path.display()))),
    }
}

fn parse(text: &[u8]) -> Result<Read> {
    let mut read = Read::default();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        // Only the last one ends otherwise.
        if !line.ends_with(b"\n") {
            read.torn = line.len() as u64;
            break;
        }
        match serde_json::from_slice(line) {
            Ok(change) => read.content.apply(change),
            Err(error) => {
                bail!(Message::new(format_args!("line {} is damaged: {}", read.lines + 1, Shown(error))).hint(AGAIN))
            }
        }
        read.lines += 1;
        read.whole += line.len() as u64;
    }
    Ok(read)
}

/// A manifest to be written, by one process at a time.
#[derive(Debug)]
pub(super) struct Manifest {
    file: File,
    lines: u64,
}

impl Manifest {
    /// Opens the manifest of a store, or makes one with a first line, and cuts a torn line off.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub(super) fn open(store: &Path, read: &Read) -> Result<Self> {
        let path = store.join(NAME);
        let file = File::options().append(true).create(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", Shown(path.display())))?;
        if read.torn > 0 {
            file.set_len(read.whole)?;
        }
        file.sync_all()?;
        sync_folder(store)?;
        let mut manifest = Self { file, lines: read.lines };
        if manifest.lines == 0 {
            let first = Change { next: Some(read.content.next), ..Change::default() };
            manifest.append(&first).with_context(|| format!("cannot write {}", Shown(path.display())))?;
        }
        Ok(manifest)
    }

    /// Whether it still has its name in the store.
    pub(super) fn is_at(&self, store: &Path) -> bool {
        let there = store.join(NAME).metadata();
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let id = |metadata: &fs::Metadata| (metadata.dev(), metadata.ino());
            there.is_ok_and(|there| self.file.metadata().is_ok_and(|open| id(&open) == id(&there)))
        }
        #[cfg(not(unix))]
        there.is_ok()
    }

    /// Adds a line. After an error nobody knows whether it is there: the manifest must be opened anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn append(&mut self, change: &Change) -> Result<()> {
        let mut line = serde_json::to_vec(change)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        self.lines += 1;
        Ok(())
    }

    /// Whether most of what it says does not hold any more.
    pub(super) fn is_long(&self, content: &Content) -> bool {
        self.lines > 1000 + 4 * content.batches.len() as u64
    }

    /// Writes the manifest anew, with what it says and no more.
    ///
    /// # Errors
    /// When it cannot be written; the old one is still there.
    pub(super) fn rewrite(store: &Path, content: &Content) -> Result<Self> {
        let mut lines = 0;
        let mut text = Vec::new();
        for change in content.changes() {
            serde_json::to_writer(&mut text, &change)?;
            text.push(b'\n');
            lines += 1;
        }
        whole_file::replace(&store.join(NAME), &text)?;
        sync_folder(store)?;
        let file = File::options().append(true).open(store.join(NAME))?;
        Ok(Self { file, lines })
    }
}

/// A name is durable when its folder is.
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("cannot write {}", Shown(folder.display())))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests {
    use alblog::LogKind;

    use super::*;
    use crate::lake::export::{Slot, SlotLength};

    fn add(id: BatchId) -> Change {
        let slot = Slot {
            start: 0,
            length: SlotLength::Hour,
            kind: LogKind::Access,
            account: "1".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        let batch = Batch { id, slot, objects: 1, rejected_lines: 0, damaged: 0, raw: 9, files: Vec::new() };
        Change { add: Some(batch), ..Change::default() }
    }

    fn ids(read: &Read) -> Vec<BatchId> {
        read.content.batches.keys().copied().collect()
    }

    fn written(changes: &[Change]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut manifest = Manifest::open(folder.path(), &Read::default()).unwrap();
        for change in changes {
            manifest.append(change).unwrap();
        }
        folder
    }

    /// Cut anywhere, it says what its whole lines say; and goes on from there.
    #[test]
    fn a_torn_line_says_nothing() {
        let changes = [add(1), add(2), Change { drop: vec![1], ..add(3) }];
        let folder = written(&changes);
        let text = fs::read(folder.path().join(NAME)).unwrap();
        let ends: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'\n').map(|at| at + 1).collect();
        for cut in 0..=text.len() {
            fs::write(folder.path().join(NAME), &text[..cut]).unwrap();
            let found = read(folder.path()).unwrap();
            let whole = ends.iter().filter(|end| **end <= cut).count();
            let expected: [&[BatchId]; 5] = [&[], &[], &[1], &[1, 2], &[2, 3]];
            assert_eq!(ids(&found), expected[whole], "cut at {cut}");
            Manifest::open(folder.path(), &found).unwrap().append(&add(9)).unwrap();
            let again = read(folder.path()).unwrap();
            assert_eq!((again.lines, again.torn, ids(&again).last()), (whole.max(1) as u64 + 1, 0, Some(&9)));
        }
        // A machine that lost its power may leave zeros.
        fs::write(folder.path().join(NAME), [&text[..], &[0; 40]].concat()).unwrap();
        assert_eq!(ids(&read(folder.path()).unwrap()), [2, 3]);
    }

    /// One bit of any byte of a whole line, the last one too: it is refused, or says another thing that has its own checks.
    #[test]
    fn a_whole_line_that_is_damaged_is_an_error_wherever_it_stands() {
        let folder = written(&[add(1), add(2)]);
        let text = fs::read_to_string(folder.path().join(NAME)).unwrap();
        for (line, at) in [(2, text.find("add").unwrap()), (3, text.rfind("add").unwrap())] {
            for damaged in
                [format!("{}\0{}", &text[..at], &text[at + 1..]), text[..at].to_owned() + "b" + &text[at + 1..]]
            {
                fs::write(folder.path().join(NAME), damaged).unwrap();
                let error = format!("{:#}", read(folder.path()).unwrap_err());
                assert!(error.contains(&format!("line {line} is damaged")) && error.contains("hint: "), "{error}");
            }
        }
    }

    #[test]
    fn a_manifest_that_is_lost_is_no_empty_store() {
        let folder = written(&[add(1)]);
        let batch = folder.path().join("requests/account=1/region=r/day=2026-11-20/2026-11-20T10-1.parquet");
        let whole = fs::read(folder.path().join(NAME)).unwrap();
        let lost = |content: Option<&[u8]>| {
            match content {
                Some(content) => fs::write(folder.path().join(NAME), content).unwrap(),
                None => fs::remove_file(folder.path().join(NAME)).unwrap(),
            }
            read(folder.path()).map(|read| read.lines).map_err(|error| format!("{error:#}"))
        };
        assert_eq!(lost(Some(b"")), Ok(0), "nothing was ever written");
        fs::create_dir_all(batch.parent().unwrap()).unwrap();
        fs::write(&batch, "rows").unwrap();
        for (content, is) in
            [(Some(&b""[..]), "holds nothing"), (Some(b"{\"ne"), "holds nothing"), (None, "is missing")]
        {
            let error = lost(content).unwrap_err();
            assert!(error.contains(is) && error.contains("hint: "), "{error}");
        }
        assert_eq!(lost(Some(&whole)), Ok(2));
    }

    #[test]
    fn written_anew_it_says_the_same_and_no_number_comes_again() {
        let floor = Change { drop: vec![3], floor: Some(7), kept_from: Some(9), ..Change::default() };
        let folder = written(&[add(1), add(2), Change { drop: vec![1], ..add(3) }, floor]);
        let before = read(folder.path()).unwrap().content;
        assert_eq!((before.next, before.floor, before.kept_from), (4, 7, 9));
        let mut manifest = Manifest::rewrite(folder.path(), &before).unwrap();
        assert_eq!(read(folder.path()).unwrap().content, before);
        manifest.append(&add(4)).unwrap();
        assert_eq!(ids(&read(folder.path()).unwrap()), [2, 4]);
    }
}
