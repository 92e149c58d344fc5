//! Whether a line is built as the lines of its kind are. About where fields and quotes stand, never about values: what
//! clients send is strange, but AWS writes it between quotes and escapes quotes within it.

use std::net::IpAddr;

use memchr::memmem;

use crate::LogKind;
use crate::columns::eras;
use crate::fields::{Fields, Span};
use crate::rejected::RejectReason;
use crate::time;
use crate::values::{self, Value};

/// How many fields [`misfit`] looks at, of a line that has as many: they are split whatever columns are asked for, so that a
/// line is a row or is none for everybody. Where fields are missing or too many before them, the last of them shows it.
pub(crate) const fn looked_at(kind: LogKind) -> usize {
    match kind {
        LogKind::Access => CREATION_TIME,
        LogKind::Connection => 13,
        LogKind::HealthCheck => 8,
    }
}

/// Position (from 1) of `request_creation_time`, the last field of an access line but quoted ones.
const CREATION_TIME: usize = 22;

/// Why a line is not built as the lines of its kind are, if it is not. The line has the fields its kind needs at least.
#[inline]
pub(crate) fn misfit(kind: LogKind, line: &[u8], fields: &[Span]) -> Option<RejectReason> {
    let fields = &fields[..fields.len().min(looked_at(kind))];
    if kind != LogKind::Connection && !is_type(fields[0].of(line)) {
        return Some(RejectReason::NoType);
    }
    let misfit = match kind {
        LogKind::Access => access(line, fields),
        LogKind::Connection => connection(line, fields),
        LogKind::HealthCheck => health_check(line, fields),
    };
    misfit.or_else(|| open_quote(line, fields))
}

/// The request and the user agent are what clients send, in quotes; what follows them is bare. A line of twelve fields, of the
/// first weeks, ends before them; and of some with seventeen fields nobody knows what they are.
#[inline]
fn access(line: &[u8], fields: &[Span]) -> Option<RejectReason> {
    let at = |position: usize| fields.get(position - 1).copied();
    if !fields[3].of(line).contains(&b':') {
        return Some(out_of_place(LogKind::Access, line, 4));
    }
    if is_quoted(line, fields[11]) {
        return Some(RejectReason::Quoted(12));
    }
    if let Some(reason) = at(13).and_then(|request| not_quoted(line, request, 13)) {
        return Some(reason);
    }
    if let Some(reason) = at(14).and_then(|agent| goes_on(line, agent, 14)) {
        return Some(reason);
    }
    if fields.len() > 17 {
        if !is_quoted(line, fields[13]) {
            return Some(RejectReason::NotQuoted(14));
        }
        if let Some(index) = (14..17).find(|&index| has_quote(line, fields[index])) {
            return Some(RejectReason::Quoted(index + 1));
        }
    }
    let is_creation_time = |field: Span| matches!(field.of(line), b"-") || is_like_time(field.of(line));
    match at(CREATION_TIME) {
        Some(field) if !is_creation_time(field) => Some(out_of_place(LogKind::Access, line, CREATION_TIME)),
        _ => None,
    }
}

fn connection(line: &[u8], fields: &[Span]) -> Option<RejectReason> {
    let begins =
        |position: usize, with: &[u8]| fields.get(position - 1).is_some_and(|it| it.of(line).starts_with(with));
    if is_quoted(line, fields[6]) {
        Some(RejectReason::Quoted(7))
    } else if let Some(reason) = not_quoted(line, fields[7], 8) {
        Some(reason)
    } else if has_quote(line, fields[8]) {
        Some(RejectReason::Quoted(9))
    } else if begins(11, b"TID_") {
        Some(out_of_place(LogKind::Connection, line, 11))
    } else if begins(13, b"app/") {
        Some(out_of_place(LogKind::Connection, line, 13))
    } else {
        None
    }
}

/// Nothing in it is quoted, and the words of outcomes are the only ones in capitals.
fn health_check(line: &[u8], fields: &[Span]) -> Option<RejectReason> {
    if let Some(quoted) = (0..8).find(|&index| has_quote(line, fields[index])) {
        return Some(RejectReason::Quoted(quoted + 1));
    }
    let is_outcome = |field: &[u8]| field.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    let is_code = |field: &[u8]| matches!(field, b"-") || field.iter().all(u8::is_ascii_digit);
    if !is_outcome(fields[5].of(line)) {
        Some(out_of_place(LogKind::HealthCheck, line, 6))
    } else if !is_code(fields[6].of(line)) {
        Some(out_of_place(LogKind::HealthCheck, line, 7))
    } else {
        None
    }
}

#[cold]
fn out_of_place(kind: LogKind, line: &[u8], position: usize) -> RejectReason {
    RejectReason::OutOfPlace { position, looks_like: LogKind::recognise(line).filter(|other| *other != kind) }
}

/// Why a field that stands in quotes is not one, if it is not: it has none, or goes on behind them.
#[inline]
fn not_quoted(line: &[u8], field: Span, position: usize) -> Option<RejectReason> {
    if !is_quoted(line, field) {
        return Some(RejectReason::NotQuoted(position));
    }
    goes_on(line, field, position)
}

/// Whether a field goes on behind the quotes it is in.
#[inline]
fn goes_on(line: &[u8], field: Span, position: usize) -> Option<RejectReason> {
    let goes_on = line.get(field.end()) == Some(&b'"') && line.get(field.end() + 1).is_some_and(|&next| next != b' ');
    goes_on.then_some(RejectReason::BrokenQuotes(position))
}

/// Whether a field is in quotes, or the end of something that was.
#[inline]
fn has_quote(line: &[u8], field: Span) -> bool {
    is_quoted(line, field) || field.of(line).last() == Some(&b'"')
}

/// The last of the fields, if a quote before it is never closed.
#[inline]
fn open_quote(line: &[u8], fields: &[Span]) -> Option<RejectReason> {
    let [.., before, last] = fields else { return None };
    // A closed one ends before its quote. A field that follows a quote without a space is not in quotes.
    let is_open = last.end() == line.len() && is_quoted(line, *last) && before.end() + 1 != last.start();
    is_open.then_some(RejectReason::OpenQuote(fields.len()))
}

/// Digits and signs where a time has them, whatever time it is.
#[inline]
fn is_like_time(field: &[u8]) -> bool {
    field.len() >= "2026-11-20T10:00:00".len() && field[4] == b'-' && field[10] == b'T'
}

/// The fields of the last line of an object, behind which no line ends, if it was cut: it is shorter than the object's lines are. One
/// that is as long as lines once were, and whose last field is whole as far as can be told, is a line of another year.
pub(crate) fn cut_after(kind: LogKind, line: &[u8], usual: usize) -> Option<usize> {
    let mut fields = Fields::new(line);
    let (mut found, mut last) = (0, Span::default());
    while let Some(field) = fields.next_span() {
        (found, last) = (found + 1, field);
    }
    // Lines were as long before they had a target group, in examples at least.
    let is_era = found == 16 || eras(kind.columns()).contains(&found);
    let is_closed = last.end() < line.len() && line.last() == Some(&b'"');
    let is_whole = is_era && (is_closed || last.end() == line.len() && may_be_last(last.of(line)));
    (found < usual && !is_whole).then_some(found)
}

/// Whether a bare field has an end with which lines once ended: a target group, a connection's id, an address, an outcome.
fn may_be_last(field: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(field) else { return false };
    let id = |(_, group): (&str, &str)| group.split_once('/').is_some_and(|(_, id)| id.len() >= 12);
    text == "-"
        || text.strip_prefix("TID_").is_some_and(|id| !id.is_empty())
        || text.split_once(":targetgroup/").is_some_and(id)
        || text.parse::<IpAddr>().is_ok()
        || text.starts_with("TLSv1.")
        || text == "Success"
        || text.starts_with("Failed:")
}

/// `https`, `h2`, and whatever may come: letters, digits and a few signs.
#[inline]
pub(crate) fn is_type(field: &[u8]) -> bool {
    matches!(field, b"https" | b"http" | b"h2") || is_unusual_type(field)
}

fn is_unusual_type(field: &[u8]) -> bool {
    field.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+/".contains(byte))
}

#[inline]
fn is_quoted(line: &[u8], field: Span) -> bool {
    field.start().checked_sub(1).is_some_and(|before| line[before] == b'"')
}

/// Whether another line begins within this one, outside quotes: the end of a line between them is lost.
pub(crate) fn is_several(kind: LogKind, line: &[u8]) -> bool {
    // What is looked for in full is nearly never there.
    if kind == LogKind::Access && memmem::find_iter(line, b"Z app/").nth(1).is_none() {
        return false;
    }
    let mut fields = Fields::new(line);
    for _ in 0..=kind.time_field() {
        fields.next_span();
    }
    while let Some(span) = fields.next_span() {
        if !is_quoted(line, span) && ends_in_time(span.of(line)) && begins_after_time(kind, fields.clone()) {
            return true;
        }
    }
    false
}

/// Whether a field that follows something else without a space between them is a time: `203.0.113.42026-11-20T10:00:00Z`.
fn ends_in_time(field: &[u8]) -> bool {
    // From the whole second to nanoseconds.
    field.last() == Some(&b'Z')
        && (20..=30)
            .any(|length| field.len().checked_sub(length).is_some_and(|start| time::parse(&field[start..]).is_some()))
}

/// Whether the next fields are those that follow the time of a line: a load balancer and a client; an address and two
/// ports; or a latency and a target.
fn begins_after_time(kind: LogKind, mut fields: Fields<'_>) -> bool {
    let (first, second, third) = (fields.next(), fields.next(), fields.next());
    let (Some(first), Some(second)) = (first, second) else { return false };
    let is_address = |text: &[u8]| std::str::from_utf8(text).is_ok_and(|text| text.parse::<IpAddr>().is_ok());
    let is_port = |text: &[u8]| matches!(values::integer(text), Value::Known(0..=65_535));
    let is_target =
        |text: &[u8]| values::address(text).is_some_and(is_address) && values::port(text) != Value::Unreadable;
    match kind {
        LogKind::Access => first.contains(&b'/') && is_target(second),
        LogKind::Connection => is_address(first) && is_port(second) && third.is_some_and(is_port),
        LogKind::HealthCheck => matches!(values::seconds(first), Value::Known(_)) && is_target(second),
    }
}

/// How a gzip member begins.
const GZIP: &[u8] = b"\x1f\x8b\x08";
/// Words that may stand before a line: a time, the name of a stream, or what syslog puts there.
const PREFIX: usize = 6;

/// Whether a line that is none holds one: with something before it, in another notation, or compressed.
pub(crate) fn holds_line(line: &[u8]) -> bool {
    if memmem::find(line, GZIP).is_some() {
        return true;
    }
    let first = line.split(|&byte| byte == b' ').next().unwrap_or_default();
    let in_other_notation = !is_unusual_type(first) && memmem::find(line, b"app/").is_some();
    LogKind::recognise(line).is_none() && (in_other_notation || after_prefix(line, PREFIX).is_some())
}

/// What follows at most so many words, if that is a line of a log; the line itself if it is one.
pub(crate) fn after_prefix(line: &[u8], words: usize) -> Option<(&[u8], LogKind)> {
    let mut rest = line;
    for _ in 0..=words {
        if let Some(kind) = LogKind::recognise(rest) {
            return Some((rest, kind));
        }
        let space = rest.iter().position(|&byte| byte == b' ')?;
        rest = &rest[space + 1..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCESS: &str = "https 2026-11-20T10:00:00.000001Z app/shop/50dc6c495c0c9188 192.0.2.7:40000 10.0.0.1:8080 0.000 \
        0.020 0.001 200 200 100 200 \"GET https://shop.example.com:443/ HTTP/1.1\" \"curl\" - - - \"-\" \"-\" \"-\" 0 \
        2026-11-20T10:00:00.000000Z \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\" TID_0a";
    const CONNECTION: &str =
        "2026-11-20T10:00:00.000000Z 192.0.2.7 40000 443 - - - \"-\" - - - TID_0 - app/shop/50dc 203.0.113.4";
    const CHECK: &str = "http 2026-11-20T10:00:00.000000Z 0.002 10.0.0.1:8080 cart PASS 200 -";

    #[test]
    fn lines_without_line_ends_are_several() {
        for (kind, line) in
            [(LogKind::Access, ACCESS), (LogKind::Connection, CONNECTION), (LogKind::HealthCheck, CHECK)]
        {
            assert!(!is_several(kind, line.as_bytes()), "{line}");
            for between in ["", " ", "\r", "\t"] {
                assert!(is_several(kind, [line, line].join(between).as_bytes()), "{line}");
            }
        }
        let both = format!("{ACCESS} \"-\" \"-\"{ACCESS}");
        assert!(is_several(LogKind::Access, both.as_bytes()));
    }

    #[test]
    fn a_line_that_a_client_sends_is_a_value() {
        for sent in [ACCESS.replace('"', "\\x22"), CONNECTION.replace('"', "\\x22"), CHECK.to_owned()] {
            let line = ACCESS.replace("curl", &format!("curl {sent}"));
            assert!(!is_several(LogKind::Access, line.as_bytes()), "{line}");
        }
    }

    /// Whatever is missing or too much in front, a row has no value of another field.
    #[test]
    fn a_field_that_is_gone_or_broken_is_noticed() {
        let is_row = |kind: LogKind, line: &str| {
            let mut decoder = crate::Decoder::builder(kind).projection(&[]).build();
            decoder.decode(format!("{line}\n").as_bytes());
            decoder.stats().rows == 1
        };
        for (kind, line, gone) in [
            (LogKind::Access, ACCESS, 4..21),
            (LogKind::Connection, CONNECTION, 2..12),
            (LogKind::HealthCheck, CHECK, 2..6),
        ] {
            assert!(is_row(kind, line), "{line}");
            let fields = written(line);
            for at in gone {
                let less: Vec<&str> =
                    fields.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, it)| *it).collect();
                assert!(!is_row(kind, &less.join(" ")), "{kind}, without field {}: {}", at + 1, less.join(" "));
            }
        }
        for (kind, from, to) in [
            (LogKind::Access, "\"curl\"", ["\"cu\"rl\"", "\"cu\" rl\"", "\"cu\"\"rl\"", "\"cu\\\"rl\"", "\"cu"]),
            (
                LogKind::Access,
                "com:443/ HTTP",
                ["com\" HTTP", "\"com HTTP", "com \" \" HTTP", "com \"\" HTTP", "com \"x\"y HTTP"],
            ),
            (LogKind::Connection, "\"-\"", ["\"C\"N=a\"", "\"C\" N=a\"", "\"C\"\"N\"", "\"C", "C\""]),
        ] {
            let line = if kind == LogKind::Access { ACCESS } else { CONNECTION };
            for to in to {
                let broken = line.replacen(from, to, 1);
                assert!(!is_row(kind, &broken), "{broken}");
            }
        }
    }

    /// The fields as they are written, quotes and all.
    fn written(line: &str) -> Vec<&str> {
        let mut fields = Fields::new(line.as_bytes());
        let mut found = Vec::new();
        let mut before = 0;
        while fields.next_span().is_some() {
            let end = line.len() - fields.rest().len();
            found.push(line[before..end].trim_end());
            before = end;
        }
        found
    }

    #[test]
    fn a_line_that_ends_too_early_is_cut() {
        for (kind, line) in
            [(LogKind::Access, ACCESS), (LogKind::Connection, CONNECTION), (LogKind::HealthCheck, CHECK)]
        {
            let usual = Fields::new(line.as_bytes()).count();
            assert_eq!([usual, usual - 1].map(|usual| cut_after(kind, line.as_bytes(), usual)), [None, None]);
            // Where it ends like a line of another year, it may be one.
            let silent = (1..line.len()).filter(|&end| cut_after(kind, &line.as_bytes()[..end], usual).is_none());
            let silent = silent.filter(|&end| Fields::new(&line.as_bytes()[..end]).count() < usual).count();
            assert!(silent * 15 < line.len(), "{kind}: {silent} of {}", line.len());
        }
    }

    #[test]
    fn lines_in_something_else() {
        let wrapped = [
            format!("2026-11-20T10:00:00.000Z {ACCESS}"),
            format!("Nov 20 10:00:00 host alb: {ACCESS}"),
            format!("{{\"message\":\"{}\"}}", ACCESS.replace('"', "\\\"")),
            ACCESS.replace(' ', "\t"),
            ACCESS.replace(' ', ","),
        ];
        for line in wrapped {
            assert!(holds_line(line.as_bytes()), "{line}");
        }
        for line in ["nonsense", "{}", "https yesterday app/shop/1 192.0.2.1:1", &ACCESS[..50], ACCESS, CONNECTION] {
            assert!(!holds_line(line.as_bytes()), "{line}");
        }
    }
}
