//! Tables as people see them.

use std::slice::from_ref;

use arrow::array::RecordBatch;
use proptest::prelude::*;

use super::super::Format;
use super::super::tests::{batch, numbers, print, texts, times};
use super::super::text::width;
use super::TableLayout;
use crate::output::TableForm;

const MOMENT: i64 = 1_795_352_400_123_456;
const ARN: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-web/ab12";

fn terminal(width: usize) -> TableLayout {
    TableLayout { width: Some(width), ..TableLayout::plain() }
}

fn table(layout: TableLayout, batches: &[RecordBatch]) -> String {
    String::from_utf8(print(Format::Table, layout, batches[0].schema(), batches)).unwrap()
}

fn requests() -> RecordBatch {
    batch(vec![
        ("time", times([Some(MOMENT), Some(MOMENT + 1), None])),
        ("request_url", texts([Some("https://shop.example.com:443/cart/checkout?step=2"), Some("/"), None])),
        ("target_group_arn", texts([Some(ARN), Some(ARN), Some("日本語")])),
        ("elb_status_code", numbers([Some(200), Some(502), None])),
    ])
}

/// Columns `c0` to `c40`, two rows.
fn many_columns() -> RecordBatch {
    let names: Vec<String> = (0..41).map(|index| format!("c{index}")).collect();
    batch(names.iter().map(|name| (name.as_str(), texts([Some("some text"), None]))).collect())
}

#[test]
fn without_a_terminal_nothing_is_cut() {
    insta::assert_snapshot!(table(TableLayout::plain(), &[requests()]), @"
    time                         request_url                                        target_group_arn                                                                   elb_status_code
    ───────────────────────────  ─────────────────────────────────────────────────  ─────────────────────────────────────────────────────────────────────────────────  ───────────────
    2026-11-22T13:00:00.123456Z  https://shop.example.com:443/cart/checkout?step=2  arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-web/ab12              200
    2026-11-22T13:00:00.123457Z  /                                                  arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-web/ab12              502
    NULL                         NULL                                               日本語                                                                                        NULL
    ");
}

#[test]
fn the_widest_text_is_cut_first() {
    insta::assert_snapshot!(table(terminal(100), &[requests()]), @"
    time                         request_url                 target_group_arn            elb_status_code
    ───────────────────────────  ──────────────────────────  ──────────────────────────  ───────────────
    2026-11-22T13:00:00.123456Z  https://shop.example.com:…  arn:aws:…k8s-shop-web/ab12              200
    2026-11-22T13:00:00.123457Z  /                           arn:aws:…k8s-shop-web/ab12              502
    NULL                         NULL                        日本語                                 NULL
    ");
    insta::assert_snapshot!(table(terminal(80), &[requests()]), @"
    time                         request_url       target_group_arn  elb_status_code
    ───────────────────────────  ────────────────  ────────────────  ───────────────
    2026-11-22T13:00:00.123456Z  https://shop.ex…  arn:a…p-web/ab12              200
    2026-11-22T13:00:00.123457Z  /                 arn:a…p-web/ab12              502
    NULL                         NULL              日本語                       NULL
    ");
}

#[test]
fn columns_in_the_middle_are_left_out_on_a_narrow_terminal() {
    insta::assert_snapshot!(table(terminal(40), &[requests()]), @"
    time                         …  elb_sta…
    ───────────────────────────  ─  ────────
    2026-11-22T13:00:00.123456Z  …       200
    2026-11-22T13:00:00.123457Z  …       502
    NULL                         …      NULL
    2 of 4 columns shown; all with --format
    csv|ndjson, or name the ones you want
    ");
    insta::assert_snapshot!(table(terminal(80), &[many_columns()]), @"
    c0         c1         c2         c3         …  c38        c39        c40
    ─────────  ─────────  ─────────  ─────────  ─  ─────────  ─────────  ─────────
    some text  some text  some text  some text  …  some text  some text  some text
    NULL       NULL       NULL       NULL       …  NULL       NULL       NULL
    7 of 41 columns shown; all with --format csv|ndjson, or name the ones you want
    ");
}

#[test]
fn one_wide_row_stands_upright() {
    insta::assert_snapshot!(table(terminal(80), &[requests().slice(0, 1)]), @"
    time              2026-11-22T13:00:00.123456Z
    request_url       https://shop.example.com:443/cart/checkout?step=2
    target_group_arn  arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-web/ab12
    elb_status_code   200
    ");
    insta::assert_snapshot!(table(terminal(200), &[requests().slice(0, 1)]), @"
    time                         request_url                                        target_group_arn                                                                   elb_status_code
    ───────────────────────────  ─────────────────────────────────────────────────  ─────────────────────────────────────────────────────────────────────────────────  ───────────────
    2026-11-22T13:00:00.123456Z  https://shop.example.com:443/cart/checkout?step=2  arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-web/ab12              200
    ");
}

#[test]
fn no_rows_are_said_to_be_none() {
    insta::assert_snapshot!(table(terminal(80), &[requests().slice(0, 0)]), @"
    time  request_url  target_group_arn  elb_status_code
    ────  ───────────  ────────────────  ───────────────
    (no rows)
    ");
    assert!(!table(TableLayout::plain(), &[requests().slice(0, 0)]).contains("no rows"));
}

#[test]
fn null_is_dimmed() {
    let layout = TableLayout { colour: true, ..terminal(80) };
    let batch = batch(vec![("n", numbers([None, Some(12_345)])), ("s", texts([Some("NULL"), None]))]);
    insta::assert_snapshot!(table(layout, &[batch]).replace('\x1b', "ESC"), @"
        n  s
    ESC[2m─────  ────ESC[0m
     ESC[2mNULLESC[0m  NULL
    12345  ESC[2mNULLESC[0m
    ");
}

#[test]
fn control_characters_are_harmless() {
    let batch = batch(vec![("ua\x07", texts([Some("\x1b]0;pwned\x07"), Some("a\nb")]))]);
    insta::assert_snapshot!(table(terminal(80), from_ref(&batch)), @r"
    ua\x07
    ────────────────
    \x1B]0;pwned\x07
    a\x0Ab
    ");
    insta::assert_snapshot!(table(terminal(10), &[batch.slice(0, 1)]), @r"ua\x07  \x1B]0;pwned\x07");
}

#[test]
fn rows_beyond_the_limit_are_counted_on_a_terminal_and_written_elsewhere() {
    let batches: Vec<RecordBatch> =
        [0..3, 3..3, 3..2003].map(|range| batch(vec![("n", numbers(range.map(Some)))])).to_vec();
    insta::assert_snapshot!(table(TableLayout { max_rows: 2, ..terminal(80) }, &batches), @"
    n
    ─
    0
    1
    … 2,001 more rows (--format csv or -o FILE for all)
    ");
    let plain = table(TableLayout { max_rows: 2, ..TableLayout::plain() }, &batches);
    assert_eq!(plain.lines().count(), 2 + 2003);
    assert!(plain.ends_with("\n2002\n"));
}

#[test]
fn a_result_without_columns_is_no_panic() {
    let nothing = RecordBatch::new_empty(arrow::datatypes::SchemaRef::new(arrow::datatypes::Schema::empty()));
    for format in Format::ALL {
        for layout in [TableLayout::plain(), terminal(80)] {
            print(format, layout, nothing.schema(), from_ref(&nothing));
        }
    }
}

#[derive(Debug, Clone)]
enum Values {
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<i64>>),
}

fn column(rows: usize) -> impl Strategy<Value = (String, Values)> {
    let text =
        prop_oneof![any::<String>(), "arn:.{0,80}", "[\u{200d}\u{fe0f}👍🏽☎0-9a\u{5d0}\u{5dc}\u{644}\u{627}]{0,40}"];
    let values = prop_oneof![
        prop::collection::vec(prop::option::of(text), rows).prop_map(Values::Texts),
        prop::collection::vec(any::<Option<i64>>(), rows).prop_map(Values::Numbers),
    ];
    (".{0,30}", values)
}

fn tables() -> impl Strategy<Value = RecordBatch> {
    (2_usize..5).prop_flat_map(|rows| prop::collection::vec(column(rows), 1..12)).prop_map(|columns| {
        let columns = columns.iter().map(|(name, values)| match values {
            Values::Texts(values) => (name.as_str(), texts(values.iter().map(Option::as_deref))),
            Values::Numbers(values) => (name.as_str(), numbers(values.iter().copied())),
        });
        batch(columns.collect())
    })
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_terminal(batch in tables(), limit in 20_usize..200, max_rows in 0_usize..4) {
        let text = table(TableLayout { max_rows, ..terminal(limit) }, &[batch]);
        for line in text.lines() {
            prop_assert!(width(line) <= limit, "{} > {limit}: {line}", width(line));
            prop_assert!(!line.chars().any(char::is_control), "{line:?}");
        }
    }
}

#[test]
fn where_somebody_can_scroll_nothing_is_cut_or_left_out() {
    let scrolled = |width| TableLayout { scroll: true, max_rows: 2, ..terminal(width) };
    let all = table(scrolled(100), &[requests()]);
    assert_eq!(all, table(TableLayout::plain(), &[requests()]));
    assert!(!all.contains('…') && all.contains("cart/checkout?step=2"));
    assert_eq!(table(scrolled(80), &[many_columns()]), table(TableLayout::plain(), &[many_columns()]));
    // One row that is too wide is still turned around, and an answer without rows says so.
    let one = requests().slice(0, 1);
    assert_eq!(table(scrolled(80), from_ref(&one)), table(terminal(80), from_ref(&one)));
    assert!(table(scrolled(80), &[requests().slice(0, 0)]).contains("(no rows)"));
}

#[test]
fn expanded_rows_have_a_line_for_each_value() {
    let rows = requests().slice(1, 2);
    let expanded = TableLayout { form: TableForm::Expanded, ..TableLayout::plain() };
    insta::assert_snapshot!(table(expanded, from_ref(&rows)), @"
    ─ row 1 ────────────────────────────────
    time              2026-11-22T13:00:00.123457Z
    request_url       /
    target_group_arn  arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-web/ab12
    elb_status_code   502
    ─ row 2 ────────────────────────────────
    time              NULL
    request_url       NULL
    target_group_arn  日本語
    elb_status_code   NULL
    ");
    let ascii = TableLayout { ascii: true, max_rows: 1, form: TableForm::Expanded, ..terminal(80) };
    let text = table(ascii, from_ref(&rows));
    assert!(
        text.starts_with("- row 1 ---") && text.ends_with("… 1 more rows (--format csv or -o FILE for all)\n"),
        "{text}"
    );
    assert_eq!(
        table(TableLayout { form: TableForm::Expanded, ..terminal(80) }, &[requests().slice(0, 0)]),
        "(no rows)\n"
    );
}
