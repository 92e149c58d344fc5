//! `albstats query --engine athena`, `albstats athena` and the views, against a stand-in for Athena.

use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::fake_aws::{FakeAws, error, execution, usual};
use super::support::{Answer, Workspace, finish, repository};

const COUNT: &str = "SELECT elb, count(*) AS n FROM requests GROUP BY elb";

fn run(aws: &FakeAws, args: &[&str]) -> Answer {
    let folder = Workspace::new();
    let mut command = folder.command(args);
    aws.environment(&mut command);
    finish(command, b"")
}

fn ask(aws: &FakeAws, more: &[&str]) -> Answer {
    run(aws, &[&["query", "--engine", "athena", "--format", "csv"], more].concat())
}

fn row(values: &[Option<&str>]) -> Value {
    let datum = |value: Option<&str>| value.map_or(json!({}), |value| json!({ "VarCharValue": value }));
    json!({ "Data": values.iter().copied().map(datum).collect::<Vec<_>>() })
}

/// A page of two columns.
fn page(rows: &[Value], next: Option<&str>) -> (u16, Value) {
    let column = |name: &str, sql_type: &str| json!({ "Name": name, "Label": name, "Type": sql_type, "Precision": 0, "Scale": 0 });
    let columns = json!([column("elb", "varchar"), column("n", "bigint")]);
    (200, json!({ "ResultSet": { "Rows": rows, "ResultSetMetadata": { "ColumnInfo": columns } }, "NextToken": next }))
}

/// Two pages, of which the first begins with the header.
fn two_pages(operation: &str, body: &Value) -> (u16, Value) {
    match (operation, body["NextToken"].as_str()) {
        ("GetQueryResults", None) => {
            page(&[row(&[Some("elb"), Some("n")]), row(&[Some("app/a/1"), Some("9007199254740993")])], Some("second"))
        }
        ("GetQueryResults", Some("second")) => page(&[row(&[None, Some("0")]), row(&[Some("elb"), Some("7")])], None),
        _ => usual(operation),
    }
}

#[test]
fn pages_are_one_answer_with_its_types() {
    let aws = FakeAws::start(&[], two_pages);
    let answer = ask(&aws, &[COUNT]).done().says("Athena read 41 MB, $0.0002, in 2.31 s");
    assert_eq!(answer.stdout, "elb,n\napp/a/1,9007199254740993\n,0\nelb,7\n");
    let json = run(&aws, &["query", "--engine", "athena", "--format", "ndjson", "-q", COUNT]).done();
    assert_eq!(
        (json.stdout.lines().next().unwrap(), json.stderr.as_str()),
        (r#"{"elb":"app/a/1","n":9007199254740993}"#, "")
    );
    let started = &aws.asked("StartQueryExecution")[0];
    assert_eq!(started["QueryString"], COUNT);
    assert_eq!(started["QueryExecutionContext"], json!({ "Database": "albstats", "Catalog": "AwsDataCatalog" }));
    assert_eq!((&started["WorkGroup"], &started["ResultConfiguration"]), (&json!("primary"), &Value::Null));
    assert_eq!(aws.asked("GetQueryResults")[0]["MaxResults"], 1000);
}

#[test]
fn window_parameters_and_places_are_sent() {
    let aws = FakeAws::start(&[], two_pages);
    let window = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T11:00", "--database", "lake", "--reuse", "90m"];
    let place = ["--set", "status=500", "--set", "host=it's", "--workgroup", "logs", "--output-location", "s3://out/x"];
    let sql = "SELECT elb FROM requests WHERE elb_status_code >= :status AND domain_name = :host";
    ask(&aws, &[&window[..], &place, &[sql]].concat()).done();
    let started = &aws.asked("StartQueryExecution")[0];
    assert_eq!(
        started["QueryString"],
        "WITH \"requests\" AS (SELECT * FROM \"lake\".\"requests\" WHERE day BETWEEN '2026-11-20' AND '2026-11-20' AND \
         time >= TIMESTAMP '2026-11-20 10:00:00.000000' AND time < TIMESTAMP '2026-11-20 11:00:00.000000') SELECT elb \
         FROM requests WHERE elb_status_code >= ? AND domain_name = ?"
    );
    assert_eq!(started["ExecutionParameters"], json!(["500", "'it''s'"]));
    assert_eq!(started["WorkGroup"], "logs");
    assert_eq!(started["ResultConfiguration"]["OutputLocation"], "s3://out/x/");
    let reuse = &started["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"];
    assert_eq!(*reuse, json!({ "Enabled": true, "MaxAgeInMinutes": 90 }));
}

#[test]
fn a_failed_statement_gives_athenas_own_reason() {
    let aws = FakeAws::start(&[], |operation, _| match operation {
        "GetQueryExecution" => {
            let reason = "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved";
            (200, execution(&json!({ "State": "FAILED", "StateChangeReason": reason })))
        }
        _ => usual(operation),
    });
    let answer = ask(&aws, &["SELECT x FROM requests"]).exits(2);
    assert_eq!(answer.stderr, "error: Athena: COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved\n");
    let denied = FakeAws::start(&[], |operation, _| match operation {
        "StartQueryExecution" => error("AccessDeniedException", "not authorized"),
        _ => usual(operation),
    });
    ask(&denied, &[COUNT])
        .exits(2)
        .says("athena:StartQueryExecution: not authorized\nhint: albstats iam policy athena");
}

#[test]
fn throttling_passes() {
    let count = AtomicUsize::new(0);
    let aws = FakeAws::start(&[], move |operation, body| match operation {
        "StartQueryExecution" if count.fetch_add(1, Ordering::SeqCst) < 2 => {
            error("TooManyRequestsException", "Rate exceeded")
        }
        _ => two_pages(operation, body),
    });
    assert_eq!(ask(&aws, &[COUNT]).done().rows().len(), 3);
    let started = aws.asked("StartQueryExecution");
    assert_eq!(started.len(), 3);
    // The same token each time: the statement runs once, whatever became of the first request.
    assert!(started.iter().all(|body| body["ClientRequestToken"] == started[0]["ClientRequestToken"]));
}

#[test]
fn it_is_waited_for_and_reused_answers_are_free() {
    let count = AtomicUsize::new(0);
    let aws = FakeAws::start(&[], move |operation, body| match operation {
        "GetQueryExecution" if count.fetch_add(1, Ordering::SeqCst) < 2 => {
            (200, execution(&json!({ "State": "RUNNING" })))
        }
        "GetQueryExecution" => {
            let mut ended = execution(&json!({ "State": "SUCCEEDED" }));
            ended["QueryExecution"]["Statistics"]["ResultReuseInformation"] = json!({ "ReusedPreviousResult": true });
            (200, ended)
        }
        _ => two_pages(operation, body),
    });
    ask(&aws, &[COUNT]).done().says("Athena reused an earlier answer, $0, in 2.31 s");
    assert_eq!(aws.asked("GetQueryExecution").len(), 3);
}

#[cfg(unix)]
#[test]
fn an_interrupted_statement_is_stopped() {
    let aws = FakeAws::start(&[], |operation, _| match operation {
        "GetQueryExecution" => (200, execution(&json!({ "State": "RUNNING" }))),
        _ => usual(operation),
    });
    let folder = Workspace::new();
    let mut command = folder.command(["query", "--engine", "athena", COUNT]);
    aws.environment(&mut command);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while aws.asked("GetQueryExecution").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: interrupted; the statement was stopped\n");
    assert_eq!(aws.asked("StopQueryExecution"), [json!({ "QueryExecutionId": "id-1" })]);
}

#[test]
fn a_workgroup_has_its_say_about_results() {
    let group = |configuration: Value| {
        move |operation: &str, body: &Value| match operation {
            "GetWorkGroup" => (200, json!({ "WorkGroup": { "Name": "w", "Configuration": configuration } })),
            _ => two_pages(operation, body),
        }
    };
    let nowhere = FakeAws::start(&[], group(json!({})));
    ask(&nowhere, &[COUNT]).exits(2).says("workgroup primary has no place for results\nhint: --output-location s3://");
    ask(&nowhere, &["--output-location", "s3://out", COUNT]).done();
    let own = json!({ "OutputLocation": "s3://own/" });
    let enforced =
        FakeAws::start(&[], group(json!({ "EnforceWorkGroupConfiguration": true, "ResultConfiguration": own })));
    ask(&enforced, &["--output-location", "s3://out", COUNT])
        .done()
        .says("notice: results go to s3://own/, not to s3://out");
    assert_eq!(enforced.asked("StartQueryExecution")[0]["ResultConfiguration"], Value::Null);
}

#[test]
fn what_may_cost_too_much_is_refused() {
    let day = |day: u8, size: u64| {
        (format!("v1/requests/account=1/region=r/day=2026-11-{day}/2026-11-{day}T10.parquet"), size)
    };
    let objects = [day(20, 1_000_000_000_000), day(21, 1_000_000_000)];
    let objects: Vec<(&str, u64)> = objects.iter().map(|(key, size)| (key.as_str(), *size)).collect();
    let aws = FakeAws::start(&objects, |operation, body| match operation {
        "GetTableMetadata" => {
            let parameters = json!({ "location": "s3://lake/v1/requests", "projection.account.values": "1", "projection.region.values": "r" });
            (200, json!({ "TableMetadata": { "Name": "requests", "Parameters": parameters } }))
        }
        _ => two_pages(operation, body),
    });
    let window = ["--since", "2026-11-21", "--until", "2026-11-22", "--max-cost"];
    let answer = ask(&aws, &["--max-cost", "1", COUNT]).exits(2);
    assert_eq!(
        answer.stderr,
        "error: the statement may read 1.0 TB, for about $5.00; --max-cost is $1.00\nhint: narrow it with --since and \
         --until, or allow it with --max-cost 5.01\n"
    );
    assert!(aws.statements().is_empty());
    ask(&aws, &[&window[..], &["0.01", COUNT]].concat()).done().says("at most 1.0 GB to read, $0.005");
    let unknown = FakeAws::start(&[], |operation, body| match operation {
        "GetTableMetadata" => (200, json!({ "TableMetadata": { "Name": "requests", "TableType": "VIRTUAL_VIEW" } })),
        _ => two_pages(operation, body),
    });
    ask(&unknown, &["--max-cost", "0.01", COUNT]).done().says("notice: --max-cost is not checked");
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let folder = Workspace::new();
    let refused = |args: &[&str], text: &str| {
        folder.run(["query"].iter().chain(args).chain(&[COUNT])).exits(2).says(text);
    };
    refused(
        &["--engine", "athena", "--from", "logs"],
        "reads the tables of a database, not logs\nhint: leave --from out",
    );
    refused(&["--engine", "athena", "--since", "1h", "--until", "2h"], "--since is not before --until");
    refused(&["--engine", "athena", "--reuse", "8d"], "--reuse takes up to 7d");
    folder.run(["query", "--engine", "athena", "DROP TABLE requests"]).exits(2).says("DROP is not a question");
}

/// Tables as the catalog describes them after `sync` has made them: what `ddl` prints, read back.
fn catalog(views: bool) -> Vec<(String, Value)> {
    let folder = Workspace::new();
    let covers = ["--account", "111111111111", "--region", "eu-west-1", "--since", "2026-11-19"];
    let args = [&["athena", "ddl", "--location", "s3://lake/v1"][..], &covers].concat();
    let ddl = folder.run(args).done().stdout;
    let mut tables: Vec<(String, Value)> =
        ddl.split("CREATE EXTERNAL TABLE IF NOT EXISTS `").skip(1).map(table).collect();
    if views {
        let names = ["day", "account", "region", "kind", "reason", "rejected", "objects"];
        let columns = names.map(|name| json!({ "Name": name, "Type": "varchar" }));
        let view = json!({ "Name": "v", "TableType": "VIRTUAL_VIEW", "Columns": columns });
        tables.push(("rejected_lines_by_day".to_owned(), view));
    }
    tables
}

fn table(ddl: &str) -> (String, Value) {
    let name = ddl.split('`').next().unwrap();
    let mut parameters: serde_json::Map<String, Value> = ddl
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once("' = '"))
        .map(|(key, value)| (key[1..].to_owned(), value.trim_end_matches('\'').into()))
        .collect();
    parameters.insert("location".to_owned(), format!("s3://lake/v1/{name}").into());
    let column = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.strip_prefix('`')?.strip_suffix('`')?;
        Some(json!({ "Name": name, "Type": words.next()?.trim_end_matches(',') }))
    };
    let columns: Vec<Value> = ddl.lines().filter(|line| line.starts_with("  `")).filter_map(column).collect();
    let keys = ["account", "region", "day"].map(|name| json!({ "Name": name, "Type": "string" }));
    let metadata = json!({ "Name": name, "TableType": "EXTERNAL_TABLE", "Columns": columns, "PartitionKeys": keys, "Parameters": parameters });
    (name.to_owned(), metadata)
}

const EXPORT: &[(&str, u64)] = &[
    ("v1/_albstats.json", 1),
    ("v1/requests/account=111111111111/region=eu-west-1/day=2026-11-19/2026-11-20T00.parquet", 1),
    ("v1/requests/account=111111111111/region=eu-west-1/day=2026-11-20/2026-11-20T00.parquet", 1),
    ("v1/log_objects/account=111111111111/region=eu-west-1/day=2026-11-20/access-2026-11-20T00.parquet", 1),
];

/// Athena over [`EXPORT`] whose catalog has these tables; no table at all is no database.
fn lake(tables: Vec<(String, Value)>) -> FakeAws {
    FakeAws::start(EXPORT, move |operation, body| match operation {
        "GetDatabase" if tables.is_empty() => error("MetadataException", "EntityNotFoundException: Database albstats"),
        "GetDatabase" => (200, json!({ "Database": { "Name": "albstats" } })),
        "GetTableMetadata" => match tables.iter().find(|(name, _)| body["TableName"] == name.as_str()) {
            Some((_, metadata)) => (200, json!({ "TableMetadata": metadata })),
            None => error("MetadataException", "EntityNotFoundException: Table not found"),
        },
        _ => usual(operation),
    })
}

fn sync(aws: &FakeAws, more: &[&str]) -> Answer {
    run(aws, &[&["athena", "sync", "--location", "s3://lake/v1/"], more].concat())
}

#[test]
fn sync_makes_everything_where_there_is_nothing() {
    let aws = lake(Vec::new());
    let script = sync(&aws, &["--dry-run"]).exits(1).says("s3://lake/v1: 1 account, 1 region, since 2026-11-19").stdout;
    assert!(aws.statements().is_empty());
    assert!(script.starts_with("-- albstats: there is no such database\nCREATE DATABASE IF NOT EXISTS `albstats`;\n"));
    assert!(script.contains("'projection.day.range' = '2026-11-19,NOW+1DAYS'"));
    let answer = sync(&aws, &["--views"]).done().says("requests: there is no such table: done");
    assert_eq!(answer.stdout, "");
    let statements = aws.statements();
    assert_eq!(statements.len(), 1 + 5 + 4);
    assert!(statements[0].starts_with("CREATE DATABASE") && statements[9].starts_with("CREATE OR REPLACE VIEW"));
    let contexts = aws.asked("StartQueryExecution");
    assert!(contexts[0]["QueryExecutionContext"].get("Database").is_none());
    assert_eq!(contexts[1]["QueryExecutionContext"]["Database"], "albstats");
    // What it would print and what it did are the same.
    assert!(statements[..6].iter().all(|statement| script.contains(&format!("{statement};\n"))));
}

#[test]
fn sync_leaves_what_is_right_alone() {
    let aws = lake(catalog(false));
    for more in [&[][..], &["--dry-run"]] {
        let answer = sync(&aws, more).done().says("database albstats is as it should be");
        assert_eq!(answer.stdout, "");
    }
    assert!(aws.statements().is_empty());
    let views = sync(&lake(catalog(true)), &["--views", "--dry-run"]).exits(1).stdout;
    assert_eq!(views.matches("CREATE OR REPLACE VIEW").count(), 3, "{views}");
}

#[test]
fn sync_mends_what_differs() {
    let mut tables = catalog(false);
    for (name, metadata) in &mut tables {
        match name.as_str() {
            "requests" => {
                let columns = metadata["Columns"].as_array_mut().unwrap();
                columns.retain(|column| column["Name"] != "elb_error_code");
                metadata["Parameters"]["projection.account.values"] = "222222222222".into();
            }
            "connections" => metadata["Parameters"]["projection.day.range"] = "2026-11-20,NOW+1DAYS".into(),
            "log_objects" => metadata["Columns"][0]["Type"] = "int".into(),
            _ => {}
        }
    }
    let aws = lake(tables);
    let script = sync(&aws, &["--dry-run"]).exits(1).stdout;
    assert!(script.contains("-- requests: it has no column elb_error_code\n"), "{script}");
    assert!(script.contains("-- requests: projection.account.values is 222222222222, should be 111111111111\n"));
    sync(&aws, &[]).done().says("log_objects: log_object is int, should be string: done");
    let beginnings: Vec<String> = aws
        .statements()
        .iter()
        .map(|statement| statement.split('\n').next().unwrap().chars().take(50).collect())
        .collect();
    assert_eq!(
        beginnings,
        [
            "ALTER TABLE `requests` ADD COLUMNS (`elb_error_cod",
            "ALTER TABLE `requests` SET TBLPROPERTIES (",
            "ALTER TABLE `connections` SET TBLPROPERTIES (",
            "DROP TABLE IF EXISTS `log_objects`",
            "CREATE EXTERNAL TABLE IF NOT EXISTS `log_objects` ",
        ]
    );
}

#[test]
fn sync_makes_a_missing_table() {
    let mut tables = catalog(false);
    tables.retain(|(name, _)| name != "health_checks");
    let aws = lake(tables);
    sync(&aws, &[]).done().says("health_checks: there is no such table: done");
    assert_eq!(aws.statements().len(), 1);
}

#[test]
fn sync_needs_an_export_in_its_own_region() {
    let empty = FakeAws::start(&[("other/x", 1)], |operation, _| usual(operation));
    sync(&empty, &[]).exits(2).says("error: no export at s3://lake/v1: ");
    let folder = Workspace::new();
    let aws = lake(Vec::new());
    let mut command = folder.command(["athena", "sync", "--location", "s3://lake/v1"]);
    aws.environment(&mut command);
    command.env("AWS_REGION", "us-east-1");
    finish(command, b"").exits(2).says("s3://lake/v1 is in eu-west-1, but Athena is asked in us-east-1");
}

#[test]
fn views_run_here_too_and_have_the_columns_they_say() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "1", "--duration", "5m"]).done();
    let aws = lake(Vec::new());
    let script = sync(&aws, &["--dry-run", "--views"]).exits(1).stdout;
    let mut views = 0;
    for view in script.split("CREATE OR REPLACE VIEW \"").skip(1) {
        let (name, rest) = view.split_once("\" AS\n").unwrap();
        let sql = rest.split(';').next().unwrap();
        let answer = folder.csv("logs", sql).done();
        let file = std::fs::read_to_string(repository("src/ask/athena/views").join(format!("{name}.sql"))).unwrap();
        assert!(file.starts_with("-- ") && file.contains(sql.trim()), "{name}");
        let source = std::fs::read_to_string(repository("src/ask/athena/views.rs")).unwrap();
        for column in answer.stdout.lines().next().unwrap().split(',') {
            assert!(source.contains(&format!("\"{column}\"")), "{name}: {column}");
        }
        views += 1;
    }
    assert_eq!(views, 4);
}

#[test]
fn ddl_can_be_told_what_it_covers() {
    let folder = Workspace::new();
    let covers = ["--account", "111111111111", "--account", "222222222222", "--region", "eu-west-1"];
    let ddl = |more: &[&str]| folder.run([&["athena", "ddl"], more, &covers].concat());
    let one = ddl(&["requests", "--location", "s3://lake", "--since", "2026-01-01"]).done().stdout;
    assert!(
        one.contains("'projection.account.values' = '111111111111,222222222222'") && one.ends_with("\n);\n"),
        "{one}"
    );
    assert_eq!(ddl(&["--location", "s3://lake/v1"]).done().stdout.matches("CREATE EXTERNAL TABLE").count(), 5);
    let raw = ddl(&["--raw", "s3://logs/eks"]).done().stdout;
    assert_eq!(raw.matches("CREATE EXTERNAL TABLE").count(), 3);
    assert!(raw.contains("s3://logs/eks/AWSLogs/${account}/elasticloadbalancing/${region}/${day}"));
    ddl(&["alb_logs", "--raw", "s3://logs"]).exits(2).says("hint: alb_access_logs, alb_connection_logs, ");
    ddl(&["--location", "lake"]).exits(2).says("expected s3://bucket/prefix");
    ddl(&[]).exits(2).says("--location");
}

#[test]
fn policies_are_json_and_say_what_is_missing() {
    let folder = Workspace::new();
    for (purpose, flags) in [
        ("read", &["--bucket", "logs"][..]),
        ("export", &["--bucket", "logs", "--to", "s3://lake/v1", "--kms", "arn:aws:kms:eu-west-1:1:key/k"]),
        ("athena", &["--to", "s3://lake/v1", "--output-location", "s3://out", "--partition", "aws-us-gov"]),
    ] {
        let answer = folder.run([&["iam", "policy", purpose], flags].concat()).done();
        let policy: Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!((policy["Version"].as_str(), answer.stderr.as_str()), (Some("2012-10-17"), ""));
        assert!(!answer.stdout.contains("BUCKET") && !answer.stdout.contains("LAKE"));
    }
    folder.run(["iam", "policy", "read"]).done().says("notice: BUCKET has to be replaced: --bucket");
    folder.run(["iam", "policy", "athena"]).done().says("notice: nothing is allowed on results");
}
