//! Writing fields of a line: numbers, times, addresses and ids into a byte buffer, without allocating.
//!
//! Knows how these logs write values, not which value goes where.

use std::io::Write;
use std::net::IpAddr;

use alblog::Column;
use alblog::columns::Written;
use alblog::time::{DAY, Date, HOUR, MINUTE, SECOND};

/// A line being written: puts one space between fields and stops after the width of the line's era.
pub(super) struct Line<'o> {
    out: &'o mut Vec<u8>,
    columns: &'static [Column],
    width: usize,
    written: usize,
}

impl<'o> Line<'o> {
    /// A line of `width` fields of these columns; fields after them are left out, as they were in that era.
    pub(super) fn new(out: &'o mut Vec<u8>, columns: &'static [Column], width: usize) -> Self {
        Self { out, columns, width, written: 0 }
    }

    /// The next field, written by `write`.
    pub(super) fn field(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.written == self.width {
            return;
        }
        if self.written > 0 {
            self.out.push(b' ');
        }
        write(self.out);
        self.written += 1;
    }

    /// The next field, as it is.
    pub(super) fn bare(&mut self, text: &str) {
        self.field(|out| push(out, text));
    }

    /// The next field, in double quotes.
    pub(super) fn quoted(&mut self, text: impl AsRef<[u8]>) {
        self.field(|out| {
            out.push(b'"');
            out.extend_from_slice(text.as_ref());
            out.push(b'"');
        });
    }

    /// The next field, a whole number.
    pub(super) fn number(&mut self, number: u64) {
        self.field(|out| push_number(out, number));
    }

    /// The next field, a number or `-`.
    pub(super) fn number_or_dash(&mut self, number: Option<u64>) {
        self.field(|out| match number {
            Some(number) => push_number(out, number),
            None => out.push(b'-'),
        });
    }

    /// The next field, a time in microseconds since the epoch.
    pub(super) fn time(&mut self, micros: i64) {
        self.field(|out| push_time(out, micros));
    }

    /// The id of a connection.
    pub(super) fn connection_id(&mut self, id: u128) {
        self.field(|out| {
            push(out, "TID_");
            push_hex(out, id, 32);
        });
    }

    /// Ends the line, after whatever follows its last field. Fields that nobody has written are `-`: AWS has added them
    /// since, and nothing is made up for them yet.
    pub(super) fn end(mut self, surplus: &str) {
        while self.written < self.width {
            let position = Some(self.written + 1);
            let column = self.columns.iter().find(|column| column.source.position() == position);
            match column.and_then(|column| column.written) {
                Some(Written::Quoted) => self.quoted("-"),
                _ => self.bare("-"),
            }
        }
        push(self.out, surplus);
        self.out.push(b'\n');
    }
}

pub(super) fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

pub(super) fn push_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + low_byte(number % 10);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// The last `width` decimal digits of a number, with leading zeros.
pub(super) fn push_padded(out: &mut Vec<u8>, mut number: u64, width: usize) {
    let end = out.len() + width;
    out.resize(end, b'0');
    for digit in out[end - width..].iter_mut().rev() {
        *digit = b'0' + low_byte(number % 10);
        number /= 10;
    }
}

/// The last `width` hexadecimal digits of a number, with leading zeros.
pub(super) fn push_hex(out: &mut Vec<u8>, number: u128, width: u32) {
    for position in (0..width).rev() {
        let digit = (number >> (4 * position)).to_le_bytes()[0] & 0xf;
        out.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
    }
}

/// Whole milliseconds as seconds with three decimals, or `-1`.
pub(super) fn push_seconds(out: &mut Vec<u8>, millis: Option<u32>) {
    let Some(millis) = millis else {
        return push(out, "-1");
    };
    push_number(out, u64::from(millis / 1000));
    out.push(b'.');
    push_padded(out, u64::from(millis % 1000), 3);
}

/// A time as [`alblog::time::Iso`] prints it, without the formatting machinery.
pub(super) fn push_time(out: &mut Vec<u8>, micros: i64) {
    let Date { year, month, day } = Date::of(micros);
    let of_day = micros.rem_euclid(DAY);
    let parts: [(i64, usize, u8); 7] = [
        (year, 4, b'-'),
        (i64::from(month), 2, b'-'),
        (i64::from(day), 2, b'T'),
        (of_day / HOUR, 2, b':'),
        (of_day / MINUTE % 60, 2, b':'),
        (of_day / SECOND % 60, 2, b'.'),
        (of_day % SECOND, 6, b'Z'),
    ];
    for (number, width, separator) in parts {
        push_padded(out, number.unsigned_abs(), width);
        out.push(separator);
    }
}

pub(super) fn push_ip(out: &mut Vec<u8>, ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => {
            for (position, octet) in ip.octets().into_iter().enumerate() {
                if position > 0 {
                    out.push(b'.');
                }
                push_number(out, u64::from(octet));
            }
        }
        // Writing to a vector cannot fail.
        IpAddr::V6(ip) => drop(write!(out, "{ip}")),
    }
}

/// A UUID made of these bits.
pub(super) fn push_uuid(out: &mut Vec<u8>, bits: u128) {
    for (shift, width) in [(96, 8), (80, 4), (64, 4), (48, 4), (0, 12)] {
        if shift < 96 {
            out.push(b'-');
        }
        push_hex(out, bits >> shift, width);
    }
}

fn low_byte(number: u64) -> u8 {
    number.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_written_as_the_logs_write_them() {
        assert_eq!(written(|out| push_number(out, 0)), "0");
        assert_eq!(written(|out| push_number(out, u64::MAX)), u64::MAX.to_string());
        assert_eq!(written(|out| push_seconds(out, Some(60_007))), "60.007");
        assert_eq!(written(|out| push_seconds(out, None)), "-1");
        assert_eq!(written(|out| push_hex(out, 0xbeef, 8)), "0000beef");
        assert_eq!(written(|out| push_uuid(out, u128::MAX)), "ffffffff-ffff-ffff-ffff-ffffffffffff");
        assert_eq!(written(|out| push_ip(out, "100.64.0.10".parse().unwrap())), "100.64.0.10");
        assert_eq!(written(|out| push_ip(out, "2001:db8::1".parse().unwrap())), "2001:db8::1");
        let time = 1_530_570_180_086_641;
        assert_eq!(written(|out| push_time(out, time)), alblog::time::Iso(time).to_string());
    }

    #[test]
    fn a_line_stops_at_the_width_of_its_era() {
        let line = written(|out| {
            let mut line = Line::new(out, alblog::LogKind::Access.columns(), 2);
            line.bare("http");
            line.quoted("a b");
            line.number(3);
            line.end(" -");
        });
        assert_eq!(line, "http \"a b\" -\n");
    }
}
