//! Requests as they are counted: columns in, [`Seen`] out.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array, Int32Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{Float64Type, Int32Type, TimestampMicrosecondType};

use super::cube::{Class, Key, Seen};
use super::dimension::{DIMENSIONS, Dimension, ROW_BITS, masked};
use super::route;
use super::seeing::{Seeing, State, int, micros, mix, port, text};
use super::values::Id;
use crate::ask::query::Observer;
use crate::base::tables::Table;

/// Sees requests.
#[derive(Debug)]
pub(super) struct Requests(pub(super) Arc<Seeing>);

impl Observer for Requests {
    fn table(&self) -> Table {
        Table::Requests
    }

    fn columns(&self) -> &[&'static str] {
        &COLUMNS
    }

    fn begin(&self) {
        self.0.forget(|state| &mut state.requests);
    }

    fn observe(&self, _partition: usize, rows: &RecordBatch) {
        let Some(columns) = Columns::of(rows) else { return };
        let step = self.0.step();
        self.0.count(rows.num_rows(), |state| &mut state.requests, |state, row| state.request(&columns, row, step));
    }
}

const COLUMNS: [&str; 18] = [
    "time",
    "elb",
    "target_group_arn",
    "target_ip",
    "target_port",
    "client_ip",
    "client_port",
    "user_agent",
    "request_url",
    "matched_rule_priority",
    "elb_status_code",
    "target_status_code",
    "actions_executed",
    "error_reason",
    "type",
    "target_processing_time",
    "request_processing_time",
    "chosen_cert_arn",
];

/// The columns of a batch.
struct Columns<'a> {
    time: &'a TimestampMicrosecondArray,
    elb: &'a StringViewArray,
    group: &'a StringViewArray,
    target_ip: &'a StringViewArray,
    target_port: &'a Int32Array,
    client_ip: &'a StringViewArray,
    client_port: &'a Int32Array,
    agent: &'a StringViewArray,
    url: &'a StringViewArray,
    rule: &'a Int32Array,
    status: &'a Int32Array,
    target_status: &'a Int32Array,
    actions: &'a StringViewArray,
    reason: &'a StringViewArray,
    kind: &'a StringViewArray,
    target_time: &'a Float64Array,
    request_time: &'a Float64Array,
    certificate: &'a StringViewArray,
}

impl<'a> Columns<'a> {
    fn of(rows: &'a RecordBatch) -> Option<Self> {
        let text = |index: usize| rows.column(index).as_string_view_opt();
        let int = |index: usize| rows.column(index).as_primitive_opt::<Int32Type>();
        let seconds = |index: usize| rows.column(index).as_primitive_opt::<Float64Type>();
        Some(Self {
            time: rows.column(0).as_primitive_opt::<TimestampMicrosecondType>()?,
            elb: text(1)?,
            group: text(2)?,
            target_ip: text(3)?,
            target_port: int(4)?,
            client_ip: text(5)?,
            client_port: int(6)?,
            agent: text(7)?,
            url: text(8)?,
            rule: int(9)?,
            status: int(10)?,
            target_status: int(11)?,
            actions: text(12)?,
            reason: text(13)?,
            kind: text(14)?,
            target_time: seconds(15)?,
            request_time: seconds(16)?,
            certificate: text(17)?,
        })
    }
}

impl State {
    fn request(&mut self, rows: &Columns, row: usize, step: i64) -> Seen {
        let time = rows.time.value(row);
        let elb = self.values.id(text(rows.elb, row).unwrap_or("(none)"));
        let by_group = [Dimension::TargetGroup, Dimension::Target].into_iter().any(|one| self.wants(one));
        let group = text(rows.group, row).filter(|_| by_group).map(|group| self.values.id(group));
        let mut keys = [None; DIMENSIONS];
        let mut set = |dimension: Dimension, key: Key| keys[dimension as usize] = Some(key);
        set(Dimension::All, (0, 0, 0));
        set(Dimension::LoadBalancer, (elb, 0, 0));
        if let Some(group) = group {
            set(Dimension::TargetGroup, (elb, group, 0));
        }
        if let (Some(address), Some(group)) = (text(rows.target_ip, row), group) {
            let target = self.values.id(address);
            set(Dimension::Target, (group, target, port(rows.target_port, row)));
            if let Ok(address) = address.parse::<Ipv4Addr>() {
                set(Dimension::Subnet, (0, masked(address.to_bits(), ROW_BITS), ROW_BITS));
            }
        }
        let by_client = [Dimension::Client, Dimension::Network].into_iter().any(|one| self.wants(one));
        let client = text(rows.client_ip, row).filter(|_| by_client).map(|address| self.values.id(address));
        if let Some(client) = client {
            set(Dimension::Client, (0, client, 0));
            set(Dimension::Network, (0, self.network(client), 0));
        }
        if let Some(agent) = text(rows.agent, row).filter(|_| self.wants(Dimension::Agent)) {
            set(Dimension::Agent, (0, self.values.id(agent), 0));
        }
        if let Some(priority) = int(rows.rule, row) {
            set(Dimension::Rule, (elb, 0, u32::try_from(priority).unwrap_or(u32::MAX)));
        }
        let by_url = [Dimension::Host, Dimension::Route].into_iter().any(|one| self.wants(one));
        if let Some(url) = text(rows.url, row).filter(|_| by_url) {
            if let Some(host) = route::host(url) {
                set(Dimension::Host, (elb, self.values.id(&host), 0));
            }
            if let Some(path) = route::path(url) {
                self.template.clear();
                route::push_template(path, &mut self.template);
                set(Dimension::Route, (elb, self.values.id(&self.template), 0));
            }
        }
        if let Some(certificate) = text(rows.certificate, row).filter(|_| self.wants(Dimension::Certificate)) {
            set(Dimension::Certificate, (elb, self.values.id(certificate), 0));
        }
        let class = class(rows, row);
        let mut cause = 0;
        if class.is_some() && self.wants(Dimension::All) {
            let (status, reason) = (int(rows.status, row), text(rows.reason, row));
            let by_target = status.is_some() && status == int(rows.target_status, row);
            cause = self.cause(status, by_target, reason, rows, row);
        }
        for dimension in Dimension::EACH {
            if !self.wants(dimension) {
                keys[dimension as usize] = None;
            }
        }
        let is_websocket = text(rows.kind, row).is_some_and(|kind| kind.starts_with("ws"));
        let seconds = (!is_websocket && rows.target_time.is_valid(row)).then(|| rows.target_time.value(row));
        let mark = mix(time.cast_unsigned() ^ u64::from(port(rows.client_port, row)) << 48);
        Seen { bar: time.div_euclid(step), keys, class, cause, micros: seconds.and_then(micros), mark }
    }

    /// `502 lb sent`, `503 target`: status, who says so, and the reason or how far it came.
    fn cause(&mut self, status: Option<i32>, by_target: bool, reason: Option<&str>, rows: &Columns, row: usize) -> Id {
        self.cause.clear();
        let maker = if by_target { "target" } else { "lb" };
        // Writing to a String cannot fail.
        let _ = write!(self.cause, "{:03} {maker}", status.unwrap_or(0));
        match reason {
            Some(reason) => {
                let _ = write!(self.cause, " {reason}");
            }
            None if by_target => {}
            None if is_blocked(rows, row) => self.cause.push_str(" waf"),
            None if text(rows.actions, row).is_some_and(|actions| actions.contains("fixed-response")) => {
                self.cause.push_str(" fixed");
            }
            None if rows.target_ip.is_null(row) => self.cause.push_str(" no-target"),
            None if rows.request_time.is_null(row) => self.cause.push_str(" not-sent"),
            None => {}
        }
        self.values.id(&self.cause)
    }
}

/// Whether AWS WAF answered.
fn is_blocked(rows: &Columns, row: usize) -> bool {
    let acts = text(rows.actions, row).is_some_and(|actions| actions.starts_with("waf"));
    acts && int(rows.status, row) == Some(403) && rows.target_status.is_null(row)
}

/// What became of a request.
fn class(rows: &Columns, row: usize) -> Option<Class> {
    let status = int(rows.status, row)?;
    let by_target = || int(rows.target_status, row) == Some(status);
    match status {
        0 | 500..=599 => Some(Class::Failed),
        460 => Some(Class::Left),
        403 if is_blocked(rows, row) => Some(Class::Blocked),
        404 => Some(Class::NotFound),
        401 | 403 => Some(Class::Denied),
        400..=499 => Some(Class::Rejected),
        300..=399 if !by_target() => Some(Class::Redirected),
        _ => None,
    }
}
