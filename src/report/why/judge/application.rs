//! Failures whose cause the line names by itself: what targets answer, Lambda's reasons, logins, firewalls, requests that
//! cannot be handled. Only their spread and times are added.

use super::latency::{LatencyChange, change};
use super::phrases::{percent, seconds};
use super::spread::{Doing, Spread, mixed, only_one, sick, spread, surely};
use super::{Evidence, Label, Verdict, patterns, restart, waiting};
use crate::output::human;
use crate::report::why::bars::as_number;
use crate::report::why::facts::Facts;
use crate::report::why::measure::pile;
use crate::report::why::rules::Family;

pub(super) fn answered(facts: &Facts<'_>, evidence: &Evidence<'_>) -> Vec<Verdict> {
    if facts.part(&["4xx-from-target"]) >= 0.5 {
        return vec![as_ruled(facts)];
    }
    if let Some(verdict) = restart::judge(facts, evidence) {
        return vec![verdict];
    }
    let verdict = match (spread(facts), change(facts)) {
        (Spread::Some(count), _) => {
            sick(facts, count, evidence, &Doing::AnswersErrors, "a fault of the application would show on all alike")
        }
        (Spread::Single, _) => only_one(facts),
        (_, LatencyChange::Slower(slower)) => waiting::slow(facts, &slower, evidence.context),
        (Spread::Alike, _) => {
            let text = format!(
                "the application itself: all {} targets alike answer {} of their requests with errors",
                facts.targets.len(),
                percent(facts.rate_of(&facts.targets)),
            );
            let label = if is_everyday(facts) { Label::Possible } else { surely(facts) };
            Verdict::new(label, patterns::APPLICATION, facts, text)
                .besides("one sick target would stand out")
                .missing("why: in the targets' own log")
        }
        (Spread::None, _) => as_ruled(facts),
        (Spread::Mixed, _) => mixed(facts),
    };
    vec![verdict]
}

/// Whether failures are as few as those that nobody is called for: whatever they come from, they are not why somebody asks.
fn is_everyday(facts: &Facts<'_>) -> bool {
    const EVERYDAY: f64 = 0.01;
    facts.rate_of(&facts.targets) < EVERYDAY
}

pub(super) fn lambda(facts: &Facts<'_>, _: &Evidence<'_>) -> Vec<Verdict> {
    let verdict = if facts.part(&["lambda-failed"]) >= 0.5 {
        let failed = facts.causes.iter().find(|(cause, _)| cause.rule.id == "lambda-failed");
        if let Some(time) = failed.and_then(|(cause, _)| pile(cause.elapsed)) {
            let text = format!("the function's timeout: it fails after {} each time", seconds(time));
            Verdict::new(Label::Likely, patterns::FUNCTION_FAILS, facts, text)
                .besides("an exception would come at any time")
                .missing("that it is the timeout: the function's own log says `Task timed out`")
        } else {
            let text = "the function fails by itself: an exception, or it runs out of memory; this log has one reason for both";
            Verdict::new(Label::Likely, patterns::FUNCTION_FAILS, facts, text)
                .besides("at its timeout it would fail after the same time each time")
                .missing("which: the function's own log (`Runtime exited`, `signal: killed`, Max Memory Used)")
        }
    } else if facts.part(&["lambda-throttled"]) >= 0.5 {
        let text = "the function is throttled: more calls at once than its concurrency allows";
        Verdict::new(Label::Likely, patterns::FUNCTION_THROTTLED, facts, text)
            .missing("whose concurrency is exhausted, the function's or the account's: not in these logs")
    } else {
        as_ruled(facts)
    };
    vec![verdict]
}

/// Rules whose cause is a guess of the line alone.
const UNSURE: &[&str] = &["502-no-address", "503-no-group", "503-with-target", "504-no-address", "400-rejected"];

/// What the rule of most of them says.
pub(super) fn as_ruled(facts: &Facts<'_>) -> Verdict {
    let (cause, failures) = facts.causes[0];
    let reason = cause.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let most = if facts.causes.len() == 1 {
        String::new()
    } else {
        format!("; {} of {} that way", human::count(failures), human::count(facts.failures))
    };
    let says_it = facts.family != Family::Unknown
        && !UNSURE.contains(&cause.rule.id)
        && as_number(failures) >= 0.8 * as_number(facts.failures);
    let label = if says_it { Label::Likely } else { Label::Possible };
    let said = format!("{}{reason}{most}", cause.rule.cause);
    match cause.client.as_deref() {
        Some(client) => Verdict::new(label, patterns::ONE_CLIENT, facts, format!("one client, {client}: {said}"))
            .missing("whether that address is a client's or a proxy's"),
        None => Verdict::new(label, patterns::AS_RULED, facts, said),
    }
}
