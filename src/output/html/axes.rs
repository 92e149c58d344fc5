//! What stands around the values of a chart: rules with numbers at the left, what is not delivered, and times below.
//!
//! Pictures whose places are parts of their width, so that letters keep their shape however wide they are.

use maud::{Markup, html};

use super::marks::percent;
use super::scale::{self, Scale};

/// The area must be as wide as this, in parts of the whole, to hold its own label.
pub(super) const LABELLED: f64 = 0.16;
/// What is farther to the right than this ends where it stands.
const AT_THE_END: f64 = 0.97;

/// Behind the values: rules, and areas of which logs have not come.
pub(super) fn behind(scale: &Scale, later: &[(f64, f64)], height: f64) -> Markup {
    html! {
        svg.axes aria-hidden="true" {
            @for (value, label) in &scale.ticks {
                @let y = percent((1.0 - scale.place(*value)) * 100.0);
                line.zero[*value == 0.0] x2="100%" y1=(y) y2=(y) {}
                text.value x="-8" y=(y) dy="4" { (label) }
            }
            @for (left, wide) in later {
                rect.later x=(percent(left * 100.0)) width=(percent(wide * 100.0)) height="100%" fill="url(#later)" {}
                @if *wide >= LABELLED {
                    text.later x=(percent((left + wide / 2.0) * 100.0)) y=(height / 2.0) { "not delivered" }
                }
            }
        }
    }
}

/// Below the values: times that people say.
pub(super) fn times(start: i64, step: i64, count: usize) -> Markup {
    html! {
        svg.times aria-hidden="true" {
            @for (index, (place, label)) in scale::times(start, step, count).iter().enumerate() {
                @let x = percent(place * 100.0);
                g.odd[index % 2 == 1] {
                    line x1=(x) x2=(x) y2="3" {}
                    text.end[*place > AT_THE_END] x=(x) y="16" { (label) @if index == 0 { " UTC" } }
                }
            }
        }
    }
}

/// The sign of what is not delivered.
pub(super) fn hatched() -> Markup {
    html! {
        svg.hatched aria-hidden="true" width="20" height="12" { rect width="20" height="12" fill="url(#later)" {} }
    }
}
