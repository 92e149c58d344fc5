//! A line of bars in a cell: a shape, in parts of its own largest value; the numbers are in its title.

use std::fmt::Write;

use maud::{Markup, html};

use super::marks::short;
use super::table::plain;
use crate::output::document::Point;
use crate::output::spark::{largest, merged};

/// Units of the picture.
const WIDTH: f64 = 96.0;
const HEIGHT: f64 = 20.0;
/// More bars than this are merged.
const MOST_BARS: usize = 48;
/// More values than this are not told one by one.
const MOST_TOLD: usize = 60;

pub(super) fn spark(points: &[Point]) -> Markup {
    let told = told(points);
    let points = merged(points, points.len().div_ceil(MOST_BARS));
    let step = WIDTH / coordinate(points.len().max(1));
    let wide = step - if step > 3.0 { 1.0 } else { 0.0 };
    let (mut bars, mut zeros, mut later, mut missing) = (String::new(), String::new(), String::new(), String::new());
    let most = largest(&points).unwrap_or(0.0);
    for (index, point) in points.iter().enumerate() {
        let (left, wide) = (short(coordinate(index) * step), short(wide));
        // Writing to a String cannot fail.
        let _ = match *point {
            Point::NotDelivered => write!(later, "M{left} 0h{}v{HEIGHT}h-{0}z", short(step)),
            Point::Missing => write!(missing, "M{left} 0h{wide}v{HEIGHT}h-{wide}z"),
            Point::Value(value) if value > 0.0 && value.is_finite() => {
                let high = (value / most * HEIGHT).clamp(1.5, HEIGHT);
                write!(bars, "M{left} {HEIGHT}v-{}h{wide}v{0}z", short(high))
            }
            Point::Value(value) if value.is_finite() => write!(zeros, "M{left} {}h{wide}", HEIGHT - 0.5),
            Point::Value(_) | Point::Nothing => Ok(()),
        };
    }
    html! {
        svg.spark role="img" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) {
            title { (told) }
            rect.ground width=(WIDTH) height=(HEIGHT) {}
            @if !later.is_empty() { path.later d=(later) fill="url(#later)" {} }
            @if !missing.is_empty() { path.missing d=(missing) {} }
            @if !zeros.is_empty() { path.zero d=(zeros) {} }
            @if !bars.is_empty() { path.bar d=(bars) {} }
        }
    }
}

/// The values as text.
fn told(points: &[Point]) -> String {
    let number = |point: &Point| match *point {
        Point::Value(value) if value.is_finite() => plain(value),
        Point::NotDelivered => "not delivered yet".to_owned(),
        Point::Missing => "missing".to_owned(),
        Point::Value(_) | Point::Nothing => "–".to_owned(),
    };
    if points.len() <= MOST_TOLD {
        let delivered = points.iter().rposition(|point| *point != Point::NotDelivered).map_or(0, |last| last + 1);
        let mut told: Vec<String> = points[..delivered].iter().map(number).collect();
        match points.len() - delivered {
            0 => {}
            1 => told.push("not delivered yet".to_owned()),
            later => told.push(format!("{later} not delivered yet")),
        }
        return told.join(" · ");
    }
    let later = points.iter().filter(|point| **point == Point::NotDelivered).count();
    let most = largest(points).map_or_else(|| "–".to_owned(), plain);
    format!("{} values, the largest {most}, {later} not delivered yet", points.len())
}

#[expect(clippy::cast_precision_loss, reason = "bars of a picture")]
fn coordinate(index: usize) -> f64 {
    index as f64
}
