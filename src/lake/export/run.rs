//! A run of an export: region by region and day by day, what is there is compared with what should be, and slots are
//! written by as many workers as there are threads.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use alblog::time::{DAY, parse};
use anyhow::{Context, Result, bail};
use tokio::runtime::Handle;

use super::content::ContentOptions;
use super::day_file::RowOrder;
use super::flaws::Flaw;
use super::plan::{Decision, Policy, Why, decide, known};
use super::record::{REMOVE_RECORD, Record, Source};
use super::region::RegionFiles;
use super::report::ExportReport;
use super::settings::{SETTINGS_PATH, Settings};
use super::slot::{Slot, SlotLength};
use super::sources::{self, Loaded, Region};
use super::target::{Conflict, Target, put};
use super::write::{Ended, Job, note, write_slot};
use crate::base::message::Message;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::read::scan::{Openings, Problem, Progress};
use crate::read::storage::cache::ObjectCache;
use crate::read::storage::{FetchBudget, KeyFilter, LogObject, add_skipped, look_up, without_copies};

/// Memory of an export's workers for inflating and encoding, all together; bytes.
const MEMORY: usize = 160 << 20;

/// What a run is to do.
#[derive(Debug, Clone)]
pub struct ExportSpec {
    /// Where the logs are.
    pub places: Vec<Place>,
    /// What the export is, or is to be created with.
    pub settings: Settings,
    /// Slots from this time on; microseconds since the epoch, rounded down to a slot.
    pub since: i64,
    /// Slots that end by this time, rounded down to a slot.
    pub until: i64,
    /// Only the slots of shard `.0` of `.1`.
    pub shard: Option<(u64, u64)>,
    pub policy: Policy,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// Slots written at the same time.
    pub workers: usize,
    /// Whether an object that is there twice is exported twice.
    pub duplicates: bool,
    /// Requests that may be spent on folders of a bucket that are not of AWS's layout.
    pub max_lists: usize,
    /// Where objects are kept that are downloaded, if they are.
    pub cache: Option<Arc<ObjectCache>>,
}

/// What a run shares with those who watch it.
#[derive(Debug, Default)]
pub struct ExportProgress {
    /// Bytes and rows read.
    pub reading: Progress,
    /// Slots known to be written so far.
    pub slots: AtomicU64,
    /// Slots of these that are done.
    pub done: AtomicU64,
    /// Set to end the run: slots that are not done are given up, and repaired by the next run.
    pub stop: AtomicBool,
}

impl ExportSpec {
    /// The times of the slots' intervals' ends: after the start and not after the end.
    pub fn window(&self) -> Range<i64> {
        let length = self.settings.slot;
        length.start_of(self.since)..length.start_of(self.until)
    }

    fn keys(&self) -> KeyFilter {
        let (duplicates, max_lists) = (self.duplicates, self.max_lists);
        KeyFilter { ends: self.window(), max_lists, duplicates, ..KeyFilter::default() }
    }
}

/// Brings an export up to date.
///
/// # Errors
/// When nothing can be done at all: the settings differ, nothing can be written, or no logs are found. What goes wrong
/// with one slot or object is in the report.
pub fn run(
    spec: &ExportSpec,
    target: &dyn Target,
    progress: &ExportProgress,
    runtime: &Handle,
) -> Result<ExportReport> {
    agree(spec, target)?;
    let keys = spec.keys();
    let found = match runtime.block_on(unless_stopped(progress, sources::find(&spec.places, &keys))) {
        Err(_) if progress.stop.load(Relaxed) => {
            return Ok(ExportReport { interrupted: true, ..ExportReport::default() });
        }
        found => found?,
    };
    // What could not be looked into may hold what seems to be gone.
    let policy = Policy { allow_shrink: spec.policy.allow_shrink && found.unlisted.is_empty(), ..spec.policy };
    let (budget, openings, report) =
        (FetchBudget::small().through(spec.cache.as_ref()), Openings::default(), ExportReport::default());
    let mut run = Run { spec, policy, target, progress, runtime, keys, budget, openings, report };
    run.report.skipped = found.skipped;
    run.report.unnamed = found.unnamed;
    let is_all_listed = found.unlisted.is_empty();
    run.report.incomplete.extend(found.unlisted);
    let seen: BTreeSet<(String, String)> = found.regions.keys().cloned().collect();
    for ((account, region), days) in found.regions {
        if run.is_stopped() {
            break;
        }
        run.region(&account, &region, days)?;
    }
    if is_all_listed && !run.is_stopped() {
        // Whose logs have all expired, that has its files nevertheless.
        for (account, region) in exported(target)?.difference(&seen) {
            run.region(account, region, Region::new())?;
        }
    }
    run.report.interrupted = run.is_stopped();
    Ok(run.report)
}

/// Accounts and regions that an export has records of.
fn exported(target: &dyn Target) -> Result<BTreeSet<(String, String)>> {
    let records = target.list(&format!("{}/", Table::LogObjects.name()))?;
    let of = |path: &String| {
        let mut parts = path.split('/').skip(1);
        let account = parts.next()?.strip_prefix("account=")?.to_owned();
        Some((account, parts.next()?.strip_prefix("region=")?.to_owned()))
    };
    Ok(records.keys().filter(|path| path.ends_with(".parquet")).filter_map(of).collect())
}

/// Requests that are under way do not keep a run from ending.
async fn unless_stopped<T>(progress: &ExportProgress, work: impl Future<Output = Result<T>>) -> Result<T> {
    let stopped = async {
        while !progress.stop.load(Relaxed) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        done = work => done,
        () = stopped => bail!("interrupted"),
    }
}

/// Compares the settings with those the export was created with, or creates it. Either way it is known afterwards
/// whether something can be written.
fn agree(spec: &ExportSpec, target: &dyn Target) -> Result<()> {
    let exists = is_the_same(spec, target)?;
    if !exists {
        for table in Table::ALL {
            let files = target.list(&format!("{}/", table.name()))?;
            if let Some(path) = files.keys().find(|path| path.ends_with(".parquet")) {
                let name = target.name();
                bail!(
                    Message::new(format_args!(
                        "{name} is no export, but has Parquet files in it: {path}",
                        path = Shown(path)
                    ))
                    .hint(format_args!("an empty folder or prefix, --to {name}/albstats"))
                );
            }
        }
    }
    if spec.dry_run {
        return Ok(());
    }
    match put(target, SETTINGS_PATH, spec.settings.to_json()?, None) {
        Ok(_) => Ok(()),
        // It is there: nothing was written, but it would have been.
        Err(error) if error.is::<Conflict>() => {
            // Several shards begin at the same time, and one of them creates it.
            if !exists && !is_the_same(spec, target)? {
                return Err(error);
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Whether the export was created before, with the same settings: with others, nothing can be done.
fn is_the_same(spec: &ExportSpec, target: &dyn Target) -> Result<bool> {
    let Some(json) = target.read(&[SETTINGS_PATH.to_owned()])?.pop().flatten() else { return Ok(false) };
    Settings::read(&json, &target.name())?.check(&spec.settings, &target.name())?;
    Ok(true)
}

/// How often it is looked whether the run is to end while slots are written.
const LOOK_FOR_STOP: Duration = Duration::from_millis(50);

struct Run<'a> {
    spec: &'a ExportSpec,
    policy: Policy,
    target: &'a dyn Target,
    progress: &'a ExportProgress,
    runtime: &'a Handle,
    keys: KeyFilter,
    budget: FetchBudget,
    openings: Openings,
    report: ExportReport,
}

impl Run<'_> {
    fn is_stopped(&self) -> bool {
        self.progress.stop.load(Relaxed)
    }

    fn region(&mut self, account: &str, region: &str, days: Region) -> Result<()> {
        let length = self.spec.settings.slot;
        let stock = RegionFiles::list(self.target, account, region, length)?;
        self.report.foreign.extend(stock.foreign.iter().cloned());
        // Objects of the slots that are not complete yet: those of the last hour wait for the next day's folder.
        let mut waiting: BTreeMap<Slot, Vec<LogObject>> = BTreeMap::new();
        let mut unlisted = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut days = days.into_iter().peekable();
        while let Some((day, content)) = days.next() {
            let day_start = parse(format!("{day}T00:00:00Z").as_bytes()).context("a folder is not of a day")?;
            match self.runtime.block_on(unless_stopped(self.progress, content.load(&self.keys))) {
                Ok(Loaded { objects, unnamed, skipped, misplaced }) => {
                    self.report.unnamed += unnamed;
                    add_skipped(&mut self.report.skipped, skipped);
                    self.report.incomplete.extend(misplaced);
                    for object in objects {
                        let Some(key) = &object.key else {
                            self.report.unnamed += 1;
                            continue;
                        };
                        waiting.entry(Slot::of(key, length)).or_default().push(object);
                    }
                }
                Err(error) => {
                    // Slots that may have objects there are left alone.
                    unlisted.insert(day_start);
                    self.report
                        .problem(format!("{account} {region} {day}"), Message::from(error).after("not listed: "));
                }
            }
            let complete = if days.peek().is_some() { day_start + DAY - length.micros() } else { i64::MAX };
            let later = waiting.split_off(&first_from(complete));
            let ready = std::mem::replace(&mut waiting, later);
            let ready: BTreeMap<_, _> = ready.into_iter().filter(|(slot, _)| is_listed(slot, &unlisted)).collect();
            seen.extend(ready.keys().cloned());
            self.slots(&stock, ready)?;
            if self.is_stopped() {
                return Ok(());
            }
        }
        if unlisted.is_empty() {
            self.report.foreign.extend(stock.unrecorded(&self.keys.ends, &seen));
        }
        // Slots without any sources left are as good as they were, if their files are there.
        let expired: BTreeMap<Slot, Vec<LogObject>> = stock
            .recorded()
            .filter(|slot| self.keys.ends.contains(&slot.start) && !seen.contains(slot) && is_listed(slot, &unlisted))
            .map(|slot| (slot, Vec::new()))
            .collect();
        self.slots(&stock, expired)
    }

    /// Plans these slots and writes those that need it.
    fn slots(&mut self, stock: &RegionFiles, slots: BTreeMap<Slot, Vec<LogObject>>) -> Result<()> {
        let mine = |slot: &Slot| self.spec.shard.is_none_or(|shard| slot.belongs_to(shard));
        let slots: Vec<(Slot, Vec<LogObject>)> = slots.into_iter().filter(|(slot, _)| mine(slot)).collect();
        let recorded: Vec<&Slot> =
            slots.iter().map(|(slot, _)| slot).filter(|slot| stock.record(slot).is_some()).collect();
        let paths: Vec<String> = recorded.iter().map(|slot| slot.record_path()).collect();
        let records = self.target.read(&paths)?;
        let mut records: BTreeMap<String, Vec<u8>> =
            paths.into_iter().zip(records).filter_map(|(path, record)| Some((path, record?))).collect();
        let mut jobs = Vec::new();
        for (slot, mut objects) in slots {
            if !self.keys.duplicates {
                self.runtime.block_on(look_up(&mut objects));
                self.report.copies.add(without_copies(&mut objects));
            }
            self.report.day(&slot.day()).slots += 1;
            let path = slot.record_path();
            let record = match records.remove(&path).map(|file| Record::from_parquet(&path, file)).transpose() {
                Ok(record) => record,
                Err(error) => {
                    self.fail(&slot, Message::from(error).after(format_args!("{path}: ")).hint(REMOVE_RECORD));
                    continue;
                }
            };
            if let Some((job, why)) = self.plan(stock, slot, objects, record) {
                self.report.day(&job.slot.day()).count(why);
                self.report.written.push((job.slot.clone(), why));
                jobs.push(job);
            }
        }
        if !self.spec.dry_run {
            self.write(jobs);
        }
        Ok(())
    }

    fn plan(
        &mut self,
        stock: &RegionFiles,
        slot: Slot,
        objects: Vec<LogObject>,
        record: Option<Record>,
    ) -> Option<(Job, Why)> {
        let listed: Vec<Source> = objects.iter().map(Source::listed).collect();
        let files = stock.files(&slot);
        let decision = decide(&listed, record.as_ref(), &files, self.policy);
        if let (Decision::Keep | Decision::Hold(_), Some(record)) = (&decision, &record) {
            self.tell(stock, &slot, record);
        }
        match decision {
            Decision::Keep => {
                self.report.day(&slot.day()).kept += 1;
                self.report.kept.push(slot);
                None
            }
            Decision::Hold(held) => {
                self.fail(&slot, held.message());
                None
            }
            Decision::Write(why) => {
                let why = if why == Why::New && stock.is_behind(&slot) { Why::Missing } else { why };
                let sources = record.as_ref().map(|record| record.sources.as_slice()).unwrap_or_default();
                let known = listed.iter().zip(known(sources, &listed));
                let known = known.filter_map(|(now, then)| Some((now.log_object.clone(), then?.clone()))).collect();
                let record = record.zip(stock.record(&slot).cloned());
                let may_shrink = self.policy.allow_shrink;
                Some((Job { slot, objects, record, files, known, may_shrink }, why))
            }
        }
    }

    /// Tells what is to be said of the objects of a slot that stays as it is. Of a record that was written before there were notes,
    /// one is put now.
    fn tell(&mut self, stock: &RegionFiles, slot: &Slot, record: &Record) {
        let flaws = record.flaws();
        if flaws.is_empty() {
            return;
        }
        for Flaw { log_object, rows, rejected_lines, error, is_left_out } in flaws {
            self.report.rejected_lines += rejected_lines;
            let Some(error) = error else { continue };
            let rest = if is_left_out { "; not exported".to_owned() } else { format!("; {rows} rows kept") };
            self.report.damaged.insert(Problem { object: log_object, message: Message::new(error).then(rest) });
        }
        if !self.spec.dry_run
            && !stock.is_noted(slot)
            && let Err(error) = note(self.target, slot)
        {
            self.report.problem(format!("slot {slot}"), error);
        }
    }

    fn fail(&mut self, slot: &Slot, message: impl Into<Message>) {
        self.report.fail(slot, message);
    }

    /// Writes slots, several at a time.
    fn write(&mut self, jobs: Vec<Job>) {
        self.progress.slots.fetch_add(jobs.len() as u64, Relaxed);
        let workers = self.spec.workers.min(jobs.len()).max(1);
        let queue = Mutex::new(jobs.into_iter());
        let (target, progress, runtime) = (self.target, self.progress, self.runtime);
        let (budget, openings) = (&self.budget, &self.openings);
        let redaction = &self.spec.settings.redact;
        let report = Mutex::new(&mut self.report);
        let (whoever_waits, at_work) = (std::thread::current(), AtomicUsize::new(workers));
        std::thread::scope(|scope| {
            let work = || {
                let _leaves = Leaves(&at_work, &whoever_waits);
                while let Some(job) = next(&queue).filter(|_| !progress.stop.load(Relaxed)) {
                    let day = job.slot.day();
                    let options = ContentOptions {
                        kind: job.slot.kind,
                        slot_day: &day,
                        redaction,
                        order: RowOrder::OfObjects,
                        memory: MEMORY / workers,
                        progress: &progress.reading,
                        openings,
                        stop: &progress.stop,
                        runtime,
                        budget,
                        observer: None,
                    };
                    let written = write_slot(&job, target, &options);
                    progress.done.fetch_add(1, Relaxed);
                    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
                    match written {
                        Ok(Ended::Held(why)) => report.hold(&job.slot, why),
                        Ok(Ended::Written(written)) => {
                            let counts = report.day(&day);
                            counts.rows += written.rows;
                            counts.raw += written.raw;
                            counts.parquet += written.parquet;
                            report.rejected_lines += written.rejected_lines;
                            for container in written.containers {
                                *report.containers.entry(container).or_default() += 1;
                            }
                            report.incomplete.extend(written.incomplete);
                        }
                        Err(_) if progress.stop.load(Relaxed) => {}
                        Err(error) => report.fail(&job.slot, error),
                    }
                }
            };
            for _ in 0..workers {
                scope.spawn(work);
            }
            while at_work.load(Relaxed) > 0 {
                if progress.stop.load(Relaxed) {
                    budget.end();
                }
                std::thread::park_timeout(LOOK_FOR_STOP);
            }
        });
    }
}

/// Says that a worker has ended, however it did, to the thread that waits for all.
struct Leaves<'a>(&'a AtomicUsize, &'a Thread);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
        self.1.unpark();
    }
}

fn next(queue: &Mutex<impl Iterator<Item = Job>>) -> Option<Job> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// Whether no folder that may hold the slot's objects failed to be listed. The interval that ends at midnight may lie in
/// the next day's.
fn is_listed(slot: &Slot, unlisted: &BTreeSet<i64>) -> bool {
    let first = slot.start - slot.start.rem_euclid(DAY);
    !unlisted.iter().any(|day| (first..=slot.end()).contains(day))
}

/// What comes before all slots that start then or later: slots are ordered by their start.
fn first_from(start: i64) -> Slot {
    let (account, region) = (String::new(), String::new());
    Slot { start, length: SlotLength::Hour, kind: alblog::LogKind::ALL[0], account, region }
}
