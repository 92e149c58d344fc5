//! `albstats fetch`: copies are whole or not there, and nothing is fetched twice.

use std::fs;

use super::logs::{access_lines, gzip, object_name};
use super::s3::{Effect, Operation, Rule, S3Server};
use super::support::{Answer, Workspace};

const FOLDER: &str = "AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20/";
const HOUR: [&str; 4] = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T11:00"];
const COUNT: &str = "SELECT count(*) FROM requests";

/// A bucket with four objects within an hour and its margin, and one hours later.
fn bucket() -> S3Server {
    let server = S3Server::start();
    for (number, end) in ["1005", "1010", "1015", "1205", "1800"].iter().enumerate() {
        server.put("logs", &key(end), gzip(access_lines(100 + number)));
    }
    server.put("logs", &format!("{FOLDER}notes.txt"), "x");
    server
}

fn key(end: &str) -> String {
    format!("{FOLDER}{}", object_name(&format!("20261120T{end}Z")))
}

fn fetch(server: &S3Server, workspace: &Workspace) -> Answer {
    server.run(workspace, [&["fetch", "--from", "s3://logs", "--to", "copy"], &HOUR[..]].concat())
}

/// Paths of all files below a folder, sorted.
fn files(workspace: &Workspace, folder: &str) -> Vec<String> {
    let root = workspace.path(folder);
    let entries = walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| !entry.file_type().is_dir());
    let mut names: Vec<String> =
        files.map(|entry| entry.path().strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/")).collect();
    names.sort();
    names
}

fn copy(end: &str) -> String {
    format!("copy/{}", key(end))
}

#[test]
fn a_window_is_copied_once() {
    let (server, workspace) = (bucket(), Workspace::new());
    let answer = fetch(&server, &workspace).done();
    let answer = answer.says("fetched 4 objects, ").says("next: albstats query --from copy \"");
    assert_eq!(answer.stdout, "");
    let expected: Vec<String> = ["1005", "1010", "1015", "1205"].map(key).into();
    assert_eq!(files(&workspace, "copy"), expected);
    for key in &expected {
        assert_eq!(fs::read(workspace.path("copy").join(key)).unwrap(), server.read("logs", key), "{key}");
    }
    assert_eq!(workspace.value("copy", COUNT), "406");

    server.forget_requests();
    fs::write(workspace.path(&copy("1010")), "short").unwrap();
    fetch(&server, &workspace).done().says("fetched 1 object, ").says("; 3 were there already; ");
    assert_eq!(server.got(), [key("1010")]);
    fetch(&server, &workspace).done().says("fetched 0 objects, 0 B; 4 were there already; ");
    assert_eq!(server.count(Operation::Get), 1);
    assert_eq!(workspace.value("copy", COUNT), "406");
}

#[test]
fn copies_keep_the_time_of_their_objects() {
    let (server, workspace) = (bucket(), Workspace::new());
    workspace.write("logs/x/AWSLogs/a/old.txt", "x");
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    let name = format!("logs/{FOLDER}{}", object_name("20261120T1005Z"));
    workspace.write(&name, gzip(access_lines(3)));
    fs::File::options().write(true).open(workspace.path(&name)).unwrap().set_modified(old).unwrap();
    workspace.run(["fetch", "--from", "logs", "--to", "copy"]).done().says("fetched 1 object");
    assert_eq!(fs::metadata(workspace.path(&copy("1005"))).unwrap().modified().unwrap(), old);

    // A bucket's times are in whole seconds, or to the millisecond; the copy is not from now.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    fetch(&server, &workspace).done();
    let age = fs::metadata(workspace.path(&copy("1010"))).unwrap().modified().unwrap().elapsed().unwrap();
    assert!(age.as_millis() > 1000, "{age:?}");
}

#[test]
fn downloads_that_break_off_go_on_from_where_they_were() {
    for (name, effect, times) in [
        ("cut", Effect::CutAfter(200), 3),
        ("reset", Effect::Reset, 2),
        ("throttled", Effect::slow_down(), 3),
        ("failed", Effect::internal_error(), 2),
    ] {
        let (server, workspace) = (bucket(), Workspace::new());
        server.when(Rule::on(Operation::Get).times(times), effect);
        fetch(&server, &workspace).done().says("fetched 4 objects, ");
        assert_eq!(workspace.value("copy", COUNT), "406", "{name}");
        let ranges = server.requests().into_iter().filter_map(|request| request.range);
        assert_eq!(ranges.filter(|range| range.starts_with("bytes=200-")).count() > 0, name == "cut", "{name}");
        assert!(files(&workspace, "copy").iter().all(|file| file.ends_with(".log.gz")), "{name}");
    }
}

#[test]
fn what_cannot_be_fetched_is_named_and_the_rest_is_fetched() {
    for (effect, message) in [
        (Effect::access_denied(), "access denied: s3:GetObject is missing"),
        (Effect::glacier(), "it lies in Glacier"),
        (Effect::precondition_failed(), "it was replaced after it was listed"),
        (Effect::Refuse { status: 404, code: "NoSuchKey", message: "" }, "it is gone: it was there when it was listed"),
    ] {
        let (server, workspace) = (bucket(), Workspace::new());
        server.when(Rule::on(Operation::Get).about("T1010Z"), effect.clone());
        let answer = fetch(&server, &workspace).exits(3).says(message).says("fetched 3 objects");
        answer.says("warning: not fetched: s3://logs/AWSLogs");
        assert_eq!(files(&workspace, "copy"), ["1005", "1015", "1205"].map(key));
        server.heal();
        fetch(&server, &workspace).done().says("fetched 1 object, ").says("3 were there already");

        let workspace = Workspace::new();
        server.when(Rule::on(Operation::Get), effect);
        fetch(&server, &workspace).exits(2).says(message).says("error: nothing was fetched");
        assert_eq!(files(&workspace, "copy"), [""; 0]);
    }
}

#[test]
fn the_same_from_folders() {
    let (server, workspace) = (bucket(), Workspace::new());
    fetch(&server, &workspace).done();
    let from = |from: &str, to: &str| workspace.run([&["fetch", "--from", from, "--to", to], &HOUR[..]].concat());
    from("copy", "again").done().says("fetched 4 objects, ");
    assert_eq!(files(&workspace, "again"), files(&workspace, "copy"));
    from("copy", "again").done().says("fetched 0 objects, 0 B; 4 were there already");
    // Copies are not copied again, however the folder that holds them is named.
    from(".", "again").done().says("4 were there already");
    from("again", "again").exits(2).says("no Application Load Balancer logs in again");

    // Below a folder that is not AWS's, paths are kept from what was named.
    let (name, other) = (object_name("20261120T1005Z"), object_name("20261120T1010Z"));
    workspace.write(&format!("mine/a/{name}"), "1").write(&format!("mine/b/{other}"), "2").write("mine/notes", "x");
    from("mine", "mine2").done().says("fetched 2 objects").says("1 has no name by AWS, left out");
    assert_eq!(files(&workspace, "mine2"), [format!("a/{name}"), format!("b/{other}")]);
    // The same place for two, if both are wanted: what is the same is there already, what is not is named.
    workspace.write(&format!("mine/b/{name}"), "other");
    let both = ["fetch", "--from", "mine/a", "--from", "mine/b", "--to", "mine3", "--allow-duplicates"];
    let glob = workspace.run(both);
    glob.exits(3).says("its place is taken: mine/a/").says("fetched 2 objects");
    assert_eq!(workspace.read(&format!("mine3/{name}")), "1");
}

#[test]
fn too_much_is_refused_with_the_flag_that_allows_it() {
    let (server, workspace) = (bucket(), Workspace::new());
    let args = [&["fetch", "--from", "s3://logs", "--to", "copy", "--max-bytes", "1kB"], &HOUR[..]].concat();
    server
        .run(&workspace, args)
        .exits(2)
        .says(" from S3, more than the 1.0 kB allowed\nhint: ")
        .says("--max-bytes 1GB");
    assert_eq!(server.count(Operation::Get), 0);
    assert!(!workspace.path("copy").exists());
}

#[test]
fn nothing_to_fetch_is_an_error() {
    let (server, workspace) = (bucket(), Workspace::new());
    let answer = server.run(&workspace, ["fetch", "--from", "s3://logs", "--to", "copy"]);
    answer.exits(2).says("notice: reading the last hour").says("hint: an earlier --since");
    workspace.write("files/notes.txt", "x");
    let answer = workspace.run(["fetch", "--from", "files", "--to", "copy"]);
    answer.exits(2).says("skipped 1 object (1 foreign)\nhint: AWS's names tell");
    assert!(!workspace.path("copy").exists());
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let (server, workspace) = (bucket(), Workspace::new());
    workspace.write("copy", "a file");
    fetch(&server, &workspace).exits(2).says("error: cannot write copy: it is no folder");
    assert_eq!(server.count(Operation::List), 0);

    let workspace = Workspace::new();
    workspace.write("copy/AWSLogs", "a file");
    fetch(&server, &workspace).exits(2).says("cannot write its copy: ").says("AWSLogs is a file");
    assert_eq!(workspace.read("copy/AWSLogs"), "a file");

    // The name of a copy is taken by a folder: the others are fetched.
    let workspace = Workspace::new();
    workspace.write(&format!("{}/x", copy("1010")), "");
    fetch(&server, &workspace).exits(3).says("cannot write its copy: ").says("fetched 3 objects");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_outside_the_folder() {
    let (server, workspace) = (bucket(), Workspace::new());
    workspace.write("elsewhere/keep", "x").write("copy/keep", "x");
    std::os::unix::fs::symlink("../elsewhere", workspace.path("copy/AWSLogs")).unwrap();
    fetch(&server, &workspace).exits(2).says("AWSLogs is a link, which is not followed");
    assert_eq!(workspace.names_in("elsewhere"), ["keep"]);

    // A link in the place of a copy is replaced, not followed.
    fs::remove_file(workspace.path("copy/AWSLogs")).unwrap();
    workspace.write(&copy("1005"), "");
    fs::remove_file(workspace.path(&copy("1005"))).unwrap();
    std::os::unix::fs::symlink(workspace.path("elsewhere/keep"), workspace.path(&copy("1005"))).unwrap();
    fetch(&server, &workspace).done().says("fetched 4 objects");
    assert_eq!(workspace.read("elsewhere/keep"), "x");
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_that_fails_is_named_and_the_rest_is_fetched() {
    let (server, workspace) = (bucket(), Workspace::new());
    server.put("logs", &key("1020"), vec![7; 100_000]);
    let program = format!("trap '' XFSZ; ulimit -f 64; exec {} \"$@\"", env!("CARGO_BIN_EXE_albstats"));
    let mut command = server.command(&workspace, [""; 0]);
    let env: Vec<_> = command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    command = std::process::Command::new("sh");
    command.args(["-c", &program, "sh", "fetch", "--from", "s3://logs", "--to", "copy"]).args(HOUR);
    command.current_dir(workspace.path("")).env_clear();
    command.envs(env.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let answer = super::support::finish(command, b"").exits(3).says("fetched 4 objects");
    answer.says("T1020Z").says("cannot write its copy: ").says("File too large");
    assert_eq!(files(&workspace, "copy"), ["1005", "1010", "1015", "1205"].map(key));
}

#[cfg(unix)]
#[test]
fn an_interruption_leaves_what_is_complete_and_nothing_else() {
    let (server, workspace) = (bucket(), Workspace::new());
    server.when(Rule::on(Operation::Get).about("T1010Z"), Effect::StallAfter(150));
    let mut command =
        server.command(&workspace, [&["fetch", "--from", "s3://logs", "--to", "copy"], &HOUR[..]].concat());
    command.stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let unfinished = || files(&workspace, "copy").iter().filter(|file| file.contains(".albstats-fetch-")).count();
    let begun = || workspace.path("copy").exists() && unfinished() == 1 && files(&workspace, "copy").len() == 4;
    while !begun() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    // What is half is no log.
    assert_eq!(workspace.value("copy", COUNT), "305");
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(2), "{stderr}");
    assert!(stderr.contains("error: interrupted"), "{stderr}");
    assert_eq!(files(&workspace, "copy"), ["1005", "1015", "1205"].map(key));
    server.heal();
    fetch(&server, &workspace).done().says("fetched 1 object, ").says("3 were there already");
}

#[test]
fn what_a_killed_run_left_is_removed() {
    let (server, workspace) = (bucket(), Workspace::new());
    let (old, new) = (format!("copy/{FOLDER}.albstats-fetch-old"), format!("copy/{FOLDER}.albstats-fetch-new"));
    workspace.write(&old, "half").write(&new, "half");
    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_hours(24);
    fs::File::options().write(true).open(workspace.path(&old)).unwrap().set_modified(yesterday).unwrap();
    fetch(&server, &workspace).done();
    // It may be another run's that is still at it.
    assert!(!workspace.path(&old).exists() && workspace.path(&new).exists());
    assert_eq!(workspace.value("copy", COUNT), "406");
}
