//! Report `trace`: one request's or one connection's story.

use crate::logs::{CONNECTION, access};
use crate::slow::{access_logs, connection_logs, field, micros, report};
use crate::support::Workspace;

#[test]
fn every_request_is_found_by_its_id_as_its_line_tells_it() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "2", "--duration", "10m", "--seed", "23"]).done();
    let lines = access_logs(&folder.path("logs"));
    let connections = connection_logs(&folder.path("logs"));
    let mut with_connection = 0;
    for line in lines.iter().step_by(lines.len() / 12) {
        let Some(trace) = field(line, 17) else { continue };
        let rows = report(&folder, &["trace", trace]);
        assert_eq!(rows.len(), 1, "{trace}");
        let row = &rows[0];
        assert_eq!(row["request_creation_time"], line[21].as_str());
        assert_eq!(row["elb_status_code"], line[8].parse::<u64>().unwrap());
        assert_eq!(row["target"].as_str(), field(line, 4));
        for (name, index) in
            [("request_processing_time", 5), ("target_processing_time", 6), ("response_processing_time", 7)]
        {
            assert_eq!(row[name].as_f64(), field(line, index).filter(|it| *it != "-1").map(|it| it.parse().unwrap()));
        }
        let elapsed = micros(&line[1]) - micros(&line[21]);
        #[expect(clippy::cast_precision_loss, reason = "a few hours at most")]
        let seconds = elapsed as f64 / 1e6;
        assert!((row["elapsed"].as_f64().unwrap() - seconds).abs() < 1e-6);

        let screen = folder.run(["report", "trace", trace, "--from", "logs"]).done().stdout;
        let root = trace.split(';').next().unwrap().trim_start_matches("Root=");
        assert!(screen.starts_with(&format!("Trace {root}\n")), "{screen}");
        match connections.iter().find(|connection| connection[11] == line[29]) {
            Some(connection) => {
                with_connection += 1;
                let opened = format!("{}:{} to port {}", connection[1], connection[2], connection[3]);
                assert!(screen.contains(&opened), "{opened}\n{screen}");
            }
            None => assert!(screen.contains("no line of connection logs"), "{screen}"),
        }
    }
    assert!(with_connection > 3);
}

#[test]
fn a_connection_shows_all_its_requests_in_order() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "4", "--duration", "10m", "--seed", "24"]).done();
    let lines = access_logs(&folder.path("logs"));
    let count = |id: &str| lines.iter().filter(|line| line[29] == id).count();
    let id = lines.iter().map(|line| line[29].as_str()).max_by_key(|id| count(id)).unwrap();
    let mut expected: Vec<(&str, &str)> =
        lines.iter().filter(|line| line[29] == id).map(|line| (line[21].as_str(), line[1].as_str())).collect();
    expected.sort_unstable();
    assert!(expected.len() > 3);
    let rows = report(&folder, &["trace", id]);
    let found: Vec<&str> = rows.iter().map(|row| row["request_creation_time"].as_str().unwrap()).collect();
    assert_eq!(found, expected.iter().map(|(created, _)| *created).collect::<Vec<_>>());
    let mut busy_to: Option<i64> = None;
    for (row, (created, time)) in rows.iter().zip(&expected) {
        let idle = busy_to.map(|busy_to| micros(created) - busy_to);
        #[expect(clippy::cast_precision_loss, reason = "minutes")]
        let (idle, found) = (idle.map(|idle| idle as f64 / 1e6), row["idle_before"].as_f64());
        assert_eq!(idle.is_some(), found.is_some());
        assert!((idle.unwrap_or(0.0) - found.unwrap_or(0.0)).abs() < 1e-6, "{idle:?} {found:?}");
        busy_to = busy_to.max(Some(micros(time)));
    }
    let few = folder.run(["report", "trace", id, "--from", "logs", "--top", "2"]).done().stdout;
    assert!(few.contains(&format!("{} more (--top 0)", expected.len() - 2)), "{few}");
    assert!(few.contains(&format!("requests  {}, ", expected.len())), "{few}");
}

#[test]
fn a_failed_request_tells_what_took_its_time() {
    let folder = Workspace::new();
    let line = access("2026-11-20T10:00:04.000000Z", 502)
        .replace(" 0.000 0.020 0.000 502 502 ", " 0.001 3.998 -1 502 - ")
        .replace("Root=1-a-b", "Self=1-6b001a40-000000000000000000000009;Root=1-6b001a40-0123456789abcdef01234567")
        .replace(" 3 2026-11-20T10:00:04.000000Z ", " 3 2026-11-20T10:00:00.000000Z ");
    folder.write("logs/a.log", line);
    folder.write("logs/conn_log_a.log", CONNECTION.replace("10:00:00", "09:59:58"));
    let run = |args: &[&str]| folder.run(["report", "trace"].iter().chain(args)).done().stdout;
    let screen = run(&["Root=1-6B001A40-0123456789ABCDEF01234567", "--from", "logs"]);
    for text in [
        "Trace 1-6b001a40-0123456789abcdef01234567\n",
        " 502  GET shop.example.com/cart for 192.0.2.7:40000, made by the load balancer shop\n",
        "took  4,000 ms: > 99.9 % the target, until it ended without an answer",
        "09:59:58.000     -2,000  connected           192.0.2.7:40000 to port 443 · TLSv1.3 TLS_AES_128_GCM_SHA256",
        "10:00:00.001          1  sent to the target  10.0.0.1:8080\n",
        "10:00:03.999      3,999  target ended it     no answer in HTTP, after 3,998 ms\n",
        "10:00:04.000      4,000  answered            502, made by the load balancer",
        "albstats report why --status 502 --from logs",
        "albstats report trace TID_0 --from logs",
    ] {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
    let by_self = run(&["Self=1-6b001a40-000000000000000000000009", "--from", "logs"]);
    assert!(by_self.contains("GET shop.example.com/cart"), "{by_self}");
    assert!(!screen.contains("id=1\n") && run(&["TID_0", "--from", "logs"]).starts_with("Connection TID_0\n"));
}

#[test]
fn what_is_not_there_is_searched_where_its_time_is() {
    let folder = Workspace::new();
    folder.write("logs/a.log", crate::logs::access_lines(60));
    let run = |id: &str, more: &[&str]| {
        folder.run(["report", "trace", id, "--from", "logs"].iter().chain(more)).done().stdout
    };
    let window = ["--since", "2026-11-20T10:00Z", "--until", "2026-11-20T10:30Z"];
    // 2026-11-20T12:00:00Z is 0x6b003640.
    let elsewhere = run("1-6b003640-0123456789abcdef01234567", &window);
    for text in [
        "no line holds 1-6b003640-0123456789abcdef01234567 from 2026-11-20 10:00 to 2026-11-20 10:30",
        "the id was made at 2026-11-20T12:00:00Z, which is outside",
        "albstats report trace 1-6b003640-0123456789abcdef01234567 --from logs --around 2026-11-20T12:00:00Z",
    ] {
        assert!(elsewhere.contains(text), "{text}\n{elsewhere}");
    }
    let inside = run("1-6b001a70-0123456789abcdef01234567", &window);
    assert!(inside.contains("inside of the window"), "{inside}");
    assert!(run("TID_ffff", &window).contains("try a wider window"));
    folder
        .run(["report", "trace", "order-17", "--from", "logs"])
        .exits(2)
        .says("neither a trace id nor a connection's: order-17\nhint: 1-6b02589c-");
    folder.run(["report", "trace", "--from", "logs"]).exits(2).says("hint: albstats report trace 1-");
}

#[test]
fn a_request_that_failed_is_shown_however_many_did_not() {
    let folder = Workspace::new();
    let line = |second: u32, status: u16| {
        let time = format!("2026-11-20T10:{:02}:{:02}.000000Z", second / 60, second % 60);
        let line = access(&time, status);
        if status == 400 {
            // Made by the load balancer, which could not read the request.
            line.replacen("400 400", "400 -", 1)
        } else {
            line
        }
    };
    let lines: String = (0..600).map(|second| line(second, if second == 555 { 400 } else { 200 })).collect();
    folder.write("a.log", &lines);
    let screen = folder.run(["report", "trace", "TID_0", "--from", "a.log"]).done().stdout;
    assert!(screen.contains("600") && screen.contains("; 1 failed"), "{screen}");
    let rows = folder.run(["report", "trace", "TID_0", "--from", "a.log", "--format", "csv"]).done();
    assert_eq!(rows.rows().iter().filter(|row| row.contains(",400,")).count(), 1, "{}", rows.stdout);
}
