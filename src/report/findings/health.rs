//! Health checks as they are counted, and what they say of a target.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;

use super::dimension::{DIMENSIONS, Dimension};
use super::seeing::{Seeing, State, mix, text};
use super::seen::{Class, Seen};
use crate::ask::query::Observer;
use crate::base::tables::Table;

/// Sees health checks.
#[derive(Debug)]
pub(super) struct HealthChecks(pub(super) Arc<Seeing>);

impl Observer for HealthChecks {
    fn table(&self) -> Table {
        Table::HealthChecks
    }

    fn columns(&self) -> &[&'static str] {
        &["time", "target_addr", "status", "reason_code"]
    }

    fn begin(&self) {
        self.0.forget(|state| &mut state.health_checks);
    }

    fn observe(&self, partition: usize, rows: &RecordBatch) {
        let Some(columns) = CheckColumns::of(rows) else { return };
        let mut state = self.0.state(partition);
        for row in 0..rows.num_rows() {
            let seen = columns.seen(&mut state, row, self.0.step());
            state.count(|state| &mut state.health_checks, seen);
        }
    }
}

struct CheckColumns<'a> {
    time: &'a TimestampMicrosecondArray,
    target: &'a StringViewArray,
    status: &'a StringViewArray,
    reason: &'a StringViewArray,
}

impl<'a> CheckColumns<'a> {
    fn of(rows: &'a RecordBatch) -> Option<Self> {
        let text = |index: usize| rows.column(index).as_string_view_opt();
        Some(Self {
            time: rows.column(0).as_primitive_opt::<TimestampMicrosecondType>()?,
            target: text(1)?,
            status: text(2)?,
            reason: text(3)?,
        })
    }

    /// Of targets alone: a check says nothing of requests.
    fn seen(&self, state: &mut State, row: usize, step: i64) -> Seen {
        let time = self.time.value(row);
        let mut keys = [None; DIMENSIONS];
        let mut mark = time.cast_unsigned();
        if let Some((address, port)) = text(self.target, row).and_then(|target| target.rsplit_once(':')) {
            let address = state.values.id(address);
            let port = port.parse().unwrap_or(0);
            keys[Dimension::Target as usize] = Some((0, address, port));
            mark ^= u64::from(address) << 32;
        }
        let failed = text(self.status, row) != Some("PASS");
        let cause = if failed { state.values.id(text(self.reason, row).unwrap_or("no reason")) } else { 0 };
        Seen {
            bar: time.div_euclid(step),
            keys,
            class: failed.then_some(Class::Failed),
            cause,
            mark: mix(mark),
            micros: None,
        }
    }
}
