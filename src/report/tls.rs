//! Report `tls`: which versions are in use, and who would be cut off if the old ones went.

use anyhow::Result;

use super::answer::Answer;
use super::draft::Draft;
use super::elements::{at, chart, finding, share};
use super::next::report;
use super::session::Session;
use crate::base::counts::tally;
use crate::output::document::{Document, Finding, Next, Tone};
use crate::output::{cut, human};
use crate::read::storage::elb_name;

/// What the statement calls requests without TLS.
const PLAIN: &str = "(no TLS)";
/// Versions that may go, newest first, as logs and as people write them.
const OLD: [(&str, &str); 3] = [("TLSv1.2", "TLS 1.2"), ("TLSv1.1", "TLS 1.1"), ("TLSv1", "TLS 1.0")];
/// Users that are named.
const NAMED: usize = 3;

/// A version in use.
#[derive(Debug, Clone, Default, PartialEq)]
struct Version {
    name: String,
    requests: u64,
    last_seen: Option<i64>,
    /// The most frequent of those who use it.
    users: Vec<(String, u64)>,
    /// Requests by bar.
    bars: Vec<(i64, u64)>,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let answer = session.answer().await?;
    let versions = versions(&answer);
    let mut draft = Draft::of(session, &answer);
    let said = findings(&versions, |time| at(time, &session.span));
    let series = versions.iter().map(|version| (version.name.as_str(), version.bars.clone()));
    let chart = chart(session, "Requests / {bucket}", series);
    let by = session.question.by().unwrap_or_default();
    draft.findings = said.into_iter().chain(without_newest(&answer, by)).collect();
    draft.charts.push(chart);
    draft.next.push(next(by, &session.question.flags));
    Ok(draft.document())
}

/// Oldest first, and requests without TLS last.
fn versions(answer: &Answer) -> Vec<Version> {
    let mut versions: Vec<Version> = Vec::new();
    for row in answer.part("version") {
        let name = row.text("protocol").unwrap_or(PLAIN);
        let index = versions.iter().position(|version| version.name == name).unwrap_or_else(|| {
            versions.push(Version { name: name.to_owned(), ..Version::default() });
            versions.len() - 1
        });
        let version = &mut versions[index];
        version.requests += row.count("requests");
        version.last_seen = version.last_seen.max(row.int("last_seen"));
        version.bars.extend(row.bucket().map(|time| (time, row.count("requests"))));
    }
    for row in answer.part("who") {
        let version = versions.iter_mut().find(|version| row.text("protocol") == Some(&version.name));
        if let (Some(version), Some(who)) = (version, row.text("who")) {
            version.users.push((who.to_owned(), row.count("requests")));
        }
    }
    versions.sort_by(|a, b| (a.name == PLAIN, &a.name).cmp(&(b.name == PLAIN, &b.name)));
    versions
}

/// Who breaks without each of the old versions.
fn findings(versions: &[Version], at: impl Fn(i64) -> String) -> Vec<Finding> {
    let all: u64 = versions.iter().map(|version| version.requests).sum();
    let over_tls = || versions.iter().filter(|version| version.name != PLAIN);
    let tls: u64 = over_tls().map(|version| version.requests).sum();
    let mut findings: Vec<Finding> = Vec::new();
    let mut unused = Vec::new();
    let mut broken_before = 0;
    for (limit, called) in OLD.into_iter().filter(|_| tls > 0) {
        let older: Vec<&Version> = over_tls().filter(|version| version.name.as_str() <= limit).collect();
        let broken: u64 = older.iter().map(|version| version.requests).sum();
        if broken == 0 {
            unused.push(called);
            continue;
        }
        if let (true, Some(same)) = (broken == broken_before, findings.last_mut()) {
            // Nobody used the version between.
            same.label = format!("{}/{}", same.label, called.trim_start_matches("TLS "));
            continue;
        }
        broken_before = broken;
        let last = older.iter().filter_map(|version| version.last_seen).max();
        let last = last.map(|time| format!(", the last at {}", at(time))).unwrap_or_default();
        let users = users(&older, broken);
        let users = if users.is_empty() { users } else { format!("; most by {users}") };
        let text = format!("{} would break ({} of those over TLS){last}{users}", requests(broken), share(broken, tls));
        findings.push(finding(&format!("without {called}"), text, Tone::Strong));
    }
    if !unused.is_empty() {
        let text = "nothing would break: no request used it or an older one";
        findings.push(finding(&format!("without {}", unused[0]), text, Tone::Plain));
    }
    let plain = all - tls;
    if tls == 0 && all > 0 {
        findings.push(finding("no TLS", format!("all {} came without TLS", requests(all)), Tone::Strong));
    } else if plain > 0 {
        let text =
            format!("{} came without TLS ({} of all), and are not counted above", requests(plain), share(plain, all));
        findings.push(finding("no TLS", text, Tone::Plain));
    }
    findings
}

fn requests(count: u64) -> String {
    human::plural(count, "request")
}

/// `curl/8.7.1 (41.0 %), okhttp/4.12.0 (20.1 %)`
fn users(versions: &[&Version], broken: u64) -> String {
    let users = tally(versions.iter().flat_map(|version| &version.users).map(|(name, count)| (name.as_str(), *count)));
    let texts = users.iter().take(NAMED).map(|(name, count)| format!("{} ({})", cut(name, 40), share(*count, broken)));
    texts.collect::<Vec<_>>().join(", ")
}

/// Load balancers of which no request used TLS 1.3: their security policy may lack it.
fn without_newest(answer: &Answer, by: &str) -> Option<Finding> {
    if by != "elb" {
        return None;
    }
    let over_tls = || answer.part("row").filter(|row| row.text("protocol") != Some(PLAIN));
    let has_newest = |elb: Option<&str>| {
        over_tls().any(|row| row.text("name") == elb && row.text("protocol").is_some_and(|it| it >= "TLSv1.3"))
    };
    let mut without: Vec<&str> =
        over_tls().filter(|row| !has_newest(row.text("name"))).filter_map(|row| row.text("name")).collect();
    without.sort_unstable();
    without.dedup();
    if without.is_empty() {
        return None;
    }
    let names: Vec<&str> = without.iter().map(|elb| elb_name(elb)).collect();
    let text = format!(
        "{}: no client used TLS 1.3 there, so the security policy of the listener likely lacks it, and clients may well know it",
        names.join(", ")
    );
    Some(finding("no TLS 1.3", text, Tone::Plain))
}

/// What to ask next about the same versions.
fn next(by: &str, flags: &[String]) -> Next {
    let (other, why) = match by {
        "host" => ("user_agent", "which programs they are"),
        "user_agent" => ("client", "where they are"),
        _ => ("host", "whom they ask for"),
    };
    report(["tls", "--by", other], flags, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(name: &str, requests: u64, users: &[(&str, u64)]) -> Version {
        let users = users.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        Version { name: name.to_owned(), requests, last_seen: Some(7), users, bars: Vec::new() }
    }

    fn said(versions: &[Version]) -> Vec<String> {
        let findings = findings(versions, |time| time.to_string());
        findings.into_iter().map(|finding| format!("{}: {}", finding.label, finding.text)).collect()
    }

    #[test]
    fn a_version_goes_with_those_before_it() {
        let versions = [
            version("TLSv1", 1, &[("old", 1)]),
            version("TLSv1.2", 39, &[("curl", 30), ("old", 9)]),
            version("TLSv1.3", 60, &[]),
            version(PLAIN, 100, &[]),
        ];
        assert_eq!(
            said(&versions),
            [
                "without TLS 1.2: 40 requests would break (40.0 % of those over TLS), the last at 7; most by curl (75.0 %), old (25.0 %)",
                "without TLS 1.1/1.0: 1 request would break (1.00 % of those over TLS), the last at 7; most by old (100 %)",
                "no TLS: 100 requests came without TLS (50.0 % of all), and are not counted above",
            ]
        );
    }

    #[test]
    fn what_nobody_uses_can_go() {
        assert_eq!(
            said(&[version("TLSv1.2", 1, &[]), version("TLSv1.3", 1, &[])]),
            [
                "without TLS 1.2: 1 request would break (50.0 % of those over TLS), the last at 7",
                "without TLS 1.1: nothing would break: no request used it or an older one"
            ]
        );
        assert_eq!(said(&[version(PLAIN, 5, &[])]), ["no TLS: all 5 requests came without TLS"]);
        assert_eq!(said(&[]), [""; 0]);
    }
}
