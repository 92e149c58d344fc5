//! What the two queries answer, as plain data, and what a reader has to know besides.

use std::collections::BTreeMap;
use std::ops::Range;

use super::rules::Rule;
use crate::report::pods::Pod;

/// A row of `queries/why.sql`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WhyRow {
    /// Load balancer, `app/<name>/<id>`; empty if the line has none.
    pub elb: String,
    /// ARN of the target group, if one was chosen.
    pub target_group: Option<String>,
    /// `address:port` of the target, if one was chosen ([`target`]).
    pub target: Option<String>,
    /// The pod that had the target's address then, if it is known.
    pub(in crate::report) pod: Option<Pod>,
    /// The cause; `None` for requests that did not fail, or whose failures were not asked for.
    pub rule: Option<&'static Rule>,
    /// Status code for the client, of failures.
    pub status: Option<i64>,
    /// The load balancer's own word for it: `LambdaUnhandled`, `0x7`, `BadHeader`.
    pub reason: Option<String>,
    /// Begin of the bar, microseconds since the epoch. `None`: over all targets and bars.
    pub bucket: Option<i64>,
    pub requests: u64,
    /// Time of the first, microseconds since the epoch.
    pub first: i64,
    /// Time of the last.
    pub last: i64,
    /// `X-Amzn-Trace-Id` of the first, or its connection's id.
    pub example: Option<String>,
    /// Time from request to answer, of failures.
    pub elapsed: Option<Elapsed>,
    /// How many a target answered.
    pub answers: u64,
    /// Seconds that targets took for these answers, together.
    pub answer_seconds: f64,
    pub clients: Option<Span>,
    /// URLs of failures, without query.
    pub places: Option<Span>,
}

/// Percentiles of the time from request to answer, seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elapsed {
    /// A tenth took no longer.
    pub p10: f64,
    /// Half took no longer.
    pub p50: f64,
    /// Nine tenths took no longer.
    pub p90: f64,
}

/// The smallest and the largest of some texts. If they are the same, all were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub low: String,
    pub high: String,
}

/// A row of `queries/why-health.sql`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthRow {
    /// Load balancer, `app/<name>/<id>`; empty in lines that lack it.
    pub elb: String,
    /// Name of the target group.
    pub target_group: String,
    /// `address:port` of the target, or ARN of a Lambda function.
    pub target: String,
    /// Why checks failed; `None` for checks that passed.
    pub failure: Option<String>,
    /// Begin of the bar, microseconds since the epoch.
    pub bucket: i64,
    pub checks: u64,
    /// Time of the first, microseconds since the epoch.
    pub first: i64,
    /// Time of the last.
    pub last: i64,
}

/// What is known besides the rows. Times are microseconds since the epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The window that was asked for.
    pub window: Range<i64>,
    /// From when on there are logs of the window.
    pub delivered_from: i64,
    /// Until when the logs are there. What comes later is not known, not over.
    pub delivered_to: i64,
    /// Whether the logs reach beyond the window.
    pub logs_go_on: bool,
    /// Length of a bar, as it was given to the query.
    pub bucket: i64,
    /// Status codes that were asked for, both included; `None` for all.
    pub statuses: Option<(i64, i64)>,
    /// How target groups are shown, by ARN; those that are not here are shown by their own name.
    pub names: BTreeMap<String, String>,
    /// Flags that choose the same rows, a word each, for commands to type next.
    pub flags: Vec<String>,
    /// How many causes are listed; 0 for all.
    pub top: usize,
}

impl Context {
    /// What begins where the first of its logs does.
    pub(super) fn begin(&self) -> &'static str {
        if self.delivered_from > self.window.start { "the logs begin" } else { "the window begins" }
    }

    /// What ends where the window ends.
    pub(super) fn end(&self) -> &'static str {
        if self.logs_go_on { "the window ends" } else { "the logs end" }
    }
}

impl Span {
    /// The one text, if it is one.
    pub fn single(&self) -> Option<&str> {
        (self.low == self.high).then_some(self.low.as_str())
    }
}

/// `address:port` of a target, as the rows have it; an address alone if the port is not known.
pub fn target(address: Option<&str>, port: Option<i64>) -> Option<String> {
    let address = address?;
    Some(port.map_or_else(|| address.to_owned(), |port| format!("{address}:{port}")))
}

/// The address of a target, without port; IPv6 is written without brackets.
pub(super) fn address(target: &str) -> &str {
    match target.rsplit_once(':') {
        Some((address, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => address,
        _ => target,
    }
}

/// The name of a target group, from its ARN: `…:targetgroup/NAME/ID`.
pub(super) fn group_name(arn: &str) -> &str {
    arn.split_once(":targetgroup/").and_then(|(_, rest)| rest.split('/').next()).unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_what_the_logs_name() {
        assert_eq!(group_name("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/k8s-a-b-0/12"), "k8s-a-b-0");
        assert_eq!(group_name("odd"), "odd");
        assert_eq!(address("10.0.0.1:80"), "10.0.0.1");
        assert_eq!(address("2600:1f18::29c8:8080"), "2600:1f18::29c8");
        assert_eq!(address("2600::"), "2600::");
        assert_eq!(address("odd"), "odd");
        assert_eq!(target(Some("2600::1"), Some(80)).as_deref(), Some("2600::1:80"));
        assert_eq!(target(Some("10.0.0.1"), None).as_deref(), Some("10.0.0.1"));
        assert_eq!(target(None, Some(80)), None);
    }
}
