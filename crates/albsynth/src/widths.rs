//! How many fields the lines of an object have: today's number, or an earlier year's.

use super::dice::Dice;
use alblog::LogKind;

/// Numbers of fields in the order AWS arrived at them.
fn eras(kind: LogKind) -> &'static [usize] {
    match kind {
        LogKind::Access => &[17, 18, 20, 23, 24, 25, 27, 29, 30, 33, 34, 36],
        LogKind::Connection => &[11, 12, 15],
        LogKind::HealthCheck => &[8, 10],
    }
}

/// The widths of an object's lines.
#[derive(Clone, Copy)]
pub(super) struct Widths {
    usual: usize,
    /// AWS rolls new fields out while an object is being written: now and then a line has the next era's.
    next: usize,
}

impl Widths {
    /// Draws the era of an object; `old` is the share of objects that are not of today.
    pub(super) fn draw(dice: &mut Dice, kind: LogKind, old: f64) -> Self {
        let eras = eras(kind);
        let today = eras.len() - 1;
        let era = if dice.chance(old) { dice.index(today) } else { today };
        Self { usual: eras[era], next: eras[(era + 1).min(today)] }
    }

    /// The width of the next line.
    pub(super) fn of_line(self, dice: &mut Dice) -> usize {
        if self.usual != self.next && dice.chance(0.05) { self.next } else { self.usual }
    }
}
