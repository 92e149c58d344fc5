//! Whether a line is built as the lines of its kind are. About where fields and quotes stand, never about values: what
//! clients send is strange, but AWS writes it between quotes and escapes quotes within it.

use std::net::IpAddr;

use memchr::memmem;

use crate::LogKind;
use crate::fields::{Fields, Span};
use crate::rejected::RejectReason;
use crate::time;
use crate::values::{self, Value};

/// Looks at the fields that every line of the kind is split into, so that the answer is the same whatever columns are
/// asked for. The line has the fields its kind needs at least.
#[inline]
pub(crate) fn misfit(kind: LogKind, line: &[u8], fields: &[Span]) -> Option<RejectReason> {
    match kind {
        LogKind::Access | LogKind::HealthCheck if !is_type(fields[0].of(line)) => Some(RejectReason::NoType),
        LogKind::Access => {
            // A line of twelve fields, of the first weeks, has no request.
            let request = fields[11].end() + 1;
            if is_quoted(line, fields[11]) {
                Some(RejectReason::Quoted(12))
            } else if line.get(request).is_some_and(|&byte| byte != b'"') {
                Some(RejectReason::NotQuoted(13))
            } else {
                None
            }
        }
        LogKind::Connection if !is_quoted(line, fields[7]) => Some(RejectReason::NotQuoted(8)),
        LogKind::Connection => is_quoted(line, fields[6]).then_some(RejectReason::Quoted(7)),
        LogKind::HealthCheck => is_quoted(line, fields[7]).then_some(RejectReason::Quoted(8)),
    }
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

/// Words that may stand before a line: a time, the name of a stream, or what syslog puts there.
const PREFIX: usize = 6;

/// Whether a line that is none holds one: with something before it, or in another notation.
pub(crate) fn holds_line(line: &[u8]) -> bool {
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
