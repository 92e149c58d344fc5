//! Report `overview`: what is going on, from one scan. Load balancers, target groups and status codes are grouping sets
//! of the same statement.

use std::fmt::Write as _;

use anyhow::Result;

use super::answer::{Answer, AnswerRow};
use super::head::clock;
use super::plain;
use super::session::Session;
use crate::output::document::{Block, Document, Finding, Next, Tone, Unit, Value};
use crate::output::human;

/// A rate of 5xx above this is what the eye should find first.
const BAD: f64 = 0.01;
/// Rows of the smaller tables.
const FEW: usize = 10;

pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let answer = session.answer().await?;
    let mut document = plain::document(session, &answer);
    let Some(total) = plain::part(&answer, "total").next().filter(|total| total.count("requests") > 0) else {
        return Ok(document);
    };
    let findings = findings(session, &answer, total);
    document.blocks.insert(0, Block::Findings(findings));
    let notes = document.blocks.iter().position(|block| matches!(block, Block::Notes(_)));
    let at = notes.unwrap_or(document.blocks.len());
    for (part, heading) in [("status", "STATUS"), ("elb", "LOAD BALANCER")] {
        let mut table = plain::table_of(session, &answer, part, Some(FEW));
        if let Some(first) = table.columns.first_mut() {
            heading.clone_into(&mut first.heading);
        }
        table.total = None;
        document.blocks.insert(at, Block::Table(table));
    }
    document.next = next(session, total);
    Ok(document)
}

fn findings(session: &Session, answer: &Answer, total: AnswerRow) -> Vec<Finding> {
    let shown = |name: &str, unit| total.value(name).humane(unit);
    let finding = |label: &str, text: String, tone| Finding { label: label.to_owned(), text, tone };
    let mut findings = vec![finding("requests", rates(session, answer, total), Tone::Plain)];
    let errors = total.count("errors");
    let tone = if total.float("error_rate").is_some_and(|rate| rate > BAD) { Tone::Bad } else { Tone::Plain };
    let mut text = format!("{} ({})", human::count(errors), shown("error_rate", Unit::Share));
    if errors > 0 {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            ": {} made by the load balancer, {} by targets",
            shown("elb_5xx", Unit::Count),
            shown("target_5xx", Unit::Count)
        );
    }
    findings.push(finding("5xx", text, tone));
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let of_clients = total.count("client_errors") as f64 / total.count("requests").max(1) as f64;
    let of_clients = Value::Float(of_clients).humane(Unit::Share);
    findings.push(finding("4xx", format!("{} ({of_clients})", shown("client_errors", Unit::Count)), Tone::Plain));
    if total.float("target_p50").is_some() {
        let text = format!(
            "targets began to answer within {} ms (p50) and {} ms (p99); all in all {} ms and {} ms",
            shown("target_p50", Unit::Seconds),
            shown("target_p99", Unit::Seconds),
            shown("total_p50", Unit::Seconds),
            shown("total_p99", Unit::Seconds)
        );
        findings.push(finding("latency", text, Tone::Plain));
    }
    let text = format!("{} received, {} sent", shown("received", Unit::Bytes), shown("sent", Unit::Bytes));
    findings.push(finding("bytes", text, Tone::Plain));
    findings
}

/// `1,403,977: 390 a second, 512 at the peak from 13:40`
fn rates(session: &Session, answer: &Answer, total: AnswerRow) -> String {
    let step = super::parameters::seconds(session.bars.step);
    let delivered = session.delivered_to();
    // A bar that is not whole, at either end, says nothing of a rate.
    let is_whole =
        |start: &i64| *start >= session.span.start && start + session.bars.step <= delivered.min(session.span.end);
    let bars = plain::part(answer, "time").filter_map(|row| Some((plain::bucket(row)?, row.float("requests")?)));
    let bars: Vec<(i64, f64)> = bars.filter(|(start, _)| is_whole(start)).collect();
    let mut text = human::count(total.count("requests"));
    let Some((start, most)) = bars.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)) else { return text };
    #[expect(clippy::cast_precision_loss, reason = "there are few bars")]
    let mean = bars.iter().map(|(_, requests)| requests).sum::<f64>() / (bars.len() as f64 * step);
    let rate = |rate: f64| Value::Float(if rate < 10.0 { rate } else { rate.round() }).humane(Unit::Number);
    // Writing to a String cannot fail.
    let _ = write!(text, ": {} a second, {} at the peak from {}", rate(mean), rate(most / step), clock(start));
    text
}

fn next(session: &Session, total: AnswerRow) -> Vec<Next> {
    let flags = &session.question.flags;
    let command = |name: &str, why: &str| Next {
        command: format!("albstats report {name} {flags}").trim_end().to_owned(),
        why: why.to_owned(),
    };
    let mut next = Vec::new();
    if total.count("errors") > 0 {
        next.push(command("why", "why requests failed"));
    }
    next.push(command("latency", "who is slow"));
    next.push(command("paths", "by route"));
    next
}
