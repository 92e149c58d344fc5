//! The axes of charts: few ticks, at numbers and times that people say. Pure.

use alblog::time::{DAY, Date, Iso, MINUTE, SECOND};

use crate::output::document::Unit;
use crate::output::{human, steps};

/// Values beyond this are drawn as this.
const LARGEST: f64 = 1e18;
/// Parts into which the range is cut at most; there is a tick at the end of each.
const PARTS: f64 = 4.0;
/// Ticks of time.
const MOST_TIMES: i128 = 8;
/// Ticks that are farther apart than this are so by doubling it.
const LONGEST: i64 = 28 * DAY;

/// From the least to the largest tick.
#[derive(Debug, PartialEq)]
pub(super) struct Scale {
    least: f64,
    most: f64,
    /// Values with what is written at them, from below.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Scale {
    /// A scale for values of this unit, which always holds 0.
    pub(super) fn of(values: impl Iterator<Item = f64>, unit: Unit) -> Self {
        let (mut least, mut most) = (0.0_f64, 0.0_f64);
        for value in values.filter(|value| value.is_finite()) {
            least = least.min(value.max(-LARGEST));
            most = most.max(value.min(LARGEST));
        }
        let size = most.max(-least);
        let step = step((most - least) / PARTS, size, unit);
        // At most so many, whatever rounding does.
        let (lowest, highest) = ((least / step).floor(), (most / step).ceil().max(1.0));
        let numbers = (0..=12).map(|number| lowest + f64::from(number)).take_while(|number| *number <= highest);
        let ticks = numbers.map(|number| (number * step, label(number * step, step, highest * step, unit))).collect();
        Self { least: lowest * step, most: highest * step, ticks }
    }

    /// Where a value stands, from 0 at the least to 1 at the largest tick.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value.clamp(-LARGEST, LARGEST) - self.least) / (self.most - self.least)).clamp(0.0, 1.0)
    }
}

/// A distance between ticks that is at least `least` where the largest value is `size`.
fn step(least: f64, size: f64, unit: Unit) -> f64 {
    if unit == Unit::Duration && size >= 60.0 {
        let said = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
        if let Some(step) = said.into_iter().map(f64::from).find(|step| *step >= least) {
            return step;
        }
    }
    let smallest = match unit {
        Unit::Count | Unit::Bytes | Unit::Code => 1.0,
        Unit::Seconds => 0.001,
        _ => 1e-9,
    };
    let least = least.max(smallest);
    let power = 10_f64.powf(least.log10().floor());
    // A little less, for 0.1 + 0.2 is a little more than 0.3.
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least * 0.999_999)
        .unwrap_or(least)
}

/// What is written at a tick; the unit only at the topmost, unless it belongs to every number.
fn label(value: f64, step: f64, most: f64, unit: Unit) -> String {
    let top = |unit: &str| if value >= most { format!(" {unit}") } else { String::new() };
    match unit {
        _ if value.abs() < step / 2.0 => "0".to_owned(),
        Unit::Seconds if most < 10.0 => format!("{}{}", number(value * 1000.0, step * 1000.0), top("ms")),
        Unit::Duration if most >= 7200.0 => format!("{}{}", number(value / 3600.0, step / 3600.0), top("h")),
        Unit::Duration if most >= 120.0 => format!("{}{}", number(value / 60.0, step / 60.0), top("min")),
        Unit::Seconds | Unit::Duration => format!("{}{}", number(value, step), top("s")),
        Unit::Share => format!("{} %", number(value * 100.0, step * 100.0)),
        Unit::Bytes if value > 0.0 =>
        {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive; casts saturate")]
            human::bytes(value.round() as u64).replace(".0 ", " ")
        }
        _ if most >= 1e9 => format!("{}{}", number(value / 1e9, step / 1e9), " G"),
        _ if most >= 1e6 => format!("{}{}", number(value / 1e6, step / 1e6), " M"),
        _ => number(value, step),
    }
}

/// As many decimals as the distance between ticks has, and a comma between thousands.
fn number(value: f64, step: f64) -> String {
    let decimals = (0..9).find(|decimals| {
        let scaled = step * 10_f64.powi(*decimals);
        (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
    });
    let decimals = usize::try_from(decimals.unwrap_or(9)).unwrap_or(0);
    if decimals > 0 || value.abs() < 1000.0 {
        return format!("{value:.decimals$}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive; casts saturate")]
    let count = human::count(value.abs().round() as u64);
    if value < 0.0 { format!("-{count}") } else { count }
}

/// Ticks of time between `start` and `start + count * step`: where each stands, from 0 to 1, and what is written there.
pub(super) fn times(start: i64, step: i64, count: usize) -> Vec<(f64, String)> {
    let step = i128::from(step.max(1));
    let (start, span) = (i128::from(start), step * i128::try_from(count).unwrap_or(0));
    let mut tick = i128::from(distance(span));
    // Between years that are far apart.
    while span / tick > MOST_TIMES {
        tick *= 2;
    }
    let first = start.div_euclid(tick) * tick;
    let first = if first < start { first + tick } else { first };
    let ticks = (0..=MOST_TIMES).map(|number| first + number * tick).take_while(|time| *time <= start + span);
    let mut ticks: Vec<(f64, String)> =
        ticks.filter_map(|time| Some((part(time - start, span), clock(i64::try_from(time).ok()?, tick)))).collect();
    if ticks.is_empty() {
        ticks.extend(i64::try_from(start).ok().map(|start| (0.0, clock(start, tick))));
    }
    ticks
}

/// A distance people say, of which few fit into the span.
fn distance(span: i128) -> i64 {
    let mut said = steps::lengths(SECOND).take_while(|distance| *distance <= LONGEST);
    said.find(|distance| span / i128::from(*distance) < MOST_TIMES).unwrap_or(LONGEST)
}

#[expect(clippy::cast_precision_loss, reason = "a place on a picture")]
fn part(time: i128, span: i128) -> f64 {
    time as f64 / (span.max(1)) as f64
}

/// `14:05`; seconds if ticks are so close, the day at midnight.
fn clock(time: i64, tick: i128) -> String {
    if tick >= i128::from(DAY) || time.rem_euclid(DAY) == 0 {
        let Date { year: _, month, day } = Date::of(time);
        return format!("{month:02}-{day:02}");
    }
    let text = Iso(time).to_string();
    let clock = text.split('T').nth(1).unwrap_or_default();
    clock.chars().take(if tick < i128::from(MINUTE) { 8 } else { 5 }).collect()
}

#[cfg(test)]
mod tests {
    use alblog::time::HOUR;

    use super::*;

    fn labels(most: f64, unit: Unit) -> Vec<String> {
        Scale::of([most].into_iter(), unit).ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_few_and_humane() {
        assert_eq!(labels(148.0, Unit::Count), ["0", "50", "100", "150"]);
        assert_eq!(labels(3.0, Unit::Count), ["0", "1", "2", "3"]);
        assert_eq!(labels(0.0, Unit::Count), ["0", "1"]);
        assert_eq!(labels(61_930.0, Unit::Count), ["0", "20,000", "40,000", "60,000", "80,000"]);
        assert_eq!(labels(3_100_000.0, Unit::Count), ["0", "1 M", "2 M", "3 M", "4 M"]);
        assert_eq!(labels(1.42, Unit::Seconds), ["0", "500", "1,000", "1,500 ms"]);
        assert_eq!(labels(0.004, Unit::Seconds), ["0", "1", "2", "3", "4 ms"]);
        assert_eq!(labels(29.8, Unit::Seconds), ["0", "10", "20", "30 s"]);
        assert_eq!(labels(0.0207, Unit::Share), ["0", "1 %", "2 %", "3 %"]);
        assert_eq!(labels(0.0007, Unit::Share), ["0", "0.02 %", "0.04 %", "0.06 %", "0.08 %"]);
        assert_eq!(labels(3.1e9, Unit::Bytes), ["0", "1 GB", "2 GB", "3 GB", "4 GB"]);
        assert_eq!(labels(5400.0, Unit::Duration), ["0", "30", "60", "90 min"]);
        assert_eq!(labels(0.7, Unit::Number), ["0", "0.2", "0.4", "0.6", "0.8"]);
    }

    #[test]
    fn values_below_zero_have_room() {
        let scale = Scale::of([-30.0, 70.0].into_iter(), Unit::Count);
        let labels: Vec<&str> = scale.ticks.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["-50", "0", "50", "100"]);
        assert!((scale.place(0.0) - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn any_values_have_few_ticks() {
        for values in [[f64::NAN, f64::INFINITY], [f64::MAX, f64::MIN], [f64::MIN_POSITIVE, 0.0], [-1e-300, 1e300]] {
            for unit in Unit::ALL {
                let scale = Scale::of(values.into_iter(), unit);
                assert!((2..=8).contains(&scale.ticks.len()), "{values:?} {unit:?}: {scale:?}");
                assert!((0.0..=1.0).contains(&scale.place(values[0].max(-1e300))) || values[0].is_nan());
            }
        }
    }

    #[test]
    fn times_are_those_of_clocks() {
        let at = |text: &str| alblog::time::parse(text.as_bytes()).unwrap();
        let labels = |start: &str, step, count| -> Vec<String> {
            times(at(start), step, count).into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels("2026-11-22T02:25:00Z", MINUTE, 45), ["02:30", "02:40", "02:50", "03:00", "03:10"]);
        assert_eq!(labels("2026-11-22T22:00:00Z", 5 * MINUTE, 48), ["22:00", "23:00", "11-23", "01:00", "02:00"]);
        assert_eq!(
            labels("2026-11-20T00:00:00Z", HOUR, 72),
            ["11-20", "12:00", "11-21", "12:00", "11-22", "12:00", "11-23"]
        );
        assert_eq!(labels("2026-11-01T00:00:00Z", DAY, 10), ["11-01", "11-03", "11-05", "11-07", "11-09", "11-11"]);
        assert_eq!(
            labels("2026-11-22T02:25:00Z", SECOND, 20),
            ["02:25:00", "02:25:05", "02:25:10", "02:25:15", "02:25:20"]
        );
    }

    #[test]
    fn any_time_has_a_tick() {
        for start in [i64::MIN, -1, 0, i64::MAX] {
            for step in [i64::MIN, 0, 1, DAY, i64::MAX] {
                for count in [0, 1, 10_000] {
                    let ticks = times(start, step, count);
                    assert!((1..=9).contains(&ticks.len()), "{start} {step} {count}: {ticks:?}");
                    assert!(ticks.iter().all(|(place, _)| (0.0..=1.0).contains(place)));
                }
            }
        }
    }
}
