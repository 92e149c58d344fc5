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
/// two that were last seen at the same moment neither is believed.
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
            let (target, seen) = at_once[0];
            let begins = |target: &Target| begin.map_or(target.from, |before: Moment| before.max(target.from));
            let from = begins(target);
            let taken_over = at_once.iter().map(|(target, _)| begins(target)).min();
            if let Some(before) = of_one.last_mut() {
                before.until = before.until.into_iter().chain(taken_over).min();
            }
            begin = Some(seen.last);
            if at_once.len() == 1 {
                let missed = looks.range((Bound::Excluded(seen.last), Bound::Unbounded)).next().copied();
                let ended = seen.ends.map(|ends| ends.max(seen.last));
                let until = missed.into_iter().chain(ended).min();
                of_one.push(Span { target, from, last_seen: seen.last, until });
            }
        }
        all.append(&mut of_one);
    }
    all
}
