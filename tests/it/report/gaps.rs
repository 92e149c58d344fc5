//! A node that delivered nothing for a while: every report says so, and no chart draws it as a drop.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::support::Workspace;

/// Objects of requests below a folder, by the node that wrote them, in the order of their times.
fn by_node(folder: &Workspace) -> BTreeMap<String, Vec<PathBuf>> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut folders = vec![folder.path("logs")];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // 123456789012_elasticloadbalancing_eu-west-1_app.name.id_20261120T1005Z_192.0.2.1_random.log.gz
            let parts: Vec<&str> = name.split('_').collect();
            if parts[0].chars().all(|char| char.is_ascii_digit()) {
                found.entry(format!("{} {}", parts[3], parts[5])).or_default().push(path);
            }
        }
    }
    for paths in found.values_mut() {
        paths.sort_by_key(|path| path.file_name().unwrap().to_str().unwrap().split('_').nth(4).map(str::to_owned));
    }
    found
}

#[test]
fn what_was_not_delivered_is_no_drop_in_any_report() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--seed", "3", "--rps", "40", "--duration", "1h"]).done();
    let of_node = by_node(&folder).into_values().next().unwrap();
    assert_eq!(of_node.len(), 12);
    let reports = ["status-codes", "errors", "latency", "overview", "why"];
    for report in reports {
        let whole = folder.run(["report", report, "--from", "logs", "--format", "html"]).stdout;
        assert!(!whole.contains("delivered no access log") && !whole.contains("missing</"), "{report}");
    }
    for path in &of_node[5..8] {
        fs::remove_file(path).unwrap();
    }
    for report in reports {
        let holed = folder.run(["report", report, "--from", "logs", "--format", "html"]).stdout;
        for part in ["delivered no access log 10:25–10:40 UTC", "but for gaps", "missing</"] {
            assert!(holed.contains(part), "{report} has no {part}");
        }
    }
}

/// Objects that are cut short are as good as not delivered: who has fewer requests for it does not stand out.
#[test]
fn what_could_not_be_read_is_no_drop() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--seed", "3", "--rps", "40", "--duration", "2h"]).done();
    for of_node in by_node(&folder).into_values() {
        for path in &of_node[9..14] {
            let content = fs::read(path).unwrap();
            fs::write(path, &content[..content.len() / 2]).unwrap();
        }
    }
    let overview = folder.run(["report", "overview", "--from", "logs"]);
    assert_eq!(overview.code, 3);
    let findings = overview.stdout.split("  requests  ").next().unwrap();
    assert!(findings.contains("1 likely") && !findings.contains("requests a second"), "{findings}");
    let page = folder.run(["report", "overview", "--from", "logs", "--format", "html"]).stdout;
    assert!(page.contains("missing</"));
}
