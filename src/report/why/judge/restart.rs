//! Targets that come and go: a deployment, a restart, one that died.

use std::ops::Range;

use super::phrases::{clock, list, noun};
use super::spread::short;
use super::{Evidence, Label, Verdict, newcomers, patterns};
use crate::report::why::bars::as_number;
use crate::report::why::facts::{Facts, Share};
use crate::report::why::measure::outstanding;

/// A target of which this many requests would be expected, and none came, is gone.
const MISSED: f64 = 5.0;
/// The part of the failures that must lie where targets come or go.
const AT_EDGES: f64 = 0.6;

/// The conclusion, if targets come and go with the failures.
pub(super) fn judge(facts: &Facts<'_>, evidence: &Evidence<'_>) -> Option<Verdict> {
    if let Some(verdict) = newcomers::judge(facts, evidence) {
        return Some(verdict);
    }
    let all = || facts.targets.iter().chain(&facts.absent);
    let gone: Vec<&Share<'_>> = all().filter(|share| is_gone(facts, share)).collect();
    let new: Vec<&Share<'_>> = all().filter(|share| is_new(facts, share)).collect();
    let failures: u64 = facts.targets.iter().map(|share| share.failures).sum();
    let at_end: u64 = gone.iter().map(|share| failures_at(facts, share, &last_bars(facts, share))).sum();
    let at_begin: u64 = new.iter().map(|share| failures_at(facts, share, &first_bars(facts, share))).sum();
    if failures == 0 {
        return None;
    }
    // Where one target has most of the failures, it is that target, whatever was deployed around it.
    let alone = outstanding(&facts.targets) == Some(1);
    if !alone && gone.len() >= 2 && as_number(at_end + at_begin) >= AT_EDGES * as_number(failures) {
        return Some(replaced(facts, &gone, &new, at_end >= at_begin, evidence));
    }
    if let Some(verdict) = one_after_another(facts).filter(|_| !alone) {
        return Some(verdict);
    }
    let first = facts.targets.first()?;
    let left = failures_at(facts, first, &last_bars(facts, first));
    if alone && is_gone(facts, first) && as_number(left) >= AT_EDGES * as_number(first.failures) {
        return Some(one_gone(facts, first, &new, evidence));
    }
    None
}

/// No requests any more, although by what it had before some should have come while the logs go on.
fn is_gone(facts: &Facts<'_>, share: &Share<'_>) -> bool {
    let range = facts.range();
    let last = share.alive.end;
    let after = (last + 1)..facts.bars.delivered;
    let near = last + 1 >= range.start && last <= range.end;
    near && had_requests(facts, after.clone()) >= 2 && expected(facts, share, after.len()) >= MISSED
}

/// No requests before, although by what it has now some should have come.
pub(super) fn is_new(facts: &Facts<'_>, share: &Share<'_>) -> bool {
    let range = facts.range();
    let first = share.alive.start;
    // New ones may come well before those they replace go.
    let near = first + edge(facts).max(5) >= range.start && first <= range.end;
    near && had_requests(facts, 0..first) >= 2 && expected(facts, share, first) >= MISSED
}

fn had_requests(facts: &Facts<'_>, bars: Range<usize>) -> usize {
    bars.filter(|&bar| facts.group.requests.get(bar).is_some_and(|count| *count > 0)).count()
}

/// How many requests a target would have in so many bars, by what it has while it is there.
fn expected(facts: &Facts<'_>, share: &Share<'_>, bars: usize) -> f64 {
    let all: u64 = facts.group.targets[share.index].requests.iter().sum();
    let alive = (share.alive.end - share.alive.start + 1) as u64;
    as_number(all) / as_number(alive) * as_number(bars as u64)
}

/// How many bars the begin and the end of a target's life have.
fn edge(facts: &Facts<'_>) -> usize {
    (facts.bars.time.count / 12).max(2)
}

fn last_bars(facts: &Facts<'_>, share: &Share<'_>) -> Range<usize> {
    let end = share.alive.end + 1;
    end.saturating_sub(edge(facts))..end
}

fn first_bars(facts: &Facts<'_>, share: &Share<'_>) -> Range<usize> {
    share.alive.start..share.alive.start + edge(facts)
}

/// Failures of a target in these bars.
fn failures_at(facts: &Facts<'_>, share: &Share<'_>, edge: &Range<usize>) -> u64 {
    let causes = facts.group.causes.iter().filter(|cause| cause.rule.family == facts.family);
    causes
        .flat_map(|cause| cause.cells.iter())
        .filter(|((target, bar), _)| *target == Some(share.index) && edge.contains(bar) && facts.within[*bar])
        .map(|(_, cell)| cell.failures)
        .sum()
}

fn replaced(
    facts: &Facts<'_>,
    gone: &[&Share<'_>],
    new: &[&Share<'_>],
    old_fail: bool,
    evidence: &Evidence<'_>,
) -> Verdict {
    let ends: Vec<usize> = gone.iter().map(|share| share.alive.end).collect();
    let (first, last) = (ends.iter().min().copied().unwrap_or(0), ends.iter().max().copied().unwrap_or(0));
    let noun = noun(facts);
    let manner = if last - first >= 2 { "one after another" } else { "at about the same time" };
    let which = if old_fail {
        "requests fail on those that go: they stop before they are out of the target group"
    } else {
        "requests fail on those that come: they get requests before they are ready"
    };
    let from = facts.bars.time.begin(first);
    let (what, come, label) = match new.len() {
        0 => ("a restart, or scaling down", "none comes".to_owned(), Label::Possible),
        count => ("a rolling restart or deployment", format!("{count} come"), Label::Likely),
    };
    let text =
        format!("{what}: {} {noun}s go {manner} from {}, {come}; {which}", gone.len(), clock(from, evidence.context));
    let mut verdict = Verdict::new(label, patterns::ROLLING_RESTART, facts, text)
        .besides("a sick target would stay, a keep-alive mismatch would hit those that stay too")
        .missing("what was deployed: not in these logs");
    verdict.targets =
        gone.iter().chain(new).filter(|share| share.failures > 0).map(|share| share.name.to_owned()).collect();
    verdict
}

/// The same targets, each failing for a while of its own.
fn one_after_another(facts: &Facts<'_>) -> Option<Verdict> {
    let failing: Vec<&Share<'_>> = facts.targets.iter().filter(|share| share.failures >= 3).collect();
    let counted: u64 = failing.iter().map(|share| share.failures).sum();
    let all: u64 = facts.targets.iter().map(|share| share.failures).sum();
    if failing.len() < 3 || as_number(counted) < 0.8 * as_number(all) {
        return None;
    }
    // At least a second each: failures of one moment have no length.
    let between = |from: i64, to: i64| (i128::from(to) - i128::from(from)).max(1_000_000);
    let length = |share: &&Share<'_>| between(share.first_failure, share.last_failure);
    let from = failing.iter().map(|share| share.first_failure).min()?;
    let to = failing.iter().map(|share| share.last_failure).max()?;
    let whole = between(from, to);
    let together: i128 = failing.iter().map(length).sum();
    if together * 10 > whole * 13 || failing.iter().any(|share| length(share) * 2 > whole) {
        return None;
    }
    let names: Vec<String> = failing.iter().map(|share| short(share, facts)).collect();
    let noun = noun(facts);
    let text = format!(
        "a rolling restart: {} {noun}s fail one after another, each for a while of its own ({})",
        failing.len(),
        list(&names),
    );
    let verdict = Verdict::new(Label::Likely, patterns::ROLLING_RESTART, facts, text);
    Some(verdict.besides("a sick target would fail alone").missing("what was restarted or deployed: not in these logs"))
}

fn one_gone(facts: &Facts<'_>, share: &Share<'_>, new: &[&Share<'_>], evidence: &Evidence<'_>) -> Verdict {
    let when = clock(facts.group.targets[share.index].last, evidence.context);
    let follows = match new {
        [] => String::new(),
        [one] => format!(", and {} comes", short(one, facts)),
        more => format!(", and {} others come", more.len()),
    };
    let text = format!(
        "one {}, {}, went away while it had requests: its last one was at {when}{follows}",
        noun(facts),
        short(share, facts),
    );
    let mut verdict = Verdict::new(Label::Likely, patterns::TARGET_GONE, facts, text)
        .besides("a sick target would go on failing")
        .missing("whether it crashed, was killed or was replaced: not in these logs");
    verdict.failures = share.failures;
    verdict.targets = vec![share.name.to_owned()];
    verdict
}
