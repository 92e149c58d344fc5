//! Numbers as people say them: sizes, counts and durations in summaries. Values in results are never changed this way.

use std::time::Duration;

const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];

/// A size in decimal units: `512 B`, `41 MB`, `3.1 GB`, `17.3 GB`. From gigabytes on, and below ten, with one decimal.
pub fn bytes(count: u64) -> String {
    if count < 1000 {
        return format!("{count} B");
    }
    let mut unit: u64 = 1000;
    for (power, name) in UNITS.iter().enumerate() {
        let tenths = rounded(count, unit / 10);
        let is_last = power + 1 == UNITS.len();
        if tenths < 100 || (power >= 2 && (tenths < 10_000 || is_last)) {
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
        let whole = rounded(count, unit);
        if power < 2 && whole < 1000 {
            return format!("{whole} {name}");
        }
        unit = unit.saturating_mul(1000);
    }
    format!("{count} B")
}

/// A count with a comma between thousands: `1,430,000`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something: `1 object`, `1,430 objects`.
pub fn plural(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// How long something took: `0.52 s`, `12.3 s`, `6 min 21 s`, `2 h 5 min`.
pub fn elapsed(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (hundredths, tenths, seconds) = (rounded(millis, 10), rounded(millis, 100), rounded(millis, 1000));
    let minutes = rounded(seconds, 60);
    if hundredths < 1000 {
        format!("{}.{:02} s", hundredths / 100, hundredths % 100)
    } else if tenths < 600 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else if seconds < 3600 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{} h {} min", minutes / 60, minutes % 60)
    }
}

/// `value / unit`, rounded half up.
fn rounded(value: u64, unit: u64) -> u64 {
    value / unit + u64::from(value % unit >= unit.div_ceil(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (size, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (400_000, "400 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (41_000_000, "41 MB"),
            (143_000_000, "143 MB"),
            (999_950_000, "1.0 GB"),
            (3_100_000_000, "3.1 GB"),
            (17_349_000_000, "17.3 GB"),
            (999_949_999_999, "999.9 GB"),
            (999_950_000_000, "1.0 TB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(size), text, "{size}");
        }
    }

    #[test]
    fn counts() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_430_000, "1,430,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn durations() {
        for (millis, text) in [
            (0, "0.00 s"),
            (4, "0.00 s"),
            (520, "0.52 s"),
            (9_994, "9.99 s"),
            (9_995, "10.0 s"),
            (59_949, "59.9 s"),
            (59_950, "1 min 0 s"),
            (381_000, "6 min 21 s"),
            (3_599_499, "59 min 59 s"),
            (3_599_500, "1 h 0 min"),
            (7_500_000, "2 h 5 min"),
        ] {
            assert_eq!(elapsed(Duration::from_millis(millis)), text, "{millis}");
        }
    }
}
