//! A source in layers answers as its logs alone do, whichever part of them an export has.

mod ingested;
mod lists;
mod live;
mod mixtures;

use std::path::Path;

use super::logs::{access, gzip, object_name};
use super::support::{Answer, Workspace};

/// The window of what is exported here. Long ago, so that no hour waits to be settled.
const DAYS: [&str; 4] = ["--since", "2024-05-14", "--until", "2024-05-16"];

/// Four hours around midnight of two load balancers in `logs`, with lines that are none and a row that came late.
fn logs() -> Workspace {
    let folder = Workspace::new();
    let args = ["generate", "logs", "--rps", "1", "--duration", "4h", "--start", "2024-05-14T22:00:00Z"];
    folder.run(args.iter().chain(&["--load-balancers", "2", "--nodes", "1"])).done();
    let at = |time: &str| access(&format!("2024-05-{time}.000000Z"), 502);
    let odd = at("15T00:03:00") + "nonsense\n" + &at("14T22:30:00") + "https not-a-time x\n";
    folder.write(&format!("logs/{}", object_name("20240515T0005Z")), gzip(odd));
    folder
}

/// Exports a folder, as the logs that lie in `logs`.
fn export(folder: &Workspace, to: &str, window: &[&str]) -> Answer {
    let args = ["export", "--from", "logs", "--to", to, "--settle", "0s"];
    folder.run(args.iter().chain(window))
}

/// Files below a folder, by their paths from it, sorted.
fn files(root: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.unwrap());
    let files = files.filter(|entry| entry.file_type().is_file());
    let mut paths: Vec<String> =
        files.map(|entry| entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned()).collect();
    paths.sort();
    paths
}
