//! Report `redirects`: what the load balancer redirects, and whether clients arrive or go round in circles.

use anyhow::Result;
use std::fmt::Write as _;

use super::answer::{Answer, AnswerRow};
use super::draft::Draft;
use super::elements::{finding, share};
use super::session::Session;
use crate::ask::sql::OTHERS;
use crate::output::document::{Document, Finding, Tone};
use crate::output::{cut, human};

/// A host with fewer redirects than this may have no other requests by chance.
const ENOUGH: u64 = 20;
/// Hosts that are named.
const NAMED: usize = 3;

/// A host that redirects from http to https.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Host {
    name: String,
    /// Redirects from http to https.
    over_http: u64,
    /// Requests over https that were not redirected.
    over_https: u64,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let answer = session.answer().await?;
    let mut draft = Draft::of(session, &answer);
    let Some(total) = answer.part("total").next().filter(|total| total.count("requests") > 0) else {
        return Ok(draft.document());
    };
    let mut findings = vec![how_many(total)];
    findings.extend(loops(total.count("loops")));
    findings.extend(circles(&hosts(&answer)));
    draft.findings = findings;
    Ok(draft.document())
}

/// `962 of 36,000 requests (2.67 %), 927 of them from http to https on the same host (96.4 %), 35 to a login`
fn how_many(total: AnswerRow) -> Finding {
    let (redirects, others) = (total.count("requests"), total.count("others"));
    let secured = total.count("over_http");
    let all = redirects + others;
    let mut text =
        format!("{} of {} ({})", human::count(redirects), human::plural(all, "request"), share(redirects, all));
    if secured > 0 {
        let _ = write!(
            text,
            ", {} of them from http to https on the same host ({})",
            human::count(secured),
            share(secured, redirects)
        );
    }
    let logins = total.count("logins");
    if logins > 0 {
        let _ = write!(text, ", {} to a login", human::count(logins));
    }
    finding("redirected", text, Tone::Strong)
}

fn loops(count: u64) -> Option<Finding> {
    let text = format!(
        "{} to the very URL that was asked for: the rule matches what it redirects to",
        human::plural(count, "redirect")
    );
    (count > 0).then(|| finding("loop", text, Tone::Bad))
}

fn hosts(answer: &Answer) -> Vec<Host> {
    let host = |row: AnswerRow| Host {
        name: row.text("host").unwrap_or("(no host)").to_owned(),
        over_http: row.count("over_http"),
        over_https: row.count("over_https"),
    };
    // Many hosts together are none of which anything follows.
    answer.part("host").map(host).filter(|host| host.name != OTHERS).collect()
}

/// Hosts where many are redirected to https, and nobody arrives there.
fn circles(hosts: &[Host]) -> Vec<Finding> {
    let mut circles: Vec<&Host> =
        hosts.iter().filter(|host| host.over_http >= ENOUGH && host.over_https == 0).collect();
    circles.sort_by(|a, b| b.over_http.cmp(&a.over_http).then_with(|| a.name.cmp(&b.name)));
    let mut findings: Vec<Finding> = Vec::new();
    for host in circles.iter().take(NAMED) {
        let text = format!(
            "{}: {} from http to https, and no request over https arrived. TLS ends before the load balancer and they go \
             round in circles, or https is served elsewhere, or clients do not follow",
            cut(&host.name, 60),
            human::plural(host.over_http, "redirect")
        );
        findings.push(finding(if findings.is_empty() { "circle?" } else { "" }, text, Tone::Bad));
    }
    if circles.len() > NAMED {
        findings.push(finding("", format!("{} more hosts like these", circles.len() - NAMED), Tone::Dim));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, over_http: u64, over_https: u64) -> Host {
        Host { name: name.to_owned(), over_http, over_https }
    }

    #[test]
    fn where_nobody_arrives_may_be_a_circle() {
        let hosts = [host("a", 500, 1), host("b", 20, 0), host("c", 19, 0), host("d", 30, 0)];
        let said: Vec<String> = circles(&hosts).into_iter().map(|finding| finding.text).collect();
        assert_eq!(said.len(), 2);
        assert!(
            said[0].starts_with("d: 30 redirects from http to https, and no request over https arrived."),
            "{said:?}"
        );
        assert!(said[1].starts_with("b: 20 redirects"), "{said:?}");
        let many: Vec<Host> = (0..5).map(|number| host(&number.to_string(), 100, 0)).collect();
        assert_eq!(circles(&many).last().unwrap().text, "2 more hosts like these");
    }

    #[test]
    fn a_loop_is_said_if_there_is_one() {
        assert_eq!(loops(0), None);
        assert!(loops(1).unwrap().text.starts_with("1 redirect to the very URL"));
    }
}
