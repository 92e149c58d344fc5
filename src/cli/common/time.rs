//! Points in time as people type them.

use alblog::time::SECOND;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::base::clock;
use crate::base::config::TimeSpan;

/// A point in time, microseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct PointInTime(pub(in crate::cli) i64);

/// Reads `2h` (before now), `now`, `2026-11-20`, `2026-11-20T00:00` (UTC) or a time with an offset.
pub(in crate::cli) fn parse(text: &str) -> Result<PointInTime, String> {
    parse_at(text, clock::timestamp())
}

fn parse_at(text: &str, now: Timestamp) -> Result<PointInTime, String> {
    let text = text.trim();
    let moment = if text == "now" {
        Some(now)
    } else if let Ok(ago) = text.trim_end_matches(" ago").parse::<TimeSpan>() {
        now.checked_sub(ago.get()).ok()
    } else if text.contains('[') {
        // The zone is in brackets; a clock time that comes twice, as clocks go back, is the earlier one.
        text.parse::<Zoned>().ok().map(|zoned| zoned.timestamp())
    } else if let Ok(moment) = text.parse::<Timestamp>() {
        Some(moment)
    } else {
        // Without an offset it is UTC, as everything in these logs is.
        text.parse::<DateTime>()
            .ok()
            .and_then(|civil| civil.to_zoned(TimeZone::UTC).ok())
            .map(|zoned| zoned.timestamp())
    };
    let moment = moment
        .ok_or("expected a time such as 2h (ago), 2026-11-20, 2026-11-20T14:05 (UTC) or 2026-11-20T14:05+01:00")?;
    Ok(PointInTime(moment.as_second() * SECOND + i64::from(moment.subsec_microsecond())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_people_type() {
        let now: Timestamp = "2026-11-22T14:00:00Z".parse().expect("a time");
        let read = |text: &str| parse_at(text, now).map(|time| alblog::time::Iso(time.0).to_string());
        for (text, time) in [
            ("now", "2026-11-22T14:00:00.000000Z"),
            ("2h", "2026-11-22T12:00:00.000000Z"),
            ("90m", "2026-11-22T12:30:00.000000Z"),
            ("1h 30m ago", "2026-11-22T12:30:00.000000Z"),
            ("24h", "2026-11-21T14:00:00.000000Z"),
            ("2026-11-20", "2026-11-20T00:00:00.000000Z"),
            ("2026-11-20T00:00", "2026-11-20T00:00:00.000000Z"),
            ("2026-11-20 14:05:01.5", "2026-11-20T14:05:01.500000Z"),
            ("2026-11-20T14:05+01:00", "2026-11-20T13:05:00.000000Z"),
            ("2026-11-20T14:05:00Z", "2026-11-20T14:05:00.000000Z"),
            ("2026-11-20T14:05[Europe/Berlin]", "2026-11-20T13:05:00.000000Z"),
            ("2026-11-20T14:05+01:00[Europe/Berlin]", "2026-11-20T13:05:00.000000Z"),
            ("2026-11-01T01:30[America/New_York]", "2026-11-01T05:30:00.000000Z"),
            ("3d", "2026-11-19T14:00:00.000000Z"),
            ("1w", "2026-11-15T14:00:00.000000Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(time), "{text}");
        }
        for text in ["", "yesterday-ish", "2026-13-01", "h", "20", "2026-11-20T14:05[Mars/Phobos]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
