//! What is slower only because answers beside it are refused at once: the healthy time, in a mirror. Pure.

use super::candidate::{Candidate, Frame, Measure};
use super::explain::share;
use super::{Counted, Observed};

/// Bars between the end of the one and the begin of the other, at most.
const NEAR: usize = 4;
/// Of what fails or is refused, the part that must have the value whose time it is.
const SHARED: f64 = 0.5;

/// Whether a value is slower at one end of the window, up to where its requests begin to fail or to be refused, or from where they end:
/// answers that are refused take no time, and the others take as long as ever.
pub(super) fn is_mirror(slow: &Candidate, all: &[Candidate], observed: &Observed, frame: &Frame) -> bool {
    if !matches!(slow.measure, Measure::Time | Measure::Slow(_)) {
        return false;
    }
    let Counted { samples, .. } = observed.of(slow.log);
    let bars = &slow.change.bars;
    all.iter().any(|other| {
        let refused = &other.change.bars;
        let is_before = bars.start() <= NEAR && bars.end().abs_diff(refused.start()) <= NEAR;
        let is_after = frame.len() - bars.end() <= NEAR && bars.start().abs_diff(refused.end()) <= NEAR;
        matches!(other.measure, Measure::Share(_))
            && other.log == slow.log
            && (is_before || is_after)
            && share(other, slow, samples, frame) >= SHARED
    })
}
