//! Logs taken apart in a slow and obvious way that shares no code with the program, and what it answers as plain values:
//! for tests that compute its numbers a second time.

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde_json::{Map, Value};

use super::support::Workspace;

/// Lines of the access logs below a folder, each parted into its fields.
pub(crate) fn access_logs(folder: &Path) -> Vec<Vec<String>> {
    logs(folder, &|name| name.starts_with(|first: char| first.is_ascii_digit()))
}

/// Those of the connection logs.
pub(crate) fn connection_logs(folder: &Path) -> Vec<Vec<String>> {
    logs(folder, &|name| name.starts_with("conn_log_"))
}

/// Those of the health check logs.
pub(crate) fn health_check_logs(folder: &Path) -> Vec<Vec<String>> {
    logs(folder, &|name| name.starts_with("health_check_log_"))
}

fn logs(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    lines_below(folder, wanted, &mut lines);
    lines.iter().map(|line| fields(line)).collect()
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
pub(crate) fn fields(line: &str) -> Vec<String> {
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

/// A field; `None` for `-`, for nothing, and for one that the line does not have.
pub(crate) fn field(line: &[String], index: usize) -> Option<&str> {
    line.get(index).map(String::as_str).filter(|field| !matches!(*field, "-" | ""))
}

/// `https://Host:443/a/b?c` as host in lower case, and path.
pub(crate) fn host_and_path(request: &str) -> Option<(String, String)> {
    let (_, rest) = request.split_once("://")?;
    let url = rest.rsplit_once(" HTTP/").map_or(rest, |(url, _)| url).trim_end();
    let (authority, path) = url.find('/').map_or((url, ""), |at| url.split_at(at));
    let host = match authority.strip_prefix('[') {
        Some(_) => authority.split_inclusive(']').next().unwrap(),
        None => authority.split(':').next().unwrap(),
    };
    Some((host.to_lowercase(), path.split('?').next().unwrap().to_owned()))
}

/// `2026-11-20T10:00:00.123456Z` as microseconds since the begin of November 2026.
pub(crate) fn micros(time: &str) -> i64 {
    let number = |from: usize, to: usize| time[from..to].parse::<i64>().unwrap();
    assert_eq!((&time[..8], &time[26..]), ("2026-11-", "Z"), "{time}");
    (((number(8, 10) - 1) * 24 + number(11, 13)) * 60 + number(14, 16)) * 60_000_000
        + number(17, 19) * 1_000_000
        + number(20, 26)
}

/// The smallest value that at least this share of all values does not exceed.
pub(crate) fn nearest_rank(sorted: &[f64], hundredths: usize) -> Option<f64> {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// The rows of a report's main table by column, all of them.
pub(crate) fn report(folder: &Workspace, args: &[&str]) -> Vec<Map<String, Value>> {
    let args = ["report"].iter().chain(args).chain(&["--from", "logs", "--top", "0", "--format", "ndjson"]);
    let answer = folder.run(args).done();
    answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The rows of a report's statement, as `albstats query` answers what `--show-sql` prints.
pub(crate) fn statement(folder: &Workspace, args: &[&str]) -> Vec<Map<String, Value>> {
    let args = ["report"].iter().chain(args).chain(&["--from", "logs", "--top", "0", "--show-sql"]);
    let shown = folder.run(args).done().stdout;
    folder.write("shown.sql", shown);
    let answer = folder.run(["query", "--from", "logs", "--format", "ndjson", "-f", "shown.sql"]).done();
    answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
