//! What happened in the time of a chart: lines and areas over its bars, and a list of what their signs mean.

use std::ops::Range;

use maud::{Markup, html};

use super::marks::percent;
use super::words::Words;
use crate::base::clock::to_the_minute;
use crate::output::document::{Chart, Mark};

/// Signs that stand near each other are on so many rows.
const ROWS: usize = 4;
const ROW_HEIGHT: usize = 15;

/// Lines and areas over the bars.
pub(super) fn drawn(chart: &Chart, words: &Words) -> Markup {
    let time = chart.time();
    html! {
        @if !chart.marks.is_empty() {
            svg.happened aria-hidden="true" {
                @for (index, mark) in chart.marks.iter().enumerate() {
                    @let (left, right) = (place(mark.from, &time), place(mark.until.unwrap_or(mark.from), &time));
                    g.moment[mark.until.is_none()] {
                        @if mark.until.is_some() {
                            rect x=(percent(left)) width=(percent(right - left)) height="100%" {}
                            line x1=(percent(right)) x2=(percent(right)) y2="100%" {}
                        }
                        line x1=(percent(left)) x2=(percent(left)) y2="100%" {}
                        text x=(percent(left)) y=((index % ROWS + 1) * ROW_HEIGHT) dx="4" { (words.prose(&mark.sign)) }
                    }
                }
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
