use jiff::civil::{DateTime, Time, date};
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

use super::typed::Moment;
use super::*;

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "America/Havana",
];

fn zone_named(name: &str) -> TimeZone {
    zone(name).expect("a zone")
}

fn at(text: &str, now: &str, zone: &str) -> Result<Moment, String> {
    let typed = parse(text)?;
    typed.at(now.parse().expect("a time"), &zone_named(zone)).map_err(|error| error.to_string())
}

#[test]
fn times_people_type() {
    let read = |text: &str, zone: &str| at(text, "2026-11-22T14:00:00Z", zone).map(|it| it.time.to_string());
    for (text, time) in [
        ("now", "2026-11-22T14:00:00Z"),
        ("2h", "2026-11-22T12:00:00Z"),
        ("90m", "2026-11-22T12:30:00Z"),
        ("2d 3h", "2026-11-20T11:00:00Z"),
        ("1h 30m ago", "2026-11-22T12:30:00Z"),
        ("24h", "2026-11-21T14:00:00Z"),
        ("3d", "2026-11-19T14:00:00Z"),
        ("1w", "2026-11-15T14:00:00Z"),
        ("02:55", "2026-11-22T02:55:00Z"),
        ("2:55", "2026-11-22T02:55:00Z"),
        ("14:00", "2026-11-22T14:00:00Z"),
        ("14:01", "2026-11-21T14:01:00Z"),
        ("14:00:00.5", "2026-11-21T14:00:00.5Z"),
        ("02:55 Europe/Berlin", "2026-11-22T01:55:00Z"),
        ("15:30+01:00", "2026-11-21T14:30:00Z"),
        ("14:00 Z", "2026-11-22T14:00:00Z"),
        ("today", "2026-11-22T00:00:00Z"),
        ("Today 22:00", "2026-11-22T22:00:00Z"),
        ("today Asia/Kathmandu", "2026-11-21T18:15:00Z"),
        ("yesterday", "2026-11-21T00:00:00Z"),
        ("yesterday 22:00", "2026-11-21T22:00:00Z"),
        ("yesterday 22:00 Europe/Berlin", "2026-11-21T21:00:00Z"),
        ("yesterday 22:00+01", "2026-11-21T21:00:00Z"),
        ("2026-11-20", "2026-11-20T00:00:00Z"),
        ("2026-11-20 Europe/Berlin", "2026-11-19T23:00:00Z"),
        ("2026-11-20T00:00", "2026-11-20T00:00:00Z"),
        ("2026-11-20T1405", "2026-11-20T14:05:00Z"),
        ("2026-11-20 14:05:01.5", "2026-11-20T14:05:01.5Z"),
        ("2026-11-20T14:05+01:00", "2026-11-20T13:05:00Z"),
        ("2026-11-20T14:05-0330", "2026-11-20T17:35:00Z"),
        ("2026-11-20T14:05:00Z", "2026-11-20T14:05:00Z"),
        ("2026-11-20T14:05[Europe/Berlin]", "2026-11-20T13:05:00Z"),
        ("2026-11-20 14:05 [Europe/Berlin]", "2026-11-20T13:05:00Z"),
        ("2026-11-20T14:05+01:00[Europe/Berlin]", "2026-11-20T13:05:00Z"),
        ("2026-11-01T01:30 America/New_York", "2026-11-01T05:30:00Z"),
        ("2026-11-01T01:30-05:00[America/New_York]", "2026-11-01T06:30:00Z"),
    ] {
        assert_eq!(read(text, "UTC").as_deref(), Ok(time), "{text}");
    }
    for (text, time) in [
        ("now", "2026-11-22T14:00:00Z"),
        ("2h", "2026-11-22T12:00:00Z"),
        ("02:55", "2026-11-22T01:55:00Z"),
        ("15:00", "2026-11-22T14:00:00Z"),
        ("15:01", "2026-11-21T14:01:00Z"),
        ("14:00Z", "2026-11-22T14:00:00Z"),
        ("today", "2026-11-21T23:00:00Z"),
        ("2026-11-20", "2026-11-19T23:00:00Z"),
        ("2026-07-20 14:05", "2026-07-20T12:05:00Z"),
        ("2026-07-20 14:05 America/New_York", "2026-07-20T18:05:00Z"),
    ] {
        assert_eq!(read(text, "Europe/Berlin").as_deref(), Ok(time), "{text}");
    }
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "yesterday-ish",
        "2026-13-01",
        "h",
        "20",
        "1mo",
        "10 fortnights",
        "25:00",
        "02:55pm",
        "2026-11-20T",
        "2026-11-20T14:05+1",
        "2026-11-20T14:05+01:99",
        "2026-11-20+01:00",
        "today yesterday",
        "2026-11-20T14:05[]",
    ] {
        let error = parse(text).expect_err(text);
        assert!(error.starts_with("expected a time such as 2h (ago), 02:55"), "{text}: {error}");
    }
    assert_eq!(parse("2026-11-20T14:05[Mars/Phobos]"), Err("there is no time zone Mars/Phobos".to_owned()));
    assert_eq!(parse("02:55 CEST"), Err("there is no time zone CEST".to_owned()));
    let error = parse("2026-11-20T14:05+02:00[Europe/Berlin]");
    assert_eq!(error, Err("clocks of Europe/Berlin are not at +02 then".to_owned()));
}

#[test]
fn clock_changes_are_said() {
    let notice = |text: &str, zone: &str| {
        let moment = at(text, "2026-12-01T00:00:00Z", zone).expect("a time");
        (moment.time.to_string(), moment.notice)
    };
    let said = |time: &str, text: &str| (time.to_owned(), Some(text.to_owned()));
    assert_eq!(
        notice("2026-11-01 01:30", "America/New_York"),
        said(
            "2026-11-01T05:30:00Z",
            "01:30 happens twice on 2026-11-01 in America/New_York: the first (EDT, 05:30 UTC) is taken, write \
             2026-11-01T01:30-05:00 for the other"
        )
    );
    assert_eq!(
        notice("2026-03-08T02:30 America/New_York", "UTC"),
        said(
            "2026-03-08T07:30:00Z",
            "02:30 does not exist on 2026-03-08 in America/New_York, where clocks went forward: 03:30 EDT is taken"
        )
    );
    // Half an hour, and an offset that is not of whole hours.
    assert_eq!(
        notice("2026-04-05 01:45:10", "Australia/Lord_Howe"),
        said(
            "2026-04-04T14:45:10Z",
            "01:45:10 happens twice on 2026-04-05 in Australia/Lord_Howe: the first (+11, 14:45:10 UTC) is taken, write \
             2026-04-05T01:45:10+10:30 for the other"
        )
    );
    // What the notice says to write is the other.
    assert_eq!(notice("2026-11-01T01:30-05:00", "America/New_York"), ("2026-11-01T06:30:00Z".to_owned(), None));
    // A day without a midnight begins when it begins.
    assert_eq!(notice("2026-09-06", "America/Santiago"), ("2026-09-06T04:00:00Z".to_owned(), None));
    assert_eq!(notice("2026-11-01", "America/Havana"), ("2026-11-01T04:00:00Z".to_owned(), None));
}

#[test]
fn a_window_across_midnight_ends_after_it_begins() {
    let window = |since: &str, until: &str, now: &str| {
        let (since, until) = (parse(since).unwrap(), parse(until).unwrap());
        let clock = Clock { zone: TimeZone::UTC, now: now.parse().unwrap(), quiet: true };
        let (Some(since), Some(until)) = clock.window(Some(&since), Some(&until)).unwrap() else { panic!("no window") };
        (clock::to_the_minute(since), clock::to_the_minute(until))
    };
    let times = |since: &str, until: &str| (since.to_owned(), until.to_owned());
    let afternoon = "2026-11-22T14:00:00Z";
    assert_eq!(window("23:00", "02:55", afternoon), times("2026-11-21 23:00", "2026-11-22 02:55"));
    assert_eq!(window("13:00", "14:30", afternoon), times("2026-11-22 13:00", "2026-11-22 14:30"));
    assert_eq!(window("yesterday 22:00", "02:55", afternoon), times("2026-11-21 22:00", "2026-11-22 02:55"));
    assert_eq!(window("13:00", "13:00", afternoon), times("2026-11-22 13:00", "2026-11-23 13:00"));
    // A day that was typed is meant: such a window is refused elsewhere.
    assert_eq!(window("13:00", "today 02:55", afternoon), times("2026-11-22 13:00", "2026-11-22 02:55"));
}

/// All moments at which clocks of a zone show a time, by trying every offset that there is.
fn shown_at(civil: DateTime, zone: &TimeZone) -> Vec<Timestamp> {
    let utc = civil.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let tried = (-14 * 4..=14 * 4).map(|quarter: i64| utc - SignedDuration::from_mins(quarter * 15));
    let mut found: Vec<Timestamp> = tried.filter(|time| zone.to_datetime(*time) == civil).collect();
    found.sort();
    found
}

/// The first of them; of a time that is left out, as late after the change as it would have been without it.
fn reference(civil: DateTime, zone: &TimeZone) -> Timestamp {
    if let Some(first) = shown_at(civil, zone).first() {
        return *first;
    }
    let utc = civil.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let minutes = (-16 * 60..=16 * 60).map(|minute: i64| utc + SignedDuration::from_mins(minute));
    let before = minutes.rev().find(|time| zone.to_datetime(*time) < civil).expect("a minute before");
    before + civil.duration_since(zone.to_datetime(before))
}

/// Minutes near which clocks change, half of the time.
fn civils() -> impl Strategy<Value = DateTime> {
    let changes =
        [(2026, 3, 8), (2026, 3, 29), (2026, 4, 5), (2026, 4, 24), (2026, 9, 6), (2026, 10, 25), (2026, 11, 1)];
    let near = (0..changes.len(), -1_i64..=1, 0_i8..4, 0_i8..60).prop_map(move |(change, days, hour, minute)| {
        let (year, month, day) = changes[change];
        date(year, month, day).checked_add(days.days()).unwrap().at(hour, minute, 0, 0)
    });
    let any = (0_i64..2000, 0_i8..24, 0_i8..60)
        .prop_map(|(days, hour, minute)| date(2023, 1, 1).checked_add(days.days()).unwrap().at(hour, minute, 0, 0));
    prop_oneof![near, any]
}

proptest! {
    #[test]
    fn dated_times_are_what_clocks_show(civil in civils(), zone in proptest::sample::select(&ZONES[..])) {
        let (text, zone) = (format!("{} {}", civil.strftime("%Y-%m-%d"), civil.strftime("%H:%M")), zone_named(zone));
        let moment = parse(&text).unwrap().at(Timestamp::UNIX_EPOCH, &zone).unwrap();
        prop_assert_eq!(moment.time, reference(civil, &zone));
        let shown = shown_at(civil, &zone);
        prop_assert_eq!(moment.notice.is_some(), shown.len() != 1);
        if let [_, other] = shown[..] {
            let notice = moment.notice.unwrap();
            let typed = notice.split("write ").nth(1).unwrap().split(' ').next().unwrap();
            prop_assert_eq!(parse(typed).unwrap().at(Timestamp::UNIX_EPOCH, &TimeZone::UTC).unwrap().time, other);
        }
    }

    #[test]
    fn a_bare_time_is_the_last_one_that_clocks_showed(
        civil in civils(), zone in proptest::sample::select(&ZONES[..]), hour in 0_i8..24, minute in 0_i8..60
    ) {
        let zone = zone_named(zone);
        let now = reference(civil, &zone);
        let wanted = Time::new(hour, minute, 0, 0).unwrap();
        let moment = parse(&format!("{hour}:{minute:02}")).unwrap().at(now, &zone).unwrap();
        prop_assert!(moment.time <= now, "{} is after {now}", moment.time);
        // Back from now, minute by minute.
        let shown = (0..48 * 60).map(|minute: i64| now - SignedDuration::from_mins(minute))
            .find(|time| zone.to_datetime(*time).time() == wanted)
            .expect("such a minute");
        if moment.notice.is_none() {
            prop_assert_eq!(moment.time, shown);
        } else {
            // Of a time that comes twice it is the first, and what is left out is later that day.
            prop_assert!((moment.time - shown).abs().total(jiff::Unit::Hour).unwrap() <= 25.0);
        }
    }

    #[test]
    fn reading_is_total(text in "[-0-9TZtz:+\\[\\] ./a-z]{0,24}", any: String) {
        for text in [text, any] {
            if let Ok(typed) = parse(&text) {
                let _ = typed.at("2026-11-22T14:00:00Z".parse().unwrap(), &TimeZone::UTC);
            }
        }
    }
}
