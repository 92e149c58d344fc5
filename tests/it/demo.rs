//! `albstats demo`: the first thing a newcomer runs.

use super::support::Workspace;

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
    assert!(answer.stderr.contains("next: albstats schema requests"));
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
    folder.run(["demo", "--keep", "logs"]).exits(2).says("error: logs is not empty");
}
