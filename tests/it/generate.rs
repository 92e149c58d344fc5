//! `albstats generate`: the same options give the same bytes, in the layout of a real bucket.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::support::Workspace;

/// Every file below a folder, by its path in it.
fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(files_below(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

fn generated(folder: &Workspace, name: &str, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let args = [&["generate", name, "--rps", "2", "--duration", "10m", "--load-balancers", "2"], more].concat();
    folder.run(args).done();
    files_below(&folder.path(name))
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let folder = Workspace::new();
    let first = generated(&folder, "a", &["--seed", "5"]);
    assert!(first == generated(&folder, "b", &["--seed", "5"]));
    assert!(first != generated(&folder, "c", &["--seed", "6"]));
}

#[test]
fn objects_lie_where_aws_puts_them() {
    let folder = Workspace::new();
    let options = ["--account", "210987654321", "--region", "eu-central-1", "--start", "2026-03-01T23:55:00Z"];
    let files = generated(&folder, "a", &options);
    let base = "AWSLogs/210987654321";
    let tests: Vec<&String> = files.keys().filter(|name| name.ends_with("TestFile")).collect();
    assert_eq!(tests.len(), 3);
    let logs: Vec<&String> = files.keys().filter(|name| name.ends_with(".log.gz")).collect();
    // Two load balancers, two nodes, two intervals, three kinds.
    assert_eq!(logs.len(), 24);
    for log in logs {
        // The interval that ends at midnight lies in the folder of the new day.
        let day = format!("{base}/elasticloadbalancing/eu-central-1/2026/03/02/");
        assert!(log.starts_with(&day), "{log}");
        assert!(log.contains("_20260302T0000Z_") || log.contains("_20260302T0005Z_"), "{log}");
    }
}

#[test]
fn what_was_said_to_be_written_can_be_read() {
    let folder = Workspace::new();
    let answer = folder.run(["generate", "logs", "--rps", "3", "--duration", "5m", "--old-widths", "0.5"]).done();
    assert_eq!(answer.stdout, "");
    answer.says("wrote 18 objects in ").says(": 900 requests, ");
    let count =
        |table: &str| folder.csv("logs", &format!("SELECT count(*) FROM {table}")).done().says(" 0 rejected").value();
    assert_eq!(count("requests"), "900");
    assert_eq!(count("rejected_lines"), "0");
    assert_eq!(folder.value("logs", "SELECT count(*) FROM log_objects"), "18");
}

#[test]
fn nothing_is_overwritten_unless_forced() {
    let folder = Workspace::new();
    folder.write("logs/mine.txt", "precious");
    let args = ["generate", "logs", "--rps", "1", "--duration", "5m"];
    folder.run(args).exits(2).says("error: logs is not empty\nhint: ");
    assert_eq!(folder.names_in("logs"), ["mine.txt"]);
    folder.run(args.iter().chain(&["--force", "--quiet"])).done();
    assert_eq!(folder.read("logs/mine.txt"), "precious");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = Workspace::new();
    for options in [
        ["--rps", "1e12"],
        ["--rps", "nan"],
        ["--duration", "soon"],
        ["--start", "now"],
        ["--nodes", "0"],
        ["--odd-share", "2"],
    ] {
        folder.run(["generate", "logs"].into_iter().chain(options)).exits(2).says("error: ");
        assert!(!folder.path("logs").exists(), "{options:?}");
    }
}
