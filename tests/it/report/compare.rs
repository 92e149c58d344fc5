//! Report `compare`: its numbers, computed a second time, and what it calls a change.

use std::collections::BTreeMap;

use crate::logs::{access, object_name};
use crate::slow::{access_logs, field, host_and_path, micros, nearest_rank, report};
use crate::support::Workspace;

const SIDES: [&str; 2] = ["before", "after"];

#[test]
fn both_times_are_what_a_slow_count_says() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "10", "--duration", "20m", "--seed", "38"]).done();
    let time = |minute: u8| micros(&format!("2026-11-20T10:{minute:02}:00.000000Z"));
    let ranges = [time(2)..time(9), time(11)..time(18)];
    // Of each time: requests, 5xx, 4xx; and target times.
    let mut expected: BTreeMap<(String, String), [([u64; 3], Vec<f64>); 2]> = BTreeMap::new();
    for line in access_logs(&folder.path("logs")) {
        let Some(side) = ranges.iter().position(|range| range.contains(&micros(&line[1]))) else { continue };
        let host = host_and_path(&line[12]).map_or("(no host)".to_owned(), |(host, _)| host);
        let name = (field(&line, 16).unwrap_or("(no target group)").to_owned(), host);
        let (counts, times) = &mut expected.entry(name).or_default()[side];
        counts[0] += 1;
        counts[1] += u64::from(line[8].starts_with('5'));
        counts[2] += u64::from(line[8].starts_with('4'));
        if !line[0].starts_with("ws") && line[6] != "-1" {
            times.push(line[6].parse().unwrap());
        }
    }
    expected.retain(|_, sides| sides.iter().any(|(counts, _)| counts[0] >= 30));
    let args = ["compare", "--at", "2026-11-20T10:09:00Z", "--window", "7m", "--settle", "2m", "--set", "least=30"];
    let rows = report(&folder, &args);
    assert_eq!(rows.len(), expected.len());
    for row in rows {
        let name = |column: &str| row[column].as_str().unwrap().to_owned();
        let sides = expected.get_mut(&(name("name"), name("within"))).unwrap();
        for (side, (counts, times)) in SIDES.iter().zip(sides) {
            let value = |column: &str| row[&format!("{column}_{side}")].as_f64();
            let share = |part: u64| (counts[0] > 0).then(|| part as f64 / counts[0] as f64);
            times.sort_by(f64::total_cmp);
            assert_eq!(value("requests"), Some(counts[0] as f64));
            for (column, count) in [("error_rate", counts[1]), ("client_error_rate", counts[2])] {
                // As text, the last digit may be lost.
                let (found, expected) = (value(column), share(count));
                assert_eq!(found.is_some(), expected.is_some());
                assert!((found.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-12, "{column} {row:?}");
            }
            assert_eq!((value("p50"), value("p99")), (nearest_rank(times, 50), nearest_rank(times, 99)), "{row:?}");
        }
    }
}

/// Requests every second from 10:00 to 11:00, as a function of the minute makes them.
fn hour(of: impl Fn(usize, String) -> String) -> Workspace {
    let folder = Workspace::new();
    for five in 0..12 {
        let seconds = five * 300..five * 300 + 300;
        let lines = seconds.map(|second| {
            let time = format!("2026-11-20T10:{:02}:{:02}.000000Z", second / 60, second % 60);
            of(second, access(&time, 200))
        });
        let end = 5 * (five + 1);
        let name = object_name(&format!("20261120T{:02}{:02}Z", 10 + end / 60, end % 60));
        folder.write(&format!("logs/{name}"), lines.collect::<String>());
    }
    folder
}

fn screen(folder: &Workspace, args: &[&str]) -> String {
    let args = ["report", "compare", "--from", "logs"].iter().chain(args);
    let screen = folder.run(args).done().stdout;
    screen.split_whitespace().collect::<Vec<_>>().join(" ")
}

const AT: [&str; 4] = ["--at", "2026-11-20T10:30Z", "--window", "30m"];

#[test]
fn what_fails_and_what_is_slow_is_said() {
    let folder = hour(|second, line| match second {
        // A tenth fails after, and everything is slow.
        1800.. if second % 10 == 0 => line.replace(" 200 200 100 200 ", " 502 - 100 200 "),
        1800.. => line.replace("0.000 0.020 0.000", "0.000 0.320 0.000"),
        _ => line,
    });
    let found = screen(&folder, &AT);
    for text in [
        "before 2026-11-20 10:00 – 2026-11-20 10:30 UTC (30 min)",
        "after 2026-11-20 10:30 – 2026-11-20 11:00 UTC (30 min)",
        "more 5xx cart (shop.example.com): 0 % → 10.0 % (0 of 1,800 → 180 of 1,800)",
        "slower p50 cart (shop.example.com): 20 → 320 ms",
        "slower p99 cart (shop.example.com): 20 → 320 ms",
        "a comparison, no cause",
        "albstats report why",
    ] {
        assert!(found.contains(text), "{text}\n{found}");
    }
    folder
        .run(["report", "compare", "--from", "logs", "--fail-if", "error_rate_after > 5%"].iter().chain(&AT))
        .exits(1);
    let found = screen(&folder, &[&AT[..], &["--by", "path"]].concat());
    assert!(found.contains("more 5xx GET /cart (cart): 0 % → 10.0 %"), "{found}");
    // The other way round it is a relief.
    let better = hour(
        |second, line| if second < 1800 && second % 10 == 0 { line.replace(" 200 200 ", " 502 - ") } else { line },
    );
    let found = screen(&better, &AT);
    assert!(found.contains("fewer 5xx cart (shop.example.com): 10.0 % → 0 %"), "{found}");
}

#[test]
fn what_is_the_same_is_said_too() {
    let found = screen(&hour(|_, line| line), &AT);
    assert!(found.contains("nothing changed in 1 row by more than chance explains"), "{found}");
}

#[test]
fn rows_come_and_go() {
    let folder = hour(|second, line| match second {
        0..1800 => line.replace("targetgroup/cart/", "targetgroup/old/"),
        _ => line,
    });
    let found = screen(&folder, &AT);
    assert!(found.contains("gone old (shop.example.com): 1,800 requests before, none after"), "{found}");
    assert!(found.contains("new cart (shop.example.com): 1,800 requests after, none before"), "{found}");
    let found = screen(&folder, &[&AT[..], &["--set", "least=1801"]].concat());
    assert!(found.contains("3,600 requests of rows with fewer than 1801 in both times"), "{found}");
}

#[test]
fn what_is_not_delivered_is_not_compared() {
    let folder = hour(|second, line| if second < 3000 { line } else { String::new() });
    for five in [55, 60] {
        let end = format!("20261120T{:02}{:02}Z", 10 + five / 60, five % 60);
        std::fs::remove_file(folder.path(&format!("logs/{}", object_name(&end)))).unwrap();
    }
    let found = screen(&folder, &AT);
    assert!(found.contains("(20 min): the other 10 min are not delivered yet, and not compared"), "{found}");
    assert!(found.contains("warning 10 min of the window not delivered"), "{found}");
    assert!(found.contains("nothing changed"), "a third fewer requests in a third less time\n{found}");
    let found = screen(&folder, &["--at", "2026-11-20T09:00Z", "--window", "10m"]);
    assert!(found.contains("no requests before: there is nothing to compare"), "{found}");
    folder.run(["report", "compare", "--from", "logs"]).exits(2).says("needs two times");
}

#[test]
fn objects_between_the_two_times_are_not_read() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "1", "--duration", "5h", "--load-balancers", "1", "--nodes", "1"]).done();
    let args = ["report", "compare", "--from", "logs", "--since", "2026-11-20T14:40Z", "--until", "2026-11-20T14:50Z"];
    let answer =
        folder.run(args.iter().chain(&["--baseline", "4h30m", "--set", "least=1"])).done().says("pruned by name");
    // Of 60 objects those of 10:10 to 10:20 and of 14:40 to 14:50, each with the 65 minutes in which rows may come late.
    let read: u64 = answer.stderr.split(" objects, ").next().unwrap().trim().parse().unwrap();
    assert!((4..36).contains(&read), "{}", answer.stderr);
}

#[test]
fn time_before_the_first_log_is_no_traffic_of_zero() {
    let folder = hour(|_, line| line);
    // Half of the time before is before the first log.
    let found = screen(&folder, &["--at", "2026-11-20T10:15Z", "--window", "30m"]);
    assert!(found.contains("(15 min): the 15 min before are before the first log, and not compared"), "{found}");
    assert!(found.contains("nothing changed"), "twice the requests in twice the time\n{found}");
    // The same in another rate.
    let overview = |since: &str| {
        let args = [
            "report",
            "overview",
            "--from",
            "logs",
            "--since",
            since,
            "--until",
            "2026-11-20T11:00Z",
            "--bucket",
            "5m",
        ];
        folder.run(args).done().stdout
    };
    for since in ["2026-11-20T10:00Z", "2026-11-20T09:00Z"] {
        assert!(overview(since).contains(": 1 a second, 1 at the peak"), "{}", overview(since));
    }
}

#[test]
fn a_flood_is_more_traffic_and_a_short_time_needs_fewer_requests() {
    let folder = hour(|second, line| match second {
        // Three fifths more.
        1800.. if second % 5 < 3 => line.repeat(2),
        _ => line,
    });
    let found = screen(&folder, &AT);
    assert!(found.contains("more traffic cart (shop.example.com): 60 → 96 requests a minute"), "{found}");
    let found = screen(&folder, &["--at", "2026-11-20T10:30Z", "--window", "6m"]);
    assert!(found.contains("more traffic cart"), "{found}");
}

#[test]
fn a_new_target_is_judged_by_its_siblings() {
    let folder = hour(|second, line| match second {
        1800.. if second % 3 == 0 && second % 9 == 0 => {
            line.replace("10.0.0.1:8080", "10.0.0.2:8080").replace(" 200 200 100 200 ", " 502 - 100 200 ")
        }
        1800.. if second % 3 == 0 => line.replace("10.0.0.1:8080", "10.0.0.2:8080"),
        _ => line,
    });
    let found = screen(&folder, &[&AT[..], &["--by", "target"]].concat());
    let text = "more 5xx 10.0.0.2:8080 (cart): new, 33.3 % of its requests fail (200 of 600), of its siblings' 0 %";
    assert!(found.contains(text), "{found}");
}
