//! Bars over time: how long one is, and which of them have not been delivered. Pure.

use std::fmt;
use std::ops::Range;

use alblog::time::{MINUTE, SECOND};
use anyhow::{Result, bail};

use crate::base::config::TimeSpan;
use crate::base::message::Message;
use crate::output::document::Point;
use crate::output::steps;

/// More bars than anybody can look at.
const MOST: i64 = 10_000;
/// Bars that can be looked at, for whoever asked for others.
const USUAL: i64 = 60;

/// Equal parts of a window, aligned to the clock. All times in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bars {
    /// Begin of the first one.
    pub start: i64,
    pub step: i64,
    pub count: usize,
}

impl Bars {
    /// The shortest bars of a length people say, of a minute or more, of which at most so many cover the window.
    pub fn fit(window: &Range<i64>, most: usize) -> Self {
        let mut bars = steps::lengths(MINUTE).map(|step| Self::of(window, step));
        bars.find(|bars| bars.count <= most.max(1)).unwrap_or_default()
    }

    /// Bars of the length that somebody asked for, microseconds. Of a window in which there is nothing, any.
    ///
    /// # Errors
    /// When one is longer than the window, which shows nothing over time, or there are more than anybody can look at.
    pub fn asked(window: &Range<i64>, step: i64) -> Result<Self> {
        Self::refuse_longer(window, step)?;
        Self::refuse_too_many(window, step)?;
        Ok(Self::of(window, step))
    }

    /// # Errors
    /// When one would be longer than the window.
    pub fn refuse_longer(window: &Range<i64>, step: i64) -> Result<()> {
        let length = window.end.saturating_sub(window.start);
        if length > 0 && step > length {
            let shown = said(length);
            bail!(refused(length, step, format_args!("a bar would be longer than the time that is shown, {shown}")));
        }
        Ok(())
    }

    /// # Errors
    /// When there would be more than anybody can look at.
    pub fn refuse_too_many(window: &Range<i64>, step: i64) -> Result<()> {
        let length = window.end.saturating_sub(window.start);
        if length / step.max(1) > MOST {
            bail!(refused(length, step, format_args!("there would be more than {MOST} bars")));
        }
        Ok(())
    }

    /// Bars of this length.
    pub fn of(window: &Range<i64>, step: i64) -> Self {
        let step = step.max(SECOND).max((window.end.saturating_sub(window.start)) / MOST);
        let start = window.start.div_euclid(step) * step;
        let length = window.end.saturating_sub(start).max(1);
        let count = usize::try_from(length / step + i64::from(length % step != 0)).unwrap_or(1);
        Self { start, step, count }
    }

    /// The bar in which a time lies.
    pub fn index(&self, time: i64) -> Option<usize> {
        let index = usize::try_from(time.saturating_sub(self.start).div_euclid(self.step.max(1))).ok()?;
        (index < self.count).then_some(index)
    }

    /// When a bar begins; that of the first that is none is the end of the last.
    pub fn begin(&self, index: usize) -> i64 {
        self.start.saturating_add(self.step.saturating_mul(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// Whether a bar can be shown where the logs are delivered up to this time. One that is delivered in part would look
    /// like a recovery, and so it cannot.
    pub fn is_delivered(&self, index: usize, delivered_to: i64) -> bool {
        self.begin(index.saturating_add(1)) <= delivered_to
    }

    /// Whether what was last seen at this time goes on where the logs end: nothing shows that it recovered, for it lies in
    /// the last bar before that.
    pub fn goes_on(&self, last: i64, logs_end: i64) -> bool {
        last.saturating_add(self.step) >= logs_end
    }

    /// A point for each bar: what is given, nothing where nothing is, and what is not delivered marked so.
    pub fn points(
        &self,
        given: impl IntoIterator<Item = (i64, Option<f64>)>,
        empty: Point,
        delivered_to: i64,
    ) -> Vec<Point> {
        let mut points = vec![empty; self.count];
        for (time, value) in given {
            if let Some(index) = self.index(time) {
                points[index] = value.map_or(Point::Nothing, Point::Value);
            }
        }
        for (index, point) in points.iter_mut().enumerate() {
            if !self.is_delivered(index, delivered_to) {
                *point = Point::NotDelivered;
            }
        }
        points
    }

    /// `5 MIN`, `HOUR`, `DAY`: what follows `p99 / `.
    pub fn label(&self) -> String {
        steps::label(self.step)
    }
}

/// A length as people say it: a window that ends now has a fraction of a second.
fn said(micros: i64) -> TimeSpan {
    TimeSpan::micros(if micros > SECOND { micros / SECOND * SECOND } else { micros })
}

/// Why bars of a length are refused for a window that is so long, and which to ask for.
fn refused(length: i64, step: i64, why: fmt::Arguments) -> Message {
    let fits = |step: &i64| length / step <= USUAL;
    let hint = steps::lengths(SECOND).find(fits).map(|step| format!("--bucket {}", said(step)));
    Message::new(format_args!("--bucket {}: {why}", said(step))).hint_if(hint)
}

#[cfg(test)]
mod tests {
    use alblog::time::{DAY, HOUR};

    use super::*;

    #[test]
    fn bars_are_of_lengths_people_say_and_aligned_to_the_clock() {
        for (window, most, step, count, label) in [
            (0..HOUR, 12, 5 * MINUTE, 12, "5 MIN"),
            (MINUTE..HOUR + MINUTE, 12, 10 * MINUTE, 7, "10 MIN"),
            (0..45 * MINUTE, 60, MINUTE, 45, "MIN"),
            (0..DAY, 24, HOUR, 24, "HOUR"),
            (0..365 * DAY, 24, 21 * DAY, 18, "21 DAYS"),
            (0..0, 24, MINUTE, 1, "MIN"),
        ] {
            let bars = Bars::fit(&window, most);
            assert_eq!((bars.step, bars.count, bars.label().as_str()), (step, count, label), "{window:?}");
        }
        assert_eq!(Bars::of(&(90..150), SECOND).count, 1);
        assert!(Bars::of(&(0..365 * DAY), SECOND).count <= 10_001);
    }

    #[test]
    fn bars_that_show_nothing_are_refused() {
        let refused = |window: Range<i64>, step| Bars::asked(&window, step).unwrap_err().to_string();
        assert_eq!(
            refused(0..30 * MINUTE, HOUR),
            "--bucket 1h: a bar would be longer than the time that is shown, 30m\nhint: --bucket 30s"
        );
        let many = refused(0..DAY, SECOND);
        assert_eq!(many, "--bucket 1s: there would be more than 10000 bars\nhint: --bucket 30m");
        assert_eq!(Bars::asked(&(0..HOUR), HOUR).unwrap().count, 1);
        assert_eq!(Bars::asked(&(0..DAY), 10 * SECOND).unwrap().count, 8640);
        assert!(Bars::asked(&(0..0), HOUR).is_ok());
    }

    #[test]
    fn a_bar_in_part_shows_no_recovery() {
        let bars = Bars { start: 0, step: MINUTE, count: 3 };
        assert!(bars.is_delivered(1, 2 * MINUTE) && !bars.is_delivered(1, 2 * MINUTE - 1));
        assert_eq!((bars.begin(0), bars.begin(3), bars.begin(usize::MAX)), (0, 3 * MINUTE, i64::MAX));
        assert!(bars.goes_on(2 * MINUTE, 3 * MINUTE) && !bars.goes_on(2 * MINUTE - 1, 3 * MINUTE));
    }

    #[test]
    fn what_is_not_delivered_is_not_nothing() {
        let bars = Bars::of(&(0..5 * MINUTE), MINUTE);
        let points = bars.points([(0, Some(3.0)), (MINUTE, None), (-1, Some(9.0))], Point::Value(0.0), 3 * MINUTE + 1);
        assert_eq!(
            points,
            [Point::Value(3.0), Point::Nothing, Point::Value(0.0), Point::NotDelivered, Point::NotDelivered]
        );
    }
}
