//! `albstats export status`: whether anything is missing, and what it says of it.

use serde_json::Value;

use super::lake::{Lake, WINDOW, export, export_to, key, lines};
use super::s3::{Effect, Operation, Rule, S3Server};
use super::support::{Answer, Workspace};

const SLOT: &str = "access 123456789012 eu-west-1 2024-05-14T10";

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.write(&format!("logs/{}", key("20240514T1005Z")), lines(&[("2024-05-14T10:03:00Z", "/a")]));
    workspace.write(&format!("logs/{}", key("20240514T1205Z")), lines(&[("2024-05-14T12:03:00Z", "/b")]));
    export(&workspace, &[]).done();
    workspace
}

fn status(workspace: &Workspace, more: &[&str]) -> Answer {
    workspace.run([&["export", "status", "--to", "lake", "--since", "2024-05-14"], more].concat())
}

fn document(answer: &Answer) -> Value {
    serde_json::from_str(&answer.stdout).unwrap()
}

#[test]
fn an_export_is_whole_or_has_gaps() {
    let workspace = workspace();
    let answer = status(&workspace, &[]).done();
    assert!(
        answer.stdout.contains("\n  2024-05-14  ··········█·█···········         2        –\n"),
        "{}",
        answer.stdout
    );
    assert!(answer.stdout.contains("ok  no gap from 2024-05-14 10:00 to 2024-05-14 13:00"), "{}", answer.stdout);
    let whole = Lake::in_folder(&workspace.path("lake"));
    workspace.write(&format!("logs/{}", key("20240514T1010Z")), lines(&[("2024-05-14T10:09:00Z", "/c")]));
    workspace.write(&format!("logs/{}", key("20240514T1110Z")), lines(&[("2024-05-14T11:09:00Z", "/d")]));
    let answer = status(&workspace, &[]).exits(1);
    assert!(
        answer.stdout.contains("\n  2024-05-14  ··········▒▒█···········         1        2\n"),
        "{}",
        answer.stdout
    );
    assert!(answer.stdout.contains("missing  2 of 3 slots\n"), "{}", answer.stdout);
    let next = "next   albstats export --to lake --since 2024-05-14T10:00 --from";
    assert!(answer.stdout.contains(next), "{}", answer.stdout);
    assert_eq!(Lake::in_folder(&workspace.path("lake")), whole, "nothing is written");
    let found = document(&status(&workspace, &["--format", "json"]).exits(1));
    assert_eq!(found["missing"][SLOT], "1 late object");
    assert_eq!(found["missing"]["access 123456789012 eu-west-1 2024-05-14T11"], "missing (was not exported)");
    assert_eq!((found["slots"].as_u64(), found["last"].as_str()), (Some(3), Some("2024-05-14T13:00:00.000000Z")));
    // What it says to type does what is missing.
    let to_type = ["export", "--to", "lake", "--since", "2024-05-14T10:00", "--from", "logs"];
    workspace.run(to_type).done();
    assert_eq!(document(&status(&workspace, &["--format", "json"]).done())["missing"], serde_json::json!({}));
}

#[test]
fn expired_logs_are_no_gap_and_lost_files_are() {
    let workspace = workspace();
    std::fs::remove_file(workspace.path(&format!("logs/{}", key("20240514T1005Z")))).unwrap();
    let found = document(&status(&workspace, &["--format", "json"]).done());
    assert_eq!(found["slots"].as_u64(), Some(2));
    let data = "lake/requests/account=123456789012/region=eu-west-1/day=2024-05-14/2024-05-14T10.parquet";
    std::fs::remove_file(workspace.path(data)).unwrap();
    status(&workspace, &[]).exits(3).says(SLOT).says("its files are not all there");
    std::fs::remove_file(workspace.path(&data.replace("T10", "T12"))).unwrap();
    status(&workspace, &[]).exits(1);
}

#[test]
fn prometheus_reads_what_is_missing() {
    let workspace = workspace();
    workspace.write(&format!("logs/{}", key("20240514T1110Z")), lines(&[("2024-05-14T11:09:00Z", "/d")]));
    let answer = status(&workspace, &["-o", "albstats.prom"]).exits(1);
    assert_eq!(answer.stdout, "");
    let text = workspace.read("albstats.prom");
    assert!(text.contains("\nalbstats_export_slots{state=\"exported\"} 2\n"), "{text}");
    assert!(text.contains("\nalbstats_export_slots{state=\"missing\"} 1\n"), "{text}");
    // 2024-05-14T13:00Z
    assert!(text.contains("\nalbstats_export_last_slot_end_timestamp_seconds 1715691600\n"), "{text}");
    for line in text.lines() {
        let is_sample = line.split_once(' ').is_some_and(|(_, value)| value.parse::<u64>().is_ok());
        assert!(line.starts_with("# HELP ") || line.starts_with("# TYPE ") || is_sample, "{line}");
    }
}

#[test]
fn days_are_rows_and_a_page() {
    let workspace = workspace();
    let rows = status(&workspace, &["--format", "ndjson"]).done().stdout;
    let first: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    assert_eq!((&first["day"], &first["exported"], &first["missing"]), (&"2024-05-14".into(), &2.into(), &0.into()));
    assert_eq!((first["hours"][9].as_f64(), first["hours"][10].as_f64()), (Some(0.0), Some(1.0)));
    workspace.write(&format!("logs/{}", key("20240514T1110Z")), lines(&[("2024-05-14T11:09:00Z", "/d")]));
    let page = status(&workspace, &["--format", "html"]).exits(1).stdout;
    assert!(page.contains("<title>Exported hours of lake</title>") && page.contains("1 · missing · 1 · 0"), "{page}");
}

#[test]
fn slots_of_days_fill_days() {
    let workspace = workspace();
    export_to(&workspace, "days", &["--slot", "day"]).done();
    let answer = workspace.run(["export", "status", "--to", "days", "--since", "2024-05-14"]).done();
    assert!(
        answer.stdout.contains("\n  2024-05-14  ████████████████████████        24        –\n"),
        "{}",
        answer.stdout
    );
}

#[test]
fn what_cannot_be_found_out_is_said() {
    let workspace = workspace();
    workspace
        .run(["export", "status", "--to", "nowhere"])
        .exits(2)
        .says("nowhere is no export: it has no _albstats.json");
    workspace.run(["export", "status"]).exits(2).says("--to");
    assert!(!workspace.path("nowhere").exists());
    let server = S3Server::start();
    server.create("lake").put("logs", &key("20240514T1005Z"), lines(&[("2024-05-14T10:03:00Z", "/a")]));
    server.run(&workspace, [&["export", "--from", "s3://logs", "--to", "s3://lake"], &WINDOW[..]].concat()).done();
    let ask = || server.run(&workspace, ["export", "status", "--to", "s3://lake", "--since", "2024-05-14"]);
    ask().done();
    server.forget_requests().when(Rule::on(Operation::List).about("2024/05/14"), Effect::access_denied());
    ask().exits(3).says("2024-05-14: not listed: access denied");
    assert_eq!(server.count(Operation::Put), 0);
}

#[test]
fn a_file_that_no_record_names_is_told_and_not_read() {
    let workspace = workspace();
    let count = "SELECT count(*) FROM requests";
    assert_eq!(workspace.value("lake", count), "2");
    let day = "lake/requests/account=123456789012/region=eu-west-1/day=2024-05-14";
    let copy = format!("{day}/2024-05-14T11.parquet");
    std::fs::copy(workspace.path(&format!("{day}/2024-05-14T10.parquet")), workspace.path(&copy)).unwrap();

    let answer = status(&workspace, &[]).exits(1).says("2024-05-14T11.parquet is none of the export's files");
    assert!(answer.stdout.contains("foreign  1 file that no record names\n"), "{}", answer.stdout);
    let found = document(&status(&workspace, &["--format", "json"]).exits(1));
    let foreign = copy.strip_prefix("lake/").unwrap();
    assert_eq!((&found["foreign"], &found["missing"]), (&serde_json::json!([foreign]), &serde_json::json!({})));
    export(&workspace, &[]).done().says("2024-05-14T11.parquet is none of the export's files");

    let answer =
        workspace.csv("lake", count).exits(3).says("warning: not read: ").says("2024-05-14T11.parquet: no record");
    assert_eq!(answer.value(), "2", "no row counts twice");
    std::fs::remove_file(workspace.path(&copy)).unwrap();
    assert_eq!(workspace.value("lake", count), "2");
    status(&workspace, &[]).done();
}

/// The rows of a slot that came late lie under their own day, which the slot's record says; a copy under another day does not.
#[test]
fn a_copy_under_another_day_is_no_late_row() {
    let workspace = Workspace::new();
    let rows = [("2024-05-14T23:59:59Z", "/late"), ("2024-05-15T00:01:00Z", "/a")];
    workspace.write(&format!("logs/{}", key("20240515T0005Z")), lines(&rows));
    export(&workspace, &[]).done();
    let count = "SELECT count(*) FROM requests";
    assert_eq!(workspace.value("lake", count), "2");
    status(&workspace, &[]).done();
    let day = |table: &str, day: &str| format!("lake/{table}/account=123456789012/region=eu-west-1/day={day}");
    let late = format!("{}/2024-05-15T00.parquet", day("requests", "2024-05-14"));
    assert!(workspace.path(&late).exists());
    let copy = |from: &str, to: &str| {
        std::fs::create_dir_all(workspace.path(to).parent().unwrap()).unwrap();
        std::fs::copy(workspace.path(from), workspace.path(to)).unwrap();
    };
    let strange = [
        format!("{}/2024-05-15T00.parquet", day("requests", "2024-05-13")),
        format!("{}/2024-05-15T00.parquet", day("requests", "2025-01-01")),
        format!("{}/access-2024-05-15T00.parquet", day("log_objects", "2025-01-01")),
    ];
    copy(&late, &strange[0]);
    copy(&late, &strange[1]);
    copy(&format!("{}/access-2024-05-15T00.parquet", day("log_objects", "2024-05-15")), &strange[2]);
    let answer = workspace.csv("lake", count).exits(3);
    assert_eq!(answer.value(), "2");
    let answer = answer.says("day=2024-05-13/2024-05-15T00.parquet: no record of the export names it");
    answer.says("day=2025-01-01/2024-05-15T00.parquet: no record of the export names it");
    let objects = workspace.csv("lake", "SELECT count(*) FROM log_objects").exits(3);
    assert_eq!(objects.value(), "1");
    // Wherever they lie, and whatever the window.
    let found = document(&status(&workspace, &["--format", "json"]).exits(1));
    let mut expected = strange.map(|path| path.strip_prefix("lake/").unwrap().to_owned());
    expected.sort();
    assert_eq!(found["foreign"], serde_json::json!(expected));
}

/// What a link leads to is not the export's: an unpacked archive may hold links to anything.
#[cfg(unix)]
#[test]
fn links_in_an_export_are_named_and_not_followed() {
    let workspace = workspace();
    let day = "lake/requests/account=123456789012/region=eu-west-1/day=2024-05-14";
    let (file, elsewhere) =
        (workspace.path(&format!("{day}/2024-05-14T10.parquet")), workspace.path("elsewhere.parquet"));
    std::fs::rename(&file, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
    let count = "SELECT count(*) FROM requests";
    let answer = workspace.csv("lake", count).exits(3).says("2024-05-14T10.parquet: a link, which is not followed");
    assert_eq!(answer.value(), "1");
    let (folder, moved) = (workspace.path(day), workspace.path("moved"));
    std::fs::remove_file(&file).unwrap();
    std::fs::rename(&elsewhere, &file).unwrap();
    std::fs::rename(&folder, &moved).unwrap();
    std::os::unix::fs::symlink(&moved, &folder).unwrap();
    let answer = workspace.csv("lake", count).exits(3).says("2024-05-14T10.parquet: a link, which is not followed");
    assert_eq!(answer.value(), "0");
}
