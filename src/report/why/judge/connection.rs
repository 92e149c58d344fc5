//! Connections that targets refuse, close or answer wrongly: one of them is sick, they are being replaced, or all close
//! idle connections too early.

use super::phrases::{percent, seconds};
use super::spread::{Doing, Spread, mixed, only_one, rest_is_alike, sick, spread, surely};
use super::{Evidence, Label, Verdict, patterns, restart};
use crate::report::why::facts::{Facts, Shape};
use crate::report::why::measure::pile;

/// Rules of a connection that is gone before anything is answered.
const AT_ONCE: &[&str] = &["502-refused", "502-reset-fast", "502-reset-untimed"];
/// A burst that lasts for so many bars is no moment's trouble.
const LASTING: usize = 5;

pub(super) fn judge(facts: &Facts<'_>, evidence: &Evidence<'_>) -> Vec<Verdict> {
    if let Some(verdict) = restart::judge(facts, evidence) {
        return vec![verdict];
    }
    match spread(facts) {
        Spread::Some(count) => {
            let aside = if facts.part(AT_ONCE) >= 0.5 {
                "a keep-alive mismatch would hit all alike"
            } else {
                "a fault of the application would show on all alike"
            };
            let mut verdicts = vec![sick(facts, count, evidence, &Doing::Fails, aside)];
            if let Some((failures, rate)) = rest_is_alike(facts, count).filter(|_| facts.part(AT_ONCE) >= 0.8) {
                let text =
                    format!("a keep-alive mismatch besides: the others all fail {} of their requests", percent(rate));
                let mut verdict = Verdict::new(Label::Possible, patterns::KEEP_ALIVE, facts, text);
                verdict.failures = failures;
                verdicts.push(verdict);
            }
            verdicts
        }
        Spread::Alike => vec![all_alike(facts)],
        Spread::Single => vec![only_one(facts)],
        Spread::Mixed => vec![mixed(facts)],
        Spread::None => vec![super::application::as_ruled(facts)],
    }
}

fn all_alike(facts: &Facts<'_>) -> Verdict {
    let (targets, rate) = (facts.targets.len(), facts.rate_of(&facts.targets));
    let at_once = facts.part(AT_ONCE);
    if facts.part(&["502-handshake"]) >= 0.5 {
        let text = format!("targets cannot be reached: a TLS handshake with all {targets} takes 10 s");
        return Verdict::new(Label::Likely, patterns::UNREACHABLE, facts, text)
            .besides("one sick target would stand out");
    }
    if at_once >= 0.8 && rate < 0.1 {
        return keep_alive(facts, rate);
    }
    if at_once >= 0.5 && rate >= 0.3 {
        let text = format!("no target takes requests: all {targets} refuse or reset {} of them", percent(rate));
        return Verdict::new(Label::Likely, patterns::ALL_REFUSE, facts, text)
            .besides("a keep-alive mismatch would hit few of the requests")
            .missing("whether the process is down, the port wrong or a firewall in between: not in these logs");
    }
    if at_once < 0.5 {
        return all_close(facts, rate);
    }
    let text = format!("all {targets} targets alike refuse or reset {} of their requests", percent(rate));
    Verdict::new(Label::Possible, patterns::ALL_REFUSE, facts, text)
        .besides("more than a keep-alive mismatch usually does, less than a service that is down: overload?")
}

fn keep_alive(facts: &Facts<'_>, rate: f64) -> Verdict {
    let lasting = match facts.shape {
        Shape::Burst(edges) => edges.from_start || facts.range().len() >= LASTING,
        _ => true,
    };
    let refused = facts.part(&["502-refused"]);
    let label = if lasting && refused < 0.5 && rate < 0.05 { surely(facts) } else { Label::Possible };
    let text = format!(
        "keep-alive mismatch: all {} targets alike reset {} of their requests at once",
        facts.targets.len(),
        percent(rate),
    );
    let mut verdict = Verdict::new(label, patterns::KEEP_ALIVE, facts, text).besides("one sick target would stand out");
    if refused >= 0.5 {
        verdict = verdict
            .besides("against it: most were refused before they were sent, which points to targets too busy to accept");
    }
    if facts.is_burst() {
        verdict = verdict.besides("it begins within the window: was something deployed, or a timeout changed?");
    }
    verdict.missing("the timeouts of targets and load balancer: not in these logs")
}

fn all_close(facts: &Facts<'_>, rate: f64) -> Verdict {
    let (targets, cause) = (facts.targets.len(), facts.main_cause());
    let (label, text) = match (pile(cause.elapsed), cause.place.as_deref()) {
        (Some(time), _) => (
            Label::Likely,
            format!(
                "a timeout of the application: all {targets} targets close after {} ({} of requests)",
                seconds(time),
                percent(rate)
            ),
        ),
        (None, Some(_)) => {
            (Label::Likely, format!("one endpoint makes all {targets} targets close ({} of requests)", percent(rate)))
        }
        (None, None) => (
            Label::Possible,
            format!("all {targets} targets alike close while they answer ({} of requests)", percent(rate)),
        ),
    };
    Verdict::new(label, patterns::ALL_CLOSE, facts, text)
        .besides("one sick target would stand out; a keep-alive mismatch would reset at once")
        .missing("whether processes crash, are killed or end by a timeout: in the targets' own log")
}
