//! Failures of the targets that came, all through their time: a new version that went wrong, where no inventory knows versions.

use super::phrases::{clock, noun, percent};
use super::{Evidence, Label, Verdict, patterns, restart, version};
use crate::report::why::bars::{FEW, as_number};
use crate::report::why::facts::{Facts, Share};
use crate::report::why::measure::stands_out;

/// The part of the failures that they must have.
const ALMOST_ALL: f64 = 0.9;

/// The conclusion, if several targets that came have almost all failures, and not only while they start.
pub(super) fn judge(facts: &Facts<'_>, evidence: &Evidence<'_>) -> Option<Verdict> {
    let all = || facts.targets.iter().chain(&facts.absent);
    let (new, others): (Vec<&Share<'_>>, Vec<&Share<'_>>) = all().partition(|share| restart::is_new(facts, share));
    let counts = |shares: &[&Share<'_>]| version::sum(shares.iter().map(|share| version::window_counts(facts, share)));
    let (own, theirs) = (counts(&new), counts(&others));
    let failing = new.iter().filter(|share| share.failures > 0).count();
    let failures: u64 = new.iter().map(|share| share.failures).sum();
    let most = new.iter().map(|share| share.failures).max().unwrap_or(0);
    let later: u64 = new.iter().map(|share| version::later_failures(facts, share)).sum();
    let is_several = failing >= 2 && as_number(most) < 0.7 * as_number(failures);
    let is_theirs = as_number(failures) >= ALMOST_ALL * as_number(facts.failures)
        && stands_out(own, version::sum([own, theirs].into_iter()));
    if !is_several || !is_theirs || as_number(later) < version::LATER * as_number(failures) {
        return None;
    }
    let from = new.iter().map(|share| share.alive.start).min().unwrap_or(0);
    let rate = |(failures, requests): (u64, u64)| percent(as_number(failures) / as_number(requests.max(1)));
    let text = format!(
        "the {} {}s that came from {} on: {} of their requests fail, of all others {}: {}",
        new.len(),
        noun(facts),
        clock(facts.bars.time.begin(from), evidence.context),
        rate(own),
        rate(theirs),
        facts.main_cause().rule.cause,
    );
    let label = if failures >= 2 * FEW { Label::Likely } else { Label::Possible };
    let mut verdict = Verdict::new(label, patterns::NEW_TARGETS, facts, text)
        .besides("a restart would fail only while targets start or go, what all share would fail on the others too")
        .missing("what was deployed: not in these logs");
    verdict.targets = new.iter().filter(|share| share.failures > 0).map(|share| share.name.to_owned()).collect();
    Some(verdict)
}
