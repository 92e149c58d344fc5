//! Exporting a folder to a folder: what lies there afterwards, what later runs do, and what is refused.

use std::fs;

use super::lake::{Lake, WINDOW, arguments, export, export_to, key, lines, report, written};
use super::logs::{access, gzip};
use super::support::Workspace;

const SLOT: &str = "access 123456789012 eu-west-1 2024-05-14T10";
const PARTS: &str = "account=123456789012/region=eu-west-1";

/// Three objects of an hour, one of them with a late row, and one whose interval ends with its hour and day.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    let rows = [("2024-05-14T10:03:00.5Z", "/a"), ("2024-05-13T23:59:59.9Z", "/late")];
    workspace.write(&format!("logs/{}", key("20240514T1005Z")), lines(&rows));
    workspace.write(&format!("logs/{}", key("20240514T1010Z")), lines(&[("2024-05-14T10:08:00Z", "/b")]));
    let midnight = lines(&[("2024-05-14T23:59:00Z", "/c"), ("2024-05-15T00:00:00Z", "/d")]);
    workspace.write(&format!("logs/{}", key("20240515T0000Z")), midnight);
    workspace
}

fn lake(workspace: &Workspace) -> Lake {
    Lake::in_folder(&workspace.path("lake"))
}

#[test]
fn rows_lie_under_their_own_day_and_records_beside_them() {
    let workspace = workspace();
    let answer = export(&workspace, &[]).done();
    assert!(
        answer.stdout.starts_with("Export to lake\nhours 2024-05-14 00:00 – 2024-05-16 00:00 UTC\n\n  DAY "),
        "{}",
        answer.stdout
    );
    assert_eq!(
        lake(&workspace).names(),
        [
            "_albstats.json".to_owned(),
            format!("log_objects/{PARTS}/day=2024-05-14/access-2024-05-14T10.parquet"),
            format!("log_objects/{PARTS}/day=2024-05-14/access-2024-05-14T23.parquet"),
            format!("requests/{PARTS}/day=2024-05-13/2024-05-14T10.parquet"),
            format!("requests/{PARTS}/day=2024-05-14/2024-05-14T10.parquet"),
            format!("requests/{PARTS}/day=2024-05-14/2024-05-14T23.parquet"),
            format!("requests/{PARTS}/day=2024-05-15/2024-05-14T23.parquet"),
        ]
    );
    lake(&workspace).days_are_right();
    assert_eq!(lake(&workspace).urls(), ["/a", "/b", "/c", "/d", "/late"]);
    let settings: serde_json::Value = serde_json::from_str(&workspace.read("lake/_albstats.json")).unwrap();
    assert_eq!((settings["layout"].as_u64(), settings["slot"].as_str()), (Some(1), Some("hour")));
    assert!(settings["sources"][0].as_str().unwrap().ends_with("/logs"), "{settings}");
    let objects = lake(&workspace).rows("log_objects");
    assert_eq!(objects.iter().map(|row| row["rows"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 1, 2]);
    assert_eq!(workspace.names_in("lake/_unfinished"), ["lock"]);
}

#[test]
fn a_second_run_touches_nothing() {
    let workspace = workspace();
    export(&workspace, &[]).done();
    let times = || {
        let files = walkdir::WalkDir::new(workspace.path("lake")).into_iter().map(Result::unwrap);
        let files = files.filter(|entry| entry.file_type().is_file() && !entry.path().ends_with("_unfinished/lock"));
        files.map(|entry| (entry.path().to_owned(), entry.metadata().unwrap().modified().unwrap())).collect::<Vec<_>>()
    };
    let before = times();
    let answer = export(&workspace, &["--format", "json"]).done();
    assert_eq!(written(&answer), [""; 0]);
    assert_eq!(report(&answer)["total"]["kept"], 2);
    assert_eq!(times(), before);
    // Copied elsewhere, with other times, it still is what it was.
    let entries = walkdir::WalkDir::new(workspace.path("lake")).into_iter().map(Result::unwrap);
    for entry in entries.filter(|entry| entry.file_type().is_file()) {
        let relative = entry.path().strip_prefix(workspace.path("lake")).unwrap();
        workspace.write(&format!("copy/{}", relative.display()), fs::read(entry.path()).unwrap());
    }
    let answer = export_to(&workspace, "copy", &["--format", "json"]).done();
    assert_eq!(written(&answer), [""; 0]);
}

/// Records know objects by their names, which must not depend on how the folder was named.
#[test]
fn logs_may_be_named_in_other_ways() {
    let workspace = workspace();
    export(&workspace, &[]).done();
    let absolute = workspace.path("logs").canonicalize().unwrap().display().to_string();
    for from in ["logs/", "./logs", "lake/../logs", &absolute] {
        let again = [&["export", "--from", from, "--to", "./lake/", "--format", "json"], &WINDOW[..]].concat();
        let answer = workspace.run(again).done();
        assert_eq!((written(&answer), report(&answer)["total"]["kept"].as_u64()), (Vec::new(), Some(2)), "{from}");
    }
    fs::create_dir(workspace.path("elsewhere")).unwrap();
    let mut command = workspace.command([&["export", "--from", "../logs", "--to", "../lake"], &WINDOW[..]].concat());
    command.current_dir(workspace.path("elsewhere"));
    assert_eq!(super::support::finish(command, b"").done().stderr, "");
    let status = ["export", "status", "--to", "lake", "--since", "2024-05-14"];
    workspace.run([&status[..], &["--from", "logs"]].concat()).done();
}

#[test]
fn late_and_replaced_objects_are_added() {
    let workspace = workspace();
    export(&workspace, &[]).done();
    workspace.write(&format!("logs/{}", key("20240514T1100Z")), lines(&[("2024-05-14T10:59:59Z", "/e")]));
    let answer = export(&workspace, &["--format", "json"]).done();
    assert_eq!(written(&answer), [format!("{SLOT}: 1 late object")]);
    assert_eq!(lake(&workspace).urls(), ["/a", "/b", "/c", "/d", "/e", "/late"]);
    // The late row is gone with the object that had it, and so is the file of its day.
    workspace.write(
        &format!("logs/{}", key("20240514T1005Z")),
        lines(&[("2024-05-14T10:03:00Z", "/other"), ("2024-05-14T10:03:01Z", "/others")]),
    );
    let answer = export(&workspace, &["--format", "json"]).done();
    assert_eq!(written(&answer), [format!("{SLOT}: 1 replaced object")]);
    assert_eq!(lake(&workspace).urls(), ["/b", "/c", "/d", "/e", "/other", "/others"]);
    assert!(!lake(&workspace).names().iter().any(|name| name.contains("day=2024-05-13")));
    assert_eq!(written(&export(&workspace, &["--format", "json"]).done()), [""; 0]);
}

#[test]
fn rows_of_expired_objects_stay() {
    let workspace = workspace();
    export(&workspace, &[]).done();
    let whole = lake(&workspace);
    fs::remove_file(workspace.path(&format!("logs/{}", key("20240514T1005Z")))).unwrap();
    assert_eq!(export(&workspace, &[]).done().stderr, "");
    assert_eq!(lake(&workspace), whole);
    // Something comes while others are gone: that is for a person to decide.
    workspace.write(&format!("logs/{}", key("20240514T1015Z")), lines(&[("2024-05-14T10:14:00Z", "/e")]));
    for _ in 0..2 {
        export(&workspace, &["--rewrite"])
            .exits(3)
            .says(&format!("warning: slot {SLOT}: 1 objects came or changed, but 1 that were exported are gone"))
            .says("hint: --allow-shrink writes it without them");
        assert_eq!(lake(&workspace).urls(), whole.urls());
    }
    let answer = export(&workspace, &["--allow-shrink", "--format", "json"]).done();
    assert_eq!(written(&answer), [format!("{SLOT}: 1 late object")]);
    assert_eq!(lake(&workspace).urls(), ["/b", "/c", "/d", "/e"]);
    // What cannot be looked into may hold what seems to be gone.
    #[cfg(unix)]
    {
        fs::remove_file(workspace.path(&format!("logs/{}", key("20240514T1010Z")))).unwrap();
        workspace.write(&format!("logs/{}", key("20240514T1020Z")), lines(&[("2024-05-14T10:19:00Z", "/f")]));
        std::os::unix::fs::symlink("/nowhere", workspace.path("logs/unmounted")).unwrap();
        export(&workspace, &["--allow-shrink"]).exits(3).says("logs/unmounted: ").says("1 that were exported are gone");
        assert_eq!(lake(&workspace).urls(), ["/b", "/c", "/d", "/e"]);
        fs::remove_file(workspace.path("logs/unmounted")).unwrap();
    }
    // Without any object left, nothing shrinks.
    fs::remove_dir_all(workspace.path("logs/AWSLogs")).unwrap();
    export(&workspace, &["--allow-shrink"]).done();
    assert_eq!(lake(&workspace).urls(), ["/b", "/c", "/d", "/e"]);
}

#[test]
fn lost_and_foreign_files_are_made_again() {
    let workspace = workspace();
    export(&workspace, &[]).done();
    let whole = lake(&workspace);
    let late = format!("lake/requests/{PARTS}/day=2024-05-13/2024-05-14T10.parquet");
    fs::remove_file(workspace.path(&late)).unwrap();
    workspace.write(&format!("lake/requests/{PARTS}/day=2024-05-12/2024-05-14T10.parquet"), "what?");
    workspace.write(&format!("lake/requests/{PARTS}/day=2024-05-14/mine.parquet"), "mine");
    let answer = export(&workspace, &["--format", "json"]).done().says("mine.parquet is none of the export's files");
    assert_eq!(written(&answer), [format!("{SLOT}: files missing or foreign")]);
    fs::remove_file(workspace.path(&format!("lake/requests/{PARTS}/day=2024-05-14/mine.parquet"))).unwrap();
    assert_eq!(lake(&workspace).data(), whole.data());
    // A file is lost for good when what it was made from is gone.
    fs::remove_file(workspace.path(&late)).unwrap();
    fs::remove_dir_all(workspace.path("logs/AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2024/05/14")).unwrap();
    export(&workspace, &[])
        .exits(3)
        .says("its files are not all there, and 2 of the objects to make them again are gone");
    // A record that is none fails its slot, and is named.
    let record = format!("log_objects/{PARTS}/day=2024-05-14/access-2024-05-14T23.parquet");
    workspace.write(&format!("lake/{record}"), "what?");
    export(&workspace, &[]).exits(3).says(&record);
}

#[test]
fn a_corrupt_object_is_recorded_and_not_tried_again() {
    let workspace = workspace();
    let whole = lines(&[("2024-05-14T10:13:00Z", "/e")]);
    let cut = [&whole[..], &whole[..whole.len() / 2]].concat();
    workspace.write(&format!("logs/{}", key("20240514T1015Z")), cut);
    export(&workspace, &[]).exits(3).says("T1015Z").says("cut short");
    // Each time it is said.
    let answer = export(&workspace, &["--format", "json"]).exits(3).says("T1015Z").says("cut short");
    assert_eq!(written(&answer), [""; 0]);
    assert_eq!(report(&answer)["damaged"].as_array().unwrap().len(), 1);
    let objects = lake(&workspace).rows("log_objects");
    let errors: Vec<&str> = objects.iter().filter_map(|row| row["error"].as_str()).collect();
    assert_eq!(errors, ["cut short: its gzip stream ends in the middle"]);
    assert_eq!(lake(&workspace).urls().iter().filter(|url| *url == "/e").count(), 1);
    // It comes again, whole.
    workspace.write(&format!("logs/{}", key("20240514T1015Z")), &whole);
    assert_eq!(written(&export(&workspace, &["--format", "json"]).done()), [format!("{SLOT}: 1 replaced object")]);
}

#[test]
fn a_slot_of_nothing_but_damage_is_recorded() {
    let workspace = Workspace::new();
    workspace.write(&format!("logs/{}", key("20240514T1005Z")), &lines(&[("2024-05-14T10:01:00Z", "/a")])[..7]);
    workspace.write(&format!("logs/{}", key("20240514T1105Z")), gzip("what?\n"));
    workspace.write(&format!("logs/{}", key("20240514T1205Z")), "");
    export(&workspace, &[]).exits(3).says("1 rejected lines");
    // With notes about the two of them of which something is to be said.
    assert_eq!(lake(&workspace).names().len(), 1 + 3 + 1 + 2);
    assert_eq!(lake(&workspace).texts("rejected_lines", "line"), ["what?"]);
    assert_eq!(written(&export(&workspace, &["--format", "json"]).exits(3)), [""; 0]);
}

#[test]
fn days_are_written_in_every_format() {
    let workspace = workspace();
    let rows = export(&workspace, &["--format", "csv"]).done().stdout;
    let begin = "day,slots,kept,new,redone,rows,raw,parquet,why\n2024-05-14,2,0,2,0,5,";
    assert!(rows.starts_with(begin) && rows.ends_with(",2 new\n") && rows.lines().count() == 2, "{rows}");
    assert_eq!(export(&workspace, &["-o", "export.html"]).done().stdout, "");
    let page = workspace.read("export.html");
    assert!(page.contains("<title>Export to lake</title>") && page.contains("2024-05-14"), "{page}");
    let screen = export(&workspace, &[]).done().stdout;
    let [columns, day, total] =
        ["  DAY         SLOTS  KEPT  NEW", "  2024-05-14      2     2    –", "  total           2     2    –"];
    assert!([columns, day, total].iter().all(|line| screen.contains(line)), "{screen}");
    assert!(screen.contains("\ntook  "), "{screen}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let workspace = workspace();
    let answer = export(&workspace, &["--dry-run"]).done().says(&format!("would write {SLOT}: new"));
    assert!(answer.stdout.contains("TO DO"), "{}", answer.stdout);
    assert!(!workspace.path("lake").exists());
    export(&workspace, &[]).done();
    let whole = lake(&workspace);
    workspace.write(&format!("logs/{}", key("20240514T1015Z")), lines(&[("2024-05-14T10:14:00Z", "/e")]));
    export(&workspace, &["--dry-run"]).done().says("1 late object");
    assert_eq!(lake(&workspace), whole);
}

#[test]
fn shards_make_a_whole_even_when_they_begin_together() {
    let workspace = Workspace::new();
    workspace.run(["generate", "logs", "--rps", "0.5", "--duration", "4h", "--start", "2024-05-14T21:30:00Z"]).done();
    export_to(&workspace, "whole", &[]).done();
    let start = |shard: &'static str| {
        let mut command = workspace.command(arguments(&["--shard", shard]));
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    for mut shard in ["0/3", "1/3", "2/3"].map(start) {
        assert!(shard.wait().unwrap().success());
    }
    assert_eq!(lake(&workspace).data(), Lake::in_folder(&workspace.path("whole")).data());
    assert_eq!(written(&export(&workspace, &["--format", "json"]).done()), [""; 0]);
    export(&workspace, &["--shard", "3/3"]).exits(2).says("expected K/N with K from 0 to N-1");
}

#[test]
fn a_slot_may_be_a_day() {
    let workspace = workspace();
    export(&workspace, &["--slot", "day"]).done();
    assert_eq!(
        lake(&workspace).names()[1..],
        [
            format!("log_objects/{PARTS}/day=2024-05-14/access-2024-05-14.parquet"),
            format!("requests/{PARTS}/day=2024-05-13/2024-05-14.parquet"),
            format!("requests/{PARTS}/day=2024-05-14/2024-05-14.parquet"),
            format!("requests/{PARTS}/day=2024-05-15/2024-05-14.parquet"),
        ]
    );
    assert_eq!(written(&export(&workspace, &["--slot", "day", "--format", "json"]).done()), [""; 0]);
}

#[test]
fn only_whole_hours_of_the_window_are_written() {
    let workspace = workspace();
    let hours = |since: &str, until: &str| {
        let window = ["--since", since, "--until", until, "--format", "json", "--dry-run"];
        written(&workspace.run([&["export", "--from", "logs", "--to", "lake"], &window[..]].concat()).done())
    };
    assert_eq!(hours("2024-05-14T10:30:00Z", "2024-05-14T11:00:00Z").len(), 1, "from the start of its hour");
    assert_eq!(hours("2024-05-14T09:00:00Z", "2024-05-14T10:59:00Z").len(), 0, "not to its end");
    assert_eq!(hours("2024-05-14T23:00:00Z", "2024-05-15T00:00:00Z").len(), 1, "its last object ends at midnight");
    assert_eq!(hours("2024-05-15T00:00:00Z", "2024-05-15T01:00:00Z").len(), 0, "which is none of the next hour's");
    export(&workspace, &["--settle", "36500d"]).exits(2).says("no whole hour ends in this window").says("--settle 0s");
}

#[test]
fn what_is_redacted_is_nowhere() {
    let workspace = Workspace::new();
    let secret = access("2024-05-14T10:01:00Z", 200).replace("id=1", "token=geheim").replace("192.0.2.7", "192.0.2.77");
    workspace.write(&format!("logs/{}", key("20240514T1005Z")), gzip(secret + "geheim is no line\n"));
    export(&workspace, &["--redact", "query-strings,client-ip"]).done();
    let rows = lake(&workspace).rows("requests");
    assert_eq!(rows[0]["request_url"], "https://shop.example.com:443/cart");
    assert_eq!(rows[0]["client_ip"], "192.0.2.0");
    let everything = lake(&workspace).everything().join("\n");
    assert!(!everything.contains("geheim") && !everything.contains("192.0.2.77"), "{everything}");
}

#[test]
fn an_export_keeps_to_what_it_was_created_with() {
    let workspace = workspace();
    export(&workspace, &["--redact", "client-ip"]).done();
    let whole = lake(&workspace);
    let hint = "hint: the same again, or another --to";
    export(&workspace, &[]).exits(2).says("was created with --redact client-ip, not nothing").says(hint);
    let both = ["--redact", "client-ip,query-strings"];
    export(&workspace, &both).exits(2).says("--redact client-ip, not query-strings,client-ip");
    export(&workspace, &["--redact", "client-ip", "--slot", "day"]).exits(2).says("--slot hour, not day");
    fs::create_dir(workspace.path("more")).unwrap();
    export(&workspace, &["--redact", "client-ip", "--from", "more"]).exits(2).says("was created with --from ");
    let settings = workspace.read("lake/_albstats.json").replace("\"layout\": 1", "\"layout\": 2");
    workspace.write("lake/_albstats.json", settings);
    export(&workspace, &["--redact", "client-ip"]).exits(2).says("with layout 2").says("hint: update albstats");
    workspace.write("lake/_albstats.json", "{");
    export(&workspace, &["--redact", "client-ip"]).exits(2).says("_albstats.json is not an export's");
    assert_eq!(lake(&workspace).data(), whole.data());
}

#[test]
fn places_that_cannot_be_exports_are_refused() {
    let workspace = workspace();
    workspace.write("taken/requests/b.parquet", "PAR1");
    let to = |from: &str, to: &str| workspace.run([&["export", "--from", from, "--to", to], &WINDOW[..]].concat());
    to("logs", "taken")
        .exits(2)
        .says("is no export, but has Parquet files in it: requests/b.parquet")
        .says("taken/albstats");
    for inside in ["logs", "logs/lake", "logs/AWSLogs/../lake", "./logs/"] {
        to("logs", inside).exits(2).says("lie in each other").says("hint: another folder");
    }
    to("logs/AWSLogs", "logs").exits(2).says("lie in each other");
    to("s3://logs/AWSLogs", "s3://logs").exits(2).says("lie in each other").says("--from s3://BUCKET/AWSLogs");
    to("s3://logs", "s3://logs/lake/").exits(2).says("lie in each other");
    to("-", "lake").exits(2).says("an export cannot be made from standard input");
    to("logs", "gs://lake").exits(2).says("gs:// is not supported");
    to("nowhere", "lake2").exits(2).says("no such file, folder or source: nowhere");
    workspace.write("file", "");
    to("logs", "file").exits(2).says("cannot write to file");
    to("logs", "logs-lake").done();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(workspace.path("logs"), workspace.path("link")).unwrap();
        to("logs", "link/new").exits(2).says("lie in each other");
        to("link", "logs/new").exits(2).says("lie in each other");
    }
    assert_eq!(workspace.names_in("taken"), ["_unfinished", "requests"]);
}

/// Counts and sums over all files are those of the raw logs.
#[test]
fn an_export_has_what_the_logs_have() {
    let workspace = Workspace::new();
    let small = ["--rps", "1", "--load-balancers", "2", "--duration", "90m", "--start", "2024-05-14T23:10:00Z"];
    workspace.run([&["generate", "logs"], &small[..]].concat()).done();
    workspace.write(&format!("logs/{}", key("20240514T2305Z")), gzip("no line\nneither\n"));
    let (late, cut) = (lines(&[("2024-05-12T10:01:00Z", "/late")]), lines(&[("2024-05-14T23:01:00Z", "/cut")]));
    workspace.write(&format!("logs/{}", key("20240515T0100Z")), [&late[..], &cut[..cut.len() / 2]].concat());
    export(&workspace, &[]).exits(3);
    let exported = lake(&workspace);
    exported.days_are_right();
    for (table, group, sum) in [
        ("requests", "target_group_arn", "sent_bytes"),
        ("requests", "day", "received_bytes"),
        ("connections", "elb", "client_port"),
        ("health_checks", "target_group_id", "status_code"),
        ("rejected_lines", "reason", "line_number"),
        ("log_objects", "kind", "size"),
        ("log_objects", "error", "rows"),
        ("log_objects", "region", "rejected_lines"),
    ] {
        let mut groups = std::collections::BTreeMap::<String, (u64, u64)>::new();
        for row in exported.rows(table) {
            let of_group = groups.entry(row[group].as_str().unwrap_or("NULL").to_owned()).or_default();
            of_group.0 += 1;
            of_group.1 += row[sum].as_u64().unwrap_or(0);
        }
        let sql = format!(
            "SELECT coalesce({group}, 'NULL') AS grp, count(*), coalesce(sum({sum}), 0) FROM {table} GROUP BY 1 ORDER BY 1"
        );
        // Reading the object that is cut ends with 3.
        let raw = workspace.csv("logs", &sql);
        let ours: Vec<String> = groups.iter().map(|(name, (count, sum))| format!("{name},{count},{sum}")).collect();
        assert!(!ours.is_empty(), "{table}");
        assert_eq!(ours, raw.rows().iter().map(|row| row.replace('"', "")).collect::<Vec<_>>(), "{table}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_fails_slots_and_leaves_nothing_behind() {
    let workspace = Workspace::new();
    let noise = |row: u64| {
        let numbers = (0..16).map(|n| (row * 16 + n).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let agent = numbers.fold(String::new(), |agent, n| agent + &format!("{n:016x}"));
        access("2024-05-14T10:01:00Z", 200).replace("curl/8.5", &agent)
    };
    workspace.write(&format!("logs/{}", key("20240514T1005Z")), gzip((0..20_000).map(noise).collect::<String>()));
    workspace.write(&format!("logs/{}", key("20240514T1105Z")), lines(&[("2024-05-14T11:01:00Z", "/a")]));
    // A limit on the size of files does as a disk that is full does: a write fails.
    let program = env!("CARGO_BIN_EXE_albstats");
    let script = format!("trap '' XFSZ; ulimit -f 1000; exec '{program}' {}", arguments(&[]).join(" "));
    let mut command = workspace.command::<&str>([]);
    let environment: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
    command = std::process::Command::new("sh");
    command.args(["-c", &script]).current_dir(workspace.path("")).env_clear().envs(environment);
    let answer = super::support::finish(command, b"").exits(3);
    let answer = answer.says(&format!("warning: slot {SLOT}: ")).says("cannot write ").says("File too large");
    assert!(answer.stdout.contains("1 not written"), "{}", answer.stdout);
    assert_eq!(lake(&workspace).urls(), ["/a"]);
    assert_eq!(workspace.names_in("lake/_unfinished"), ["lock"]);
    export(&workspace, &[]).done();
    assert_eq!(lake(&workspace).urls().len(), 20_001);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_in_good_order() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    let workspace = Workspace::new();
    workspace.run(["generate", "logs", "--rps", "2", "--duration", "5h", "--start", "2024-05-14T08:00:00Z"]).done();
    let mut command = workspace.command(arguments(&["--threads", "1"]));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let records = || walkdir::WalkDir::new(workspace.path("lake/log_objects")).into_iter().flatten().count();
    let started = Instant::now();
    while records() < 6 {
        assert!(started.elapsed() < Duration::from_mins(1), "nothing is written");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(15), "{said}");
    assert!(said.contains("interrupted: what is written is whole, the rest is for the next run"), "{said}");
    assert_eq!(workspace.names_in("lake/_unfinished"), ["lock"]);
    let interrupted = lake(&workspace);
    let answer = export(&workspace, &["--format", "json"]).done();
    let (kept, new) = (&report(&answer)["total"]["kept"], &report(&answer)["total"]["new"]);
    assert!(kept.as_u64() > Some(0) && new.as_u64() > Some(0), "{kept} {new}");
    // What was there is what a whole run writes.
    let whole = lake(&workspace);
    assert!(interrupted.data().iter().all(|(name, content)| whole.data().get(name) == Some(content)));
}
