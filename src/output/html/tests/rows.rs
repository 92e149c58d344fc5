//! Rows of a query as a file.

use arrow::array::RecordBatch;

use super::*;
use crate::output::tests::{batch, numbers, print, texts};
use crate::output::{Format, TableLayout};

fn drawn(batches: &[RecordBatch]) -> Tags {
    let bytes = print(Format::Html, TableLayout::plain(), batches[0].schema(), batches);
    let tags = Tags::of(&String::from_utf8(bytes).unwrap());
    tags.is_closed_to_the_network();
    tags
}

fn cells(tags: &Tags) -> Vec<(&str, &str)> {
    let cells = tags.all.iter().filter(|tag| tag.name == "td");
    cells.map(|tag| (tag.attribute("class").unwrap(), tag.text.as_str())).collect()
}

#[test]
fn values_are_as_in_every_format_of_text() {
    let tags = drawn(&[batch(vec![
        ("path", texts([Some("/a?b=<i>&c\x1b[2J"), None])),
        ("status", numbers([Some(1_234_567), None])),
    ])]);
    assert_eq!(cells(&tags), [("t", r"/a?b=<i>&c\x1B[2J"), ("n", "1234567"), ("t null", "–"), ("n null", "–")]);
    let number = tags.all.iter().find(|tag| tag.text == "1234567" && tag.name == "td").unwrap();
    assert_eq!(number.attribute("data-v"), Some("1234567"));
    assert_eq!(tags.all.iter().find(|tag| tag.name == "h1").unwrap().text, "2 rows");
}

#[test]
fn lines_of_a_plan_stay_lines() {
    let tags = drawn(&[batch(vec![("plan_type", texts([Some("physical")])), ("plan", texts([Some("A\n  B")]))])]);
    assert_eq!(cells(&tags)[1], ("t short", "A\n  B"));
    assert!(files::rules().iter().any(|(names, body)| *names == "td.t" && body.contains("white-space: pre;")));
}

#[test]
fn there_is_a_most_and_the_rest_is_counted() {
    let some = || batch(vec![("a", numbers((0..7_000).map(Some)))]);
    let tags = drawn(&[some(), some(), some()]);
    assert_eq!(tags.all.iter().filter(|tag| tag.name == "td").count(), 10_000);
    let words = tags.words();
    assert!(words.contains("10,000 of 21,000 rows are shown"));
    assert!(words.contains("… 11,000 more rows"));
    // Few but large.
    let large = "x".repeat(1 << 20);
    let tags = drawn(&[batch(vec![("a", texts(vec![Some(large.as_str()); 40]))])]);
    let shown = tags.all.iter().filter(|tag| tag.name == "td").count();
    assert!((16..20).contains(&shown), "{shown}");
    assert!(tags.words().contains(&format!("{} more rows", 40 - shown)));
}

#[test]
fn no_rows_are_said() {
    let tags = drawn(&[RecordBatch::new_empty(batch(vec![("a", numbers([]))]).schema())]);
    assert!(tags.words().contains("0 rows") && tags.words().contains("no rows"));
}
