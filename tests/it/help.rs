//! Help texts, as they stand in `tests/help/`: a change to an option is seen in review.

use super::golden::{compare, none_fails};
use super::support::{Workspace, repository};

#[test]
fn help_is_what_stands_in_the_files() {
    let folder = Workspace::new();
    let mut failures = Vec::new();
    let mut check = |name: &str, args: &[&str]| {
        let answer = folder.run(args).done();
        assert_eq!(answer.stderr, "");
        assert!(answer.stdout.lines().all(|line| line.chars().count() <= 100), "{name} is too wide");
        failures.extend(compare(&repository("tests/help").join(format!("{name}.txt")), &answer.stdout));
    };
    check("albstats", &["--help"]);
    for command in [
        "query",
        "shell",
        "report",
        "export",
        "ingest",
        "serve",
        "objects",
        "fetch",
        "inventory",
        "schema",
        "athena",
        "iam",
        "bucket",
        "reconcile",
        "config",
        "demo",
        "generate",
        "completions",
    ] {
        check(command, &[command, "--help"]);
    }
    check("config-show", &["config", "show", "--help"]);
    check("export-status", &["export", "status", "--help"]);
    check("ingest-status", &["ingest", "status", "--help"]);
    check("serve-token", &["serve", "token", "--help"]);
    check("athena-ddl", &["athena", "ddl", "--help"]);
    check("athena-sync", &["athena", "sync", "--help"]);
    check("bucket-check", &["bucket", "check", "--help"]);
    check("bucket-policy", &["bucket", "policy", "--help"]);
    check("bucket-terraform", &["bucket", "terraform", "--help"]);
    check("bucket-notifications", &["bucket", "notifications", "--help"]);
    check("iam-policy", &["iam", "policy", "--help"]);
    for command in ["plan", "apply", "watch", "suggest", "forget"] {
        check(&format!("reconcile-{command}"), &["reconcile", command, "--help"]);
    }
    none_fails(&failures);
}

#[test]
fn generate_is_hidden() {
    let folder = Workspace::new();
    assert!(!folder.run(["--help"]).done().stdout.contains("generate"));
}

#[test]
fn examples_in_help_can_be_run() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "1", "--duration", "5m"]).done();
    folder.write("slow.sql", "SELECT * FROM requests WHERE target_processing_time > 1");
    for command in [&["--help"][..], &["query", "--help"], &["generate", "--help"]] {
        let help = folder.run(command).done().stdout;
        // Statements stand in double quotes, perhaps over several lines.
        for sql in help.split('"').skip(1).step_by(2) {
            let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
            folder.csv("logs", &sql).done();
        }
    }
    folder.run(["query", "--from", "logs/**/*.gz", "-f", "slow.sql", "-o", "slow.parquet"]).done();
}
