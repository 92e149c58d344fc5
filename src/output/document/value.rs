//! A value of a report with its unit, and how people read it.

use std::time::Duration;

use crate::base::clock::to_the_second;
use crate::output::human;

/// What a number or text is. A column has one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    #[default]
    Text,
    /// How many: `184,201`.
    Count,
    /// Seconds, shown as whole milliseconds: `1,420`.
    Seconds,
    /// Seconds of something long, shown as a person says it: `2 h 5 min`.
    Duration,
    /// A size: `3.1 GB`.
    Bytes,
    /// A part of a whole from 0 to 1: `2.07 %`.
    Share,
    /// A plain number with up to two decimals.
    Number,
    /// A number that is a name: a status code, a port, a rule's priority.
    Code,
    /// A moment, microseconds since the epoch.
    Time,
    /// A line of bars.
    Series,
}

impl Unit {
    /// The unit of this name, as the header of a query file writes it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }

    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Count,
        Self::Seconds,
        Self::Duration,
        Self::Bytes,
        Self::Share,
        Self::Number,
        Self::Code,
        Self::Time,
        Self::Series,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Count => "count",
            Self::Seconds => "seconds",
            Self::Duration => "duration",
            Self::Bytes => "bytes",
            Self::Share => "share",
            Self::Number => "number",
            Self::Code => "code",
            Self::Time => "time",
            Self::Series => "series",
        }
    }

    /// Whether values stand at the right of their column.
    pub fn is_aligned_right(self) -> bool {
        !matches!(self, Self::Text | Self::Series | Self::Time)
    }
}

/// A value. Its unit is its column's.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    /// There is none. Drawn as `–`.
    #[default]
    Null,
    Text(String),
    /// What something is called, and what it really is: drawn as the one, handed on to other formats as the other.
    Name {
        /// An ARN, `app/<name>/<id>`.
        id: String,
        /// Short: `checkout/checkout-api`.
        shown: String,
    },
    /// A whole number: a count, bytes, a code, a time.
    Int(i64),
    Float(f64),
    Series(Vec<Point>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Point {
    /// A value; 0 is nothing at all.
    Value(f64),
    /// There were rows, but no value among them: no latency without a target.
    Nothing,
    /// The logs of this time have not been delivered. Never drawn as nothing.
    NotDelivered,
    /// What should be there is not: an hour that is not exported.
    Missing,
}

impl Point {
    /// A count as a bar.
    #[expect(clippy::cast_precision_loss, reason = "an eighth of the largest is much more than what is lost")]
    pub fn count(count: u64) -> Self {
        Self::Value(count as f64)
    }
}

impl Value {
    /// How many of something, or bytes.
    pub fn count(count: u64) -> Self {
        Self::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// As a number, if it is one.
    #[expect(clippy::cast_precision_loss, reason = "counts of rows and bytes are far below 2^53")]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Null | Self::Text(_) | Self::Name { .. } | Self::Series(_) => None,
        }
    }

    /// As people read it in one line; `–` for none. Text is given as it is: who draws it makes it harmless.
    pub fn humane(&self, unit: Unit) -> String {
        let number = match self {
            Self::Null => return "–".to_owned(),
            Self::Text(text) | Self::Name { shown: text, .. } => return text.clone(),
            Self::Series(_) => return String::new(),
            Self::Int(_) | Self::Float(_) => self.number().unwrap_or(f64::NAN),
        };
        if !number.is_finite() {
            return "–".to_owned();
        }
        match (unit, self) {
            (Unit::Time, Self::Int(micros)) => to_the_second(*micros),
            (Unit::Code | Unit::Text, Self::Int(code)) => code.to_string(),
            (Unit::Count, _) => signed_count(number),
            (Unit::Seconds, _) => signed_count((number * 1000.0).round()),
            (Unit::Duration, _) => human::elapsed(Duration::try_from_secs_f64(number.max(0.0)).unwrap_or_default()),
            (Unit::Bytes, _) => human::bytes(whole(number)),
            (Unit::Share, _) => share(number),
            _ => decimal(number),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded, not negative; casts saturate")]
fn whole(number: f64) -> u64 {
    number.max(0.0).round() as u64
}

fn signed_count(number: f64) -> String {
    let sign = if number <= -0.5 { "-" } else { "" };
    format!("{sign}{}", human::count(whole(number.abs())))
}

/// `0 %`, `0.003 %`, `2.07 %`, `34.1 %`, `100 %`: three digits that matter, and never 0 or 100 for what is not.
fn share(share: f64) -> String {
    let percent = share * 100.0;
    let size = percent.abs();
    if size == 0.0 || !size.is_finite() {
        return if size == 0.0 { "0 %".to_owned() } else { "–".to_owned() };
    }
    let digits = match size {
        _ if size < 0.1 => 3,
        _ if size < 10.0 => 2,
        _ if size < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{percent:.digits$}");
    match text.as_str() {
        "0.000" => "< 0.001 %".to_owned(),
        "100.0" if size < 100.0 => "> 99.9 %".to_owned(),
        _ => format!("{text} %"),
    }
}

/// Up to two decimals, and a comma between thousands.
fn decimal(number: f64) -> String {
    if number.abs() >= 1000.0 || number.fract() == 0.0 {
        return signed_count(number.round());
    }
    format!("{number:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        for (unit, number, text) in [
            (Unit::Count, 184_201.0, "184,201"),
            (Unit::Count, -12.0, "-12"),
            (Unit::Seconds, 1.42, "1,420"),
            (Unit::Seconds, 0.0004, "0"),
            (Unit::Share, 0.0207, "2.07 %"),
            (Unit::Share, 0.341, "34.1 %"),
            (Unit::Share, 0.0, "0 %"),
            (Unit::Share, 0.000_000_1, "< 0.001 %"),
            (Unit::Share, 0.999_999, "> 99.9 %"),
            (Unit::Share, 1.0, "100 %"),
            (Unit::Share, 3.25, "325 %"),
            (Unit::Number, 0.5, "0.5"),
            (Unit::Number, 12.0, "12"),
            (Unit::Bytes, 3_100_000_000.0, "3.1 GB"),
            (Unit::Duration, 7500.0, "2 h 5 min"),
        ] {
            assert_eq!(Value::Float(number).humane(unit), text, "{number} {unit:?}");
        }
        assert_eq!(Value::Int(502).humane(Unit::Code), "502");
        assert_eq!(Value::Int(1_795_169_100_500_000).humane(Unit::Time), "2026-11-20 10:05:00");
        assert_eq!(Value::Null.humane(Unit::Count), "–");
        for unit in Unit::ALL {
            assert_eq!(Value::Float(f64::NAN).humane(unit), "–", "{unit:?}");
            assert_eq!(Value::Float(f64::NEG_INFINITY).humane(unit), "–", "{unit:?}");
        }
        assert_eq!(Value::Int(i64::MIN).humane(Unit::Time), "-290308-12-21 19:59:05");
    }

    #[test]
    fn units_are_read_back() {
        for unit in Unit::ALL {
            assert_eq!(Unit::named(unit.name()), Some(unit));
        }
        assert_eq!(Unit::named("furlongs"), None);
    }
}
