//! Report `incident`: one page for whoever was not there. What stands out, when, why, and whose requests and targets it
//! was; made of the documents of other reports, which read the logs one after another.

use std::ops::Range;

use alblog::time::{Date, Iso, MINUTE};
use anyhow::{Result, bail};

use super::answer::{Answer, AnswerRow};
use super::draft::Draft;
use super::elements::{at, finding, share};
use super::findings::{Finding as Found, Findings, answer_and_findings, data};
use super::head::moment;
use super::overview::stands_out;
use super::question::Question;
use super::session::Session;
use crate::ask::sql::{Condition, Scalar};
use crate::base::clock::time_of_day;
use crate::base::message::Message;
use crate::base::tables::Table as LogTable;
use crate::output::document::{Block, Column, Document, Finding, Mark, Next, Row, Table, Tone, Unit, Value};
use crate::output::human;

/// Time before and after the first finding that its tables show.
const AROUND: i64 = 5 * MINUTE;
/// Rows of its tables.
const TARGETS: usize = 8;
const ROWS: usize = 8;

/// What the sections about whose it was are about.
struct Scope<'f> {
    /// Column and value that choose the rows; none for all.
    only: Option<(&'static str, &'f str)>,
    /// What that is called.
    name: Option<&'f str>,
    time: Range<i64>,
    /// What the routes and clients are sorted by.
    order: &'static str,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`], and where the logs can be read once only.
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    if !session.reads_again() {
        bail!(
            Message::new("report incident reads the logs several times: standard input can be read once")
                .hint("save it to a file")
        );
    }
    let (answer, found) = answer_and_findings(session).await?;
    let mut draft = Draft::of(session, &answer);
    draft.title = match found.shown.first() {
        Some(first) => format!("Incident: {}", first.who),
        None => "Incident: nothing stands out".to_owned(),
    };
    draft.findings = stands_out(&found);
    draft.findings.extend(totals(session, &answer));
    draft.data = Some(data(session, &found));
    for chart in &mut draft.charts {
        chart.marks.extend(marks(&found));
    }
    draft.table = timeline(session, &found)?;
    let (charts, table) = (std::mem::take(&mut draft.charts), std::mem::take(&mut draft.table));
    let mut blocks = vec![Block::Findings(std::mem::take(&mut draft.findings))];
    blocks.push(Block::Heading("Timeline".to_owned()));
    blocks.extend(charts.into_iter().map(Block::Chart));
    blocks.push(Block::Table(table));
    let mut next = found.shown.iter().map(|one| one.next.clone()).collect::<Vec<_>>();
    if session.question.only_sql || answer.part("total").any(|total| total.count("requests") > 0) {
        let scope = scope(session, found.shown.first());
        for (name, title) in
            [("why", "Why requests failed"), ("targets", "Targets"), ("paths", "Routes"), ("clients", "Clients")]
        {
            let (title, section) = section(session, name, title, &scope).await?;
            blocks.push(Block::Heading(title));
            blocks.extend(section.blocks);
            next.extend(section.next.into_iter().take(1));
        }
    }
    next.push(this_page(session));
    let mut seen = Vec::new();
    next.retain(|one: &Next| {
        !seen.contains(&one.words) && {
            seen.push(one.words.clone());
            true
        }
    });
    let whole = draft.under_head_of(session).document();
    Ok(Document { blocks, next, ..whole })
}

/// A section: its title, and the document of the report that it is.
async fn section(session: &Session<'_>, name: &str, title: &str, scope: &Scope<'_>) -> Result<(String, Document)> {
    let conditions = |table: LogTable| -> Result<Vec<Condition>> {
        let mut conditions = (session.question.conditions)(table)?;
        let only = scope.only.filter(|_| table == LogTable::Requests && name != "why");
        conditions.extend(only.map(|(column, value)| Condition {
            sql: format!("{column} = :incident"),
            values: vec![("incident".to_owned(), Scalar::Text(value.to_owned()))],
        }));
        Ok(conditions)
    };
    let mut question = Question {
        conditions: &conditions,
        ..session.question.of_report(name, if name == "targets" { TARGETS } else { ROWS })?
    };
    let mut title = title.to_owned();
    if name != "why" {
        (question.since, question.until) = (Some(scope.time.start), Some(scope.time.end));
        if question.file.parameter("order").is_some() {
            question.typed.insert("order".to_owned(), scope.order.to_owned());
        }
        if let Some(of) = scope.name {
            title.push_str(" of ");
            title.push_str(of);
        }
        if scope.time != session.span {
            title.push_str(", ");
            title.push_str(&between(&scope.time));
        }
    }
    let section = session.other(&question);
    let document = match name {
        // What stands out is told above.
        "why" => Box::pin(super::why::of_failures(&section)).await?,
        _ => Box::pin(super::document(&section)).await?,
    };
    session.takes_statements_of(&section);
    Ok((title, document))
}

/// `10:55–11:16`, with days where it has several.
fn between(time: &Range<i64>) -> String {
    if Date::of(time.start) == Date::of((time.end - 1).max(time.start)) {
        format!("{}–{}", time_of_day(time.start), time_of_day(time.end))
    } else {
        format!("{} – {}", moment(time.start), moment(time.end))
    }
}

/// What the first finding is about: its target group or else its load balancer, a few minutes around it.
fn scope<'f>(session: &Session<'_>, first: Option<&'f Found>) -> Scope<'f> {
    let whole = session.delivered_of(&session.span);
    let Some(first) = first else {
        return Scope { only: None, name: None, time: session.span.clone(), order: "errors" };
    };
    let group =
        first.data.who("target_group_arn").map(|arn| (("target_group_arn", arn), first.data.who("target_group")));
    let elb = first.data.who("elb").map(|elb| (("elb", elb), elb.split('/').nth(1)));
    let (only, name) = group.or(elb).unzip();
    let time = (first.time.start - AROUND).max(whole.start)..(first.time.end + AROUND).min(whole.end);
    Scope { only, name: name.flatten(), time, order: if first.data.is_about_errors() { "errors" } else { "requests" } }
}

/// How many requests and 5xx, and when.
fn totals(session: &Session<'_>, answer: &Answer) -> Vec<Finding> {
    let Some(total) = answer.part("total").next() else { return Vec::new() };
    let (requests, errors) = (total.count("requests"), total.count("errors"));
    let when = |row: AnswerRow| {
        let (first, last) = (row.int("first_error")?, row.int("last_error")?);
        Some(format!(", from {} to {}", at(first, &session.span), at(last, &session.span)))
    };
    let text = format!(
        "{} ({}){}: {} made by the load balancer, {} by targets",
        human::count(errors),
        share(errors, requests),
        when(total).unwrap_or_default(),
        human::count(total.count("elb_5xx")),
        human::count(total.count("target_5xx")),
    );
    vec![finding("requests", human::count(requests), Tone::Plain), finding("5xx", text, Tone::Plain)]
}

/// Findings in charts: their numbers, and who.
fn marks(found: &Findings) -> Vec<Mark> {
    let mark = |(index, one): (usize, &Found)| Mark {
        from: one.time.start,
        until: Some(one.time.end),
        sign: (index + 1).to_string(),
        text: one.who.clone(),
    };
    found.shown.iter().enumerate().map(mark).collect()
}

/// What began when: findings and what was marked, in the order of time.
fn timeline(session: &Session<'_>, found: &Findings) -> Result<Table> {
    let mut rows: Vec<(i64, Row)> = Vec::new();
    for mark in (session.question.marks)(session.span.start)? {
        let row = vec![Value::Int(mark.from), Value::Null, Value::Text("mark".to_owned()), Value::Text(mark.text)];
        rows.push((mark.from, Row { tone: Tone::Strong, ..Row::new(row) }));
    }
    for (index, one) in found.shown.iter().enumerate() {
        let kind = format!("{} {}", index + 1, one.confidence.text());
        let what = Value::Text(one.sentence.clone());
        let row = vec![Value::Int(one.time.start), Value::Int(one.time.end), Value::Text(kind), what];
        rows.push((one.time.start, Row::new(row)));
    }
    rows.sort_by_key(|(time, _)| *time);
    let columns = vec![
        Column::new("from_time", "FROM", Unit::Time),
        Column::new("until_time", "UNTIL", Unit::Time),
        Column::new("kind", "KIND", Unit::Text),
        Column { spills: true, ..Column::new("what", "WHAT", Unit::Text) },
    ];
    Ok(Table {
        columns,
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        empty: Some("nothing stands out, and nothing was marked".to_owned()),
        ..Table::default()
    })
}

/// The command that makes this page.
fn this_page(session: &Session<'_>) -> Next {
    let question = session.question;
    let mut words: Vec<String> = ["albstats", "report", "incident"].map(str::to_owned).to_vec();
    words.extend_from_slice(&question.flags);
    // The window of a folder is known only now, and a folder grows.
    for (flag, is_open, time) in [
        ("--since", question.since.is_none(), session.span.start),
        ("--until", question.until.is_none(), session.span.end),
    ] {
        if is_open {
            words.extend([flag.to_owned(), Iso(time).to_string()]);
        }
    }
    words.extend(question.marked.iter().flat_map(|mark| ["--mark".to_owned(), mark.clone()]));
    Next::command(words).because("this page")
}
