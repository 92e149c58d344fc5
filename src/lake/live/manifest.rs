//! The manifest: a line of JSON for each change, in order. It is the only truth about what a store holds.
//!
//! A line is appended and synced before what it says is promised to anybody. Only the last line can be torn, by a machine or
//! process that died while it was written: it promises nothing, and is dropped. A manifest with much in it that does not
//! hold any more is written anew under another name, which then takes its place.

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
use crate::base::whole_file;

/// Its name in the store.
pub(super) const NAME: &str = "_manifest.jsonl";

/// Length and time of a store's manifest, which change with every line of it; none if there is no store.
pub fn mark(store: &Path) -> Option<(u64, SystemTime)> {
    let metadata = store.join(NAME).metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

/// One line: what it says holds all at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The number of the next batch.
    pub next: BatchId,
}

impl Default for Content {
    fn default() -> Self {
        Self { batches: BTreeMap::new(), floor: i64::MIN, next: 1 }
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
        self.next = self.next.max(change.next.unwrap_or(0));
    }

    /// The fewest changes that make it.
    fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        let floor = (self.floor > i64::MIN).then_some(self.floor);
        let first = Change { floor, next: Some(self.next), ..Change::default() };
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

/// Reads the manifest of a store; an empty one if there is none.
///
/// # Errors
/// When it cannot be read, or a line before the last one cannot be understood.
pub(super) fn read(store: &Path) -> Result<Read> {
    let path = store.join(NAME);
    match fs::read(&path) {
        Ok(text) => parse(&text).with_context(|| Shown(path.display()).to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Read::default()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", Shown(path.display()))),
    }
}

fn parse(text: &[u8]) -> Result<Read> {
    let mut read = Read::default();
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        match serde_json::from_slice(line) {
            Ok(change) if line.ends_with(b"\n") => {
                read.content.apply(change);
                read.lines += 1;
                read.whole += line.len() as u64;
            }
            _ if lines.peek().is_none() => read.torn = line.len() as u64,
            other => bail!(
                Message::new(format_args!("line {} is damaged{}", read.lines + 1, why(other)))
                    .hint("remove the folder: what was in it is taken in again")
            ),
        }
    }
    Ok(read)
}

fn why(parsed: serde_json::Result<Change>) -> String {
    parsed.err().map(|error| format!(": {}", Shown(error))).unwrap_or_default()
}

/// A manifest to be written, by one process at a time.
#[derive(Debug)]
pub(super) struct Manifest {
    file: File,
    lines: u64,
}

impl Manifest {
    /// Opens the manifest of a store, or makes one, and cuts a torn line off.
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
        Ok(Self { file, lines: read.lines })
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
            assert_eq!(ids(&found), [vec![], vec![1], vec![1, 2], vec![2, 3]][whole], "cut at {cut}");
            Manifest::open(folder.path(), &found).unwrap().append(&add(9)).unwrap();
            let again = read(folder.path()).unwrap();
            assert_eq!((again.lines, again.torn, ids(&again).last()), (whole as u64 + 1, 0, Some(&9)));
        }
        // A machine that lost its power may leave zeros.
        fs::write(folder.path().join(NAME), [&text[..], &[0; 40]].concat()).unwrap();
        assert_eq!(ids(&read(folder.path()).unwrap()), [2, 3]);
    }

    #[test]
    fn damage_before_the_end_is_an_error() {
        let folder = written(&[add(1), add(2)]);
        let text = fs::read_to_string(folder.path().join(NAME)).unwrap();
        fs::write(folder.path().join(NAME), text.replacen("add", "\u{0}dd", 1).replacen('"', "", 1)).unwrap();
        let error = format!("{:#}", read(folder.path()).unwrap_err());
        assert!(error.contains("line 1 is damaged"), "{error}");
    }

    #[test]
    fn written_anew_it_says_the_same_and_no_number_comes_again() {
        let floor = Change { drop: vec![3], floor: Some(7), ..Change::default() };
        let folder = written(&[add(1), add(2), Change { drop: vec![1], ..add(3) }, floor]);
        let before = read(folder.path()).unwrap().content;
        assert_eq!((before.next, before.floor), (4, 7));
        let mut manifest = Manifest::rewrite(folder.path(), &before).unwrap();
        assert_eq!(read(folder.path()).unwrap().content, before);
        manifest.append(&add(4)).unwrap();
        assert_eq!(ids(&read(folder.path()).unwrap()), [2, 4]);
    }
}
