//! What programs ask.

use arrow::ipc::reader::StreamReader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use super::server::{ROWS, Server, logs};
use crate::ingest::bench::eventually;
use crate::logs::{access_lines, gzip, object_name};

const WINDOW: &str = "since=2026-11-20T10:00&until=2026-11-20T10:10";

#[test]
fn a_report_is_the_report_of_the_command_line() {
    let server = Server::start(&[]);
    let made = server.json(&format!("/api/v1/reports/latency?{WINDOW}&by=elb&status=2xx"));
    let words = ["report", "latency", "--from", "logs", "--since", "2026-11-20T10:00", "--until", "2026-11-20T10:10"];
    let typed =
        server.folder.run([&words[..], &["--by", "elb", "--status", "2xx", "--format", "json"]].concat()).done();
    assert_eq!(made["rows"], serde_json::from_str::<Value>(&typed.stdout).unwrap());
    assert_eq!(made["read"]["rows"].as_u64(), Some(ROWS as u64), "{made}");
    assert_eq!(made["delivered_until"], "2026-11-20T10:05:00.000000Z");
    // The command that it names is that command.
    let command = made["command"].as_str().unwrap();
    let again = server.folder.run(format!("{command} --format json").split(' ').skip(1)).done();
    assert_eq!(again.stdout, typed.stdout, "{command}");
    // And so are its statements.
    let sql = made["sql"][0].as_str().unwrap();
    server.folder.csv("logs", sql).done();
}

#[test]
fn how_far_a_source_is_complete_does_not_depend_on_what_is_asked() {
    let folder = logs();
    folder.write(&format!("logs/{}", object_name("20261120T1305Z")), gzip(access_lines(1)));
    let server = Server::over(folder, &["--from", "logs"]);
    let complete = || server.json("/api/v1/sources")["sources"][0]["complete_until"].clone();
    eventually("what there is was looked at", || !complete().is_null());
    for (asked, delivered) in [
        ("latency?since=2026-11-20T10:00&until=2026-11-20T10:10", "2026-11-20T10:10:00.000000Z"),
        ("latency?since=2026-11-20T10:00&until=2026-11-20T10:02&elb=shop", "2026-11-20T10:02:00.000000Z"),
        ("errors?since=2026-11-20T13:00&until=2026-11-20T13:30", "2026-11-20T13:05:00.000000Z"),
    ] {
        let made = server.json(&format!("/api/v1/reports/{asked}"));
        assert_eq!((&made["complete_until"], &made["delivered_until"]), (&complete(), &json!(delivered)), "{asked}");
    }
    let page = server.get("/report/latency?since=2026-11-20T10:00&until=2026-11-20T10:02").text();
    assert!(page.contains("complete to 2026-11-20 13:05 UTC"), "{page}");
}

#[test]
fn a_report_comes_in_any_form() {
    let server = Server::start(&[]);
    let get = |format: &str| server.get(&format!("/api/v1/reports/status-codes?{WINDOW}&format={format}"));
    assert!(get("csv").text().starts_with("status,requests,"), "{}", get("csv").text());
    assert_eq!(get("ndjson").text().lines().count(), 1);
    let html = get("html");
    assert!(html.text().starts_with("<!DOCTYPE html>") && html.field("content-type").unwrap().starts_with("text/html"));
    assert!(get("parquet").body.starts_with(b"PAR1"));
    assert!(StreamReader::try_new(&get("arrow").body[..], None).unwrap().next().unwrap().unwrap().num_rows() == 1);
    assert_eq!(get("xlsx").refused(), (400, "bad_parameters".to_owned()));
    let accepted = server.get_with(&format!("/api/v1/reports/status-codes?{WINDOW}"), "Accept: text/csv\r\n");
    assert_eq!(accepted.text(), get("csv").text());
}

#[test]
fn what_is_wrong_is_told_with_its_name_and_what_to_do() {
    let server = Server::start(&[]);
    for (path, status, code, said) in [
        ("reports/latncy", 404, "not_found", "did you mean latency?"),
        ("reports/latency?sinse=2h", 400, "bad_parameters", "did you mean since?"),
        ("reports/latency?by=colour", 400, "bad_parameters", "by cannot be colour"),
        ("reports/latency?since=x", 400, "bad_parameters", "--since"),
        ("reports/latency?bucket=0s", 400, "bad_parameters", "a length of time of 1s or more, such as 5m"),
        ("reports/latency?bucket=1ns", 400, "bad_parameters", "--bucket"),
        ("reports/latency?bucket=NaN", 400, "bad_parameters", "--bucket"),
        ("reports/latency?bucket=2h&since=1h", 400, "bad_parameters", "longer than the time that is shown, 1h"),
        ("reports/latency?set=bucket%3D5m", 400, "bad_parameters", "--bucket 5m"),
        ("reports/compare?at=2026-11-20T10:05&window=0s", 400, "bad_parameters", "--window"),
        ("reports/compare?since=1h&baseline=0s", 400, "bad_parameters", "--baseline"),
        ("query?sql=SELECT+1&until=x", 400, "bad_parameters", "--until"),
        ("reports/latency?source=prod", 404, "not_found", "served here: logs"),
        ("reports/latency?source=a&source=b", 400, "bad_parameters", "more than once"),
        ("reports/latency?from=/etc", 400, "bad_parameters", "no parameter named from"),
        ("reports/..%2F..%2Fx.sql", 404, "not_found", "no report named ../../x.sql"),
        ("nothing", 404, "not_found", "nothing is here"),
        ("query", 400, "bad_parameters", "no statement"),
        ("query?sql=SELECT+1&format=html", 400, "bad_parameters", "json, ndjson, csv, arrow, parquet"),
        ("query?sql=SELECT+1&limit=x", 400, "bad_parameters", "limit is no number"),
        ("query?sql=SELECT+1&service=x", 400, "bad_parameters", "no parameter named service"),
    ] {
        let response = server.get(&format!("/api/v1/{path}"));
        assert_eq!(response.refused(), (status, code.to_owned()), "{path}: {}", response.text());
        assert!(response.text().contains(said), "{path}: {}", response.text());
        assert!(!response.text().contains("--help"), "{path}: {}", response.text());
    }
}

#[test]
fn what_no_logs_can_answer_is_the_fault_of_who_asks() {
    let server = Server::start(&[]);
    for asked in [
        "reports/latency?since=2h&until=3h",
        "reports/latency?tz=Nowhere",
        "reports/latency?client=x",
        "reports/latency?target=x",
        "reports/latency?status=999",
        "reports/latency?service=x",
        "reports/latency?account=x",
        "reports/latency?region=%00",
        "reports/latency?what=x",
        "reports/latency?at=2026-11-20T10:00",
        "reports/latency?window=5m",
        "reports/latency?set=x%3D1",
        "reports/paths?set=ids%3D(",
        "reports/paths?bucket=5m&set=order%3Dx",
        "reports/overview?by=elb",
        "reports/trace",
        "reports/trace?what=x",
        "reports/compare",
        "reports/compare?at=2026-11-20T10:00&window=0s",
        "reports/compare?since=1h&baseline=10m",
        "reports/why?status=502,503",
        "reports/why?status=502&status=503",
        "reports/handshakes?status=502",
        "reports/health?host=x",
        "query?sql=SELECT+1&since=2h&until=3h",
        "query?sql=SELECT+1&tz=Nowhere",
        "query?sql=SELECT+:x&param.y=1",
        "query?sql=SELECT+:x&param.x=1&param.y=1",
        "events?sorce=logs",
        "sources?source=logs",
        "queries?x=1",
        "schema?x=1",
        "alerts?x=1",
        "reports?x=1",
        "openapi.json?x=1",
    ] {
        let response = server.get(&format!("/api/v1/{asked}"));
        assert_eq!(response.refused(), (400, "bad_parameters".to_owned()), "{asked}: {}", response.text());
        assert!(!response.text().contains("\\x0A"), "{asked}: {}", response.text());
    }
    let posted =
        server.post("/api/v1/query?source=logs", "Content-Type: application/json\r\n", "{\"sql\":\"SELECT 1\"}");
    assert_eq!(posted.refused(), (400, "bad_parameters".to_owned()));
    // Of pods, an inventory would tell.
    assert_eq!(server.get("/api/v1/reports/latency?by=pod").refused(), (422, "cannot_answer".to_owned()));
}

#[test]
fn statements_are_answered_in_any_form() {
    let server = Server::start(&[]);
    let sql = "SELECT elb_status_code AS status, count(*) AS n FROM requests WHERE client_port > :port GROUP BY 1";
    let response = server.ask(&json!({ "sql": sql, "params": { "port": 1 } }));
    let answer = response.json();
    assert_eq!(answer["rows"], json!([{ "status": 200, "n": ROWS }]), "{answer}");
    assert_eq!(answer["columns"][1], json!({ "name": "n", "type": "Int64" }));
    assert_eq!(
        (&answer["row_count"], &answer["more"], &answer["read"]["rows"]),
        (&json!(1), &json!(false), &json!(ROWS))
    );
    assert_eq!(response.field("albstats-query"), Some(answer["query"].to_string()));
    let encoded = "SELECT%20count(*)%20AS%20n%20FROM%20requests%20WHERE%20client_port%20%3E%20:port&param.port=1";
    assert_eq!(server.get(&format!("/api/v1/query?sql={encoded}&format=csv")).text(), format!("n\n{ROWS}\n"));
    let rows = |format: &str| server.ask(&json!({ "sql": "SELECT time, elb FROM requests", "format": format }));
    assert_eq!(rows("ndjson").text().lines().count(), ROWS);
    let read =
        ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(rows("parquet").body)).unwrap().build().unwrap();
    assert_eq!(read.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), ROWS);
    let arrow = rows("arrow").body;
    let read = StreamReader::try_new(&arrow[..], None).unwrap();
    assert_eq!(read.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), ROWS);
    let none = server.ask(&json!({ "sql": "SELECT elb FROM requests WHERE false" })).json();
    assert_eq!((&none["rows"], &none["row_count"]), (&json!([]), &json!(0)));
}

#[test]
fn a_window_and_load_balancers_restrict_statements() {
    let server = Server::start(&[]);
    let count = |more: Value| {
        let mut question = json!({ "sql": "SELECT count(*) AS n FROM requests" });
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        server.ask(&question).json()["rows"][0]["n"].clone()
    };
    assert_eq!(count(json!({ "since": "2026-11-20T10:00:10", "until": "2026-11-20T10:00:20" })), json!(10));
    assert_eq!(count(json!({ "elb": ["shop"] })), json!(ROWS));
}

#[test]
fn a_statement_reads_tables_and_nothing_else() {
    let server = Server::start(&[]);
    let refused = |sql: &str| server.ask(&json!({ "sql": sql })).refused();
    for sql in [
        "COPY (SELECT 1) TO 'out.csv'",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SET datafusion.execution.batch_size = 1",
        "DROP TABLE requests",
        "INSERT INTO requests SELECT * FROM requests",
        "SELECT 1; SELECT 2",
        "",
    ] {
        assert_eq!(refused(sql), (400, "bad_statement".to_owned()), "{sql}");
    }
    assert!(!server.folder.path("out.csv").exists());
    let response = server.ask(&json!({ "sql": "SELECT elbb\nFROM requests" }));
    let error = response.json();
    assert_eq!(error["position"], json!({ "line": 1, "column": 8 }), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("elb"), "{error}");
    assert_eq!(
        server.ask(&json!({ "sql": "SELECT :x", "params": { "y": 1 } })).refused(),
        (400, "bad_parameters".to_owned())
    );
    for sql in ["SELECT max(elb) OVER (PARTITION BY :x) FROM requests", "SELECT 1 FROM alb_logs LIMIT :x"] {
        let refused = server.ask(&json!({ "sql": sql }));
        let error = refused.json();
        assert_eq!(
            (&error["code"], &error["message"].as_str().unwrap()[..15]),
            (&json!("bad_parameters"), "no value for :x")
        );
        assert_eq!(error["hint"], json!("\"params\": {\"x\": …}"), "{error}");
        assert_eq!(refused.refused(), (400, "bad_parameters".to_owned()));
    }
    assert_eq!(server.ask(&json!({ "sql": "SELECT 1", "parms": {} })).refused(), (400, "bad_parameters".to_owned()));
    assert_eq!(server.ask(&json!({ "sql": "SELECT :x", "params": { "x": [] } })).refused().0, 400);
}

#[test]
fn a_reload_costs_nothing_until_something_new_came() {
    let server = Server::start(&[]);
    let path = format!("/api/v1/reports/latency?{WINDOW}");
    let known = || !server.json("/api/v1/sources")["sources"][0]["complete_until"].is_null();
    eventually("what there is was looked at", known);
    let first = server.get(&path);
    let etag = first.field("etag").unwrap();
    assert_eq!(first.field("cache-control").as_deref(), Some("private, no-cache"));
    let second = server.get_with(&path, &format!("If-None-Match: {etag}\r\n"));
    assert_eq!((second.status, second.body.len()), (304, 0));
    let asked = |json: Value| json["recent"].as_array().unwrap().len();
    assert_eq!(asked(server.json("/api/v1/queries")), 1, "it was made once");
    assert_ne!(server.get(&format!("{path}&format=csv")).field("etag").unwrap(), etag);
}

#[test]
fn what_there_is_can_be_looked_up() {
    let server = Server::start(&[]);
    let schema = server.json("/api/v1/schema");
    let tables: Vec<&str> =
        schema["tables"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(tables, ["requests", "connections", "health_checks", "rejected_lines", "log_objects"]);
    assert_eq!(schema["tables"][0]["columns"][0]["name"], "type");
    let reports = server.json("/api/v1/reports");
    assert!(reports["reports"].as_array().unwrap().iter().any(|report| report["name"] == "why"));
    let sources = server.json("/api/v1/sources");
    assert_eq!((&sources["sources"][0]["name"], &sources["sources"][0]["ready"]), (&json!("logs"), &json!(true)));
    assert_eq!(sources["sources"][0]["live"], Value::Null);
}

#[test]
fn names_that_are_no_text_are_told_as_others() {
    let server = Server::start(&[]);
    assert_eq!(server.get("/api/v1/reports/%ff").refused(), (404, "not_found".to_owned()));
    let known = server.get_with(&format!("/api/v1/reports/latency?{WINDOW}"), "If-None-Match: *\r\n");
    assert_eq!(known.status, 304);
}

#[test]
fn each_format_has_its_own_tag() {
    let server = Server::start(&[]);
    let known = || !server.json("/api/v1/sources")["sources"][0]["complete_until"].is_null();
    eventually("what there is was looked at", known);
    let tags: std::collections::BTreeSet<String> = ["json", "ndjson", "csv", "html", "arrow", "parquet", "markdown"]
        .into_iter()
        .filter_map(|format| server.get(&format!("/api/v1/reports/latency?{WINDOW}&format={format}")).field("etag"))
        .collect();
    assert!(tags.len() >= 6, "{tags:?}");
}

#[test]
fn a_source_that_is_not_there_is_told() {
    let server = Server::start(&["--poll", "1s"]);
    std::fs::rename(server.folder.path("logs"), server.folder.path("gone")).unwrap();
    let problem = || server.json("/api/v1/sources")["sources"][0]["problem"].clone();
    eventually("it is told", || problem().to_string().contains("logs"));
    eventually("it is said", || server.said().contains("warning: logs: "));
    assert!(server.get("/ingestion").text().contains("logs"));
    std::fs::rename(server.folder.path("gone"), server.folder.path("logs")).unwrap();
    eventually("it is over", || problem().is_null() && server.said().contains("logs: can be read again"));
}

#[test]
fn what_services_are_called_counts_at_once() {
    let folder = logs();
    folder.write("albstats.toml", "inventory = \"inventory.json\"\n");
    let server = Server::over(folder, &["--from", "logs", "--config", "albstats.toml"]);
    let known = || !server.json("/api/v1/sources")["sources"][0]["complete_until"].is_null();
    eventually("what there is was looked at", known);
    let tag = || server.get(&format!("/api/v1/reports/latency?{WINDOW}")).field("etag").unwrap();
    let before = tag();
    assert_eq!(tag(), before);
    server.folder.write("inventory.json", "{}");
    eventually("it is made anew", || tag() != before);
}
