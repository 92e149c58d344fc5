//! Values over time as a picture: bars upon each other for what can be added, lines for the rest.
//!
//! The picture is stretched to the width there is; words and the axes are a picture of their own behind it (`axes`), which is
//! not. Every bar has a title with its time and all values, which is also what the script shows beside the pointer.

use std::fmt::Write;

use alblog::time::{DAY, HOUR, MINUTE, SECOND};
use maud::{Markup, html};

use super::marks::{class, is_hollow, short, sign, texture};
use super::parts::title_of;
use super::scale::Scale;
use super::words::Words;
use super::{axes, happened};
use crate::base::clock::{to_the_minute, to_the_second};
use crate::output::document::{Chart, Point, Series, Unit, Value};
use crate::output::human;
use crate::output::spark::merged;

/// Height, in pixels as in units of the picture: only its width is stretched.
const HEIGHT: f64 = 150.0;
/// Width of a bar, in units of the picture.
const STEP: f64 = 10.0;
/// More bars than this are merged.
const MOST_BARS: usize = 720;
/// Room for labels that the style sheet knows, digits.
const MOST_DIGITS: usize = 16;
/// Markers on a line.
const MARKERS: usize = 8;

/// What is drawn: as many points for each series.
struct Picture<'c> {
    chart: &'c Chart,
    series: Vec<Vec<Point>>,
    count: usize,
    /// Points of the chart in one of the picture.
    several: usize,
    is_bars: bool,
    scale: Scale,
}

pub(super) fn chart(chart: &Chart, words: &Words) -> Markup {
    let picture = Picture::new(chart);
    let title = words.prose(title_of(chart));
    let later = picture.not_delivered();
    // What has a label of its own needs no key, but for where there is no room.
    let has_label = later.iter().any(|(_, wide)| *wide >= axes::LABELLED);
    html! {
        figure.chart {
            figcaption {
                @if !title.is_empty() { span.title { (title) } }
                (picture.keys(words))
                @if !later.is_empty() { span.key.narrow[has_label] { (axes::hatched()) "not delivered" } }
                @if picture.several > 1 { span.key { "a bar is " (picture.length()) ", its largest value" } }
            }
            @if picture.count == 0 {
                p.empty { "no values" }
            } @else {
                div.frame {
                    div.plot tabindex="0" role="group" aria-label=(picture.said(&title))
                        data-start=(chart.start) data-step=(picture.step()) {
                        (axes::behind(&picture.scale, &later, HEIGHT))
                        (picture.draw(words))
                        (happened::drawn(chart, words))
                    }
                    (axes::times(chart.start, picture.step(), picture.count))
                }
                (happened::legend(chart, words))
            }
        }
    }
}

impl<'c> Picture<'c> {
    fn new(chart: &'c Chart) -> Self {
        let points = chart.series.iter().map(|series| series.points.len()).max().unwrap_or(0);
        let several = points.div_ceil(MOST_BARS).max(1);
        let series: Vec<Vec<Point>> = chart.series.iter().map(|series| merged(&series.points, several)).collect();
        let count = points.div_ceil(several);
        let is_bars = matches!(chart.unit, Unit::Count | Unit::Bytes);
        let all = || series.iter().flatten().filter_map(number);
        let scale = if is_bars {
            let sums = (0..count).map(|index| series.iter().filter_map(|points| height(points, index)).sum());
            Scale::of(sums, chart.unit)
        } else {
            Scale::of(all(), chart.unit)
        };
        Self { chart, series, count, several, is_bars, scale }
    }

    /// Where logs have not come, or will not, as parts of the whole: begin and width.
    fn not_delivered(&self) -> Vec<(f64, f64)> {
        let is_unknown = |point: Option<&Point>| matches!(point, Some(Point::NotDelivered | Point::Missing));
        let is_later = |index: usize| self.series.iter().any(|points| is_unknown(points.get(index)));
        let flags: Vec<bool> = (0..self.count).map(is_later).collect();
        let mut areas = Vec::new();
        let mut index = 0;
        for run in flags.chunk_by(|left, right| left == right) {
            if run[0] {
                areas
                    .push((coordinate(index) / coordinate(self.count), coordinate(run.len()) / coordinate(self.count)));
            }
            index += run.len();
        }
        areas
    }

    /// What the signs mean, and the peak of each series.
    fn keys(&self, words: &Words) -> Markup {
        let is_one = self.series.len() == 1;
        html! {
            @for (index, series) in self.chart.series.iter().enumerate() {
                @let peak = peak(series, self.chart);
                @if !is_one || peak.is_some() {
                    span.key {
                        @if !is_one { (sign(index, self.is_bars)) (words.prose(&series.name)) " " }
                        @if let Some(peak) = peak { span.peak { "peak " (peak) } }
                    }
                }
            }
        }
    }

    /// The chart in a sentence.
    fn said(&self, title: &str) -> String {
        let from = to_the_minute(self.chart.start);
        let to = to_the_minute(self.begin(self.count));
        format!("{title}, {from} to {to} UTC; the arrow keys tell the values")
    }

    /// How long a bar is, microseconds.
    fn step(&self) -> i64 {
        self.chart.step.saturating_mul(i64::try_from(self.several).unwrap_or(i64::MAX))
    }

    /// How much time a bar is.
    fn length(&self) -> String {
        match self.step() {
            micros if micros % DAY == 0 => human::plural((micros / DAY).unsigned_abs(), "day"),
            micros if micros % HOUR == 0 => format!("{} h", micros / HOUR),
            micros if micros % MINUTE == 0 => format!("{} min", micros / MINUTE),
            micros => format!("{} s", micros / SECOND),
        }
    }

    /// The begin of a bar.
    fn begin(&self, index: usize) -> i64 {
        let points = i64::try_from(index.saturating_mul(self.several)).unwrap_or(i64::MAX);
        self.chart.start.saturating_add(self.chart.step.saturating_mul(points))
    }

    fn draw(&self, words: &Words) -> Markup {
        let wide = coordinate(self.count) * STEP;
        html! {
            svg.values viewBox=(format!("0 0 {wide} {HEIGHT}")) preserveAspectRatio="none" {
                @if self.is_bars { (self.bars()) } @else { (self.lines()) }
                g.hits {
                    @for index in 0..self.count {
                        rect x=(short(coordinate(index) * STEP)) width=(STEP) height=(HEIGHT) {
                            title { (self.told(index, words)) }
                        }
                    }
                }
            }
        }
    }

    /// Bars upon each other, the first series at the bottom.
    fn bars(&self) -> Markup {
        // Many bars have no room between them.
        let gap = if self.count > 240 { 0.0 } else { 1.0 };
        let mut below = vec![0.0; self.count];
        let mut paths = vec![String::new(); self.series.len()];
        for (points, path) in self.series.iter().zip(&mut paths) {
            for (index, below) in below.iter_mut().enumerate() {
                let Some(value) = height(points, index).filter(|value| *value > 0.0) else { continue };
                let (bottom, top) = (self.y(*below), self.y(*below + value));
                *below += value;
                // A value that is there is seen.
                let top = top.min(bottom - 1.0);
                let left = short(coordinate(index) * STEP + gap);
                let wide = short(STEP - 2.0 * gap);
                // Writing to a String cannot fail.
                let _ = write!(path, "M{left} {}h{wide}V{}h-{wide}z", short(bottom), short(top));
            }
        }
        html! {
            @for (index, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
                path class=(format!("bar {}", class(index))) d=(path) {}
                @if let Some(fill) = texture(index) { path d=(path) fill=(fill) {} }
            }
        }
    }

    fn lines(&self) -> Markup {
        let drawn: Vec<(usize, String, String)> = (0..self.series.len())
            .map(|series| {
                let (line, marks) = self.line(series);
                (series, line, marks)
            })
            .collect();
        html! {
            @for (series, line, marks) in drawn.iter().filter(|(_, line, marks)| !line.is_empty() || !marks.is_empty()) {
                path class=(format!("line {}", class(*series))) d=(line) {}
                path class=(format!("mark {}", class(*series))) d=(marks) {}
                @if is_hollow(*series) { path class=(format!("hole {}", class(*series))) d=(marks) {} }
            }
        }
    }

    /// A line with gaps where there are no values, and its markers: a few, each series' elsewhere, and one at a value
    /// without neighbours.
    fn line(&self, series: usize) -> (String, String) {
        let points = &self.series[series];
        let every = points.len().div_ceil(MARKERS).max(1);
        let offset = (every / 2 + series * every / self.series.len()) % every;
        let (mut line, mut marks, mut is_open) = (String::new(), String::new(), false);
        for (index, point) in points.iter().enumerate() {
            let Some(value) = number(point) else {
                is_open = false;
                continue;
            };
            let (x, y) = (short((coordinate(index) + 0.5) * STEP), short(self.y(value)));
            let has_next = points.get(index + 1).and_then(number).is_some();
            // Writing to a String cannot fail.
            if is_open || has_next {
                let _ = write!(line, "{}{x} {y}", if is_open { 'L' } else { 'M' });
            }
            let is_marked = self.series.len() > 1 && index % every == offset;
            if is_marked || (!is_open && !has_next) {
                let _ = write!(marks, "M{x} {y}h.01");
            }
            is_open = true;
        }
        (line, marks)
    }

    /// From above.
    fn y(&self, value: f64) -> f64 {
        (1.0 - self.scale.place(value)) * HEIGHT
    }

    /// Time and values of a bar, a line each.
    fn told(&self, index: usize, words: &Words) -> String {
        let unit = self.chart.unit;
        let mut told = self.period(index);
        let mut sum = 0.0;
        for (series, points) in self.chart.series.iter().zip(&self.series) {
            let name = words.prose(&series.name);
            let name = if self.series.len() == 1 || name.is_empty() { String::new() } else { format!("{name}: ") };
            let value = match points.get(index) {
                Some(Point::NotDelivered) => "not delivered yet".to_owned(),
                Some(Point::Missing) => "missing".to_owned(),
                Some(Point::Value(value)) => {
                    sum += value;
                    said(*value, unit)
                }
                Some(Point::Nothing) | None => "–".to_owned(),
            };
            told.push('\n');
            told.push_str(&name);
            told.push_str(&value);
        }
        if self.is_bars && self.series.len() > 1 {
            told.push_str("\ntogether: ");
            told.push_str(&said(sum, unit));
        }
        told
    }

    /// `2026-11-22 02:51–02:52 UTC`
    fn period(&self, index: usize) -> String {
        let (begin, end) = (self.begin(index), self.begin(index + 1));
        let text = if self.chart.step % MINUTE == 0 { to_the_minute } else { to_the_second };
        let (from, to) = (text(begin), text(end));
        if self.chart.step == DAY && begin.rem_euclid(DAY) == 0 {
            return from.chars().take(10).collect();
        }
        // The same day is said once.
        let to = if begin.div_euclid(DAY) == end.div_euclid(DAY) { to.chars().skip(11).collect() } else { to };
        format!("{from}–{to} UTC")
    }
}

/// The largest value and when it was: `148 at 02:57`.
fn peak(series: &Series, chart: &Chart) -> Option<String> {
    let mut peak: Option<(usize, f64)> = None;
    for (index, value) in series.points.iter().map(number).enumerate() {
        if let Some(value) = value
            && peak.is_none_or(|(_, most)| value > most)
        {
            peak = Some((index, value));
        }
    }
    let (index, value) = peak.filter(|(_, value)| *value > 0.0)?;
    let begin = |index: usize| {
        let steps = i64::try_from(index).unwrap_or(i64::MAX);
        chart.start.saturating_add(chart.step.saturating_mul(steps))
    };
    let when = to_the_minute(begin(index));
    let is_one_day = begin(series.points.len()).saturating_sub(1).div_euclid(DAY) == chart.start.div_euclid(DAY);
    let when = match () {
        () if chart.step >= DAY => when.chars().take(10).collect(),
        () if is_one_day => when.chars().skip(11).collect(),
        () => when.chars().skip(5).collect::<String>(),
    };
    Some(format!("{} at {when}", said(value, chart.unit)))
}

/// How wide the labels at the left of these charts are, in whole digits: the same for all, so that times stand below each
/// other.
pub(super) fn gutter<'c>(charts: impl Iterator<Item = &'c Chart>) -> usize {
    let widest = |chart| Picture::new(chart).scale.ticks.iter().map(|(_, label)| digits(label)).fold(0.0, f64::max);
    let digits = charts.map(widest).fold(0.0, f64::max);
    (1..MOST_DIGITS).find(|whole| coordinate(*whole) >= digits).unwrap_or(MOST_DIGITS)
}

/// About how wide a label is, in digits.
fn digits(label: &str) -> f64 {
    let width = |char: char| match char {
        ',' | '.' | ' ' | '-' => 0.5,
        '0'..='9' => 1.0,
        _ => 1.5,
    };
    label.chars().map(width).sum()
}

/// A value with its unit.
fn said(value: f64, unit: Unit) -> String {
    let shown = Value::Float(value).humane(unit);
    match unit {
        Unit::Seconds if value.is_finite() => format!("{shown} ms"),
        _ => shown,
    }
}

fn number(point: &Point) -> Option<f64> {
    match point {
        Point::Value(value) if value.is_finite() => Some(*value),
        Point::Value(_) | Point::Nothing | Point::NotDelivered | Point::Missing => None,
    }
}

/// What a bar adds to those below it: what is less than nothing adds nothing.
fn height(points: &[Point], index: usize) -> Option<f64> {
    points.get(index).and_then(number).map(|value| value.max(0.0))
}

#[expect(clippy::cast_precision_loss, reason = "bars of a picture")]
fn coordinate(index: usize) -> f64 {
    index as f64
}
