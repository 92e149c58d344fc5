//! Who has the failures, before what they look like: one client, route, host, user agent, zone or node of the load balancer has most of them, and all
//! others hardly any. Targets are compared with their siblings where the rules are (`spread`).

use std::net::IpAddr;

use super::phrases::percent;
use super::{Evidence, Label, Pattern, Verdict, patterns, restart, waiting};
use crate::output::document::{Unit, Value};
use crate::report::filter::Cidr;
use crate::report::findings::{Failures, Kind, Part, Surge};
use crate::report::why::bars::{FEW, as_number};
use crate::report::why::facts::Facts;
use crate::report::why::measure::stands_out;
use crate::report::why::rows::address;
use crate::report::why::rules::Family;

/// Targets in a network that make it one: two may have come next to each other by chance.
const ZONE: usize = 3;

/// The conclusion, if somebody has most of the failures.
pub(super) fn judge(facts: &Facts<'_>, evidence: &Evidence<'_>) -> Option<Verdict> {
    let looked = evidence.looked?;
    // Of what is left of several bursts nothing is known apart from them.
    if !facts.is_burst() && !facts.within.iter().all(|within| *within) {
        return None;
    }
    let of = failures(facts);
    let part = looked.whose(&of, |failures, requests| stands_out((failures, requests), (of.count, of.requests)));
    match part {
        Some(part) if is_told(facts, &part, evidence) => Some(concentrated(facts, &part, of.requests)),
        None if facts.is_burst() && is_of_targets(facts) => looked.surge(&of).map(|surge| surging(facts, &surge)),
        _ => None,
    }
}

fn failures<'f>(facts: &Facts<'f>) -> Failures<'f> {
    let answers = facts.causes.iter().map(|(cause, _)| (cause.status, cause.rule.id.ends_with("-from-target")));
    let traffic = facts.group.traffic.iter().zip(&facts.within).filter(|(_, within)| **within);
    Failures {
        elb: &facts.group.elb,
        target_group: facts.group.target_group.as_deref(),
        time: facts.first..facts.last,
        answers: answers.collect(),
        count: facts.failures,
        requests: traffic.map(|(requests, _)| requests).sum(),
    }
}

/// Whether it is about what targets do.
fn is_of_targets(facts: &Facts<'_>) -> bool {
    matches!(facts.family, Family::Connection | Family::Waiting | Family::Answered | Family::Lambda)
}

/// Whether naming it says more than naming targets. Those of a deployment have addresses that begin alike too.
fn is_told(facts: &Facts<'_>, part: &Part, evidence: &Evidence<'_>) -> bool {
    match part.kind {
        Kind::Target => false,
        // All logins come back by one route.
        Kind::Route => facts.family != Family::Login,
        Kind::Zone => targets_in(facts, &part.name) >= ZONE && restart::judge(facts, evidence).is_none(),
        _ => true,
    }
}

/// How many failing targets have an address in a network.
fn targets_in(facts: &Facts<'_>, network: &str) -> usize {
    let Ok(network) = network.parse::<Cidr>() else { return 0 };
    let is_in = |target: &str| address(target).parse::<IpAddr>().is_ok_and(|address| network.contains(address));
    facts.targets.iter().filter(|share| share.failures > 0 && is_in(share.name)).count()
}

fn concentrated(facts: &Facts<'_>, part: &Part, all_requests: u64) -> Verdict {
    let (pattern, who): (&'static Pattern, String) = match part.kind {
        Kind::Client => (patterns::ONE_CLIENT, format!("one client, {}", part.name)),
        Kind::ClientNetwork => (patterns::ONE_CLIENT, format!("clients of one network, {}", part.name)),
        Kind::Agent => (patterns::ONE_AGENT, format!("clients that call themselves {}", part.name)),
        Kind::Route => (patterns::ONE_ROUTE, format!("one route, {}", part.name)),
        Kind::Host => (patterns::ONE_HOST, format!("one host, {}", part.name)),
        Kind::Node => (patterns::ONE_NODE, format!("one node of the load balancer, {}", part.name)),
        Kind::Zone | Kind::Target => {
            let text = format!("the {} targets in {} (a zone?)", targets_in(facts, &part.name), part.name);
            (patterns::ONE_ZONE, text)
        }
    };
    let are_several = matches!(part.kind, Kind::Zone | Kind::ClientNetwork | Kind::Agent);
    let their = if are_several { "their" } else { "its" };
    let requests = part.of_requests * as_number(all_requests);
    let others = as_number(facts.failures - part.failures) / (as_number(all_requests) - requests).max(1.0);
    let cause = facts.main_cause();
    let reason = cause.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let text = format!(
        "{who}: {} of {their} requests fail, of all others {}: {}{reason}",
        percent(facts.rate(part.failures, requests)),
        percent(others),
        cause.rule.cause,
    );
    let sure = part.failures >= 2 * FEW && part.failures * 10 >= facts.failures * 8;
    let mut verdict = Verdict::new(if sure { Label::Likely } else { Label::Possible }, pattern, facts, text);
    verdict.who = Some(part.name.clone());
    if is_of_targets(facts) {
        verdict = waiting::timing(verdict.besides(aside(part.kind)), facts);
    }
    if part.kind == Kind::Node {
        verdict = verdict.missing("what is wrong with it: its subnet's routes, network ACL, or the node itself");
    }
    if part.kind == Kind::Client {
        verdict = verdict.missing("whether that address is a client's or a proxy's");
    }
    verdict
}

/// What would be seen if it were targets, or one.
fn aside(kind: Kind) -> &'static str {
    match kind {
        Kind::Zone | Kind::Target => "one sick target would be alone in its network",
        Kind::Route => "a sick target would fail on other routes too",
        Kind::Node => "targets that are at fault would fail through its other nodes too",
        _ => "a fault of targets would show with all clients alike",
    }
}

fn surging(facts: &Facts<'_>, surge: &Surge) -> Verdict {
    let rate = |rate: f64| Value::Float(if rate < 10.0 { rate } else { rate.round() }).humane(Unit::Number);
    let text = format!(
        "one client, {}, asks {} times a second then, otherwise {}: {} of the failures and {} of the requests are its own",
        surge.client,
        rate(surge.rate),
        rate(surge.usual),
        percent(surge.of_failures),
        percent(surge.of_requests),
    );
    let mut verdict = Verdict::new(Label::Likely, patterns::CLIENT_SURGE, facts, text)
        .besides(format!("requests of others fail too: {}", facts.main_cause().rule.cause))
        .missing("whether it asks because requests fail, or they fail because it asks");
    verdict.who = Some(surge.client.clone());
    verdict
}
