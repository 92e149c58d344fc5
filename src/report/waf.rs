//! Report `waf`: what AWS WAF blocked or could not judge, and what it perhaps should not have blocked.
//!
//! A request was blocked if WAF was the last of the actions:
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#actions-taken>. A
//! CAPTCHA is sent with 405, a challenge with 202, unless the web ACL answers otherwise:
//! <https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-how-it-works.html>.

use anyhow::Result;

use super::answer::{Answer, AnswerRow};
use super::draft::Draft;
use super::elements::{at, chart, finding, share};
use super::next;
use super::session::Session;
use crate::ask::sql::OTHERS;
use crate::base::counts::most_first;
use crate::output::document::{Chart, Document, Finding, Tone};
use crate::output::{cut, human};

/// Fewer others than this tell nothing of what is blocked among them.
const ENOUGH: u64 = 20;
/// Of others that mostly succeed, so many parts of ten do.
const MOSTLY: u64 = 9;
/// Suspicions that are named.
const NAMED: usize = 3;

/// What a row of the answer counts.
#[derive(Debug, Clone, Default, PartialEq)]
struct RowCounts {
    name: String,
    requests: u64,
    blocked: u64,
    others: u64,
    succeeded: u64,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let answer = session.answer().await?;
    let mut draft = Draft::of(session, &answer);
    draft.findings = findings(session, &answer);
    draft.charts.extend(over_time(session, &answer));
    let flags = &session.question.flags;
    let by = session.question.by().unwrap_or_default();
    let other = if by == "client" { "path" } else { "client" };
    let why = if other == "client" { "who was blocked" } else { "what was blocked" };
    draft.next.push(next::report(["waf", "--by", other], flags, why));
    Ok(draft.document())
}

fn over_time(session: &Session, answer: &Answer) -> Option<Chart> {
    let of = |count: &str| -> Vec<(i64, u64)> {
        answer.part("time").filter_map(|row| Some((row.bucket()?, row.count(count)))).collect()
    };
    let series = [("blocked", of("blocked")), ("WAF failed", of("waf_failed"))];
    let some: Vec<_> = series.into_iter().filter(|(_, counts)| counts.iter().any(|(_, count)| *count > 0)).collect();
    (!some.is_empty()).then(|| chart(session, "Requests / {bucket}", some))
}

fn findings(session: &Session, answer: &Answer) -> Vec<Finding> {
    let Some(total) = answer.part("total").next() else { return Vec::new() };
    if total.count("seen") + total.count("waf_failed") == 0 {
        let text = format!(
            "none of {} went through AWS WAF: the load balancers have no web ACL, or the flags leave those out",
            human::plural(total.count("requests"), "request")
        );
        return vec![finding("nothing", text, Tone::Strong)];
    }
    let mut findings = vec![blocked(session, total)];
    findings.extend(outcomes(answer, "blocked ", "answered"));
    findings.extend(failed(answer, total));
    let rows: Vec<RowCounts> = answer.part("row").map(row_counts).collect();
    let by = session.question.by().unwrap_or_default();
    findings.extend(suspicions(&rows, by));
    findings
}

fn blocked(session: &Session, total: AnswerRow) -> Finding {
    let seen = human::plural(total.count("seen"), "request");
    let blocked = total.count("blocked");
    if blocked == 0 {
        return finding("blocked", format!("none of {seen} that WAF saw"), Tone::Strong);
    }
    let time = |name: &str| total.int(name).map_or_else(|| "–".to_owned(), |time| at(time, &session.span));
    let text = format!(
        "{} of {seen} that WAF saw ({})   first {}   last {}",
        human::count(blocked),
        share(blocked, total.count("seen")),
        time("first_blocked"),
        time("last_blocked")
    );
    finding("blocked", text, Tone::Strong)
}

/// `403 912 · 405 12 (likely a CAPTCHA)`
fn outcomes(answer: &Answer, prefix: &str, label: &str) -> Option<Finding> {
    let outcomes = answer
        .part("outcome")
        .filter_map(|row| Some((row.text("outcome")?.strip_prefix(prefix)?, row.count("requests"))));
    let outcomes = most_first(outcomes);
    let said = outcomes.iter().map(|(status, count)| {
        let guess = match *status {
            "405" => " (likely a CAPTCHA)",
            "202" => " (likely a challenge)",
            "403" => "",
            _ => " (an answer of the web ACL's own)",
        };
        format!("{status} {}{guess}", human::count(*count))
    });
    let text = said.collect::<Vec<_>>().join(" · ");
    (!text.is_empty()).then(|| finding(label, text, Tone::Plain))
}

/// Requests that WAF could not judge, why, and what became of them.
fn failed(answer: &Answer, total: AnswerRow) -> Option<Finding> {
    let failed = total.count("waf_failed");
    if failed == 0 {
        return None;
    }
    let reasons = answer.part("outcome").filter_map(|row| Some((row.text("outcome")?, row.count("requests"))));
    let reasons = most_first(reasons.filter(|(reason, _)| !reason.starts_with("blocked ")));
    let reasons: Vec<String> =
        reasons.iter().map(|(reason, count)| format!("{reason} {}", human::count(*count))).collect();
    let open = total.count("failed_open");
    let text = format!(
        "could not judge {} ({}); {} of them went on to a target all the same (fail open), {} were answered by the load \
         balancer",
        human::plural(failed, "request"),
        reasons.join(" · "),
        human::count(open),
        human::count(failed - open)
    );
    Some(finding("WAF failed", text, Tone::Bad))
}

fn row_counts(row: AnswerRow) -> RowCounts {
    RowCounts {
        name: row.text("name").unwrap_or("–").to_owned(),
        requests: row.count("requests"),
        blocked: row.count("blocked"),
        others: row.count("others"),
        succeeded: row.count("succeeded"),
    }
}

/// What is blocked now and then although it succeeds as a rule: perhaps a rule that is too strict.
fn suspicions(rows: &[RowCounts], by: &str) -> Vec<Finding> {
    if matches!(by, "elb" | "host" | "method") {
        // So much comes together there that it tells nothing.
        return Vec::new();
    }
    let is_suspicious = |row: &&RowCounts| {
        row.name != OTHERS
            && row.blocked > 0
            && row.others >= ENOUGH
            && row.blocked < row.others
            && row.succeeded * 10 >= row.others * MOSTLY
    };
    let mut suspicious: Vec<&RowCounts> = rows.iter().filter(is_suspicious).collect();
    // The most blocked first: that is what hurts most if it is wrong.
    suspicious.sort_by(|a, b| b.blocked.cmp(&a.blocked).then(a.name.cmp(&b.name)));
    let mut findings: Vec<Finding> = Vec::new();
    for row in suspicious.iter().take(NAMED) {
        let text = format!(
            "{}: {} of {} blocked, of the others {} succeed",
            cut(&row.name, 60),
            human::count(row.blocked),
            human::plural(row.requests, "request"),
            share(row.succeeded, row.others)
        );
        findings.push(finding(if findings.is_empty() { "too strict?" } else { "" }, text, Tone::Plain));
    }
    if suspicious.len() > NAMED {
        findings.push(finding("", format!("{} more like these", suspicious.len() - NAMED), Tone::Dim));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_counts(name: &str, blocked: u64, others: u64, succeeded: u64) -> RowCounts {
        RowCounts { name: name.to_owned(), requests: blocked + others, blocked, others, succeeded }
    }

    fn suspects(rows: &[RowCounts], by: &str) -> Vec<String> {
        suspicions(rows, by).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn what_succeeds_as_a_rule_is_suspicious_when_blocked() {
        let rows = [
            row_counts("/api/orders", 12, 2988, 2930),
            row_counts("/wp-login.php", 50, 0, 0),
            row_counts("/.env", 9, 30, 2),
            row_counts("/few", 1, 19, 19),
            row_counts("/always", 100, 90, 90),
            row_counts("/never", 0, 500, 500),
            row_counts("/edge", 1, 20, 18),
        ];
        assert_eq!(
            suspects(&rows, "path"),
            [
                "/api/orders: 12 of 3,000 requests blocked, of the others 98.1 % succeed",
                "/edge: 1 of 21 requests blocked, of the others 90.0 % succeed"
            ]
        );
        assert_eq!(suspects(&rows, "elb"), [""; 0]);
    }

    #[test]
    fn only_some_suspicions_are_named() {
        let rows: Vec<RowCounts> =
            (0..5).map(|number| row_counts(&format!("/{number}"), 5 - number, 100, 100)).collect();
        let said = suspects(&rows, "client");
        assert_eq!((said.len(), said[3].as_str()), (4, "2 more like these"));
        assert!(said[0].starts_with("/0: 5 of 105"));
    }
}
