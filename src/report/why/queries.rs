//! Asks both queries and hands their answers on as plain rows.

use anyhow::Result;

use super::conclusions::draft;
use super::rows::{Context, Elapsed, HealthRow, Span, WhyRow, target};
use super::rules::find;
use crate::ask::sql::{OTHERS, Scalar};
use crate::base::tables::Table;
use crate::fleet::inventory::targets::Holders;
use crate::output::document::{Document, Finding, Note, Tone};
use crate::output::human;
use crate::report::answer::{Answer, AnswerRow};
use crate::report::findings::Looking;
use crate::report::folded::Folded;
use crate::report::parameters;
use crate::report::pods::{self, Pod};
use crate::report::session::Session;

/// Why requests failed, and what stands out besides.
pub(in crate::report) async fn document(session: &Session<'_>) -> Result<Document> {
    document_with(session, true).await
}

/// Why requests failed, where what stands out is told already.
pub(in crate::report) async fn of_failures(session: &Session<'_>) -> Result<Document> {
    document_with(session, false).await
}

async fn document_with(session: &Session<'_>, looks_besides: bool) -> Result<Document> {
    let looking = Looking::new(&session.span);
    let answer = session.answer_observed(&looking.observer()).await?;
    let mut looked = session.shows_rows().then(|| looking.done(session));
    // Standard input has been read by now; and checks of all targets would be no evidence about some requests.
    let has_checks = session.reads_again() && session.reaches(Table::HealthChecks);
    let health = if has_checks { session.part("why-health", []).await? } else { Answer::default() };
    let (rows, health) = (why_rows(&answer, session.question.holders), health_rows(&health));
    let context = context(session, &rows)?;
    // Who asks about some codes asks about nothing else.
    let standing = match &mut looked {
        Some(looked) if looks_besides && context.statuses.is_none() => looked.findings(session).await.shown,
        _ => Vec::new(),
    };
    let mut draft = draft(&rows, &health, &context, looked.as_ref(), &standing).under_head_of(session);
    draft.findings.extend(more_groups(&rows, &session.folded()));
    draft.notes.extend(pods::note(session, &answer));
    if !session.reaches(Table::HealthChecks) {
        let why = "not looked at: the flags that choose these requests say nothing of them".to_owned();
        draft.notes.push(Note { label: "health checks".to_owned(), parts: vec![why] });
    }
    Ok(draft.document())
}

/// Groups that were not looked at one by one, in one line.
fn more_groups(rows: &[WhyRow], folded: &[Folded]) -> Option<Finding> {
    let groups = folded.iter().find(|folded| folded.is_of("target_group_arn"))?.together();
    let is_others = |row: &&WhyRow| row.target_group.as_deref() == Some(OTHERS) || row.elb == OTHERS;
    let failed = rows.iter().filter(is_others).filter(|row| row.rule.is_some() && row.bucket.is_some());
    let failures: u64 = failed.map(|row| row.requests).sum();
    let text = format!(
        "about {} more target groups with {}: too many to look at one by one",
        human::count(groups),
        human::plural(failures, "failure")
    );
    Some(Finding { label: "more".to_owned(), text, tone: Tone::Dim })
}

fn context(session: &Session<'_>, rows: &[WhyRow]) -> Result<Context> {
    let question = session.question;
    let values = parameters::values(&question.file, &question.typed, &session.bars)?;
    let code = |name: &str| match values.get(name) {
        Some(Scalar::Int(code)) => Some(*code),
        _ => None,
    };
    let asked = question.typed.contains_key("status");
    let statuses = code("status_from").zip(code("status_to")).filter(|_| asked);
    let mut ids: Vec<&str> = rows.iter().filter_map(|row| row.target_group.as_deref()).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(Context {
        window: session.span.clone(),
        delivered_from: session.delivered_of(&session.span).start,
        delivered_to: session.delivered_to(),
        logs_go_on: session.logs_go_on(),
        bucket: session.bars.step,
        statuses,
        names: (question.names)(&ids),
        flags: question.flags.clone(),
        top: question.top,
    })
}

/// Rows of `queries/why.sql`.
pub(super) fn why_rows(answer: &Answer, holders: Option<&Holders>) -> Vec<WhyRow> {
    let row = |row: AnswerRow<'_>| WhyRow {
        elb: row.text("elb").unwrap_or_default().to_owned(),
        target_group: text(row, "target_group_arn"),
        target: target(row.text("target_ip"), row.int("target_port")),
        pod: pod(row, holders),
        rule: row.text("rule").and_then(find),
        status: row.int("status"),
        reason: text(row, "reason"),
        bucket: bucket(row),
        requests: row.count("requests"),
        first: row.int("first_time").unwrap_or_default(),
        last: row.int("last_time").unwrap_or_default(),
        example: text(row, "example"),
        elapsed: elapsed(row),
        answers: row.count("answers"),
        answer_seconds: row.float("answer_seconds").unwrap_or_default(),
        clients: span(row, "client_low", "client_high"),
        places: span(row, "place_low", "place_high"),
    };
    answer.rows().map(row).collect()
}

/// Rows of `queries/why-health.sql`.
pub(super) fn health_rows(answer: &Answer) -> Vec<HealthRow> {
    let row = |row: AnswerRow<'_>| {
        Some(HealthRow {
            elb: row.text("elb").unwrap_or_default().to_owned(),
            target_group: row.text("target_group").unwrap_or_default().to_owned(),
            target: text(row, "target")?,
            failure: text(row, "failure"),
            bucket: bucket(row)?,
            checks: row.count("checks"),
            first: row.int("first_time")?,
            last: row.int("last_time")?,
        })
    };
    answer.rows().filter_map(row).collect()
}

/// Whose the target's address was: of all requests of the row the same.
fn pod(row: AnswerRow<'_>, holders: Option<&Holders>) -> Option<Pod> {
    row.text(pods::COLUMN)?;
    let target = target(row.text("target_ip"), row.int("target_port"))?;
    pods::pod_at(holders, row.text("target_group_arn"), &target, row.int("last_time")?)
}

fn text(row: AnswerRow<'_>, name: &str) -> Option<String> {
    row.text(name).map(ToOwned::to_owned)
}

/// Begin of a bar: seconds in SQL, microseconds here.
fn bucket(row: AnswerRow<'_>) -> Option<i64> {
    row.int("bucket").map(|seconds| seconds.saturating_mul(1_000_000))
}

fn elapsed(row: AnswerRow<'_>) -> Option<Elapsed> {
    Some(Elapsed { p10: row.float("elapsed_p10")?, p50: row.float("elapsed_p50")?, p90: row.float("elapsed_p90")? })
}

fn span(row: AnswerRow<'_>, low: &str, high: &str) -> Option<Span> {
    Some(Span { low: text(row, low)?, high: text(row, high)? })
}
