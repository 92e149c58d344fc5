//! Who may import whom: `cli → query → scan → storage → alblog`, and one folder each for `clap`, `datafusion` and output.

use std::fs;
use std::path::{Path, PathBuf};

use super::support::repository;

/// What only files below these may have in them.
const ONLY_IN: [(&str, &[&str]); 9] = [
    ("datafusion::", &["src/ask/query/"]),
    ("clap::", &["src/cli/"]),
    ("stdout()", &["src/output/"]),
    ("println!", &[]),
    ("aws_sdk_athena", &["src/ask/athena/"]),
    ("aws_sdk_cloudwatch", &["src/base/aws/", "src/fleet/aws/"]),
    ("aws_sdk_elasticloadbalancingv2", &["src/base/aws/", "src/fleet/aws/"]),
    ("aws_sdk_s3", &["src/base/aws/", "src/fleet/aws/"]),
    ("crate::ask::athena", &["src/ask/athena/", "src/cli/"]),
];

/// What files below a folder may not import of this crate. `query` may import `export`, whose files it reads.
const NEVER_IMPORTS: [(&str, &[&str]); 11] = [
    ("src/ask/athena/", &["cli", "output", "ask::query", "read::scan"]),
    (
        "src/base/aws/",
        &[
            "fleet::bucket",
            "cli",
            "base::config",
            "fleet::kubernetes",
            "output",
            "ask::query",
            "fleet::reconcile",
            "read::scan",
            "read::storage",
        ],
    ),
    (
        "src/fleet/bucket/",
        &[
            "cli",
            "base::config",
            "fleet::kubernetes",
            "output",
            "ask::query",
            "fleet::reconcile",
            "read::scan",
            "read::storage",
        ],
    ),
    (
        "src/fleet/kubernetes/",
        &[
            "fleet::bucket",
            "cli",
            "base::config",
            "output",
            "ask::query",
            "fleet::reconcile",
            "read::scan",
            "read::storage",
        ],
    ),
    ("src/fleet/reconcile/", &["cli", "lake::export", "fleet::inventory", "ask::query", "report", "read::scan"]),
    ("src/ask/query/", &["cli", "base::config", "output"]),
    ("src/read/scan/", &["cli", "base::config", "output", "ask::query"]),
    ("src/read/storage/", &["cli", "base::config", "output", "ask::query", "read::scan"]),
    ("src/output/", &["cli", "base::config", "ask::query", "read::scan", "read::storage"]),
    ("src/lake/export/", &["cli", "output", "ask::query"]),
    ("src/base/config/", &["cli", "output", "ask::query", "read::scan", "read::storage"]),
];

#[test]
fn folders_keep_to_themselves() {
    let mut files = Vec::new();
    rust_files(&repository("src"), &mut files);
    assert!(files.len() > 50);
    let mut found = Vec::new();
    for path in files {
        let name = path.strip_prefix(repository("")).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&path).unwrap();
        let code = || text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (number, line) in code() {
            let place = format!("{name}:{}: {}", number + 1, line.trim());
            let foreign = |(word, folders): &(&str, &[&str])| {
                line.contains(word) && !folders.iter().any(|folder| name.starts_with(folder))
            };
            let forbidden = |(folder, modules): &(&str, &[&str])| {
                let imports = |module: &&str| line.contains(&format!("crate::{module}"));
                name.starts_with(folder) && modules.iter().any(imports)
            };
            if ONLY_IN.iter().any(foreign) || NEVER_IMPORTS.iter().any(forbidden) {
                found.push(place);
            }
        }
    }
    assert!(found.is_empty(), "imports that the architecture forbids:\n{}", found.join("\n"));
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
