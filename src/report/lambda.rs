//! Report `lambda`: what Lambda functions behind target groups fail of.
//!
//! Reasons: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes>.
//! The limit of a body, 1 MB either way: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>.

use anyhow::Result;

use super::answer::{Answer, AnswerRow};
use super::draft::Draft;
use super::elements::{finding, share};
use super::next;
use super::session::Session;
use crate::base::counts::tally;
use crate::output::document::{Document, Finding, Tone};
use crate::output::human;

/// What the statement calls requests without a reason.
const WELL: &str = "(none)";
/// Reasons that are explained.
const NAMED: usize = 3;

/// Requests of a function that ended for a reason, or for none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Ending {
    group: String,
    reason: String,
    requests: u64,
    errors: u64,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let answer = session.answer().await?;
    let mut draft = Draft::of(session, &answer);
    let endings = endings(&answer);
    if endings.is_empty() {
        return Ok(draft.document());
    }
    draft.findings = findings(&endings);
    let flags = &session.question.flags;
    if endings.iter().any(|it| it.errors > 0) {
        draft.next.push(next::report(["why"], flags, "why requests failed, rule by rule"));
    }
    draft.next.push(next::report(["latency"], flags, "beside other target groups"));
    Ok(draft.document())
}

fn endings(answer: &Answer) -> Vec<Ending> {
    let of = |row: AnswerRow| Ending {
        group: row.text("target_group").unwrap_or_default().to_owned(),
        reason: row.text("reason").unwrap_or(WELL).to_owned(),
        requests: row.count("requests"),
        errors: row.count("errors"),
    };
    answer.part("row").map(of).collect()
}

fn findings(endings: &[Ending]) -> Vec<Finding> {
    let all: u64 = endings.iter().map(|it| it.requests).sum();
    let mut groups: Vec<&str> = endings.iter().map(|it| it.group.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    let reasons = endings.iter().filter(|it| it.reason != WELL).map(|it| (it.reason.as_str(), it.requests));
    let reasons = tally(reasons);
    let failed: u64 = reasons.iter().map(|(_, requests)| requests).sum();
    let to = format!("{} to {}", human::plural(all, "request"), human::plural(groups.len() as u64, "target group"));
    let mut findings = vec![finding("requests", to, Tone::Plain)];
    if failed == 0 {
        findings.push(finding("failed", "none for a reason of Lambda's", Tone::Plain));
    } else {
        let text = format!("{} ({}) for a reason of Lambda's", human::count(failed), share(failed, all));
        findings.push(finding("failed", text, Tone::Strong));
    }
    for (reason, count) in reasons.iter().take(NAMED) {
        findings.push(finding("", format!("{reason} {}: {}", human::count(*count), meaning(reason)), Tone::Plain));
    }
    if reasons.len() > NAMED {
        findings.push(finding("", format!("{} more reasons", reasons.len() - NAMED), Tone::Dim));
    }
    let own: u64 = endings.iter().filter(|it| it.reason == WELL).map(|it| it.errors).sum();
    if own > 0 {
        let text = format!("{} that the functions answered themselves: their own logs say why", human::count(own));
        findings.push(finding("5xx", text, Tone::Plain));
    }
    findings.extend(too_large(&reasons));
    findings
}

/// Bodies above the limit, in either direction.
fn too_large(reasons: &[(&str, u64)]) -> Option<Finding> {
    let of = |reason: &str| reasons.iter().find(|(name, _)| *name == reason).map_or(0, |(_, count)| *count);
    let parts = [(of("LambdaRequestTooLarge"), "request body"), (of("LambdaResponseTooLarge"), "answer")];
    let said: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| human::plural(count, what)).collect();
    let said = said.join(" and ").replace("bodys", "bodies");
    (!said.is_empty()).then(|| finding("too large", format!("{said} over 1 MB: send them by way of S3"), Tone::Strong))
}

/// What a reason means, in a few words.
fn meaning(reason: &str) -> &'static str {
    match reason {
        "LambdaUnhandled" => "an error, memory or timeout; the function's own log says which",
        "LambdaThrottling" | "LambdaEC2ThrottledException" => "more calls at once than its concurrency allows",
        "LambdaInvalidResponse" => "the function's answer is not what a load balancer takes",
        "LambdaResponseTooLarge" => "an answer over 1 MB",
        "LambdaRequestTooLarge" => "a request body over 1 MB",
        "LambdaBadRequest" => "a request whose headers or body are not UTF-8",
        "LambdaConnectionTimeout" | "LambdaConnectionError" | "LambdaServiceException" | "LambdaUnhandledException" => {
            "Lambda itself failed or did not answer; the function is not at fault"
        }
        "LambdaAccessDenied" | "LambdaResourceNotFound" => "the load balancer may not call it, or it is not there",
        _ => "the function cannot be started as it is set up",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(group: &str, reason: &str, requests: u64, errors: u64) -> Ending {
        Ending { group: group.to_owned(), reason: reason.to_owned(), requests, errors }
    }

    #[test]
    fn failures_are_said_by_reason() {
        let endings = [
            of("a", WELL, 960, 7),
            of("a", "LambdaUnhandled", 3, 3),
            of("b", "LambdaUnhandled", 17, 17),
            of("b", "LambdaRequestTooLarge", 15, 0),
            of("b", "LambdaResponseTooLarge", 1, 1),
            of("b", "LambdaThrottling", 2, 2),
            of("b", "LambdaENILimitReachedException", 2, 2),
        ];
        let said: Vec<String> =
            findings(&endings).into_iter().map(|finding| format!("{}|{}", finding.label, finding.text)).collect();
        assert_eq!(
            said,
            [
                "requests|1,000 requests to 2 target groups",
                "failed|40 (4.00 %) for a reason of Lambda's",
                "|LambdaUnhandled 20: an error, memory or timeout; the function's own log says which",
                "|LambdaRequestTooLarge 15: a request body over 1 MB",
                "|LambdaENILimitReachedException 2: the function cannot be started as it is set up",
                "|2 more reasons",
                "5xx|7 that the functions answered themselves: their own logs say why",
                "too large|15 request bodies and 1 answer over 1 MB: send them by way of S3",
            ]
        );
        assert_eq!(findings(&[of("a", WELL, 1, 0)])[1].text, "none for a reason of Lambda's");
    }
}
