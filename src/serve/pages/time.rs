//! The time of a page as a sentence says it. Pure: what is meant is read by the command line.

use super::filters::{Filters, Key};
use crate::base::shown::harmless;

/// Windows that are offered, and how they are said.
pub(super) const PRESETS: [(&str, &str); 8] = [
    ("15m", "last 15 min"),
    ("1h", "last hour"),
    ("2h", "last 2 h"),
    ("6h", "last 6 h"),
    ("24h", "last 24 h"),
    ("3d", "last 3 days"),
    ("7d", "last 7 days"),
    (EVER, "all there is"),
];

/// Before there were logs.
pub(super) const EVER: &str = "1970-01-01";

/// The window of pages that say none.
pub(super) const USUAL: &str = "1h";

/// `last 2 h`, `2026-11-22T02:25 to 03:10`, `around 02:55`
pub(super) fn said(filters: &Filters) -> String {
    let get = |key| filters.get(key).map(|value| harmless(value).into_owned());
    let (since, until) = (get(Key::Since), get(Key::Until));
    if let Some(at) = get(Key::At) {
        return format!("before and after {at}");
    }
    if let Some(around) = get(Key::Around) {
        return format!("around {around}");
    }
    match (since, until) {
        (None, None) => "all there is".to_owned(),
        (Some(since), None) => match PRESETS.iter().find(|(length, _)| *length == since) {
            Some((_, said)) => (*said).to_owned(),
            None if is_length(&since) => format!("last {since}"),
            None => format!("since {}", clock(&since)),
        },
        (None, Some(until)) => format!("until {}", clock(&until)),
        (Some(since), Some(until)) => {
            let is_one_day = since.len() > 11 && since.get(..11) == until.get(..11);
            let until = if is_one_day { clock(&until[11..]) } else { clock(&until) };
            format!("{} – {until}", clock(&since))
        }
    }
}

/// `90m`: so long ago.
fn is_length(text: &str) -> bool {
    let (digits, unit) = text.split_at(text.trim_end_matches(|char: char| char.is_ascii_alphabetic()).len());
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && !unit.is_empty()
}

/// `2026-11-22T02:25:00Z` as people read it; a second that is none is not said.
fn clock(text: &str) -> String {
    let is_machine_made = text.ends_with('Z') && text.starts_with(|char: char| char.is_ascii_digit());
    if !is_machine_made {
        return text.to_owned();
    }
    let text = text.trim_end_matches('Z');
    text.strip_suffix(":00").filter(|text| text.contains(':')).unwrap_or(text).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_do() {
        for (query, words) in [
            ("", "all there is"),
            ("since=2h", "last 2 h"),
            ("since=1970-01-01", "all there is"),
            ("since=90m", "last 90m"),
            ("since=02:55", "since 02:55"),
            ("around=02:55", "around 02:55"),
            ("since=2026-11-22T02:25:00Z&until=2026-11-22T03:10:05Z", "2026-11-22 02:25 – 03:10:05"),
            ("since=2026-11-22T02:25:00Z&until=2026-11-23T03:10:00Z", "2026-11-22 02:25 – 2026-11-23 03:10"),
            ("since=yesterday&until=%c3%a9%c3%a9%c3%a9%c3%a9%c3%a9%c3%a9Z", "yesterday – ééééééZ"),
            ("since=%1b%5b2J", r"since \x1B[2J"),
        ] {
            assert_eq!(said(&Filters::read(query).unwrap()), words, "{query}");
        }
    }
}
