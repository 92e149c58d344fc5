//! Taking logs in, as `ingest` and `serve` begin it: what was named, opened, and how what is taken in is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::export_target as target;
use crate::base::config::{ByteSize, Config, SourceConfig, TimeSpan};
use crate::base::message::Message;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::lake::export::{ExportProgress, ExportSpec, Policy, Redaction, Settings, SlotLength, anchored, source_name};
use crate::lake::ingest::queue::Queue;
use crate::lake::ingest::{Export, Ingest};
use crate::lake::live::{Mended, Snapshot, plan, settings_of};
use crate::output::human;
use crate::read::storage::MAX_LISTS;

/// Batches that are made at the same time, at most: each takes its part of the memory.
const WORKERS: usize = 4;

/// Which logs, and where they go.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Intake {
    /// Places and names of sources.
    pub(in crate::cli) from: Vec<String>,
    /// Folder of the live store, if it is not that of the source.
    pub(in crate::cli) to: Option<PathBuf>,
    /// Where complete hours go.
    pub(in crate::cli) export: Option<String>,
    /// Whether they go to the export of the source, if nothing else was said.
    pub(in crate::cli) hand_over: bool,
    /// URL of the queue that S3 tells of new objects.
    pub(in crate::cli) queue: Option<String>,
    pub(in crate::cli) max_lists: Option<usize>,
}

/// What was named, opened.
pub(in crate::cli) struct Opened {
    pub(in crate::cli) places: Vec<Place>,
    pub(in crate::cli) folder: PathBuf,
    settings: Settings,
    pub(in crate::cli) export: Option<Arc<Export>>,
    pub(in crate::cli) queue: Option<Queue>,
    max_lists: usize,
}

/// How what is taken in is kept.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Keeping {
    /// From the end of one listing to the next.
    pub(in crate::cli) poll: TimeSpan,
    /// What is not in the export is kept for so long.
    pub(in crate::cli) keep: TimeSpan,
    /// And no more bytes than this.
    pub(in crate::cli) max_bytes: ByteSize,
    /// From the end of an hour until it is handed over to the export.
    pub(in crate::cli) settle: TimeSpan,
    /// Memory for making batches, all together; bytes.
    pub(in crate::cli) memory: usize,
    /// End when everything that is there was taken in.
    pub(in crate::cli) once: bool,
}

impl Intake {
    /// Opens what was named.
    ///
    /// # Errors
    /// When something is not there, or does not fit together.
    pub(in crate::cli) fn open(
        &self,
        config: &Config,
        runtime: &Runtime,
        redaction: &Redaction,
        read_only: bool,
    ) -> Result<Opened> {
        let (folder, export) = self.targets(config, read_only)?;
        let places = anchored(config.resolve_from(&self.from)?)?;
        let to = Place::new(folder.to_string_lossy());
        if to.in_s3().is_some() {
            bail!(
                Message::new("a live store is a folder of this machine")
                    .hint("--export s3://bucket/prefix keeps complete hours there")
            );
        }
        target::check_apart(&places, "live store", &to)?;
        let sources = places.iter().map(source_name).collect::<Result<Vec<String>>>()?;
        let settings = Settings::new(SlotLength::Hour, sources, redaction.clone());
        let export = match export {
            Some(to) => Some(self.export(&to, &places, &settings, config, runtime, read_only)?),
            None => None,
        };
        let queue = match &self.queue {
            // The queue is asked as whom the logs are read.
            Some(url) => {
                let identity = places.first().map(|place| place.identity.clone()).unwrap_or_default();
                Some(runtime.block_on(Queue::open(url, &identity))?)
            }
            None => None,
        };
        let max_lists = self.max_lists();
        Ok(Opened { places, folder, settings, export, queue, max_lists })
    }

    /// Where the live store is, and the export behind it, if complete hours go to one: what was typed, or what the source says.
    /// Whoever only looks takes the export of the source for what it is.
    fn targets(&self, config: &Config, read_only: bool) -> Result<(PathBuf, Option<Place>)> {
        let sources = || config.sources_in(&self.from).map(|(_, source)| source);
        let folder = if let Some(folder) = &self.to {
            folder.clone()
        } else {
            let stores = sources().filter_map(|source| source.live.as_ref()).map(|live| live.value.clone());
            let missing = || {
                Message::new("--to is missing: the folder of the live store").hint("--to ./live, or `live` of a source")
            };
            PathBuf::from(only("live store", stores)?.ok_or_else(missing)?)
        };
        let export = match &self.export {
            Some(typed) => Some(Place::new(typed)),
            None if self.hand_over || read_only => {
                let name = only("export", sources().filter_map(SourceConfig::exported).map(|place| place.from))?;
                let export =
                    sources().filter_map(SourceConfig::exported).find(|place| Some(&place.from) == name.as_ref());
                let missing =
                    || Message::new("the source has no export").hint("--export WHERE, or `export` of the source");
                if self.hand_over { Some(export.ok_or_else(missing)?) } else { export }
            }
            None => None,
        };
        Ok((folder, export))
    }

    pub(in crate::cli) fn max_lists(&self) -> usize {
        self.max_lists.unwrap_or(MAX_LISTS)
    }

    fn export(
        &self,
        to: &Place,
        places: &[Place],
        settings: &Settings,
        config: &Config,
        runtime: &Runtime,
        read_only: bool,
    ) -> Result<Arc<Export>> {
        target::check_apart(places, "export", to)?;
        let ended = Arc::new(Semaphore::new(0));
        let target = target::open(to, read_only, runtime, Arc::clone(&ended))?;
        // An export of days stays one.
        let settings = match target::settings(target.as_ref())? {
            Some(there) => {
                // Who only looks takes what there is.
                let redact = if read_only { there.redact.clone() } else { settings.redact.clone() };
                let wanted = Settings { slot: there.slot, redact, ..settings.clone() };
                there.check(&wanted, &target.name())?;
                wanted
            }
            None => settings.clone(),
        };
        let spec = ExportSpec {
            places: places.to_vec(),
            settings,
            since: 0,
            until: 0,
            shard: None,
            policy: Policy::default(),
            dry_run: false,
            workers: config.threads.value.get().min(2),
            duplicates: false,
            max_lists: self.max_lists(),
            cache: None,
        };
        Ok(Arc::new(Export { spec, target, progress: ExportProgress::default(), ended }))
    }
}

/// The one that all sources have which have any.
fn only(what: &str, mut all: impl Iterator<Item = String>) -> Result<Option<String>> {
    let Some(first) = all.next() else { return Ok(None) };
    if let Some(other) = all.find(|other| *other != first) {
        let message = format_args!("the sources have different {what}s, {} and {}", Shown(&first), Shown(&other));
        bail!(Message::new(message).hint("one --from at a time"));
    }
    Ok(Some(first))
}

impl Opened {
    /// What is to be done.
    pub(in crate::cli) fn ingest(self, keeping: &Keeping, config: &Config) -> Ingest {
        let workers = config.threads.value.get().min(WORKERS);
        let micros = |span: TimeSpan| i64::try_from(span.get().as_micros()).unwrap_or(i64::MAX / 4);
        Ingest {
            policy: plan::Policy {
                keep: micros(keeping.keep),
                max_bytes: keeping.max_bytes.0,
                export: self.export.as_ref().map(|export| export.spec.settings.slot),
                settle: micros(keeping.settle),
                workers,
            },
            places: self.places,
            folder: self.folder,
            settings: self.settings,
            export: self.export,
            queue: self.queue,
            poll: keeping.poll.get(),
            max_lists: self.max_lists,
            memory: keeping.memory,
            once: keeping.once,
        }
    }
}

/// `1 batch`, `1,234 batches`
pub(in crate::cli) fn batches(count: u64) -> String {
    format!("{} {}", human::count(count), if count == 1 { "batch" } else { "batches" })
}

/// What was put in order when a store was opened.
pub(in crate::cli) fn told_of(mended: &Mended) -> Vec<Message> {
    let mut lines = Vec::new();
    if mended.torn > 0 {
        lines
            .push("the last line of the manifest was not written to its end and is dropped; nothing hung on it".into());
    }
    if !mended.dropped.is_empty() {
        let dropped = batches(mended.dropped.len() as u64);
        lines.push(
            format_args!("{dropped} dropped, of which files are missing or cut: their logs are taken in again").into(),
        );
    }
    if mended.removed > 0 {
        let (files, are) = (human::plural(mended.removed, "file"), if mended.removed == 1 { "is" } else { "are" });
        lines.push(
            format_args!(
                "{files} of batches that the manifest does not name {are} removed: let go before, or not finished"
            )
            .into(),
        );
    }
    lines
}

/// What a store that is there was made with leaves out; what is asked for, where there is none yet.
///
/// # Errors
/// When there is one that cannot be read.
pub(in crate::cli) fn redaction_of(store: &Path, asked: Redaction) -> Result<Redaction> {
    if asked.is_empty() && Snapshot::is_store(store) { Ok(settings_of(store)?.redact) } else { Ok(asked) }
}
