//! The expressions against the corpus. Rust's `regex` stands in for Java's engine: they use nothing in which the two
//! differ (no look-around, no possessive quantifiers, no backslashes).

use arrow::array::{Array, ListArray, StringArray};
use arrow::compute::{regexp_is_match_scalar, regexp_match};

use super::*;

fn corpus(name: &str) -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/alblog/tests/corpus").join(name);
    let text = std::fs::read(path).unwrap();
    String::from_utf8_lossy(&text).lines().map(ToOwned::to_owned).collect()
}

/// Java's `matches` wants the whole line.
fn whole(table: &RawTable) -> String {
    format!("^(?:{})$", table.regex())
}

fn matches(table: &RawTable, line: &str) -> bool {
    regexp_is_match_scalar(&StringArray::from(vec![line]), &whole(table), None).unwrap().value(0)
}

/// What the groups hold. Groups that took no part are not there, so the number of values tells how many did.
fn groups(table: &RawTable, line: &str) -> Vec<String> {
    let found = regexp_match(&StringArray::from(vec![line]), &StringArray::new_scalar(whole(table)), None).unwrap();
    let found = found.as_any().downcast_ref::<ListArray>().unwrap();
    assert!(found.is_valid(0), "{line}");
    let values = found.value(0);
    let values = values.as_any().downcast_ref::<StringArray>().unwrap();
    values.iter().map(|value| value.unwrap_or("NULL").to_owned()).collect()
}

/// Fields of a line: split at blanks outside of quotes.
fn fields(line: &str) -> usize {
    let mut quoted = false;
    1 + line
        .chars()
        .filter(|&char| {
            quoted ^= char == '"';
            char == ' ' && !quoted
        })
        .count()
}

#[test]
fn there_is_one_group_for_each_column() {
    for table in TABLES {
        let regex = table.regex();
        // `(?:` groups without capturing; none of the expressions matches a literal parenthesis.
        let capturing = regex.matches('(').count() - regex.matches("(?:").count();
        assert_eq!(capturing, table.columns().count(), "{}", table.name);
        // Nothing that Hive's text would need doubled, so that it can be pasted anywhere.
        assert!(!regex.contains(['\\', '\'']), "{}", table.name);
    }
    assert_eq!(ACCESS.columns().position(|(name, _)| name == "conn_trace_id"), Some(33));
    assert_eq!(CONNECTION.columns().position(|(name, _)| name == "conn_trace_id"), Some(11));
}

#[test]
fn lines_of_every_era_are_rows() {
    let lines = corpus("alb_access.log");
    let missed: Vec<&String> = lines.iter().filter(|line| !matches(&ACCESS, line)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(lines.iter().any(|line| fields(line) == 17) && lines.iter().any(|line| fields(line) == 37));
    for line in corpus("alb_connection.log") {
        assert!(matches(&CONNECTION, &line), "{line}");
    }
    for line in corpus("alb_health_check.log") {
        assert!(matches(&HEALTH_CHECK, &line), "{line}");
    }
}

#[test]
fn lines_of_other_kinds_are_not() {
    let files = ["alb_access.log", "alb_connection.log", "alb_health_check.log"];
    for (own, table) in files.into_iter().zip(TABLES) {
        for other in files.into_iter().filter(|file| *file != own) {
            for line in corpus(other) {
                assert!(!matches(&table, &line), "{}: {line}", table.name);
            }
        }
    }
}

/// What an odd line has from its first odd field on goes to `extra_fields`, so nothing is lost; but no line that a load
/// balancer wrote may be odd. Those that are were made up: lists without quotes as in early examples of AWS's
/// documentation (6), new fields without quotes (2), ids without quotes from a generator (9).
#[test]
fn every_field_that_aws_wrote_is_in_its_column() {
    let mut odd = Vec::new();
    let notes = corpus("alb_access.notes.tsv");
    let known = LogKind::Access.known_fields();
    for (line, note) in corpus("alb_access.log").iter().zip(&notes[1..]) {
        let count = fields(line);
        // Two fields are an address and a port, one is the three parts of a request, which may have no version.
        let columns = count.min(known) + 4 - 1 + usize::from(count > known);
        if count >= 29 && groups(&ACCESS, line).len() < columns {
            odd.push(note.split('\t').nth(2).unwrap().to_owned());
        }
    }
    assert_eq!(odd.len(), 17);
    assert!(!odd.iter().any(|kind| kind == "real-or-anonymised"), "{odd:?}");
}

const LINE: &str = r#"https 2026-11-20T10:00:00.000001Z app/shop/50dc6c495c0c9188 192.0.2.7:40000 - 0.000 -1 0.001 200 - 100 200 "GET https://shop.example.com:443/a b HTTP/1.1" "curl" - - - "Root=1" "-" "-" 0 2026-11-20T09:59:59.980000Z "forward" "-" "-" "-" "-" "-" "-" TID_0 "-" "-" "-" 203.0.113.4 "-" "0x7""#;

#[test]
fn values_are_those_of_the_documented_table() {
    let found = groups(&ACCESS, LINE);
    assert_eq!(&found[3..7], ["192.0.2.7", "40000", "", ""]);
    assert_eq!(&found[14..18], ["GET", "https://shop.example.com:443/a b", "HTTP/1.1", "curl"]);
    assert_eq!(&found[33..40], ["TID_0", "-", "-", "-", "203.0.113.4", "-", "0x7"]);
    let surplus = groups(&ACCESS, &format!("{LINE} - \"new\""));
    assert!(surplus.last().unwrap().ends_with("\"new\""), "{surplus:?}");
    // Before AWS releases a field, lines may already end in `-`.
    let shorter = LINE.rsplit_once(" \"-\" \"-\" \"-\" 203").unwrap().0;
    assert_eq!(&groups(&ACCESS, &format!("{shorter} -"))[33..], ["TID_0", "-"]);
}

#[test]
fn the_statement_can_be_pasted() {
    let logs = RawLogs {
        location: "s3://logs/prod".parse().unwrap(),
        accounts: vec!["111111111111".to_owned()],
        regions: vec!["eu-west-1".to_owned()],
        first_day: "2026-11-01".to_owned(),
    };
    insta::assert_snapshot!(logs.create(&HEALTH_CHECK), @r#"
    -- Access, connection and health check logs lie in the same folders, and Athena cannot choose objects by name: lines of
    -- the other kinds are rows of NULLs here. This leaves them out, and does not read them:
    --   WHERE "$path" LIKE '%/health_check_log%'
    -- `day` is the folder's: an object of shortly after midnight can hold rows of the day before.
    CREATE EXTERNAL TABLE IF NOT EXISTS `alb_health_check_logs` (
      `type` string,
      `time` string,
      `latency` double,
      `target_addr` string,
      `target_group_id` string,
      `status` string,
      `status_code` int,
      `reason_code` string,
      `elb` string,
      `ip_address` string,
      `extra_fields` string
    )
    PARTITIONED BY (`account` string, `region` string, `day` string)
    ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
    WITH SERDEPROPERTIES (
      'serialization.format' = '1',
      'input.regex' = '([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) (PASS|FAIL) ([^ ]*) ([^ ]*)(?: ([^ ]*) ([^ ]*))?(?: (.*))?'
    )
    LOCATION 's3://logs/prod/AWSLogs/'
    TBLPROPERTIES (
      'projection.enabled' = 'true',
      'projection.account.type' = 'enum',
      'projection.account.values' = '111111111111',
      'projection.region.type' = 'enum',
      'projection.region.values' = 'eu-west-1',
      'projection.day.type' = 'date',
      'projection.day.format' = 'yyyy/MM/dd',
      'projection.day.range' = '2026/11/01,NOW+1DAYS',
      'projection.day.interval' = '1',
      'projection.day.interval.unit' = 'DAYS',
      'storage.location.template' = 's3://logs/prod/AWSLogs/${account}/elasticloadbalancing/${region}/${day}'
    )
    "#);
}
