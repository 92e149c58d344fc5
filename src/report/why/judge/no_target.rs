//! Requests for which there was no target: the target group is empty, or was for a while, or is for some of them.

use super::phrases::{clock, noun, percent};
use super::{Evidence, Label, Verdict, application, patterns};
use crate::report::why::bars::as_number;
use crate::report::why::facts::{Facts, Shape};

pub(super) fn judge(facts: &Facts<'_>, evidence: &Evidence<'_>) -> Vec<Verdict> {
    if facts.part(&["503-no-target"]) < 0.5 {
        return vec![application::as_ruled(facts)];
    }
    // At its edges a burst shares bars with the time when there were targets.
    let range = facts.range();
    let inner = if range.len() >= 3 { range.start + 1..range.end - 1 } else { range.clone() };
    let bars = || inner.clone().filter(|&bar| facts.within[bar]);
    let reached: u64 = facts.group.targets.iter().flat_map(|target| bars().map(|bar| target.requests[bar])).sum();
    let all: u64 = bars().map(|bar| facts.group.requests[bar]).sum();
    let edges_only = range.len() < 3 && facts.is_burst() && none_while(facts);
    if edges_only || as_number(reached) <= 0.02 * as_number(all) {
        return vec![empty(facts, evidence)];
    }
    let text = format!(
        "some requests find no target ({} of all at that time) while others reach one",
        percent(facts.rate(facts.failures, as_number(facts.requests))),
    );
    let verdict = Verdict::new(Label::Possible, patterns::SOME_WITHOUT_TARGET, facts, text)
        .besides("an empty target group would leave no request a target")
        .missing("which zones have targets, and whether cross-zone is on: not in these logs");
    vec![verdict]
}

/// Whether no target had a request between the first and the last failure, as far as bars that short can tell: what was
/// reached was reached before or after.
fn none_while(facts: &Facts<'_>) -> bool {
    let targets = &facts.group.targets;
    targets.iter().all(|target| target.last <= facts.first || target.first >= facts.last)
}

fn empty(facts: &Facts<'_>, evidence: &Evidence<'_>) -> Verdict {
    let noun = noun(facts);
    let targets = &facts.group.targets;
    let before = targets.iter().filter(|target| target.first < facts.first);
    let last_before = before.clone().map(|target| last_request_before(facts, target)).max();
    let came = targets.iter().filter(|target| target.last > facts.last);
    let first_after = came.map(|target| first_request_after(facts, target)).min();
    let from = match last_before {
        Some(time) => {
            format!("the last request reached one of {} {noun}s at {}", before.count(), clock(time, evidence.context))
        }
        None => "no request reached one before, as far as this window goes".to_owned(),
    };
    let to = match (first_after, facts.shape) {
        (Some(time), _) => format!("; {noun}s are back at {}", clock(time, evidence.context)),
        (None, Shape::Burst(edges)) if edges.ongoing => {
            format!("; none is back where {}", evidence.context.end())
        }
        (None, _) => "; none is back".to_owned(),
    };
    let text = format!(
        "the target group is empty (scaled to zero, a selector that matches nothing, all replaced at once): {from}{to}"
    );
    let verdict = Verdict::new(Label::Likely, patterns::NO_TARGET_LEFT, facts, text);
    verdict
        .besides("unhealthy targets alone would not do this: if all are, the load balancer sends to all of them")
        .missing("why nothing is registered: not in these logs")
}

/// Time of the last request of a target before the failures, to the bar.
fn last_request_before(facts: &Facts<'_>, target: &crate::report::why::group::Target) -> i64 {
    if target.last <= facts.first {
        return target.last;
    }
    let bar = (0..=facts.bars.of(facts.first)).rev().find(|&bar| target.requests[bar] > 0).unwrap_or(0);
    facts.bars.time.begin(bar)
}

/// Time of the first request of a target after the failures, to the bar.
fn first_request_after(facts: &Facts<'_>, target: &crate::report::why::group::Target) -> i64 {
    if target.first >= facts.last {
        return target.first;
    }
    let from = facts.bars.of(facts.last);
    let bar = (from..facts.bars.time.count).find(|&bar| target.requests[bar] > 0).unwrap_or(from);
    facts.bars.time.begin(bar)
}
