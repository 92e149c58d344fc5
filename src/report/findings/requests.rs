//! Requests as they are counted: columns in, [`Seen`] out.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array, Int32Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{Float64Type, Int32Type, TimestampMicrosecondType};

use super::dimension::{DIMENSIONS, Dimension, ROW_BITS};
use super::route;
use super::seeing::{Seeing, State, int, micros, mix, port, text};
use super::seen::{Class, Key, Seen};
use super::values::{Id, column_of};
use crate::ask::query::Observer;
use crate::base::tables::Table;

/// Sees requests: the columns that what is looked at needs.
#[derive(Debug)]
pub(super) struct Requests {
    seeing: Arc<Seeing>,
    columns: Vec<&'static str>,
}

impl Requests {
    pub(super) fn new(seeing: &Arc<Seeing>) -> Self {
        let is_needed = |of: &[Dimension]| of.is_empty() || of.iter().any(|one| seeing.looks_at(*one));
        let columns = COLUMNS.iter().filter(|(_, of)| is_needed(of)).map(|(name, _)| *name).collect();
        Self { seeing: Arc::clone(seeing), columns }
    }
}

impl Observer for Requests {
    fn table(&self) -> Table {
        Table::Requests
    }

    fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    fn begin(&self) {
        self.seeing.forget(|state| &mut state.requests);
    }

    fn observe(&self, partition: usize, rows: &RecordBatch) {
        let Some(columns) = Columns::of(rows, &self.columns) else { return };
        let mut state = self.seeing.state(partition);
        let numbered = state.numbered(&columns);
        for row in 0..rows.num_rows() {
            let seen = state.request(&columns, &numbered, row, self.seeing.step());
            state.count(|state| &mut state.requests, seen);
        }
    }
}

/// Columns, and the dimensions that they are for; those without are for all.
const COLUMNS: [(&str, &[Dimension]); 20] = [
    ("time", &[]),
    ("elb", &[]),
    ("target_group_arn", &[Dimension::TargetGroup, Dimension::Target, Dimension::Subnet]),
    ("target_ip", &[Dimension::Target, Dimension::Subnet, Dimension::All]),
    ("target_port", &[Dimension::Target]),
    ("client_ip", &[Dimension::Client, Dimension::Network]),
    ("client_port", &[Dimension::All]),
    ("user_agent", &[Dimension::Agent]),
    ("request_url", &[Dimension::Host, Dimension::Route]),
    ("matched_rule_priority", &[Dimension::Rule]),
    ("elb_status_code", &[]),
    ("target_status_code", &[]),
    ("actions_executed", &[]),
    ("error_reason", &[Dimension::All]),
    ("type", &[]),
    ("target_processing_time", &[]),
    ("response_processing_time", &[]),
    ("request_processing_time", &[Dimension::All]),
    ("chosen_cert_arn", &[Dimension::Certificate]),
    ("ip_address", &[Dimension::Node]),
];

/// The columns of a batch; those that are not needed are NULL.
struct Columns {
    time: TimestampMicrosecondArray,
    elb: StringViewArray,
    group: StringViewArray,
    target_ip: StringViewArray,
    target_port: Int32Array,
    client_ip: StringViewArray,
    client_port: Int32Array,
    agent: StringViewArray,
    url: StringViewArray,
    rule: Int32Array,
    status: Int32Array,
    target_status: Int32Array,
    actions: StringViewArray,
    reason: StringViewArray,
    kind: StringViewArray,
    target_time: Float64Array,
    response_time: Float64Array,
    request_time: Float64Array,
    certificate: StringViewArray,
    node: StringViewArray,
}

impl Columns {
    fn of(rows: &RecordBatch, names: &[&str]) -> Option<Self> {
        let count = rows.num_rows();
        let column = |name: &str| names.iter().position(|known| *known == name).map(|index| rows.column(index));
        let text = |name| match column(name) {
            Some(column) => column.as_string_view_opt().cloned(),
            None => Some(StringViewArray::new_null(count)),
        };
        let int = |name| match column(name) {
            Some(column) => column.as_primitive_opt::<Int32Type>().cloned(),
            None => Some(Int32Array::new_null(count)),
        };
        let seconds = |name| match column(name) {
            Some(column) => column.as_primitive_opt::<Float64Type>().cloned(),
            None => Some(Float64Array::new_null(count)),
        };
        Some(Self {
            time: column("time")?.as_primitive_opt::<TimestampMicrosecondType>()?.clone(),
            elb: text("elb")?,
            group: text("target_group_arn")?,
            target_ip: text("target_ip")?,
            target_port: int("target_port")?,
            client_ip: text("client_ip")?,
            client_port: int("client_port")?,
            agent: text("user_agent")?,
            url: text("request_url")?,
            rule: int("matched_rule_priority")?,
            status: int("elb_status_code")?,
            target_status: int("target_status_code")?,
            actions: text("actions_executed")?,
            reason: text("error_reason")?,
            kind: text("type")?,
            target_time: seconds("target_processing_time")?,
            response_time: seconds("response_processing_time")?,
            request_time: seconds("request_processing_time")?,
            certificate: text("chosen_cert_arn")?,
            node: text("ip_address")?,
        })
    }
}

/// The numbers of texts of a batch, where there are any and they are looked at; those of URLs are of their parts.
struct Numbered {
    elb: Vec<Option<Id>>,
    group: Vec<Option<Id>>,
    /// And the subnet.
    target: Vec<Option<(Id, Option<u32>)>>,
    /// And the network.
    client: Vec<Option<(Id, Id)>>,
    agent: Vec<Option<Id>>,
    /// Host, and route.
    url: Vec<(Option<Id>, Option<Id>)>,
    certificate: Vec<Option<Id>>,
    node: Vec<Option<Id>>,
}

impl State {
    fn numbered(&mut self, rows: &Columns) -> Numbered {
        let of_groups = [Dimension::TargetGroup, Dimension::Target, Dimension::Subnet];
        let plain = |state: &mut Self, text: &str| Some(state.values.id(text));
        Numbered {
            elb: column_of(self, &rows.elb, plain),
            group: self.column(&of_groups, &rows.group, plain),
            target: self.column(&of_groups, &rows.target_ip, |state, address| {
                let id = state.values.id(address);
                Some((id, state.subnet(id, address)))
            }),
            client: self.column(&[Dimension::Client, Dimension::Network], &rows.client_ip, |state, address| {
                let id = state.values.id(address);
                Some((id, state.network(id, address)))
            }),
            agent: self.column(&[Dimension::Agent], &rows.agent, plain),
            url: self.column(&[Dimension::Host, Dimension::Route], &rows.url, Self::url),
            certificate: self.column(&[Dimension::Certificate], &rows.certificate, plain),
            node: self.column(&[Dimension::Node], &rows.node, plain),
        }
    }

    /// What is made of a column, if any of the dimensions that it is for is looked at.
    fn column<T: Copy + Default>(
        &mut self,
        of: &[Dimension],
        texts: &StringViewArray,
        made_of: impl FnMut(&mut Self, &str) -> T,
    ) -> Vec<T> {
        if of.iter().any(|one| self.wants(*one)) {
            column_of(self, texts, made_of)
        } else {
            vec![T::default(); texts.len()]
        }
    }

    /// Host and route of a URL.
    fn url(&mut self, url: &str) -> (Option<Id>, Option<Id>) {
        let host = route::host(url).map(|host| {
            self.host.clear();
            self.host.push_str(host);
            self.host.make_ascii_lowercase();
            self.values.id(&self.host)
        });
        let route = route::path(url).map(|path| {
            self.template.clear();
            route::push_template(path, &mut self.template);
            self.values.id(&self.template)
        });
        (host, route)
    }

    fn request(&mut self, rows: &Columns, numbered: &Numbered, row: usize, step: i64) -> Seen {
        let time = rows.time.value(row);
        let elb = numbered.elb[row].unwrap_or_else(|| self.values.id("(none)"));
        let group = numbered.group[row];
        let mut keys = [None; DIMENSIONS];
        let mut set = |dimension: Dimension, key: Key| keys[dimension as usize] = Some(key);
        set(Dimension::All, (0, 0, 0));
        set(Dimension::LoadBalancer, (elb, 0, 0));
        if let Some(group) = group {
            set(Dimension::TargetGroup, (elb, group, 0));
        }
        if let (Some((target, subnet)), Some(group)) = (numbered.target[row], group) {
            set(Dimension::Target, (group, target, port(&rows.target_port, row)));
            if let Some(subnet) = subnet {
                set(Dimension::Subnet, (0, subnet, ROW_BITS));
            }
        }
        if let Some((client, network)) = numbered.client[row] {
            set(Dimension::Client, (0, client, 0));
            set(Dimension::Network, (0, network, 0));
        }
        if let Some(agent) = numbered.agent[row] {
            set(Dimension::Agent, (0, agent, 0));
        }
        if let Some(priority) = int(&rows.rule, row) {
            set(Dimension::Rule, (elb, 0, u32::try_from(priority).unwrap_or(u32::MAX)));
        }
        let (host, route) = numbered.url[row];
        if let Some(host) = host {
            set(Dimension::Host, (elb, host, 0));
        }
        if let Some(route) = route {
            set(Dimension::Route, (elb, route, 0));
        }
        if let Some(certificate) = numbered.certificate[row] {
            set(Dimension::Certificate, (elb, certificate, 0));
        }
        if let Some(node) = numbered.node[row] {
            set(Dimension::Node, (elb, node, 0));
        }
        let class = class(rows, row);
        let mut cause = 0;
        if class.is_some() && self.wants(Dimension::All) {
            let (status, reason) = (int(&rows.status, row), text(&rows.reason, row));
            let by_target = status.is_some() && status == int(&rows.target_status, row);
            cause = self.cause(status, by_target, reason, rows, row);
        }
        for dimension in Dimension::EACH {
            if !self.wants(dimension) {
                keys[dimension as usize] = None;
            }
        }
        let is_websocket = text(&rows.kind, row).is_some_and(|kind| kind.starts_with("ws"));
        // From when a target has the request until the answer goes to the client.
        let response = if rows.response_time.is_valid(row) { rows.response_time.value(row) } else { 0.0 };
        let seconds = (!is_websocket && rows.target_time.is_valid(row)).then(|| rows.target_time.value(row) + response);
        let mark = mix(time.cast_unsigned() ^ u64::from(port(&rows.client_port, row)) << 48);
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
            None if status.is_some_and(|status| status / 100 == 3) => self.cause.push_str(" redirect"),
            None if is_blocked(rows, row) => self.cause.push_str(" waf"),
            None if text(&rows.actions, row).is_some_and(|actions| actions.contains("fixed-response")) => {
                self.cause.push_str(" fixed");
            }
            None if rows.target_ip.is_null(row) => self.cause.push_str(" no-target"),
            None if rows.request_time.is_null(row) => self.cause.push_str(" not-sent"),
            None => {}
        }
        self.values.id(&self.cause)
    }
}

/// Whether AWS WAF answered, with whatever the web ACL says: no action came after it. A CAPTCHA is a 405.
fn is_blocked(rows: &Columns, row: usize) -> bool {
    let is_last = text(&rows.actions, row).is_some_and(|actions| actions.rsplit(',').next() == Some("waf"));
    is_last && int(&rows.status, row).is_some_and(|status| status / 100 == 4) && rows.target_status.is_null(row)
}

/// What became of a request.
fn class(rows: &Columns, row: usize) -> Option<Class> {
    let status = int(&rows.status, row)?;
    let by_target = || int(&rows.target_status, row) == Some(status);
    match status {
        0 | 500..=599 => Some(Class::Failed),
        460 => Some(Class::Left),
        _ if is_blocked(rows, row) => Some(Class::Blocked),
        404 => Some(Class::NotFound),
        401 | 403 => Some(Class::Denied),
        400..=499 => Some(Class::Rejected),
        300..=399 if !by_target() => Some(Class::Redirected),
        301 | 302 | 303 | 307 | 308 => Some(Class::Redirected),
        _ => None,
    }
}
