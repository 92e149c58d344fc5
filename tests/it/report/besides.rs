//! What `why` tells of nights in which something else than failures stands out: the same as `overview`, and first. What it
//! explains itself is not told twice.

use serde_json::Value;

use crate::support::Workspace;

/// A night with an incident.
fn night(kind: &str) -> Workspace {
    let folder = Workspace::new();
    let size = ["--rps", "20", "--duration", "1h", "--noise", "0.3"];
    folder.run(["generate", "logs", "--seed", "1", "--incident", kind].into_iter().chain(size)).done();
    folder
}

fn json(folder: &Workspace, report: &str) -> Value {
    let answer = folder.run(["report", report, "--from", "logs", "--format", "json"]).done();
    serde_json::from_str(&answer.stdout).unwrap()
}

fn sentences(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|one| one["sentence"].as_str().unwrap()).collect()
}

#[test]
fn what_stands_out_and_fails_not_is_told_first() {
    for kind in ["slow-route", "crawler", "shadowed-rule"] {
        let folder = night(kind);
        let (overview, why) = (json(&folder, "overview"), json(&folder, "why"));
        let of_overview = sentences(&overview);
        assert!(!of_overview.is_empty(), "{kind}");
        assert_eq!(sentences(&why).first(), of_overview.first(), "{kind}");
        let text = folder.run(["report", "why", "--from", "logs"]).done().stdout;
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let [told, table] = [of_overview[0], " CAUSE "].map(|part| words.find(part));
        assert!(told.is_some() && told < table && !words[..table.unwrap()].contains("answer 0."), "{kind}: {text}");
        let command = why["findings"][0]["command"].as_str().unwrap();
        assert!(words.contains(command), "{kind}: {command}: {text}");
        // Who asks about some codes asks about nothing else, and an incident's page tells it above.
        let asked = folder.run(["report", "why", "--status", "502", "--from", "logs"]).done().stdout;
        assert!(!asked.split_whitespace().collect::<Vec<_>>().join(" ").contains(of_overview[0]), "{kind}: {asked}");
        let page = folder.run(["report", "incident", "--from", "logs"]).done().stdout;
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let (above, below) = page.split_once(" Why requests failed ").unwrap();
        assert!(above.contains(of_overview[0]) && !below.contains(of_overview[0]), "{kind}: {page}");
    }
}

#[test]
fn what_is_explained_is_not_told_again() {
    for (kind, pattern) in [
        ("bad-pod", "sick-target"),
        ("cut-node", "one-node"),
        ("scale-to-zero", "no-target-left"),
        ("client-flood", "client-surge"),
    ] {
        let folder = night(kind);
        let why = json(&folder, "why");
        assert_eq!(sentences(&why), Vec::<&str>::new(), "{kind}");
        assert_eq!(why["conclusions"][0]["pattern"], pattern, "{kind}");
    }
}
