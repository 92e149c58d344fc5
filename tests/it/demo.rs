//! `albstats demo`: the first thing a newcomer runs.

use super::golden::{compare, none_fails};
use super::support::{Workspace, repository};

#[test]
fn three_questions_are_answered_and_nothing_is_left_behind() {
    let folder = Workspace::new();
    std::fs::create_dir(folder.path("tmp")).unwrap();
    let mut command = folder.command(["demo"]);
    command.env("TMPDIR", folder.path("tmp"));
    let answer = super::support::finish(command, b"").done();
    assert_eq!(answer.stdout.matches("\n\n    SELECT ").count(), 3);
    assert!(answer.stdout.lines().filter(|line| line.contains("───")).count() == 3);
    assert!(answer.stdout.lines().all(|line| line.chars().count() <= 120));
    // No command for a folder that is not there.
    assert!(answer.stderr.contains("next: albstats demo --keep ./logs"), "{}", answer.stderr);
    assert!(!answer.stderr.contains("--from"), "{}", answer.stderr);
    assert_eq!(folder.names_in("."), ["tmp"]);
    assert!(folder.names_in("tmp").is_empty());
}

#[test]
fn logs_can_be_kept_to_ask_more() {
    let folder = Workspace::new();
    let first = folder.run(["demo", "--keep", "logs", "--quiet"]).done();
    assert!(!first.stderr.contains("next:"));
    let rows: u32 = folder.value("logs", "SELECT count(*) FROM requests").parse().unwrap();
    assert_eq!(rows, 36_000);
    // The same answers every time: they can stand in the README.
    assert_eq!(folder.run(["demo", "--keep", "again"]).done().stdout, first.stdout);
    // Logs that are there are not overwritten.
    let again = folder.run(["demo", "--keep", "logs"]).exits(2).says("error: logs is not empty");
    assert!(!again.stderr.contains("--force"), "{}", again.stderr);
    folder.run(["report", "overview", "--from", "logs"]).done();
}

#[test]
fn the_sample_in_the_readme_is_what_is_printed() {
    const COMMAND: &str = "$ albstats report targets --from ./logs --top 3\n";
    let folder = Workspace::new();
    folder.run(["demo", "--keep", "logs", "--quiet"]).done();
    let screen = folder.run(["report", "targets", "--from", "./logs", "--top", "3"]).done().stdout;
    // Head and findings; the tables are left out; the first command to type next.
    let head: Vec<&str> = screen.splitn(3, "\n\n").take(2).collect();
    let next = screen.lines().find(|line| line.starts_with("next")).unwrap();
    let sample = format!("{}\n…\n{}\n", head.join("\n\n"), next.split("   (").next().unwrap());
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let (before, rest) = readme.split_once(COMMAND).unwrap();
    let (_, after) = rest.split_once("```").unwrap();
    let failure = compare(&repository("README.md"), &format!("{before}{COMMAND}{sample}```{after}"));
    none_fails(&failure.into_iter().collect::<Vec<_>>());
}
