//! Whether the text of an address is in a network, in SQL. No engine that is asked has a type for addresses, so parts of
//! the text are compared.
//!
//! Right for every way to write an address: in IPv6, a run of zeros as `::`, leading zeros, capitals, the end as IPv4.
//! What is no address is in some network or in none, and never an error.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Cidr, Values};

/// The condition that the text of `column` is an address in the network.
pub(super) fn within(cidr: &Cidr, column: &str, values: &mut Values) -> String {
    let parts = match (cidr.first, cidr.last) {
        (IpAddr::V4(_), _) if cidr.prefix == 0 => vec![format!("strpos({column}, ':') = 0")],
        (IpAddr::V4(first), IpAddr::V4(last)) => v4(first, last, cidr.prefix, column, values),
        (IpAddr::V6(first), IpAddr::V6(last)) => v6(first, last, cidr.prefix, column, values),
        // A network has one family.
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => vec!["false".to_owned()],
    };
    parts.join(" AND ")
}

/// `10.1.` to begin with, and the number that follows in a range.
fn v4(first: Ipv4Addr, last: Ipv4Addr, prefix: u32, column: &str, values: &mut Values) -> Vec<String> {
    if prefix == 32 {
        return vec![format!("{column} = {}", values.text(first.to_string()))];
    }
    let whole = (prefix / 8) as usize;
    let mut parts = Vec::new();
    if whole > 0 {
        let beginning = first.octets()[..whole].iter().map(u8::to_string).collect::<Vec<_>>().join(".");
        parts.push(format!("{column} LIKE {}", values.text(beginning + ".%")));
    }
    if !prefix.is_multiple_of(8) {
        let (from, to) = (values.int(first.octets()[whole]), values.int(last.octets()[whole]));
        let number = whole + 1;
        parts.push(format!("try_cast(split_part({column}, '.', {number}) AS integer) BETWEEN {from} AND {to}"));
    }
    parts
}

/// Groups that are alike, and the one after them in a range. Those that IPv4 may be written for are compared both ways.
fn v6(first: Ipv6Addr, last: Ipv6Addr, prefix: u32, column: &str, values: &mut Values) -> Vec<String> {
    let mut parts = vec![format!("strpos({column}, ':') > 0")];
    let mut end = Vec::new();
    for (index, (from, to)) in first.segments().into_iter().zip(last.segments()).enumerate() {
        let common = prefix.saturating_sub(16 * u32::try_from(index).unwrap_or(u32::MAX)).min(16);
        let group = group(column, index + 1);
        let (from, to) = (format!("{from:04x}"), format!("{to:04x}"));
        let condition = match common {
            0 => break,
            16 => format!("{group} = {}", values.text(from)),
            _ => format!("{group} BETWEEN {} AND {}", values.text(from), values.text(to)),
        };
        if index < 6 { &mut parts } else { &mut end }.push(condition);
    }
    if !end.is_empty() {
        let tail = |address: Ipv6Addr| {
            let [.., a, b, c, d] = address.octets();
            Ipv4Addr::new(a, b, c, d)
        };
        let written = v4(tail(first), tail(last), prefix - 96, &piece(column, 7), values);
        end.insert(0, format!("strpos({column}, '.') = 0"));
        parts.push(format!("({} OR {})", end.join(" AND "), written.join(" AND ")));
    }
    parts
}

/// A group of an IPv6 address as four hexadecimal digits, from 1.
fn group(column: &str, number: usize) -> String {
    // What `::` stands for is never in front of the first.
    let text = if number == 1 { format!("split_part({column}, ':', 1)") } else { piece(column, number) };
    format!("lpad(lower({text}), 4, '0')")
}

/// What stands between colons once zeros are written for `::`; an empty piece is zero too. The more colons there are, the
/// fewer zeros are missing; IPv4 at the end has one colon less than the two groups it stands for.
fn piece(column: &str, number: usize) -> String {
    let colons = format!("length({column}) - length(replace({column}, ':', ''))");
    let present = format!("2 * ({colons}) - CASE WHEN strpos({column}, '.') > 0 THEN 1 ELSE 3 END");
    let full = format!("replace({column}, '::', ':' || substr('0:0:0:0:0:0:', {present}))");
    format!("split_part({full}, ':', {number})")
}
