//! Finding the files of a table, and leaving out those whose folders and names show that they hold nothing asked for.
//!
//! Folders are looked into level by level, `account=…/region=…/day=…`, so that an hour of a year takes a handful of
//! requests and no file of another day is opened, or even listed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use alblog::time::{self, DAY};
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::Session;
use datafusion::common::cast::as_boolean_array;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, DFSchema, DataFusionError, Result};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::ask::query::dialect::{OBJECT_COLUMNS, ObjectPart};
use crate::ask::query::pruning::kept;
use crate::base::tables::Table;
use crate::lake::export::{OpenExport, PARTITIONS, files_of_record, is_under_own_day, record_of_file, times_of_file};

/// Folders listed at the same time.
const CONCURRENT: usize = 16;
/// So many folders of days are listed one by one; more of them are listed together with those between them.
const SINGLE_DAYS: usize = 32;

/// Why a file does not count that looks like one of the export's.
const UNRECORDED: &str = "no record of the export names it";

/// What a scan reads and what it leaves out.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) wanted: Vec<File>,
    pub(super) pruned: Vec<String>,
    pub(super) pruned_folders: Vec<String>,
    /// Files that are not the export's, and why not.
    pub(super) strange: Vec<(String, &'static str)>,
}

/// A file, and the values that its folders hold.
#[derive(Debug)]
pub(super) struct File {
    pub(super) meta: ObjectMeta,
    /// In the order of [`PARTITIONS`].
    pub(super) values: [String; 3],
}

/// A folder or file: what its path says.
#[derive(Debug, Clone)]
struct Candidate {
    path: Path,
    /// Values of the first so many of [`PARTITIONS`], as far as the path goes.
    values: Vec<String>,
    /// Start and end of its slot, if it is a file.
    slot: Option<(i64, i64)>,
}

/// Finds the files of a table that may hold rows that pass the filters.
pub(super) async fn find(export: &OpenExport, table: Table, filters: &[Expr], state: &dyn Session) -> Result<Files> {
    let store = export.store.as_ref();
    let pruner = Pruner { table, filters, state };
    let mut files = Files::default();
    let mut folders = vec![Candidate { path: Path::from(table.name()), values: Vec::new(), slot: None }];
    for partition in PARTITIONS {
        let inside = all_of(folders.iter().map(|folder| folders_in(store, folder, partition).boxed())).await?;
        let (kept, left_out) = pruner.part(inside.into_iter().flatten().collect())?;
        files.pruned_folders.extend(left_out.into_iter().map(|folder| folder.path.to_string()));
        folders = kept;
    }
    let listed = list_days(store, &folders).await?;
    let candidates = listed.iter().map(|(day, meta)| Candidate {
        path: meta.location.clone(),
        values: folders[*day].values.clone(),
        slot: meta.location.filename().and_then(times_of_file),
    });
    let keep = pruner.keep(&candidates.collect::<Vec<_>>())?;
    for ((day, meta), keep) in listed.into_iter().zip(keep) {
        match <[String; 3]>::try_from(folders[day].values.clone()) {
            Ok(values) if keep => files.wanted.push(File { meta, values }),
            _ => files.pruned.push(meta.location.to_string()),
        }
    }
    files.leave_out("a link, which is not followed", |file| export.is_through_link(file.meta.location.as_ref()));
    leave_out_unrecorded(store, table, &mut files).await?;
    Ok(files)
}

/// Leaves out files that no record names: copies, whose rows would count twice, and what a run has not finished. Records are
/// listed after the files, for they are written after them. Where a file lies under its slot's own day it is enough that
/// there is a record; rows that came late lie elsewhere, as copies may, and for them the record is read.
async fn leave_out_unrecorded(store: &dyn ObjectStore, table: Table, files: &mut Files) -> Result<()> {
    let is_at_home =
        |file: &File| file.meta.location.filename().is_some_and(|name| is_under_own_day(name, &file.values[2]));
    if table == Table::LogObjects {
        files.leave_out(UNRECORDED, |file| !is_at_home(file));
        return Ok(());
    }
    let record = |file: &File| {
        let [account, region, _] = &file.values;
        Path::parse(record_of_file(table, account, region, file.meta.location.filename()?)?).ok()
    };
    let folders: BTreeSet<Path> = files.wanted.iter().filter_map(record).filter_map(|it| parent(&it)).collect();
    let folders: Vec<Candidate> =
        folders.into_iter().map(|path| Candidate { path, values: Vec::new(), slot: None }).collect();
    let listed = list_days(store, &folders).await?;
    let recorded: HashSet<Path> = listed.into_iter().map(|(_, meta)| meta.location).collect();
    files.leave_out(UNRECORDED, |file| record(file).is_none_or(|path| !recorded.contains(&path)));
    let late: BTreeSet<Path> = files.wanted.iter().filter(|file| !is_at_home(file)).filter_map(record).collect();
    let named = all_of(late.iter().map(|path| files_named_by(store, path).boxed())).await?;
    let named: HashSet<String> = named.into_iter().flatten().collect();
    files.leave_out(UNRECORDED, |file| !is_at_home(file) && !named.contains(file.meta.location.as_ref()));
    Ok(())
}

/// The files that a record names; none if it cannot be read as one.
async fn files_named_by(store: &dyn ObjectStore, record: &Path) -> Result<Vec<String>> {
    let content = store.get(record).await?.bytes().await?;
    // The reader panics at some of the damage that a file may have.
    let read = || files_of_record(content.to_vec()).ok();
    Ok(std::panic::catch_unwind(AssertUnwindSafe(read)).ok().flatten().unwrap_or_default())
}

impl Files {
    fn leave_out(&mut self, why: &'static str, is_strange: impl FnMut(&mut File) -> bool) {
        let strange = self.wanted.extract_if(.., is_strange);
        self.strange.extend(strange.map(|file| (file.meta.location.to_string(), why)));
    }
}

/// Folders `name=value` in a folder.
async fn folders_in(store: &dyn ObjectStore, folder: &Candidate, name: &str) -> Result<Vec<Candidate>> {
    let listed = store.list_with_delimiter(Some(&folder.path)).await?;
    let candidate = |path: Path| {
        let value = path.filename()?.strip_prefix(name)?.strip_prefix('=')?.to_owned();
        let values = folder.values.iter().cloned().chain([value]).collect();
        Some(Candidate { path, values, slot: None })
    };
    Ok(listed.common_prefixes.into_iter().filter_map(candidate).collect())
}

/// Files of these folders of days, each with the position of its folder.
async fn list_days(store: &dyn ObjectStore, days: &[Candidate]) -> Result<Vec<(usize, ObjectMeta)>> {
    // Only files that the export wrote count: no temporary ones, and none in folders of others.
    let is_ours =
        |meta: &ObjectMeta| meta.size > 0 && meta.location.filename().is_some_and(|name| times_of_file(name).is_some());
    let ours = |day: usize, listed: Vec<ObjectMeta>| listed.into_iter().filter(is_ours).map(move |meta| (day, meta));
    if days.len() <= SINGLE_DAYS {
        let lists = days.iter().map(|day| store.list_with_delimiter(Some(&day.path)));
        let listed = all_of(lists).await?;
        return Ok(listed.into_iter().enumerate().flat_map(|(day, listed)| ours(day, listed.objects)).collect());
    }
    // One listing for each region: a page of it has a thousand files.
    let regions: HashSet<Path> = days.iter().filter_map(|day| parent(&day.path)).collect();
    let position_of: HashMap<&Path, usize> =
        days.iter().enumerate().map(|(position, day)| (&day.path, position)).collect();
    let lists = regions.iter().map(|region| {
        let first = days.iter().map(|day| &day.path).filter(|path| path.prefix_matches(region)).min();
        store.list_with_offset(Some(region), first.unwrap_or(region)).try_collect::<Vec<ObjectMeta>>().boxed()
    });
    let listed = all_of(lists).await?;
    let of_days = listed.into_iter().flatten().filter(is_ours).filter_map(|meta| {
        let position = *position_of.get(&parent(&meta.location)?)?;
        Some((position, meta))
    });
    Ok(of_days.collect())
}

/// What all of these give, in their order; a few of them are under way at any time.
async fn all_of<'a, T, E>(requests: impl Iterator<Item = BoxFuture<'a, Result<T, E>>>) -> Result<Vec<T>>
where
    DataFusionError: From<E>,
{
    // Collected first: the requests borrow what they are made of, and a stream of them must be sendable.
    let requests: Vec<_> = requests.collect();
    Ok(stream::iter(requests).buffered(CONCURRENT).try_collect().await?)
}

fn parent(path: &Path) -> Option<Path> {
    path.as_ref().rsplit_once('/').and_then(|(parent, _)| Path::parse(parent).ok())
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

struct Pruner<'a> {
    table: Table,
    filters: &'a [Expr],
    state: &'a dyn Session,
}

impl Pruner<'_> {
    /// Those that may hold rows that pass the filters, and the others.
    fn part(&self, candidates: Vec<Candidate>) -> Result<(Vec<Candidate>, Vec<Candidate>)> {
        let keep = self.keep(&candidates)?;
        let (kept, pruned): (Vec<_>, Vec<_>) = candidates.into_iter().zip(keep).partition(|(_, keep)| *keep);
        let without_mark =
            |marked: Vec<(Candidate, bool)>| marked.into_iter().map(|(candidate, _)| candidate).collect();
        Ok((without_mark(kept), without_mark(pruned)))
    }

    fn keep(&self, candidates: &[Candidate]) -> Result<Vec<bool>> {
        let statistics = PathStatistics { table: self.table, candidates };
        let bound = |column: &Column, first: bool| statistics.bound(column, first);
        let mut keep = kept(candidates.len(), bound, &self.table.schema(), self.filters, self.state)?
            .unwrap_or_else(|| vec![true; candidates.len()]);
        // These are not asked again for rows, so they must be decided here.
        if candidates.first().is_some_and(|first| first.values.len() == PARTITIONS.len()) {
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

    /// First and last time of something about each candidate.
    fn times(&self, first: bool, bounds: impl Fn(&Candidate) -> Option<(i64, i64)>) -> ArrayRef {
        let bounds =
            self.candidates.iter().map(|candidate| bounds(candidate).map(|(low, high)| if first { low } else { high }));
        Arc::new(bounds.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    }

    fn bound(&self, column: &Column, first: bool) -> Option<ArrayRef> {
        let of_rows = self.table.kind().is_some();
        match column.name.as_str() {
            // Rows lie under their own day, and are older than the end of their slot.
            "time" if of_rows => Some(self.times(first, |candidate| {
                let (start, end) = candidate.day()?;
                Some((start, candidate.slot.map_or(end, |(_, slot_end)| end.min(slot_end)) - 1))
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
