//! The format once more, slowly: written from its description, sharing no code with the crate.
//!
//! A state machine over single bytes splits a line; every value is an `Option<String>` by a column's name.

use std::collections::BTreeMap;

use alblog::{LogKind, ValueType};

/// What a line that is not empty must become.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Row {
        /// What is not in here is NULL.
        cells: BTreeMap<&'static str, String>,
        unreadable: u64,
    },
    TooFewFields(usize),
    UnreadableTime,
    /// Fields or quotes are not where lines of the kind have them.
    Misfit,
}

/// `name type`, in the order of the fields; the types are those of the module's `convert`.
const ACCESS: &str = "type text, time time, elb text, client address, target address, request_processing_time seconds, \
    target_processing_time seconds, response_processing_time seconds, elb_status_code int, target_status_code int, \
    received_bytes bigint, sent_bytes bigint, request request, user_agent text, ssl_cipher text, ssl_protocol text, \
    target_group_arn text, trace_id text, domain_name text, chosen_cert_arn text, matched_rule_priority int, \
    request_creation_time time, actions_executed text, redirect_url text, error_reason text, target_port_list text, \
    target_status_code_list text, classification text, classification_reason text, conn_trace_id text, \
    transformed_host text, transformed_uri text, request_transform_status text, ip_address text, \
    target_error_code text, elb_error_code text";
const CONNECTION: &str = "time time, client_ip text, client_port int, listener_port int, tls_protocol text, \
    tls_cipher text, tls_handshake_latency seconds, leaf_client_cert_subject text, leaf_client_cert_validity text, \
    leaf_client_cert_serial_number text, tls_verify_status text, conn_trace_id text, tls_keyexchange text, elb text, \
    ip_address text";
const HEALTH_CHECK: &str = "type text, time time, latency seconds, target_addr addr, target_group_id text, status text, \
    status_code int, reason_code text, elb text, ip_address text";

/// Fields after those described above, which AWS has added since: their names and types alone come from the crate.
fn added_since(kind: LogKind, described: usize) -> impl Iterator<Item = (&'static str, &'static str)> {
    let added = kind.columns().iter().filter(move |column| column.source.position() > Some(described));
    added.map(|column| match column.value {
        ValueType::Text => (column.name, "text"),
        ValueType::Int => (column.name, "int"),
        ValueType::BigInt => (column.name, "bigint"),
        ValueType::Seconds => (column.name, "seconds"),
        ValueType::Timestamp => (column.name, "time"),
    })
}

pub(crate) fn decode(kind: LogKind, line: &[u8], key_elb: &str) -> Verdict {
    let (description, shortest) = match kind {
        LogKind::Access => (ACCESS, 12),
        LogKind::Connection => (CONNECTION, 11),
        LogKind::HealthCheck => (HEALTH_CHECK, 8),
    };
    let mut columns: Vec<(&str, &str)> = description.split(", ").filter_map(|column| column.split_once(' ')).collect();
    columns.extend(added_since(kind, columns.len()));
    let fields = split(line);
    if fields.len() < shortest {
        return Verdict::TooFewFields(fields.len());
    }
    let (mut cells, mut unreadable) = (BTreeMap::new(), 0);
    for (&(name, value), field) in columns.iter().zip(&fields) {
        unreadable += convert(name, value, &field.text, &mut cells);
    }
    let Some(time) = cells.get("time") else { return Verdict::UnreadableTime };
    let is_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.+/".contains(byte);
    if kind != LogKind::Connection && !fields[0].text.iter().all(is_type) {
        return Verdict::Misfit;
    }
    if is_misfit(kind, line, &fields) {
        return Verdict::Misfit;
    }
    cells.insert("day", day_of(time.parse().expect("digits")));
    cells.insert("log_object", "object".to_owned());
    if kind != LogKind::Access {
        cells.entry("elb").or_insert_with(|| key_elb.to_owned());
    }
    let surplus = fields.get(columns.len()..).unwrap_or_default();
    if surplus.iter().any(|field| !field.text.is_empty() && field.text != b"-") {
        let mut rest = &line[surplus[0].start..];
        while let [before @ .., b' ' | b'\t' | b'\n' | b'\r' | b'\x0c'] = rest {
            rest = before;
        }
        cells.insert("extra_fields", escape(rest));
    }
    Verdict::Row { cells, unreadable }
}

/// Whether a field is not where lines of the kind have it; what stands behind the fields named here may be anywhere.
fn is_misfit(kind: LogKind, line: &[u8], fields: &[Field]) -> bool {
    // Positions that nothing in quotes has, that no quote ends in either, that are in quotes, and the last one looked at.
    let (bare, free, quoted, last): (&[usize], &[usize], &[usize], usize) = match kind {
        LogKind::Access if fields.len() > 17 => (&[12], &[15, 16, 17], &[13, 14], 22),
        LogKind::Access => (&[12], &[], &[13], 22),
        LogKind::Connection => (&[7], &[9], &[8], 13),
        LogKind::HealthCheck => (&[], &[1, 2, 3, 4, 5, 6, 7, 8], &[], 8),
    };
    let field = |position: &usize| fields.get(position - 1);
    let goes_on = |it: &Field| {
        let behind = it.start + 1 + it.text.len() + 1;
        line[it.start] == b'"' && line.get(behind).is_some_and(|&next| next != b' ')
    };
    if bare.iter().filter_map(field).any(|it| it.after_quote(line))
        || free.iter().filter_map(field).any(|it| it.after_quote(line) || it.text.ends_with(b"\""))
        || quoted.iter().filter_map(field).any(|it| !it.after_quote(line) || goes_on(it))
        || kind == LogKind::Access && field(&14).is_some_and(goes_on)
    {
        return true;
    }
    let text = |position: usize| field(&position).map(|field| String::from_utf8_lossy(&field.text).into_owned());
    let is_shifted = match kind {
        LogKind::Access => {
            !text(4).expect("twelve fields").contains(':')
                || text(22).is_some_and(|text| text != "-" && !is_dated(&text))
        }
        LogKind::Connection => {
            text(11).is_some_and(|text| text.starts_with("TID_"))
                || text(13).is_some_and(|text| text.starts_with("app/"))
        }
        LogKind::HealthCheck => {
            let outcome =
                text(6).expect("eight fields").chars().all(|letter| letter == '_' || letter.is_ascii_uppercase());
            let code = text(7).expect("eight fields");
            !outcome || code != "-" && code.chars().any(|digit| !digit.is_ascii_digit())
        }
    };
    let open = fields.len() <= last && fields.len() > 1 && fields.last().is_some_and(|it| it.is_open(line));
    is_shifted || open
}

/// `2026-11-20T` and eight more characters at least, whatever digits they are.
fn is_dated(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 18 && bytes[4] == b'-' && bytes[10] == b'T'
}

struct Field {
    start: usize,
    text: Vec<u8>,
}

impl Field {
    /// Whether its text stands behind a quote, be it its own or the one that closes the field before.
    fn after_quote(&self, line: &[u8]) -> bool {
        line[self.start] == b'"' || self.start > 0 && line[self.start - 1] == b'"'
    }
}

impl Field {
    /// Whether it is in quotes that nothing closes.
    fn is_open(&self, line: &[u8]) -> bool {
        line[self.start] == b'"' && self.start + 1 + self.text.len() == line.len()
    }
}

fn split(line: &[u8]) -> Vec<Field> {
    enum State {
        Start,
        Bare,
        Quoted,
        Closed,
    }
    let mut fields: Vec<Field> = Vec::new();
    let mut state = State::Start;
    for (start, &byte) in line.iter().enumerate() {
        if matches!(state, State::Closed) {
            state = State::Start;
            if byte == b' ' {
                continue;
            }
        }
        if matches!(state, State::Start) {
            fields.push(Field { start, text: Vec::new() });
            if byte == b'"' {
                state = State::Quoted;
                continue;
            }
            state = State::Bare;
        }
        match (&state, byte) {
            (State::Bare, b' ') => state = State::Start,
            (State::Quoted, b'"') => state = State::Closed,
            _ => fields.last_mut().expect("begun").text.push(byte),
        }
    }
    fields
}

/// Adds a field's cells; answers how many of its values are unreadable.
fn convert(name: &'static str, value: &str, field: &[u8], cells: &mut BTreeMap<&'static str, String>) -> u64 {
    let absent = field.is_empty() || field == b"-";
    let text = escape(field);
    let mut put = |name, result: Result<String, ()>| match result {
        _ if absent => 0,
        Ok(cell) => {
            if !cell.is_empty() && cell != "-" {
                cells.insert(name, cell);
            }
            0
        }
        Err(()) => 1,
    };
    match value {
        "text" => put(name, Ok(text)),
        "time" => put(name, micros(&text).ok_or(()).map(|micros| micros.to_string())),
        "seconds" => put(name, seconds(&text)),
        "int" => put(name, integer(&text, i64::from(i32::MIN), i64::from(i32::MAX))),
        "bigint" => put(name, integer(&text, i64::MIN, i64::MAX)),
        "addr" => put(name, Ok(text)) + convert("target", "address", field, cells),
        "address" => {
            if text.starts_with("arn:") {
                return 0;
            }
            let (address, port) = text.rsplit_once(':').unwrap_or((&text, ""));
            let bare = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(address);
            let (ip_name, port_name) =
                if name == "client" { ("client_ip", "client_port") } else { ("target_ip", "target_port") };
            put(ip_name, Ok(bare.to_owned()));
            put(port_name, integer(port, 0, 65_535))
        }
        "request" => {
            let [verb, url, proto] = request(&text);
            put("request_verb", Ok(verb)) + put("request_url", Ok(url)) + put("request_proto", Ok(proto))
        }
        other => panic!("no type {other}"),
    }
}

/// Words between spaces: the first is the method, the last the version if it looks like one, the URL is between.
fn request(text: &str) -> [String; 3] {
    let mut words: Vec<&str> = text.trim_end_matches([' ', '\t', '\n', '\r', '\x0c']).split(' ').collect();
    let verb = words.remove(0).to_owned();
    let proto = match words.last() {
        Some(last) if *last == "-" || last.starts_with("HTTP/") => words.pop().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let url = words.join(" ");
    [verb, url.trim_end_matches([' ', '\t', '\n', '\r', '\x0c']).to_owned(), proto]
}

/// At most 18 digits: more are no port, status code, priority or number of bytes.
fn integer(text: &str, least: i64, most: i64) -> Result<String, ()> {
    if text.is_empty() || text == "-" {
        return Ok(String::new());
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number: i64 = text.parse().map_err(|_| ())?;
    let plain = digits.len() <= 18 && digits.chars().all(|digit| digit.is_ascii_digit());
    if plain && (least..=most).contains(&number) { Ok(number.to_string()) } else { Err(()) }
}

fn seconds(text: &str) -> Result<String, ()> {
    let number: f64 = text.parse().map_err(|_| ())?;
    let plain = text.chars().all(|c| c.is_ascii_digit() || "-.".contains(c));
    if !plain || text.starts_with('-') && number.to_bits() != (-1.0f64).to_bits() {
        return Err(());
    }
    Ok(if text.starts_with('-') { String::new() } else { format!("{number:?}") })
}

fn leap(year: i64) -> bool {
    year % 400 == 0 || year % 4 == 0 && year % 100 != 0
}

fn month_lengths(year: i64) -> [i64; 12] {
    [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// Microseconds since 1970 of `yyyy-MM-ddTHH:mm:ss[.f]Z`, counting year by year.
fn micros(text: &str) -> Option<i64> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let number = |text: &str, length: usize| {
        let plain = text.len() == length && text.chars().all(|digit| digit.is_ascii_digit());
        plain.then(|| text.parse::<i64>().ok()).flatten()
    };
    let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) if (1..=9).contains(&fraction.len()) => (clock, fraction),
        Some(_) => return None,
        None => (clock, "0"),
    };
    let [hour, minute, second] = clock.split(':').collect::<Vec<_>>().try_into().ok()?;
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    let nanos = number(fraction, fraction.len())? * 10i64.pow(9 - u32::try_from(fraction.len()).ok()?);
    let lengths = month_lengths(year);
    let length = *lengths.get(usize::try_from(month - 1).ok()?)?;
    if day < 1 || day > length || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let years = if year >= 1970 { 1970..year } else { year..1970 };
    let days_of_years: i64 = years.map(|year| month_lengths(year).iter().sum::<i64>()).sum();
    let days_of_months: i64 = lengths[..usize::try_from(month - 1).ok()?].iter().sum();
    let days = days_of_years * if year >= 1970 { 1 } else { -1 } + days_of_months + day - 1;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + nanos / 1000)
}

fn day_of(micros: i64) -> String {
    let (mut year, mut days) = (1970, micros.div_euclid(86_400_000_000));
    while days < 0 {
        year -= 1;
        days += month_lengths(year).iter().sum::<i64>();
    }
    while days >= month_lengths(year).iter().sum() {
        days -= month_lengths(year).iter().sum::<i64>();
        year += 1;
    }
    let mut month = 1;
    for length in month_lengths(year) {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", days + 1)
}

/// Bytes that are not part of a UTF-8 character as `\xHH`.
fn escape(bytes: &[u8]) -> String {
    let (mut text, mut rest) = (String::new(), bytes);
    while !rest.is_empty() {
        // The longest character that begins here, found by trying.
        let known = (1..=4.min(rest.len())).find_map(|n| std::str::from_utf8(&rest[..n]).ok());
        match known {
            Some(character) => text.push_str(character),
            None => text.extend(["\\x".to_owned(), format!("{:02X}", rest[0])]),
        }
        rest = &rest[known.map_or(1, str::len)..];
    }
    text
}
