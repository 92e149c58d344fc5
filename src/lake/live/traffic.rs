//! What is counted of rows on their way into the store, for metrics: how many of what, and how long they took.

use std::collections::HashMap;

use alblog::LogKind;
use anyhow::{Context, Result};
use arrow::array::{Array, AsArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};

/// Upper bounds of the buckets of times, seconds; slower ones are beyond the last.
pub const BOUNDS: [f64; 13] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Rows that were counted, by whom they are about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traffic {
    pub requests: HashMap<Route, Requests>,
    pub connections: HashMap<Connection, u64>,
    pub checks: HashMap<Check, u64>,
}

/// Which way requests took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route {
    /// `app/NAME/ID`
    pub elb: String,
    /// The target group's ARN; empty where none was chosen.
    pub target_group: String,
}

/// Connections that ended alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Connection {
    pub elb: String,
    /// `tls`, `verify_failed`, or `no_tls`: a listener without TLS, or a handshake that broke off before anything was agreed.
    pub outcome: &'static str,
}

/// Health checks that ended alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Check {
    /// The target group's name.
    pub target_group: String,
    pub passed: bool,
}

/// Requests of one way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Requests {
    /// By the first digit of the status that the client got (0 where there is none that is known), and whether the target said it.
    pub by_status: [[u64; 2]; 6],
    /// Until the target began to answer.
    pub target: Times,
    /// Altogether.
    pub total: Times,
    pub received: u64,
    pub sent: u64,
}

/// Times, in buckets of [`BOUNDS`].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Times {
    /// The last one is of what is slower than every bound.
    pub counts: [u64; BOUNDS.len() + 1],
    /// Seconds.
    pub sum: f64,
}

impl Times {
    fn add(&mut self, seconds: f64) {
        self.counts[BOUNDS.partition_point(|bound| *bound < seconds)] += 1;
        self.sum += seconds;
    }

    /// Takes over what another one counted.
    pub fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(other.counts).for_each(|(count, more)| *count += more);
        self.sum += other.sum;
    }
}

impl Requests {
    /// Takes over what another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (counts, more) in self.by_status.iter_mut().zip(other.by_status) {
            counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
        self.target.merge(&other.target);
        self.total.merge(&other.total);
        self.received += other.received;
        self.sent += other.sent;
    }
}

impl Traffic {
    /// Counts the rows of a batch that are no older than `since`, microseconds since the epoch.
    ///
    /// # Errors
    /// When it lacks a column, or one is of another type.
    pub(super) fn add(&mut self, kind: LogKind, rows: &RecordBatch, since: i64) -> Result<()> {
        let times = column(rows, "time")?.as_primitive_opt::<TimestampMicrosecondType>().context("times")?;
        let recent = |row: &usize| times.value(*row) >= since;
        let recent: Vec<usize> = (0..rows.num_rows()).filter(recent).collect();
        if recent.is_empty() {
            return Ok(());
        }
        match kind {
            LogKind::Access => self.add_requests(rows, &recent),
            LogKind::Connection => self.add_connections(rows, &recent),
            LogKind::HealthCheck => self.add_checks(rows, &recent),
        }
    }

    fn add_requests(&mut self, rows: &RecordBatch, recent: &[usize]) -> Result<()> {
        let (elbs, groups) = (texts(rows, "elb")?, texts(rows, "target_group_arn")?);
        let (statuses, of_targets) = (codes(rows, "elb_status_code")?, codes(rows, "target_status_code")?);
        let parts = ["request_processing_time", "target_processing_time", "response_processing_time"];
        let [before, target, after] = [seconds(rows, parts[0])?, seconds(rows, parts[1])?, seconds(rows, parts[2])?];
        let (received, sent) = (sizes(rows, "received_bytes")?, sizes(rows, "sent_bytes")?);
        let mut route = Route::default();
        for &row in recent {
            let (elb, group) = (text(elbs, row), text(groups, row));
            if route.elb != elb || route.target_group != group {
                route = Route { elb: elb.to_owned(), target_group: group.to_owned() };
            }
            if !self.requests.contains_key(&route) {
                self.requests.insert(route.clone(), Requests::default());
            }
            let Some(counts) = self.requests.get_mut(&route) else { continue };
            let status = statuses.is_valid(row).then(|| statuses.value(row));
            let class = status.and_then(|status| usize::try_from(status / 100).ok()).filter(|class| *class < 6);
            let by_target = status.is_some() && of_targets.is_valid(row) && status == Some(of_targets.value(row));
            counts.by_status[class.unwrap_or(0)][usize::from(by_target)] += 1;
            if target.is_valid(row) {
                counts.target.add(target.value(row));
                if before.is_valid(row) && after.is_valid(row) {
                    counts.total.add(before.value(row) + target.value(row) + after.value(row));
                }
            }
            counts.received += size(received, row);
            counts.sent += size(sent, row);
        }
        Ok(())
    }

    fn add_connections(&mut self, rows: &RecordBatch, recent: &[usize]) -> Result<()> {
        let (elbs, protocols) = (texts(rows, "elb")?, texts(rows, "tls_protocol")?);
        let verified = texts(rows, "tls_verify_status")?;
        for &row in recent {
            let outcome = match (protocols.is_valid(row), text(verified, row)) {
                (_, status) if status.starts_with("Failed") => "verify_failed",
                (false, "") => "no_tls",
                _ => "tls",
            };
            *self.connections.entry(Connection { elb: text(elbs, row).to_owned(), outcome }).or_default() += 1;
        }
        Ok(())
    }

    fn add_checks(&mut self, rows: &RecordBatch, recent: &[usize]) -> Result<()> {
        let (groups, statuses) = (texts(rows, "target_group_id")?, texts(rows, "status")?);
        for &row in recent {
            let check = Check { target_group: text(groups, row).to_owned(), passed: text(statuses, row) == "PASS" };
            *self.checks.entry(check).or_default() += 1;
        }
        Ok(())
    }
}

fn column<'r>(rows: &'r RecordBatch, name: &str) -> Result<&'r dyn Array> {
    Ok(rows.column_by_name(name).with_context(|| format!("no column {name}"))?.as_ref())
}

fn texts<'r>(rows: &'r RecordBatch, name: &str) -> Result<&'r StringViewArray> {
    column(rows, name)?.as_string_view_opt().with_context(|| format!("column {name} is no text"))
}

fn codes<'r>(rows: &'r RecordBatch, name: &str) -> Result<&'r Int32Array> {
    column(rows, name)?.as_primitive_opt::<Int32Type>().with_context(|| format!("column {name} has no codes"))
}

fn sizes<'r>(rows: &'r RecordBatch, name: &str) -> Result<&'r Int64Array> {
    column(rows, name)?.as_primitive_opt::<Int64Type>().with_context(|| format!("column {name} has no sizes"))
}

fn seconds<'r>(rows: &'r RecordBatch, name: &str) -> Result<&'r Float64Array> {
    column(rows, name)?.as_primitive_opt::<Float64Type>().with_context(|| format!("column {name} has no times"))
}

fn text(values: &StringViewArray, row: usize) -> &str {
    if values.is_valid(row) { values.value(row) } else { "" }
}

fn size(values: &Int64Array, row: usize) -> u64 {
    if values.is_valid(row) { u64::try_from(values.value(row)).unwrap_or(0) } else { 0 }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray, TimestampMicrosecondArray};
    use arrow::compute::cast;
    use arrow::datatypes::DataType;

    use super::*;

    fn views(values: &[Option<&str>]) -> ArrayRef {
        cast(&StringArray::from(values.to_vec()), &DataType::Utf8View).unwrap()
    }

    fn times(count: usize) -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter_values(0..i64::try_from(count).unwrap()).with_timezone("UTC"))
    }

    #[test]
    fn requests_are_counted_by_way_status_and_who_said_it() {
        let rows = RecordBatch::try_from_iter([
            ("time", times(4)),
            ("elb", views(&[Some("app/a/1"); 4])),
            ("target_group_arn", views(&[Some("tg"), Some("tg"), None, Some("tg")])),
            (
                "elb_status_code",
                Arc::new(Int32Array::from(vec![Some(200), Some(502), Some(301), Some(503)])) as ArrayRef,
            ),
            ("target_status_code", Arc::new(Int32Array::from(vec![Some(200), Some(200), None, Some(503)]))),
            ("request_processing_time", Arc::new(Float64Array::from(vec![Some(0.001), None, None, Some(0.0)]))),
            ("target_processing_time", Arc::new(Float64Array::from(vec![Some(0.01), None, None, Some(99.0)]))),
            ("response_processing_time", Arc::new(Float64Array::from(vec![Some(0.001), None, None, Some(0.0)]))),
            ("received_bytes", Arc::new(Int64Array::from(vec![Some(5), None, Some(1), Some(2)]))),
            ("sent_bytes", Arc::new(Int64Array::from(vec![7; 4]))),
        ])
        .unwrap();
        let mut traffic = Traffic::default();
        traffic.add(LogKind::Access, &rows, 0).unwrap();
        let route = |group: &str| Route { elb: "app/a/1".to_owned(), target_group: group.to_owned() };
        let counts = &traffic.requests[&route("tg")];
        assert_eq!(counts.by_status[2], [0, 1]);
        assert_eq!(counts.by_status[5], [1, 1], "502 is the load balancer's, for the target said 200");
        assert_eq!((counts.target.counts[1], counts.target.counts[13], counts.received, counts.sent), (1, 1, 7, 21));
        assert_eq!((counts.total.counts[2], counts.total.counts[13]), (1, 1));
        assert_eq!(traffic.requests[&route("")].by_status[3], [1, 0]);
        let mut later = Traffic::default();
        later.add(LogKind::Access, &rows, 4).unwrap();
        assert_eq!(later, Traffic::default(), "rows from before are not counted");
        assert!(later.add(LogKind::Connection, &rows, 0).is_err());
    }

    #[test]
    fn connections_and_checks_are_counted_by_how_they_ended() {
        let rows = RecordBatch::try_from_iter([
            ("time", times(3)),
            ("elb", views(&[Some("a"); 3])),
            ("tls_protocol", views(&[Some("TLSv1.3"), Some("TLSv1.3"), None])),
            ("tls_verify_status", views(&[None, Some("Failed:ClientCertExpired"), None])),
            ("target_group_id", views(&[Some("tg"); 3])),
            ("status", views(&[Some("PASS"), Some("FAIL"), Some("FAIL")])),
        ])
        .unwrap();
        let mut traffic = Traffic::default();
        traffic.add(LogKind::Connection, &rows, 0).unwrap();
        traffic.add(LogKind::HealthCheck, &rows, 0).unwrap();
        let ended = |outcome| traffic.connections[&Connection { elb: "a".to_owned(), outcome }];
        assert_eq!((ended("tls"), ended("verify_failed"), ended("no_tls")), (1, 1, 1));
        assert_eq!(traffic.checks[&Check { target_group: "tg".to_owned(), passed: false }], 2);
    }
}
