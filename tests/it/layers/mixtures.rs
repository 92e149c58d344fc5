//! The same questions of raw logs, of their export, and of mixtures cut at random.

use std::fs;

use super::{DAYS, export, files, logs};
use crate::fake_aws::{FakeAws, usual};
use crate::support::{Answer, Workspace, finish};

pub(super) const QUESTIONS: [&str; 12] = [
    "SELECT count(*), count(target_ip), sum(sent_bytes), min(time), max(time) FROM requests",
    "SELECT elb_status_code, count(*) FROM requests GROUP BY 1 ORDER BY 2 DESC, 1",
    "SELECT split_part(target_group_arn, '/', 2) AS target_group, count(*) AS requests, count_if(elb_status_code >= 500) AS e,
            approx_percentile(target_processing_time, 0.5) AS p50, approx_percentile(target_processing_time, 0.99) AS p99
     FROM requests WHERE target_group_arn IS NOT NULL GROUP BY 1 ORDER BY p99 DESC, 1",
    "SELECT * FROM requests ORDER BY time, trace_id LIMIT 40",
    "SELECT * FROM requests WHERE elb_status_code >= 500 AND day = '2024-05-14' ORDER BY time, trace_id",
    "SELECT * FROM connections ORDER BY time, conn_trace_id, client_port LIMIT 40",
    "SELECT day, count(*), min(time) FROM health_checks GROUP BY day ORDER BY day",
    "SELECT * FROM rejected_lines ORDER BY log_object, line_number",
    "SELECT log_object, kind, elb, interval_end, size, rows, rejected_lines, day, account FROM log_objects ORDER BY 1",
    "SELECT kind, count(*), sum(rows), sum(rejected_lines), count(error) FROM log_objects GROUP BY kind ORDER BY kind",
    "SELECT count(*) FROM requests WHERE time >= '2024-05-14T23:30' AND time < '2024-05-15T00:10' OR request_url LIKE '%/cart%'",
    "SELECT r.domain_name, count(DISTINCT c.client_ip), count(*) FROM connections c JOIN requests r USING (conn_trace_id)
     GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 8",
];

pub(super) const WINDOWS: [&[&str]; 4] = [
    &[],
    &["--since", "2024-05-14T23:40", "--until", "2024-05-15T00:10"],
    &["--since", "2024-05-14T22:59", "--until", "2024-05-14T23:00"],
    &["--since", "2024-05-15T00:00", "--elb", "k8s-platform-*"],
];

pub(super) fn ask(folder: &Workspace, from: &[&str], more: &[&str], sql: &str) -> Answer {
    let from = from.iter().flat_map(|from| ["--from", *from]);
    let args = ["query", "--format", "csv", "--margin", "3h"].into_iter().chain(from).chain(more.iter().copied());
    folder.run(args.chain([sql]))
}

/// Numbers of no pattern, the same every time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn up_to(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// An export that lacks what comes late, of some hours; of which one slot is damaged, if it is to be.
pub(super) fn cut(folder: &Workspace, lake: &str, dice: &mut Dice, damage: bool) {
    let all = files(&folder.path("logs"));
    let delayed: Vec<&String> = all.iter().filter(|_| dice.up_to(6) == 0).collect();
    let aside = |name: &str| folder.path(&format!("aside/{}", name.replace('/', "%")));
    fs::create_dir_all(folder.path("aside")).unwrap();
    for name in &delayed {
        fs::rename(folder.path("logs").join(name), aside(name)).unwrap();
    }
    let hours = ["2024-05-14T22", "2024-05-14T23", "2024-05-15T00", "2024-05-15T01", "2024-05-15T02", "2024-05-15T03"];
    let first = dice.up_to(3) as usize;
    let last = first + 1 + dice.up_to((hours.len() - first - 1) as u64) as usize;
    export(folder, lake, &["--since", hours[first], "--until", hours[last]]).done();
    for name in &delayed {
        fs::rename(aside(name), folder.path("logs").join(name)).unwrap();
    }
    if !damage {
        return;
    }
    // Of one slot everything is gone, or a part of it.
    let slots = files(&folder.path(lake)).into_iter().filter(|path| path.ends_with(".parquet"));
    let slots: Vec<String> = slots.collect();
    let victim = &slots[dice.up_to(slots.len() as u64) as usize];
    let name = victim.rsplit('/').next().unwrap().trim_start_matches("access-");
    let whole = dice.up_to(2) == 0;
    let same = slots.iter().filter(|path| *path == victim || whole && path.rsplit('/').next().unwrap().ends_with(name));
    same.for_each(|path| fs::remove_file(folder.path(lake).join(path)).unwrap());
}

#[test]
fn mixtures_answer_as_the_logs_alone_do() {
    let folder = logs();
    let logs = folder.path("logs").canonicalize().unwrap();
    let logs = logs.to_str().unwrap();
    export(&folder, "whole", &DAYS).done();
    let mut dice = Dice(20_240_514);
    let lakes: Vec<String> = (0..4).map(|number| format!("lake{number}")).collect();
    for lake in &lakes {
        cut(&folder, lake, &mut dice, true);
    }
    for (number, sql) in QUESTIONS.iter().enumerate() {
        for (at, window) in WINDOWS.into_iter().enumerate() {
            let wanted = ask(&folder, &[logs], window, sql).done().stdout;
            assert_eq!(ask(&folder, &["whole"], window, sql).done().stdout, wanted, "export: {window:?} {sql}");
            let settled = [window, &["--fresh", "0s"]].concat();
            assert_eq!(ask(&folder, &[logs, "whole"], &settled, sql).done().stdout, wanted, "{window:?} {sql}");
            for lake in [&lakes[(number + at) % 4], &lakes[(number + at + 1) % 4]] {
                // Spelled otherwise, objects are called alike all the same.
                let answer = ask(&folder, &["./logs", lake], &[window, &["--fresh", "36500d"]].concat(), sql);
                assert_eq!(answer.done().stdout, wanted, "{lake}: {window:?} {sql}");
            }
        }
    }
}

#[test]
fn what_is_settled_is_as_it_was_exported() {
    let folder = logs();
    let before = folder.value("logs", "SELECT count(*) FROM requests");
    export(&folder, "lake", &DAYS).done();
    let late = crate::logs::object_name("20240514T2235Z");
    folder.write(&format!("logs/{late}"), crate::logs::gzip(crate::logs::access("2024-05-14T22:33:00.000000Z", 200)));
    let count = |fresh: &str| {
        ask(&folder, &["logs", "lake"], &["--fresh", fresh], "SELECT count(*) FROM requests").done().value()
    };
    assert_eq!(count("0s"), before);
    assert_eq!(count("36500d").parse::<u64>().unwrap(), before.parse::<u64>().unwrap() + 1);
    // The next export takes it in.
    export(&folder, "lake", &DAYS).done();
    assert_eq!(count("0s"), count("36500d"));
}

#[test]
fn what_is_read_where_is_said() {
    let folder = logs();
    export(&folder, "lake", &["--since", "2024-05-14T22", "--until", "2024-05-14T23"]).done();
    let of = ["--fresh", "36500d"];
    let answer = ask(&folder, &["logs", "lake"], &of, "SELECT count(*) FROM requests").done();
    let line = answer.stderr.lines().last().unwrap().to_owned();
    assert!(line.starts_with("kept 1 file, ") && line.contains("; raw 73 objects, "), "{line}");
    let rows = "SELECT read_from, count(*) FROM log_objects WHERE kind = 'access' GROUP BY 1 ORDER BY 1";
    assert_eq!(ask(&folder, &["logs", "lake"], &of, rows).done().rows(), ["kept,24", "raw,73"]);
    assert_eq!(ask(&folder, &["lake"], &[], rows).done().rows(), ["kept,24"]);
    assert_eq!(ask(&folder, &["logs"], &[], rows).done().rows(), ["raw,97"]);
    let plan =
        ask(&folder, &["logs", "lake"], &of, "EXPLAIN SELECT count(*) FROM requests WHERE elb_status_code = 502");
    let plan = plan.done().stdout;
    assert!(plan.contains("LayerExec: read_from=kept") && plan.contains("LayerExec: read_from=raw"), "{plan}");
}

#[test]
fn an_export_of_other_places_is_refused() {
    let folder = logs();
    export(&folder, "lake", &DAYS).done();
    fs::create_dir(folder.path("others")).unwrap();
    fs::copy(folder.path("logs").join(&files(&folder.path("logs"))[0]), folder.path("others/a.log.gz")).unwrap();
    let answer = ask(&folder, &["others", "lake"], &[], "SELECT 1").exits(2);
    let answer = answer.says("lake is an export of other places than those it is read with");
    let [made, named] = ["logs", "others"].map(|name| folder.path(name).canonicalize().unwrap().display().to_string());
    let answer = answer.says(&format!("it was made from  {made}\n")).says(&format!("--from names      {named}\n"));
    answer.says("hint: ");
    // More places than the export has are all right: of the others it has nothing.
    fs::remove_file(folder.path("others/a.log.gz")).unwrap();
    fs::write(
        folder.path("others").join(crate::logs::object_name("20240514T2255Z")),
        crate::logs::gzip(crate::logs::access("2024-05-14T22:53:00.000000Z", 200)),
    )
    .unwrap();
    let count = "SELECT count(*) FROM requests";
    let all = ask(&folder, &["logs", "others"], &[], count).done().value();
    for fresh in ["0s", "36500d"] {
        assert_eq!(ask(&folder, &["logs", "others", "lake"], &["--fresh", fresh], count).done().value(), all);
    }
}

#[test]
fn exports_that_leave_things_out_are_not_mixed_silently() {
    let folder = logs();
    let redacting = ["--redact", "query-strings,client-ip"];
    export(&folder, "lake", &[&["--since", "2024-05-14T22", "--until", "2024-05-14T23"], &redacting[..]].concat())
        .done();
    let answer = ask(&folder, &["logs", "lake"], &[], "SELECT count(*) FROM requests").done();
    answer.says("leaves out query-strings,client-ip (--redact); rows that are read elsewhere have it");
}

#[test]
fn two_exports_of_one_folder_count_once() {
    let folder = logs();
    export(&folder, "one", &DAYS).done();
    export(&folder, "two", &["--since", "2024-05-14T23", "--until", "2024-05-15T01"]).done();
    for sql in QUESTIONS {
        let wanted = folder.csv("one", sql).done().stdout;
        for from in [&["one", "two"][..], &["two", "one"], &["logs", "two", "one"]] {
            for fresh in ["0s", "36500d"] {
                assert_eq!(ask(&folder, from, &["--fresh", fresh], sql).done().stdout, wanted, "{from:?} {sql}");
            }
        }
    }
}

#[test]
fn a_source_names_its_export() {
    let folder = logs();
    folder.write("albstats.toml", "[sources.prod]\nfrom = ['logs']\nexport = 'lake'\n");
    let count = "SELECT count(*) FROM requests";
    let all = folder.value("logs", count);
    let ask = || folder.run(["query", "--format", "csv", count]);
    assert_eq!(ask().done().says("notice: there is no export at lake yet").value(), all);
    export(&folder, "lake", &DAYS).done();
    let answer = ask().done();
    assert_eq!(answer.value(), all);
    assert!(answer.stderr.starts_with("1 file") || answer.stderr.contains(" files, "), "{}", answer.stderr);
    let shown = folder.run(["config", "show"]).done().stdout;
    assert!(shown.contains("sources.prod.export  lake ") && shown.contains(" albstats.toml:3\n"), "{shown}");
    // What is made from the source is made from its logs.
    folder.run(["export", "--from", "prod", "--to", "lake", "--settle", "0s"].iter().chain(&DAYS)).done();
    let script = format!("{count};\n\\d\n");
    let shell = folder.run_with(script.as_bytes(), ["shell"]).done();
    assert!(shell.stdout.contains(&all), "{}", shell.stdout);
    let report = folder.run(["report", "errors", "--format", "json"]).done();
    let raw = folder.run(["report", "errors", "--format", "json", "--from", "logs"]).done();
    assert_eq!(report.stdout, raw.stdout);
}

#[test]
fn objects_are_counted_wherever_they_are() {
    let folder = logs();
    export(&folder, "lake", &["--since", "2024-05-14T22", "--until", "2024-05-15T00"]).done();
    let ask = |from: &[&str]| {
        let from = from.iter().flat_map(|from| ["--from", *from]);
        folder.run(["objects", "--format", "csv"].into_iter().chain(from)).done()
    };
    let wanted = ask(&["logs"]).stdout;
    let both = ask(&["logs", "lake"]).says("are in an export or store, those of ");
    assert_eq!(both.stdout, wanted);
    // Those that are gone are where they were exported.
    for name in files(&folder.path("logs")).iter().filter(|name| name.contains("20240514T22")) {
        fs::remove_file(folder.path("logs").join(name)).unwrap();
    }
    assert_ne!(ask(&["logs"]).stdout, wanted);
    assert_eq!(ask(&["logs", "lake"]).stdout, wanted);
}

#[test]
fn athena_reads_the_export_alone_and_that_is_said() {
    let folder = logs();
    export(&folder, "lake", &["--since", "2024-05-14T22", "--until", "2024-05-15T00"]).done();
    folder.write("albstats.toml", "[sources.prod]\nfrom = ['logs']\nexport = 'lake'\n");
    let aws = FakeAws::start(&[], |operation, _| usual(operation));
    let ask = |window: &[&str]| {
        let args =
            ["query", "--engine", "athena", "--from", "prod"].iter().chain(window).chain(&["SELECT elb FROM requests"]);
        let mut command = folder.command(args);
        aws.environment(&mut command);
        finish(command, b"")
    };
    let said = "notice: the export of prod reaches to 2024-05-15 00:00 UTC, and Athena no further";
    ask(&["--since", "2024-05-14", "--until", "2024-05-15T01:00"]).says(said).says("hint: --engine local");
    ask(&["--since", "2024-05-16", "--until", "2024-05-17"])
        .says("the export of prod has nothing of this time\nhint: --engine local");
    let whole = ask(&["--since", "2024-05-14T22", "--until", "2024-05-15"]);
    assert!(!whole.stderr.contains("the export of"), "{}", whole.stderr);
    // What cannot be looked at does not keep anybody from asking.
    folder.write("lake/_albstats.json", "{}");
    ask(&["--since", "2024-05-14T22", "--until", "2024-05-15"]).says("the export of prod cannot be looked at");
}
