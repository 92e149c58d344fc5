//! Headers, right and wrong.

use super::*;

fn parse(text: &str) -> Result<QueryFile> {
    QueryFile::parse(text, "mine.sql", "mine")
}

#[test]
fn a_header_says_everything_about_a_question() {
    let file = parse(
        "-- name: latency\n-- title: Latency, slowest first\n-- question: Which target groups are slow?\n--\n\
         -- param: by choice(elb|target_group) = target_group — what a row is\n-- param: top count = 20\n\
         -- param: only status\n-- key: target_group\n-- column: target_group text TARGET GROUP\n\
         -- column: target_p99 seconds TARGET TIME, ms > p99 [optional 2] [private]\n-- bars: target_p99 p99 / {bucket}\n\
         -- left-out: websockets WebSocket sessions\n-- next: albstats report paths\n-- Prose: with a colon.\n\
         SELECT :by, :top, :only_from, :only_to -- name: no header\n",
    )
    .unwrap();
    assert_eq!((file.name.as_str(), file.title.as_str()), ("latency", "Latency, slowest first"));
    let by = file.parameter("by").unwrap();
    assert_eq!(by.kind, ParameterKind::Choice(vec!["elb".to_owned(), "target_group".to_owned()]));
    assert_eq!((by.default.as_deref(), by.help.as_str()), (Some("target_group"), "what a row is"));
    assert_eq!(file.parameter("only").unwrap().default, None);
    let p99 = &file.columns[1];
    assert_eq!((p99.heading.as_str(), p99.group.as_deref(), p99.unit), ("p99", Some("TARGET TIME, ms"), Unit::Seconds));
    assert_eq!((p99.expendable, p99.private), (2, true));
    assert_eq!(file.bars[0], Labelled { name: "target_p99".to_owned(), text: "p99 / {bucket}".to_owned() });
    assert_eq!(file.left_out[0].text, "WebSocket sessions");
    assert_eq!(file.key, ["target_group"]);
}

#[test]
fn a_file_without_a_header_is_a_question_too() {
    let file = parse("SELECT 1").unwrap();
    assert_eq!((file.name.as_str(), file.title.as_str(), file.columns.len()), ("mine", "mine", 0));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let message = |text: &str| parse(text).unwrap_err().to_string();
    assert_eq!(
        message("-- name: a\n-- titel: b\nSELECT 1"),
        "mine.sql:2: unknown key `titel` in the header\nhint: did you mean `title`?"
    );
    assert_eq!(message("-- title:\nSELECT 1"), "mine.sql:1: `title` is empty");
    assert_eq!(
        message("-- param: a furlong\nSELECT :a"),
        "mine.sql:1: unknown type `furlong` of parameter a\nhint: text, count, number, duration, time, status, regex or choice(a|b)"
    );
    assert_eq!(
        message("-- column: a second\nSELECT 1"),
        "mine.sql:1: unknown unit `second` of column a\nhint: did you mean seconds?"
    );
    assert!(message("-- column: a count A [wide]\nSELECT 1").starts_with("mine.sql:1: unknown option [wide]"));
    assert!(message("-- param: a\nSELECT 1").starts_with("mine.sql:1: expected `name type"));
    assert_eq!(
        message("SELECT :b"),
        "mine.sql: the statement has :b, and the header does not declare it\nhint: -- param: b text"
    );
    assert!(message("SELECT 'a").starts_with("mine.sql: a quote is not closed"));
}
