//! Reports as people see them, at widths people have.

pub(in crate::output) mod properties;
pub(in crate::output) mod samples;

use alblog::time::{DAY, MINUTE, SECOND};

use self::samples::{points, text, texts};
use super::*;
use crate::output::document::{
    Chart, Column, Finding, Head, Mark, Next, Note, Point, Row, Series, Table, Tone, Unit, Value,
};

fn at(document: &Document, width: impl Into<Option<usize>>) -> String {
    screen(document, &Look { width: width.into(), ..Look::default() })
}

fn of(block: Block, width: usize) -> String {
    at(&Document { blocks: vec![block], ..Document::default() }, width)
}

fn column(heading: &str, unit: Unit) -> Column {
    Column { heading: heading.to_owned(), unit, ..Column::default() }
}

#[test]
fn latency_at_a_hundred_columns() {
    insta::assert_snapshot!(at(&samples::latency(), 100), @"
    Latency per target group, slowest target p99 first
    2026-11-22 13:00–14:00 UTC (14:00–15:00 CET) · logs complete up to 13:55 · exact percentiles
    prod: 37 of 40 load balancers have rows

                                                   TARGET TIME, ms               TOTAL, ms
      TARGET GROUP                       REQUESTS  p50  p90  p95    p99     MAX        p99  p99 / 5 MIN
      checkout/checkout-api               184,201   38  142  310  1,420  29,812      1,508  ▂▂▂▃▃▇█▆▅▃▂░
      search/query-svc                    912,440   61  188  244    702   8,004        731  ▇▇▇▇█▇▇▇█▇▇░
      legacy/reporting-service-of-1… ~      4,310  220  480  530    655   1,930        660  ▆▆█▆▆█▆▆▆█▆░
      lambda: thumbnailer                  18,204   45   88  104    117     640        121  ▄▄▄▄▄█▄▄▄▄▄░
      partner/feed                             12    –    –    –      –       –          –  ··  ··  ···░
      31 more (--top 0)                 2,210,664

    left out  21,077 without a target (18,930 redirects, 1,702 WAF, 445 fixed) · 1,204 WebSockets
              9,115 without a target time (made by the load balancer, or client gone): report errors
    ~ guessed from the target group's name; `albstats inventory` gets the full one
    next      albstats report paths --service checkout/checkout-api --since 1h
    ");
}

#[test]
fn latency_at_eighty_columns() {
    insta::assert_snapshot!(at(&samples::latency(), 80), @"
    Latency per target group, slowest target p99 first
    2026-11-22 13:00–14:00 UTC (14:00–15:00 CET) · logs complete up to 13:55
    exact percentiles
    prod: 37 of 40 load balancers have rows

                                             TARGET TIME, ms               TOTAL, ms
      TARGET GROUP                 REQUESTS  p50  p90  p95    p99     MAX        p99
      checkout/checkout-api         184,201   38  142  310  1,420  29,812      1,508
      search/query-svc              912,440   61  188  244    702   8,004        731
      legacy/reporting-servic… ~      4,310  220  480  530    655   1,930        660
      lambda: thumbnailer            18,204   45   88  104    117     640        121
      partner/feed                       12    –    –    –      –       –          –
      31 more (--top 0)           2,210,664
      1 column left out (a wider terminal, or --format csv)

    left out  21,077 without a target (18,930 redirects, 1,702 WAF, 445 fixed)
              1,204 WebSockets
              9,115 without a target time (made by the load balancer, or client
                gone): report errors
    ~ guessed from the target group's name; `albstats inventory` gets the full one
    next      albstats report paths --service checkout/checkout-api --since 1h
    ");
}

#[test]
fn latency_on_a_wide_terminal_and_in_a_file() {
    insta::assert_snapshot!(at(&samples::latency(), 160), @"
    Latency per target group, slowest target p99 first
    2026-11-22 13:00–14:00 UTC (14:00–15:00 CET) · logs complete up to 13:55 · exact percentiles
    prod: 37 of 40 load balancers have rows

                                                     TARGET TIME, ms               TOTAL, ms
      TARGET GROUP                         REQUESTS  p50  p90  p95    p99     MAX        p99  p99 / 5 MIN
      checkout/checkout-api                 184,201   38  142  310  1,420  29,812      1,508  ▂▂▂▃▃▇█▆▅▃▂░
      search/query-svc                      912,440   61  188  244    702   8,004        731  ▇▇▇▇█▇▇▇█▇▇░
      legacy/reporting-service-of-1999 ~      4,310  220  480  530    655   1,930        660  ▆▆█▆▆█▆▆▆█▆░
      lambda: thumbnailer                    18,204   45   88  104    117     640        121  ▄▄▄▄▄█▄▄▄▄▄░
      partner/feed                               12    –    –    –      –       –          –  ··  ··  ···░
      31 more (--top 0)                   2,210,664

    left out  21,077 without a target (18,930 redirects, 1,702 WAF, 445 fixed) · 1,204 WebSockets
              9,115 without a target time (made by the load balancer, or client gone): report errors
    ~ guessed from the target group's name; `albstats inventory` gets the full one
    next      albstats report paths --service checkout/checkout-api --since 1h
    ");
    assert_eq!(at(&samples::latency(), None), at(&samples::latency(), 160));
}

#[test]
fn why_at_a_hundred_columns() {
    insta::assert_snapshot!(at(&samples::why(), 100), @"
    Why 502: checkout/checkout-api on k8s-shop-1f2e3d4c5b
    2026-11-22 02:25–03:10 UTC (03:25–04:10 CET) · logs complete up to 03:05 (3 of 3 nodes), next ~03:12
    warning  the last 5 min of the window are not delivered yet: what is missing is no recovery

    likely  one sick pod, 10.0.42.17: fails 34 % of its requests, yet passes enough checks to stay in (a
            keep-alive mismatch would hit all 6 targets alike)
      502s  1,284 of 61,930 (2.07 %)   first 02:51:08   last 03:04:57   ongoing where the logs end
      /min  ··························▃▇█▆▇▅▆▇▆▆▅▅▆▇░░░░░   peak 9   ░ not delivered yet
            02:25                     02:51         03:05

      CAUSE                                             502s   SHARE  TARGETS  RULE
      reset in < 10 ms (refused, or stale keep-alive)  1,102  85.8 %  2 of 6   502-reset-fast
        raise the target's keep-alive above 60 s
      closed while answering, p50 2.1 s                  149  11.6 %  1 of 6   502-reset-late
      the target itself answered 502                      33  2.57 %  6 of 6   502-from-target
      total                                            1,284   100 %

    Targets
      TARGET            502s  OF REQUESTS SINCE 02:51  HEALTH CHECKS FAILED
      10.0.42.17:8080  1,231            3,612  34.1 %  31 of 168  TimedOut, from 02:52:10
      5 others            53           18,060  0.29 %  0 of 840

    next    kubectl get pods -A -o wide --field-selector status.podIP=10.0.42.17
            albstats report trace 1-6b02589c-3f0e6a5d2c1b4a7988e6f012   (first 502)
    ");
    assert_eq!(at(&samples::why(), 160), at(&samples::why(), 100));
    assert_eq!(at(&samples::why(), None), at(&samples::why(), 100));
}

#[test]
fn why_at_eighty_columns() {
    insta::assert_snapshot!(at(&samples::why(), 80), @"
    Why 502: checkout/checkout-api on k8s-shop-1f2e3d4c5b
    2026-11-22 02:25–03:10 UTC (03:25–04:10 CET)
    logs complete up to 03:05 (3 of 3 nodes), next ~03:12
    warning  the last 5 min of the window are not delivered yet: what is missing is
             no recovery

    likely  one sick pod, 10.0.42.17: fails 34 % of its requests, yet passes enough
            checks to stay in (a keep-alive mismatch would hit all 6 targets alike)
      502s  1,284 of 61,930 (2.07 %)   first 02:51:08   last 03:04:57   ongoing
            where the logs end
      /min  ··························▃▇█▆▇▅▆▇▆▆▅▅▆▇░░░░░   peak 9
            02:25                     02:51         03:05   ░ not delivered yet

      CAUSE                                   502s   SHARE  TARGETS  RULE
      reset in < 10 ms (refused, or stale …  1,102  85.8 %  2 of 6   502-reset-fast
        raise the target's keep-alive above 60 s
      closed while answering, p50 2.1 s        149  11.6 %  1 of 6   502-reset-late
      the target itself answered 502            33  2.57 %  6 of 6   502-from-target
      total                                  1,284   100 %

    Targets
      TARGET            502s  OF REQUESTS SINCE 02:51  HEALTH CHECKS FAILED
      10.0.42.17:8080  1,231            3,612  34.1 %  31 of 168  TimedOut, from 02…
      5 others            53           18,060  0.29 %  0 of 840

    next    kubectl get pods -A -o wide --field-selector status.podIP=10.0.42.17
            albstats report trace 1-6b02589c-3f0e6a5d2c1b4a7988e6f012   (first 502)
    ");
}

#[test]
fn why_on_a_narrow_terminal() {
    insta::assert_snapshot!(at(&samples::why(), 56), @"
    Why 502: checkout/checkout-api on k8s-shop-1f2e3d4c5b
    2026-11-22 02:25–03:10 UTC (03:25–04:10 CET)
    logs complete up to 03:05 (3 of 3 nodes), next ~03:12
    warning  the last 5 min of the window are not delivered
             yet: what is missing is no recovery

    likely  one sick pod, 10.0.42.17: fails 34 % of its
            requests, yet passes enough checks to stay in (a
            keep-alive mismatch would hit all 6 targets
            alike)
      502s  1,284 of 61,930 (2.07 %)   first 02:51:08   last
            03:04:57   ongoing where the logs end
      /min  ·············▇█▇▇▆▅▇░░░   peak 9
            02:25        02:51  03:05   ░ not delivered yet
            a bar is 2 min, its largest value

      CAUSE                    502s   SHARE  RULE
      reset in < 10 ms (ref…  1,102  85.8 %  502-reset-fast
        raise the target's keep-alive above 60 s
      closed while answerin…    149  11.6 %  502-reset-late
      the target itself ans…     33  2.57 %  502-from-target
      total                   1,284   100 %
      1 column left out (a wider terminal, or --format csv)

    Targets
      TARGET            502s  OF REQUESTS SINCE 02:51
      10.0.42.17:8080  1,231            3,612  34.1 %
      5 others            53           18,060  0.29 %
      2 columns left out (a wider terminal)

    next    kubectl get pods -A -o wide --field-selector status.podIP=10.0.42.17
            albstats report trace 1-6b02589c-3f0e6a5d2c1b4a7988e6f012
              (first 502)
    ");
}

#[test]
fn tones_are_colours() {
    let coloured = screen(&samples::why(), &Look { width: Some(100), colour: true, ascii: false });
    insta::assert_snapshot!(coloured.replace('\x1b', "^"), @"
    ^[1mWhy 502: checkout/checkout-api on k8s-shop-1f2e3d4c5b^[0m
    2026-11-22 02:25–03:10 UTC (03:25–04:10 CET) · logs complete up to 03:05 (3 of 3 nodes), next ~03:12
    ^[31mwarning  the last 5 min of the window are not delivered yet: what is missing is no recovery^[0m

    ^[1mlikely  one sick pod, 10.0.42.17: fails 34 % of its requests, yet passes enough checks to stay in (a^[0m
            ^[1mkeep-alive mismatch would hit all 6 targets alike)^[0m
      502s  1,284 of 61,930 (2.07 %)   first 02:51:08   last 03:04:57   ongoing where the logs end
      /min  ··························▃▇█▆▇▅▆▇▆▆▅▅▆▇░░░░░   peak 9   ░ not delivered yet
            02:25                     02:51         03:05

      CAUSE                                             502s   SHARE  TARGETS  RULE
      ^[31mreset in < 10 ms (refused, or stale keep-alive)  1,102  85.8 %  2 of 6   502-reset-fast^[0m
        raise the target's keep-alive above 60 s
      closed while answering, p50 2.1 s                  149  11.6 %  1 of 6   502-reset-late
      ^[2mthe target itself answered 502                      33  2.57 %  6 of 6   502-from-target^[0m
      ^[1mtotal                                            1,284   100 %^[0m

    ^[1mTargets^[0m
      TARGET            502s  OF REQUESTS SINCE 02:51  HEALTH CHECKS FAILED
      10.0.42.17:8080  1,231            3,612  34.1 %  31 of 168  TimedOut, from 02:52:10
      5 others            53           18,060  0.29 %  0 of 840

    next    kubectl get pods -A -o wide --field-selector status.podIP=10.0.42.17
            albstats report trace 1-6b02589c-3f0e6a5d2c1b4a7988e6f012   ^[2m(first 502)^[0m
    ");
}

#[test]
fn without_unicode_everything_is_ascii() {
    let ascii = |document: &Document| screen(document, &Look { width: Some(80), colour: false, ascii: true });
    let latency = ascii(&samples::latency());
    let why = ascii(&samples::why());
    assert!(latency.is_ascii() && why.is_ascii());
    let tables: Vec<&str> = latency.lines().take(15).collect();
    insta::assert_snapshot!(tables.join("\n"), @"
    Latency per target group, slowest target p99 first
    2026-11-22 13:00-14:00 UTC (14:00-15:00 CET) | logs complete up to 13:55
    exact percentiles
    prod: 37 of 40 load balancers have rows

                                             TARGET TIME, ms               TOTAL, ms
      TARGET GROUP                 REQUESTS  p50  p90  p95    p99     MAX        p99
      checkout/checkout-api         184,201   38  142  310  1,420  29,812      1,508
      search/query-svc              912,440   61  188  244    702   8,004        731
      legacy/reporting-serv... ~      4,310  220  480  530    655   1,930        660
      lambda: thumbnailer            18,204   45   88  104    117     640        121
      partner/feed                       12    -    -    -      -       -          -
      31 more (--top 0)           2,210,664
      1 column left out (a wider terminal, or --format csv)
    ");
    insta::assert_snapshot!(why, @"
    Why 502: checkout/checkout-api on k8s-shop-1f2e3d4c5b
    2026-11-22 02:25-03:10 UTC (03:25-04:10 CET)
    logs complete up to 03:05 (3 of 3 nodes), next ~03:12
    warning  the last 5 min of the window are not delivered yet: what is missing is
             no recovery

    likely  one sick pod, 10.0.42.17: fails 34 % of its requests, yet passes enough
            checks to stay in (a keep-alive mismatch would hit all 6 targets alike)
      502s  1,284 of 61,930 (2.07 %)   first 02:51:08   last 03:04:57   ongoing
            where the logs end
      /min  __________________________-#@*#+*#**++*#?????   peak 9
            02:25                     02:51         03:05   ? not delivered yet

      CAUSE                                   502s   SHARE  TARGETS  RULE
      reset in < 10 ms (refused, or stal...  1,102  85.8 %  2 of 6   502-reset-fast
        raise the target's keep-alive above 60 s
      closed while answering, p50 2.1 s        149  11.6 %  1 of 6   502-reset-late
      the target itself answered 502            33  2.57 %  6 of 6   502-from-target
      total                                  1,284   100 %

    Targets
      TARGET            502s  OF REQUESTS SINCE 02:51  HEALTH CHECKS FAILED
      10.0.42.17:8080  1,231            3,612  34.1 %  31 of 168  TimedOut, from ...
      5 others            53           18,060  0.29 %  0 of 840

    next    kubectl get pods -A -o wide --field-selector status.podIP=10.0.42.17
            albstats report trace 1-6b02589c-3f0e6a5d2c1b4a7988e6f012   (first 502)
    ");
}

#[test]
fn what_happened_stands_below_the_bars() {
    let mark = |from: i64, until: Option<i64>, sign: &str, text: &str| Mark {
        from: from * MINUTE,
        until: until.map(|until| until * MINUTE),
        sign: sign.to_owned(),
        text: text.to_owned(),
    };
    let chart = Chart {
        title: "5xx per min".to_owned(),
        step: MINUTE,
        unit: Unit::Count,
        series: vec![Series { name: String::new(), points: points("000022222200000000000") }],
        marks: vec![
            mark(4, Some(10), "1", "one pod"),
            mark(3, None, "A", "deploy\u{1b}[2J 1.42"),
            mark(15, Some(16), "2", "a route"),
        ],
        ..Chart::default()
    };
    let drawn = of(Block::Chart(chart), 80);
    let lines: Vec<&str> = drawn.lines().map(str::trim_end).collect();
    assert_eq!(lines[2..4], ["      1─────     2", "     A"], "{drawn}");
    assert_eq!(
        lines[5..],
        ["  1 00:04–00:10 one pod", r"  A 00:03 deploy\x1B[2J 1.42", "  2 00:15–00:16 a route"],
        "{drawn}"
    );
}

#[test]
fn a_heading_has_a_line_under_it() {
    assert_eq!(of(Block::Heading("Timeline".to_owned()), 80), "Timeline\n────────\n");
}

#[test]
fn a_chart_of_several_lines_has_one_scale_and_its_own_title() {
    let series = |name: &str, bars| Series { name: name.to_owned(), points: points(bars) };
    let chart = Chart {
        title: "Total time per 6 h".to_owned(),
        start: 0,
        step: DAY / 4,
        unit: Unit::Seconds,
        series: vec![series("p99", "4448  842222░░"), series("p50", "1112  10")],
        ..Chart::default()
    };
    insta::assert_snapshot!(of(Block::Chart(chart), 80), @"
    Total time per 6 h
      p99  ▄▄▄█  █▄▂▂▂▂░░   peak 8,000 ms   ░ not delivered yet
      p50  ▁▁▁▂  ▁·         peak 2,000 ms
           01-01 00:00 01-04 00:00
    ");
}

#[test]
fn a_chart_stands_among_findings_if_its_label_says_all() {
    let chart = |title: &str, name: &str| Chart {
        title: title.to_owned(),
        step: MINUTE,
        unit: Unit::Count,
        series: vec![Series { name: name.to_owned(), points: points("0148") }],
        ..Chart::default()
    };
    let finding = Finding { label: "peak".to_owned(), text: "8 at 00:03".to_owned(), tone: Tone::Plain };
    let with = |title, name| {
        let blocks = vec![Block::Findings(vec![finding.clone()]), Block::Chart(chart(title, name))];
        at(&Document { blocks, ..Document::default() }, 80)
    };
    insta::assert_snapshot!(with("502s per minute", "/min"), @"
    peak  8 at 00:03
    /min  ·▁▄█   peak 8
          00:00
    ");
    insta::assert_snapshot!(with("5xx a minute", ""), @"
            peak  8 at 00:03
    5xx a minute  ·▁▄█   peak 8
                  00:00
    ");
    insta::assert_snapshot!(with("502s per minute", "502"), @"
    peak  8 at 00:03

    502s per minute
      502  ·▁▄█   peak 8
           00:00
    ");
}

#[test]
fn more_points_than_columns_are_merged_into_their_largest() {
    let mut points = vec![Point::Value(1.0); 1440];
    points[700] = Point::Value(9.0);
    points[1400..].fill(Point::NotDelivered);
    let series = vec![Series { name: String::new(), points }];
    let chart = |step, title: &str| Chart {
        title: title.to_owned(),
        start: 0,
        step,
        unit: Unit::Count,
        series: series.clone(),
        ..Chart::default()
    };
    insta::assert_snapshot!(of(Block::Chart(chart(MINUTE, "5xx per minute")), 80), @"
    5xx per minute
      ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁░░░   peak 9
      00:00                                                             23:20
      ░ not delivered yet
      a bar is 21 min, its largest value
    ");
    insta::assert_snapshot!(of(Block::Chart(chart(SECOND, "per second")), 50), @"
    per second
      ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁░░   peak 9
      00:00:00                             00:23:20
      ░ not delivered yet
      a bar is 37 s, its largest value
    ");
    insta::assert_snapshot!(of(Block::Chart(chart(DAY, "per day")), 50), @"
    per day
      ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁░░   peak 9
      01-01                                11-01
      ░ not delivered yet
      a bar is 37 d, its largest value
    ");
}

#[test]
fn charts_without_values() {
    let chart = |points| Chart {
        title: "502s per minute".to_owned(),
        step: MINUTE,
        unit: Unit::Count,
        series: vec![Series { name: "502".to_owned(), points }],
        ..Chart::default()
    };
    insta::assert_snapshot!(of(Block::Chart(chart(points("░░░░░░"))), 80), @"
    502s per minute
      502  ░░░░░░   ░ not delivered yet
           00:00
    ");
    insta::assert_snapshot!(of(Block::Chart(chart(vec![])), 80), @"
    502s per minute
      502  –
    ");
    insta::assert_snapshot!(of(Block::Chart(Chart { title: "nothing".to_owned(), ..Chart::default() }), 80), @"nothing");
}

#[test]
fn rows_that_are_too_short_or_too_long_lose_nothing() {
    let table = Table {
        columns: vec![column("PATH", Unit::Text), column("REQUESTS", Unit::Count)],
        rows: vec![
            Row::new(vec![text("/cart")]),
            Row::new(vec![text("/cart/checkout"), Value::Int(1_234_567), Value::Int(502), text("surplus")]),
            Row::new(vec![]),
            Row::new(vec![Value::Null, Value::Null]),
        ],
        more: Some(Row::new(vec![text("7 more"), Value::Int(7), Value::Null])),
        total: Some(Row::new(vec![text("total"), Value::Null])),
        ..Table::default()
    };
    insta::assert_snapshot!(of(Block::Table(table), 80), @"
    PATH             REQUESTS
    /cart
    /cart/checkout  1,234,567  502  surplus

    –                       –
    7 more                  7
    total
    ");
}

#[test]
fn a_table_without_rows_says_so() {
    let table = Table {
        title: Some("Targets".to_owned()),
        columns: vec![column("TARGET", Unit::Text), column("REQUESTS", Unit::Count)],
        ..Table::default()
    };
    insta::assert_snapshot!(of(Block::Table(table.clone()), 80), @"
    Targets
      (no rows)
    ");
    let empty = Some("no request in this window; the logs hold 2026-11-20 to 2026-11-22".to_owned());
    let total = Some(Row::new(vec![text("total"), Value::Int(0)]));
    insta::assert_snapshot!(of(Block::Table(Table { total, empty, ..table }), 40), @"
    Targets
      TARGET  REQUESTS
      no request in this window; the logs
      hold 2026-11-20 to 2026-11-22
      total          0
    ");
}

#[test]
fn sentences_go_below_where_there_is_no_room_beside() {
    let mut columns = ["", "NAME", "WHY"].map(|heading| column(heading, Unit::Text)).to_vec();
    (columns[0].sign, columns[2].spills) = (true, true);
    let row = |sign: &str, why: &str| Row::new(vec![text(sign), text("k8s-shop-1f2e3d4c5b"), text(why)]);
    let fix = vec!["fix: albstats bucket check --elb k8s-shop-1f2e3d4c5b".to_owned(), "see CloudTrail".to_owned()];
    let rows = vec![
        row("+", "written"),
        Row { apart: true, ..row("=", "left alone since somebody said so, in many more words") },
        Row { under: fix, apart: true, ..row("!", "the bucket refuses what is written to it") },
    ];
    let table = Table { columns, rows, ..Table::default() };
    insta::assert_snapshot!(of(Block::Table(table.clone()), 40), @r"
      NAME                 WHY
    + k8s-shop-1f2e3d4c5b  written

    = k8s-shop-1f2e3d4c5b
        left alone since somebody said so,
        in many more words

    ! k8s-shop-1f2e3d4c5b
        the bucket refuses what is written
        to it
        fix: albstats bucket check --elb \
        k8s-shop-1f2e3d4c5b
        see CloudTrail
    ");
    // No room for the heading either.
    assert!(of(Block::Table(table.clone()), 25).starts_with("  NAME\n+ k8s-shop-1f2e3d4c5b\n    written\n\n"));
    let wide = of(Block::Table(table), 100);
    assert!(wide.lines().any(|line| line.ends_with("k8s-shop-1f2e3d4c5b  the bucket refuses what is written to it")));
}

#[test]
fn columns_are_left_out_by_how_expendable_they_are() {
    let columns = [("HOST", 0), ("CLIENT", 1), ("AGENT", 3), ("REFERER", 2)];
    let columns = columns.map(|(heading, expendable)| Column { expendable, ..column(heading, Unit::Text) });
    let row = |host: &str| Row::new([vec![text(host)], vec![text("a text of thirty columns, more"); 3]].concat());
    let table = Table {
        columns: columns.to_vec(),
        rows: vec![row("shop.example.com"), row("日本語日本語日本語")],
        ..Table::default()
    };
    insta::assert_snapshot!(of(Block::Table(table.clone()), 80), @"
    HOST                CLIENT              AGENT               REFERER
    shop.example.com    a text of thirty …  a text of thirty …  a text of thirty …
    日本語日本語日本語  a text of thirty …  a text of thirty …  a text of thirty …
    ");
    insta::assert_snapshot!(of(Block::Table(table.clone()), 50), @"
    HOST                CLIENT         REFERER
    shop.example.com    a text of th…  a text of th…
    日本語日本語日本語  a text of th…  a text of th…
    1 column left out (a wider terminal, or --format
    csv)
    ");
    insta::assert_snapshot!(of(Block::Table(table), 20), @"
    HOST
    shop.example.com
    日本語日本語日本語
    3 columns left out
    (a wider terminal,
    or --format csv)
    ");
}

#[test]
fn seconds_always_say_that_they_are_milliseconds() {
    let of = |heading: &str, group: Option<&str>| {
        let group = group.map(str::to_owned);
        let columns = vec![Column { group, ..column(heading, Unit::Seconds) }];
        let table = Table { columns, rows: vec![Row::new(vec![Value::Float(1.4)])], ..Table::default() };
        of(Block::Table(table), 80).lines().next().unwrap().trim().to_owned()
    };
    assert_eq!(of("p99", None), "p99, ms");
    assert_eq!(of("p99 (ms)", None), "p99 (ms)");
    assert_eq!(of("ITEMS", Some("terms")), "terms");
    assert_eq!(of("", None), "ms");
    assert_eq!(of("p99", Some("TOTAL, ms")), "TOTAL, ms");
}

#[test]
fn notes_and_labels_of_all_kinds() {
    let note = |label: &str, parts: &[&str]| Note {
        label: label.to_owned(),
        parts: parts.iter().map(|part| (*part).to_owned()).collect(),
    };
    let finding =
        |label: &str, text: &str| Finding { label: label.to_owned(), text: text.to_owned(), tone: Tone::Plain };
    let document = Document {
        title: "A title that is longer than the line it stands on".to_owned(),
        head: Head { lines: vec![vec![], texts(["only one part, and also too long for it"])], warnings: vec![] },
        blocks: vec![
            Block::Findings(vec![
                finding("peak", "148 a minute"),
                finding("", "and this belongs to it"),
                finding("a label that is much too long", "for its column"),
                finding("none", ""),
            ]),
            Block::Notes(vec![note("", &["without a label"]), note("none", &[])]),
            Block::Notes(vec![note("*", &["a mark", "and what it means, at some length"])]),
        ],
        next: vec![
            Next::command("albstats report errors --since 1h".split(' ')).because("which"),
            Next::command(["albstats", "query"]).because("anything"),
            Next::command("albstats report overview --since 24h".split(' ')).because("the day before"),
        ],
        ..Document::default()
    };
    insta::assert_snapshot!(at(&document, 36), @"
    A title that is longer than the line
      it stands on
    only one part, and also too long for
      it

    peak  148 a minute
          and this belongs to it
    a label that is much too long
          for its column
    none

          without a label
    none
    * a mark
      and what it means, at some length
    next  albstats report errors --since 1h
            (which)
          albstats query   (anything)
          albstats report overview --since 24h
            (the day before)
    ");
}

#[test]
fn nothing_is_nothing() {
    assert_eq!(at(&Document::default(), 80), "");
}
