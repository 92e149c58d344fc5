//! Values over time as bars, with the times below them. Pure.

use alblog::time::{DAY, Date, HOUR, MINUTE, SECOND};

use super::prose::{GAP, beside, hanging, indent, label_column, right};
use super::style::Look;
use crate::base::clock::{time_of_day, time_of_day_in_seconds};
use crate::output::document::{Chart, Mark, Point, Series, Tone, Unit, Value};
use crate::output::spark;
use crate::output::text::{width, wrap};

/// Between bars and what is said about them.
const BESIDE: &str = "   ";
/// Bars are not merged into fewer.
const LEAST_BARS: usize = 12;
/// What stands at the left of a chart among findings is not wider.
const WIDEST_LABEL: usize = 12;

/// The label of a chart that can stand among findings, as one of them: one line of bars whose label says all, a rate
/// such as `/min`, or else its title, if that is short.
pub(super) fn label(chart: &Chart) -> Option<&str> {
    let [series] = chart.series.as_slice() else { return None };
    let label = match series.name.as_str() {
        "" => chart.title.as_str(),
        name if name.starts_with('/') => name,
        _ => return None,
    };
    Some(label).filter(|label| !label.is_empty() && width(label) <= WIDEST_LABEL)
}

/// A chart that stands alone: its title, and its lines indented.
pub(super) fn draw(chart: &Chart, look: Look) -> Vec<String> {
    let title = hanging(&look.text(&chart.title), look.prose());
    let mut lines: Vec<String> = title.iter().map(|line| look.paint(Tone::Strong, line)).collect();
    let column = label_column(chart.series.iter().map(|series| series.name.as_str()), look);
    let names: Vec<String> = chart.series.iter().map(|series| look.text(&series.name)).collect();
    let drawn = Drawn::new(chart, GAP.len() + indent(column), look);
    lines.extend(drawn.lines(&names, column).into_iter().map(|line| format!("{GAP}{line}")));
    lines
}

/// A chart with one line of bars, beside its label in a column of labels.
pub(super) fn among_findings(chart: &Chart, column: usize, look: Look) -> Vec<String> {
    let name = look.text(label(chart).unwrap_or_default());
    Drawn::new(chart, indent(column), look).lines(&[name], column)
}

/// What is drawn, before it has labels.
struct Drawn {
    /// A line of bars for each series, with its peak.
    bars: Vec<String>,
    /// What is said once.
    below: Vec<String>,
}

impl Drawn {
    fn new(chart: &Chart, before: usize, look: Look) -> Self {
        let room = look.bars().saturating_sub(before);
        let peaks: Vec<String> = chart.series.iter().map(|series| look.text(&peak(series, chart.unit))).collect();
        let beside = peaks.iter().map(|peak| width(peak) + BESIDE.len()).max().unwrap_or(0);
        let points = chart.series.iter().map(|series| series.points.len()).max().unwrap_or(0);
        let several = points.div_ceil(room.saturating_sub(beside).max(LEAST_BARS)).max(1);
        let count = points.div_ceil(several);

        let merged: Vec<Vec<Point>> =
            chart.series.iter().map(|series| spark::merged(&series.points, several)).collect();
        let largest = merged.iter().filter_map(|points| spark::largest(points)).fold(0.0, f64::max);
        let line = |(points, peak): (&Vec<Point>, &String)| {
            if points.is_empty() {
                return look.text("–");
            }
            let bars = spark::bars(points, largest, look.marks());
            let blanks = " ".repeat(count - points.len());
            format!("{bars}{blanks}{}{peak}", if peak.is_empty() { "" } else { BESIDE })
        };
        let mut bars: Vec<String> = merged.iter().zip(&peaks).map(line).collect();

        let mut below = marked(chart, several, count, look);
        let place_of_axis = below.len();
        below.push(axis(chart, several, count, room));
        let all = || chart.series.iter().flat_map(|series| &series.points);
        let mut said = Vec::new();
        if all().any(|point| *point == Point::NotDelivered) {
            said.push(format!("{} not delivered yet", look.marks().not_delivered));
        }
        if several > 1 {
            let micros = chart.step.saturating_mul(i64::try_from(several).unwrap_or(i64::MAX));
            said.push(format!("a bar is {}, its largest value", length(micros)));
        }
        for said in said {
            let fits = |line: &&mut String| width(line) + BESIDE.len() + width(&said) <= room;
            match bars.first_mut().filter(fits).or_else(|| below.get_mut(place_of_axis).filter(fits)) {
                Some(line) => line.extend([BESIDE, &said]),
                None => below.extend(wrap(&said, room)),
            }
        }
        below.extend(legend(chart, look).iter().flat_map(|line| wrap(line, room)));
        Self { bars, below }
    }

    fn lines(&self, labels: &[String], column: usize) -> Vec<String> {
        let bars = self.bars.iter().zip(labels);
        let bars = bars.flat_map(|(bars, label)| beside(&right(label, column), column, &[bars.trim_end().to_owned()]));
        let below = self.below.iter().filter(|line| !line.is_empty());
        bars.chain(below.map(|line| format!("{}{line}", " ".repeat(indent(column))))).collect()
    }
}

/// Marks below the bars, those that overlap on lines of their own.
fn marked(chart: &Chart, several: usize, count: usize, look: Look) -> Vec<String> {
    let length = if look.ascii { '-' } else { '─' };
    let time = chart.time();
    let place = |at: i64| {
        let passed = at.clamp(time.start, time.end).saturating_sub(chart.start).div_euclid(chart.step.max(1));
        (usize::try_from(passed).unwrap_or(0) / several.max(1)).min(count.saturating_sub(1))
    };
    let mut lines: Vec<Vec<char>> = Vec::new();
    for mark in chart.marks.iter().filter(|mark| mark.from < time.end && mark.until.unwrap_or(mark.from) >= time.start)
    {
        let from = place(mark.from);
        let to = mark.until.map_or(from, |until| place(until.saturating_sub(1)).max(from));
        let mut drawn: Vec<char> = look.text(&mark.sign).chars().collect();
        drawn.resize(drawn.len().max(to - from + 1), length);
        let taken = from.saturating_sub(1)..from + drawn.len() + 1;
        let is_free =
            |line: &&mut Vec<char>| line.iter().enumerate().all(|(at, char)| *char == ' ' || !taken.contains(&at));
        let index = lines.iter_mut().position(|line| is_free(&line)).unwrap_or(lines.len());
        if index == lines.len() {
            lines.push(Vec::new());
        }
        let line = &mut lines[index];
        line.resize(line.len().max(from + drawn.len()), ' ');
        line[from..from + drawn.len()].copy_from_slice(&drawn);
    }
    lines.into_iter().map(|line| line.into_iter().collect()).collect()
}

/// `A 11:00 deploy checkout 1.42`
fn legend(chart: &Chart, look: Look) -> Vec<String> {
    let points = chart.series.iter().map(|series| series.points.len()).max().unwrap_or(0);
    let when = |time| moment(time, chart, points);
    let text = |mark: &Mark| {
        let until = mark.until.map(|until| format!("{}{}", if look.ascii { "-" } else { "–" }, when(until)));
        format!("{} {}{} {}", mark.sign, when(mark.from), until.unwrap_or_default(), mark.text)
    };
    chart.marks.iter().map(|mark| look.text(&text(mark))).collect()
}

/// `peak 148`, of the points as they are: bars may be several points.
fn peak(series: &Series, unit: Unit) -> String {
    let unit_name = if unit == Unit::Seconds { " ms" } else { "" };
    let peak = spark::largest(&series.points);
    peak.map_or_else(String::new, |peak| format!("peak {}{unit_name}", Value::Float(peak).humane(unit)))
}

/// The times where the bars begin, where delivery ends, where after nothing something begins, and where the bars end;
/// in this order, where there is room.
fn axis(chart: &Chart, several: usize, count: usize, room: usize) -> String {
    let longest = chart.series.iter().max_by_key(|series| series.points.len());
    let Some(points) = longest.map(|series| series.points.as_slice()).filter(|points| !points.is_empty()) else {
        return String::new();
    };
    let delivered = points.iter().rposition(|point| *point != Point::NotDelivered).map_or(0, |last| last + 1);
    let quiet = |index: &usize| {
        let is_more = |point: &Point| matches!(point, Point::Value(value) if *value > 0.0);
        chart.series.iter().any(|series| series.points.get(*index).is_some_and(is_more))
    };
    let begins = (0..points.len()).find(quiet);
    let text = |index: usize| {
        let passed = chart.step.saturating_mul(i64::try_from(index).unwrap_or(i64::MAX));
        moment(chart.start.saturating_add(passed), chart, points.len())
    };
    let end = text(points.len());
    let mut wanted = vec![(0, text(0))];
    wanted.extend((delivered < points.len()).then(|| (delivered / several, text(delivered))));
    wanted.extend(begins.map(|begins| (begins / several, text(begins))));
    wanted.extend(count.checked_sub(end.len()).map(|start| (start, end)));

    let mut placed: Vec<(usize, String)> = Vec::new();
    for (start, text) in wanted {
        let is_free = |(other, placed): &(usize, String)| start + text.len() < *other || other + placed.len() < start;
        if placed.iter().all(is_free) && (placed.is_empty() || start + text.len() <= room) {
            placed.push((start, text));
        }
    }
    placed.sort_unstable();
    let mut axis = String::new();
    for (start, text) in placed {
        axis.extend(std::iter::repeat_n(' ', start.saturating_sub(axis.len())));
        axis.push_str(&text);
    }
    axis
}

/// A time as exact as the chart needs it, UTC.
fn moment(time: i64, chart: &Chart, points: usize) -> String {
    let date = Date::of(time);
    let day = format!("{:02}-{:02}", date.month, date.day);
    let clock = if chart.step % MINUTE == 0 && chart.start % MINUTE == 0 {
        time_of_day(time)
    } else {
        time_of_day_in_seconds(time)
    };
    let whole = i64::try_from(points).unwrap_or(i64::MAX).saturating_mul(chart.step);
    match chart.step {
        step if step % DAY == 0 && chart.start % DAY == 0 => day,
        _ if whole > DAY => format!("{day} {clock}"),
        _ => clock,
    }
}

/// `2 min`
fn length(micros: i64) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")];
    let whole = units.into_iter().find(|(unit, _)| micros > 0 && micros % unit == 0);
    whole.map_or_else(|| format!("{} ms", micros / 1000), |(unit, name)| format!("{} {name}", micros / unit))
}
