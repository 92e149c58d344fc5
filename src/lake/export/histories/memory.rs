//! An export in memory: it may be killed before any change or made to wait there while another run goes on, and somebody
//! reads it after every one.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Result, bail};
use twox_hash::XxHash64;

use super::super::encode::FileSink;
use super::super::plan::Stored;
use super::super::target::{Conflict, Target, Upload};
use super::reader::Reader;

/// The files, and who watches them. Clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Lake(Arc<Mutex<Content>>);

#[derive(Default)]
pub(super) struct Content {
    pub(super) files: BTreeMap<String, File>,
    pub(super) reader: Reader,
    /// Changes so far: files that appeared, were replaced or deleted.
    pub(super) changes: usize,
    /// Whether marks are of the content, as in S3; otherwise each file has its own, as in a folder.
    pub(super) etags: bool,
}

pub(super) struct File {
    pub(super) content: Vec<u8>,
    stored: Stored,
}

impl Lake {
    pub(super) fn new(etags: bool) -> Self {
        let lake = Self::default();
        lake.lock().etags = etags;
        lake
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().expect("no panic elsewhere")
    }
}

impl Content {
    fn mark(&self, content: &[u8]) -> String {
        if self.etags {
            let mut hash = XxHash64::with_seed(0);
            hash.write(content);
            return format!("{:x}", hash.finish());
        }
        self.changes.to_string()
    }

    fn is(&self, path: &str, expected: Option<&Stored>) -> Result<()> {
        if self.files.get(path).map(|file| &file.stored) != expected {
            return Err(Conflict(path.to_owned()).into());
        }
        Ok(())
    }
}

/// What happens to a run.
#[derive(Default)]
pub(super) struct Fate {
    /// Changes it tried to make.
    tried: AtomicUsize,
    /// It is killed before this change: from then on nothing works any more.
    kill: Option<usize>,
    /// It waits before this change.
    wait: Option<usize>,
    gate: Mutex<Option<(SyncSender<()>, Receiver<()>)>>,
    /// Done once, when it has found its objects and looks at the export.
    listed: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Fate {
    pub(super) fn new(kill: Option<usize>, listed: Option<Box<dyn FnOnce() + Send>>) -> Self {
        Self { kill, listed: Mutex::new(listed), ..Self::default() }
    }

    /// It waits before a change: the receiver hears that it does (or that it never came so far), the sender lets it go on.
    pub(super) fn waits(&mut self, before: usize) -> (Receiver<()>, SyncSender<()>) {
        let ((reached, hears), (lets, go_on)) = (sync_channel(1), sync_channel(1));
        self.wait = Some(before);
        self.gate = Mutex::new(Some((reached, go_on)));
        (hears, lets)
    }

    fn is_alive(&self) -> Result<()> {
        if self.kill.is_some_and(|kill| self.tried.load(Relaxed) > kill) {
            bail!("killed");
        }
        Ok(())
    }

    fn change(&self) -> Result<()> {
        let number = self.tried.fetch_add(1, Relaxed);
        self.is_alive()?;
        if self.wait == Some(number)
            && let Some((reached, go_on)) = self.gate.lock().expect("no panic elsewhere").take()
        {
            reached.send(()).expect("somebody waits");
            go_on.recv().expect("somebody waits");
        }
        Ok(())
    }
}

pub(super) struct Client {
    pub(super) lake: Lake,
    pub(super) fate: Arc<Fate>,
}

impl Target for Client {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn marks_last(&self) -> bool {
        self.lake.lock().etags
    }

    fn list(&self, folder: &str) -> Result<BTreeMap<String, Stored>> {
        self.fate.is_alive()?;
        if !folder.is_empty()
            && let Some(listed) = self.fate.listed.lock().expect("no panic elsewhere").take()
        {
            listed();
        }
        let content = self.lake.lock();
        let files = content.files.range(folder.to_owned()..).take_while(|(path, _)| path.starts_with(folder));
        Ok(files.map(|(path, file)| (path.clone(), file.stored.clone())).collect())
    }

    fn read(&self, paths: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        self.fate.is_alive()?;
        let content = self.lake.lock();
        Ok(paths.iter().map(|path| Some(content.files.get(path)?.content.clone())).collect())
    }

    fn begin(&self, path: &str, replaces: Option<&Stored>) -> Result<Box<dyn Upload>> {
        self.fate.is_alive()?;
        let (lake, fate) = (self.lake.clone(), Arc::clone(&self.fate));
        Ok(Box::new(InMemory { lake, fate, path: path.to_owned(), replaces: replaces.cloned(), bytes: Vec::new() }))
    }

    fn delete(&self, path: &str, stored: &Stored) -> Result<()> {
        self.fate.change()?;
        let mut content = self.lake.lock();
        if content.files.contains_key(path) {
            content.is(path, Some(stored))?;
            content.files.remove(path);
            content.changes += 1;
            content.reader.deleted(path);
        }
        Ok(())
    }
}

struct InMemory {
    lake: Lake,
    fate: Arc<Fate>,
    path: String,
    replaces: Option<Stored>,
    bytes: Vec<u8>,
}

impl FileSink for InMemory {
    fn write(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.bytes.extend(bytes);
        self.fate.is_alive()
    }
}

impl Upload for InMemory {
    fn complete(self: Box<Self>) -> Result<Stored> {
        self.fate.change()?;
        let mut content = self.lake.lock();
        content.is(&self.path, self.replaces.as_ref())?;
        content.changes += 1;
        content.reader.appeared(&self.path, &self.bytes);
        let stored = Stored { size: self.bytes.len() as u64, mark: content.mark(&self.bytes) };
        content.files.insert(self.path.clone(), File { content: self.bytes, stored: stored.clone() });
        Ok(stored)
    }
}
