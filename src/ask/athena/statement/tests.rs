//! Statements as they are sent.

use alblog::time::{HOUR, MINUTE};

use super::*;
use crate::ask::selection::Window;

/// 2026-11-20T23:00Z and four hours later.
const SINCE: i64 = 1_795_215_600_000_000;

fn rows() -> RowFilter {
    let window = Window { since: Some(SINCE), until: Some(SINCE + 4 * HOUR), margin: 65 * MINUTE };
    RowFilter { window, elbs: Vec::new() }
}

fn prepare(sql: &str, set: &[(&str, &str)], rows: &RowFilter) -> Result<Statement> {
    let values = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Statement::prepare(sql, &values, "albstats", rows)
}

fn restricted(sql: &str) -> String {
    prepare(sql, &[], &rows()).unwrap().sql
}

fn refused(sql: &str, set: &[(&str, &str)], rows: &RowFilter) -> String {
    prepare(sql, set, rows).unwrap_err().to_string()
}

const REQUESTS: &str = "\"requests\" AS (SELECT * FROM \"albstats\".\"requests\" WHERE day BETWEEN '2026-11-20' AND \
                        '2026-11-21' AND time >= TIMESTAMP '2026-11-20 23:00:00.000000' AND time < TIMESTAMP \
                        '2026-11-21 03:00:00.000000')";

#[test]
fn a_statement_without_window_and_parameters_stays_as_it_is() {
    for sql in ["SELECT ':a', \"b:c\" -- :d\nFROM requests", "SHOW TABLES", "  (SELECT 1) UNION SELECT 2", "VALUES 1"] {
        assert_eq!(prepare(&format!("{sql} ;\n; "), &[], &RowFilter::default()).unwrap().sql.trim(), sql.trim());
    }
}

#[test]
fn a_window_stands_in_front() {
    assert_eq!(restricted("SELECT count(*) FROM requests"), format!("WITH {REQUESTS} SELECT count(*) FROM requests"));
    assert_eq!(
        restricted("-- how many?\nselect count(*) AS connections from \"Requests\" r"),
        format!("-- how many?\nWITH {REQUESTS} select count(*) AS connections from \"Requests\" r")
    );
    assert_eq!(restricted("EXPLAIN SELECT * FROM requests"), format!("EXPLAIN WITH {REQUESTS} SELECT * FROM requests"));
    assert_eq!(
        restricted("EXPLAIN ANALYZE (FORMAT JSON) (SELECT * FROM requests)"),
        format!("EXPLAIN ANALYZE (FORMAT JSON) WITH {REQUESTS} (SELECT * FROM requests)")
    );
}

#[test]
fn it_is_merged_with_the_statements_own_with() {
    assert_eq!(
        restricted("WITH slow AS (SELECT * FROM requests) SELECT * FROM slow"),
        format!("WITH {REQUESTS}, slow AS (SELECT * FROM requests) SELECT * FROM slow")
    );
    assert_eq!(
        restricted("explain with recursive n (i) as (values 1), m as (select 2) select * from n, requests"),
        format!("explain with recursive {REQUESTS}, n (i) as (values 1), m as (select 2) select * from n, requests")
    );
    assert_eq!(
        refused("WITH a AS (SELECT 1), requests AS (SELECT 2) SELECT * FROM requests", &[], &rows()),
        "the statement defines requests itself, so that --since does not reach it\nhint: WITH another_name AS …"
    );
}

#[test]
fn every_table_that_is_read_is_restricted_and_no_other() {
    let both = restricted(
        "SELECT extract(day FROM r.time), (SELECT max(time) FROM (health_checks h CROSS JOIN x)) AS log_objects \
         FROM a JOIN requests r ON a.x = r.x, b WHERE a IN (1, 2)",
    );
    assert!(both.starts_with("WITH \"health_checks\" AS (") && both.contains("), \"requests\" AS ("), "{both}");
    assert!(!both.contains("\"log_objects\""), "{both}");
    let objects = restricted("SELECT * FROM log_objects, rejected_lines");
    assert!(objects.contains(
        "\"albstats\".\"log_objects\" WHERE day BETWEEN '2026-11-20' AND '2026-11-21' AND interval_end > TIMESTAMP \
         '2026-11-20 23:00:00.000000' AND interval_end <= TIMESTAMP '2026-11-21 04:05:00.000000')"
    ));
    assert!(objects.contains("\"rejected_lines\" WHERE day BETWEEN '2026-11-20' AND '2026-11-21')"));
}

#[test]
fn a_window_that_would_not_reach_is_refused() {
    assert!(refused("SELECT * FROM other.requests", &[], &rows()).contains("do not reach other.requests"));
    assert!(refused("SELECT 1", &[], &rows()).contains("reads none of them"));
    // The name of a column, not of a table.
    assert!(prepare("SELECT t.requests FROM (SELECT 1 AS requests FROM requests) t", &[], &rows()).is_ok());
}

#[test]
fn half_a_window_and_a_load_balancer() {
    let since = RowFilter { window: Window { until: None, ..rows().window }, ..rows() };
    let statement = prepare("SELECT 1 FROM requests", &[], &since).unwrap();
    assert!(statement.sql.contains("WHERE day >= '2026-11-20' AND time >= TIMESTAMP '2026-11-20 23:00:00.000000')"));
    let elb = RowFilter { elbs: vec!["o'shop".to_owned()], ..RowFilter::default() };
    let statement = prepare("SELECT :a FROM requests", &[("a", "1")], &elb).unwrap();
    assert!(statement.sql.contains("WHERE ? IN (elb, split_part(elb, '/', 2)))"), "{}", statement.sql);
    assert_eq!(statement.parameters, ["'o''shop'", "1"]);
    let rejected = prepare("SELECT 1 FROM rejected_lines", &[], &elb).unwrap();
    assert!(!rejected.sql.contains("WITH") && rejected.parameters.is_empty());
}

#[test]
fn names_become_parameters_and_values_literals() {
    let sql = "SELECT ':no' FROM requests WHERE a = :name AND b > :Min AND c = :name -- :no";
    let statement = prepare(sql, &[("name", "x'; DROP TABLE y --"), ("Min", "-1.5")], &RowFilter::default()).unwrap();
    assert_eq!(statement.sql, "SELECT ':no' FROM requests WHERE a = ? AND b > ? AND c = ?");
    assert_eq!(statement.parameters, ["'x''; DROP TABLE y --'", "-1.5", "'x''; DROP TABLE y --'"]);
    for (value, literal) in [
        ("5", "5"),
        ("'5'", "'5'"),
        ("true", "true"),
        ("NULL", "NULL"),
        ("1e3", "'1e3'"),
        ("", "''"),
        ("-", "'-'"),
        ("'", "''''"),
    ] {
        assert_eq!(parameter(value), literal);
    }
}

#[test]
fn parameters_and_values_must_match() {
    let none = RowFilter::default();
    assert_eq!(refused("SELECT :a", &[], &none), "no value for :a\nhint: --set a=…");
    assert_eq!(refused("SELECT 1", &[("a", "1")], &none), "--set a=… has no :a in the statement");
    assert!(refused("SELECT :a, ?", &[("a", "1")], &none).starts_with("the statement has both `?` and :a"));
}

#[test]
fn only_questions_are_asked() {
    for sql in ["DROP TABLE requests", "insert into x values 1", "CREATE TABLE x AS SELECT 1", "UNLOAD (SELECT 1)"] {
        assert!(refused(sql, &[], &RowFilter::default()).contains("is not a question"), "{sql}");
    }
    assert_eq!(refused(" -- nothing\n;", &[], &RowFilter::default()), "the statement is empty");
    assert!(refused("SELECT 'a", &[], &RowFilter::default()).starts_with("a quote is not closed: 'a"));
    assert!(refused("SELECT /* a", &[], &RowFilter::default()).starts_with("a comment is not closed"));
}
