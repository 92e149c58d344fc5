//! The document of a trace: what happened in a few sentences, the requests, and the timeline.

use super::super::answer::Answer;
use super::super::draft::Draft;
use super::super::elements::finding;
use super::super::head::moment;
use super::super::next::{of_pod, report, without};
use super::super::pods;
use super::super::session::Session;
use super::super::table::table;
use super::Found;
use super::id::Id;
use super::story::{Connection, Event, Request, millis, timeline};
use crate::base::clock::typed;
use crate::output::document::{Column, Document, Finding, Next, Note, Row, Table, Tone, Unit, Value};
use crate::output::human;
use alblog::time::{Iso, SECOND};

/// Requests whose steps are shown.
const STEPS_OF: usize = 10;
/// A pause on a connection worth a sentence, microseconds.
const PAUSE: i64 = SECOND;

pub(super) fn document(session: &Session, answer: &Answer, found: &Found) -> Document {
    let mut draft = Draft::begin(session);
    draft.title = match found.id {
        Id::Trace(id) => format!("Trace {id}"),
        Id::Connection(id) => format!("Connection {id}"),
    };
    let is_empty = found.requests.is_empty() && found.connections.is_empty();
    draft.findings = if is_empty { nothing(session, found) } else { findings(session, found) };
    draft.table = table(session, answer);
    pods::add_columns(&mut draft.table, &found.pods);
    if is_empty {
        draft.table.empty = Some("nothing found".to_owned());
    } else if found.requests.is_empty() {
        draft.table.empty = Some("no request of this connection".to_owned());
    }
    // A connection's requests are its story.
    if !is_empty && matches!(found.id, Id::Trace(_)) {
        draft.more_tables.push(steps(found));
    }
    draft.notes.extend(notes(found, is_empty));
    draft.notes.extend(pods::as_of(session).filter(|_| found.pods.iter().any(Option::is_some)));
    draft.next = next(session, answer, found);
    draft.document()
}

/// What was searched, and where else it may be.
fn nothing(session: &Session, found: &Found) -> Vec<Finding> {
    let span = &session.span;
    let where_to = match session.delivery.load_balancers {
        0 => "no objects of access logs there tell their time".to_owned(),
        count => format!("{} with access logs", human::plural(count as u64, "load balancer")),
    };
    let mut findings = vec![finding(
        "nothing",
        format!(
            "no line holds {} from {} to {} UTC ({where_to})",
            found.id.text(),
            moment(span.start),
            moment(span.end)
        ),
        Tone::Strong,
    )];
    let Some(time) = found.id.time() else {
        let text = "a connection's requests have it in conn_trace_id (since May 2024); try a wider window: --since 1d";
        findings.push(finding("", text, Tone::Plain));
        return findings;
    };
    let at = typed(time);
    let text = if time < span.start || time >= span.end {
        format!("the id was made at {at}, which is outside: --around {at}")
    } else if time >= session.delivered_to() {
        format!("the id was made at {at}, and the logs of then are not delivered yet")
    } else {
        format!(
            "the id was made at {at}, inside of the window: perhaps it came through another load balancer, the flags leave \
             its row out, or the request ended later than {} UTC",
            moment(span.end)
        )
    };
    findings.push(finding("", text, Tone::Plain));
    findings
}

fn findings(session: &Session, found: &Found) -> Vec<Finding> {
    let mut findings = Vec::new();
    match (found.id, &found.requests[..]) {
        (Id::Trace(_), [request]) => findings.extend(of_one(request)),
        (Id::Trace(_), requests) => findings.extend(of_many(requests, found)),
        (Id::Connection(_), requests) => findings.extend(of_connection(requests, found)),
    }
    findings.extend(missing_connection(session, found));
    findings
}

/// `502`, and what took the time.
fn of_one(request: &Request) -> Vec<Finding> {
    let status = request.status.map_or("–".to_owned(), |status| format!("{status:03}"));
    let by = if request.is_targets() { "from the target" } else { "made by the load balancer" };
    let reason = request.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let target = request.target.as_ref().map(|target| format!(" {target}")).unwrap_or_default();
    let by = if request.is_targets() { format!("{by}{target}") } else { format!("{by} {}", request.load_balancer) };
    let tone = if request.failed() { Tone::Bad } else { Tone::Strong };
    let mut findings = vec![finding(&status, format!("{} for {}, {by}{reason}", request.what, request.client), tone)];
    findings.extend(took(request).map(|text| finding("took", text, Tone::Plain)));
    findings
}

/// `1,250 ms: 96 % the target, until it began to answer`
fn took(request: &Request) -> Option<String> {
    let elapsed = request.elapsed()?;
    if request.is_websocket() && request.status == Some(101) {
        let open = std::time::Duration::from_micros(elapsed.unsigned_abs());
        return Some(format!("a WebSocket, open for {}", human::elapsed(open)));
    }
    let parts = request
        .shares()
        .into_iter()
        .filter(|share| share.part >= 0.01)
        .map(|share| format!("{} {}", Value::Float(share.part).humane(Unit::Share), share.of));
    let parts: Vec<String> = parts.collect();
    Some(if parts.is_empty() { millis(elapsed) } else { format!("{}: {}", millis(elapsed), parts.join(" · ")) })
}

fn of_many(requests: &[Request], found: &Found) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (all, failed) = (found.of_requests, found.of_failed);
    let text = format!(
        "{} with this id, so it was handed on or tried again{}",
        human::plural(all, "request"),
        if failed > 0 { format!("; {} failed", human::count(failed)) } else { String::new() }
    );
    findings.push(finding("requests", text, if failed > 0 { Tone::Bad } else { Tone::Strong }));
    if let Some(slowest) = requests.iter().max_by_key(|request| request.elapsed()) {
        findings.extend(took(slowest).map(|text| finding("slowest", format!("{}, {text}", slowest.what), Tone::Plain)));
    }
    findings
}

fn of_connection(requests: &[Request], found: &Found) -> Vec<Finding> {
    let mut findings: Vec<Finding> = found.connections.iter().map(opened).collect();
    let (Some(first), Some(last)) = (requests.first(), requests.iter().map(|request| request.time).max()) else {
        let text = "none in this window: none was sent, none has ended yet, or they came later".to_owned();
        findings.push(finding("requests", text, Tone::Plain));
        return findings;
    };
    let from = first.received.unwrap_or(first.time);
    let client = if found.connections.is_empty() { format!(" from {}", first.client) } else { String::new() };
    let failed = found.of_failed;
    let text = format!(
        "{}{client}, {} to {} UTC{}",
        human::count(found.of_requests),
        of_day(from),
        of_day(last),
        if failed > 0 { format!("; {} failed", human::count(failed)) } else { String::new() }
    );
    findings.push(finding("requests", text, if failed > 0 { Tone::Bad } else { Tone::Strong }));
    // Of requests with others between them nobody knows the pauses.
    let all_shown = found.of_requests == requests.len() as u64;
    if let Some((number, pause)) = longest_pause(requests).filter(|(_, pause)| all_shown && *pause >= PAUSE) {
        let length = human::elapsed(std::time::Duration::from_micros(pause.unsigned_abs()));
        findings.push(finding("pause", format!("the longest was {length}, before request {number}"), Tone::Plain));
    }
    findings
}

/// Number of the request before which nothing was under way for longest, and how long.
fn longest_pause(requests: &[Request]) -> Option<(usize, i64)> {
    let mut busy_to = None;
    let mut longest: Option<(usize, i64)> = None;
    for (request, number) in requests.iter().zip(1..) {
        let begin = request.received.unwrap_or(request.time);
        let pause = busy_to.map_or(0, |busy_to: i64| begin - busy_to);
        if pause > longest.map_or(0, |(_, pause)| pause) {
            longest = Some((number, pause));
        }
        busy_to = Some(busy_to.map_or(request.time, |busy_to| busy_to.max(request.time)));
    }
    longest
}

fn opened(connection: &Connection) -> Finding {
    let tls = connection.tls.as_ref().map_or("without TLS".to_owned(), |tls| format!("with {tls}"));
    let handshake = connection
        .handshake
        .map_or(String::new(), |seconds| format!(", handshake {}", millis(super::story::micros(seconds))));
    let verify = connection.verify.as_ref().filter(|_| connection.failed());
    let (label, tone) = if verify.is_some() { ("failed", Tone::Bad) } else { ("opened", Tone::Strong) };
    let verify = verify.map(|verify| format!(": {verify}")).unwrap_or_default();
    finding(label, format!("{} UTC by {} {tls}{handshake}{verify}", of_day(connection.time), connection.client), tone)
}

/// Why the connection's begin is not told.
fn missing_connection(session: &Session, found: &Found) -> Option<Finding> {
    if !found.connections.is_empty() {
        return None;
    }
    let text = if !found.looked_for_connections && found.requests.iter().all(|it| it.connection.is_none()) {
        "the line has no connection id (AWS writes it since May 2024)".to_owned()
    } else if !found.looked_for_connections {
        "not looked for: standard input can be read once only".to_owned()
    } else {
        format!(
            "no line of connection logs from {} to {} UTC: it was opened before, or the load balancer writes no connection \
             logs",
            moment(session.span.start),
            moment(session.span.end)
        )
    };
    Some(finding("connection", text, Tone::Dim))
}

/// When, how long after the begin, what.
fn steps(found: &Found) -> Table {
    let events: Vec<Event> = timeline(&found.connections, &found.requests[..found.requests.len().min(STEPS_OF)]);
    let numbers = found.requests.len() > 1;
    let begin = found.requests.first().and_then(|it| it.received).or(events.first().map(|event| event.time));
    let mut columns = vec![
        Column { expendable: 1, ..Column::new("at", "UTC", Unit::Text) },
        Column::new("after", "AFTER, ms", Unit::Seconds),
    ];
    if numbers {
        columns.push(Column::new("request", "REQUEST", Unit::Code));
    }
    columns.extend([Column::new("what", "WHAT", Unit::Text), Column::new("detail", "", Unit::Text)]);
    let rows = events.into_iter().map(|event| {
        let after = begin.map_or(Value::Null, |begin| Value::Float(seconds(event.time - begin)));
        let mut values = vec![Value::Text(of_day(event.time)), after];
        if numbers {
            values.push(event.request.and_then(|number| i64::try_from(number).ok()).map_or(Value::Null, Value::Int));
        }
        values.extend([Value::Text(event.what.to_owned()), Value::Text(event.detail)]);
        Row { tone: event.tone, ..Row::new(values) }
    });
    Table { title: Some("What happened".to_owned()), columns, rows: rows.collect(), ..Table::default() }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds between lines fit into 53 bits")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

/// `02:51:08.123`
fn of_day(time: i64) -> String {
    Iso(time).to_string().chars().skip(11).take(12).collect()
}

fn notes(found: &Found, is_empty: bool) -> Option<Note> {
    if is_empty || found.requests.is_empty() {
        return None;
    }
    let mut parts = vec!["processing times have whole milliseconds: steps may be off by one".to_owned()];
    if found.requests.len() > STEPS_OF {
        parts.push(format!("steps of the first {STEPS_OF} requests only"));
    }
    Some(Note { label: "times".to_owned(), parts })
}

fn next(session: &Session, answer: &Answer, found: &Found) -> Vec<Next> {
    let flags = &session.question.flags;
    let mut next = Vec::new();
    if found.requests.is_empty() && found.connections.is_empty() {
        let Some(time) = found.id.time().filter(|time| !session.span.contains(time)) else { return next };
        let flags = [without(flags, &["--since", "--until"]), vec!["--around".to_owned(), typed(time)]].concat();
        next.push(report(["trace", found.id.text()], &flags, ""));
        return next;
    }
    let failed = found.requests.iter().position(Request::failed);
    if let Some(status) = failed.and_then(|index| found.requests[index].status) {
        next.push(report(["why", "--status", &status.to_string()], flags, "whether others failed the same way"));
    }
    let pod = found.pods.get(failed.unwrap_or(0)).and_then(Option::as_ref);
    next.extend(pod.map(of_pod).unwrap_or_default());
    match found.id {
        Id::Trace(_) => {
            let connection = found.requests.iter().find_map(|request| request.connection.clone());
            next.extend(connection.map(|id| report(["trace", &id], flags, "everything on its connection")));
        }
        Id::Connection(_) => {
            let trace = answer.rows().nth(failed.unwrap_or(0)).and_then(|row| Id::parse(row.text("trace_id")?).ok());
            let why = if failed.is_some() { "the first that failed" } else { "the first one" };
            next.extend(trace.map(|id| report(["trace", id.text()], flags, why)));
        }
    }
    next
}
