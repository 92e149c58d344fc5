//! Made-up reports to look at and to test with.

use alblog::time::MINUTE;

use crate::output::document::{
    Block, Chart, Column, Document, Finding, Head, Next, Note, Point, Row, Series, Table, Tone, Unit, Value,
};
use crate::output::html::{HtmlOptions, html};
use crate::output::screen::tests::samples::{latency, points, why};

pub(super) fn column(name: &str, heading: &str, unit: Unit) -> Column {
    Column { name: name.to_owned(), heading: heading.to_owned(), unit, ..Column::default() }
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Each kind of block, with what can be in it.
pub(super) fn everything() -> Document {
    let mut document = why();
    document.head.warnings = vec!["the last 5 minutes of the window are not delivered yet".to_owned()];
    let note = |label: &str, parts: &[&str]| Note {
        label: label.to_owned(),
        parts: parts.iter().map(|part| (*part).to_owned()).collect(),
    };
    for block in &mut document.blocks {
        if let Block::Table(table) = block
            && table.total.is_some()
        {
            table.more = Some(Row { tone: Tone::Dim, ..Row::new(vec![text("4 more (--top 0)"), Value::Int(12)]) });
        }
    }
    document.blocks.push(Block::Notes(vec![
        note("left out", &["21,077 without a target (18,930 redirects, 1,702 WAF, 445 fixed)", "1,204 WebSockets"]),
        note("~", &["guessed from the target group's name"]),
    ]));
    document
}

/// Charts of all kinds, with more series than anybody should draw.
fn charts() -> Document {
    let start = alblog::time::parse(b"2026-11-22T13:00:00Z").unwrap();
    let wave = |seed: u32, scale: f64, later: u32| -> Vec<Point> {
        let value = |minute: u32| match minute {
            _ if minute + later >= 60 => Point::NotDelivered,
            20..=22 if seed == 2 => Point::Nothing,
            _ => {
                let noise = f64::from((minute * 7919 + seed * 104_729) % 97) / 97.0;
                let bump = (-(f64::from(minute) - 34.0).powi(2) / 40.0).exp() * f64::from(seed + 1);
                Point::Value(scale * (0.4 + noise * 0.4 + bump))
            }
        };
        (0..60).map(value).collect()
    };
    let series = |name: &str, points: Vec<Point>| Series { name: name.to_owned(), points };
    let counts = |points: Vec<Point>| {
        let whole = |point| if let Point::Value(value) = point { Point::Value(value.round()) } else { point };
        points.into_iter().map(whole).collect()
    };
    let chart = |title: &str, unit, series| Chart {
        title: title.to_owned(),
        start,
        step: MINUTE,
        unit,
        series,
        marks: Vec::new(),
    };
    let codes = ["500", "502", "503", "504", "460", "561"];
    let stacked = (0..).zip(codes).map(|(seed, code)| series(code, counts(wave(seed, 40.0 / f64::from(seed + 1), 5))));
    let percentiles = [("p50", 0.03), ("p90", 0.14), ("p99", 0.42), ("max", 0.9)];
    let lines = (0..).zip(percentiles).map(|(seed, (name, scale))| series(name, wave(seed, scale, 9)));
    Document {
        name: "overview".to_owned(),
        title: "What is going on".to_owned(),
        head: Head {
            lines: vec![vec![
                "2026-11-22 13:00–14:00 UTC (14:00–15:00 CET)".to_owned(),
                "logs complete up to 13:55 (3 of 3 nodes), next ~14:02".to_owned(),
            ]],
            warnings: vec!["5 min of the window not delivered: the logs are complete up to 13:55 UTC only".to_owned()],
        },
        blocks: vec![
            Block::Findings(vec![
                Finding {
                    label: "5xx".to_owned(),
                    text: "2.07 % since 13:30, 0.03 % before".to_owned(),
                    tone: Tone::Bad,
                },
                Finding { label: String::new(), text: "checkout/checkout-api alone".to_owned(), tone: Tone::Plain },
                Finding {
                    label: "slow".to_owned(),
                    text: "search/query-svc, p99 702 ms".to_owned(),
                    tone: Tone::Plain,
                },
            ]),
            Block::Chart(chart("Requests per minute", Unit::Count, vec![series("", counts(wave(1, 61_930.0, 5)))])),
            Block::Chart(chart("Errors per minute", Unit::Count, stacked.collect())),
            Block::Chart(chart("Target time", Unit::Seconds, lines.collect())),
            Block::Chart(chart("Share of 5xx", Unit::Share, vec![series("5xx", wave(2, 0.004, 1))])),
            Block::Chart(chart(
                "Bytes",
                Unit::Bytes,
                vec![series("sent", wave(3, 4e8, 0)), series("received", wave(4, 9e7, 0))],
            )),
        ],
        ..Document::default()
    }
}

/// Long rows with URLs, names and times.
fn slow() -> Document {
    let mut url = column("request_url", "URL", Unit::Text);
    url.private = true;
    let columns = vec![
        column("time", "TIME", Unit::Time),
        column("total", "TOTAL, ms", Unit::Seconds),
        column("status", "STATUS", Unit::Code),
        column("target_group", "TARGET GROUP", Unit::Text),
        url,
        column("bytes", "SENT", Unit::Bytes),
        column("bars", "p99 / 5 MIN", Unit::Series),
        column("trace_id", "TRACE ID", Unit::Text),
    ];
    let arn =
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-cart-0a1b2c3d4e/50dc6c495c0c9188";
    let trace = "1-6b02589c-3f0e6a5d2c1b4a7988e6f012";
    let kinds = [
        (200, "checkout/payment", "12345678░░░░", Tone::Plain),
        (504, "search/results/of/a/very/long/path/that/goes/on", "000000000000", Tone::Bad),
        (502, "", " 9 1 2 3    ", Tone::Strong),
        (101, "a%20b", "99999119991░", Tone::Dim),
    ];
    let row = |(index, (status, path, bars, tone)): (u32, (i64, &str, &str, Tone))| Row {
        values: vec![
            Value::Int(1_795_352_400_123_456 - i64::from(index) * 7_777_777),
            Value::Float(29.812 / f64::from(index + 1)),
            Value::Int(status),
            Value::Name { id: arn.to_owned(), shown: "shop/cart ~".to_owned() },
            text(&format!("https://shop.example.com:443/{path}?session=0123456789&q=<b>{index}</b>")),
            Value::Int(i64::from(123_400 * index * index)),
            Value::Series(points(bars)),
            text(trace),
        ],
        tone,
        under: if tone == Tone::Bad { vec![format!("albstats report trace {trace} --from prod")] } else { vec![] },
        ..Row::default()
    };
    Document {
        name: "slow".to_owned(),
        title: "Slowest requests".to_owned(),
        blocks: vec![Block::Table(Table { columns, rows: (0..40).zip(kinds.into_iter().cycle()).map(row).collect(), ..Table::default() })],
        next: vec![
            Next::command("albstats report paths --service checkout/checkout-api --since 2026-11-22T13:00Z --until 2026-11-22T14:00Z --top 50".split(' '))
                .because("by route"),
        ],
        ..Document::default()
    }
}

/// `HTML_SAMPLES=/tmp/samples cargo test --lib html::tests::samples` writes them to look at.
#[test]
fn samples_are_written_where_somebody_wants_to_look_at_them() {
    for (name, document) in [("why", everything()), ("latency", latency()), ("charts", charts()), ("slow", slow())] {
        let drawn = html(&document, &HtmlOptions { private: false, generated: super::MADE });
        super::Tags::of(&drawn).is_closed_to_the_network();
        if let Some(folder) = std::env::var_os("HTML_SAMPLES") {
            std::fs::write(std::path::Path::new(&folder).join(name).with_extension("html"), drawn).unwrap();
        }
    }
}
