//! Times and text through SQL, and against another implementation of the calendar.

use std::sync::Arc;

use datafusion::arrow::array::{StringViewArray, TimestampMicrosecondArray};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::unit::Unit;
use super::{iso, joda, mysql, read, write};
use crate::ask::query::functions::testing::{add_table, error, rows, session};

/// What one expression answers.
fn one(expression: &str) -> String {
    rows(&session(1, 10, None), &format!("SELECT {expression}")).join("\n")
}

/// How one expression fails.
fn refused(expression: &str) -> String {
    error(&session(1, 10, None), &format!("SELECT {expression}"))
}

#[test]
fn text_is_read_by_mysqls_formats() {
    for (text, format, expected) in [
        ("2022/10/20/05", "%Y/%m/%d/%H", "2022-10-20T05:00:00Z"),
        ("2026-11-20 14:05:59.123456", "%Y-%m-%d %H:%i:%s.%f", "2026-11-20T14:05:59.123456Z"),
        ("2026-11-20 14:05:59.5", "%Y-%m-%d %T.%f", "2026-11-20T14:05:59.500Z"),
        ("1/2/2026 03:04:05 PM", "%e/%c/%Y %r", "2026-02-01T15:04:05Z"),
        ("12:00 am", "%h:%i %p", "1970-01-01T00:00:00Z"),
        ("12:00 PM", "%l:%i %p", "1970-01-01T12:00:00Z"),
        ("20 Nov 26", "%d %b %y", "2026-11-20T00:00:00Z"),
        ("November 5, 69", "%M %e, %y", "2069-11-05T00:00:00Z"),
        ("5 nov 70", "%e %M %y", "1970-11-05T00:00:00Z"),
        ("Fri 2026-11-20", "%a %Y-%m-%d", "2026-11-20T00:00:00Z"),
        ("2026 060", "%Y %j", "2026-03-01T00:00:00Z"),
        ("2026 10", "%x %v", "2026-03-02T00:00:00Z"),
        ("20261120", "%Y%m%d", "2026-11-20T00:00:00Z"),
        ("100%", "%y0%%", "2010-01-01T00:00:00Z"),
        ("t", "T", "1970-01-01T00:00:00Z"),
    ] {
        assert_eq!(one(&format!("date_parse('{text}', '{format}')")), expected, "{text}");
    }
}

#[test]
fn text_is_read_by_jodas_formats() {
    for (text, format, expected) in [
        ("2026-11-20T14:05:59.123456Z", "yyyy-MM-dd''T''HH:mm:ss.SSSSSS''Z", "2026-11-20T14:05:59.123456Z"),
        ("2026-11-20T14:05:59.123456Z", "yyyy-MM-dd''T''HH:mm:ss.SSSSSS''Z''", "2026-11-20T14:05:59.123456Z"),
        ("2026-11-20-14:05", "yyyy-MM-dd-HH:mm", "2026-11-20T14:05:00Z"),
        ("1960/01/22 03:04 +0530", "yyyy/MM/dd hh:mm Z", "1960-01-21T21:34:00Z"),
        ("2026-11-20 14:05 -01:00", "y-M-d H:m ZZ", "2026-11-20T15:05:00Z"),
        ("2026-07-01 14:05 Europe/Berlin", "yyyy-MM-dd HH:mm ZZZ", "2026-07-01T12:05:00Z"),
        ("2026-07-01 14:05 UTC", "yyyy-MM-dd HH:mm z", "2026-07-01T14:05:00Z"),
        ("20261120140559", "yyyyMMddHHmmss", "2026-11-20T14:05:59Z"),
        ("Fri, 20 Nov 2026 02 PM", "EEE, dd MMM yyyy hh a", "2026-11-20T14:00:00Z"),
        ("2026-W10-3", "xxxx-''W''ww-e", "2026-03-04T00:00:00Z"),
        ("26 324", "yy DDD", "2026-11-20T00:00:00Z"),
        ("11 PM", "K a", "1970-01-01T23:00:00Z"),
        ("24", "k", "1970-01-01T00:00:00Z"),
    ] {
        assert_eq!(one(&format!("parse_datetime('{text}', '{format}')")), expected, "{text}");
    }
}

#[test]
fn text_is_read_as_iso_8601() {
    for (text, expected) in [
        ("2020-05-11", "2020-05-11T00:00:00Z"),
        ("2020-05-11T11:15:05", "2020-05-11T11:15:05Z"),
        ("2020-05-11T11:15:05.055+01:00", "2020-05-11T10:15:05.055Z"),
        ("2026-11-20T14:05:59.123456Z", "2026-11-20T14:05:59.123456Z"),
        ("2026-11-20T14:05:59,1234567891", "2026-11-20T14:05:59.123456Z"),
        ("2026", "2026-01-01T00:00:00Z"),
        ("2026-11", "2026-11-01T00:00:00Z"),
        ("2020-123", "2020-05-02T00:00:00Z"),
        ("2020-W10", "2020-03-02T00:00:00Z"),
        ("2020-W10-7T12Z", "2020-03-08T12:00:00Z"),
        ("2026-11-20T14.5", "2026-11-20T14:30:00Z"),
        ("2026-11-20T14:05.25", "2026-11-20T14:05:15Z"),
        ("2026-11-20T", "2026-11-20T00:00:00Z"),
        ("2026-11-20T+02", "2026-11-19T22:00:00Z"),
        ("T10:30", "1970-01-01T10:30:00Z"),
    ] {
        assert_eq!(one(&format!("from_iso8601_timestamp('{text}')")), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_refused() {
    for (text, format) in [
        ("2026-13-01", "%Y-%m-%d"),
        ("2026-02-29", "%Y-%m-%d"),
        ("2026-11-20 ", "%Y-%m-%d"),
        (" 2026-11-20", "%Y-%m-%d"),
        ("2026-11", "%Y-%m-%d"),
        ("24:00", "%H:%i"),
        ("13:00 PM", "%h:%i %p"),
        ("10:60", "%H:%i"),
        ("10:00:60", "%T"),
        ("2026 366", "%Y %j"),
        ("2026 54", "%x %v"),
        ("xyz", "%b"),
        ("x", "%f"),
        ("", "%Y"),
    ] {
        let message = refused(&format!("date_parse('{text}', '{format}')"));
        assert!(message.contains(&format!("date_parse cannot read {text:?} by the format {format:?}")), "{message}");
    }
    for text in [
        "",
        "x",
        "2026-",
        "2026-11-20 14:05",
        "2026-11-20T14:5",
        "2026-11-20T14:05:61",
        "20261120",
        "2026-11-20Z",
        "2026-W54",
        "2026-000",
        "2026-11-20T14:05:59.",
        "2026-11-20T14:05+1",
    ] {
        let message = refused(&format!("from_iso8601_timestamp('{text}')"));
        assert!(message.contains(&format!("from_iso8601_timestamp cannot read {text:?}")), "{text}: {message}");
    }
    let message = refused(r"date_parse('2026', '%Y %U')");
    assert!(message.contains(r#"date_parse cannot use the format "%Y %U": %U is not supported"#), "{message}");
    assert!(refused("parse_datetime('x', 'C')").contains("parse_datetime cannot use the format"));
    assert!(
        refused("date_parse(1, '%Y')").contains("date_parse takes (text, text) or (time, text), not (Int64, Utf8)")
    );
    let long = refused(&format!("date_parse('{}', '%Y')", "é".repeat(500)));
    assert!(long.len() < 400 && long.contains('…'), "{long}");
}

#[test]
fn times_are_written_by_formats() {
    let time = "TIMESTAMP '2026-03-01T14:05:09.0123'";
    for (format, expected) in [
        ("%Y-%m-%d %H:%i:%s.%f", "2026-03-01 14:05:09.012300"),
        ("%a %b %c %e %j %y", "Sun Mar 3 1 060 26"),
        ("%h %I %k %l %p", "02 02 14 2 PM"),
        ("%r %T", "02:05:09 PM 14:05:09"),
        ("%M %W %x-%v 100%% %q%", "March Sunday 2026-09 100% q"),
    ] {
        assert_eq!(one(&format!("date_format({time}, '{format}')")), expected, "{format}");
    }
    for (format, expected) in [
        ("yyyy-MM-dd''T''HH:mm:ss.SSSSSS''Z", "2026-03-01T14:05:09.012300Z"),
        ("y yy M d D E EEEE MMM MMMM e w x", "2026 26 3 1 60 Sun Sunday Mar March 7 9 2026"),
        ("h hh K k a S SSS SSSSSSSSSS", "2 02 2 14 PM 0 012 0123000000"),
        ("Z ZZ ZZZ z", "+0000 +00:00 UTC UTC"),
    ] {
        assert_eq!(one(&format!("format_datetime({time}, '{format}')")), expected, "{format}");
    }
    for (zone, expected) in [
        ("Europe/Berlin", "2026-07-01 01:30 +0200 +02:00 Europe/Berlin"),
        ("America/New_York", "2026-06-30 19:30 -0400 -04:00 America/New_York"),
        ("-03:30", "2026-06-30 20:00 -0330 -03:30 -03:30"),
    ] {
        let call = format!(
            "from_iso8601_timestamp('2026-06-30T23:30:00Z') AT TIME ZONE '{zone}', 'yyyy-MM-dd HH:mm Z ZZ ZZZ'"
        );
        assert_eq!(one(&format!("format_datetime({call})")), expected, "{zone}");
    }
    assert_eq!(one("date_format(DATE '2026-01-01', '%k %l %H:%i')"), "0 12 00:00");
    assert_eq!(one("format_datetime(DATE '2026-01-01', 'k K h')"), "24 0 12");
}

#[test]
fn rows_keep_their_places_and_null_is_null() {
    let context = session(1, 100, None);
    let times = TimestampMicrosecondArray::from(vec![Some(0), None, Some(86_400_000_000)]).with_timezone("UTC");
    let texts = StringViewArray::from(vec![Some("1970-01-01"), None, Some("1970-01-02")]);
    let formats = StringViewArray::from(vec![Some("%Y-%m-%d"), Some("%Y"), None]);
    add_table(&context, vec![("time", Arc::new(times)), ("x", Arc::new(texts)), ("f", Arc::new(formats))], 100);
    assert_eq!(rows(&context, "SELECT date_parse(x, '%Y-%m-%d') = time FROM t"), ["true", "", "true"]);
    assert_eq!(rows(&context, "SELECT date_parse(x, f) = time FROM t"), ["true", "", ""]);
    assert_eq!(rows(&context, "SELECT from_iso8601_timestamp(x) = time FROM t"), ["true", "", "true"]);
    assert_eq!(rows(&context, "SELECT date_format(time, f) FROM t"), ["1970-01-01", "", ""]);
    assert_eq!(rows(&context, "SELECT date_diff('hour', TIMESTAMP '1970-01-01', time) FROM t"), ["0", "", "24"]);
    assert_eq!(rows(&context, "SELECT date_diff(NULL, time, time), date_add('day', NULL, time) FROM t"), ["", "", ""]);
    assert_eq!(
        rows(&context, "SELECT date_add('day', -1, time) FROM t"),
        ["1969-12-31T00:00:00Z", "", "1970-01-01T00:00:00Z"]
    );
    let types = "SELECT arrow_typeof(date_parse(x, f)), arrow_typeof(date_add('day', 1, time)) FROM t LIMIT 1";
    assert_eq!(rows(&context, types), ["Timestamp(µs, \"UTC\") Timestamp(µs, \"UTC\")"]);
}

#[test]
fn whole_units_are_counted() {
    for (unit, from, to, expected) in [
        ("second", "2020-03-01 00:00:00", "2020-03-02 00:00:00", 86400),
        ("hour", "2020-03-01T00:00:00Z", "2020-03-02T00:00:00Z", 24),
        ("second", "2020-06-01 12:30:45", "2020-06-02 12:30:45.123456", 86400),
        ("millisecond", "2020-06-01 12:30:45", "2020-06-02 12:30:45.123456", 86_400_123),
        ("MINUTE", "2020-03-01 00:00:59", "2020-03-01 00:00:00", 0),
        ("minute", "2020-03-01 00:01:00", "2020-03-01 00:00:00", -1),
        ("week", "2020-03-01", "2020-03-21", 2),
        ("month", "2020-01-31", "2020-02-29", 1),
        ("month", "2020-01-31", "2020-02-28", 0),
        ("month", "2020-01-31 12:00:00", "2020-02-29 11:59:59", 0),
        ("month", "2020-02-29", "2020-01-31", -1),
        ("month", "2020-03-15", "2021-03-14", 11),
        ("quarter", "2020-03-15", "2021-03-14", 3),
        ("year", "2020-02-29", "2021-02-28", 1),
        ("year", "2021-02-28", "2020-02-29", -1),
        ("year", "2019-06-01", "2020-05-31", 0),
    ] {
        let call = format!("date_diff('{unit}', TIMESTAMP '{from}', TIMESTAMP '{to}')");
        assert_eq!(one(&call), expected.to_string(), "{call}");
    }
    for (unit, count, from, expected) in [
        ("second", 86, "2020-03-01 00:00:00", "2020-03-01T00:01:26"),
        ("hour", 9, "2020-03-01 00:00:00", "2020-03-01T09:00:00"),
        ("day", -1, "2020-03-01 00:00:00", "2020-02-29T00:00:00"),
        ("month", 1, "2020-01-31 01:02:03.000004", "2020-02-29T01:02:03.000004"),
        ("quarter", -1, "2020-05-31", "2020-02-29T00:00:00"),
        ("year", 1, "2020-02-29", "2021-02-28T00:00:00"),
        ("millisecond", 1, "2020-02-29", "2020-02-29T00:00:00.001"),
    ] {
        let call = format!("date_add('{unit}', {count}, TIMESTAMP '{from}')");
        assert_eq!(one(&call), expected, "{call}");
    }
    // By the clocks of a zone, over the end of summer time and the end of a month.
    for (call, expected) in [
        ("date_add('day', 1, at('2026-10-24T20:00:00Z'))", "2026-10-25T22:00:00+01:00"),
        ("date_add('hour', 24, at('2026-10-24T20:00:00Z'))", "2026-10-25T21:00:00+01:00"),
        ("date_add('month', 1, at('2026-01-30T23:30:00Z'))", "2026-02-28T00:30:00+01:00"),
        ("date_diff('day', at('2026-10-24T20:00:00Z'), at('2026-10-25T20:30:00Z'))", "0"),
        ("date_diff('day', at('2026-10-24T20:00:00Z'), at('2026-10-25T21:00:00Z'))", "1"),
    ] {
        let call =
            call.replace("at(", "arrow_cast(").replace("Z')", "Z', 'Timestamp(Microsecond, Some(\"Europe/Berlin\"))')");
        assert_eq!(one(&call), expected, "{call}");
    }
    assert_eq!(one("date_add('year', 9223372036854775807, now()) IS NULL"), "true");
    assert_eq!(one("date_add('week', 9223372036854775807, now()) IS NULL"), "true");
    assert!(
        refused("date_diff('fortnight', now(), now())").contains("date_diff knows no unit \"fortnight\": millisecond")
    );
    assert!(refused("date_diff('day', '2020-01-01', now())").contains("date_diff takes (text, time, time)"));
}

fn time() -> impl Strategy<Value = i64> {
    // 1900 to 2200.
    prop_oneof![-2_208_988_800_000_000..7_258_118_400_000_000_i64, -1_000_000..1_000_000_i64]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(time in time()) {
        for format in ["%Y-%m-%d %H:%i:%s.%f", "%x-%v %W", "%Y %j %r .%f", "%d %M %Y %l:%i:%s %p .%f"] {
            let items = mysql::items(format).unwrap();
            let text = write::write(&items, time, &TimeZone::UTC).unwrap();
            let again = read::read(&items, &text).unwrap();
            if format.contains("%f") {
                prop_assert_eq!(again, time, "{}", text);
            } else {
                // The week begins on Monday.
                prop_assert!((0..7 * 86_400_000_000).contains(&(time - again)), "{}", text);
            }
        }
        for format in ["yyyy-MM-dd'T'HH:mm:ss.SSSSSSZZ", "xxxx-'W'ww-e kk:mm:ss.SSSSSS", "DDD yyyy hh a mm ss SSSSSS z"] {
            let items = joda::items(format).unwrap();
            let text = write::write(&items, time, &TimeZone::UTC).unwrap();
            prop_assert_eq!(read::read(&items, &text), Some(time), "{}", text);
        }
        let iso = mysql::items("%Y-%m-%dT%H:%i:%s.%fZ").unwrap();
        prop_assert_eq!(iso::read(&write::write(&iso, time, &TimeZone::UTC).unwrap()), Some(time));
        let ordinal = joda::items("yyyy-DDD'T'HH:mm:ss.SSSSSS+00:00").unwrap();
        prop_assert_eq!(iso::read(&write::write(&ordinal, time, &TimeZone::UTC).unwrap()), Some(time));
        let week = joda::items("xxxx-'W'ww-e'T'HH:mm:ss.SSSSSS").unwrap();
        prop_assert_eq!(iso::read(&write::write(&week, time, &TimeZone::UTC).unwrap()), Some(time));
    }

    #[test]
    fn any_text_is_read_or_refused(text in r"[0-9TZWPMapm:+ -]{0,30}|\PC{0,20}", format in r"(%[a-zA-Z]|[-: TZé']){0,12}|\PC{0,12}") {
        iso::read(&text);
        for items in [mysql::items(&format), joda::items(&format)].into_iter().flatten() {
            read::read(&items, &text);
            write::write(&items, 0, &TimeZone::UTC);
        }
    }

    #[test]
    fn adding_what_lies_between_comes_close(from in time(), to in time()) {
        for unit in ["millisecond", "minute", "day", "week", "month", "quarter", "year"] {
            let unit = Unit::named(unit).unwrap();
            let count = unit.between(from, to).unwrap();
            prop_assert_eq!(unit.between(to, from), Some(-count));
            // The whole units fit, one more does not; times are cut to milliseconds.
            let (early, late) = (from.min(to), from.max(to).div_euclid(1000) * 1000 + 999);
            let fits = |count| unit.after(early, count).unwrap().div_euclid(1000) * 1000 <= late;
            prop_assert!(fits(count.abs()));
            prop_assert!(!fits(count.abs() + 1));
        }
    }
}

/// Against chrono, which shares no code with what is used here.
#[test]
fn every_day_is_written_as_another_library_does() {
    use datafusion::arrow::temporal_conversions::timestamp_us_to_datetime;
    let items = mysql::items("%Y-%m-%d %j %x-%v %a %b %H:%i:%s.%f %p").unwrap();
    for day in -30_000..60_000_i64 {
        let time = day * 86_400_000_000 + (day * 7_919_000_123).rem_euclid(86_400_000_000);
        let expected =
            timestamp_us_to_datetime(time).unwrap().format("%Y-%m-%d %j %G-%V %a %b %H:%M:%S%.6f %p").to_string();
        assert_eq!(write::write(&items, time, &TimeZone::UTC).unwrap(), expected);
    }
}
