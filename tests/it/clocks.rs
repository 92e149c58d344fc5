//! Times, days and zones as people write them in SQL and in flags, and as they are printed.

use super::logs::access;
use super::support::Workspace;

fn logs() -> Workspace {
    let folder = Workspace::new();
    let lines: String = ["2026-11-01T05:30:00.000000Z", "2026-11-01T06:30:00.000000Z", "2026-11-20T23:10:00.000000Z"]
        .map(|time| access(time, 200).trim_end().to_owned() + "\n")
        .concat();
    folder.write("a.log", lines);
    folder
}

#[test]
fn days_may_be_written_with_slashes() {
    let folder = logs();
    for (condition, count) in [
        ("day = '2026/11/20'", 1),
        ("day <> '2026/11/20'", 2),
        ("'2026/11/20' = day", 1),
        ("day IN ('2026/11/01', '2026-11-20')", 3),
        ("day BETWEEN '2026/11/02' AND '2026/11/30'", 1),
        ("day >= '2026/11/02'", 1),
        ("day <= '2026/11/01'", 2),
        ("day >= date_format(TIMESTAMP '2026-11-02 00:00:00', '%Y/%m/%d')", 1),
        ("day LIKE '2026-11-0%'", 2),
        ("day LIKE '2026/11/0%'", 2),
        ("day NOT LIKE '2026/11/0%'", 1),
        ("day ILIKE '%/11/20'", 1),
        ("day = date_format(time, '%Y/%m/%d')", 3),
        ("day = format_datetime(time, 'yyyy/MM/dd')", 3),
        ("CASE day WHEN '2026/11/20' THEN true ELSE false END", 1),
        ("replace(day, '-', '/') = '2026/11/20'", 1),
        ("concat(day, '/', elb) LIKE '2026-11-20/%'", 1),
        ("day = '2026/11/20' AND request_url NOT LIKE '%/11/20%'", 1),
        ("day >= '2026-11'", 3),
        ("day IN (SELECT '2026/11/20')", 1),
        ("day NOT IN (SELECT '2026/11/20')", 2),
        ("day IN (SELECT max(day) FROM requests)", 1),
        ("day IN (SELECT day FROM requests WHERE day > '2026/11/10')", 1),
        ("day = (SELECT '2026/11/20')", 1),
        ("EXISTS (SELECT 1 FROM (VALUES ('2026/11/20')) AS v (d) WHERE v.d = requests.day)", 1),
        ("(day, 1) IN (('2026/11/20', 1), ('2026/11/21', 1))", 1),
        ("(day, 2) IN (('2026/11/20', 1))", 0),
        ("(day, 1) = ('2026/11/20', 1)", 1),
    ] {
        assert_eq!(
            folder.value("a.log", &format!("SELECT count(*) FROM requests WHERE {condition}")),
            count.to_string(),
            "{condition}"
        );
    }
    // Wherever it passes through, it is the table's column.
    for (statement, count) in [
        ("SELECT count(*) FROM (SELECT day, count(*) FROM requests GROUP BY day) WHERE day = '2026/11/20'", "1"),
        ("SELECT count(*) FROM requests GROUP BY day HAVING day = '2026/11/20'", "1"),
        ("SELECT count(*) FROM (SELECT day, row_number() OVER () FROM requests) WHERE day = '2026/11/20'", "1"),
        (
            "SELECT count(*) FROM (SELECT day FROM requests UNION ALL SELECT day FROM requests) WHERE day > '2026/11/10'",
            "2",
        ),
        ("SELECT count(*) FROM (SELECT DISTINCT day FROM requests) WHERE day = '2026/11/20'", "1"),
        ("SELECT count(*) FROM requests JOIN (VALUES ('2026/11/20')) AS v (d) ON day = d", "1"),
        (
            "SELECT count(*) FROM requests AS r LEFT JOIN (VALUES ('2026/11/20')) AS v (d) ON v.d = r.day WHERE d IS NULL",
            "2",
        ),
        ("SELECT count(*) FROM requests JOIN (VALUES ('2026/11/20', 1)) AS v (day, x) USING (day)", "1"),
        ("SELECT count(*) FROM (VALUES ('2026/11/20', 1)) AS v (day, x) NATURAL JOIN requests", "1"),
        ("SELECT count(*) FROM requests AS r, (VALUES ('2026/11/20')) AS v (d) WHERE d = day", "1"),
        ("SELECT count(*) FROM requests AS a JOIN requests AS b USING (day)", "5"),
    ] {
        assert_eq!(folder.value("a.log", statement), count, "{statement}");
    }
    // A column that a statement makes is what the statement says.
    let own = "WITH d AS (SELECT date_format(time, '%Y/%m/%d') AS day FROM requests) SELECT count(*) FROM d AS x \
               WHERE x.day = '2026/11/20'";
    assert_eq!(folder.value("a.log", own), "1");
    let other = "WITH d AS (SELECT * FROM requests AS r) SELECT count(*) FROM d WHERE day = '2026/11/20'";
    assert_eq!(folder.value("a.log", other), "1");
    let wrong = folder.csv("a.log", "SELECT count(*) FROM requests WHERE day = '20.11.2026'").exits(2);
    wrong.says("error: day is text such as '2026-11-20', and '20.11.2026' is not");
    // What cannot be rewritten would find nothing.
    for condition in [
        "starts_with(day, '2026/11')",
        "regexp_like(day, '^2026/11')",
        "day ~ '2026/1[12]'",
        "day SIMILAR TO '2026/11/%'",
        "coalesce(day, 'x') = '2026/11/20'",
        "trim(day) = '2026/11/20'",
        "substr(day, 1, 7) = '2026/11'",
        "split_part(day, '/', 1) = '2026'",
        "strpos(day, '/') > 0",
        "day = ANY(ARRAY['2026/11/20'])",
        "contains(ARRAY['2026/11/20'], day)",
    ] {
        let refused = folder.csv("a.log", &format!("SELECT count(*) FROM requests WHERE {condition}")).exits(2);
        refused.says("day is text such as '2026-11-20'");
    }
}

#[test]
fn what_is_absent_is_null_and_equals_nothing() {
    let folder = logs();
    for (condition, written) in [
        ("user_agent = '-'", "-"),
        ("'-' = ssl_protocol", "-"),
        ("error_reason IN ('-', 'LambdaThrottling')", "-"),
        ("target_processing_time = -1", "-1"),
        ("response_processing_time IN (-1.0)", "-1"),
    ] {
        let refused = folder.csv("a.log", &format!("SELECT count(*) FROM requests WHERE {condition}")).exits(2);
        refused.says(&format!("is NULL where AWS writes {written}")).says("IS NULL");
    }
    for (condition, count) in [
        ("user_agent <> '-' OR user_agent IS NULL", 3),
        ("NOT request_url = '-' ", 3),
        ("matched_rule_priority = -1", 0),
        // Which every line has.
        ("type = '-' OR elb IN ('-')", 0),
        ("coalesce(error_reason, '-') = '-'", 3),
    ] {
        let counted = folder.value("a.log", &format!("SELECT count(*) FROM requests WHERE {condition}"));
        assert_eq!(counted, count.to_string(), "{condition}");
    }
    let athenas = "SELECT count(*) FROM alb_logs WHERE target_processing_time = -1 OR user_agent = '-'";
    folder.csv("a.log", athenas).done();
    folder.csv("a.log", "SELECT 1 FROM requests WHERE elb_status_code = '5xx'").exits(2).says("BETWEEN 500 AND 599");
    folder.csv("a.log", "SELECT 1 FROM requests WHERE target_status_code = '-'").exits(2).says("IS NULL");
}

#[test]
fn zones_are_known_and_printed() {
    let folder = logs();
    for zone in ["Mars/Phobos", "Europe/Berln", "+99:99"] {
        let answer = folder.csv("a.log", &format!("SELECT time AT TIME ZONE '{zone}' FROM requests")).exits(2);
        answer.says(&format!("error: there is no time zone {zone}"));
    }
    let sql = "SELECT date_trunc('hour', time AT TIME ZONE 'America/New_York') AS h, count(*) FROM requests \
               WHERE day = '2026-11-01' GROUP BY 1 ORDER BY 1";
    let answer = folder.csv("a.log", sql).done();
    assert_eq!(answer.rows(), ["2026-11-01T01:00:00.000000-04:00,1", "2026-11-01T01:00:00.000000-05:00,1"]);
    let sql =
        "SELECT time AT TIME ZONE 'UTC' AS a, time AT TIME ZONE '+05:30' AS b FROM requests WHERE day = '2026-11-20'";
    assert_eq!(folder.value("a.log", sql), "2026-11-20T23:10:00.000000Z,2026-11-21T04:40:00.000000+05:30");
}

#[test]
fn functions_that_read_times_take_times() {
    let folder = logs();
    let sql = "SELECT from_iso8601_timestamp(time) = time, parse_datetime(time, 'yyyy-MM-dd''T''HH:mm:ss.SSSSSS''Z') = time, \
               date(time) AS a, date(time AT TIME ZONE 'Asia/Tokyo') AS b, date('2026-11-20'), \
               date_format(from_iso8601_timestamp(time) AT TIME ZONE 'Asia/Seoul', '%Y-%m-%d %H:%i') \
               FROM requests WHERE date(from_iso8601_timestamp(time)) = date('2026-11-20')";
    let expected = "true,true,2026-11-20,2026-11-21,2026-11-20,2026-11-21 08:10";
    assert_eq!(folder.value("a.log", sql), expected);
}

#[test]
fn a_zone_in_brackets_is_honoured_or_refused() {
    let folder = logs();
    let since = |text: &str| {
        folder.run(["query", "--from", "a.log", "--format", "csv", "--since", text, "SELECT min(time) FROM requests"])
    };
    assert_eq!(since("2026-11-01T02:00[America/New_York]").done().value(), "2026-11-20T23:10:00.000000Z");
    assert_eq!(since("2026-11-01T01:30[America/New_York]").done().value(), "2026-11-01T05:30:00.000000Z");
    since("2026-11-01T01:30[Mars/Phobos]").exits(2).says("there is no time zone Mars/Phobos");
    since("half past one").exits(2).says("expected a time such as 2h (ago), 02:55, today");
}

#[test]
fn lengths_of_time_are_compared_by_how_long_they_are() {
    let folder = logs();
    let lasting = "(SELECT max(time) - min(time) FROM requests)";
    for (condition, holds) in [
        ("INTERVAL '24' HOUR = INTERVAL '1' DAY".to_owned(), "true"),
        ("INTERVAL '36' HOUR > INTERVAL '1' DAY".to_owned(), "true"),
        ("INTERVAL '36' HOUR BETWEEN INTERVAL '1' DAY AND INTERVAL '2' DAY".to_owned(), "true"),
        ("INTERVAL '1' DAY IN (INTERVAL '24' HOUR)".to_owned(), "true"),
        (format!("{lasting} > INTERVAL '1' DAY"), "true"),
        (format!("{lasting} < INTERVAL '20' DAY"), "true"),
        (format!("{lasting} > INTERVAL '20' DAY"), "false"),
        (format!("INTERVAL '1' MONTH < {lasting}"), "false"),
    ] {
        for statement in [format!("SELECT {condition}"), format!("SELECT {condition} FROM alb_logs LIMIT 1")] {
            // The column is a time in one of the dialects only.
            if statement.contains("alb_logs") && condition.contains("requests") {
                continue;
            }
            assert_eq!(folder.value("a.log", &statement), holds, "{statement}");
        }
    }
    let sorted =
        "SELECT x FROM (SELECT INTERVAL '36' HOUR AS x UNION ALL SELECT INTERVAL '1' DAY) ORDER BY x DESC LIMIT 1";
    assert!(folder.value("a.log", sorted).contains("36"), "{}", folder.value("a.log", sorted));
}

/// A literal has the zone that it is written with, where it is compared and where it is shown.
#[test]
fn a_literal_keeps_its_zone() {
    let folder = Workspace::new();
    let line = |time: &str| crate::logs::access(time, 200);
    let times =
        ["14:30", "15:00", "16:00", "17:00", "20:30"].map(|clock| line(&format!("2026-11-20T{clock}:00.000000Z")));
    folder.write("a.log", times.concat());
    let between =
        "BETWEEN TIMESTAMP '2026-11-20 10:00:00 America/New_York' AND TIMESTAMP '2026-11-20 12:00:00 America/New_York'";
    for column in ["time", "time AT TIME ZONE 'America/New_York'", "time AT TIME ZONE 'Asia/Tokyo'"] {
        let sql = format!("SELECT count(*) FROM requests WHERE {column} {between}");
        assert_eq!(folder.value("a.log", &sql), "3", "{column}");
    }
    for literal in ["2026-11-20 15:00:00 UTC", "2026-11-20T15:00:00Z", "2026-11-20 17:00:00+02:00"] {
        let sql = format!("SELECT TIMESTAMP '{literal}' AT TIME ZONE 'America/New_York' FROM requests LIMIT 1");
        assert_eq!(folder.value("a.log", &sql), "2026-11-20T10:00:00.000000-05:00", "{literal}");
    }
}
