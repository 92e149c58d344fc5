//! Report `clients`: who asks most, and whether the addresses are those of clients at all.
//!
//! Access logs hold the address that connected. Behind a CDN or a proxy that is the proxy's; the client's is in
//! `X-Forwarded-For`, which access logs do not have.

mod cdn;

use anyhow::Result;

use super::answer::{Answer, AnswerRow};
use super::draft::Draft;
use super::elements::{add_since, finding, share};
use super::findings::{Bad, Dimension, Looking, OfLog};
use super::session::Session;
use crate::output::document::{Document, Finding, Tone};
use crate::output::human;

/// Fewer requests than this say nothing about who asks.
const ENOUGH: u64 = 1000;
/// Somebody has one or two of these.
const PLATFORMS: f64 = 4.0;
/// So few addresses are no crowd of people.
const FEW: u64 = 3;

/// What there is to know about all clients together.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_field_names, reason = "named as the columns of the answer")]
struct Clients {
    requests: u64,
    /// How many there are; of many, more than are shown.
    clients: u64,
    /// Requests from private addresses (RFC 1918, fc00::/7).
    private: u64,
    /// Of the clients in the answer: requests from addresses whose user agents name four platforms or more, and how many
    /// addresses these are.
    shared: u64,
    sharing: u64,
    /// Requests of the user agent that CloudFront puts in place of the client's.
    cloudfront: u64,
    /// Of the clients in the answer: requests from published networks of CDNs, by CDN.
    cdns: Vec<(&'static str, u64)>,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let looking = Looking::only(&session.span, Some(Dimension::Client));
    let answer = session.answer_observed(&looking.observer()).await?;
    let mut draft = Draft::of(session, &answer);
    let looked = looking.done(session);
    let since = looked.since(Dimension::Client, OfLog::Requests, &[Bad::AsksMore, Bad::Fails]);
    let names = answer.part("row").map(|row| (String::new(), row.text("client").unwrap_or_default().to_owned()));
    add_since(&mut draft.table, "ASKS MORE, FAILS", names.map(|name| since.get(&name).cloned()).collect::<Vec<_>>());
    let first = match session.question.typed.get("order").map_or("requests", String::as_str) {
        "sent_bytes" => "most bytes sent to",
        "received_bytes" => "most bytes received from",
        "errors" => "most 5xx",
        "client_errors" => "most 4xx",
        "total_time" => "most time taken",
        "peak" => "most requests in a minute",
        _ => "most requests",
    };
    draft.title = format!("Clients, {first} first");
    draft.findings = findings(&clients(&answer));
    Ok(draft.document())
}

fn clients(answer: &Answer) -> Clients {
    let Some(total) = answer.part("total").next() else { return Clients::default() };
    let rows: Vec<AnswerRow> = answer.part("row").collect();
    let requests = |row: &AnswerRow| row.count("requests");
    let is_shared = |row: &&AnswerRow| row.float("platforms").is_some_and(|platforms| platforms >= PLATFORMS);
    let sharing: Vec<&AnswerRow> = rows.iter().filter(is_shared).collect();
    Clients {
        requests: total.count("requests"),
        clients: rows.len() as u64,
        private: total.count("private_requests"),
        shared: sharing.iter().map(|row| requests(row)).sum(),
        sharing: sharing.len() as u64,
        cloudfront: total.count("cloudfront_requests"),
        cdns: cdn::requests(rows.iter().filter_map(|row| Some((row.text("client")?, requests(row))))),
    }
}

/// Why the addresses may not be those of clients. Each rule takes half of all requests.
fn findings(found: &Clients) -> Vec<Finding> {
    let Clients { requests, clients, .. } = *found;
    let is_most = |part: u64| part > 0 && part * 2 >= requests;
    let mut reasons = Vec::new();
    if is_most(found.cloudfront) {
        let part = share(found.cloudfront, requests);
        reasons
            .push(format!("{part} of the requests have the user agent `Amazon CloudFront`, which CloudFront puts in"));
    }
    if is_most(found.cdns.iter().map(|(_, requests)| requests).sum()) {
        let named: Vec<String> = found
            .cdns
            .iter()
            .map(|(cdn, part)| format!("{cdn} ({} of the requests)", share(*part, requests)))
            .collect();
        reasons.push(format!("addresses are in the published networks of {}", named.join(", ")));
    }
    if is_most(found.shared) {
        reasons.push(format!(
            "{} of the requests come from {} whose user agents name four platforms or more",
            share(found.shared, requests),
            addresses(found.sharing),
        ));
    }
    if is_most(found.private) {
        let part = share(found.private, requests);
        reasons.push(format!(
            "{part} of the requests come from private addresses (RFC 1918, fc00::/7): a proxy, or callers inside the network"
        ));
    }
    if requests >= ENOUGH && (1..=FEW).contains(&clients) {
        reasons.push(format!("all {} requests come from {}", human::count(requests), addresses(clients)));
    }
    let mut findings: Vec<Finding> = Vec::new();
    for reason in reasons {
        findings.push(finding(if findings.is_empty() { "likely proxies" } else { "" }, reason, Tone::Strong));
    }
    if !findings.is_empty() {
        let text = "who is behind them is in X-Forwarded-For, which access logs do not have; the targets' logs may";
        findings.push(finding("", text, Tone::Dim));
    }
    findings
}

fn addresses(number: u64) -> String {
    if number == 1 { "one address".to_owned() } else { format!("{} addresses", human::count(number)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(found: &Clients) -> Vec<String> {
        findings(found).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn people_are_no_proxies() {
        let found =
            Clients { requests: 10_000, clients: 900, private: 4999, shared: 4000, sharing: 9, ..Clients::default() };
        assert_eq!(said(&found), [""; 0]);
        assert_eq!(said(&Clients { requests: 999, clients: 1, ..Clients::default() }), [""; 0]);
        assert_eq!(said(&Clients::default()), [""; 0]);
    }

    #[test]
    fn each_rule_says_what_it_saw() {
        let base = Clients { requests: 10_000, clients: 900, ..Clients::default() };
        for (found, text) in [
            (Clients { private: 5000, ..base.clone() }, "50.0 % of the requests come from private addresses"),
            (
                Clients { shared: 8000, sharing: 12, ..base.clone() },
                "80.0 % of the requests come from 12 addresses whose",
            ),
            (
                Clients { cloudfront: 10_000, ..base.clone() },
                "100 % of the requests have the user agent `Amazon CloudFront`",
            ),
            (
                Clients { cdns: vec![("Cloudflare", 4000), ("Fastly", 1000)], ..base.clone() },
                "addresses are in the published networks of Cloudflare (40.0 % of the requests), Fastly (10.0 %",
            ),
            (Clients { clients: 1, ..base.clone() }, "all 10,000 requests come from one address"),
            (Clients { clients: 3, ..base }, "all 10,000 requests come from 3 addresses"),
        ] {
            let said = said(&found);
            assert!(said[0].starts_with(text), "{said:?}");
            assert_eq!(said.len(), 2);
        }
    }
}
