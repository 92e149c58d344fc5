//! Report `health`: failed health checks per target, and requests that failed beside them.
//!
//! Asks two statements, one of each log; `group` draws conclusions, `bursts` and `reasons` help it.

mod bursts;
mod group;
mod reasons;

use std::collections::BTreeMap;

use anyhow::Result;

use super::answer::{Answer, AnswerRow};
use super::draft::Draft;
use super::elements::{chart, count_value, finding, share, share_value};
use super::next;
use super::pods::{self, Pod};
use super::session::Session;
use crate::ask::sql::OTHERS;
use crate::base::counts::tally;
use crate::output::document::{Chart, Column, Document, Finding, Row, Table, Tone, Unit, Value};
use crate::output::human;
use bursts::Bar;
use group::{Group, conclusions};

/// Where the columns about requests stand in the table.
pub(super) const REQUESTS_AT: usize = 6;

/// Requests of a target, or of several.
#[derive(Debug, Clone, Copy, Default)]
struct Requests {
    all: u64,
    errors: u64,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let checks = session.answer().await?;
    let requests = if session.reads_again() { session.part("health-requests", []).await? } else { Answer::default() };
    let has_checks = checks.part("row").next().is_some();
    let mut draft = Draft::of(session, &checks);
    let groups = groups(session, &checks, &requests);
    draft.findings = total_findings(session, &checks, &requests);
    let end = (session.span.end.min(session.delivered_to()), session.end_in_words());
    draft.findings.extend(conclusions(&groups, &session.span, end, &session.bars));
    draft.charts.extend(over_time(session, &checks, &requests));
    name_groups(session, &mut draft.table);
    add_requests(&mut draft.table, &requests);
    let pods: Vec<Option<Pod>> = checks.part("row").map(|row| pod(session, row)).collect();
    pods::add_columns(&mut draft.table, &pods);
    draft.notes.extend(pods::as_of(session).filter(|_| pods.iter().any(Option::is_some)));
    if !has_checks {
        draft.table.empty = Some("no health checks".to_owned());
        draft.table.total = None;
    }
    draft.more_tables.extend(reasons_table(&checks));
    if !has_checks {
        draft.more_tables.extend(targets_table(session, &requests));
    }
    let flags = &session.question.flags;
    draft.next.push(next::report(["why", "--status", "502-504"], flags, "why requests failed"));
    Ok(draft.document())
}

/// The pod that was checked, if it was the same throughout.
fn pod(session: &Session<'_>, row: AnswerRow) -> Option<Pod> {
    let at = |name: &str| {
        pods::pod_at(session.question.holders, row.text("target_group"), row.text("target")?, row.int(name)?)
    };
    let (first, last) = (at("first_check")?, at("last_check")?);
    (first.id() == last.id()).then_some(last)
}

/// How many failed, of checks and of requests.
fn total_findings(session: &Session, checks: &Answer, requests: &Answer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let total = checks.part("total").next().filter(|total| total.count("checks") > 0);
    if let Some(total) = total {
        let (all, failed) = (total.count("checks"), total.count("failed"));
        let text = if failed == 0 {
            format!("none of {} failed", human::count(all))
        } else {
            format!("{} of {} failed ({})", human::count(failed), human::count(all), share(failed, all))
        };
        findings.push(finding("checks", text, if failed > 0 { Tone::Bad } else { Tone::Strong }));
    } else {
        let text = "no line of health check logs; turn them on with the load balancer's attributes \
                    health_check_logs.s3.enabled, .bucket and .prefix; what requests tell follows";
        findings.push(finding("nothing", text, Tone::Strong));
    }
    match requests.part("total").next() {
        Some(total) => {
            let (all, errors) = (total.count("requests"), total.count("errors"));
            let statuses = ["502", "503", "504"].map(|status| (status, total.count(&format!("status_{status}"))));
            let statuses = statuses.iter().filter(|(_, count)| *count > 0);
            let statuses: Vec<String> =
                statuses.map(|(status, count)| format!("{status} {}", human::count(*count))).collect();
            let text = if errors == 0 {
                format!("none of {} was answered with 502, 503 or 504", human::count(all))
            } else {
                let (errors, whole) = (human::count(errors), share(errors, all));
                format!("{errors} of {} failed ({whole}): {}", human::count(all), statuses.join(" · "))
            };
            findings.push(finding("requests", text, if errors > 0 { Tone::Bad } else { Tone::Strong }));
        }
        None if !session.reads_again() => {
            findings.push(finding("requests", "not looked at: standard input can be read once only", Tone::Dim));
        }
        None => {}
    }
    findings
}

/// What both logs tell of each target group. Health check logs have its name only.
fn groups(session: &Session, checks: &Answer, requests: &Answer) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    // What is many things together is no target and no target group.
    let is_one = |row: &AnswerRow| row.text("target_group") != Some(OTHERS);
    let is_target = |row: &AnswerRow| is_one(row) && row.text("target") != Some(OTHERS);
    for row in checks.part("row").filter(is_target) {
        let group = of_name(&mut groups, row.text("target_group").unwrap_or_default());
        group.targets += 1;
        group.has_checks = true;
        if row.count("failed") > 0 {
            group.failing_targets += 1;
        }
        if row.count("failed") == row.count("checks") {
            group.never_well.push(row.text("target").unwrap_or_default().to_owned());
        }
    }
    for row in checks.part("reason").filter(is_one) {
        let group = of_name(&mut groups, row.text("target_group").unwrap_or_default());
        let reason = row.text("reason_code").unwrap_or_default();
        *group.reasons.entry(reason.to_owned()).or_default() += row.count("failed");
    }
    for row in checks.part("point").filter(is_one) {
        let group = of_name(&mut groups, row.text("target_group").unwrap_or_default());
        // Targets beyond those that are shown.
        group.has_checks = true;
        add(&mut group.checks, bar(row, "failed", ["first_failure", "last_failure"]));
    }
    for row in requests.part("point").filter(is_one) {
        let Some(arn) = row.text("target_group") else { continue };
        let name = crate::fleet::inventory::target_groups::target_group_name(arn).unwrap_or(arn);
        let group = of_name(&mut groups, name);
        group.arn = Some(arn.to_owned());
        add(&mut group.errors, bar(row, "errors", ["first_error", "last_error"]));
    }
    let ids: Vec<String> = groups.values().map(|group| group.arn.clone().unwrap_or(group.name.clone())).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let names = (session.question.names)(&ids);
    for group in groups.values_mut() {
        let id = group.arn.as_ref().unwrap_or(&group.name);
        group.shown = names.get(id).cloned().unwrap_or_else(|| group.name.clone());
    }
    groups.into_values().collect()
}

fn of_name<'g>(groups: &'g mut BTreeMap<String, Group>, name: &str) -> &'g mut Group {
    groups.entry(name.to_owned()).or_insert_with(|| Group { name: name.to_owned(), ..Group::default() })
}

fn bar(row: AnswerRow, count: &str, [first, last]: [&str; 2]) -> Option<Bar> {
    let bar = Bar { begin: row.bucket()?, count: row.count(count), first: row.int(first), last: row.int(last) };
    Some(bar).filter(|bar| bar.count > 0)
}

/// Adds a bar of one target to those of its group.
fn add(bars: &mut BTreeMap<i64, Bar>, new: Option<Bar>) {
    let Some(new) = new else { return };
    let bar = bars.entry(new.begin).or_insert(Bar { count: 0, ..new });
    bar.count += new.count;
    bar.first = [bar.first, new.first].into_iter().flatten().min();
    bar.last = bar.last.max(new.last);
}

/// Failed checks, and requests by status.
fn over_time(session: &Session, checks: &Answer, requests: &Answer) -> Option<Chart> {
    let of = |answer: &Answer, count: &str| -> Vec<(i64, u64)> {
        answer.part("point").filter_map(|row| Some((row.bucket()?, row.count(count)))).collect()
    };
    let series = [
        ("checks failed", of(checks, "failed")),
        ("502", of(requests, "status_502")),
        ("503", of(requests, "status_503")),
        ("504", of(requests, "status_504")),
    ];
    let all = series.iter().flat_map(|(_, counts)| counts).map(|(_, count)| count).sum::<u64>();
    let series = series.into_iter().filter(|(_, counts)| counts.iter().any(|(_, count)| *count > 0));
    (all > 0).then(|| chart(session, "Failures / {bucket}", series))
}

/// Shows names of target groups as everywhere else.
fn name_groups(session: &Session, table: &mut Table) {
    let ids: Vec<String> = table.rows.iter().filter_map(|row| text(row.values.first())).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let names = (session.question.names)(&ids);
    for row in &mut table.rows {
        let Some(id) = text(row.values.first()) else { continue };
        if let Some(shown) = names.get(&id).filter(|shown| **shown != id) {
            row.values[0] = Value::Name { shown: shown.clone(), id };
        }
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    match value {
        Some(Value::Text(text) | Value::Name { id: text, .. }) => Some(text.clone()),
        _ => None,
    }
}

/// Requests of each target beside its checks.
fn add_requests(table: &mut Table, requests: &Answer) {
    let mut by_target: BTreeMap<(String, String), Requests> = BTreeMap::new();
    for row in requests.part("row") {
        let (Some(arn), Some(target)) = (row.text("target_group"), row.text("target")) else { continue };
        let group = crate::fleet::inventory::target_groups::target_group_name(arn).unwrap_or(arn);
        let found = Requests { all: row.count("requests"), errors: row.count("errors") };
        // A check may go to another port than requests do.
        for target in [target, address(target)] {
            let sum = by_target.entry((group.to_owned(), target.to_owned())).or_default();
            sum.all += found.all;
            sum.errors += found.errors;
        }
    }
    let all = requests.part("total").next();
    let group = Some("REQUESTS".to_owned());
    let columns = [
        Column { group: group.clone(), expendable: 9, ..Column::new("requests", "ALL", Unit::Count) },
        Column { group, expendable: 3, ..Column::new("errors", "502–504", Unit::Count) },
    ];
    let at = REQUESTS_AT.min(table.columns.len());
    table.columns.splice(at..at, columns);
    for row in &mut table.rows {
        let key = text(row.values.first()).zip(text(row.values.get(1)));
        let found = key.and_then(|(group, target)| {
            let bare = address(&target).to_owned();
            by_target.get(&(group.clone(), target)).or_else(|| by_target.get(&(group, bare)))
        });
        let value = |of: fn(&Requests) -> u64| found.map_or(Value::Null, |found| count_value(of(found)));
        row.values.splice(at..at, [value(|it| it.all), value(|it| it.errors)]);
    }
    if let Some(total) = &mut table.total {
        let value = |name: &str| all.map_or(Value::Null, |all| count_value(all.count(name)));
        total.values.splice(at..at, [value("requests"), value("errors")]);
    }
    if let Some(more) = &mut table.more {
        more.values.splice(at..at, [Value::Null, Value::Null]);
    }
}

/// Without the port.
fn address(target: &str) -> &str {
    target.rsplit_once(':').map_or(target, |(address, _)| address)
}

/// What each reason means, and what to try.
fn reasons_table(checks: &Answer) -> Option<Table> {
    let failed = checks.part("reason").map(|row| (row.text("reason_code").unwrap_or_default(), row.count("failed")));
    let reasons = tally(failed);
    let all: u64 = reasons.iter().map(|(_, count)| count).sum();
    let rows = reasons.into_iter().map(|(reason, count)| {
        let (text, advice) = reasons::meaning(reason);
        Row {
            values: vec![Value::Text(reason.to_owned()), count_value(count), share_value(count, all)],
            under: vec![format!("{text}: {advice}")],
            ..Row::default()
        }
    });
    let columns = vec![
        Column::new("reason", "WHY", Unit::Text),
        Column::new("failed", "FAILED", Unit::Count),
        Column::new("share", "SHARE", Unit::Share),
    ];
    let rows: Vec<Row> = rows.collect();
    let title = Some("Why checks failed".to_owned());
    (!rows.is_empty()).then(|| Table { title, columns, rows, ..Table::default() })
}

/// What requests alone tell of targets.
fn targets_table(session: &Session, requests: &Answer) -> Option<Table> {
    let failed = || requests.part("row").filter(|row| row.count("errors") > 0);
    let mut ids: Vec<&str> = failed().filter_map(|row| row.text("target_group")).collect();
    ids.sort_unstable();
    ids.dedup();
    let names = (session.question.names)(&ids);
    let top = if session.question.top == 0 { usize::MAX } else { session.question.top };
    let row = |row: AnswerRow| {
        let group = match row.text("target_group") {
            Some(id) => match names.get(id) {
                Some(shown) => Value::Name { id: id.to_owned(), shown: shown.clone() },
                None => Value::Text(id.to_owned()),
            },
            None => Value::Text("(no target group)".to_owned()),
        };
        let target = row.text("target").map_or(Value::Null, |target| Value::Text(target.to_owned()));
        let counts = ["requests", "errors", "status_502", "status_503", "status_504"];
        let counts = counts.map(|name| count_value(row.count(name)));
        let times = ["first_error", "last_error"].map(|name| row.value(name));
        Row::new([group, target].into_iter().chain(counts).chain(times).collect())
    };
    let rows: Vec<Row> = failed().take(top).map(row).collect();
    let columns = vec![
        Column::new("target_group", "TARGET GROUP", Unit::Text),
        Column::new("target", "TARGET", Unit::Text),
        Column::new("requests", "REQUESTS", Unit::Count),
        Column::new("errors", "502–504", Unit::Count),
        Column { expendable: 5, ..Column::new("status_502", "502", Unit::Count) },
        Column { expendable: 4, ..Column::new("status_503", "503", Unit::Count) },
        Column { expendable: 3, ..Column::new("status_504", "504", Unit::Count) },
        Column { expendable: 1, ..Column::new("first_error", "FIRST", Unit::Time) },
        Column { expendable: 2, ..Column::new("last_error", "LAST", Unit::Time) },
    ];
    let title = Some("Targets whose requests failed".to_owned());
    (!rows.is_empty()).then(|| Table { title, columns, rows, ..Table::default() })
}
