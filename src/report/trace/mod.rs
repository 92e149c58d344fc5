//! Report `trace`: one request's or one connection's story, from the access logs and the connection logs.
//!
//! Asks first for the requests, then for their connections; `id` understands what was typed, `story` orders what happened,
//! `view` says it.

mod id;
mod story;
mod view;

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::answer::{Answer, AnswerRow};
use super::pods::{self, Pod};
use super::question::Question;
use super::session::Session;
use crate::ask::sql::Scalar;
use crate::base::message::Message;
use crate::base::tables::Table;
use crate::output::document::Document;
use id::Id;
use story::{Connection, Request};

pub use id::time_of;

/// What was found.
struct Found<'a> {
    id: &'a Id,
    requests: Vec<Request>,
    /// Of each request.
    pods: Vec<Option<Pod>>,
    connections: Vec<Connection>,
    /// Whether the connection logs could be looked into.
    looked_for_connections: bool,
    /// All requests, also those that are not shown.
    of_requests: u64,
    /// Those of them that failed. They are shown first.
    of_failed: u64,
}

/// Whether it is about anything.
///
/// # Errors
/// When nothing was typed, or what is no id.
pub(super) fn check(question: &Question) -> Result<()> {
    id_of(question).map(drop)
}

fn id_of(question: &Question) -> Result<Id> {
    let Some(typed) = question.typed.get("id") else {
        bail!(Message::new("report trace needs an id").hint("albstats report trace 1-…, or Root=1-…, or TID_…"));
    };
    Id::parse(typed)
}

/// Makes the report.
///
/// # Errors
/// When what was typed is no id, and as [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let id = id_of(session.question)?;
    let answer = session.first_answer_with([("id".to_owned(), Scalar::Text(id.text().to_owned()))]).await?;
    let mut ids: BTreeSet<&str> = answer.rows().filter_map(|row| row.text("conn_trace_id")).collect();
    if let Id::Connection(id) = &id {
        ids.insert(id);
    }
    let can_look = session.reads_again() && session.reaches(Table::Connections);
    let looked_for_connections = can_look && !ids.is_empty();
    let connections = if looked_for_connections {
        let ids = ids.into_iter().collect::<Vec<_>>().join(",");
        session.part("trace-connections", [("connections".to_owned(), Scalar::Text(ids))]).await?
    } else {
        Answer::default()
    };
    let pods: Vec<Option<Pod>> = answer.rows().map(|row| pod(session, row)).collect();
    let found = Found {
        id: &id,
        pods,
        requests: answer.rows().map(|row| request(session, row)).collect(),
        connections: connections.rows().map(connection).collect(),
        looked_for_connections,
        of_requests: answer.rows().next().map_or(0, |row| row.count("of_rows")),
        of_failed: answer.rows().next().map_or(0, |row| row.count("of_failed")),
    };
    Ok(view::document(session, &answer, &found))
}

/// The pod that had the target's address when the request was sent to it.
fn pod(session: &Session, row: AnswerRow) -> Option<Pod> {
    let sent = row.int("request_creation_time").or_else(|| row.int("time"))?;
    pods::pod_at(session.question.holders, row.text("target_group_arn"), row.text("target")?, sent)
}

fn request(session: &Session, row: AnswerRow) -> Request {
    let called =
        |target: &str| pod(session, row).map_or_else(|| target.to_owned(), |pod| format!("{} ({target})", pod.shown()));
    let text = |name: &str| row.text(name).map(str::to_owned);
    let elb = row.text("elb").unwrap_or_default();
    let shown = (session.question.names)(&[elb]).remove(elb);
    let words = [row.text("request_verb"), row.text("host")];
    let what = words.into_iter().flatten().collect::<Vec<_>>().join(" ") + row.text("path").unwrap_or_default();
    Request {
        received: row.int("request_creation_time"),
        time: row.int("time").unwrap_or_default(),
        kind: text("type").unwrap_or_default(),
        times: ["request", "target", "response"].map(|name| row.float(&format!("{name}_processing_time"))),
        status: row.int("elb_status_code"),
        target_status: row.int("target_status_code"),
        target: row.text("target").map(called),
        has_target_group: row.text("target_group_arn").is_some(),
        what: if what.is_empty() { "a request that is no HTTP".to_owned() } else { what },
        load_balancer: shown.unwrap_or_else(|| elb.to_owned()),
        client: client(row),
        sent_bytes: row.int("sent_bytes"),
        actions: text("actions_executed").unwrap_or_default(),
        reason: text("error_reason"),
        connection: text("conn_trace_id"),
    }
}

fn connection(row: AnswerRow) -> Connection {
    let text = |name: &str| row.text(name).map(str::to_owned);
    let tls = [row.text("tls_protocol"), row.text("tls_cipher"), row.text("tls_keyexchange")];
    let tls = tls.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Connection {
        id: text("conn_trace_id"),
        time: row.int("time").unwrap_or_default(),
        client: client(row),
        listener_port: row.int("listener_port"),
        tls: Some(tls).filter(|tls| !tls.is_empty()),
        handshake: row.float("tls_handshake_latency"),
        verify: text("tls_verify_status"),
    }
}

fn client(row: AnswerRow) -> String {
    let ip = row.text("client_ip").unwrap_or("a client that is not named");
    row.int("client_port").map_or(ip.to_owned(), |port| format!("{ip}:{port}"))
}
