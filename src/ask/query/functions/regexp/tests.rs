//! `regexp_extract` and `regexp_replace` through SQL.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use datafusion::prelude::SessionContext;
use proptest::prelude::*;
use regex::Regex;

use super::Replacing;
use crate::ask::query::functions::testing::{add_table, error, rows, session};

/// One text in brackets, or NULL.
fn one(call: &str) -> String {
    rows(&session(1, 10, None), &format!("SELECT coalesce('[' || {call} || ']', 'NULL')")).join("\n")
}

fn with_rows(columns: &[(&'static str, Vec<Option<&str>>)]) -> SessionContext {
    let context = session(1, 100, None);
    let array = |texts: &Vec<Option<&str>>| Arc::new(StringViewArray::from(texts.clone())) as ArrayRef;
    add_table(&context, columns.iter().map(|(name, texts)| (*name, array(texts))).collect(), 100);
    context
}

#[test]
fn all_matches_are_replaced() {
    assert_eq!(one(r"regexp_replace('1a 2b 14m', '\d+[ab] ')"), "[14m]");
    assert_eq!(one(r"regexp_replace('1a 2b 14m', '(\d+)([ab]) ', '3c$2 ')"), "[3ca 3cb 14m]");
    assert_eq!(one("regexp_replace('xxx xxx xxx', 'x', 'x')"), "[xxx xxx xxx]");
    assert_eq!(one("regexp_replace('xxx xxx xxx', 'x', '$0')"), "[xxx xxx xxx]");
    assert_eq!(one(r"regexp_replace('xxx', 'x', '\$\\')"), r"[$\$\$\]");
    assert_eq!(one("regexp_replace('wxyz', '(?<xyz>[xyz])', '${xyz}${xyz}$1')"), "[wxxxyyyzzz]");
    assert_eq!(one("regexp_replace('ac', '(a)(b)?c', '<$1$2>')"), "[<a>]");
    assert_eq!(one("regexp_replace('abc', '(?i)B')"), "[ac]");
    assert_eq!(one("regexp_replace('a/1/b/22', '/[0-9]+', '/:id')"), "[a/:id/b/:id]");
}

#[test]
fn nothing_is_matched_as_in_java() {
    assert_eq!(one("regexp_replace('abc', '', '-')"), "[-a-b-c-]");
    assert_eq!(one("regexp_replace('éà', '', '-')"), "[-é-à-]");
    assert_eq!(one("regexp_replace('baac', 'a*', '-')"), "[-b--c-]");
    assert_eq!(one("regexp_replace('', '', '-')"), "[-]");
    assert_eq!(one("regexp_replace('aaa', '^a', '')"), "[aa]");
    assert_eq!(one(r"regexp_replace('ab ab', '\b', '.')"), "[.ab. .ab.]");
}

#[test]
fn the_first_match_or_a_group_of_it_is_extracted() {
    assert_eq!(one(r"regexp_extract('1a 2b 14m', '\d+')"), "[1]");
    assert_eq!(one(r"regexp_extract('1a 2b 14m', '(\d+)([a-z]+)', 2)"), "[a]");
    assert_eq!(one(r"regexp_extract('1a 2b 14m', '(\d+)([a-z]+)', 0)"), "[1a]");
    assert_eq!(one("regexp_extract('abc', 'x')"), "NULL");
    assert_eq!(one("regexp_extract('ac', 'a(b)?c', 1)"), "NULL");
    assert_eq!(one("regexp_extract('abc', 'b*')"), "[]");
    assert_eq!(one("regexp_extract('k8s-ns-svc-0123456789', '^k8s-(.*)-[^-]+$', 1)"), "[ns-svc]");
}

#[test]
fn null_is_null() {
    for call in [
        "regexp_replace(NULL, 'a', 'b')",
        "regexp_replace('a', NULL, 'b')",
        "regexp_replace('a', 'a', NULL)",
        "regexp_replace('a', NULL)",
        "regexp_extract(NULL, 'a')",
        "regexp_extract('a', NULL)",
        "regexp_extract('a', 'a', NULL)",
    ] {
        assert_eq!(one(call), "NULL", "{call}");
    }
}

#[test]
fn rows_keep_their_places_and_patterns() {
    let long = "a text of more than twelve bytes";
    let context = with_rows(&[
        ("x", vec![Some("a1"), None, Some(long), Some("b2"), Some("c3")]),
        ("p", vec![Some("[a-z]"), Some("a"), Some("of.*"), None, Some("(3)")]),
        ("r", vec![Some("x"), Some("x"), Some(""), Some("x"), Some("$1$1")]),
    ]);
    let replaced = "SELECT replace(regexp_replace(x, p, r), ' ', '_') FROM t";
    assert_eq!(rows(&context, replaced), ["x1", "", "a_text_", "", "c33"]);
    assert_eq!(rows(&context, "SELECT regexp_extract(x, p) FROM t"), ["a", "", "of more than twelve bytes", "", "3"]);
    assert_eq!(rows(&context, "SELECT regexp_extract(x, '[a-c]([0-9])', 1) FROM t"), ["1", "", "", "2", "3"]);
    let replacements = "SELECT regexp_replace(x, '[0-9]', left(r, 1) || '') FROM t WHERE r NOT LIKE '$%'";
    assert_eq!(rows(&context, replacements), ["ax", "", long, "bx"]);
}

#[test]
fn with_flags_it_is_the_engines_own() {
    assert_eq!(one("regexp_replace('a1b2', '[0-9]', 'x', 'i')"), "[axb2]");
    assert_eq!(one("regexp_replace('a1b2', '[0-9]', 'x', 'g')"), "[axbx]");
    assert_eq!(one(r"regexp_replace('foobarbaz', 'B(..)', 'X\1Y', 'ig')"), "[fooXarYXazY]");
    let context = with_rows(&[("x", vec![Some("A1a2"), None, Some("b")])]);
    assert_eq!(rows(&context, "SELECT regexp_replace(x, 'a', '_', 'gi') FROM t"), ["_1_2", "", "b"]);
}

#[test]
fn the_pattern_of_regexp_like_may_be_anywhere() {
    let context = with_rows(&[("x", vec![Some("1a 2b 14m"), None, Some("b")])]);
    assert_eq!(rows(&context, r"SELECT regexp_like(x, '\d+b') FROM t"), ["true", "", "false"]);
    assert_eq!(
        rows(&context, "SELECT regexp_like(x, '^b$'), regexp_like(x, NULL) IS NULL FROM t"),
        ["false true", "true", "true true"]
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let context = session(1, 10, None);
    for (call, expected) in [
        ("regexp_replace('a', '(')", "regexp_replace cannot use this pattern"),
        ("regexp_extract('a', '(?<=b)a')", "regexp_extract cannot use this pattern"),
        ("regexp_replace('a', 'a', '$1')", "regexp_replace cannot use this replacement: $1"),
        ("regexp_extract('a', '(a)', 2)", "asked for group 2 of a pattern that has 1"),
        ("regexp_extract('a', 'a', -1)", "asked for group -1 of a pattern that has 0"),
        ("regexp_extract('a')", "regexp_extract takes (text, text) or (text, text, integer), not (Utf8)"),
        ("regexp_replace(1, 'a')", "regexp_replace takes (text, text)"),
    ] {
        let message = error(&context, &format!("SELECT {call}"));
        assert!(message.contains(expected), "{call}: {message}");
    }
}

proptest! {
    #[test]
    fn replacing_what_is_not_empty_is_what_the_crate_does(
            text in "[ab1-3/ é]{0,20}",
            pattern in prop::sample::select(vec!["[ab]+", r"\d", "(a)(b)?", "/[^/]*", "é", r"\bb", "a$"]),
    ) {
        let replacing = Replacing::new(pattern, "<$0>").unwrap();
        let regex = Regex::new(&super::ascii::translated(pattern)).unwrap();
        prop_assert_eq!(replacing.in_text(&text).unwrap(), regex.replace_all(&text, "<$0>"));
    }
}
