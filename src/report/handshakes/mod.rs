//! Report `handshakes`: which TLS handshakes fail or are slow, what their codes mean, and whose they are.

mod codes;

use std::collections::BTreeMap;

use anyhow::Result;

use super::answer::{Answer, AnswerRow};
use super::draft::Draft;
use super::elements::{add_since, at, chart, count_value, finding, share, share_value};
use super::findings::{Bad, Dimension, Looking, OfLog};
use super::next::report;
use super::session::Session;
use crate::output::document::{Column, Document, Finding, Next, Row, Table, Tone, Unit, Value};
use crate::output::human;
use crate::read::storage::elb_name;
use codes::{BROKE_OFF, meaning};

/// Handshakes that take longer than this (p99, seconds) are worth a sentence.
const SLOW: f64 = 1.0;
/// Of fewer connections, percentiles tell little.
const ENOUGH: u64 = 100;

/// A client with so many failures is worth a look.
const REPEATED: u64 = 5;

/// How often a code was given, over all listeners.
#[derive(Debug, Clone, Default, PartialEq)]
struct Failure {
    code: String,
    count: u64,
    first: Option<i64>,
    last: Option<i64>,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let looking = Looking::new(&session.span);
    let answer = session.answer_observed(&looking.observer_of_connections()).await?;
    let mut draft = Draft::of(session, &answer);
    let looked = looking.done(session);
    let since = looked.since(Dimension::Listener, OfLog::Connections, &[Bad::Fails]);
    // Of a listener, whatever version of TLS.
    let listener = |row: AnswerRow| {
        (row.text("elb").unwrap_or_default().to_owned(), row.int("listener_port").unwrap_or_default().to_string())
    };
    let values = answer.part("row").map(|row| since.get(&listener(row)).cloned()).collect::<Vec<_>>();
    add_since(&mut draft.table, "FAILS MORE", values);
    let failures = failures(&answer);
    draft.findings = findings(session, &answer, &failures);
    if !failures.is_empty() {
        let bars = answer.part("point").filter_map(|row| Some((row.bucket()?, row.count("failures"))));
        draft.charts.push(chart(session, "Handshakes / {bucket}", [("failed", bars.collect())]));
    }
    let tables = [codes_table(&failures), certificates(session, &answer), clients(session, &answer)];
    draft.more_tables.extend(tables.into_iter().flatten());
    draft.next = next(session, &answer);
    Ok(draft.document())
}

/// By code, most first.
fn failures(answer: &Answer) -> Vec<Failure> {
    let mut by_code: BTreeMap<&str, Failure> = BTreeMap::new();
    for row in answer.part("code") {
        let code = row.text("code").unwrap_or(BROKE_OFF);
        let failure = by_code.entry(code).or_insert_with(|| Failure { code: code.to_owned(), ..Failure::default() });
        failure.count += row.count("failures");
        failure.first = [failure.first, row.int("first_failure")].into_iter().flatten().min();
        failure.last = failure.last.max(row.int("last_failure"));
    }
    let mut failures: Vec<Failure> = by_code.into_values().collect();
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    failures
}

fn findings(session: &Session, answer: &Answer, failures: &[Failure]) -> Vec<Finding> {
    let Some(total) = answer.part("total").next() else { return Vec::new() };
    let connections = total.count("connections");
    if connections == 0 {
        return vec![no_handshakes(total)];
    }
    let failed: u64 = failures.iter().map(|failure| failure.count).sum();
    let mut findings = vec![total_finding(session, total, failed, connections)];
    let certificates: u64 =
        failures.iter().filter(|failure| meaning(&failure.code).is_certificate).map(|failure| failure.count).sum();
    if certificates > 0 {
        let text = format!("{} of them for the client's certificate (mutual TLS)", human::count(certificates));
        findings.push(finding("", text, Tone::Plain));
    }
    if let Some(failure) = failures.first() {
        let text = format!("{}: {}; {}", failure.code, meaning(&failure.code).text, meaning(&failure.code).advice);
        findings.push(finding("mostly", text, Tone::Plain));
    }
    findings.extend(slow(answer));
    findings
}

fn no_handshakes(total: AnswerRow) -> Finding {
    let without = total.count("without_tls");
    let text = if without > 0 {
        format!("no connection to a listener with TLS: all {} were to listeners without", human::count(without))
    } else {
        "no line of connection logs; turn them on with the load balancer's attributes connection_logs.s3.enabled, .bucket \
         and .prefix"
            .to_owned()
    };
    finding("nothing", text, Tone::Strong)
}

fn total_finding(session: &Session, total: AnswerRow, failed: u64, connections: u64) -> Finding {
    let all = human::plural(connections, "handshake");
    if failed == 0 {
        return finding("failed", format!("none of {all}"), Tone::Strong);
    }
    let time = |name: &str| total.int(name).map_or_else(|| "–".to_owned(), |time| at(time, &session.span));
    let text = format!(
        "{} of {all} ({})   first {}   last {}",
        human::count(failed),
        share(failed, connections),
        time("first_failure"),
        time("last_failure")
    );
    finding("failed", text, Tone::Bad)
}

/// Listeners whose handshakes take long.
fn slow(answer: &Answer) -> Option<Finding> {
    let is_slow = |row: &AnswerRow| {
        row.count("connections") >= ENOUGH && row.float("handshake_p99").is_some_and(|p99| p99 >= SLOW)
    };
    let slow = answer.part("row").filter(is_slow).map(|row| {
        let elb = row.text("elb").unwrap_or("–");
        let p99 = row.value("handshake_p99").humane(Unit::Seconds);
        let port = row.value("listener_port").humane(Unit::Code);
        format!("{}:{port} {} p99 {p99} ms", elb_name(elb), row.text("tls_protocol").unwrap_or("–"))
    });
    let slow: Vec<String> = slow.collect();
    let text = format!("{} (far or slow clients, as the load balancer waits for theirs)", slow.join(", "));
    (!slow.is_empty()).then(|| finding("slow", text, Tone::Plain))
}

/// What each code means, and what to try.
fn codes_table(failures: &[Failure]) -> Option<Table> {
    let all: u64 = failures.iter().map(|failure| failure.count).sum();
    let columns = vec![
        Column::new("code", "WHY", Unit::Text),
        Column::new("failures", "FAILED", Unit::Count),
        Column::new("share", "SHARE", Unit::Share),
        Column { expendable: 1, ..Column::new("first_failure", "FIRST", Unit::Time) },
        Column { expendable: 2, ..Column::new("last_failure", "LAST", Unit::Time) },
    ];
    let rows = failures.iter().map(|failure| {
        let time = |time: Option<i64>| time.map_or(Value::Null, Value::Int);
        let meaning = meaning(&failure.code);
        Row {
            values: vec![
                Value::Text(failure.code.clone()),
                count_value(failure.count),
                share_value(failure.count, all),
                time(failure.first),
                time(failure.last),
            ],
            under: vec![format!("{}: {}", meaning.text, meaning.advice)],
            ..Row::default()
        }
    });
    let rows: Vec<Row> = rows.collect();
    let title = Some("Why handshakes failed".to_owned());
    (!rows.is_empty()).then(|| Table { title, columns, rows, ..Table::default() })
}

/// Client certificates that were refused.
fn certificates(session: &Session, answer: &Answer) -> Option<Table> {
    let columns = vec![
        Column { private: true, ..Column::new("subject", "CLIENT CERTIFICATE", Unit::Text) },
        Column::new("code", "WHY", Unit::Text),
        Column::new("failures", "FAILED", Unit::Count),
        Column { expendable: 1, ..Column::new("first_failure", "FIRST", Unit::Time) },
        Column { expendable: 2, ..Column::new("last_failure", "LAST", Unit::Time) },
        Column { expendable: 3, ..Column::new("elb", "LOAD BALANCER", Unit::Text) },
    ];
    of_part(session, answer, "subject", "Client certificates that were refused", columns)
}

/// Clients whose handshakes failed.
fn clients(session: &Session, answer: &Answer) -> Option<Table> {
    let columns = vec![
        Column::new("client", "CLIENT", Unit::Text),
        Column::new("failures", "FAILED", Unit::Count),
        Column { expendable: 1, ..Column::new("first_failure", "FIRST", Unit::Time) },
        Column { expendable: 2, ..Column::new("last_failure", "LAST", Unit::Time) },
        Column { expendable: 3, ..Column::new("elb", "LOAD BALANCER", Unit::Text) },
        Column { expendable: 4, ..Column::new("listener_port", "PORT", Unit::Code) },
    ];
    of_part(session, answer, "client", "Clients whose handshakes failed", columns)
}

/// A part of the answer as a table of its own, cut by the statement.
fn of_part(session: &Session, answer: &Answer, name: &'static str, title: &str, columns: Vec<Column>) -> Option<Table> {
    let of_elb = |id: &str| (session.question.names)(&[id]).remove(id);
    let cell = |row: AnswerRow, column: &Column| match row.value(&column.name) {
        Value::Text(id) if column.name == "elb" => match of_elb(&id) {
            Some(shown) => Value::Name { id, shown },
            None => Value::Text(id),
        },
        value => value,
    };
    let rows: Vec<Row> =
        answer.part(name).map(|row| Row::new(columns.iter().map(|column| cell(row, column)).collect())).collect();
    let all = answer.part(name).next().and_then(|row| usize::try_from(row.count("of_rows")).ok()).unwrap_or(0);
    let hidden = all.saturating_sub(rows.len());
    let more = (hidden > 0).then(|| {
        let mut values = vec![Value::Null; columns.len()];
        values[0] = Value::Text(format!("{} more (--top 0)", human::count(hidden as u64)));
        Row::new(values)
    });
    (!rows.is_empty()).then(|| Table { title: Some(title.to_owned()), columns, rows, more, ..Table::default() })
}

/// The client with the most failures, if it has several.
fn next(session: &Session, answer: &Answer) -> Vec<Next> {
    let flags = &session.question.flags;
    let worst =
        answer.part("client").next().filter(|row| row.count("failures") >= REPEATED).and_then(|row| row.text("client"));
    let of_client =
        worst.map(|client| report(["handshakes", "--client", client], flags, "the client with the most failures"));
    let versions = report(["tls"], flags, "which versions are in use");
    of_client.into_iter().chain([versions]).collect()
}
