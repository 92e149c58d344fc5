//! Athena's SQL over AWS's documented tables: the ways in which published statements are written, unchanged.

use super::logs::{CONNECTION, access, gzip, object_name};
use super::support::Workspace;

/// Twelve requests on two days, in three objects: every other one failed with 502 before a target was reached. The last object's
/// interval ends at midnight, so that it lies in the folder of the day after its rows.
fn folder() -> Workspace {
    let folder = Workspace::new();
    for (end, hour) in [("20261120T1005Z", "20T10"), ("20261120T1105Z", "20T11"), ("20261121T0000Z", "20T23")] {
        let line = |minute: usize| {
            let time = format!("2026-11-{hour}:{:02}:00.123456Z", if hour == "20T23" { minute + 55 } else { minute });
            let line = access(&time, if minute % 2 == 1 { 502 } else { 200 });
            if minute % 2 == 1 {
                line.replace(" 10.0.0.1:8080 0.000 0.020 0.000 502 502 ", " - -1 -1 -1 502 - ")
            } else {
                line
            }
        };
        let day = format!("{}/{}/{}", &end[..4], &end[4..6], &end[6..8]);
        let key = format!("logs/AWSLogs/123456789012/elasticloadbalancing/eu-west-1/{day}/{}", object_name(end));
        folder.write(&key, gzip((0..4).map(line).collect::<String>()));
    }
    folder.write(
        &format!(
            "logs/AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20/conn_log_{}",
            object_name("20261120T1005Z")
        ),
        gzip(CONNECTION),
    );
    folder
}

/// What the statements answer in CSV, in one folder.
fn answers(cases: &[(&str, &str)]) {
    let folder = folder();
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let answer = folder.csv("logs", sql);
        if answer.stdout.trim_end() != *expected {
            wrong.push(format!("{sql}\n  {}{}", answer.stdout, answer.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tables_have_the_names_that_people_give_them() {
    answers(&[
        ("SELECT count(*) AS n FROM alb_logs", "n\n12"),
        ("SELECT count(*) AS n FROM \"default\".\"alb_logs\"", "n\n12"),
        ("SELECT count(*) AS n FROM AwsDataCatalog.default.ALB_Access_Logs", "n\n12"),
        ("SELECT count(*) AS n FROM alb_db.tb_alb_logs_my_bucket t", "n\n12"),
        ("SELECT count(*) AS n FROM alb_access_logs_partition_projection", "n\n12"),
        ("SELECT alb_db.alb_logs.elb FROM alb_db.alb_logs LIMIT 1", "elb\napp/shop/50dc6c495c0c9188"),
        ("SELECT count(*) AS n FROM alb_connection_logs", "n\n1"),
        ("WITH alb_logs AS (SELECT 1 AS x) SELECT x FROM alb_logs", "x\n1"),
    ]);
}

#[test]
fn columns_are_as_awss_own_table_has_them() {
    answers(&[
        (
            "SELECT time, target_ip, target_port, target_status_code, target_processing_time, matched_rule_priority FROM alb_logs \
          WHERE time < '2026-11-20T10:02' ORDER BY time",
            "time,target_ip,target_port,target_status_code,target_processing_time,matched_rule_priority\n\
          2026-11-20T10:00:00.123456Z,10.0.0.1,8080,200,0.02,3\n2026-11-20T10:01:00.123456Z,,,-,-1.0,3",
        ),
        (
            "SELECT lambda_error_reason, redirect_url, request_creation_time FROM alb_logs ORDER BY time LIMIT 1",
            "lambda_error_reason,redirect_url,request_creation_time\n-,-,2026-11-20T10:00:00.123456Z",
        ),
        // The folder's day, not the row's own.
        ("SELECT day, count(*) AS n FROM alb_logs GROUP BY day ORDER BY day", "day,n\n2026/11/20,8\n2026/11/21,4"),
        ("SELECT count(*) AS n FROM alb_logs WHERE year = '2026' AND month = '11' AND day = '21'", "n\n4"),
        ("SELECT count(*) AS n FROM alb_logs WHERE year = 2026 AND month = 11 AND day BETWEEN 20 AND 20", "n\n8"),
        (
            "SELECT year(from_iso8601_timestamp(time)) AS year, count(*) AS n FROM alb_logs WHERE day = '2026/11/20' GROUP BY 1",
            "year,n\n2026,8",
        ),
        ("SELECT count(DISTINCT \"$path\") AS n FROM alb_logs", "n\n3"),
        ("SELECT region, loadbalancer_name FROM alb_logs GROUP BY 1, 2", "region,loadbalancer_name\neu-west-1,shop"),
    ]);
    let folder = folder();
    let all = folder.csv("logs", "SELECT * FROM alb_logs LIMIT 1").stdout;
    let header: Vec<&str> = all.lines().next().unwrap().split(',').collect();
    assert_eq!((header.len(), header[0], header[33], header[34]), (35, "type", "conn_trace_id", "day"));
    let named = folder.csv("logs", "SELECT \"$path\", * FROM alb_logs LIMIT 1").stdout;
    assert_eq!(named.lines().next().unwrap().split(',').count(), 36);
}

#[test]
fn text_and_numbers_meet_where_the_documentation_changed_its_mind() {
    answers(&[
        ("SELECT count(*) AS n FROM alb_logs WHERE elb_status_code = '502'", "n\n6"),
        ("SELECT count(*) AS n FROM alb_logs WHERE elb_status_code LIKE '5%'", "n\n6"),
        ("SELECT count(*) AS n FROM alb_logs WHERE elb_status_code IN ('502', '504')", "n\n6"),
        ("SELECT count(*) AS n FROM alb_logs WHERE elb_status_code = ANY (VALUES '502', '504')", "n\n6"),
        ("SELECT count(*) AS n FROM alb_logs WHERE elb_status_code BETWEEN 500 AND 599", "n\n6"),
        ("SELECT count(*) AS n FROM alb_logs WHERE target_status_code >= 200", "n\n6"),
        ("SELECT count(*) AS n FROM alb_logs WHERE target_status_code = '-'", "n\n6"),
        ("SELECT count(*) AS n FROM alb_logs WHERE target_status_code <> '200' AND '502' = elb_status_code", "n\n6"),
        (
            "SELECT substr(elb_status_code, 1, 1) AS class, count(*) AS n FROM alb_logs GROUP BY 1 ORDER BY 1",
            "class,n\n2,6\n5,6",
        ),
        ("SELECT elb_status_code || '!' AS x FROM alb_logs WHERE elb_status_code = 502 LIMIT 1", "x\n502!"),
        (
            "SELECT CASE elb_status_code WHEN '502' THEN 'bad' ELSE 'good' END AS x, count(*) AS n FROM alb_logs GROUP BY 1 ORDER BY 1",
            "x,n\nbad,6\ngood,6",
        ),
    ]);
}

/// Text that was never a number in AWS's documentation is not compared with one, nor is it in silence.
#[test]
fn other_text_does_not_meet_numbers() {
    let folder = folder();
    for condition in [
        "elb <> 3",
        "3 = elb",
        "time > 3",
        "time IN (1, 2)",
        "elb BETWEEN 1 AND 2",
        "CASE elb WHEN 3 THEN true ELSE false END",
        "elb IS DISTINCT FROM 3",
        "elb IN (SELECT 1)",
        "elb NOT IN (SELECT client_port FROM alb_logs WHERE false)",
        "elb = ANY (SELECT 1 FROM alb_logs)",
        "elb_status_code IN (SELECT target_status_code FROM alb_logs WHERE false)",
    ] {
        let sql = format!("SELECT count(*) AS n FROM alb_logs WHERE {condition}");
        folder.csv("logs", &sql).exits(2).says("cannot be compared with").says("CAST one side to the other's type");
    }
    for sql in [
        "SELECT bool_or(1 < request_verb) FROM alb_logs",
        "SELECT count(*) FROM alb_logs JOIN (SELECT 5 AS elb) x USING (elb)",
    ] {
        folder.csv("logs", sql).exits(2).says("cannot be compared with");
    }
    let sql = "SELECT count(*) FROM alb_logs WHERE elb <> :n";
    folder.run(["query", "--from", "logs", "--set", "n=3", sql]).exits(2).says("cannot be compared with");
    answers(&[
        ("SELECT count(*) AS n FROM alb_logs WHERE elb IN (SELECT elb FROM alb_logs)", "n\n12"),
        ("SELECT count(*) AS n FROM alb_logs WHERE elb_status_code IN (SELECT 502)", "n\n6"),
        ("SELECT count(*) AS n FROM alb_logs WHERE target_status_code IN (200, 502)", "n\n6"),
        ("SELECT count(*) AS n FROM alb_logs WHERE matched_rule_priority > 2", "n\n12"),
        ("SELECT count(*) AS n FROM alb_logs WHERE elb = '-' OR type IN ('-')", "n\n0"),
    ]);
}

#[test]
fn statements_are_written_in_many_ways() {
    answers(&[
        (
            "SELECT DISTINCT elb_status_code FROM alb_logs GROUP BY elb_status_code ORDER BY count(*) DESC, elb_status_code",
            "elb_status_code\n200\n502",
        ),
        (
            "SELECT DISTINCT elb_status_code, count() AS n FROM alb_logs GROUP BY elb_status_code ORDER BY count(*) DESC, 1",
            "elb_status_code,n\n200,6\n502,6",
        ),
        (
            "SELECT elb_status_code, time FROM alb_logs GROUP BY (elb_status_code, time) ORDER BY time FETCH FIRST 1 ROWS ONLY",
            "elb_status_code,time\n200,2026-11-20T10:00:00.123456Z",
        ),
        (
            "SELECT count(*) requestCount, max(client_port), Elb FROM alb_logs GROUP BY elb",
            "requestCount,_col1,Elb\n12,40000,app/shop/50dc6c495c0c9188",
        ),
        (
            "SELECT t.action, count(*) AS n FROM alb_logs CROSS JOIN UNNEST(split(actions_executed, ',')) AS t(action) GROUP BY t.action",
            "action,n\nforward,12",
        ),
        (
            "SELECT substr(time, 1, 13) AS hour, count(*) AS n FROM alb_logs GROUP BY substr(time, 1, 13) ORDER BY 1",
            "hour,n\n2026-11-20T10,4\n2026-11-20T11,4\n2026-11-20T23,4",
        ),
        (
            "SELECT date_trunc('hour', from_iso8601_timestamp(time)) AS h, count(*) AS n FROM alb_logs \
          WHERE parse_datetime(time,'yyyy-MM-dd''T''HH:mm:ss.SSSSSS''Z') BETWEEN \
          parse_datetime('2026-11-20-10:00:00','yyyy-MM-dd-HH:mm:ss') AND parse_datetime('2026-11-20-11:00:00','yyyy-MM-dd-HH:mm:ss') \
          GROUP BY 1 ORDER BY 1",
            "h,n\n2026-11-20T10:00:00.000000Z,4",
        ),
        (
            "SELECT sum(received_bytes / 1000000.0) AS mb, round(100.0 * count_if(elb_status_code = 502) / count(*), 2) AS share, \
          avg(target_processing_time) AS t FROM alb_logs",
            "mb,share,t\n0.0,50.0,-0.49",
        ),
        (
            "SELECT try(CAST(target_status_code AS integer)) AS s, count(*) AS n FROM alb_logs GROUP BY 1 ORDER BY 1",
            "s,n\n200,6\n,6",
        ),
        (
            "SELECT \"Elb_Status_Code\" AS \"Total Requests\" FROM alb_logs WHERE \"TIME\" LIKE '2026-11-20T10:00%'",
            "Total Requests\n200",
        ),
        (
            "SELECT histogram(elb_status_code) AS h, map_agg(elb_status_code, elb) AS m FROM alb_logs",
            "h,m\n\"{\"\"200\"\":6,\"\"502\"\":6}\",\"{\"\"200\"\":\"\"app/shop/50dc6c495c0c9188\"\",\"\"502\"\":\"\"app/shop/50dc6c495c0c9188\"\"}\"",
        ),
        (
            "SELECT max(from_iso8601_timestamp(time)) - min(from_iso8601_timestamp(time)) AS length FROM alb_logs",
            "length\n0 13:58:00.000",
        ),
        ("SELECT DISTINCT (elb) FROM alb_logs", "elb\napp/shop/50dc6c495c0c9188"),
        (
            "SELECT contains('192.0.2.0/24', CAST(client_ip AS IPADDRESS)) AS inside FROM alb_logs LIMIT 1",
            "inside\ntrue",
        ),
    ]);
    let twice = folder().csv(
        "logs",
        "SELECT elb_status_code, *, from_iso8601_timestamp(time) AS timestmp FROM alb_logs ORDER BY timestmp LIMIT 1",
    );
    let header: Vec<&str> = twice.stdout.lines().next().unwrap().split(',').collect();
    assert_eq!(
        (header.len(), header[0], header[11], header[36]),
        (37, "elb_status_code", "elb_status_code", "timestmp")
    );
}

/// Objects that are opened for a condition are as few as for the same on `requests`, and rows as many.
#[test]
fn conditions_leave_objects_out() {
    let folder = folder();
    let ask = |sql: String| {
        let answer = folder.csv("logs", &sql);
        assert_eq!(answer.code, 0, "{sql}: {}", answer.stderr);
        let opened = answer.stderr.split(", ").next().unwrap().to_owned();
        (opened, answer.stdout)
    };
    for (condition, ours) in [
        ("time >= '2026-11-20T23'", "time >= '2026-11-20T23:00'"),
        ("time LIKE '2026-11-20T11:0%'", "time >= '2026-11-20T11:00' AND time < '2026-11-20T11:10'"),
        ("substr(time, 1, 13) = '2026-11-20T10'", "time >= '2026-11-20T10:00' AND time < '2026-11-20T11:00'"),
        (
            "from_iso8601_timestamp(time) >= from_iso8601_timestamp('2026-11-20T23:00:00Z')",
            "time >= '2026-11-20T23:00'",
        ),
        (
            "parse_datetime(time,'yyyy-MM-dd''T''HH:mm:ss.SSSSSS''Z') < parse_datetime('2026-11-20-09:30:00','yyyy-MM-dd-HH:mm:ss')",
            "time < '2026-11-20T09:30'",
        ),
        (
            "date_parse(substr(time, 1, 19), '%Y-%m-%dT%H:%i:%s') > date_parse('2026-11-20 23:30', '%Y-%m-%d %H:%i')",
            "time > '2026-11-20T23:30'",
        ),
        ("date(from_iso8601_timestamp(time)) = DATE '2026-11-18'", "time < '2026-11-19' AND time >= '2026-11-18'"),
        ("elb = 'app/other/0123456789abcdef'", "elb = 'app/other/0123456789abcdef'"),
        ("region = 'eu-central-1'", "region = 'eu-central-1'"),
    ] {
        let theirs = ask(format!("SELECT count(*) AS n FROM alb_logs WHERE {condition}"));
        let ours = ask(format!("SELECT count(*) AS n FROM requests WHERE {ours}"));
        assert_eq!(theirs, ours, "{condition}");
    }
    // What Athena's partitions are made of is known exactly.
    for (condition, objects, rows) in [
        ("day = '2026/11/20'", 2, 8),
        ("day = '2026-11-20'", 2, 8),
        ("day >= '2026/11/21'", 1, 4),
        ("day BETWEEN date_format(TIMESTAMP '2026-11-21 00:00:00', '%Y/%m/%d') AND '2026/11/30'", 1, 4),
        ("year = '2026' AND month = '11' AND day = '21'", 1, 4),
        ("year = 2026 AND month = 11 AND day = 20", 2, 8),
        ("year = '2025'", 0, 0),
    ] {
        let (opened, count) = ask(format!("SELECT count(*) AS n FROM alb_logs WHERE {condition}"));
        let expected = if objects == 1 { "1 object".to_owned() } else { format!("{objects} objects") };
        assert_eq!((opened, count), (expected, format!("n\n{rows}\n")), "{condition}");
    }
}

#[test]
fn an_export_answers_as_the_logs_do() {
    let folder = folder();
    let args = ["export", "--from", "logs", "--to", "lake", "--since", "2026-11-20", "--until", "2026-11-22"];
    folder.run(args.iter().chain(&["--settle", "0s"])).done();
    for sql in [
        "SELECT * FROM alb_logs ORDER BY time",
        "SELECT day, count(*) AS n FROM alb_logs GROUP BY day ORDER BY day",
        "SELECT count(*) AS n FROM alb_logs WHERE day = '2026/11/21'",
        "SELECT count(*) AS n FROM alb_logs WHERE year = '2026' AND month = '11' AND day = '20'",
        "SELECT count(*) AS n FROM alb_logs WHERE time LIKE '2026-11-20T10%' AND elb_status_code = '502'",
    ] {
        assert_eq!(folder.csv("lake", sql).done().stdout, folder.csv("logs", sql).done().stdout, "{sql}");
    }
}

#[test]
fn what_is_not_athenas_is_refused_with_what_is() {
    let folder = folder();
    for (sql, message) in [
        ("SELECT elb::varchar FROM alb_logs", "write CAST(x AS type)"),
        ("SELECT elb FROM alb_logs WHERE elb ILIKE 'a%'", "write lower(x) LIKE"),
        ("SELECT 1_000 FROM alb_logs", "a name cannot begin with a digit"),
        ("SELECT elb_status_code = 200 IS TRUE FROM alb_logs", "write the condition alone"),
        ("SELECT count(*) AS c FROM alb_logs HAVING c > 1", "write the expression again in HAVING"),
        ("SELECT elb FROM alb_logs WHERE client_ip > 5 + 1", "CAST one side to the other's type"),
        ("SELECT regexp_replace(elb, 'a', x -> 'b') FROM alb_logs", "regexp_replace with a function is not here"),
        ("SELECT elb FROM alb_logs FETCH ROWS ONLY", "expected: FIRST or NEXT after FETCH"),
        (
            "SELECT 1 FROM alb_logs a, alb_logs a",
            "FROM alb_logs a, alb_logs a\n                                     ^\n",
        ),
        ("SELECT 1 FROM alb_logs a JOIN alb_logs b ON true, alb_logs b", "two tables are called b"),
        (
            "SELECT 1 FROM requests r, requests r",
            "FROM requests r, requests r\n                                     ^\n",
        ),
        ("SELECT 1 FROM requests, requests", "two tables are called requests"),
        ("SELECT array_sort(ARRAY[2, 1], (a, b) -> 5) FROM alb_logs", "the function of array_sort answers -1, 0 or 1"),
        ("SELECT elb FROM alb_logs FOR UPDATE", "FOR UPDATE or FOR SHARE is not Athena's SQL"),
        ("SELECT elb FROM alb_logs GLOBAL JOIN alb_logs b ON true", "GLOBAL before JOIN is not Athena's SQL"),
        ("SELECT 1 < 2 = true FROM alb_logs", "put the inner one into parentheses"),
        ("SELECT lower(DISTINCT elb) FROM alb_logs", "lower is no aggregate, and takes no DISTINCT"),
        ("SELECT first_value(elb) FROM alb_logs", "first_value needs OVER"),
        ("SELECT elb AS 'lb' FROM alb_logs", "double quotes"),
        ("SELECT + 1.5 FROM alb_logs", "+ stands before no decimal"),
        ("SELECT CAST(elb AS text) FROM alb_logs", "it is varchar"),
        ("SELECT other.alb_logs.elb FROM alb_db.alb_logs", "no column named other.alb_logs.elb"),
        ("SELECT * FROM alb_logs MATCH_RECOGNIZE (PATTERN (A) DEFINE A AS true)", "MATCH_RECOGNIZE is not here"),
        ("SELECT * FROM alb_logs PIVOT (count(*) FOR elb IN ('a'))", "PIVOT"),
        // In either dialect.
        ("SELECT elb FROM requests WHERE elb IS DISTINCT FROM 'a' OR elb = 'b'", "(a IS DISTINCT FROM b) OR c"),
        ("SELECT elb FROM alb_logs WHERE", "expected"),
        ("SELECT nosuch FROM alb_logs", "no column named nosuch"),
        ("SELECT error_reason FROM alb_logs", "lambda_error_reason"),
        ("SELECT extract(epoch FROM from_iso8601_timestamp(time)) FROM alb_logs", "a time has no field epoch"),
        ("SELECT 2147483647 + 1 FROM alb_logs", "an integer became too large"),
        ("SELECT elb FROM alb_logs JOIN UNNEST(split(elb, '/')) AS t(x) ON x = 'app'", "CROSS JOIN or LEFT JOIN"),
        ("MSCK REPAIR TABLE alb_logs", "the table is there"),
        (
            "CREATE EXTERNAL TABLE IF NOT EXISTS alb_access_logs (type string) PARTITIONED BY (day STRING)",
            "the table is there",
        ),
    ] {
        let answer = folder.csv("logs", sql);
        assert_eq!(answer.code, 2, "{sql}: {}{}", answer.stdout, answer.stderr);
        assert!(answer.stderr.contains(message), "{sql}: {}", answer.stderr);
        for engine in ["DataFusion", "Utf8", "Int64", "coerce", "Expr", "sqlparser"] {
            assert!(!answer.stderr.contains(engine), "{sql}: {}", answer.stderr);
        }
    }
}

/// What is answered and can never be met is said; what can be is not. Either way the exit code is 0.
#[test]
fn what_can_never_be_is_told() {
    let folder = folder();
    for (condition, told) in [
        ("elb = 'shop'", "elb is app/NAME/ID in these logs"),
        ("elb IN ('app/shop/50dc6c495c0c9188', 'shop')", "elb is app/NAME/ID in these logs"),
        ("'get' = request_verb", "'get' is not 'GET'"),
        ("region = 'EU-WEST-1'", "names of regions are in small letters"),
        ("elb_status_code = '502 '", "elb_status_code is an integer"),
        ("day = '2026-11-1'", "day is text such as '2026/11/20'"),
        ("year = '2026' AND month = 'November'", "month is text of two digits"),
        ("date_format(from_iso8601_timestamp(time), 'yyyy-MM-dd') = '2026-11-20'", "answers that text itself"),
        ("format_datetime(from_iso8601_timestamp(time), '%Y-%m-%d') = '2026-11-20'", "writes each % as it is"),
    ] {
        let sql = format!("SELECT count(*) AS n FROM alb_logs WHERE {condition}");
        let answer = folder.csv("logs", &sql).done();
        assert!(answer.stderr.contains("notice: ") && answer.stderr.contains(told), "{sql}: {}", answer.stderr);
        let quiet = folder.run(["query", "--quiet", "--from", "logs", "--format", "csv", &sql]).done();
        assert_eq!(quiet.stderr, "", "{sql}");
    }
    for (table, condition) in [("requests", "elb = 'shop'"), ("requests", "region = 'EU-WEST-1'")] {
        let answer = folder.csv("logs", &format!("SELECT count(*) AS n FROM {table} WHERE {condition}")).done();
        assert!(answer.stderr.contains("notice: "), "{condition}: {}", answer.stderr);
    }
    for condition in [
        "elb = 'app/shop/50dc6c495c0c9188' AND request_verb = 'GET' AND region = 'eu-west-1'",
        "elb_status_code = '502' AND target_status_code = '-' AND day = '2026-11-20'",
        "elb <> 'shop' AND elb LIKE '%shop%' AND year = '2026' AND month = '11' AND day = 20",
        "date_format(from_iso8601_timestamp(time), '%Y-%m-%d') = '2026-11-20'",
    ] {
        let answer = folder.csv("logs", &format!("SELECT count(*) AS n FROM alb_logs WHERE {condition}")).done();
        assert!(!answer.stderr.contains("notice: "), "{condition}: {}", answer.stderr);
    }
}

#[test]
fn names_and_dialects_can_be_chosen() {
    let folder = folder();
    folder.write("albstats.toml", "[tables]\n\"lb_*\" = \"alb_access_logs\"\n");
    assert_eq!(folder.csv("logs", "SELECT count(*) AS n FROM lb_prod").done().stdout, "n\n12\n");
    folder.write("albstats.toml", "[tables]\n\"lb_*\" = \"requests\"\n");
    folder.csv("logs", "SELECT 1").exits(2).says("albstats.toml:2:10: no such table");
    folder.write("albstats.toml", "");
    let run = |dialect: &str| {
        let sql = "SELECT 1.0 / 3 AS third, substr('hello', -2) AS lo";
        folder.run(["query", "--from", "logs", "--format", "csv", "--dialect", dialect, sql]).done().stdout
    };
    assert_eq!(run("athena"), "third,lo\n0.3,lo\n");
    assert_eq!(run("auto"), "third,lo\n0.3333333333333333,hello\n");
    let tables = folder.csv("logs", "SHOW TABLES").done().stdout;
    assert!(tables.contains("alb_access_logs") && tables.contains("alb_connection_logs"), "{tables}");
    folder.run(["schema", "alb_access_logs"]).done().stdout.contains("lambda_error_reason");
    let twice =
        folder.run(["query", "--from", "logs", "--format", "json", "SELECT elb, elb FROM alb_logs LIMIT 1"]).done();
    assert!(twice.stdout.contains("\"elb_2\""), "{}", twice.stdout);
}
