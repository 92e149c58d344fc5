//! How failures are spread over targets: one of them, all alike, or neither. The same question for refused connections,
//! timeouts and errors that targets answer with; only the words differ.

use super::phrases::{list, noun, percent};
use super::{Evidence, Label, Verdict, patterns};
use crate::report::why::bars::{FEW, as_number};
use crate::report::why::facts::{Facts, Shape, Share};
use crate::report::why::health::Checks;
use crate::report::why::measure::{alike, outstanding, sums};
use crate::report::why::rows::address;

/// How failures are spread.
pub(super) enum Spread {
    /// So many targets from the front stand out.
    Some(usize),
    Alike,
    /// Only one target had requests.
    Single,
    /// No target was reached.
    None,
    Mixed,
}

pub(super) fn spread(facts: &Facts<'_>) -> Spread {
    match facts.targets.len() {
        0 => Spread::None,
        _ if facts.active() == 1 => Spread::Single,
        _ => match outstanding(&facts.targets) {
            Some(count) => Spread::Some(count),
            None if alike(&facts.targets) => Spread::Alike,
            None => Spread::Mixed,
        },
    }
}

/// The failing part of the requests of some targets in whole bars: of those that a burst is not about.
pub(super) fn rate_of(shares: &[Share<'_>]) -> f64 {
    let (failures, requests) = sums(shares);
    if requests == 0 { 0.0 } else { as_number(failures) / as_number(requests) }
}

/// `10.0.42.17`, or with port where several targets have one address; `cart-api-7d9f (10.0.42.17)` if its pod is known.
pub(super) fn short(share: &Share<'_>, facts: &Facts<'_>) -> String {
    let same = |other: &&Share<'_>| address(other.name) == address(share.name) && other.name != share.name;
    let place = if facts.targets.iter().any(|other| same(&other)) { share.name } else { address(share.name) };
    share.pod.map_or_else(|| place.to_owned(), |pod| format!("{} ({place})", pod.shown()))
}

/// What a sick target does, of one and of several, with `{}` for how many of its requests.
pub(super) enum Doing {
    Fails,
    AnswersErrors,
    DoesNotAnswer,
    IsAway,
}

impl Doing {
    fn text(&self, is_one: bool, rate: &str) -> String {
        let its = if is_one { "its" } else { "their" };
        let of = format!("{rate} of {its} requests");
        match (self, is_one) {
            (Self::Fails, true) => format!("fails {of}"),
            (Self::Fails, false) => format!("fail {of}"),
            (Self::AnswersErrors, true) => format!("answers {of} with errors"),
            (Self::AnswersErrors, false) => format!("answer {of} with errors"),
            (Self::DoesNotAnswer, true) => format!("does not answer {of}"),
            (Self::DoesNotAnswer, false) => format!("do not answer {of}"),
            (Self::IsAway, _) => format!("cannot be reached for {of}"),
        }
    }
}

/// One target, or a few, stand out. `aside` says what would be seen otherwise.
pub(super) fn sick(facts: &Facts<'_>, count: usize, evidence: &Evidence<'_>, doing: &Doing, aside: &str) -> Verdict {
    let (some, others) = facts.targets.split_at(count);
    let names: Vec<String> = some.iter().map(|share| short(share, facts)).collect();
    let (failures, _) = sums(some);
    let checks = checks_of(facts, some, evidence);
    let stays = stays(facts, some, checks.as_ref(), count == 1);
    let noun = noun(facts);
    let who = if count == 1 { format!("one sick {noun}") } else { format!("{count} sick {noun}s") };
    let does = doing.text(count == 1, &percent(facts.rate_of(some)));
    let text = format!("{who}, {}: {does}, {stays}", list(&names));
    let label = if failures >= 2 * FEW { Label::Likely } else { Label::Possible };
    let mut verdict = Verdict::new(label, patterns::SICK_TARGET, facts, text).besides(format!(
        "{aside}: the {} fail{} {}",
        if others.len() == 1 { "other one".to_owned() } else { format!("{} others", others.len()) },
        if others.len() == 1 { "s" } else { "" },
        percent(rate_of(others)),
    ));
    if checks.is_none() {
        verdict = verdict
            .missing(format!("health checks: none in these logs, so whether the {noun} fails them is not known"));
    }
    verdict.failures = failures;
    verdict.targets = some.iter().map(|share| share.name.to_owned()).collect();
    verdict
}

/// Whether it is still in service, and how it can be.
fn stays(facts: &Facts<'_>, some: &[Share<'_>], checks: Option<&Checks>, is_one: bool) -> String {
    let s = if is_one { "s" } else { "" };
    let end = facts.range().end;
    let requests_after = |share: &Share<'_>| share.alive.end >= end;
    if facts.is_burst() && !some.iter().any(requests_after) && facts.bars.delivered > end + 1 {
        return format!("then get{s} no more");
    }
    if matches!(facts.shape, Shape::Burst(edges) if !edges.ongoing) {
        return format!("then recover{s}");
    }
    match checks {
        Some(checks) if checks.failed == 0 => format!("yet pass{} all health checks", if is_one { "es" } else { "" }),
        Some(checks) if checks.failed < checks.all => {
            format!("yet pass{} enough checks to stay in", if is_one { "es" } else { "" })
        }
        Some(_) => format!("and fail{s} all health checks"),
        None => format!("yet stay{s} in"),
    }
}

/// The health checks of some targets from the begin of the failures on.
pub(in crate::report::why) fn checks_of(
    facts: &Facts<'_>,
    shares: &[Share<'_>],
    evidence: &Evidence<'_>,
) -> Option<Checks> {
    let range = facts.range();
    let times = facts.bars.time.begin(range.start)..facts.bars.time.begin(range.end);
    let of = |share: &Share<'_>| {
        evidence.health.of(&facts.group.elb, facts.group.target_group.as_deref(), share.name, &times)
    };
    shares.iter().filter_map(of).reduce(Checks::and)
}

/// Whether there are enough failures on each target to be sure that all fail alike.
pub(super) fn surely(facts: &Facts<'_>) -> Label {
    let each = as_number(facts.failures) / as_number(facts.targets.len().max(1) as u64);
    if each >= 3.0 { Label::Likely } else { Label::Possible }
}

/// What some targets leave to the others, if that is worth a word: as many failures as count, on all of them alike.
pub(super) fn rest_is_alike(facts: &Facts<'_>, count: usize) -> Option<(u64, f64)> {
    let others = &facts.targets[count..];
    let (failures, _) = sums(others);
    (failures >= FEW && alike(others)).then(|| (failures, rate_of(others)))
}

pub(super) fn only_one(facts: &Facts<'_>) -> Verdict {
    let share = &facts.targets[0];
    let text = format!(
        "{}: {} fails {} of its requests, and no other target had enough to compare with",
        facts.main_cause().rule.cause,
        short(share, facts),
        percent(facts.rate_of(&facts.targets[..1])),
    );
    let mut verdict = left(Verdict::new(Label::Unclear, patterns::ONE_TARGET_ONLY, facts, text), facts);
    verdict.targets = vec![share.name.to_owned()];
    verdict
}

/// How few targets get requests, if more did shortly before.
pub(super) fn left(verdict: Verdict, facts: &Facts<'_>) -> Verdict {
    if !facts.are_few_left() {
        return verdict;
    }
    let (active, before) = (facts.active(), facts.before());
    verdict.besides(format!("only {active} of the {before} targets that had requests shortly before get some then"))
}

pub(super) fn mixed(facts: &Facts<'_>) -> Verdict {
    let failing = facts.targets.iter().filter(|share| share.failures > 0).count();
    let text = format!(
        "{failing} of {} targets fail, neither few of them nor all alike: more than one cause, or none that the spread shows",
        facts.targets.len(),
    );
    Verdict::new(Label::Unclear, patterns::NO_PATTERN, facts, text)
}
