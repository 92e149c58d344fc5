//! How wide the columns of a report's table are, and which are left out. Pure functions over numbers.
//!
//! Where there is no room, bars are merged first, then the widest texts and headings are cut, then the most expendable
//! columns are left out, and what they leave is used. The text of columns that are never left out tells the rows apart,
//! so it is cut to hardly anything only when nothing is left to leave out. Numbers and times are not cut, since a part
//! of them misleads. So a table is wider than its room only if the columns that are never left out are, each at its
//! least.

use std::ops::Range;

use crate::output::layout::GAP;
use crate::output::text::width;

/// Text and headings are not cut below this, nor are bars merged into fewer.
pub(super) const LEAST: usize = 12;
/// What columns that are never left out have for text and headings, while others can be left out.
const COMFORTABLE: usize = 20;
/// What headings above several columns have, while columns can be left out.
const COMFORTABLE_GROUP: usize = 24;

/// What a column takes.
#[derive(Debug, Clone, Default)]
pub(super) struct Need {
    /// Above it and its neighbours.
    pub(super) group: Option<String>,
    /// Width of what may be cut: its heading, and text.
    pub(super) text: usize,
    /// Width of what may not.
    pub(super) exact: usize,
    /// The most bars.
    pub(super) bars: usize,
    /// What is left out first: the highest. 0 is not.
    pub(super) expendable: u8,
}

/// Columns with their widths.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fitted {
    /// Index and width of each column that is shown.
    pub(super) columns: Vec<(usize, usize)>,
    /// How many are not.
    pub(super) left_out: usize,
}

/// What columns are limited to.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Texts and headings.
    text: usize,
    /// Texts and headings of columns that are never left out.
    kept: usize,
    /// Headings above several columns.
    group: usize,
    bars: usize,
}

impl Limits {
    const NONE: Self = Self { text: usize::MAX, kept: usize::MAX, group: usize::MAX, bars: usize::MAX };

    /// Limited text, of which some should be readable.
    fn comfortable(text: usize) -> Self {
        Self { text, kept: text.max(COMFORTABLE), group: text.max(COMFORTABLE_GROUP), bars: LEAST }
    }

    /// All text alike.
    fn tight(text: usize) -> Self {
        Self { text, kept: text, group: text, bars: LEAST }
    }
}

/// How many points are merged into a bar, so that so many fit.
pub(super) fn points_per_bar(points: usize, room: usize) -> usize {
    points.div_ceil(room.max(1)).max(1)
}

/// The columns that are shown. Without `room` all are, and only bars are limited: to `most_bars`.
pub(super) fn fit(needs: &[Need], room: Option<usize>, most_bars: usize) -> Fitted {
    let mut shown: Vec<usize> = (0..needs.len()).collect();
    loop {
        let columns: Vec<&Need> = shown.iter().map(|&index| &needs[index]).collect();
        let least_useful = most_expendable(&columns);
        let widths = match room {
            Some(room) => squeezed(&columns, room, least_useful.is_none()),
            None => Some(widths(&columns, Limits { bars: most_bars, ..Limits::NONE })),
        };
        match (widths, least_useful) {
            (None, Some(position)) => {
                shown.remove(position);
            }
            (widths, _) => {
                let widths = widths.unwrap_or_else(|| self::widths(&columns, Limits::tight(LEAST)));
                let left_out = needs.len() - shown.len();
                return Fitted { columns: shown.into_iter().zip(widths).collect(), left_out };
            }
        }
    }
}

/// Widths that fit, if there are some; the last resort is to cut all text alike.
fn squeezed(columns: &[&Need], room: usize, last_resort: bool) -> Option<Vec<usize>> {
    let from = |most: Option<usize>| (LEAST..=most.unwrap_or(0).clamp(LEAST, room.max(LEAST))).rev();
    let most_bars = columns.iter().map(|need| need.bars).max();
    let groups = columns.iter().filter_map(|need| need.group.as_deref().map(width));
    let most_text = columns.iter().map(|need| need.text).chain(groups).max();
    let merged = from(most_bars).map(|bars| Limits { bars, ..Limits::NONE });
    let cut = from(most_text).map(Limits::comfortable);
    let cut_alike = from(most_text).map(Limits::tight).filter(|_| last_resort);
    let mut all = merged.chain(cut).chain(cut_alike).map(|limits| widths(columns, limits));
    all.find(|widths| total(widths) <= room)
}

fn widths(columns: &[&Need], limits: Limits) -> Vec<usize> {
    let width_of = |need: &&Need| {
        let text = if need.expendable > 0 { limits.text } else { limits.kept };
        let bars = need.bars.div_ceil(points_per_bar(need.bars, limits.bars));
        need.exact.max(need.text.min(text)).max(bars)
    };
    let mut widths: Vec<usize> = columns.iter().map(width_of).collect();
    for (group, columns) in groups(columns.iter().map(|need| need.group.as_deref())) {
        let lacking = width(group).min(limits.group).saturating_sub(total(&widths[columns.clone()]));
        widths[columns.start] += lacking;
    }
    widths
}

/// The width of these columns together.
pub(super) fn total(widths: &[usize]) -> usize {
    widths.iter().map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
}

/// Neighbours with the same heading above them.
pub(super) fn groups<'g>(columns: impl Iterator<Item = Option<&'g str>>) -> Vec<(&'g str, Range<usize>)> {
    let mut groups: Vec<(&str, Range<usize>)> = Vec::new();
    for (index, name) in columns.enumerate() {
        let Some(name) = name else { continue };
        match groups.last_mut() {
            Some((last, columns)) if *last == name && columns.end == index => columns.end += 1,
            _ => groups.push((name, index..index + 1)),
        }
    }
    groups
}

/// Of the most expendable columns the last.
fn most_expendable(columns: &[&Need]) -> Option<usize> {
    let expendable = columns.iter().enumerate().filter(|(_, need)| need.expendable > 0);
    expendable.max_by_key(|(_, need)| need.expendable).map(|(position, _)| position)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn text(width: usize) -> Need {
        Need { text: width, ..Need::default() }
    }

    fn exact(width: usize) -> Need {
        Need { exact: width, ..Need::default() }
    }

    fn bars(points: usize) -> Need {
        Need { text: 5, bars: points, ..Need::default() }
    }

    fn shown(needs: &[Need], room: usize) -> Vec<(usize, usize)> {
        fit(needs, Some(room), 100).columns
    }

    #[test]
    fn what_fits_is_left_alone() {
        let needs = [text(30), exact(8), bars(24)];
        assert_eq!(shown(&needs, 66), [(0, 30), (1, 8), (2, 24)]);
        assert_eq!(fit(&needs, None, 100), fit(&needs, Some(66), 100));
        assert_eq!(fit(&[bars(250)], None, 100).columns, [(0, 84)]);
    }

    #[test]
    fn bars_give_way_first_then_the_widest_text_and_numbers_never() {
        let needs = [text(30), exact(8), bars(24), text(20)];
        assert_eq!(shown(&needs, 87), [(0, 30), (1, 8), (2, 12), (3, 20)]);
        assert_eq!(shown(&needs, 75), [(0, 29), (1, 8), (2, 12), (3, 20)]);
        assert_eq!(shown(&needs, 60), [(0, 17), (1, 8), (2, 12), (3, 17)]);
        assert_eq!(shown(&needs, 10), [(0, 12), (1, 8), (2, 12), (3, 12)]);
    }

    #[test]
    fn the_most_expendable_are_left_out_last_and_what_they_leave_is_used() {
        let mut needs = vec![text(30), exact(8), exact(9), exact(9)];
        for (need, expendable) in needs.iter_mut().zip([0, 2, 3, 3]) {
            need.expendable = expendable;
        }
        assert_eq!(fit(&needs, Some(52), 100), Fitted { columns: vec![(0, 20), (1, 8), (2, 9), (3, 9)], left_out: 0 });
        assert_eq!(fit(&needs, Some(51), 100), Fitted { columns: vec![(0, 30), (1, 8), (2, 9)], left_out: 1 });
        assert_eq!(fit(&needs, Some(12), 100), Fitted { columns: vec![(0, 12)], left_out: 3 });
    }

    #[test]
    fn text_that_may_be_left_out_gives_way_to_text_that_is_kept() {
        let needs = [text(30), Need { expendable: 1, ..text(30) }, exact(5)];
        assert_eq!(shown(&needs, 47), [(0, 20), (1, 18), (2, 5)]);
        assert_eq!(shown(&needs, 41), [(0, 20), (1, 12), (2, 5)]);
        assert_eq!(shown(&needs, 40), [(0, 30), (2, 5)]);
        assert_eq!(shown(&needs, 20), [(0, 13), (2, 5)]);
    }

    #[test]
    fn a_heading_over_several_has_room() {
        let group = |need: Need| Need { group: Some("TARGET TIME, ms".to_owned()), ..need };
        assert_eq!(shown(&[exact(3), group(exact(3)), group(exact(5))], 80), [(0, 3), (1, 8), (2, 5)]);
        assert_eq!(shown(&[exact(3), group(exact(3)), group(exact(5))], 10), [(0, 3), (1, 5), (2, 5)]);
        assert_eq!(shown(&[group(exact(3)), exact(1), group(exact(5))], 80), [(0, 15), (1, 1), (2, 15)]);
    }

    proptest! {
        #[test]
        fn nothing_is_cut_or_left_out_in_vain(
            needs in vec((0..60_usize, 0..15_usize, 0..100_usize, 0..4_u8), 1..9),
            room in 10..160_usize,
        ) {
            let needs: Vec<Need> = needs
                .into_iter()
                .map(|(text, exact, bars, expendable)| Need { group: None, text, exact, bars, expendable })
                .collect();
            let Fitted { columns, left_out } = fit(&needs, Some(room), 100);
            let taken = |widths: Vec<usize>| widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
            prop_assert_eq!(columns.len() + left_out, needs.len());
            prop_assert!(columns.is_sorted());
            let is_too_wide = taken(columns.iter().map(|column| column.1).collect()) > room;
            prop_assert!(!is_too_wide || columns.iter().all(|(index, _)| needs[*index].expendable == 0));

            let natural = |need: &Need| need.text.max(need.exact).max(need.bars);
            if taken(needs.iter().map(natural).collect()) <= room {
                prop_assert!(columns.iter().all(|(index, width)| *width == natural(&needs[*index])));
            }
            for (index, width) in &columns {
                let least = needs[*index].exact.max(needs[*index].text.min(12));
                prop_assert!(*width >= least && (*width > 0 || needs[*index].bars == 0));
            }

            // Those left out, the last one first: with it there would be no room.
            let is_shown = |index: &usize| columns.iter().any(|(shown, _)| shown == index);
            let mut gone: Vec<usize> = (0..needs.len()).filter(|index| !is_shown(index)).collect();
            gone.sort_by_key(|index| (needs[*index].expendable, *index));
            prop_assert!(gone.iter().all(|index| needs[*index].expendable > 0));
            if let Some(last) = gone.first() {
                let least = |index: &usize| {
                    let need = &needs[*index];
                    let text = need.text.min(if need.expendable > 0 { 12 } else { 20 });
                    need.exact.max(text).max(if need.bars > 12 { 1 } else { need.bars })
                };
                let mut with_it: Vec<usize> = columns.iter().map(|(index, _)| least(index)).collect();
                with_it.push(least(last));
                let bars = columns.iter().map(|column| &column.0).chain([last]).filter(|index| needs[**index].bars > 12);
                // Bars are merged into at most 12, so so much can be lost to them.
                prop_assert!(taken(with_it) + 12 * bars.count() > room);
            }
        }
    }
}
