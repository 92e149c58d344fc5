//! Files of an export that are damaged: the file is named, and nothing panics.

use std::fs;
use std::path::{Path, PathBuf};

use super::logs::{access_lines, gzip, object_name};
use super::support::Workspace;

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

/// The export of a hundred requests, and its file of them.
fn export() -> (Workspace, PathBuf) {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), gzip(access_lines(100)));
    let args = ["export", "--from", "logs", "--to", "lake", "--since", "2026-11-20", "--until", "2026-11-21"];
    folder.run(args.iter().chain(&["--settle", "0s"])).done();
    let mut found = Vec::new();
    files(&folder.path("lake/requests"), &mut found);
    (folder, found.into_iter().next().unwrap())
}

/// Flips a byte of the footer, in which the damage of a byte shows most, or cuts the file there.
#[test]
fn damage_is_named_and_never_a_panic() {
    let (folder, file) = export();
    let whole = fs::read(&file).unwrap();
    let mut state: u64 = 11;
    let mut dice = |sides: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % sides
    };
    let mut refused = 0;
    for round in 0..60 {
        let mut bytes = whole.clone();
        let place = whole.len() - 1 - dice(if round % 2 == 0 { 16 } else { whole.len() - 1 });
        if round % 5 == 4 {
            bytes.truncate(place);
        } else {
            bytes[place] ^= 1 << dice(8);
        }
        fs::write(&file, bytes).unwrap();
        let answer = folder.csv("lake", "SELECT * FROM requests");
        for foreign in
            ["panicked", "RUST_BACKTRACE", ".cargo", ".rs:", "Parquet error: Parquet error", "bug of albstats"]
        {
            assert!(!answer.stderr.contains(foreign), "round {round} at {place}: {}", answer.stderr);
        }
        if answer.code == 0 {
            continue;
        }
        refused += 1;
        assert_eq!(answer.code, 2, "round {round}: {}", answer.stderr);
        assert!(
            answer.stderr.contains("error: a file of the export cannot be read: ")
                && answer.stderr.contains(".parquet"),
            "round {round} at {place}: {}",
            answer.stderr
        );
    }
    assert!(refused > 20, "{refused}");
}
