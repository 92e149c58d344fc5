//! A table of a report as lines: headings, rows and what is not shown. Pure; `fit` decides about widths.

use std::iter::repeat_n;

use super::fit::{self, Fitted, Need};
use super::prose::{GAP, hanging};
use super::style::Look;
use crate::output::document::{Point, Row, Table, Tone, Unit, Value};
use crate::output::text::{width, wrap};
use crate::output::{human, spark};

/// At the end of a line of a command that goes on.
const CONTINUED: &str = " \\";
/// Columns of a sign.
const SIGN: usize = 1;
/// Between the left edge and what belongs to a row.
const UNDER: &str = "    ";

/// A value as it is drawn, harmless already.
enum Cell<'t> {
    Text(String),
    Exact(String),
    Bars(&'t [Point]),
}

/// A column as it is drawn.
struct Column {
    heading: String,
    align_right: bool,
    /// Takes what room is left; what does not fit there goes below.
    spills: bool,
    need: Need,
}

struct Drawing<'t> {
    look: Look,
    table: &'t Table,
    columns: Vec<Column>,
    /// Those shown, with where they begin and how wide they are.
    shown: Vec<Shown>,
    /// The cells of the rows, of the row for those not shown, and of the total.
    lines: Vec<(&'t Row, Vec<Cell<'t>>)>,
}

#[derive(Clone, Copy)]
struct Shown {
    index: usize,
    start: usize,
    width: usize,
}

impl Shown {
    fn end(self) -> usize {
        self.start + self.width
    }
}

/// The lines of a table. Other formats hold all columns of the main table only.
pub(super) fn draw(table: &Table, is_main: bool, look: Look) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if let Some(title) = &table.title {
        let title = hanging(&look.text(title), look.prose());
        lines.extend(title.iter().map(|line| look.paint(Tone::Strong, line)));
    }
    let nothing = table.rows.is_empty().then(|| match &table.empty {
        Some(text) => look.text(text),
        None => "(no rows)".to_owned(),
    });
    let nothing = nothing.map(|text| indented(&text, GAP, look));
    if table.rows.is_empty() && table.more.is_none() && table.total.is_none() {
        lines.extend(nothing.into_iter().flatten());
        return lines;
    }
    let (drawing, left_out) = Drawing::new(table, look);
    lines.extend(drawing.headings());
    lines.extend(nothing.into_iter().flatten());
    for (index, (row, cells)) in drawing.lines.iter().enumerate() {
        lines.extend((row.apart && index > 0).then(String::new));
        lines.push(look.paint(row.tone, &drawing.row(cells)));
        let tone = if row.tone == Tone::Dim { Tone::Dim } else { Tone::Plain };
        let under = row.under.iter().map(|text| look.text(text));
        for text in drawing.spilled(cells).map(ToOwned::to_owned).into_iter().chain(under) {
            let text = below(&text, look.width.map_or(usize::MAX, |width| width.saturating_sub(UNDER.len())));
            lines.extend(text.iter().map(|line| look.paint(tone, &format!("{UNDER}{line}"))));
        }
    }
    if left_out > 0 {
        let how = if is_main { "a wider terminal, or --format csv" } else { "a wider terminal" };
        let note = format!("{} left out ({how})", human::plural(left_out as u64, "column"));
        lines.extend(indented(&note, GAP, look).iter().map(|line| look.paint(Tone::Dim, line)));
    }
    lines
}

/// What belongs to a row, on lines of at most `limit` columns. A command goes on behind a backslash, to be pasted as it
/// stands.
fn below(text: &str, limit: usize) -> Vec<String> {
    let lines = wrap(text, limit);
    if lines.len() < 2 || !text.trim_start_matches("fix: ").starts_with("albstats ") {
        return lines;
    }
    let mut lines = wrap(text, limit.saturating_sub(CONTINUED.len()));
    if let Some((_, continued)) = lines.split_last_mut() {
        for line in continued {
            line.push_str(CONTINUED);
        }
    }
    lines
}

/// The text on lines with blanks in front of each.
fn indented(text: &str, indent: &str, look: Look) -> Vec<String> {
    wrap(text, look.prose().saturating_sub(indent.len())).iter().map(|line| format!("{indent}{line}")).collect()
}

impl<'t> Drawing<'t> {
    /// The drawing, and how many columns are left out.
    fn new(table: &'t Table, look: Look) -> (Self, usize) {
        let says_something = |row: &&Row| !row.values.is_empty() || !row.under.is_empty();
        let sums = [&table.more, &table.total].into_iter().flatten().filter(says_something);
        // What has no sum has no mark either.
        let rows = table.rows.iter().map(|row| (row, "–")).chain(sums.map(|row| (row, "")));
        let longest = rows.clone().map(|(row, _)| row.values.len()).max().unwrap_or(0);
        let mut columns: Vec<Column> = table.columns.iter().map(|column| Column::new(column, look)).collect();
        // `total` and `15 more` stand there too: codes at the right of them would be far from the left edge.
        let has_sums = table.total.is_some() || table.more.is_some();
        let is_code = table.columns.first().is_some_and(|column| column.unit == Unit::Code);
        if let Some(first) = columns.first_mut().filter(|_| has_sums && is_code) {
            first.align_right = false;
        }
        // A value without a column is a mistake, but not one that hides it.
        columns.resize_with(columns.len().max(longest), || Column::new(&<_>::default(), look));
        let lines: Vec<_> = rows.map(|(row, null)| (row, cells(row, null, &table.columns, look))).collect();
        for (_, cells) in &lines {
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.hold(cell));
        }
        let needs: Vec<Need> = columns.iter().map(|column| column.need.clone()).collect();
        // A sign stands in the margin. The gap before what spills is wanted only where there is room for more.
        let has_sign = table.columns.first().is_some_and(|column| column.sign);
        let spills = columns.last().is_some_and(|column| column.spills);
        let margin = if spills { 0 } else { GAP.len() };
        let in_margin = if has_sign { SIGN + GAP.len() } else { 0 };
        let room = look.width.map(|width| (width + in_margin).saturating_sub(margin));
        let Fitted { columns: shown, left_out } = fit::fit(&needs, room, look.bars());
        let mut start = if has_sign { 0 } else { GAP.len() };
        let place = |(index, width)| {
            let shown = Shown { index, start, width };
            start = if has_sign && index == 0 { GAP.len().max(shown.end() + 1) } else { shown.end() + GAP.len() };
            shown
        };
        let shown = shown.into_iter().map(place).collect();
        (Self { look, table, columns, shown, lines }, left_out)
    }

    /// One line, or two where headings stand above several columns.
    fn headings(&self) -> Vec<String> {
        let groups = fit::groups(self.shown.iter().map(|shown| self.columns[shown.index].need.group.as_deref()));
        let heading = |shown: &Shown| {
            let column = &self.columns[shown.index];
            let heading = match self.table.columns.get(shown.index).filter(|of| of.step.is_some()) {
                Some(of) => self.look.text(&of.heading_over(self.points_per_bar(*shown))),
                None => column.heading.clone(),
            };
            let heading = if column.spills {
                self.beside(*shown, &heading).unwrap_or_default().to_owned()
            } else {
                self.look.cut(&heading, shown.width).into_owned()
            };
            (start_of(&heading, *shown, column.align_right), heading)
        };
        let mut line: Vec<(usize, String)> = self.shown.iter().map(heading).collect();
        let mut above = Vec::new();
        for (name, range) in groups {
            let (first, last) = (self.shown[range.start], self.shown[range.end - 1]);
            let whole = Shown { width: last.end() - first.start, ..first };
            let name = self.look.cut(name, whole.width).into_owned();
            if line[range.clone()].iter().all(|(_, heading)| heading.is_empty()) {
                let start = start_of(&name, whole, self.columns[last.index].align_right);
                line[range.start] = (start, name);
            } else {
                // Where the first heading below begins, or as far to the left as it takes to fit.
                above.push((line[range.start].0.min(whole.end() - width(&name)), name));
            }
        }
        let lines = [placed(above), placed(line)];
        lines.into_iter().filter(|line| !line.is_empty()).collect()
    }

    fn row(&self, cells: &[Cell]) -> String {
        let cell = |shown: &Shown| {
            let text = match cells.get(shown.index) {
                Some(Cell::Text(text)) if self.columns[shown.index].spills => {
                    self.beside(*shown, text).unwrap_or_default().to_owned()
                }
                Some(Cell::Text(text)) if self.look.width.is_some() => {
                    self.look.cut_value(text, shown.width).into_owned()
                }
                Some(Cell::Text(text) | Cell::Exact(text)) => text.clone(),
                Some(Cell::Bars(points)) => self.bars(points, *shown),
                None => String::new(),
            };
            (start_of(&text, *shown, self.columns[shown.index].align_right), text)
        };
        placed(self.shown.iter().map(cell).collect())
    }

    /// A text of a column that spills, if it has room beside its row.
    fn beside<'c>(&self, shown: Shown, text: &'c str) -> Option<&'c str> {
        let fits = |limit: usize| shown.start + width(text) <= limit;
        self.look.width.is_none_or(fits).then_some(text)
    }

    /// The text of a row that has none.
    fn spilled<'c>(&self, cells: &'c [Cell]) -> Option<&'c str> {
        let shown = self.shown.last().filter(|shown| self.columns[shown.index].spills)?;
        match cells.get(shown.index) {
            Some(Cell::Text(text)) if self.beside(*shown, text).is_none() => Some(text),
            _ => None,
        }
    }

    /// How many points are merged into one.
    fn points_per_bar(&self, shown: Shown) -> usize {
        fit::points_per_bar(self.columns[shown.index].need.bars, shown.width)
    }

    /// In eighths of the row's own largest value: a shape, not a size.
    fn bars(&self, points: &[Point], shown: Shown) -> String {
        let points = spark::merged(points, self.points_per_bar(shown));
        spark::bars(&points, spark::largest(&points).unwrap_or(0.0), self.look.marks())
    }
}

impl Column {
    fn new(column: &crate::output::document::Column, look: Look) -> Self {
        let mut heading = look.text(&column.heading_over(1));
        let group = column.group.as_deref().map(|group| look.text(group)).filter(|group| !group.is_empty());
        let says_unit = |text: &str| text.split(|char: char| !char.is_alphanumeric()).any(|word| word == "ms");
        if column.unit == Unit::Seconds && !says_unit(&heading) && !group.as_deref().is_some_and(says_unit) {
            heading.push_str(if heading.is_empty() { "ms" } else { ", ms" });
        }
        let text = if column.spills { 0 } else { width(&heading) };
        let need = Need { group, text, expendable: column.expendable, ..Need::default() };
        Self { heading, align_right: column.unit.is_aligned_right(), spills: column.spills, need }
    }

    /// Makes the column wide enough for the cell.
    fn hold(&mut self, cell: &Cell) {
        let (wide, holds) = match cell {
            Cell::Text(_) if self.spills => return,
            Cell::Text(text) => (&mut self.need.text, width(text)),
            Cell::Exact(text) => (&mut self.need.exact, width(text)),
            Cell::Bars(points) => (&mut self.need.bars, points.len()),
        };
        *wide = holds.max(*wide);
    }
}

fn cells<'t>(row: &'t Row, null: &str, columns: &[crate::output::document::Column], look: Look) -> Vec<Cell<'t>> {
    let cell = |(index, value): (usize, &'t Value)| match value {
        Value::Series(points) => Cell::Bars(points),
        Value::Text(text) | Value::Name { shown: text, .. } => Cell::Text(look.text(text)),
        Value::Null => Cell::Exact(look.text(null)),
        Value::Int(_) | Value::Float(_) => {
            let (unit, hides) =
                columns.get(index).map_or((Unit::Text, false), |column| (column.unit, column.hides(value)));
            Cell::Exact(look.text(&if hides { Value::Null.humane(unit) } else { value.humane(unit) }))
        }
    };
    row.values.iter().enumerate().map(cell).collect()
}

/// Where a text begins in its column.
fn start_of(text: &str, shown: Shown, align_right: bool) -> usize {
    if align_right { shown.end().saturating_sub(width(text)).max(shown.start) } else { shown.start }
}

/// Texts where they begin, in their order.
fn placed(texts: Vec<(usize, String)>) -> String {
    let (mut line, mut end) = (String::new(), 0_usize);
    for (start, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        line.extend(repeat_n(' ', start.saturating_sub(end)));
        line.push_str(&text);
        end = start.max(end) + width(&text);
    }
    line.truncate(line.trim_end_matches(' ').len());
    line
}
