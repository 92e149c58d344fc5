//! What one run reads of exports, and what it has read so far.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::unchanged::Unchanged;
use crate::ask::query::layered::LayerExec;
use crate::ask::query::message::{cannot_read, is_of_change, is_panic};
use crate::ask::selection::RowFilter;
use crate::base::message::Message;
use crate::base::tables::{Layer, Table};
use crate::lake::export::seal::{self, Broken};
use crate::lake::export::{Flaw, REMOVE_RECORD};
use crate::lake::layers::{Kept, REMOVE_FILE};
use crate::read::scan::Problem;

/// One run: its exports and its counts.
#[derive(Debug)]
pub struct ExportRun {
    pub exports: Vec<Kept>,
    /// What they are: exports, or live stores.
    pub layer: Layer,
    /// Which rows are asked for.
    pub rows: RowFilter,
    pub threads: usize,
    /// Whether an object of which rows are missing, or a line that is none, ends the run.
    strict: bool,
    seen: Mutex<Seen>,
}

/// Files that scans have come across. A table may be scanned several times; a file is counted once.
#[derive(Debug, Default)]
struct Seen {
    planned: BTreeSet<(usize, String)>,
    pruned: BTreeSet<(usize, String)>,
    /// Folders that were not looked into.
    pruned_folders: BTreeSet<(usize, String)>,
    /// Files that are not the export's, and why not.
    strange: BTreeMap<String, &'static str>,
    /// What is to be said of objects, by where they lie.
    flaws: BTreeMap<(usize, String), Flaw>,
    /// What was executed: it counts for itself.
    plans: Vec<Arc<dyn ExecutionPlan>>,
}

/// Counts over a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Files that were opened.
    pub files: u64,
    /// Rows that came out of them.
    pub rows: u64,
    /// Lines that are no rows, of the objects whose rows were asked for.
    pub rejected: u64,
    /// Bytes read of them.
    pub bytes: u64,
    /// Files left out by name.
    pub pruned: u64,
    /// Folders left out by name.
    pub pruned_folders: u64,
}

impl ExportRun {
    /// A run that has read nothing so far.
    pub fn new(layer: Layer, exports: Vec<Kept>, rows: RowFilter, threads: usize) -> Self {
        let exports = exports.into_iter().map(unchanged).collect();
        Self { exports, layer, rows, threads, strict: false, seen: Mutex::default() }
    }

    /// The same, which ends at what a strict run over the logs would end at.
    #[must_use]
    pub fn strictly(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// A run over the same exports that has read nothing so far.
    pub(in crate::ask::query) fn again(&self) -> Self {
        let (exports, rows) = (self.exports.clone(), self.rows.clone());
        Self { exports, layer: self.layer, rows, threads: self.threads, strict: self.strict, seen: Mutex::default() }
    }

    /// Tells a session where the files of each export are.
    pub(in crate::ask::query) fn register_stores(&self, context: &SessionContext) -> Result<()> {
        for (number, kept) in self.exports.iter().enumerate() {
            context.register_object_store(self.store_url(number)?.as_ref(), Arc::clone(&kept.export.store));
        }
        Ok(())
    }

    /// Notes what a scan will read of one export, and what it leaves out.
    pub(super) fn note(
        &self,
        export: usize,
        planned: impl IntoIterator<Item = String>,
        pruned: impl IntoIterator<Item = String>,
        pruned_folders: impl IntoIterator<Item = String>,
    ) {
        let mut seen = self.seen();
        seen.planned.extend(planned.into_iter().map(|path| (export, path)));
        seen.pruned.extend(pruned.into_iter().map(|path| (export, path)));
        seen.pruned_folders.extend(pruned_folders.into_iter().map(|path| (export, path)));
    }

    /// Notes files in one export that are not read, for they are not its own.
    pub(super) fn note_strange(&self, export: &str, files: &[(String, &'static str)]) {
        self.seen().strange.extend(files.iter().map(|(path, why)| (format!("{export}/{path}"), *why)));
    }

    /// Files that were not read, for they are not the export's, and why not.
    pub fn strange(&self) -> BTreeMap<String, &'static str> {
        self.seen().strange.clone()
    }

    /// Notes what is to be said of objects of one export whose rows are asked for.
    ///
    /// # Errors
    /// When the run is strict, and there is something.
    pub(super) fn note_flaws(&self, export: usize, flaws: Vec<Flaw>) -> Result<()> {
        if let Some(flaw) = flaws.first().filter(|_| self.strict) {
            let Problem { object, message } = incomplete(flaw).or(rejected(flaw)).unwrap_or_else(|| left_out(flaw));
            let message = message.after(format_args!("{object}: ")).then(" (--strict)");
            return Err(cannot_read(message));
        }
        self.seen().flaws.extend(flaws.into_iter().map(|flaw| ((export, flaw.log_object.clone()), flaw)));
        Ok(())
    }

    /// Objects that are not in the exports to their ends.
    pub fn incomplete(&self) -> BTreeSet<Problem> {
        self.seen().flaws.values().filter_map(incomplete).collect()
    }

    /// Objects that were left out when their hours were exported, and that nothing else has.
    pub fn left_out(&self) -> BTreeSet<Problem> {
        self.seen().flaws.values().filter(|flaw| flaw.is_left_out).map(left_out).collect()
    }

    /// Objects with rejected lines.
    pub fn rejected(&self) -> BTreeSet<Problem> {
        self.seen().flaws.values().filter_map(rejected).collect()
    }

    /// Objects and files of which rows are missing.
    pub fn unread(&self) -> Vec<String> {
        let seen = self.seen();
        let flawed = seen.flaws.values().filter(|flaw| flaw.error.is_some()).map(|flaw| flaw.log_object.clone());
        seen.strange.keys().cloned().chain(flawed).collect()
    }

    /// Keeps a plan that is executed, for its counts.
    pub(in crate::ask::query) fn executes(&self, plan: &Arc<dyn ExecutionPlan>) {
        self.seen().plans.push(Arc::clone(plan));
    }

    /// Called with one of them that came to nothing.
    pub(in crate::ask::query) fn forgets(&self, plan: &Arc<dyn ExecutionPlan>) {
        self.seen().plans.retain(|executed| !Arc::ptr_eq(executed, plan));
    }

    /// What has been read so far.
    pub fn report(&self) -> ExportReport {
        let seen = self.seen();
        let mut report = ExportReport::default();
        for plan in &seen.plans {
            add_metrics(plan, self.layer, &mut report);
        }
        report.rejected = seen.flaws.values().map(|flaw| flaw.rejected_lines).sum();
        // A large file is opened once for each of its parts; a query that has enough opens no more.
        report.files = report.files.min(seen.planned.len() as u64);
        report.pruned = seen.pruned.difference(&seen.planned).count() as u64;
        report.pruned_folders = seen.pruned_folders.len() as u64;
        report
    }

    /// Names the file that an error of reading Parquet is about, if there is one that cannot be read on its own.
    pub(in crate::ask::query) async fn damaged(&self, error: &DataFusionError) -> Option<Message> {
        let root = error.find_root();
        let text = root.to_string();
        if is_of_change(&text) {
            return None;
        }
        let wanted = column_not_in_file(&text);
        let about_files = matches!(root, DataFusionError::ParquetError(_) | DataFusionError::ArrowError(..));
        let about_files = about_files || wanted.is_some();
        if !about_files && !is_panic(root) {
            return None;
        }
        let planned: Vec<(usize, String)> = self.seen().planned.iter().cloned().collect();
        for (number, path) in &planned {
            let export = &self.exports.get(*number)?.export;
            let content = export.store.get(&Path::from(path.as_str())).await.ok()?.bytes().await.ok()?;
            if let Some(broken) = broken(path, content, wanted) {
                return Some(unreadable(self.layer, path, format_args!("{}/{path}: {broken}", export.name)));
            }
        }
        // Each can be read as a whole: what is damaged is what says where a part of it begins.
        let is_of_parquet = !is_panic(root) && text.to_lowercase().contains("parquet");
        let (number, path) = planned.first().filter(|_| is_of_parquet)?;
        let others = if planned.len() > 1 { format!(", or another of {} files", planned.len()) } else { String::new() };
        let broken = Broken::Damaged;
        let name = &self.exports.get(*number)?.export.name;
        Some(unreadable(self.layer, path, format_args!("{name}/{path}{others}: {broken}")))
    }

    /// What the engine calls the place of an export's files.
    pub(super) fn store_url(&self, number: usize) -> Result<ObjectStoreUrl> {
        ObjectStoreUrl::parse(format!("{}{number}://", self.layer.name()))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Sets only grow, so a panic elsewhere cannot leave them half-made.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is missing of an object that is in an export.
fn incomplete(flaw: &Flaw) -> Option<Problem> {
    let error = flaw.error.as_ref().filter(|_| !flaw.is_left_out)?;
    let counted = if flaw.rows > 0 { format!("; {} rows read from it are counted", flaw.rows) } else { String::new() };
    Some(Problem { object: flaw.log_object.clone(), message: Message::new(format_args!("{error}{counted}")) })
}

/// Why an object is in no export.
fn left_out(flaw: &Flaw) -> Problem {
    let reason = flaw.error.clone().unwrap_or_default();
    Problem { object: flaw.log_object.clone(), message: Message::new(reason).after("left out of the export: ") }
}

/// How many lines of an object were rejected. Of what was refused for them, that is said already.
fn rejected(flaw: &Flaw) -> Option<Problem> {
    let message = Message::new(format_args!("{} rejected", flaw.rejected_lines));
    (flaw.rejected_lines > 0 && flaw.error.is_none()).then(|| Problem { object: flaw.log_object.clone(), message })
}

/// The same, read only as long as no file of it is written anew.
fn unchanged(mut kept: Kept) -> Kept {
    let parts = kept.chosen.iter().flat_map(|chosen| &chosen.parts).flat_map(|part| &part.files);
    kept.export.store = Arc::new(Unchanged::new(Arc::clone(&kept.export.store), parts));
    kept
}

/// The column that each file of its table has, and one has not: its name was damaged.
fn column_not_in_file(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("on-nullable column '")?;
    rest.split_once("' is missing from the physical schema").map(|(column, _)| column)
}

/// What is wrong with a file: it is not as it was written, its rows cannot all be read, or it lacks the column; the reader panics at
/// some of the damage.
fn broken(path: &str, content: Bytes, column: Option<&str>) -> Option<Broken> {
    let read = || -> Result<(), Broken> {
        let damaged = |_| Broken::Damaged;
        seal::check(&content, path)?;
        let file = ParquetRecordBatchReaderBuilder::try_new(content).map_err(damaged)?;
        if let Some(column) = column {
            file.schema().field_with_name(column).map_err(|_| Broken::Damaged)?;
        }
        let mut batches = file.build().map_err(damaged)?;
        batches.try_for_each(|batch| batch.map(drop)).map_err(|_| Broken::Damaged)
    };
    std::panic::catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(Broken::Damaged)).err()
}

fn add_metrics(plan: &Arc<dyn ExecutionPlan>, of: Layer, report: &mut ExportReport) {
    if plan.downcast_ref::<LayerExec>().is_some_and(|exec| exec.layer() != of) {
        return;
    }
    if plan.downcast_ref::<DataSourceExec>().is_some()
        && let Some(metrics) = plan.metrics()
    {
        let sum = |name: &str| metrics.sum_by_name(name).map_or(0, |value| value.as_usize() as u64);
        report.files += sum("files_opened");
        report.rows += metrics.output_rows().unwrap_or(0) as u64;
        report.bytes += sum("bytes_scanned");
    }
    for child in plan.children() {
        add_metrics(child, of, report);
    }
}

/// What is said of a file that cannot be read, which has this path below its export or store.
fn unreadable(layer: Layer, path: &str, file: std::fmt::Arguments) -> Message {
    let is_record = path.starts_with(Table::LogObjects.name());
    let (of, hint) = match layer {
        Layer::Live => ("live store", REMOVE_FILE),
        _ if is_record => ("export", REMOVE_RECORD),
        _ => ("export", "albstats export --rewrite writes it again"),
    };
    Message::new(format_args!("a file of the {of} cannot be read: {file}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;
    use crate::lake::export::{OpenExport, Redaction, Settings, SlotLength};

    /// A shell asks again and again.
    #[test]
    fn what_is_read_again_is_read_through_one_store() {
        let settings = Settings::new(SlotLength::Hour, Vec::new(), Redaction::default());
        let export = OpenExport::laid_out("lake".to_owned(), settings, Arc::new(InMemory::new()));
        let run = ExportRun::new(Layer::Kept, vec![Kept::all(export)], RowFilter::default(), 1);
        let store = |run: &ExportRun| Arc::clone(&run.exports[0].export.store);
        assert!(Arc::ptr_eq(&store(&run), &store(&run.again().again())));
    }
}
