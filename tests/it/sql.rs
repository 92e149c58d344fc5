//! Statements a hostile or hasty user may write: an answer or a message, never a crash, never a changed file.

use super::logs::{CONNECTION, HEALTH_CHECK, access_lines};
use super::support::Workspace;

fn shop() -> Workspace {
    let folder = Workspace::new();
    folder.write("logs/a.log", access_lines(50)).write("logs/c.log", CONNECTION).write("logs/h.log", HEALTH_CHECK);
    folder
}

#[test]
fn queries_only_read() {
    let folder = shop();
    for (sql, verb) in [
        ("CREATE TABLE t AS SELECT 1", "CREATE"),
        ("CREATE VIEW v AS SELECT 1", "CREATE"),
        ("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'", "CREATE"),
        ("DROP TABLE requests", "DROP"),
        ("INSERT INTO requests SELECT * FROM requests", "INSERT"),
        ("DELETE FROM requests", "DELETE"),
        ("UPDATE requests SET elb = 'x'", "UPDATE"),
        ("COPY (SELECT 1) TO 'stolen.csv'", "COPY"),
        ("COPY requests TO 'stolen.parquet'", "COPY"),
        ("SET datafusion.execution.batch_size = 1", "SET"),
        ("PREPARE p AS SELECT 1", "PREPARE"),
        ("EXPLAIN ANALYZE COPY (SELECT 1) TO 'stolen.csv'", "COPY"),
    ] {
        let answer = folder.csv("logs", sql).exits(2);
        assert_eq!(answer.stdout, "", "{sql}");
        answer.says(&format!("{verb} is not allowed: queries only read"));
    }
    assert_eq!(folder.names_in("."), ["logs"]);
}

#[test]
fn other_files_are_out_of_reach() {
    let folder = shop();
    folder.write("secret.csv", "a,b\n1,2\n");
    for table in ["'secret.csv'", "'/etc/passwd'", "read_csv('secret.csv')"] {
        let answer = folder.csv("logs", &format!("SELECT * FROM {table}")).exits(2);
        assert_eq!(answer.stdout, "");
    }
}

#[test]
fn one_statement_at_a_time() {
    let folder = shop();
    folder.csv("logs", "SELECT 1; SELECT 2").exits(2).says("error: one statement at a time");
    folder.csv("logs", "SELECT 1; DROP TABLE requests").exits(2);
    assert_eq!(folder.value("logs", "SELECT 1;"), "1");
    for empty in ["", " ", ";", "/* nothing */"] {
        folder.csv("logs", empty).exits(2).says("error: the statement is empty");
    }
}

/// What is wrong with a statement is said whatever there is to read, and before it is looked for.
#[test]
fn a_statement_is_checked_before_anything_is_read() {
    let folder = shop();
    for more in [&["--since", "2001-01-01", "--until", "2001-01-02"][..], &["--from", "nowhere"], &["--follow"]] {
        let args = [&["query", "--from", "logs", "SELECT x FROM requets"], more].concat();
        folder.run(args).exits(2).says("did you mean requests?");
    }
}

#[test]
fn tables_describe_themselves() {
    let folder = shop();
    for table in ["requests", "connections", "health_checks", "rejected_lines", "log_objects"] {
        let described = folder.csv("logs", &format!("DESCRIBE {table}")).done();
        let schema = folder.run(["schema", table]).done();
        let names: Vec<&str> = described.rows().iter().map(|row| row.split(',').next().unwrap()).collect();
        let documented: Vec<&str> =
            schema.stdout.lines().skip(1).map(|line| line.split_whitespace().next().unwrap()).collect();
        assert_eq!(names, documented);
        let shown = folder.csv("logs", &format!("SHOW COLUMNS FROM {table}")).done();
        assert_eq!(shown.stdout, described.stdout);
        let all = folder.csv("logs", &format!("SELECT * FROM {table}")).done();
        assert_eq!(all.stdout.lines().next().unwrap(), names.join(","));
        let listed = format!("SELECT count(*) FROM information_schema.columns WHERE table_name = '{table}'");
        assert_eq!(folder.value("logs", &listed), names.len().to_string());
        // Counting the rows and printing them agree.
        let count = folder.value("logs", &format!("SELECT count(*) FROM {table}"));
        assert_eq!(count, all.rows().len().to_string());
    }
    assert!(folder.csv("logs", "SHOW TABLES").done().stdout.contains("health_checks"));
    for (table, time) in [("requests", "timestamp"), ("alb_access_logs", "string"), ("default.alb_logs", "string")] {
        let described = folder.csv("logs", &format!("DESC {table}")).done();
        assert_eq!(described.stdout.lines().next(), Some("column_name,data_type,comment"));
        assert!(
            described.stdout.contains(&format!("\ntime,{time},\"when the response was produced")),
            "{}",
            described.stdout
        );
    }
    folder.csv("logs", "DESCRIBE nothing").exits(2).says("nothing");
}

#[test]
fn limits_of_any_size() {
    let folder = shop();
    for (limit, rows) in [("0", 0), ("1", 1), ("50", 50), ("51", 50), ("9223372036854775807", 50)] {
        let answer = folder.csv("logs", &format!("SELECT time FROM requests LIMIT {limit}")).done();
        assert_eq!(answer.rows().len(), rows, "{limit}");
    }
    folder.csv("logs", "SELECT time FROM requests LIMIT 99999999999999999999").exits(2);
    folder.csv("logs", "SELECT time FROM requests LIMIT -1").exits(2);
    assert_eq!(folder.csv("logs", "SELECT time FROM requests OFFSET 48").done().rows().len(), 2);
}

#[test]
fn subqueries_and_recursion() {
    let folder = shop();
    for (sql, value) in [
        ("SELECT count(*) FROM requests WHERE time = (SELECT max(time) FROM requests)", "1"),
        (
            "SELECT count(*) FROM requests r WHERE EXISTS (SELECT 1 FROM connections c WHERE c.conn_trace_id = r.conn_trace_id)",
            "50",
        ),
        ("SELECT count(*) FROM requests WHERE client_ip NOT IN (SELECT client_ip FROM connections)", "0"),
        ("SELECT count(*) FROM requests a, requests b", "2500"),
        ("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n", "15"),
        (
            "WITH RECURSIVE n AS (SELECT 1 AS i, 0 AS c UNION ALL SELECT i + 1, (SELECT count(*) FROM requests) FROM n \
             WHERE i < 3) SELECT max(c) FROM n",
            "50",
        ),
        ("SELECT count(*) FROM (SELECT elb FROM requests INTERSECT SELECT elb FROM connections)", "1"),
    ] {
        assert_eq!(folder.value("logs", sql), value, "{sql}");
    }
}

/// What is grouped is found by its place without a name, and functions `x -> …` know their argument beside other columns.
#[test]
fn places_and_arguments_are_found() {
    let folder = shop();
    let by_place =
        "SELECT elb_status_code, round(avg(received_bytes) + count(*), 1) FROM requests GROUP BY 1 ORDER BY 2 DESC, 1";
    let by_name = by_place.replace("1) FROM", "1) AS n FROM").replace("ORDER BY 2", "ORDER BY n");
    assert_eq!(folder.csv("logs", by_place).done().rows(), folder.csv("logs", &by_name).done().rows());
    let items =
        "SELECT item, count(*) AS n FROM requests, UNNEST(split(actions_executed, ',')) AS t(item) GROUP BY item";
    assert_eq!(folder.csv("logs", items).done().stdout, "item,n\nforward,50\n");
    let day = "SELECT transform(split(elb, '/'), x -> upper(x))[1] AS what, day FROM alb_logs LIMIT 1";
    assert_eq!(folder.csv("logs", day).done().stdout.lines().nth(1).unwrap().split(',').next(), Some("APP"));
}

/// A parameter without a value is told wherever it stands, before anything is read; with one it counts there.
#[test]
fn a_parameter_has_a_value_wherever_it_stands() {
    let folder = shop();
    for table in ["requests", "alb_logs"] {
        for rest in [
            format!("max(elb) OVER (PARTITION BY :n) FROM {table}"),
            format!("count(*) OVER (ORDER BY time ROWS BETWEEN :n PRECEDING AND CURRENT ROW) FROM {table}"),
            format!("elb FROM {table} LIMIT :n"),
            format!("elb FROM {table} WHERE client_port >:n"),
        ] {
            let refused = folder.csv("nosuch", &format!("SELECT {rest}")).exits(2);
            refused.says("error: no value for :n\n  SELECT ").says("^^\nhint: --set n=…");
        }
        let unnamed = folder.csv("nosuch", &format!("SELECT max(elb) OVER (PARTITION BY $1) FROM {table}")).exits(2);
        unnamed.says("no value for $1").says("a parameter is called :name");
        let frame = "count(*) OVER (ORDER BY time ROWS BETWEEN :n PRECEDING AND CURRENT ROW)";
        let named = "count(*) OVER w AS c FROM {table} WINDOW w AS (ORDER BY time ROWS :n PRECEDING)";
        for sql in [
            format!("SELECT max(c) AS most FROM (SELECT {frame} AS c FROM {table})"),
            format!("SELECT max(c) AS most FROM (SELECT {})", named.replace("{table}", table)),
        ] {
            let set = |value: &str| folder.run(["query", "--from", "logs", "--format", "csv", "--set", value, &sql]);
            assert_eq!(set("n=2").done().stdout, "most\n3\n", "{sql}");
            set("n=two").exits(2).says("the frame of a window takes a whole number");
        }
    }
    folder
        .csv("nosuch", "EXPLAIN SELECT max(elb) OVER (PARTITION BY :n) FROM requests")
        .exits(2)
        .says("no value for :n");
}

#[test]
fn deep_nesting_is_refused() {
    let folder = shop();
    let sql = format!("SELECT {}1{}", "(".repeat(3000), ")".repeat(3000));
    folder.csv("logs", &sql).exits(2).says("recursion limit exceeded");
}

#[test]
fn places_are_marked_under_the_text() {
    let folder = shop();
    for (sql, place) in [
        ("SELECT nope FROM requests", "  SELECT nope FROM requests\n         ^^^^\n"),
        ("SELECT 'é日本' || nope FROM requests", "nope FROM requests\n                    ^^^^\n"),
        ("SELECT elb\nFROM requests\nORDER BY nope", "  ORDER BY nope\n           ^^^^\n"),
        // A tab is as wide as a blank, so that the mark stands below its place on every terminal.
        ("SELECT elb,\n\tnope FROM requests", "   nope FROM requests\n   ^^^^\n"),
        ("SELECT elb FROM requests WHERE", "  SELECT elb FROM requests WHERE\n                                ^\n"),
        ("SELECT elb\nFROM requests WHERE\n", "  FROM requests WHERE\n                     ^\n"),
        ("SELECT )", "  SELECT )\n         ^\n"),
        ("SELECT * FROM requestz", "  SELECT * FROM requestz\n                ^^^^^^^^\n"),
        ("SELECT lenght(elb) FROM requests", "  SELECT lenght(elb) FROM requests\n         ^^^^^^\n"),
    ] {
        folder.csv("logs", sql).exits(2).says(place);
    }
}

#[test]
fn errors_while_rows_are_read() {
    let folder = shop();
    folder.csv("logs", "SELECT 1 / (elb_status_code - 200) FROM requests").exits(2).says("error: divide by zero");
    folder.csv("logs", "SELECT CAST(elb AS int) FROM requests").exits(2).says("app/shop");
    folder
        .csv("logs", "SELECT approx_percentile(elb, 0.5) FROM requests")
        .exits(2)
        .says("approx_percentile takes numbers");
    folder
        .csv("logs", "SELECT approx_percentile(sent_bytes, 2) FROM requests")
        .exits(2)
        .says("has to be from 0 to 1: 2");
}

#[test]
fn too_little_memory_is_said_and_so_is_what_helps() {
    let folder = Workspace::new();
    folder.write("a.log", access_lines(20_000));
    let sql = "SELECT * FROM requests ORDER BY trace_id, time";
    let run = |memory: &str| folder.run(["query", "--memory", memory, "--from", "a.log", "-o", "out.csv", sql]);
    let said = "error: the query needs more memory than it may use";
    run("1MiB").exits(2).says(said).says("hint: a larger --memory allows more");
    assert_eq!(folder.names_in("."), ["a.log"]);
    run("1GiB").done();
    assert_eq!(folder.read("out.csv").lines().count(), 20_001);
}

#[test]
fn a_sample_is_refused_and_not_passed_off_as_one() {
    let folder = shop();
    let sql = "SELECT count(*) FROM requests TABLESAMPLE BERNOULLI (1)";
    folder.csv("logs", sql).exits(2).says("error: TABLESAMPLE is not supported").says("^^^^^^^^^^^");
}
