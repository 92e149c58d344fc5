//! Leaving objects out by what their names say, before anything is opened.
//!
//! Every predicate on `time`, `day`, `elb`, `account` and `region` is decided by DataFusion's own pruning over the
//! first and last value that each object can hold, so that `OR`, `IN`, casts and ranges need no code here.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, StringViewArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;

use super::dialect::{OBJECT_COLUMNS, of_objects};
use super::run::{Run, row_days};
use crate::base::tables::Table;

/// Of the candidates (positions in the run's objects), those that may hold rows that pass the filters.
pub(super) fn prune(
    run: &Run,
    table: Table,
    candidates: Vec<usize>,
    filters: &[Expr],
    state: &dyn datafusion::catalog::Session,
) -> Result<Vec<usize>> {
    let in_window = |&index: &usize| {
        run.objects[index].key.as_ref().is_none_or(|key| run.options.window.may_hold(key.interval_end))
    };
    let candidates: Vec<usize> = candidates.into_iter().filter(in_window).collect();
    let statistics = KeyStatistics { run, table, objects: &candidates };
    let bound = |column: &Column, first: bool| statistics.bound(column, first);
    let Some(keep) = kept(candidates.len(), bound, &table.schema(), filters, state)? else { return Ok(candidates) };
    Ok(candidates.into_iter().zip(keep).filter_map(|(index, keep)| keep.then_some(index)).collect())
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
    run: &'a Run,
    table: Table,
    objects: &'a [usize],
}

impl KeyStatistics<'_> {
    /// One value per object, NULL where the name does not tell.
    fn text(&self, value: impl Fn(&alblog::LogKey) -> String) -> ArrayRef {
        let keys = self.objects.iter().map(|&index| self.run.objects[index].key.as_ref().map(&value));
        Arc::new(keys.collect::<StringViewArray>())
    }

    fn times(&self, value: impl Fn(i64) -> i64) -> ArrayRef {
        let keys = self.objects.iter().map(|&index| self.run.objects[index].key.as_ref());
        let times: TimestampMicrosecondArray = keys.map(|key| key.map(|key| value(key.interval_end))).collect();
        Arc::new(times.with_timezone("UTC"))
    }

    /// Smallest (`first`) or largest value of a column in each object.
    fn bound(&self, column: &Column, first: bool) -> Option<ArrayRef> {
        let pick = |pair: (String, String)| if first { pair.0 } else { pair.1 };
        let window = &self.run.options.window;
        let of_rows = self.table.kind().is_some();
        match column.name.as_str() {
            "account" => Some(self.text(|key| key.account.clone())),
            "region" => Some(self.text(|key| key.region.clone())),
            "elb" => Some(self.text(alblog::LogKey::elb)),
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
