//! What happened in the time of a chart: lines and areas over its bars, and a list of what their signs mean.

use std::ops::Range;

use maud::{Markup, html};

use super::marks::short;
use super::words::Words;
use crate::base::clock::to_the_minute;
use crate::output::document::{Chart, Mark};

/// Signs that stand near each other are on so many rows.
const ROWS: usize = 4;

/// Lines and areas over the bars.
pub(super) fn drawn(chart: &Chart, words: &Words) -> Markup {
    let time = chart.time();
    html! {
        @for (index, mark) in chart.marks.iter().enumerate() {
            @let (left, right) = (place(mark.from, &time), place(mark.until.unwrap_or(mark.from), &time));
            div.happened.moment[mark.until.is_none()]
                style=(format!("left:{}%;width:{}%;--row:{}", short(left), short(right - left), index % ROWS)) {
                span { (words.prose(&mark.sign)) }
            }
        }
    }
}

/// How far from the left, in percent.
#[expect(clippy::cast_precision_loss, reason = "a part of a picture")]
fn place(at: i64, time: &Range<i64>) -> f64 {
    let passed = at.clamp(time.start, time.end).saturating_sub(time.start);
    passed as f64 / (time.end - time.start).max(1) as f64 * 100.0
}

/// What the signs mean.
pub(super) fn legend(chart: &Chart, words: &Words) -> Markup {
    html! {
        @if !chart.marks.is_empty() {
            ul.happenings {
                @for mark in &chart.marks {
                    li { b { (words.prose(&mark.sign)) } " " time { (when(mark)) } " " (words.prose(&mark.text)) }
                }
            }
        }
    }
}

/// `2026-11-22 02:51–03:05`
fn when(mark: &Mark) -> String {
    let until = mark.until.map(|until| format!("–{}", to_the_minute(until).chars().skip(11).collect::<String>()));
    format!("{}{}", to_the_minute(mark.from), until.unwrap_or_default())
}
