//! `albstats report` from outside: which report, of which rows, in which shape, and how it ends.

mod besides;
mod clients;
mod compare;
mod ends;
mod gaps;
mod glance;
mod handshakes;
mod health;
mod html;
mod incident;
#[cfg(unix)]
mod next;
mod paths;
mod screens;
mod sessions;
mod since;
mod singled;
mod stands_out;
mod tls;
mod trace;
mod traffic;
mod waf;

use super::logs::{access, access_lines, gzip, object_name};
use super::support::Workspace;

/// An hour of requests a second apart from 10:00 on 2026-11-20, in one object a five minutes, all by one node.
fn hour() -> Workspace {
    let folder = Workspace::new();
    let lines = access_lines(3600);
    let lines: Vec<&str> = lines.lines().collect();
    for (number, piece) in lines.chunks(300).enumerate() {
        let end = 5 * (number + 1);
        let end = format!("20261120T{:02}{:02}Z", 10 + end / 60, end % 60);
        folder.write(&format!("logs/{}", object_name(&end)), gzip(piece.join("\n") + "\n"));
    }
    folder
}

#[test]
fn reports_are_listed_by_the_questions_they_answer() {
    let listed = Workspace::new().run(["report"]).done().stdout;
    for name in ["latency", "errors", "why"] {
        assert!(
            listed.lines().any(|line| line.trim_start().starts_with(name) && line.ends_with('?')),
            "{name}\n{listed}"
        );
    }
    assert!(!listed.contains("why-health"), "a part is no report");
}

#[test]
fn what_is_not_known_is_met_with_the_nearest() {
    let folder = hour();
    folder
        .run(["report", "latncy", "--from", "logs"])
        .exits(2)
        .says("no report named latncy\nhint: did you mean latency?");
    folder.run(["report", "why-health", "--from", "logs"]).exits(2).says("a part of report why");
    folder
        .run(["report", "latency", "--from", "logs", "--by", "hots"])
        .exits(2)
        .says("by cannot be hots\nhint: did you mean host?");
    folder
        .run(["report", "latency", "--from", "logs", "--set", "bucke=5m"])
        .exits(2)
        .says("has no parameter bucke\nhint: did you mean bucket?");
    folder
        .run(["report", "latency", "--from", "logs", "--fail-if", "target_p98 > 1s"])
        .exits(2)
        .says("target_p98")
        .says("hint: did you mean target_p");
    folder.run(["report", "latency", "extra", "--from", "logs"]).exits(2).says("takes nothing after its name");
    folder.run(["report", "latency", "--from", "logs", "--tz", "Europe/Berlni"]).exits(2).says("no time zone named");
    folder.run(["report", "./none.sql", "--from", "logs"]).exits(2).says("cannot read ./none.sql");
}

#[test]
fn a_file_of_ones_own_is_a_report_too() {
    let folder = hour();
    folder.write("mine.sql", "-- title: By status\n-- param: least count = 500\nSELECT elb_status_code AS status, count(*) AS n\nFROM requests GROUP BY 1 HAVING count(*) >= :least");
    let answer = folder.run(["report", "./mine.sql", "--from", "logs"]).done();
    assert!(
        answer.stdout.starts_with("By status\n2026-11-20 10:00–11:00 UTC · logs complete up to 11:00 (1 of 1 nodes)\n"),
        "{}",
        answer.stdout
    );
    assert!(answer.stdout.contains("\n     200  3600\n"), "{}", answer.stdout);
    let least = folder.run(["report", "./mine.sql", "--from", "logs", "--set", "least=4000", "--format", "csv"]).done();
    assert_eq!(least.stdout, "status,n\n");
    folder.write("broken.sql", "-- title: By status\n-- parm: a text\nSELECT 1");
    folder
        .run(["report", "broken.sql", "--from", "logs"])
        .exits(2)
        .says("broken.sql:2: unknown key `parm` in the header\nhint: did you mean `param`?");
}

#[test]
fn flags_restrict_the_rows() {
    let folder = Workspace::new();
    let lines = [
        access("2026-11-20T10:00:00.000000Z", 200),
        access("2026-11-20T10:00:01.000000Z", 503).replace("shop.example.com:443/cart", "Pay.example.com:443/api/v1"),
        access("2026-11-20T10:00:02.000000Z", 502).replace("192.0.2.7:40000", "2001:db8::7:40000"),
        access("2026-11-20T10:00:03.000000Z", 502)
            .replace("targetgroup/cart/", "targetgroup/k8s-shop-carts-0123456789/"),
        access("2026-11-20T10:00:04.000000Z", 404).replace("app/shop/50dc6c495c0c9188", "app/other/0123456789abcdef"),
    ];
    folder.write(&format!("a/{}", object_name("20261120T1005Z")), gzip(lines.concat()));
    folder.write("count.sql", "SELECT count(*) AS n FROM requests");
    let count = |flags: &[&str]| {
        let args = ["report", "./count.sql", "--from", "a", "--format", "csv"];
        folder.run(args.iter().chain(flags)).done().value()
    };
    for (flags, rows) in [
        (&[][..], "5"),
        (&["--status", "5xx"], "3"),
        (&["--status", "502,404"], "3"),
        (&["--status", "500-502"], "2"),
        (&["--host", "pay.example.com"], "1"),
        (&["--host", "*.example.com"], "5"),
        (&["--path", "/api/*"], "1"),
        (&["--path", "/cart"], "4"),
        (&["--client", "192.0.2.0/24"], "4"),
        (&["--client", "2001:db8::/32"], "1"),
        (&["--client", "2001:db8::7", "--client", "192.0.2.7"], "5"),
        (&["--service", "shop/carts"], "1"),
        (&["--target-group", "cart"], "4"),
        (&["--target-group", "k8s-*"], "1"),
        (&["--elb", "shop"], "4"),
        (&["--elb", "shop", "--status", "502", "--client", "192.0.2.7"], "1"),
        (&["--since", "2026-11-20T10:00:02Z"], "3"),
        (&["--around", "2026-11-20T10:00:02Z"], "5"),
        (&["--around", "2026-11-20T10:30:02Z"], "3"),
    ] {
        assert_eq!(count(flags), rows, "{flags:?}");
    }
    folder.run(["report", "count.sql", "--from", "a", "--client", "10.0.0.0/33"]).exits(2).says("10.0.0.0/33");
    folder.run(["report", "count.sql", "--from", "a", "--status", "5x"]).exits(2).says("not a status code");
    folder.run(["report", "count.sql", "--from", "a", "--around", "2h", "--since", "1h"]).exits(2);
}

#[test]
fn a_flag_that_says_nothing_of_health_checks_leaves_them_out_and_says_so() {
    let folder = hour();
    let answer = folder.run(["report", "why", "--from", "logs", "--host", "shop.example.com"]).done();
    assert!(answer.stdout.contains("health checks"), "{}", answer.stdout);
    folder
        .run(["report", "health", "--from", "logs", "--host", "shop.example.com"])
        .exits(2)
        .says("--host cannot restrict");
}

#[test]
fn an_empty_window_says_so_and_when_there_is_data() {
    let answer = hour()
        .run([
            "report",
            "latency",
            "--from",
            "logs",
            "--since",
            "2026-11-20T10:20",
            "--until",
            "2026-11-20T10:40",
            "--host",
            "none.example.com",
        ])
        .done();
    assert!(
        answer.stdout.contains("no rows; the logs reach from 2026-11-20 10:20 to 2026-11-20 11:00 UTC"),
        "{}",
        answer.stdout
    );
    // As in a bucket: no object can hold a row of it, so nothing can be answered.
    let later =
        hour().run(["report", "latency", "--from", "logs", "--since", "2026-11-21", "--until", "2026-11-22"]).exits(2);
    later.says("none of the logs is of this time: they reach from 2026-11-20 10:00 to 2026-11-20 11:00 UTC");
}

#[test]
fn what_is_not_delivered_is_said_even_when_quiet() {
    let folder = hour();
    let window = ["--since", "2026-11-20T10:30", "--until", "2026-11-20T12:00"];
    let warning = "warning: 1 h of the window not delivered: the logs are complete up to 2026-11-20 11:00 UTC only";
    let args = ["--quiet", "report", "errors", "--from", "logs", "--bucket", "10m"];
    let csv = folder.run(args.iter().chain(&window).chain(&["--format", "csv"])).done();
    assert_eq!(csv.stderr.trim_end(), warning);
    let screen = folder.run(args.iter().chain(&window)).done();
    assert!(screen.stdout.contains("1 h of the window not delivered"), "{}", screen.stdout);
    assert!(screen.stdout.contains("···░░░░░░"), "{}", screen.stdout);
}

#[test]
fn described_columns_are_those_of_csv() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "10", "--duration", "10m", "--seed", "41"]).done();
    let id = folder.value("logs", "SELECT substr(trace_id, 6, 35) FROM requests LIMIT 1");
    let listed = folder.run(["report"]).done().stdout;
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split("  ").next());
    let mut checked = 0;
    for name in names.filter(|name| !name.is_empty() && !name.contains(' ')) {
        let more: &[&str] = match name {
            "compare" => &["--at", "2026-11-20T10:05Z", "--window", "5m"],
            "trace" => &[&id],
            _ => &[],
        };
        let described = folder.run(["report", name, "--describe"]).done().stdout;
        let columns = described.split("as --format csv has them:\n").nth(1).unwrap().split("\n\n").next().unwrap();
        let columns: Vec<&str> = columns.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
        let args = ["report", name].into_iter().chain(more.iter().copied()).chain(["--from", "logs", "-q"]);
        let csv = folder.run(args.chain(["--format", "csv"])).done().stdout;
        assert_eq!(csv.lines().next().unwrap(), columns.join(","), "{name}");
        checked += 1;
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn a_condition_is_an_exit_code() {
    let folder = hour();
    let run = |window: [&str; 4], conditions: &[&str]| {
        let args = ["report", "latency", "--from", "logs"];
        let conditions = conditions.iter().flat_map(|condition| ["--fail-if", condition]);
        folder.run(args.into_iter().chain(window).chain(conditions))
    };
    let whole = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T11:00"];
    run(whole, &["target_p99 > 1500ms"]).exits(0);
    run(whole, &["target_p99 > 15ms"]).exits(1).says("cart").says("target_p99");
    run(whole, &["target_p99 > 1500ms", "requests >= 3600"]).exits(1).says("requests");
    // Not all of it is there: that nothing holds cannot be told, that something does can.
    let longer = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T12:00"];
    run(longer, &["target_p99 > 1500ms"]).exits(3);
    run(longer, &["target_p99 > 15ms"]).exits(1);
    let nothing = ["--since", "2026-11-20T09:00", "--until", "2026-11-20T09:30"];
    run(nothing, &["target_p99 > 15ms"]).exits(3);
    let few = ["report", "latency", "--from", "logs", "--fail-if", "target_p99 > 15ms", "--min-requests", "5000"];
    folder.run(few.into_iter().chain(whole)).exits(3);
    folder.run(["report", "latency", "--from", "logs", "--fail-if", "target_p99 >"]).exits(2);
    folder.run(["report", "latency", "--from", "logs", "--fail-if", "target_p99 > 5%"]).exits(2);
}

#[test]
fn the_printed_statement_gives_the_same_numbers() {
    let folder = hour();
    let window = ["--since", "2026-11-20T10:10", "--until", "2026-11-20T10:40", "--status", "200"];
    let args = ["report", "latency", "--from", "logs", "--format", "json"];
    let report = folder.run(args.iter().chain(&window)).done().stdout;
    let sql = folder.run(args.iter().chain(&window).chain(&["--show-sql"])).done().stdout;
    let rows = folder.run(["query", "--from", "logs", "--format", "json", &sql]).done().stdout;
    let parse = |text: &str| serde_json::from_str::<Vec<serde_json::Value>>(text).unwrap();
    let rows: Vec<serde_json::Value> = parse(&rows).into_iter().filter(|row| row["part"] == "row").collect();
    let report = parse(&report);
    assert_eq!((rows.len(), report.len()), (1, 1));
    for column in ["name", "requests", "target_p50", "target_p99", "total_max"] {
        assert_eq!(rows[0][column], report[0][column], "{column}");
    }
    assert_eq!(report[0]["requests"], 1800);
}

#[test]
fn every_format_has_the_rows() {
    let folder = hour();
    for format in ["csv", "json", "ndjson", "markdown", "html", "table"] {
        let answer = folder.run(["report", "latency", "--from", "logs", "--format", format]).done();
        assert!(
            answer.stdout.contains("cart") && answer.stdout.replace(',', "").contains("3600"),
            "{format}: {}",
            answer.stdout
        );
    }
    folder.run(["report", "latency", "--from", "logs", "-o", "out.parquet"]).done();
    folder.run(["report", "latency", "--from", "logs", "-o", "out.xlsx"]).exits(2).says("cannot tell the format");
}

#[test]
fn standard_input_is_read_once() {
    let folder = hour();
    let answer =
        folder.run_with(access_lines(10).as_bytes(), ["report", "latency", "--from", "-", "--kind", "access"]).done();
    assert!(answer.stdout.contains("names of objects do not tell"), "{}", answer.stdout);
}

#[test]
fn errors_and_latency_by_whom_and_by_what() {
    let folder = hour();
    for report in ["errors", "latency"] {
        let requests = |by: &str| -> Vec<(String, u64)> {
            let args = ["report", report, "--from", "logs", "-q", "--top", "0", "--by", by, "--format", "ndjson"];
            let rows = folder.run(args).done().stdout;
            let rows = rows.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            rows.map(|row| (row["name"].as_str().unwrap().to_owned(), row["requests"].as_u64().unwrap())).collect()
        };
        let sum = |rows: &Vec<(String, u64)>| rows.iter().map(|(_, requests)| requests).sum::<u64>();
        let all = sum(&requests("elb"));
        assert_eq!(requests("agent"), requests("user_agent"), "{report}");
        for (by, sign) in [("path", "GET /"), ("client", "."), ("user_agent", "/"), ("zone", "10.0.0.0/20")] {
            let rows: Vec<(String, u64)> = requests(by);
            assert_eq!(sum(&rows), all, "{report} {by}");
            assert!(rows.iter().any(|(name, _)| name.contains(sign)), "{report} {by}: {rows:?}");
        }
    }
}

#[test]
fn an_answer_that_broke_off_is_in_the_total_as_far_as_it_went() {
    let folder = Workspace::new();
    let broken = super::logs::access("2026-11-20T10:00:01.000000Z", 200).replace("0.000 0.020 0.000", "0.001 9.500 -1");
    let whole =
        super::logs::access("2026-11-20T10:00:02.000000Z", 200).replace("0.000 0.020 0.000", "0.001 1.086 0.001");
    folder.write("a.log", broken + &whole);
    let csv =
        |args: &[&str]| folder.run(args.iter().chain(&["--from", "a.log", "-q", "--format", "ndjson"])).done().stdout;
    let row: serde_json::Value = serde_json::from_str(csv(&["report", "latency"]).lines().next().unwrap()).unwrap();
    assert_eq!((row["target_max"].as_f64(), row["total_max"].as_f64()), (Some(9.5), Some(9.501)), "{row}");
    // Not 1.0879999999999999.
    assert_eq!(row["total_p50"].as_f64(), Some(1.088), "{row}");
    let clients = csv(&["report", "clients"]);
    assert!(clients.contains("\"total_time\":1.088"), "{clients}");
}
