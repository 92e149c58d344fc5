//! A line per load balancer, in columns that fit. Pure: counts in, lines out.

use std::collections::{BTreeMap, BTreeSet};

use alblog::LogKind;
use alblog::time::Date;

use super::cells::Cells;
use super::screen::{GAP, Heading, skipped};
use super::summary::{LoadBalancer, Owner, Summary};
use super::verify::State;
use crate::base::clock::time_of_day;
use crate::output::{cut, harmless, human, spark, width};

/// Load balancers shown when there are many more.
const SHOWN: usize = 10;
/// Cells of a bar: an hour each of a day.
const CELLS: usize = 24;

/// A column, header first.
struct Column {
    cells: Vec<String>,
    align_right: bool,
}

impl Column {
    fn new(header: impl Into<String>, align_right: bool) -> Self {
        Self { cells: vec![header.into()], align_right }
    }

    fn width(&self) -> usize {
        self.cells.iter().map(|cell| width(cell)).max().unwrap_or(0)
    }
}

/// The lines of load balancers and their total.
pub(super) struct Table {
    /// The last row of each is the total's.
    columns: Vec<Column>,
}

/// What there is room for.
#[derive(Clone, Copy)]
struct Room {
    cells: usize,
    /// Names shorter than this are not worth what they make room for.
    least_name: usize,
    /// Whether account numbers and times with dates are whole.
    whole: bool,
}

impl Table {
    /// Bars give way first, then accounts and dates, then the names.
    pub(super) fn fitted(summary: &Summary, heading: &Heading, all: bool, limit: Option<usize>) -> Self {
        let rooms = [(CELLS, 20, true), (CELLS / 2, 20, true), (CELLS / 2, 16, false), (0, 0, false)];
        let rooms = rooms.map(|(cells, least_name, whole)| Room { cells, least_name, whole });
        let mut table = Self { columns: Vec::new() };
        for room in rooms {
            table = Self::new(summary, heading, all, room);
            let Some(limit) = limit else { break };
            let names = table.columns[0].width();
            let for_names = (limit + names).saturating_sub(table.width());
            if for_names >= names.min(room.least_name) {
                for name in &mut table.columns[0].cells {
                    *name = cut(name, for_names.max(1)).into_owned();
                }
                break;
            }
        }
        table
    }

    fn new(summary: &Summary, heading: &Heading, all: bool, room: Room) -> Self {
        let rows = &summary.load_balancers;
        // One more takes no more room than to say so.
        let shown = if all || rows.len() <= SHOWN + 1 { rows.len() } else { SHOWN };
        let names = names(rows);
        let rest = &rows[shown..];
        let more = (!rest.is_empty()).then(|| LoadBalancer::together(rest));
        let counted: Vec<&LoadBalancer> = rows[..shown].iter().chain(&more).collect();

        let mut name = Column::new("LOAD BALANCER", false);
        name.cells.extend_from_slice(&names[..shown]);
        name.cells.extend(more.as_ref().map(|_| format!("{} more (--all)", human::count(rest.len() as u64))));
        name.cells.push("total".to_owned());
        let mut columns = vec![name];
        let owners = [
            ("ACCOUNT", summary.distinct(|owner| &owner.account), account as fn(&Owner, Room) -> String),
            ("REGION", summary.distinct(|owner| &owner.region), |owner, _| owner.region.clone()),
        ];
        for (header, different, of) in owners {
            if different.len() < 2 {
                continue;
            }
            let mut column = Column::new(header, false);
            let shown_of = |row: &LoadBalancer| row.owner.as_ref().map_or("–".to_owned(), |owner| of(owner, room));
            column.cells.extend(rows[..shown].iter().map(shown_of));
            let of_rest: BTreeSet<String> = rest.iter().map(shown_of).collect();
            column.cells.extend(more.as_ref().map(|_| match of_rest.len() {
                1 => of_rest.into_iter().collect(),
                several => several.to_string(),
            }));
            column.cells.push(String::new());
            columns.push(column);
        }
        let total = summary.total();
        let mut add = |header: &str, align_right: bool, of: &dyn Fn(&LoadBalancer) -> String, sums: bool| {
            let mut column = Column::new(header, align_right);
            column.cells.extend(counted.iter().map(|row| of(row)));
            column.cells.push(if sums { of(&total) } else { String::new() });
            columns.push(column);
        };
        add("KINDS", false, &|row| kinds(&row.kinds), false);
        let number = |row: &LoadBalancer, text: String| if row.objects == 0 { "–".to_owned() } else { text };
        add("OBJECTS", true, &|row| number(row, human::count(row.objects)), true);
        add("SIZE", true, &|row| number(row, human::bytes(row.bytes)), true);
        if let Some(span) = &heading.span {
            let newest = |row: &LoadBalancer| row.newest().map_or("–".to_owned(), |end| newest(end, span.end, room));
            add("NEWEST", true, &newest, false);
            if room.cells > 0 {
                let cells = Cells::new(span.clone(), room.cells);
                add(&cells.header(), false, &|row| spark(&cells.counts(&row.ends)), false);
            }
        }
        columns.extend(states(&rows[..shown], rest));
        Self { columns }
    }

    fn width(&self) -> usize {
        self.columns.iter().map(|column| GAP.len() + column.width()).sum()
    }

    pub(super) fn lines(&self, summary: &Summary, limit: usize) -> Vec<String> {
        let widths: Vec<usize> = self.columns.iter().map(Column::width).collect();
        let rows = self.columns.first().map_or(0, |column| column.cells.len());
        let line = |row: usize| {
            let mut line = String::new();
            for (column, &wide) in self.columns.iter().zip(&widths) {
                let cell = &column.cells[row];
                let blanks = " ".repeat(wide - width(cell));
                let (before, after) = if column.align_right { (blanks.as_str(), "") } else { ("", blanks.as_str()) };
                line.extend([GAP, before, cell, after]);
            }
            line.trim_end().to_owned()
        };
        let mut lines: Vec<String> = (0..rows).map(line).collect();
        if let Some(skipped) = skipped(summary) {
            let total = lines.last_mut().filter(|total| width(total) + GAP.len() + width(&skipped) <= limit);
            match total {
                Some(total) => total.extend([GAP, &skipped]),
                None => lines.push(format!("{GAP}{skipped}")),
            }
        }
        lines
    }
}

/// Whether objects are missing, if that was asked; of the rest, every state there is.
fn states(shown: &[LoadBalancer], rest: &[LoadBalancer]) -> Option<Column> {
    let state = |row: &LoadBalancer| row.verdict.as_ref().map(|verdict| verdict.state);
    shown.iter().find_map(state)?;
    let mut column = Column::new("STATE", false);
    column.cells.extend(shown.iter().map(|row| state(row).map_or("–", State::name).to_owned()));
    let of_rest: BTreeSet<State> = rest.iter().filter_map(state).collect();
    if !rest.is_empty() {
        column.cells.push(of_rest.into_iter().map(State::name).collect::<Vec<_>>().join(", "));
    }
    column.cells.push(String::new());
    Some(column)
}

/// What each is called: its name, with its id if another one is called the same.
fn names(rows: &[LoadBalancer]) -> Vec<String> {
    let mut called: BTreeMap<&str, usize> = BTreeMap::new();
    for owner in rows.iter().filter_map(|row| row.owner.as_ref()) {
        *called.entry(&owner.name).or_default() += 1;
    }
    let name = |row: &LoadBalancer| match &row.owner {
        Some(Owner { name, id, .. }) if called[name.as_str()] > 1 => harmless(&format!("{name}/{id}")).into_owned(),
        Some(Owner { name, .. }) => harmless(name).into_owned(),
        None => "(other names)".to_owned(),
    };
    rows.iter().map(name).collect()
}

/// An account number, or its end: `…9012`.
fn account(owner: &Owner, room: Room) -> String {
    match owner.account.len().checked_sub(4).and_then(|start| owner.account.get(start..)) {
        Some(end) if !room.whole => format!("…{end}"),
        _ => harmless(&owner.account).into_owned(),
    }
}

/// `a c h`: first letters, each in its place.
fn kinds(kinds: &BTreeSet<LogKind>) -> String {
    if kinds.is_empty() {
        return "–".to_owned();
    }
    let letter = |kind: LogKind| kind.to_string().chars().next().filter(|_| kinds.contains(&kind)).unwrap_or(' ');
    LogKind::ALL.map(|kind| letter(kind).to_string()).join(" ")
}

/// When the newest interval ends: with its date, if that is not the day on which the window ends. Midnight ends a day.
fn newest(end: i64, window_end: i64, room: Room) -> String {
    let (date, last) = (Date::of(end), Date::of(window_end - 1));
    let time = time_of_day(end);
    if Date::of(end - 1) == last {
        time
    } else if date.year != last.year {
        date.to_string()
    } else if room.whole {
        format!("{:02}-{:02} {time}", date.month, date.day)
    } else {
        format!("{:02}-{:02}", date.month, date.day)
    }
}
