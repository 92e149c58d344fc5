//! Leaving objects out by what their names say, before anything is opened.
//!
//! Every predicate on `time`, `day`, `elb`, `account` and `region` is decided by DataFusion's own pruning over the
//! first and last value that each object can hold, so that `OR`, `IN`, casts and ranges need no code here.

use std::collections::HashSet;
use std::sync::Arc;

use alblog::LogKey;
use datafusion::arrow::array::{ArrayRef, BooleanArray, StringViewArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;

use super::dialect::{OBJECT_COLUMNS, of_objects};
use super::run::{Run, row_days};
use crate::ask::selection::Window;
use crate::base::tables::Table;

/// Of the candidates (positions in the run's objects), those that may hold rows that pass the filters.
pub(super) fn prune(
    run: &Run,
    table: Table,
    candidates: Vec<usize>,
    filters: &[Expr],
    state: &dyn datafusion::catalog::Session,
) -> Result<Vec<usize>> {
    let keys: Vec<Option<&LogKey>> = candidates.iter().map(|&index| run.objects[index].key.as_ref()).collect();
    let keep = may_hold(&keys, &run.options.window, table, filters, state)?;
    Ok(candidates.into_iter().zip(keep).filter_map(|(index, keep)| keep.then_some(index)).collect())
}

/// Which objects may hold rows of the window that pass the filters, by what their names say, if they say anything.
pub(super) fn may_hold(
    keys: &[Option<&LogKey>],
    window: &Window,
    table: Table,
    filters: &[Expr],
    state: &dyn datafusion::catalog::Session,
) -> Result<Vec<bool>> {
    let statistics = KeyStatistics { keys, window, table };
    let bound = |column: &Column, first: bool| statistics.bound(column, first);
    let passes = kept(keys.len(), bound, &table.schema(), filters, state)?.unwrap_or_else(|| vec![true; keys.len()]);
    let in_window = |key: &LogKey| window.may_hold(key.interval_end);
    Ok(keys.iter().zip(passes).map(|(key, passes)| passes && key.is_none_or(in_window)).collect())
}

/// Which containers may hold rows that pass the filters; `None` if nothing can be said of them. `bound` gives the first
/// (`true`) or last value that each of them can hold of a column.
pub(super) fn kept(
    containers: usize,
    bound: impl Fn(&Column, bool) -> Option<ArrayRef>,
    schema: &SchemaRef,
    filters: &[Expr],
    state: &dyn datafusion::catalog::Session,
) -> Result<Option<Vec<bool>>> {
    let Some(filter) = conjunction(of_objects(filters)?) else { return Ok(None) };
    let schema = &with_object_columns(schema);
    let predicate = state.create_physical_expr(filter, &DFSchema::try_from(Arc::clone(schema))?)?;
    // A predicate that cannot be used for pruning prunes nothing: the rows are filtered later anyway.
    match PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema)).try_build(predicate) {
        Ok(predicate) => Ok(Some(predicate.prune(&Bounds { containers, bound })?)),
        Err(_) => Ok(None),
    }
}

/// The columns of a table, and those that stand for functions of objects' names.
fn with_object_columns(schema: &SchemaRef) -> SchemaRef {
    let of_objects = OBJECT_COLUMNS.map(|(name, _)| Arc::new(Field::new(name, DataType::Utf8View, false)));
    Arc::new(Schema::new(schema.fields().iter().cloned().chain(of_objects).collect::<Vec<_>>()))
}

/// What names say about the values in each object.
struct KeyStatistics<'a> {
    keys: &'a [Option<&'a LogKey>],
    window: &'a Window,
    table: Table,
}

impl KeyStatistics<'_> {
    /// One value per object, NULL where the name does not tell.
    fn text(&self, value: impl Fn(&LogKey) -> String) -> ArrayRef {
        Arc::new(self.keys.iter().map(|key| key.map(&value)).collect::<StringViewArray>())
    }

    fn times(&self, value: impl Fn(i64) -> i64) -> ArrayRef {
        let times: TimestampMicrosecondArray =
            self.keys.iter().map(|key| key.map(|key| value(key.interval_end))).collect();
        Arc::new(times.with_timezone("UTC"))
    }

    /// Smallest (`first`) or largest value of a column in each object.
    fn bound(&self, column: &Column, first: bool) -> Option<ArrayRef> {
        let pick = |pair: (String, String)| if first { pair.0 } else { pair.1 };
        let window = self.window;
        let of_rows = self.table.kind().is_some();
        match column.name.as_str() {
            "account" => Some(self.text(|key| key.account.clone())),
            "region" => Some(self.text(|key| key.region.clone())),
            "elb" => Some(self.text(LogKey::elb)),
            "day" if of_rows => Some(self.text(|key| pick(row_days(window, key.interval_end)))),
            "time" if of_rows => Some(self.times(|end| {
                let (earliest, latest) = window.row_times(end);
                if first { earliest } else { latest }
            })),
            "interval_end" => Some(self.times(|end| end)),
            name => {
                let (_, part) = OBJECT_COLUMNS.iter().find(|(column, _)| *column == name)?;
                Some(self.text(|key| part.of(key.interval_end)))
            }
        }
    }
}

/// First (`true`) or last value that each container can hold of a column; nothing else is known of them.
struct Bounds<F> {
    containers: usize,
    bound: F,
}

impl<F: Fn(&Column, bool) -> Option<ArrayRef>> PruningStatistics for Bounds<F> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        (self.bound)(column, true)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        (self.bound)(column, false)
    }

    fn num_containers(&self) -> usize {
        self.containers
    }

    fn null_counts(&self, _column: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
