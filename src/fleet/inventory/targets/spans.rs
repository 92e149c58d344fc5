//! From what looks told to who had an address when: at no moment more than one of a cluster.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::history::{Seen, Target, TargetHistory};
use crate::fleet::inventory::Moment;

/// The time in which an address and port was one target's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span<'h> {
    pub(super) target: &'h Target,
    pub(super) from: Moment,
    /// Up to this moment it was surely its own; from here on nobody else is known to have had it.
    pub(super) last_seen: Moment,
    /// When somebody else had it, or a look did not find it any more; none as far as is known.
    pub(super) until: Option<Moment>,
}

/// Every span, by cluster, address, port and time.
///
/// Whoever was seen last had it last. It had it since its own begin, but not before the one before it was last seen there. Of
/// two pods that were last seen at the same moment neither is believed; of one of which two things were told, as of its node once it
/// is gone, what tells more.
pub(super) fn spans(history: &TargetHistory) -> Vec<Span<'_>> {
    let mut all = Vec::with_capacity(history.seen.len());
    let nobody = BTreeSet::new();
    let known: Vec<(&Target, Seen)> = history.seen.iter().map(|(target, seen)| (target, *seen)).collect();
    let is_same =
        |one: &Target, other: &Target| (&one.cluster, one.ip, one.port) == (&other.cluster, other.ip, other.port);
    for of_address in known.chunk_by(|(one, _), (other, _)| is_same(one, other)) {
        let looks = history.looks.get(&of_address[0].0.cluster).unwrap_or(&nobody);
        let mut holders = of_address.to_vec();
        holders.sort_by_key(|(_, seen)| seen.last);
        let mut begin = None;
        let mut of_one: Vec<Span<'_>> = Vec::new();
        for at_once in holders.chunk_by(|(_, one), (_, other)| one.last == other.last) {
            let (target, seen) = told_most(at_once);
            let begins = |target: &Target| begin.map_or(target.from, |before: Moment| before.max(target.from));
            let taken_over = at_once.iter().map(|(target, _)| begins(target)).min();
            if let Some(before) = of_one.last_mut() {
                before.until = before.until.into_iter().chain(taken_over).min();
            }
            begin = Some(seen.last);
            let is_one = at_once.iter().all(|(other, _)| is_same_pod(target, other));
            if let Some(from) = taken_over.filter(|_| is_one) {
                let missed = looks.range((Bound::Excluded(seen.last), Bound::Unbounded)).next().copied();
                let ended = at_once.iter().filter_map(|(_, seen)| seen.ends).min().map(|ends| ends.max(seen.last));
                let until = missed.into_iter().chain(ended).min();
                of_one.push(Span { target, from, last_seen: seen.last, until });
            }
        }
        all.append(&mut of_one);
    }
    all
}

/// Whether both are the same pod. What has no name is itself only.
fn is_same_pod(one: &Target, other: &Target) -> bool {
    one == other || one.pod.is_some() && (&one.namespace, &one.pod) == (&other.namespace, &other.pod)
}

/// The one of which most is known.
fn told_most<'h>(at_once: &[(&'h Target, Seen)]) -> (&'h Target, Seen) {
    let known = |target: &Target| {
        [&target.workload, &target.node, &target.zone, &target.version].into_iter().filter(|it| it.is_some()).count()
    };
    at_once[1..].iter().fold(at_once[0], |most, one| if known(one.0) > known(most.0) { *one } else { most })
}
