//! Which columns of a table are shown, and how wide. Pure functions over numbers.
//!
//! The widest columns give way first. Numbers and times are not cut, since a part of them misleads. When that is not
//! enough, columns in the middle are left out.

/// The blanks between two columns.
pub(super) const GAP: usize = 2;
/// The width of the column that stands for those left out.
const ELLIPSIS: usize = 1;
/// Text is not cut below this.
const LEAST_TEXT: usize = 8;
/// While columns are left out anyway, text should get this much.
const COMFORTABLE_TEXT: usize = 20;

/// How a table is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableForm {
    /// A row a line.
    Grid,
    /// A value a line.
    Expanded,
}

impl TableForm {
    /// As a flag says.
    pub fn expanded(is_expanded: bool) -> Self {
        if is_expanded { Self::Expanded } else { Self::Grid }
    }
}

/// What a table may take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableLayout {
    /// The columns of the terminal; none if it is no terminal, and then nothing is cut or left out.
    pub width: Option<usize>,
    /// Whether to dim what matters less.
    pub colour: bool,
    /// Whether what we draw ourselves has ASCII characters only.
    pub ascii: bool,
    /// Whether somebody can look at what is longer and wider than the terminal, as in a pager: then nothing is cut or left out.
    pub scroll: bool,
    pub form: TableForm,
    /// How many rows are shown on a terminal; elsewhere, how many are looked at to align the columns.
    pub max_rows: usize,
}

impl TableLayout {
    /// The rows of a table unless somebody asks for another number.
    pub const MAX_ROWS: usize = 1000;

    /// A layout that cuts nothing and leaves nothing out.
    pub fn plain() -> Self {
        Self {
            width: None,
            colour: false,
            ascii: false,
            scroll: false,
            form: TableForm::Grid,
            max_rows: Self::MAX_ROWS,
        }
    }

    /// A layout for a terminal of this width, coloured unless `NO_COLOR` is set.
    pub(super) fn terminal(width: usize) -> Self {
        Self { width: Some(width.max(20)), colour: terminal_has_colours(), ..Self::plain() }
    }
}

/// Whether a terminal shows colours and somebody wants them: unless `NO_COLOR` is set, or it is a dumb one.
pub fn terminal_has_colours() -> bool {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !no_colour && !dumb
}

/// How wide a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Nothing is cut.
    natural: usize,
    /// Cut below this only when there is no other way.
    least: usize,
    /// Wide enough to read, when others are left out.
    comfortable: usize,
}

impl Bounds {
    /// A column of text that may be cut.
    pub(super) fn text(header: usize, values: usize) -> Self {
        let natural = header.max(values);
        Self { natural, least: natural.min(LEAST_TEXT), comfortable: natural.min(COMFORTABLE_TEXT) }
    }

    /// A column of which only the header may be cut.
    pub(super) fn exact(header: usize, values: usize) -> Self {
        let least = values.max(header.min(LEAST_TEXT));
        Self { natural: header.max(values), least, comfortable: least }
    }
}

/// A column as it stands in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The column of the result with this index.
    Column { index: usize, width: usize },
    /// A `…` for columns left out.
    LeftOut,
}

impl Slot {
    pub(super) fn width(self) -> usize {
        match self {
            Self::Column { width, .. } => width,
            Self::LeftOut => ELLIPSIS,
        }
    }
}

/// Whether all columns fit `width` with nothing cut.
pub(super) fn fits(columns: &[Bounds], width: usize) -> bool {
    total(columns.iter().map(|bounds| bounds.natural)) <= width
}

/// The columns that are shown, in their order; with no `width` all of them, in full.
pub(super) fn fit(columns: &[Bounds], width: Option<usize>) -> Vec<Slot> {
    let Some(width) = width else {
        return slots(0, columns.iter().map(|bounds| bounds.natural)).collect();
    };
    if let Some(widths) = squeeze(columns, width) {
        return slots(0, widths.into_iter()).collect();
    }
    let (front, back) = from_both_ends(columns, width);
    let room = width.saturating_sub(GAP + ELLIPSIS);
    let shown = [&columns[..front], &columns[back..]].concat();
    // Where not even one column fits, it is cut, whatever it holds.
    let widths = squeeze(&shown, room).unwrap_or_else(|| vec![room]);
    let (front_widths, back_widths) = widths.split_at(front);
    slots(0, front_widths.iter().copied())
        .chain((front < back).then_some(Slot::LeftOut))
        .chain(slots(back, back_widths.iter().copied()))
        .collect()
}

/// How many columns to take from the front, and where those from the back begin: in turn, while there is room.
fn from_both_ends(columns: &[Bounds], width: usize) -> (usize, usize) {
    let (mut front, mut back) = (0, columns.len());
    let mut taken = ELLIPSIS;
    while front < back {
        let from_front = front <= columns.len() - back;
        taken += GAP + columns[if from_front { front } else { back - 1 }].comfortable;
        if taken > width {
            break;
        }
        if from_front {
            front += 1;
        } else {
            back -= 1;
        }
    }
    (front.max(1), back)
}

/// Widths that fit, the widest columns cut to one common width; none if that would cut what must not be.
fn squeeze(columns: &[Bounds], width: usize) -> Option<Vec<usize>> {
    let at = |limit: usize| columns.iter().map(move |bounds| limit.clamp(bounds.least, bounds.natural));
    (0..=width).rev().find(|&limit| total(at(limit)) <= width).map(|limit| at(limit).collect())
}

fn total(widths: impl Iterator<Item = usize>) -> usize {
    widths.map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
}

fn slots(first: usize, widths: impl Iterator<Item = usize>) -> impl Iterator<Item = Slot> {
    widths.enumerate().map(move |(offset, width)| Slot::Column { index: first + offset, width })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(columns: &[Bounds], width: usize) -> Vec<usize> {
        fit(columns, Some(width)).into_iter().map(Slot::width).collect()
    }

    #[test]
    fn what_fits_is_left_alone() {
        let columns = [Bounds::text(4, 10), Bounds::exact(8, 3)];
        assert_eq!(widths(&columns, 20), [10, 8]);
        assert_eq!(fit(&columns, None), fit(&columns, Some(20)));
        assert!(fits(&columns, 20) && !fits(&columns, 19));
    }

    #[test]
    fn the_widest_give_way_first_and_numbers_not_at_all() {
        let columns = [Bounds::text(3, 50), Bounds::text(3, 12), Bounds::exact(3, 27), Bounds::text(3, 100)];
        assert_eq!(widths(&columns, 80), [17, 12, 27, 17]);
        assert_eq!(widths(&columns, 60), [9, 9, 27, 9]);
        assert_eq!(widths(&[Bounds::exact(22, 5), Bounds::text(11, 300)], 40), [19, 19]);
    }

    #[test]
    fn columns_in_the_middle_are_left_out_last() {
        let columns: Vec<Bounds> = (1..=6).map(|size| Bounds::text(3, size * 10)).collect();
        let column = |index, width| Slot::Column { index, width };
        assert_eq!(fit(&columns, Some(58)).len(), 6);
        assert_eq!(fit(&columns, Some(57)), [column(0, 10), column(1, 20), Slot::LeftOut, column(5, 20)]);
    }

    #[test]
    fn one_column_is_shown_however_narrow() {
        let number = Bounds::exact(4, 27);
        let shown = [Slot::Column { index: 0, width: 17 }, Slot::LeftOut];
        assert_eq!(fit(&[number, number], Some(20)), shown);
        assert_eq!(widths(&[number], 20), [17]);
    }
}
