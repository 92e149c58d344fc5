//! Failures by the version of the pods that have them: a rollout that went wrong. Only where an inventory knows whose addresses
//! were.

use std::collections::BTreeMap;

use super::phrases::{list, percent};
use super::{Label, Verdict, patterns};
use crate::output::human;
use crate::report::why::bars::{FEW, as_number};
use crate::report::why::facts::{Facts, Share};
use crate::report::why::measure::stands_out;
use crate::report::why::rules::Family;

/// So many of the failures are almost all.
const ALMOST_ALL: f64 = 0.95;
/// The part of its failures that pods must have in the second half of their time: others fail only while they start.
pub(super) const LATER: f64 = 0.25;

/// Failures and requests.
type Counts = (u64, u64);

/// The version that has the failures.
pub(super) struct Version<'f> {
    name: &'f str,
    /// How many failures there are, whoever has them.
    all: u64,
    /// While there are failures: its own, and those of all other versions.
    then: [Counts; 2],
    /// In the whole window: those of all other versions.
    others: Counts,
    other_names: Vec<&'f str>,
    /// Whether half of its failures or more are of pods that were not seen to have had the addresses then.
    is_presumed: bool,
    /// Its targets, most failures first.
    shares: Vec<&'f Share<'f>>,
}

/// The version that has all failures of a conclusion, or almost all, while others have, in the window, enough requests and next to
/// none.
pub(super) fn version<'f>(facts: &'f Facts<'_>) -> Option<Version<'f>> {
    if !matches!(facts.family, Family::Connection | Family::Waiting | Family::Answered) {
        return None;
    }
    let mut versions: BTreeMap<Option<&str>, Vec<&Share<'_>>> = BTreeMap::new();
    for share in facts.targets.iter().chain(&facts.absent) {
        versions.entry(share.pod.and_then(|pod| pod.version.as_deref())).or_default().push(share);
    }
    let known = || versions.iter().filter_map(|(name, shares)| Some(((*name)?, shares)));
    let then = |shares: &[&Share<'_>]| sum(shares.iter().map(|share| (share.failures, share.requests)));
    let (name, shares) = known().max_by_key(|(_, shares)| then(shares).0)?;
    // What is of no known version is of another one.
    let others = versions.iter().filter(|(other, _)| **other != Some(name)).flat_map(|(_, shares)| shares);
    let others: Vec<&Share<'_>> = others.copied().collect();
    let in_window = |shares: &[&Share<'_>]| sum(shares.iter().map(|share| window_counts(facts, share)));
    let (own, theirs) = (in_window(shares), in_window(&others));
    let found = Version {
        name,
        all: facts.failures,
        then: [then(shares), then(&others)],
        others: theirs,
        other_names: known().map(|(other, _)| other).filter(|other| *other != name).collect(),
        is_presumed: is_presumed(shares, then(shares).0),
        shares: shares.clone(),
    };
    // What never reached a target is of no version.
    let is_almost_all = as_number(found.then[0].0) >= ALMOST_ALL * as_number(facts.failures);
    let is_told = is_almost_all && !found.other_names.is_empty() && stands_out(own, sum([own, theirs].into_iter()));
    is_told.then_some(found)
}

/// Whether half of these failures or more are of pods that are presumed.
fn is_presumed(shares: &[&Share<'_>], failures: u64) -> bool {
    let presumed = shares.iter().filter(|share| share.pod.is_some_and(|pod| pod.is_presumed));
    let presumed: u64 = presumed.map(|share| share.failures).sum();
    presumed > 0 && 2 * presumed >= failures
}

pub(super) fn sum(counts: impl Iterator<Item = Counts>) -> Counts {
    counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// Failures of the family and requests of a target, in the whole window.
pub(super) fn window_counts(facts: &Facts<'_>, share: &Share<'_>) -> Counts {
    let requests = facts.group.targets.get(share.index).map_or(0, |target| target.requests.iter().sum());
    (failures_in(facts, share, |_| true), requests)
}

/// Failures of the family that a target has in some bars.
fn failures_in(facts: &Facts<'_>, share: &Share<'_>, is_in: impl Fn(usize) -> bool) -> u64 {
    let causes = facts.group.causes.iter().filter(|cause| cause.rule.family == facts.family);
    let cells = causes.flat_map(|cause| cause.cells.iter());
    let own = cells.filter(|((target, bar), _)| *target == Some(share.index) && is_in(*bar));
    own.map(|(_, cell)| cell.failures).sum()
}

/// The conclusion, if several of its pods fail, and not only while they start.
pub(super) fn judge(facts: &Facts<'_>) -> Option<Verdict> {
    let version = version(facts)?;
    let [own, others] = version.then;
    let failing: Vec<&&Share<'_>> = version.shares.iter().filter(|share| share.failures > 0).collect();
    let most = failing.first().map_or(0, |share| share.failures);
    let is_one_pods = failing.len() < 2 || as_number(most) >= 0.7 * as_number(own.0);
    let later: u64 = version.shares.iter().map(|share| later_failures(facts, share)).sum();
    let is_told_then = stands_out(own, sum(version.then.into_iter()));
    if is_one_pods || !is_told_then || as_number(later) < LATER * as_number(own.0) {
        return None;
    }
    // Whoever has the addresses now may not have had them then.
    let label = if own.0 >= 2 * FEW && !version.is_presumed { Label::Likely } else { Label::Possible };
    let rate = |(failures, requests): Counts| percent(as_number(failures) / as_number(requests.max(1)));
    let text = format!(
        "version {}: {} of the requests of its {} pods fail, of all others {}: {}",
        version.called(),
        rate(own),
        version.shares.len(),
        rate(others),
        facts.main_cause().rule.cause,
    );
    let mut verdict = Verdict::new(label, patterns::ONE_VERSION, facts, text)
        .besides(version.sentence())
        .besides("a sick pod would fail alone, what all share would fail with other versions too")
        .missing("what changed in that version: not in these logs");
    if version.is_presumed {
        verdict =
            verdict.missing("whether these pods (~) had the addresses then: no look at the cluster saw them have them");
    }
    verdict.targets = failing.iter().map(|share| share.name.to_owned()).collect();
    verdict.who = failing.first().and_then(|share| share.pod).map(|pod| {
        let workload = pod.workload.as_deref().unwrap_or(&pod.name);
        format!("{}/{workload} {}", pod.namespace, version.name)
    });
    Some(verdict)
}

impl Version<'_> {
    /// `1.42`, or `1.42 ~` where its pods are presumed.
    fn called(&self) -> String {
        let mark = if self.is_presumed { " ~" } else { "" };
        format!("{}{mark}", self.name)
    }

    /// `all 225 failures are on pods of version 1.42; 1.41: 12 of 9,000 requests`
    pub(super) fn sentence(&self) -> String {
        let (Self { all, others: (failed, requests), .. }, name) = (self, self.called());
        let own = self.then[0].0;
        let which = if own == *all {
            format!("all {} failures are", human::count(*all))
        } else {
            format!("{} of {} failures are", human::count(own), human::count(*all))
        };
        let whose = if self.shares.len() == 1 { "the only pod" } else { "pods" };
        format!(
            "{which} on {whose} of version {name}; {}: {} of {} requests",
            list(&self.other_names),
            human::count(*failed),
            human::count(*requests)
        )
    }
}

/// Failures of a target in the second half of the bars in which it had requests.
pub(super) fn later_failures(facts: &Facts<'_>, share: &Share<'_>) -> u64 {
    let middle = share.alive.start.midpoint(share.alive.end);
    failures_in(facts, share, |bar| bar > middle && facts.within.get(bar).copied().unwrap_or(false))
}
