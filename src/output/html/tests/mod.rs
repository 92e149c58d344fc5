//! Reports as browsers get them: what is in the file, what is not, and that it is whole.

mod files;
mod hash;
mod properties;
mod rows;
mod samples;
mod tags;

use alblog::time::MINUTE;

use self::samples::{column, text};
use self::tags::{Tag, Tags};
use super::{HtmlOptions, html};
use crate::output::document::{
    Block, Chart, Document, Finding, Head, Next, Note, Point, Row, Series, Table, Tone, Unit, Value,
};

/// 2026-11-22T03:10:12Z
const MADE: i64 = 1_795_317_012_000_000;

fn draw(document: &Document) -> String {
    html(document, &HtmlOptions { private: false, generated: MADE })
}

fn of(block: Block) -> String {
    draw(&Document { blocks: vec![block], ..Document::default() })
}

fn table(table: Table) -> Tags {
    Tags::of(&of(Block::Table(table)))
}

fn one_row(unit: Unit, value: Value) -> Table {
    Table { columns: vec![column("a", "A", unit)], rows: vec![Row::new(vec![value])], ..Table::default() }
}

fn chart(unit: Unit, series: &[(&str, &[Point])]) -> Chart {
    Chart {
        title: "over time".to_owned(),
        start: MADE - MADE % MINUTE,
        step: MINUTE,
        unit,
        series: series
            .iter()
            .map(|(name, points)| Series { name: (*name).to_owned(), points: points.to_vec() })
            .collect(),
        ..Chart::default()
    }
}

#[test]
fn everything_that_a_report_says_is_there() {
    let document = samples::everything();
    let words = Tags::of(&draw(&document)).words();
    for said in [
        "Why 502",
        "02:25–03:10 UTC",
        "3 of 3 nodes",
        "the last 5 minutes of the window are not delivered yet",
        "one sick pod, 10.0.42.17",
        "CAUSE",
        "reset in < 10 ms (refused, or stale keep-alive)",
        "85.8 %",
        "raise the target's keep-alive above 60 s",
        "4 more (--top 0)",
        "total",
        "1,284",
        "left out",
        "1,204 WebSockets",
        "kubectl get pods",
        "first 502",
        "albstats 0.1.0, report why, made at 2026-11-22 03:10:12 UTC",
    ] {
        assert!(words.contains(said), "{said:?} is not in {words}");
    }
}

#[test]
fn what_strangers_sent_stays_text() {
    let hostile = "</script><img src=x onerror=alert(1)>\"'&amp;<!--";
    let block = |tone| Finding { label: hostile.to_owned(), text: hostile.to_owned(), tone };
    let named = |unit| column(hostile, hostile, unit);
    let mut columns = vec![named(Unit::Text), named(Unit::Number)];
    columns[1].group = Some(hostile.to_owned());
    let row = || Row { under: vec![hostile.to_owned()], ..Row::new(vec![text(hostile), text(hostile)]) };
    let points = [Point::Value(1.0)];
    let document = Document {
        data: None,
        name: hostile.to_owned(),
        title: hostile.to_owned(),
        head: Head { lines: vec![vec![hostile.to_owned()]], warnings: vec![hostile.to_owned()] },
        blocks: vec![
            Block::Findings(vec![block(Tone::Bad)]),
            Block::Table(Table {
                title: Some(hostile.to_owned()),
                columns,
                rows: vec![
                    row(),
                    Row::new(vec![Value::Name { id: hostile.to_owned(), shown: hostile.to_owned() }, Value::Null]),
                ],
                total: Some(row()),
                more: Some(row()),
                empty: None,
            }),
            Block::Table(Table { empty: Some(hostile.to_owned()), ..Table::default() }),
            Block::Chart(chart(Unit::Count, &[(hostile, &points), (hostile, &points)])),
            Block::Chart(Chart { title: String::new(), ..chart(Unit::Share, &[(hostile, &points)]) }),
            Block::Notes(vec![Note { label: hostile.to_owned(), parts: vec![hostile.to_owned()] }]),
        ],
        next: vec![Next::command([hostile]).because(hostile)],
    };
    let tags = Tags::of(&draw(&document));
    assert!(!tags.all.iter().any(|tag| tag.name == "img"));
    assert_eq!(tags.all.iter().filter(|tag| tag.name == "script").count(), 1);
    tags.is_closed_to_the_network();
    // As often as it was put in, and in no other form.
    assert!(tags.words().matches(hostile).count() >= 20, "{}", tags.words());
}

#[test]
fn control_characters_are_made_visible() {
    let words = Tags::of(&of(Block::Table(one_row(Unit::Text, text("a\x1b[2Jb\u{202e}c\0"))))).words();
    assert!(words.contains(r"a\x1B[2Jb\xE2\x80\xAEc\x00"), "{words}");
}

#[test]
fn query_strings_are_hidden_unless_asked_for() {
    let mut url = column("request_url", "URL", Unit::Text);
    url.private = true;
    let row = Row {
        under: vec!["albstats report slow --path '/cart?token=under'".to_owned()],
        ..Row::new(vec![text("https://shop.example.com/cart?token=value")])
    };
    let document = Document {
        blocks: vec![
            Block::Table(Table { columns: vec![url], rows: vec![row], ..Table::default() }),
            Block::Findings(vec![Finding {
                label: "slowest".to_owned(),
                text: "GET https://shop.example.com/cart?token=finding took 3 s".to_owned(),
                tone: Tone::Plain,
            }]),
        ],
        next: vec![Next::command(["curl", "https://a/?token=next"])],
        ..Document::default()
    };
    let hidden = draw(&document);
    assert!(!hidden.contains("token"), "{hidden}");
    let words = Tags::of(&hidden).words();
    assert!(words.contains("https://shop.example.com/cart?…"));
    assert!(words.contains("query strings are hidden; --show-query-strings shows them"));

    let shown = html(&document, &HtmlOptions { private: true, generated: MADE });
    for value in ["value", "under", "finding", "next"] {
        assert!(shown.contains(&format!("token={value}")), "{value}");
    }
    assert!(!shown.contains("are hidden"));
    // Nothing is hidden where there is nothing to hide.
    assert!(!draw(&samples::everything()).contains("are hidden"));
}

#[test]
fn a_rounded_number_has_its_digits_in_its_title() {
    for (unit, value, shown, title) in [
        (Unit::Seconds, Value::Float(1.420_123), "1,420", Some("1.420123 s")),
        (Unit::Share, Value::Float(0.020_734_1), "2.07 %", Some("2.07341 %")),
        (Unit::Bytes, Value::Int(3_100_000_123), "3.1 GB", Some("3100000123 bytes")),
        (Unit::Time, Value::Int(MADE + 5), "2026-11-22 03:10:12", Some("2026-11-22T03:10:12.000005Z")),
        (Unit::Duration, Value::Float(7_512.5), "2 h 5 min", Some("7512.5 s")),
        (Unit::Number, Value::Float(0.126), "0.13", Some("0.126")),
        (Unit::Count, Value::Int(1_284), "1,284", None),
        (Unit::Code, Value::Int(502), "502", None),
    ] {
        let tags = table(one_row(unit, value));
        let cell = tags.all.iter().find(|tag| tag.name == "td").unwrap();
        assert_eq!((cell.text.as_str(), cell.attribute("title")), (shown, title), "{unit:?}");
        assert_eq!(cell.attribute("class"), Some(if unit == Unit::Time { "t time" } else { "n" }));
    }
}

#[test]
fn headings_stand_above_their_columns() {
    let group = |name: &str, heading: &str| {
        let mut column = column(heading, heading, Unit::Seconds);
        column.group = Some(name.to_owned());
        column
    };
    let columns = vec![
        column("name", "NAME", Unit::Text),
        group("TARGET, ms", "p50"),
        group("TARGET, ms", "p99"),
        group("TOTAL", "p99"),
        group("CHECKS", ""),
        group("CHECKS", ""),
    ];
    let tags = table(Table { columns, rows: vec![Row::new(vec![Value::Null; 6]); 2], ..Table::default() });
    let heading = |tag: &Tag| {
        let attributes = ["colspan", "rowspan", "data-column"].map(|name| tag.attribute(name).unwrap_or("-"));
        format!("{} {}", attributes.join(" "), tag.text)
    };
    let headings: Vec<String> = tags.all.iter().filter(|tag| tag.name == "th").map(heading).collect();
    assert_eq!(
        headings,
        ["- 2 0 NAME", "2 - - TARGET, ms", "1 - - TOTAL", "2 2 4 CHECKS", "- - 1 p50", "- - 2 p99", "- - 3 p99, ms"]
    );
    assert_eq!(tags.all.iter().find(|tag| tag.name == "table").unwrap().attribute("class"), Some("sortable"));
}

#[test]
fn sums_stay_below_the_rows_when_these_are_sorted() {
    let total = Row::new(vec![text("total")]);
    let mut both = one_row(Unit::Text, text("a"));
    both.columns.push(column("b", "B", Unit::Count));
    both.total = Some(total.clone());
    both.more = Some(Row::new(vec![text("31 more")]));
    let drawn = of(Block::Table(both));
    let foot = drawn.split_once("<tfoot>").unwrap().1;
    // What has no sum has no dash.
    assert!(foot.starts_with(
        "<tr class=\"more\"><td class=\"t short\">31 more</td><td class=\"n null\"></td></tr>\
         <tr class=\"total\"><td class=\"t short\">total</td><td class=\"n null\"></td></tr></tfoot>"
    ));
}

#[test]
fn what_is_not_delivered_is_an_area_of_its_own() {
    let [zero, one] = [0.0, 1.0].map(Point::Value);
    let later = Point::NotDelivered;
    let tags = Tags::of(&of(Block::Chart(chart(Unit::Count, &[("502", &[one, zero, later, later])]))));
    let area =
        tags.all.iter().find(|tag| tag.name == "rect" && tag.attribute("class") == Some("later")).expect("an area");
    assert_eq!((area.attribute("x"), area.attribute("width")), (Some("50%"), Some("50%")));
    assert!(tags.words().contains("not delivered"));
    let titles: Vec<&str> = tags.titles_within_pictures();
    assert_eq!(
        titles,
        [
            "2026-11-22 03:10–03:11 UTC\n1",
            "2026-11-22 03:11–03:12 UTC\n0",
            "2026-11-22 03:12–03:13 UTC\nnot delivered yet",
            "2026-11-22 03:13–03:14 UTC\nnot delivered yet",
        ]
    );
    // A narrow one is named above, for it has no room.
    let mut points = vec![one; 30];
    points.push(later);
    let tags = Tags::of(&of(Block::Chart(chart(Unit::Count, &[("502", &points)]))));
    let caption = tags.all.iter().find(|tag| tag.name == "figcaption").unwrap();
    assert!(caption.text.contains("not delivered"), "{}", caption.text);
    // Whole: not where everything has come.
    assert!(!of(Block::Chart(chart(Unit::Count, &[("502", &[one, zero])]))).contains("class=\"later\""));
}

#[test]
fn counts_are_bars_upon_each_other_and_the_rest_is_lines() {
    let points = [Point::Value(1.0), Point::Value(2.0)];
    let counts = Tags::of(&of(Block::Chart(chart(Unit::Count, &[("502", &points), ("504", &points)]))));
    assert_eq!(counts.in_picture("bar s1"), ["M1 150h8V112.5h-8zM11 150h8V75h-8z"]);
    assert_eq!(counts.in_picture("bar s2"), ["M1 112.5h8V75h-8zM11 75h8V0h-8z"]);
    assert_eq!(counts.titles_within_pictures()[1], "2026-11-22 03:11–03:12 UTC\n502: 2\n504: 2\ntogether: 4");
    let gap = [Point::Value(0.5), Point::Nothing, Point::Value(1.0), Point::Value(0.0)];
    let lines = Tags::of(&of(Block::Chart(chart(Unit::Share, &[("a", &gap)]))));
    // A line does not go on through what is not known, and a value alone is a dot.
    assert_eq!(lines.in_picture("line s1"), ["M25 0L35 150"]);
    assert_eq!(lines.in_picture("mark s1"), ["M5 75h.01"]);
    assert!(lines.words().contains("peak 100 % at 03:12"), "{}", lines.words());
}

#[test]
fn long_charts_are_merged_and_say_so() {
    let mut points = vec![Point::Value(1.0); 10_000];
    points[7_777] = Point::Value(50.0);
    let tags = Tags::of(&of(Block::Chart(chart(Unit::Count, &[("502", &points)]))));
    let titles = tags.titles_within_pictures();
    assert!(titles.len() <= 720, "{}", titles.len());
    assert_eq!(titles.iter().filter(|title| title.ends_with("\n50")).count(), 1);
    assert!(tags.words().contains("a bar is 14 min, its largest value"), "{}", tags.words());
}

#[test]
fn lines_in_cells_tell_their_values() {
    let points = vec![Point::Value(0.25), Point::Nothing, Point::Value(0.0), Point::NotDelivered, Point::NotDelivered];
    let tags = table(one_row(Unit::Series, Value::Series(points)));
    assert_eq!(tags.titles_within_pictures(), ["0.25 · – · 0 · 2 not delivered yet"]);
    assert!(tags.all.iter().any(|tag| tag.attribute("fill") == Some("url(#later)")));
}

#[test]
fn cells_of_what_is_missing_are_told_apart_from_empty_ones() {
    let points = vec![Point::Value(1.0), Point::Value(0.0), Point::Missing, Point::Nothing];
    let tags = table(one_row(Unit::Series, Value::Series(points)));
    assert_eq!(tags.titles_within_pictures(), ["1 · 0 · missing · –"]);
    assert_eq!(tags.in_picture("missing"), ["M48 0h23v20h-23z"]);
}

#[test]
fn a_zero_that_says_nothing_is_a_dash_that_is_sorted_as_zero() {
    let mut zero = one_row(Unit::Count, Value::Int(0));
    zero.columns.iter_mut().for_each(|column| column.sparse = true);
    let text = of(Block::Table(zero));
    assert!(text.contains("data-v=\"0\">–</td>"), "{text}");
}

#[test]
fn a_table_without_rows_says_why() {
    let tags = table(Table { empty: Some("no rows; the logs reach to 13:55".to_owned()), ..Table::default() });
    assert!(tags.words().contains("no rows; the logs reach to 13:55"));
}

#[test]
fn tones_are_seen_without_colours() {
    let finding = |tone| Finding { label: "likely".to_owned(), text: "a sick pod".to_owned(), tone };
    let tags = Tags::of(&of(Block::Findings(vec![finding(Tone::Bad), finding(Tone::Strong)])));
    let classes: Vec<_> =
        tags.all.iter().filter(|tag| tag.name == "dd").map(|tag| tag.attribute("class").unwrap()).collect();
    assert_eq!(classes, ["bad", "strong"]);
    assert_eq!(tags.all.iter().filter(|tag| tag.attribute("class") == Some("alert") && tag.text == "!").count(), 1);
    let is_bold = |class: &str| {
        files::rules().iter().any(|(names, body)| names.contains(class) && body.contains("font-weight: 650"))
    };
    assert!(is_bold("dd.strong") && is_bold("dd.bad"));
}

#[test]
fn the_page_is_of_one_language_and_fits_any_screen() {
    let drawn = draw(&Document { title: "Why 502".to_owned(), ..Document::default() });
    assert!(drawn.starts_with("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"));
    let tags = Tags::of(&drawn);
    let meta = |name: &str| -> &Tag { tags.all.iter().find(|tag| tag.attribute("name") == Some(name)).unwrap() };
    assert_eq!(meta("viewport").attribute("content"), Some("width=device-width, initial-scale=1"));
    assert_eq!(meta("color-scheme").attribute("content"), Some("light dark"));
    assert_eq!(tags.all.iter().find(|tag| tag.name == "title").unwrap().text, "Why 502");
    tags.is_closed_to_the_network();
}
