//! A live store as a layer: its batches are read as slots of an export are, and an object that is in both counts in the export.

use std::collections::BTreeMap;
use std::fs;

use alblog::time::parse;

use super::mixtures::{Dice, QUESTIONS, WINDOWS, ask, cut};
use super::{DAYS, export, files, logs};
use crate::support::Workspace;

/// The file under a name that nobody knows for its seal, so that it may have another path.
fn unsealed(mut file: Vec<u8>) -> Vec<u8> {
    let seal = b"albstats.seal";
    let at = file.windows(seal.len()).position(|bytes| bytes == seal).unwrap();
    file[at] = b'x';
    file
}

/// Makes a live store of exports, batch by batch, as its manifest would name what somebody took in. Each slot of each export is
/// a batch.
pub(super) fn store(folder: &Workspace, lakes: &[&str], to: &str) {
    let mut manifest = String::new();
    let mut id = 0;
    for lake in lakes {
        let settings = fs::read(folder.path(lake).join("_albstats.json")).unwrap();
        folder.write(&format!("{to}/_live.json"), settings);
        let mut slots: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for path in files(&folder.path(lake)).into_iter().filter(|path| path.ends_with(".parquet")) {
            let parts: Vec<&str> = path.split('/').collect();
            let time = parts[4].trim_end_matches(".parquet");
            let kind = match parts[0] {
                "requests" => "access",
                "connections" => "connection",
                "health_checks" => "health-check",
                _ => time.rsplit_once("-2024").unwrap().0,
            };
            let time = &time[time.len() - "2024-05-14T22".len()..];
            slots.entry((kind.to_owned(), time.to_owned())).or_default().push(path);
        }
        for ((kind, time), paths) in slots {
            // Without a record it was never finished.
            if !paths.iter().any(|path| path.starts_with("log_objects/")) {
                continue;
            }
            id += 1;
            let mut named = Vec::new();
            for path in paths {
                let content = unsealed(fs::read(folder.path(lake).join(&path)).unwrap());
                let parts: Vec<&str> = path.split('/').collect();
                let (table, day) = (parts[0], parts[3].trim_start_matches("day="));
                let batch = format!("{}-{id}.parquet", path.trim_end_matches(".parquet"));
                let size = content.len();
                folder.write(&format!("{to}/{batch}"), content);
                named.push(serde_json::json!({"table": table, "day": day, "path": batch, "rows": 1, "size": size}));
            }
            let hour = parse(format!("{time}:00:00Z").as_bytes()).unwrap();
            let add = serde_json::json!({
                "id": id, "kind": kind, "account": "123456789012", "region": "eu-west-1", "hour": hour,
                "objects": 1, "rejected_lines": 0, "damaged": 0, "raw": 0, "files": named,
            });
            manifest.extend([serde_json::json!({ "add": add }).to_string(), "\n".to_owned()]);
        }
    }
    folder.write(&format!("{to}/_manifest.jsonl"), manifest);
}

#[test]
fn three_layers_answer_as_the_logs_alone_do() {
    let folder = logs();
    let logs = folder.path("logs").canonicalize().unwrap();
    let logs = logs.to_str().unwrap();
    let mut dice = Dice(14);
    for (lake, damage) in [("kept", true), ("first", false), ("second", false)] {
        cut(&folder, lake, &mut dice, damage);
    }
    // The second export's slots have some of the objects of the first one's: as if one batch had been taken in twice.
    store(&folder, &["first", "second"], "live");
    for (number, sql) in QUESTIONS.iter().enumerate() {
        let window = WINDOWS[number % WINDOWS.len()];
        let wanted = ask(&folder, &[logs], window, sql).done().stdout;
        let more = [window, &["--fresh", "36500d"]].concat();
        assert_eq!(ask(&folder, &[logs, "live", "kept"], &more, sql).done().stdout, wanted, "{window:?} {sql}");
        assert_eq!(ask(&folder, &[logs, "live"], &more, sql).done().stdout, wanted, "without an export: {sql}");
    }
    let rows = "SELECT read_from, count(*) > 0 FROM log_objects GROUP BY 1 ORDER BY 1";
    let answer = ask(&folder, &[logs, "live", "kept"], &["--fresh", "36500d"], rows).done();
    assert_eq!(answer.rows(), ["kept,true", "live,true", "raw,true"]);
    let line = answer.stderr.lines().last().unwrap().to_owned();
    assert!(line.starts_with("kept ") && line.contains("; live ") && line.contains("; raw "), "{line}");
}

#[test]
fn what_is_settled_in_the_export_is_not_read_of_the_store() {
    let folder = logs();
    export(&folder, "lake", &DAYS).done();
    store(&folder, &["lake"], "live");
    let count = "SELECT count(*) FROM requests";
    let all = folder.value("logs", count);
    for from in [&["lake", "live"][..], &["logs", "lake", "live"], &["live", "logs"], &["live"]] {
        for fresh in ["0s", "36500d"] {
            assert_eq!(ask(&folder, from, &["--fresh", fresh], count).done().value(), all, "{from:?} {fresh}");
        }
    }
    // Objects that are gone are where they were taken in.
    fs::remove_dir_all(folder.path("logs")).unwrap();
    fs::create_dir(folder.path("logs")).unwrap();
    assert_eq!(ask(&folder, &["logs", "live"], &[], count).done().value(), all);
}

#[test]
fn a_source_names_its_live_store() {
    let folder = logs();
    folder.write("albstats.toml", "[sources.prod]\nfrom = ['logs']\nexport = 'lake'\nlive = 'store'\n");
    let ask = |sql: &str| folder.run(["query", "--format", "csv", "--fresh", "36500d", sql]).done();
    let count = "SELECT count(*) FROM requests";
    let all = folder.value("logs", count);
    assert_eq!(ask(count).says("there is no live store at store yet").value(), all);
    export(&folder, "first", &["--since", "2024-05-15T00", "--until", "2024-05-15T02"]).done();
    store(&folder, &["first"], "store");
    export(&folder, "lake", &["--since", "2024-05-14T22", "--until", "2024-05-15T01"]).done();
    assert_eq!(ask(count).value(), all);
    let rows = "SELECT read_from, day, count(*) FROM log_objects WHERE kind = 'access' GROUP BY 1, 2 ORDER BY 1, 2";
    assert_eq!(ask(rows).rows(), ["kept,2024-05-14,48", "kept,2024-05-15,25", "live,2024-05-15,24"]);
    let plan = ask("EXPLAIN SELECT count(*) FROM requests").stdout;
    assert!(plan.contains("LayerExec: read_from=live") && plan.contains("LayerExec: read_from=kept"), "{plan}");
    let objects = folder.run(["objects", "--format", "csv"]).done();
    assert!(objects.stderr.contains("are in an export or store, those of "), "{}", objects.stderr);
    // A store of other logs is not read with these.
    folder.write("others/a.log", "");
    let refused = folder.run(["query", "--from", "others", "--from", "store", count]).exits(2);
    refused.says("store is an export of other places than those it is read with");
}
