//! Exports answer as the logs that they were made from do, and read little for it.

use std::sync::OnceLock;

use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::logs::{access, gzip, object_name};
use super::s3::{Effect, Operation, Rule, S3Server};
use super::support::{Answer, Workspace};

/// What an export says of itself.
const SETTINGS: &str = "_albstats.json";

/// Two hours around midnight of two load balancers in `logs`, with lines that are none and a row that came late; their
/// export in `lake`.
fn shop() -> &'static Workspace {
    static SHOP: OnceLock<Workspace> = OnceLock::new();
    SHOP.get_or_init(|| {
        let folder = Workspace::new();
        let args = ["generate", "logs", "--rps", "3", "--duration", "2h", "--start", "2026-11-20T23:00:00Z"];
        folder.run(args.iter().chain(&["--load-balancers", "2", "--nodes", "1"])).done();
        let at = |time: &str| access(&format!("2026-11-{time}.000000Z"), 502);
        let odd = at("21T00:03:00") + "nonsense\n" + &at("20T20:00:00") + "https not-a-time x\n";
        folder.write(&format!("logs/{}", object_name("20261121T0005Z")), gzip(odd));
        folder.write(
            &format!("logs/{}", object_name("20261120T2330Z")),
            gzip("neither\n".to_owned() + &at("20T23:29:59")),
        );
        export(&folder, "lake");
        folder
    })
}

/// Thirty hours of one load balancer, three days, in `lake`.
fn days() -> &'static Workspace {
    static DAYS: OnceLock<Workspace> = OnceLock::new();
    DAYS.get_or_init(|| {
        let folder = Workspace::new();
        let args = ["generate", "logs", "--rps", "2", "--duration", "30h", "--start", "2026-11-19T21:00:00Z"];
        folder.run(args.iter().chain(&["--load-balancers", "1", "--nodes", "1"])).done();
        export(&folder, "lake");
        folder
    })
}

fn export(folder: &Workspace, to: &str) {
    let args = ["export", "--from", "logs", "--to", to, "--since", "2026-11-18", "--until", "2026-11-23"];
    folder.run(args.iter().chain(&["--settle", "0s"])).done();
}

/// A bucket with the workspace's export in it.
fn bucket(folder: &Workspace) -> S3Server {
    let server = S3Server::start();
    server.put_folder("lake", "prod/v1/", &folder.path("lake"));
    server
}

const QUESTIONS: [&str; 32] = [
    "SELECT count(*) FROM requests",
    "SELECT count(*), count(target_ip), sum(sent_bytes), min(time), max(time) FROM requests",
    "SELECT elb_status_code, count(*) FROM requests GROUP BY 1 ORDER BY 2 DESC, 1",
    "SELECT split_part(target_group_arn, '/', 2) AS target_group, count(*) AS requests, count_if(elb_status_code >= 500) AS e,
            approx_percentile(target_processing_time, 0.5) AS p50, approx_percentile(target_processing_time, 0.99) AS p99
     FROM requests WHERE target_group_arn IS NOT NULL GROUP BY 1 ORDER BY p99 DESC, 1 LIMIT 6",
    "SELECT * FROM requests ORDER BY time, trace_id LIMIT 40",
    "SELECT * FROM requests WHERE elb_status_code >= 500 ORDER BY time, trace_id",
    "SELECT * FROM connections ORDER BY time, conn_trace_id, client_port LIMIT 40",
    "SELECT * FROM health_checks ORDER BY time, target_ip, elb LIMIT 40",
    "SELECT * FROM rejected_lines ORDER BY log_object, line_number",
    "SELECT log_object, kind, elb, node_ip, interval_end, size, modified, etag, rows, rejected_lines, error, day, account, region
     FROM log_objects ORDER BY log_object",
    "SELECT kind, count(*), sum(rows), sum(rejected_lines), count(error) FROM log_objects GROUP BY kind ORDER BY kind",
    "SELECT day, account, region, count(*) FROM requests GROUP BY 1, 2, 3 ORDER BY 1",
    "SELECT count(*) FROM requests WHERE day = '2026-11-20'",
    "SELECT count(*) FROM requests WHERE day LIKE '%-21' OR elb LIKE 'app/shop/%'",
    "SELECT count(*) FROM requests WHERE substr(day, 9) = '21'",
    "SELECT count(*) FROM requests WHERE day IN ('2026-11-19', '2026-11-21') AND account <> '1'",
    "SELECT count(*) FROM requests WHERE account IS NULL OR region = 'us-east-1'",
    "SELECT count(*) FROM requests WHERE time >= '2026-11-20T23:30' AND time < '2026-11-21T00:10'",
    "SELECT time, elb_status_code FROM requests WHERE time < TIMESTAMP '2026-11-20 23:00:00' ORDER BY time",
    "SELECT time, request_url FROM requests WHERE elb_status_code = 999",
    "SELECT time, time - INTERVAL '1' DAY AS before, date_trunc('hour', time) AS hour, time - request_creation_time AS took
     FROM requests ORDER BY time DESC, trace_id LIMIT 7",
    "SELECT r.domain_name, c.tls_protocol, count(DISTINCT c.client_ip) AS clients, count(*) AS requests
     FROM connections c JOIN requests r ON r.conn_trace_id = c.conn_trace_id
     WHERE c.tls_protocol <> 'TLSv1.3' GROUP BY 1, 2 ORDER BY clients DESC, 1, 2 LIMIT 8",
    "SELECT count(*) FROM requests WHERE time = (SELECT max(time) FROM requests)",
    "SELECT count(*) FROM requests WHERE day = (SELECT max(day) FROM connections)",
    "SELECT count(*) FROM requests r WHERE EXISTS (SELECT 1 FROM connections c WHERE c.conn_trace_id = r.conn_trace_id)",
    "SELECT count(*) FROM requests WHERE client_ip NOT IN (SELECT client_ip FROM connections WHERE client_ip IS NOT NULL)",
    "SELECT (SELECT count(*) FROM requests WHERE day = '2026-11-21') AS a, (SELECT count(*) FROM requests) AS b",
    "WITH e AS (SELECT time, 'request' AS what FROM requests UNION ALL SELECT time, 'connection' FROM connections)
     SELECT what, time, count(*) OVER (PARTITION BY what) AS n FROM e ORDER BY time, what LIMIT 20",
    "SELECT count(*) FROM requests WHERE target_processing_time IS NULL OR user_agent IS NULL",
    "SELECT request_verb, request_proto, count(*) FROM requests WHERE request_url LIKE '%/cart%' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
    "SELECT table_name, column_name, ordinal_position, is_nullable, data_type FROM information_schema.columns ORDER BY 1, 3",
    "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'logs' ORDER BY 1",
];

/// The logs as an export knows them: the same from every folder.
fn named(folder: &Workspace) -> String {
    folder.path("logs").canonicalize().unwrap().to_string_lossy().into_owned()
}

#[test]
fn an_export_answers_as_its_logs_do() {
    let folder = shop();
    let server = bucket(folder);
    for sql in QUESTIONS {
        let logs = folder.csv(&named(folder), sql).done();
        assert_eq!(folder.csv("lake", sql).done().stdout, logs.stdout, "{sql}");
        let remote = server.run(folder, ["query", "--format", "csv", "--from", "s3://lake/prod/v1/", sql]).done();
        assert_eq!(remote.stdout, logs.stdout, "s3: {sql}");
    }
}

#[test]
fn tables_describe_themselves_alike() {
    let folder = shop();
    for table in ["requests", "connections", "health_checks", "rejected_lines", "log_objects"] {
        for sql in [format!("DESCRIBE {table}"), format!("SELECT * FROM {table} LIMIT 0")] {
            assert_eq!(folder.csv("lake", &sql).done().stdout, folder.csv("logs", &sql).done().stdout, "{sql}");
        }
    }
}

#[test]
fn any_window_gives_the_rows_of_the_logs() {
    let folder = shop();
    let elb = folder.value("logs", "SELECT min(elb) FROM connections");
    let name = elb.split('/').nth(1).unwrap();
    let questions = [
        "SELECT count(*), min(time), max(time), sum(sent_bytes) FROM requests",
        "SELECT sent_bytes FROM requests ORDER BY time, trace_id LIMIT 3",
        "SELECT count(*), min(time), max(time) FROM health_checks",
        "SELECT log_object, line_number FROM rejected_lines ORDER BY 1, 2",
        "SELECT log_object, rows FROM log_objects ORDER BY 1",
    ];
    for flags in [
        &["--since", "2026-11-20T23:40", "--until", "2026-11-21T00:10"][..],
        &["--since", "2026-11-20T23:40:00.5"],
        &["--since", "2026-11-21", "--until", "2026-11-22"],
        &["--until", "2026-11-21"],
        &["--since", "2026-11-20T23:10", "--until", "2026-11-20T23:11", "--margin", "10m"],
        &["--elb", name],
        &["--elb", &elb, "--elb", "shop", "--since", "2026-11-20T23:20"],
        &["--elb", "app/shop/50dc6c495c0c9188", "--until", "2026-11-21T00:00"],
    ] {
        for sql in questions {
            let ask =
                |from: &str| folder.run([&["query", "--format", "csv", "--from", from], flags, &[sql]].concat()).done();
            assert_eq!(ask("lake").stdout, ask(&named(folder)).stdout, "{flags:?} {sql}");
        }
    }
}

/// A row that came hours late is under its own day in an export; among logs only a larger margin finds it.
#[test]
fn rows_later_than_the_margin_are_found() {
    let folder = shop();
    let ask = |from, more: &[&str]| {
        let args =
            ["query", "--format", "csv", "--from", from, "--since", "2026-11-20T20:00", "--until", "2026-11-20T20:01"];
        folder.run([&args, more, &["SELECT count(*) FROM requests"]].concat()).done().value()
    };
    assert_eq!(ask("logs", &["--margin", "5h"]), "1");
    assert_eq!(ask("lake", &[]), "1");
}

#[test]
fn the_closing_line_says_what_was_read() {
    let folder = days();
    let ask = |sql| folder.csv("lake", sql).done();
    let answer = ask("SELECT count(*), sum(sent_bytes) FROM requests WHERE day = '2026-11-20'");
    let rows = answer.value().split(',').next().unwrap().to_owned();
    let said: String = answer.stderr.split(" files, ").nth(1).unwrap().split(" rows").next().unwrap().replace(',', "");
    assert_eq!(said, rows);
    assert!(answer.stderr.contains("; pruned 2 folders by name"), "{}", answer.stderr);
    let answer = ask("SELECT count(*) FROM requests WHERE day = '2026-11-23'");
    assert!(answer.stderr.starts_with("0 files, 0 rows, 0 B in "), "{}", answer.stderr);
    assert_eq!(folder.run(["query", "--quiet", "--from", "lake", "SELECT 1"]).done().stderr, "");
}

#[test]
fn plans_show_what_is_pruned_and_pushed_down() {
    let folder = days();
    let plan = |sql: &str| folder.csv("lake", &format!("EXPLAIN {sql}")).done().stdout;
    let hour = plan("SELECT count(*) FROM requests WHERE time >= '2026-11-20T22:00' AND time < '2026-11-20T23:00'");
    // The hour, the ones after it of the same day, and nothing before it; no filter is left above the files.
    assert!(hour.contains("day=2026-11-20/2026-11-20T22.parquet") && !hour.contains("2026-11-20T21.parquet"), "{hour}");
    assert!(
        !hour.contains("day=2026-11-19") && !hour.contains("day=2026-11-21") && !hour.contains("FilterExec"),
        "{hour}"
    );
    assert!(hour.contains("predicate=") && hour.contains("pruning_predicate=time_"), "{hour}");
    let id = plan("SELECT request_url FROM requests WHERE trace_id = 'x'");
    assert!(id.contains("required_guarantees=[trace_id in (x)]"), "{id}");
    let analyzed = plan("ANALYZE SELECT count(*) FROM requests WHERE elb_status_code = 502");
    assert!(analyzed.contains("row_groups_pruned_statistics"), "{analyzed}");
}

/// Bytes that ranges of GET requests asked for.
fn bytes_got(server: &S3Server) -> u64 {
    let bytes = |range: &str| {
        let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
        Some(last.parse::<u64>().ok()? - first.parse::<u64>().ok()? + 1)
    };
    let gets = server.requests().into_iter().filter(|request| request.operation == Operation::Get);
    gets.filter_map(|request| bytes(&request.range?)).sum()
}

fn ask(server: &S3Server, flags: &[&str], sql: &str) -> Answer {
    let args = [&["query", "--format", "csv", "--from", "s3://lake/prod/v1"], flags, &[sql]].concat();
    server.run(&Workspace::new(), args)
}

#[test]
fn an_hour_of_days_in_s3_costs_few_requests() {
    let server = bucket(days());
    let flags = ["--since", "2026-11-20T22:00", "--until", "2026-11-20T23:00"];
    let sql = "SELECT count(*), sum(sent_bytes) FROM requests";
    let answer = ask(&server, &flags, sql).done();
    let logs = days().run([&["query", "--format", "csv", "--from", "logs"], &flags[..], &[sql]].concat()).done();
    assert_eq!(answer.stdout, logs.stdout);
    assert!(!answer.stderr.contains("notice"), "{}", answer.stderr);
    let got = server.got();
    let parquet: Vec<&String> = got.iter().filter(|key| !key.ends_with(SETTINGS)).collect();
    assert!(parquet.iter().all(|key| key.contains("/requests/") && key.contains("/day=2026-11-20/")), "{got:#?}");
    assert!(!parquet.iter().any(|key| key.contains("T21.parquet")), "{got:#?}");
    // Account, region, days of the rows and of the records, the one day, and the records of it and of the next, whose objects may have
    // such rows.
    assert_eq!(server.count(Operation::List), 9);
    server.forget_requests();
    ask(&server, &[], "SELECT sum(sent_bytes) FROM requests WHERE region = 'us-east-1'").done();
    assert_eq!((server.count(Operation::List), server.got().len()), (4, 1));
}

#[test]
fn one_id_of_days_in_s3_takes_few_bytes() {
    let folder = days();
    let server = bucket(folder);
    let row = folder
        .value("lake", "SELECT trace_id, request_url FROM requests WHERE day = '2026-11-20' ORDER BY time LIMIT 1");
    let (id, url) = row.split_once(',').unwrap();
    let everything = |sql: &str| {
        server.forget_requests();
        let answer = ask(&server, &[], sql).done();
        (answer.value(), bytes_got(&server))
    };
    let (_, all) = everything("SELECT count(DISTINCT request_url) + count(DISTINCT trace_id) FROM requests");
    let (found, some) = everything(&format!("SELECT request_url FROM requests WHERE trace_id = '{id}'"));
    assert_eq!(found, url);
    let (count, footers) = everything("SELECT count(*) FROM requests");
    assert_eq!(count, folder.value("logs", "SELECT count(*) FROM requests"));
    // Footers are read of all files, columns only of the file that may have it.
    assert!(some - footers < (all - footers) / 5, "{all} {some} {footers}");
}

#[test]
fn an_export_that_cannot_be_read_says_why() {
    let server = bucket(shop());
    let count = "SELECT sum(sent_bytes) FROM requests";
    server.when(Rule::on(Operation::Get).about(".parquet"), Effect::access_denied());
    ask(&server, &[], count).exits(2).says("error: the export cannot be read: access denied: s3:GetObject is missing");
    server.heal();
    server.when(
        Rule::on(Operation::Get).about(".parquet"),
        Effect::Refuse { status: 404, code: "NoSuchKey", message: "" },
    );
    ask(&server, &[], count)
        .exits(2)
        .says("error: a file of the export is gone: it was there when it was listed\nhint: run again");
    server.heal();
    let key = server.keys("lake").into_iter().find(|key| key.contains("/requests/")).unwrap();
    server.put("lake", &key, "this is not Parquet, and too short for it");
    ask(&server, &[], count).exits(2).says("error: a file of the export cannot be read: ");
}

#[test]
fn an_export_named_twice_counts_once() {
    let folder = shop();
    let sql = "SELECT count(*) FROM requests";
    folder.run(["query", "--from", "lake", "--kind", "access", sql]).exits(2).says("--kind is for log objects");
    let twice = folder.run(["query", "--format", "csv", "--from", "lake", "--from", "./lake/", sql]).done();
    assert_eq!(twice.value(), folder.value("logs", sql));
}

#[test]
fn several_exports_are_read_together() {
    let other = Workspace::new();
    let args = ["generate", "logs", "--rps", "3", "--duration", "2h", "--start", "2026-11-20T23:00:00Z", "--seed", "7"];
    other.run(args.iter().chain(&["--load-balancers", "2", "--nodes", "1"])).done();
    export(&other, "lake");
    let server = bucket(days());
    server.put_folder("lake", "other/", &other.path("lake"));
    // The same objects once more: a copy of the export.
    server.put_folder("lake", "copy/", &other.path("lake"));
    let sum = |from: &[&str]| {
        let sql = "SELECT count(*), sum(sent_bytes) FROM requests WHERE day = '2026-11-20' AND elb_status_code < 500";
        let from = from.iter().flat_map(|from| ["--from", *from]);
        let args = ["query", "--format", "csv"].into_iter().chain(from).chain([sql]);
        let row = server.run(&Workspace::new(), args).done().value();
        row.split(',').map(|number| number.parse::<u64>().unwrap()).collect::<Vec<_>>()
    };
    let [first, second] = [sum(&["s3://lake/prod/v1"]), sum(&["s3://lake/other"])];
    let both = vec![first[0] + second[0], first[1] + second[1]];
    assert_eq!(sum(&["s3://lake/prod/v1", "s3://lake/other/", "s3://lake/other"]), both);
    assert_eq!(sum(&["s3://lake/copy", "s3://lake/prod/v1", "s3://lake/other"]), both);
}

#[test]
fn a_newer_layout_is_refused() {
    let folder = Workspace::new();
    folder.write("lake/_albstats.json", r#"{"layout": 99, "writer": "albstats 9.0.0"}"#);
    let answer = folder.csv("lake", "SELECT 1").exits(2);
    answer.says("error: lake was created by albstats 9.0.0 with layout 99").says("hint: update albstats");
    folder.write("lake/_albstats.json", "{}");
    folder.csv("lake", "SELECT 1").exits(2).says("lake/_albstats.json is not an export's");
}

#[test]
fn foreign_parquet_is_no_export() {
    let folder = Workspace::new();
    folder.write("other/day=2026-11-20/part-0.parquet", "PAR1");
    folder.csv("other", "SELECT 1").exits(2).says(
        "error: no Application Load Balancer logs in other\n  other/day=2026-11-20/part-0.parquet: a Parquet file: ",
    );
}

#[test]
fn files_of_others_in_an_export_are_left_alone() {
    let folder = Workspace::new();
    let day = "account=123456789012/region=eu-west-1/day=2026-11-20";
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), gzip(access("2026-11-20T10:01:00.000000Z", 200)));
    export(&folder, "lake");
    for name in ["part-0.parquet", "notes.txt", ".2026-11-20T10.parquet.tmp"] {
        folder.write(&format!("lake/requests/{day}/{name}"), "not Parquet");
    }
    folder.write("lake/requests/year=2026/2026-11-20T10.parquet", "not Parquet");
    assert_eq!(folder.csv("lake", "SELECT elb_status_code, day FROM requests").done().rows(), ["200,2026-11-20"]);
}

/// Files that were written before a column was known stay as they are.
#[test]
fn columns_that_a_file_lacks_are_null() {
    let folder = Workspace::new();
    for end in ["20261120T1005Z", "20261120T1105Z"] {
        let time = format!("2026-11-20T{}:01:00.000000Z", &end[9..11]);
        folder.write(&format!("logs/{}", object_name(end)), gzip(access(&time, 200)));
    }
    export(&folder, "lake");
    let day = "lake/requests/account=123456789012/region=eu-west-1/day=2026-11-20";
    let path = folder.path(&format!("{day}/2026-11-20T10.parquet"));
    let file = std::fs::File::open(&path).unwrap();
    let mut rows = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let mut batch = rows.next().unwrap().unwrap();
    for name in ["extra_fields", "ip_address", "sent_bytes"] {
        batch.remove_column(batch.schema().index_of(name).unwrap());
    }
    let mut writer = ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let sql = "SELECT day, sent_bytes, ip_address, trace_id FROM requests ORDER BY time";
    assert_eq!(
        folder.csv("lake", sql).done().rows(),
        ["2026-11-20,,,Root=1-a-b", "2026-11-20,200,203.0.113.4,Root=1-a-b"]
    );
    assert_eq!(folder.value("lake", "SELECT count(*) FROM requests WHERE sent_bytes = 200"), "1");
    assert_eq!(folder.value("lake", "SELECT count(*) FROM requests WHERE ip_address IS NULL"), "1");
}
