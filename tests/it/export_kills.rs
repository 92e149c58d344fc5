//! Runs that are killed at any moment leave nothing that readers must not see, and nothing that the next run does not
//! repair.

use std::process::Stdio;
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::lake::{Lake, arguments, export, export_to, written};
use super::support::Workspace;

const KILLS: u32 = 50;

#[test]
fn fifty_killed_runs_leave_what_one_whole_run_does() {
    let workspace = Workspace::new();
    let generate = ["generate", "logs", "--rps", "4", "--duration", "1h", "--start", "2024-05-14T23:10:00Z"];
    workspace.run(generate).done();
    let started = Instant::now();
    export_to(&workspace, "clean", &[]).done();
    let whole_run = started.elapsed();
    let clean = Lake::in_folder(&workspace.path("clean"));
    let lake = || Lake::in_folder(&workspace.path("lake"));
    let (mut killed, mut between) = (0, 0);
    for number in 0..KILLS {
        // Every fifth begins from nothing; the others find what is there, and most write it again.
        if number % 5 == 0 {
            fs::remove_dir_all(workspace.path("lake")).unwrap_or_default();
        }
        let mut command = workspace.command(arguments(if number % 5 == 4 { &[] } else { &["--rewrite"] }));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Spread over the whole run, in an order that looks like chance.
        thread::sleep(whole_run * (number * 37 % KILLS) / KILLS + Duration::from_millis(2));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        if !workspace.path("lake").exists() {
            continue;
        }
        // Every file that is visible is whole: it is, to the byte, what it will be in the end.
        let found = lake();
        for (name, content) in found.data() {
            assert_eq!(clean.data().get(name), Some(&content), "after kill {number}: {name}");
        }
        between += u32::from(!found.names().is_empty() && found.names().len() < clean.names().len());
    }
    assert!(killed > KILLS / 2 && between > 0, "{killed} runs were killed, {between} of them in the middle");
    export(&workspace, &[]).done();
    assert_eq!(lake().names(), clean.names());
    assert_eq!(lake().data(), clean.data());
    let (ours, theirs) = (lake().everything(), clean.everything());
    assert_eq!(ours.len(), theirs.len());
    assert!(ours == theirs, "rows differ");
    assert_eq!(written(&export(&workspace, &["--format", "json"]).done()), [""; 0]);
}
