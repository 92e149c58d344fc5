//! An independent check: counts, sums and percentiles of generated logs, computed here in a slow and obvious way that
//! shares no code with the program, are the program's.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::support::Workspace;

#[derive(Default)]
struct Group {
    requests: u64,
    errors: u64,
    sent: u64,
    times: Vec<f64>,
}

/// All lines of the files below a folder whose names satisfy `wanted`.
fn lines_below(folder: &Path, wanted: &dyn Fn(&str) -> bool, lines: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            lines_below(&path, wanted, lines);
        } else if name.ends_with(".log.gz") && wanted(&name) {
            let mut text = String::new();
            MultiGzDecoder::new(fs::File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
            lines.extend(text.lines().map(str::to_owned));
        }
    }
}

/// Fields of a line: parted by blanks, but not by those between quotes.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut is_quoted) = (Vec::new(), String::new(), false);
    for char in line.chars() {
        match char {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}

/// The smallest value that at least this share of all values does not exceed.
fn nearest_rank(sorted: &[f64], hundredths: usize) -> f64 {
    sorted[(sorted.len() * hundredths).div_ceil(100).max(1) - 1]
}

#[test]
fn groups_of_requests_are_what_a_slow_count_says() {
    let folder = Workspace::new();
    let args = ["generate", "logs", "--rps", "4", "--duration", "30m", "--seed", "11", "--odd-share", "0.05"];
    folder.run(args.iter().chain(&["--old-widths", "0.3"])).done();

    let mut lines = Vec::new();
    let is_access = |name: &str| name.starts_with(|first: char| first.is_ascii_digit());
    lines_below(&folder.path("logs"), &is_access, &mut lines);
    assert_eq!(lines.len(), 7200);
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for line in &lines {
        let fields = fields(line);
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
            let rank =
                |share| if times.is_empty() { String::new() } else { format!("{:?}", nearest_rank(times, share)) };
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
    let count = |prefix: &str, field: usize| {
        let mut lines = Vec::new();
        lines_below(&folder.path("logs"), &|name| name.starts_with(prefix), &mut lines);
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for line in &lines {
            let value = fields(line)[field].clone();
            *counts.entry(if value == "-" { String::new() } else { value }).or_default() += 1;
        }
        counts.into_iter().map(|(value, count)| format!("{value},{count}")).collect::<Vec<_>>()
    };
    for (prefix, field, table, column) in [
        ("conn_log_", 4, "connections", "tls_protocol"),
        ("conn_log_", 10, "connections", "tls_verify_status"),
        ("health_check_log_", 5, "health_checks", "status"),
        ("health_check_log_", 3, "health_checks", "target_addr"),
    ] {
        let sql = format!("SELECT coalesce({column}, ''), count(*) FROM {table} GROUP BY 1 ORDER BY 1");
        assert_eq!(folder.csv("logs", &sql).done().rows(), count(prefix, field), "{table}.{column}");
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
        assert_eq!(folder.value("a.log", &sql), format!("{:?}", nearest_rank(&times, hundredths)), "p{hundredths}");
    }
}
