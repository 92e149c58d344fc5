//! Requests that were not answered in time, or whose clients did not wait: one target hangs, all wait for something they
//! share, one endpoint is slow, or clients give up.

use super::latency::{LatencyChange, Slower, change};
use super::phrases::{clock, percent, seconds};
use super::spread::{Doing, Spread, left, rest_is_alike, sick, spread};
use super::{Evidence, Label, Verdict, patterns, restart};
use crate::report::why::bars::as_number;
use crate::report::why::facts::Facts;
use crate::report::why::group::Cause;
use crate::report::why::measure::pile;
use crate::report::why::rows::Context;

const NO_CONNECTION: &[&str] = &["504-connect", "460-connecting"];
const CLIENT_LEFT: &[&str] = &["460-sending", "460-connecting", "460-waiting", "460-receiving"];

pub(super) fn judge(facts: &Facts<'_>, evidence: &Evidence<'_>) -> Vec<Verdict> {
    if let Some(verdict) = restart::judge(facts, evidence) {
        return vec![verdict];
    }
    let spread = spread(facts);
    if let Spread::Some(count) = spread {
        return one_hangs(facts, count, evidence);
    }
    if facts.part(&["504-connect"]) >= 0.5 && facts.part(NO_CONNECTION) >= 0.5 && matches!(spread, Spread::Alike) {
        let text = format!("targets cannot be reached: no connection to any of {} within 10 s", facts.targets.len());
        let verdict = Verdict::new(Label::Likely, patterns::UNREACHABLE, facts, text)
            .besides("one lost target would stand out")
            .missing("whether a security group or network ACL drops packets, or targets are too busy to accept: not in these logs");
        return vec![verdict];
    }
    let change = change(facts);
    if let LatencyChange::Slower(slower) = change {
        return vec![slow(facts, &slower, evidence.context)];
    }
    if facts.part(CLIENT_LEFT) >= 0.7 {
        return vec![clients(facts, change)];
    }
    vec![timeouts(facts, change)]
}

fn one_hangs(facts: &Facts<'_>, count: usize, evidence: &Evidence<'_>) -> Vec<Verdict> {
    let doing = if facts.part(NO_CONNECTION) >= 0.5 { Doing::IsAway } else { Doing::DoesNotAnswer };
    let mut verdict = sick(facts, count, evidence, &doing, "a slow dependency would slow all alike");
    if let Some((_, rate)) = rest_is_alike(facts, count) {
        verdict = verdict.besides(format!("against it: the others fail {} too, alike", percent(rate)));
    }
    vec![verdict]
}

/// Answers got slower: on all targets, or on some.
pub(super) fn slow(facts: &Facts<'_>, slower: &Slower, context: &Context) -> Verdict {
    let Slower { before, during, targets, compared, since } = *slower;
    let shared = compared >= 2 && as_number(targets as u64) >= 0.7 * as_number(compared as u64);
    // Where most targets are gone, those that are left may only have too much to do.
    let label = if shared && targets == compared && !facts.are_few_left() { Label::Likely } else { Label::Possible };
    let times = format!("mean {} before, {} now", seconds(before), seconds(during));
    let first = if since.saturating_add(facts.bars.time.step) <= facts.first {
        format!(", from {} on, before the first failure", clock(since, context))
    } else {
        String::new()
    };
    let text = if shared {
        format!(
            "something that all targets wait for (a database, another service): {targets} of {compared} answer slower ({times}){first}"
        )
    } else {
        format!("answers are slower ({times}){first}, but only on {targets} of {compared} targets that can be compared")
    };
    let mut verdict = Verdict::new(label, patterns::SLOW_DEPENDENCY, facts, text);
    if shared {
        verdict = verdict.besides("one sick target would be slow alone");
    }
    if let Some(place) = one_place(facts) {
        verdict = verdict.besides(format!("all at one URL: {place}"));
    }
    timing(left(verdict, facts), facts).missing("what they wait for: not in these logs")
}

fn clients(facts: &Facts<'_>, change: LatencyChange) -> Verdict {
    let leaving = facts.causes.iter().find(|(cause, _)| CLIENT_LEFT.contains(&cause.rule.id)).map(|(cause, _)| *cause);
    if let Some(time) = leaving.and_then(|cause| pile(cause.elapsed)) {
        let text = format!("clients give up after {}: their timeout is shorter than the answer takes", seconds(time));
        return Verdict::new(Label::Likely, patterns::CLIENT_TIMEOUT, facts, text)
            .besides("users who leave would do so at any time")
            .missing("whether the answer would have come");
    }
    let text = match leaving.and_then(|cause| cause.elapsed) {
        Some(elapsed) => format!("clients leave before the answer, half of them within {}", seconds(elapsed.p50)),
        None => "clients leave before the answer".to_owned(),
    };
    let verdict = Verdict::new(Label::Possible, patterns::CLIENTS_LEAVE, facts, text);
    match change {
        LatencyChange::No => {
            verdict.besides("answers are no slower than before: closed tabs, lost networks, cancelled requests")
        }
        _ if facts.is_burst() => {
            verdict.missing("whether answers were slower than usual: no quiet time in this window to compare with")
        }
        _ => verdict,
    }
}

fn timeouts(facts: &Facts<'_>, change: LatencyChange) -> Verdict {
    if let Some(place) = one_place(facts) {
        let text = format!("one endpoint does not answer in time: all {} at {place}", facts.failures);
        let verdict = Verdict::new(Label::Likely, patterns::SLOW_ENDPOINT, facts, text);
        return timing(verdict, facts);
    }
    let text = match change {
        LatencyChange::No => {
            "some requests get no answer in time while the others are answered as fast as before (a lock, a full pool?)"
        }
        _ => "requests get no answer in time",
    };
    let verdict = Verdict::new(Label::Possible, patterns::TIMEOUTS, facts, text);
    let verdict = if change == LatencyChange::Unknown && facts.is_burst() {
        verdict.missing("whether answers were slower than usual: no quiet time in this window to compare with")
    } else {
        verdict
    };
    timing(verdict, facts).missing("which endpoints: albstats report paths")
}

/// At which times requests end: the idle timeout shows where they pile up.
pub(super) fn timing(verdict: Verdict, facts: &Facts<'_>) -> Verdict {
    let of = |rule: &str| facts.causes.iter().find(|(cause, _)| cause.rule.id == rule).map(|(cause, _)| *cause);
    let piled = |cause: Option<&Cause>| cause.and_then(|cause| pile(cause.elapsed));
    let verdict = match piled(of("504-idle")) {
        Some(time) => verdict.besides(format!("504s pile up at {}: the load balancer's idle timeout", seconds(time))),
        None => verdict,
    };
    match piled(of("460-waiting")) {
        Some(time) => verdict.besides(format!("460s pile up at {}: the clients' own timeout", seconds(time))),
        None => verdict,
    }
}

/// The URL, if all failures have the same.
fn one_place<'f>(facts: &Facts<'f>) -> Option<&'f str> {
    let mut places = facts.causes.iter().map(|(cause, _)| cause.place.as_deref());
    let first = places.next()??;
    places.all(|place| place == Some(first)).then_some(first)
}
