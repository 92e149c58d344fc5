//! Two made-up reports: one table with a heading over several columns, and one of everything.

use alblog::time::MINUTE;

use crate::output::document::{
    Block, Chart, Column, Document, Finding, Head, Next, Note, Point, Row, Series, Table, Tone, Unit, Value,
};

pub(in crate::output) fn texts<const N: usize>(parts: [&str; N]) -> Vec<String> {
    parts.map(str::to_owned).to_vec()
}

pub(in crate::output) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A digit a point, a blank for no value, `░` what is not delivered.
pub(in crate::output) fn points(bars: &str) -> Vec<Point> {
    let point = |char: char| match char {
        '░' => Point::NotDelivered,
        ' ' => Point::Nothing,
        digit => Point::Value(f64::from(digit.to_digit(10).unwrap())),
    };
    bars.chars().map(point).collect()
}

fn column(name: &str, heading: &str, unit: Unit, expendable: u8) -> Column {
    Column { name: name.to_owned(), heading: heading.to_owned(), unit, expendable, ..Column::default() }
}

fn in_group(group: &str, column: Column) -> Column {
    Column { group: Some(group.to_owned()), ..column }
}

pub(in crate::output) fn latency() -> Document {
    let target = |heading: &str, expendable| {
        in_group("TARGET TIME, ms", column(&format!("target_{heading}"), heading, Unit::Seconds, expendable))
    };
    let row = |name: &str, requests: i64, millis: [f64; 6], bars: &str| {
        let mut values = vec![text(name), Value::Int(requests)];
        values.extend(millis.map(|millis| Value::Float(millis / 1000.0)));
        values.push(Value::Series(points(bars)));
        Row::new(values)
    };
    let mut thumbnails = row("lambda: thumbnailer", 18_204, [45.0, 88.0, 104.0, 117.0, 640.0, 121.0], "11111211111░");
    thumbnails.tone = Tone::Dim;
    let mut without_targets = row("partner/feed", 12, [0.0; 6], "00  00  000░");
    without_targets.values[2..8].fill(Value::Null);
    let table = Table {
        columns: vec![
            column("target_group", "TARGET GROUP", Unit::Text, 0),
            column("requests", "REQUESTS", Unit::Count, 0),
            target("p50", 1),
            target("p90", 2),
            target("p95", 3),
            target("p99", 0),
            target("MAX", 1),
            in_group("TOTAL, ms", column("total_p99", "p99", Unit::Seconds, 2)),
            column("target_p99_series", "p99 / 5 MIN", Unit::Series, 4),
        ],
        rows: vec![
            row("checkout/checkout-api", 184_201, [38.0, 142.0, 310.0, 1420.0, 29_812.0, 1508.0], "22233786532░"),
            row("search/query-svc", 912_440, [61.0, 188.0, 244.0, 702.0, 8004.0, 731.0], "44445444544░"),
            row(
                "legacy/reporting-service-of-1999 ~",
                4310,
                [220.0, 480.0, 530.0, 655.0, 1930.0, 660.0],
                "33433433343░",
            ),
            thumbnails,
            without_targets,
        ],
        more: Some(Row::new(vec![text("31 more (--top 0)"), Value::Int(2_210_664), Value::Null])),
        ..Table::default()
    };
    let note = |label: &str, parts: Vec<String>| Note { label: label.to_owned(), parts };
    Document {
        data: None,
        name: "latency".to_owned(),
        title: "Latency per target group, slowest target p99 first".to_owned(),
        head: Head {
            lines: vec![
                texts([
                    "2026-11-22 13:00–14:00 UTC (14:00–15:00 CET)",
                    "logs complete up to 13:55",
                    "exact percentiles",
                ]),
                texts(["prod: 37 of 40 load balancers have rows"]),
            ],
            warnings: vec![],
        },
        blocks: vec![
            Block::Table(table),
            Block::Notes(vec![
                note(
                    "left out",
                    texts([
                        "21,077 without a target (18,930 redirects, 1,702 WAF, 445 fixed)",
                        "1,204 WebSockets",
                        "9,115 without a target time (made by the load balancer, or client gone): report errors",
                    ]),
                ),
                note("~", texts(["guessed from the target group's name; `albstats inventory` gets the full one"])),
            ]),
        ],
        next: vec![Next::command("albstats report paths --service checkout/checkout-api --since 1h".split(' '))],
    }
}

pub(in crate::output) fn why() -> Document {
    let finding = |label: &str, text: &str, tone| Finding { label: label.to_owned(), text: text.to_owned(), tone };
    let next = |command: &str, why: &str| Next::command(command.split(' ')).because(why);
    let start = alblog::time::parse(b"2026-11-22T02:25:00Z").unwrap();
    Document {
        data: None,
        name: "why".to_owned(),
        title: "Why 502: checkout/checkout-api on k8s-shop-1f2e3d4c5b".to_owned(),
        head: Head {
            lines: vec![texts([
                "2026-11-22 02:25–03:10 UTC (03:25–04:10 CET)",
                "logs complete up to 03:05 (3 of 3 nodes), next ~03:12",
            ])],
            warnings: texts(["the last 5 min of the window are not delivered yet: what is missing is no recovery"]),
        },
        blocks: vec![
            Block::Findings(vec![
                finding(
                    "likely",
                    "one sick pod, 10.0.42.17: fails 34 % of its requests, yet passes enough checks to stay in \
                     (a keep-alive mismatch would hit all 6 targets alike)",
                    Tone::Strong,
                ),
                finding(
                    "502s",
                    "1,284 of 61,930 (2.07 %)   first 02:51:08   last 03:04:57   ongoing where the logs end",
                    Tone::Plain,
                ),
            ]),
            Block::Chart(Chart {
                title: "502s per minute".to_owned(),
                start,
                step: MINUTE,
                unit: Unit::Count,
                series: vec![Series {
                    name: "/min".to_owned(),
                    points: points("0000000000000000000000000037967567665567░░░░░"),
                }],
                ..Chart::default()
            }),
            Block::Table(causes()),
            Block::Table(targets()),
        ],
        next: vec![
            next("kubectl get pods -A -o wide --field-selector status.podIP=10.0.42.17", ""),
            next("albstats report trace 1-6b02589c-3f0e6a5d2c1b4a7988e6f012", "first 502"),
        ],
    }
}

fn causes() -> Table {
    let row = |cause: &str, count, share, targets: &str, rule: &str, under: &str, tone| Row {
        values: vec![text(cause), Value::Int(count), Value::Float(share), text(targets), text(rule)],
        tone,
        under: if under.is_empty() { vec![] } else { vec![under.to_owned()] },
        ..Row::default()
    };
    let reset = "reset in < 10 ms (refused, or stale keep-alive)";
    Table {
        columns: vec![
            column("cause", "CAUSE", Unit::Text, 0),
            column("count", "502s", Unit::Count, 0),
            column("share", "SHARE", Unit::Share, 0),
            column("targets", "TARGETS", Unit::Text, 2),
            column("rule", "RULE", Unit::Text, 1),
        ],
        rows: vec![
            row(reset, 1102, 0.8582, "2 of 6", "502-reset-fast", "raise the target's keep-alive above 60 s", Tone::Bad),
            row("closed while answering, p50 2.1 s", 149, 0.116, "1 of 6", "502-reset-late", "", Tone::Plain),
            row("the target itself answered 502", 33, 0.0257, "6 of 6", "502-from-target", "", Tone::Dim),
        ],
        total: Some(Row {
            values: vec![text("total"), Value::Int(1284), Value::Float(1.0)],
            tone: Tone::Strong,
            ..Row::default()
        }),
        ..Table::default()
    }
}

fn targets() -> Table {
    let since = |column| in_group("OF REQUESTS SINCE 02:51", column);
    let checks = |column| in_group("HEALTH CHECKS FAILED", column);
    let row = |target: &str, count, requests, share, failed: &str, how: &str| {
        let counts = [Value::Int(count), Value::Int(requests), Value::Float(share)];
        Row::new([vec![text(target)], counts.to_vec(), vec![text(failed), text(how)]].concat())
    };
    Table {
        title: Some("Targets".to_owned()),
        columns: vec![
            column("target", "TARGET", Unit::Text, 0),
            column("count", "502s", Unit::Count, 0),
            since(column("requests", "", Unit::Count, 1)),
            since(column("share", "", Unit::Share, 0)),
            checks(column("failed", "", Unit::Text, 2)),
            checks(column("reason", "", Unit::Text, 3)),
        ],
        rows: vec![
            row("10.0.42.17:8080", 1231, 3612, 0.3408, "31 of 168", "TimedOut, from 02:52:10"),
            row("5 others", 53, 18_060, 0.0029, "0 of 840", ""),
        ],
        ..Table::default()
    }
}
