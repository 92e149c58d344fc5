//! An independent check: counts, sums and percentiles of generated logs, computed here in a slow and obvious way that
//! shares no code with the program, are the program's.

use std::collections::BTreeMap;

use super::slow::{access_logs, connection_logs, health_check_logs, nearest_rank};
use super::support::Workspace;

#[derive(Default)]
struct Group {
    requests: u64,
    errors: u64,
    sent: u64,
    times: Vec<f64>,
}

#[test]
fn groups_of_requests_are_what_a_slow_count_says() {
    let folder = Workspace::new();
    let args = ["generate", "logs", "--rps", "4", "--duration", "30m", "--seed", "11", "--odd-share", "0.05"];
    folder.run(args.iter().chain(&["--old-widths", "0.3"])).done();

    let lines = access_logs(&folder.path("logs"));
    assert_eq!(lines.len(), 7200);
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for fields in &lines {
        let group = groups.entry(if fields[16] == "-" { String::new() } else { fields[16].clone() }).or_default();
        group.requests += 1;
        group.errors += u64::from(fields[8].starts_with('5'));
        group.sent += fields[11].parse().unwrap_or(0);
        if fields[6] != "-1" && fields[6] != "-" {
            group.times.push(fields[6].parse().unwrap());
        }
    }
    assert!(groups.len() > 10);

    let sql = "\
SELECT coalesce(target_group_arn, '') AS target_group, count(*), count_if(elb_status_code >= 500), sum(sent_bytes),
       count(target_processing_time), approx_percentile(target_processing_time, 0.5),
       approx_percentile(target_processing_time, 0.9), approx_percentile(target_processing_time, 0.99),
       max(target_processing_time)
FROM requests GROUP BY 1 ORDER BY 1";
    let answer = folder.csv("logs", sql).done().says("7,200 rows, 0 rejected");
    let expected: Vec<String> = groups
        .iter_mut()
        .map(|(name, group)| {
            let Group { requests, errors, sent, times } = group;
            times.sort_by(f64::total_cmp);
            let rank = |share| nearest_rank(times, share).map_or(String::new(), |rank| format!("{rank:?}"));
            let ranks = [50, 90, 99, 100].map(rank).join(",");
            format!("{name},{requests},{errors},{sent},{},{ranks}", times.len())
        })
        .collect();
    assert_eq!(answer.rows(), expected);
}

#[test]
fn connections_and_health_checks_are_what_a_slow_count_says() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "4", "--duration", "10m", "--seed", "12"]).done();
    let count = |lines: Vec<Vec<String>>, field: usize| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for line in &lines {
            let value = line[field].clone();
            *counts.entry(if value == "-" { String::new() } else { value }).or_default() += 1;
        }
        counts.into_iter().map(|(value, count)| format!("{value},{count}")).collect::<Vec<_>>()
    };
    let logs = folder.path("logs");
    for (lines, field, table, column) in [
        (connection_logs(&logs), 4, "connections", "tls_protocol"),
        (connection_logs(&logs), 10, "connections", "tls_verify_status"),
        (health_check_logs(&logs), 5, "health_checks", "status"),
        (health_check_logs(&logs), 3, "health_checks", "target_addr"),
    ] {
        let sql = format!("SELECT coalesce({column}, ''), count(*) FROM {table} GROUP BY 1 ORDER BY 1");
        assert_eq!(folder.csv("logs", &sql).done().rows(), count(lines, field), "{table}.{column}");
    }
}

#[test]
fn percentiles_of_real_lines_are_exact() {
    let folder = Workspace::new();
    let text = super::support::corpus("alb_access.log");
    folder.write("a.log", &text);
    let text = String::from_utf8_lossy(&text);
    let times = text.lines().map(|line| line.split(' ').nth(6).unwrap());
    let mut times: Vec<f64> =
        times.filter(|time| *time != "-1" && *time != "-").map(|time| time.parse().unwrap()).collect();
    times.sort_by(f64::total_cmp);
    for hundredths in [1, 10, 25, 50, 75, 90, 95, 99, 100] {
        let share = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        let sql = format!("SELECT approx_percentile(target_processing_time, {share}) FROM requests");
        assert_eq!(
            folder.value("a.log", &sql),
            format!("{:?}", nearest_rank(&times, hundredths).unwrap()),
            "p{hundredths}"
        );
    }
}
