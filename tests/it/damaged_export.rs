//! Files of an export that are damaged: the file is named, and nothing panics.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::logs::{CONNECTION, access_lines, gzip, object_name};
use super::support::{Answer, Workspace, repository};

/// What a reader of Parquet says of its own inside, and panics.
const FOREIGN: [&str; 8] =
    ["panicked", "RUST_BACKTRACE", ".cargo", ".rs:", "Parquet error", "bug of albstats", "Arrow error", "assertion"];

const TABLES: [&str; 3] = ["requests", "connections", "log_objects"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            found.push(path);
        }
    }
}

/// The export of a hundred requests and connections, and its files of them and of their objects.
fn export() -> (Workspace, [PathBuf; 3]) {
    let folder = Workspace::new();
    let name = object_name("20261120T1005Z");
    folder.write(&format!("logs/{name}"), gzip(access_lines(100)));
    folder.write(&format!("logs/conn_log_{name}"), gzip(CONNECTION.repeat(100)));
    let args = ["export", "--from", "logs", "--to", "lake", "--since", "2026-11-20", "--until", "2026-11-21"];
    folder.run(args.iter().chain(&["--settle", "0s"])).done();
    let file = TABLES.map(|table| {
        let mut found = Vec::new();
        files(&folder.path(&format!("lake/{table}")), &mut found);
        found.sort();
        found.swap_remove(0)
    });
    (folder, file)
}

/// Whether the run was refused, which it must be in our words and with the file's name; an answer is none of that.
fn refused(answer: &Answer, about: &str) -> bool {
    let Answer { code, stderr, .. } = answer;
    assert!(!FOREIGN.iter().any(|foreign| stderr.contains(foreign)), "{about}: {stderr}");
    if *code == 0 {
        return false;
    }
    assert_eq!(*code, 2, "{about}: {stderr}");
    assert!(
        stderr.contains("error: a file of the export cannot be read: ") && stderr.contains(".parquet"),
        "{about}: {stderr}"
    );
    true
}

/// Flips a byte of the footer, in which the damage of a byte shows most, or cuts the file there.
#[test]
fn damage_is_named_and_never_a_panic() {
    let (folder, paths) = export();
    let mut state: u64 = 11;
    let mut dice = |sides: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % sides
    };
    for (table, file) in TABLES.iter().zip(&paths) {
        let whole = fs::read(file).unwrap();
        // In whatever order two files are read.
        let sorted = |answer: &Answer| {
            let mut rows: Vec<String> = answer.stdout.lines().map(str::to_owned).collect();
            rows.sort();
            rows
        };
        let right = sorted(&folder.csv("lake", &format!("SELECT * FROM {table}")).done());
        let mut count = 0;
        for round in 0..40 {
            let mut bytes = whole.clone();
            let place = whole.len() - 1 - dice(if round % 2 == 0 { 16 } else { whole.len() - 1 });
            if round % 5 == 4 {
                bytes.truncate(place);
            } else {
                bytes[place] ^= 1 << dice(8);
            }
            fs::write(file, bytes).unwrap();
            let answer = folder.csv("lake", &format!("SELECT * FROM {table}"));
            let about = format!("{table}, round {round} at {place}");
            if refused(&answer, &about) {
                count += 1;
            } else {
                assert_eq!(sorted(&answer), right, "{about}");
            }
        }
        assert!(count >= 38, "{table}: {count}");
        fs::write(file, whole).unwrap();
    }
}

/// A column that every file has bears another name in this one, wherever the file tells its columns.
#[test]
fn a_damaged_name_of_a_column_is_damage_of_its_file() {
    let (folder, paths) = export();
    for (table, file, column) in [(TABLES[0], &paths[0], "time"), (TABLES[2], &paths[2], "rejected_lines")] {
        let whole = fs::read(file).unwrap();
        let mut bytes = whole.clone();
        let name = [&[u8::try_from(column.len()).unwrap()], column.as_bytes()].concat();
        let places: Vec<usize> = (0..whole.len() - name.len()).filter(|at| whole[*at..].starts_with(&name)).collect();
        assert!(!places.is_empty(), "{table}");
        for at in places {
            bytes[at + 1] ^= 1;
        }
        fs::write(file, bytes).unwrap();
        let answer = folder.csv("lake", &format!("SELECT * FROM {table}"));
        assert!(refused(&answer, table), "{table} was read");
        assert!(answer.stderr.contains(file.file_name().unwrap().to_str().unwrap()), "{}", answer.stderr);
        fs::write(file, whole).unwrap();
    }
}

/// Files that readers fell over: a length of the footer larger than the file, lengths below nothing, widths of a hundred bits.
#[test]
fn files_that_made_readers_panic_are_named() {
    let (folder, paths) = export();
    for entry in fs::read_dir(repository("tests/reported/parquet")).unwrap() {
        let seed = entry.unwrap();
        let name = seed.file_name().to_string_lossy().into_owned();
        let at = TABLES.iter().position(|table| name.starts_with(table)).unwrap();
        let file = &paths[at];
        let whole = fs::read(file).unwrap();
        fs::copy(seed.path(), file).unwrap();
        let sql = format!("SELECT * FROM {}", TABLES[at]);
        for args in [&["query", "--from", "lake", &sql][..], &["report", "overview", "--from", "lake"]] {
            let answer = folder.run(args);
            assert!(!FOREIGN.iter().any(|foreign| answer.stderr.contains(foreign)), "{name}: {}", answer.stderr);
        }
        assert!(refused(&folder.csv("lake", &sql), &name), "{name} was read");
        fs::write(file, whole).unwrap();
    }
}

/// A backup that was put back under the wrong name, or a loop over files that named the wrong one.
#[test]
fn a_file_under_the_name_of_another_is_no_answer() {
    let (folder, [requests, ..]) = export();
    let other = folder.path("other.parquet");
    fs::copy(&requests, &other).unwrap();
    fs::remove_dir_all(folder.path("lake")).unwrap();
    let args = ["export", "--from", "logs", "--to", "lake", "--since", "2026-11-20", "--until", "2026-11-21"];
    folder.write(&format!("logs/{}", object_name("20261120T1105Z")), gzip(access_lines(7)));
    folder.run(args.iter().chain(&["--settle", "0s"])).done();
    let of_next = requests.with_file_name(requests.file_name().unwrap().to_str().unwrap().replace("T10", "T11"));
    fs::copy(&other, &of_next).unwrap();
    let answer = folder.csv("lake", "SELECT count(*) FROM requests");
    assert!(refused(&answer, "a copy"), "{answer:?}");
    let said = format!("{}: it is a copy of requests/", of_next.display());
    assert!(answer.stderr.contains(&said), "{}", answer.stderr);
    folder.run(args.iter().chain(&["--settle", "0s", "--rewrite"])).done();
    assert_eq!(folder.csv("lake", "SELECT count(*) AS n FROM requests").done().stdout, "n\n107\n");
}

/// What it says nobody else knows, so that nothing is written over it; without it, the hour is made anew.
#[test]
fn a_damaged_record_is_mended_as_its_hint_says() {
    let (folder, [.., record]) = export();
    let args = ["export", "--from", "logs", "--to", "lake", "--since", "2026-11-20", "--until", "2026-11-21"];
    let export = || folder.run(args.iter().chain(&["--settle", "0s", "--rewrite"]));
    let mut bytes = fs::read(&record).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&record, bytes).unwrap();
    export().exits(3).says("damaged\nhint: remove that file, and the next albstats export writes its hour again");
    fs::remove_file(&record).unwrap();
    export().done();
    assert_eq!(folder.csv("lake", "SELECT count(rows) AS n FROM log_objects").done().stdout, "n\n2\n");
}

/// Nobody writes into it: who opened it would wait for ever.
#[test]
fn a_pipe_in_the_place_of_a_file_is_no_file() {
    let (folder, [requests, _, record]) = export();
    for file in [&requests, &record] {
        let whole = fs::read(file).unwrap();
        fs::remove_file(file).unwrap();
        assert!(Command::new("mkfifo").arg(file).status().unwrap().success());
        folder.csv("lake", "SELECT count(*) FROM requests").exits(3);
        let is_missed = file == &record;
        folder.csv("lake", "SELECT count(*) FROM log_objects").exits(if is_missed { 3 } else { 0 });
        fs::remove_file(file).unwrap();
        fs::write(file, whole).unwrap();
    }
}

#[test]
fn a_file_that_somebody_removed_is_missed() {
    let (folder, [requests, ..]) = export();
    let count = |table: &str, window: &[&str]| {
        let sql = format!("SELECT count(*) FROM {table}");
        folder.run([&["query", "--from", "lake", &sql, "--format", "csv"], window].concat())
    };
    count("requests", &[]).done();
    fs::remove_file(&requests).unwrap();
    let gone = format!("not read: {}: it is gone, and the export's record names it", requests.display());
    assert!(count("requests", &[]).exits(3).says(&gone).stdout.ends_with("\n0\n"));
    // Also if nothing of its day is left, or of the table.
    fs::remove_dir_all(folder.path("lake/requests")).unwrap();
    count("requests", &[]).exits(3).says(&gone);
    count("requests", &["--since", "2026-11-20T11:00"]).done();
    count("connections", &[]).done();
}
