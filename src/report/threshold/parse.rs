//! A threshold as it is typed: column, operator, number, unit.

use anyhow::{Result, anyhow};

use super::{Measure, Operator, Threshold};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::output::width;

/// Units by the name that is typed, in lower case. Sizes are decimal, as they are shown.
const UNITS: [(&str, Measure); 9] = [
    ("ms", Measure::Time(-3, 1.0)),
    ("s", Measure::Time(0, 1.0)),
    ("min", Measure::Time(0, 60.0)),
    ("h", Measure::Time(0, 3600.0)),
    ("%", Measure::Share),
    ("b", Measure::Size(0)),
    ("kb", Measure::Size(3)),
    ("mb", Measure::Size(6)),
    ("gb", Measure::Size(9)),
];

pub(super) fn threshold(text: &str) -> Result<Threshold> {
    let mut rest = Rest { text, at: 0 };
    let column = rest.take(|char| char.is_ascii_alphanumeric() || char == '_');
    if column.is_empty() {
        return Err(rest.expected("the name of a column"));
    }
    let operators = Operator::ALL;
    let Some((operator, sign)) = operators.into_iter().find(|(_, sign)| rest.ahead().starts_with(sign)) else {
        return Err(rest.expected("one of > >= < <= = !="));
    };
    rest.at += sign.len();
    let start = rest.ahead_at();
    let number = rest.take(|char| char.is_ascii_digit() || matches!(char, '.' | '-'));
    if !is_number(number) {
        rest.at = start;
        return Err(rest.expected("a number such as 1500 or 0.5"));
    }
    let start = rest.ahead_at();
    let unit = rest.take(|char| char.is_alphanumeric() || char == '%').to_lowercase();
    let measure = match UNITS.iter().find(|(name, _)| *name == unit) {
        Some((_, measure)) => *measure,
        None if unit.is_empty() => Measure::Plain,
        None => {
            rest.at = start;
            return Err(rest.expected("a unit: ms, s, min, h, %, kB, MB, GB, or none"));
        }
    };
    if !rest.ahead().is_empty() {
        return Err(rest.expected("nothing more: one condition a flag"));
    }
    Ok(Threshold {
        typed: text.trim().to_owned(),
        column: column.to_owned(),
        operator,
        number: number.to_owned(),
        measure,
    })
}

/// What has not been read yet.
struct Rest<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Rest<'t> {
    /// Where the next thing begins, after blanks.
    fn ahead_at(&self) -> usize {
        self.text.len() - self.text[self.at..].trim_start().len()
    }

    fn ahead(&mut self) -> &'t str {
        self.at = self.ahead_at();
        &self.text[self.at..]
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let ahead = self.ahead();
        let end = ahead.find(|char| !wanted(char)).unwrap_or(ahead.len());
        self.at += end;
        &ahead[..end]
    }

    /// An error that points at what stands here instead.
    fn expected(mut self, what: &str) -> anyhow::Error {
        self.ahead();
        // A line of its own for the mark: tabs and line breaks would move it.
        let shown = |text: &str| Shown(text.replace(char::is_control, " ")).to_string();
        let (before, text) = (shown(&self.text[..self.at]), shown(self.text));
        let blanks = " ".repeat(width(&before));
        let message = Message::new(format_args!("--fail-if: expected {what}")).line(text);
        anyhow!(message.line(format_args!("{blanks}^")).hint("--fail-if 'target_p99 > 1500ms'"))
    }
}

/// Digits, perhaps with a sign and a point, of a size that can be compared.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_decimal = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.ends_with(|last: char| last.is_ascii_digit());
    // With room for a unit.
    is_decimal && text.parse::<f64>().is_ok_and(|number| number.abs() < 1e100)
}
