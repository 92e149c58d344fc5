//! Finding the files of a table, and leaving out those whose folders and names show that they hold nothing asked for.
//!
//! Folders are looked into level by level, `account=…/region=…/day=…`, so that an hour of a year takes a handful of
//! requests and no file of another day is opened, or even listed.

use std::collections::HashSet;
use std::sync::Arc;

use alblog::time::{self, DAY, Date};
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::Session;
use datafusion::common::cast::as_boolean_array;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use futures::FutureExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};

use super::records::{GONE, Records, flaws, gone, leave_out_unrecorded, records};
use crate::ask::query::dialect::{OBJECT_COLUMNS, ObjectPart};
use crate::ask::query::message::cannot_read;
use crate::ask::query::pruning::kept;
use crate::ask::selection::RowFilter;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::base::tables::{PARTITIONS, Table};
use crate::lake::export::{Flaw, OpenExport, Slot, all_of, files_of_days, folders_in, record_of_note, times_of_file};
use crate::lake::layers::Kept;
use crate::read::storage::Settled;

/// Why rows are missing of which nothing is left.
const EMPTY: &str = "it is empty; albstats export writes it again";
/// The same of a record: nobody knows any more what its hour was made from.
const EMPTY_RECORD: &str = "it is empty; once it is removed, albstats export writes its hour again";

/// What a scan reads and what it leaves out.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) wanted: Vec<File>,
    pub(super) pruned: Vec<String>,
    pub(super) pruned_folders: Vec<String>,
    /// Files that are not the export's, and why not.
    pub(super) strange: Vec<(String, &'static str)>,
    /// What is to be said of objects of the hours that are read.
    pub(super) flaws: Vec<Flaw>,
}

/// A file, and the values that its folders hold.
#[derive(Debug)]
pub(super) struct File {
    pub(super) meta: ObjectMeta,
    /// In the order of [`PARTITIONS`].
    pub(super) values: [String; 3],
    /// Which of the parts it belongs to that were chosen; none for a file of a settled hour, or where nothing was.
    pub(super) part: Option<usize>,
}

impl File {
    /// A file in a folder of a day; none if that is not one below an account and a region.
    fn new(meta: ObjectMeta, values: Vec<String>) -> Option<Self> {
        Some(Self { meta, values: values.try_into().ok()?, part: None })
    }

    /// A file of an export, if it is one of this table.
    fn of_table(table: Table, meta: &ObjectMeta) -> Option<Self> {
        let mut parts = meta.location.as_ref().split('/');
        if parts.next()? != table.name() {
            return None;
        }
        let values = parts.zip(PARTITIONS).map_while(|(part, name)| part.strip_prefix(name)?.strip_prefix('='));
        Self::new(meta.clone(), values.map(str::to_owned).collect())
    }

    /// Whether its slot is one of these hours.
    fn is_settled(&self, table: Table, settled: &Settled) -> bool {
        let [account, region, _] = &self.values;
        let Some(name) = self.meta.location.filename() else { return false };
        let of_record = || Slot::of_record(account, region, name).map(|slot| (slot.kind, slot.start));
        let of_rows = |kind| times_of_file(name).map(|(start, _)| (kind, start));
        let slot = table.kind().map_or_else(of_record, of_rows);
        slot.is_some_and(|(kind, start)| settled.holds_hour(kind, account, region, start))
    }
}

/// A folder or file: what its path says.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) path: Path,
    /// Values of the first so many of [`PARTITIONS`], as far as the path goes.
    pub(super) values: Vec<String>,
    /// Start and end of its slot, if it is a file.
    pub(super) slot: Option<(i64, i64)>,
}

/// Finds the files of a table that may hold rows that pass the filters.
pub(super) async fn find(
    kept: &Kept,
    table: Table,
    rows: &RowFilter,
    filters: &[Expr],
    state: &dyn Session,
) -> Result<Files> {
    let Kept { export, chosen } = kept;
    let store = export.store.as_ref();
    let pruner = Pruner { table, filters, state, margin: None };
    let mut files = Files::default();
    let folders = day_folders(store, table, &pruner, &mut files.pruned_folders).await?;
    let paths: Vec<Path> = folders.iter().map(|folder| folder.path.clone()).collect();
    let listed = files_of_days(store, &paths).await?;
    let (notes, listed): (Vec<_>, Vec<_>) =
        listed.into_iter().partition(|(_, meta)| record_of_note(meta.location.as_ref()).is_some());
    let there: HashSet<Path> = listed.iter().map(|(_, meta)| meta.location.clone()).collect();
    let found = listed.into_iter().filter_map(|(day, meta)| File::new(meta, folders[day].values.clone()));
    // Of hours that are not settled, it is decided which files count.
    let counts = |file: &File| chosen.as_ref().is_none_or(|chosen| file.is_settled(table, &chosen.settled));
    let found = pruner.files(found.filter(counts).collect(), &mut files)?;
    files.wanted.extend(found);
    let empty = if table == Table::LogObjects { EMPTY_RECORD } else { EMPTY };
    files.leave_out(empty, |file| file.meta.size == 0);
    files.leave_out("a link, which is not followed", |file| export.is_through_link(file.meta.location.as_ref()));
    // Records are listed after the files, for they are written after them.
    let about_objects = Pruner { margin: Some(rows.window.margin).filter(|_| chosen.is_none()), ..pruner };
    let Records { records, mut noted } = records(store, table, &files, &about_objects).await?;
    noted.extend(notes.iter().filter_map(|(_, meta)| record_of_note(meta.location.as_ref())));
    leave_out_unrecorded(store, table, &mut files, &records).await?;
    let settled = chosen.as_ref().map(|chosen| &chosen.settled);
    let gone = gone(export, table, &records, &there, settled, &pruner).await?;
    files.strange.extend(gone.into_iter().map(|path| (path.to_string(), GONE)));
    if let Some(chosen) = chosen {
        files.flaws.clone_from(&chosen.flaws);
        for (number, part) in chosen.parts.iter().enumerate() {
            let part = part.files.iter().filter_map(|meta| File::of_table(table, meta));
            let part = part.map(|file| File { part: Some(number), ..file });
            let part = pruner.files(part.collect(), &mut files)?;
            files.wanted.extend(part);
        }
    } else {
        if files.is_nothing() && records.is_empty() && noted.is_empty() {
            refuse_empty(export).await?;
        }
        flaws(export, table, noted, &rows.keys(), &mut files).await;
    }
    Ok(files)
}

/// The folders of days of a table that may hold what passes; those that were left out are added to `left`.
pub(super) async fn day_folders(
    store: &dyn ObjectStore,
    table: Table,
    pruner: &Pruner<'_>,
    left: &mut Vec<String>,
) -> Result<Vec<Candidate>> {
    let mut folders = vec![Candidate { path: Path::from(table.name()), values: Vec::new(), slot: None }];
    for partition in PARTITIONS {
        let inside = all_of(folders.iter().map(|folder| folders_in(store, &folder.path, partition).boxed())).await?;
        let below = folders.iter().zip(inside).flat_map(|(folder, inside)| {
            inside.into_iter().map(|(path, value)| {
                let values = folder.values.iter().cloned().chain([value]).collect();
                Candidate { path, values, slot: None }
            })
        });
        let (kept, left_out) = pruner.part(below.collect())?;
        left.extend(left_out.into_iter().map(|folder| folder.path.to_string()));
        folders = kept;
    }
    Ok(folders)
}

/// Refuses an export that has no slot at all, as logs are refused of which there are none: nothing would look like no requests.
async fn refuse_empty(export: &OpenExport) -> Result<()> {
    let records = Path::from(Table::LogObjects.name());
    if !folders_in(export.store.as_ref(), &records, PARTITIONS[0]).await?.is_empty() {
        return Ok(());
    }
    let message = Message::new(format_args!("{} holds nothing yet: no hour is exported", Shown(&export.name)));
    let hint = "albstats export --since reaches further back than its 3 days; name the logs beside the export";
    Err(cannot_read(message.hint(hint)))
}

impl Files {
    /// Whether nothing was found, or left out.
    fn is_nothing(&self) -> bool {
        self.wanted.is_empty() && self.pruned.is_empty() && self.pruned_folders.is_empty() && self.strange.is_empty()
    }

    pub(super) fn leave_out(&mut self, why: &'static str, is_strange: impl FnMut(&mut File) -> bool) {
        let strange = self.wanted.extract_if(.., is_strange);
        self.strange.extend(strange.map(|file| (file.meta.location.to_string(), why)));
    }
}

/// Whether a filter is decided by what folders say, once all of their values are known.
pub(super) fn is_of_folders(filter: &Expr) -> bool {
    let columns = filter.column_refs();
    let decided_elsewhere = |expr: &Expr| {
        let found = matches!(
            expr,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::Placeholder(_)
        );
        Ok(found)
    };
    !columns.is_empty()
        && columns.iter().all(|column| PARTITIONS.contains(&column.name.as_str()))
        && !filter.is_volatile()
        && !filter.exists(decided_elsewhere).unwrap_or(true)
}

pub(super) struct Pruner<'a> {
    table: Table,
    filters: &'a [Expr],
    state: &'a dyn Session,
    /// How much older rows may be than their objects, where it is asked what objects are of a folder that may have such rows, and not
    /// what rows are.
    pub(super) margin: Option<i64>,
}

impl Pruner<'_> {
    /// Those files that may hold rows that pass the filters; the others are noted.
    fn files(&self, found: Vec<File>, files: &mut Files) -> Result<Vec<File>> {
        let candidate = |file: &File| Candidate {
            path: file.meta.location.clone(),
            values: file.values.to_vec(),
            slot: file.meta.location.filename().and_then(times_of_file),
        };
        let keep = self.keep(&found.iter().map(candidate).collect::<Vec<_>>())?;
        let (kept, left_out): (Vec<_>, Vec<_>) = found.into_iter().zip(keep).partition(|(_, keep)| *keep);
        files.pruned.extend(left_out.into_iter().map(|(file, _)| file.meta.location.to_string()));
        Ok(kept.into_iter().map(|(file, _)| file).collect())
    }

    /// Those that may hold rows that pass the filters, and the others.
    fn part(&self, candidates: Vec<Candidate>) -> Result<(Vec<Candidate>, Vec<Candidate>)> {
        let keep = self.keep(&candidates)?;
        let (kept, pruned): (Vec<_>, Vec<_>) = candidates.into_iter().zip(keep).partition(|(_, keep)| *keep);
        let without_mark =
            |marked: Vec<(Candidate, bool)>| marked.into_iter().map(|(candidate, _)| candidate).collect();
        Ok((without_mark(kept), without_mark(pruned)))
    }

    pub(super) fn keep(&self, candidates: &[Candidate]) -> Result<Vec<bool>> {
        let margin = self.margin.filter(|_| self.table.kind().is_some());
        let statistics = PathStatistics { table: self.table, candidates, margin };
        let bound = |column: &Column, first: bool| statistics.bound(column, first);
        let mut keep = kept(candidates.len(), bound, &self.table.schema(), self.filters, self.state)?
            .unwrap_or_else(|| vec![true; candidates.len()]);
        // These are not asked again for rows, so they must be decided here.
        if margin.is_none() && candidates.first().is_some_and(|first| first.values.len() == PARTITIONS.len()) {
            let of_folders = self.filters.iter().filter(|filter| is_of_folders(filter)).cloned();
            if let Some(filter) = conjunction(of_folders) {
                let passes = evaluate(self.table, &filter, candidates, self.state)?;
                keep.iter_mut().zip(&passes).for_each(|(keep, passes)| *keep &= passes.unwrap_or(false));
            }
        }
        Ok(keep)
    }
}

/// The value of a condition on the folders' columns for each candidate.
fn evaluate(table: Table, filter: &Expr, candidates: &[Candidate], state: &dyn Session) -> Result<BooleanArray> {
    let schema = table.schema();
    let fields = PARTITIONS.iter().map(|name| schema.field_with_name(name).cloned());
    let schema = Arc::new(Schema::new(fields.collect::<Result<Vec<_>, _>>()?));
    let column = |at: usize| -> ArrayRef {
        Arc::new(StringViewArray::from_iter_values(candidates.iter().map(|candidate| &candidate.values[at])))
    };
    let rows = RecordBatch::try_new(Arc::clone(&schema), (0..PARTITIONS.len()).map(column).collect())?;
    let expr = state.create_physical_expr(filter.clone(), &DFSchema::try_from(schema)?)?;
    let passes = expr.evaluate(&rows)?.into_array(rows.num_rows())?;
    Ok(as_boolean_array(&passes)?.clone())
}

/// What paths say about the values in each folder or file.
struct PathStatistics<'a> {
    table: Table,
    candidates: &'a [Candidate],
    /// As of a pruner.
    margin: Option<i64>,
}

impl PathStatistics<'_> {
    fn text(&self, at: usize) -> ArrayRef {
        Arc::new(self.candidates.iter().map(|candidate| candidate.values.get(at)).collect::<StringViewArray>())
    }

    /// What of their folders' days the objects of each candidate's rows may have: those of its day, and of the next, since an
    /// object's interval ends after its rows' times.
    fn object(&self, part: ObjectPart, first: bool) -> ArrayRef {
        let bound = |candidate: &Candidate| {
            let (start, end) = candidate.day()?;
            let (one, other) = (part.of(start), part.of(end));
            Some(if first { one.min(other) } else { one.max(other) })
        };
        Arc::new(self.candidates.iter().map(bound).collect::<StringViewArray>())
    }

    /// The first day that rows may be of whose objects are of each candidate's.
    fn first_days(&self, margin: i64) -> ArrayRef {
        let first = |candidate: &Candidate| Some(Date::of(candidate.day()?.0 - margin).to_string());
        Arc::new(self.candidates.iter().map(first).collect::<StringViewArray>())
    }

    /// First and last time of something about each candidate.
    fn times(&self, first: bool, bounds: impl Fn(&Candidate) -> Option<(i64, i64)>) -> ArrayRef {
        let bounds =
            self.candidates.iter().map(|candidate| bounds(candidate).map(|(low, high)| if first { low } else { high }));
        Arc::new(bounds.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    }

    fn bound(&self, column: &Column, first: bool) -> Option<ArrayRef> {
        let of_rows = self.table.kind().is_some();
        let margin = self.margin.unwrap_or(0);
        match column.name.as_str() {
            "day" if self.margin.is_some() && first => Some(self.first_days(margin)),
            // Rows lie under their own day, and are older than the end of their slot.
            "time" if of_rows => Some(self.times(first, |candidate| {
                let (start, end) = candidate.day()?;
                Some((start - margin, candidate.slot.map_or(end, |(_, slot_end)| end.min(slot_end)) - 1))
            })),
            // Objects lie under the day of their slot.
            "interval_end" if !of_rows => Some(self.times(first, |candidate| {
                let (start, end) = candidate.slot.or_else(|| candidate.day())?;
                Some((start + 1, end))
            })),
            name => match OBJECT_COLUMNS.iter().find(|(column, _)| *column == name) {
                Some((_, part)) => Some(self.object(*part, first)),
                None => PARTITIONS.iter().position(|partition| *partition == name).map(|at| self.text(at)),
            },
        }
    }
}

impl Candidate {
    /// Start and end of its day.
    fn day(&self) -> Option<(i64, i64)> {
        let start = time::parse(format!("{}T00:00:00Z", self.values.get(2)?).as_bytes())?;
        Some((start, start + DAY))
    }
}
