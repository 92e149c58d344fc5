//! Health checks as they are counted, and what they say of targets.

use std::collections::BTreeSet;
use std::sync::Arc;

use alblog::time::MINUTE;
use arrow::array::{AsArray, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;

use super::Observed;
use super::candidate::{Candidate, Frame, Log};
use super::dimension::{DIMENSIONS, Dimension, ROW_BITS};
use super::explain::has;
use super::seeing::{Seeing, State, mix, text};
use super::seen::{Class, Key, Seen};
use super::values::Id;
use crate::ask::query::Observer;
use crate::base::tables::Table;
use crate::fleet::inventory::target_groups::target_group_name;

/// A target that starts may take so long.
const START: i64 = 10 * MINUTE;

/// Sees health checks.
#[derive(Debug)]
pub(super) struct HealthChecks(pub(super) Arc<Seeing>);

impl Observer for HealthChecks {
    fn table(&self) -> Table {
        Table::HealthChecks
    }

    fn columns(&self) -> &[&'static str] {
        &["time", "target_addr", "status", "reason_code", "target_group_id", "elb"]
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
    group: &'a StringViewArray,
    elb: &'a StringViewArray,
}

impl<'a> CheckColumns<'a> {
    fn of(rows: &'a RecordBatch) -> Option<Self> {
        let text = |index: usize| rows.column(index).as_string_view_opt();
        Some(Self {
            time: rows.column(0).as_primitive_opt::<TimestampMicrosecondType>()?,
            target: text(1)?,
            status: text(2)?,
            reason: text(3)?,
            group: text(4)?,
            elb: text(5)?,
        })
    }

    /// Of targets and where they belong: a check says nothing of requests. Groups are named here, and not by their ARNs.
    fn seen(&self, state: &mut State, row: usize, step: i64) -> Seen {
        let time = self.time.value(row);
        let mut keys = [None; DIMENSIONS];
        let mut mark = time.cast_unsigned();
        let mut set = |dimension: Dimension, key: Key| keys[dimension as usize] = Some(key);
        let elb = text(self.elb, row).map(|elb| state.values.id(elb));
        let group = text(self.group, row).map(|group| state.values.id(group));
        set(Dimension::All, (0, 0, 0));
        if let Some(elb) = elb {
            set(Dimension::LoadBalancer, (elb, 0, 0));
        }
        if let (Some(elb), Some(group)) = (elb, group) {
            set(Dimension::TargetGroup, (elb, group, 0));
        }
        if let Some((address, port)) = text(self.target, row).and_then(|target| target.rsplit_once(':')) {
            let id = state.values.id(address);
            set(Dimension::Target, (group.unwrap_or(0), id, port.parse().unwrap_or(0)));
            if let Some(subnet) = state.subnet(id, address) {
                set(Dimension::Subnet, (0, subnet, ROW_BITS));
            }
            mark ^= u64::from(id) << 32;
        }
        let failed = text(self.status, row) != Some("PASS");
        let cause = if failed { state.check_cause(text(self.reason, row)) } else { 0 };
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

impl State {
    /// `- check TimedOut`
    fn check_cause(&mut self, reason: Option<&str>) -> Id {
        self.cause.clear();
        self.cause.push_str("- check ");
        self.cause.push_str(reason.unwrap_or("no reason"));
        self.values.id(&self.cause)
    }
}

/// Whether what checks say of targets is what is to be expected: one that starts fails them, and then passes.
pub(super) fn is_start(one: &Candidate, frame: &Frame) -> bool {
    let bars = &one.change.bars;
    one.is_new && bars.end() < frame.len() && frame.begin(bars.end()) - frame.begin(bars.start()) <= START
}

/// Whether checks that fail and something else are of one place: of the same load balancer.
pub(super) fn is_same_place(one: &Candidate, other: &Candidate, observed: &Observed, frame: &Frame) -> bool {
    let elbs = |it: &Candidate| -> BTreeSet<Key> {
        let rows = observed.of(it.log).samples.rows(it.measure, frame, &it.change.bars);
        rows.filter(|row| has(row, it)).filter_map(|row| row.key(Dimension::LoadBalancer)).collect()
    };
    !elbs(one).is_disjoint(&elbs(other))
}

/// What a value of a candidate's key is called; a target group that checks call by its name, by its ARN, if it has requests.
pub(super) fn text_of(id: Id, log: Log, observed: &Observed) -> &str {
    let arn = if log == Log::HealthChecks { arn_of_group(id, observed) } else { None };
    arn.unwrap_or_else(|| observed.values.text(id))
}

fn arn_of_group(name: Id, observed: &Observed) -> Option<&str> {
    let text = observed.values.text(name);
    let groups = observed.requests.cube.of(Dimension::TargetGroup).keys();
    let arns: BTreeSet<&str> = groups.map(|key| observed.values.text(key.1)).collect();
    let mut named = arns.into_iter().filter(|arn| target_group_name(arn) == Some(text));
    named.next().filter(|_| named.next().is_none())
}
