//! How many fields the lines of an object have: today's number, or an earlier year's.

use super::dice::Dice;
use alblog::Column;
use alblog::columns::eras;

/// The widths of an object's lines.
#[derive(Clone, Copy)]
pub(super) struct Widths {
    usual: usize,
    /// AWS rolls new fields out while an object is being written: now and then a line has the next era's.
    next: usize,
}

impl Widths {
    /// Draws the era of an object; `old` is the share of objects that are not of today.
    pub(super) fn draw(dice: &mut Dice, columns: &[Column], old: f64) -> Self {
        let eras = eras(columns);
        let today = eras.len() - 1;
        let era = if dice.chance(old) { dice.index(today) } else { today };
        Self { usual: eras[era], next: eras[(era + 1).min(today)] }
    }

    /// The width of the next line.
    pub(super) fn of_line(self, dice: &mut Dice) -> usize {
        if self.usual != self.next && dice.chance(0.05) { self.next } else { self.usual }
    }
}
