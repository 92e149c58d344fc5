//! `--cache`: objects of buckets are downloaded once, and nothing ever fails for it.

use std::fs;
use std::path::PathBuf;

use super::logs::{access_lines, gzip, object_name};
use super::s3::{Effect, Operation, Rule, S3Server};
use super::support::{Answer, Workspace};

const FOLDER: &str = "AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20";
const COUNT: &str = "SELECT count(*) FROM requests";
const WINDOW: [&str; 4] = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T12:00"];

/// Three objects of 100 rows each.
fn server() -> S3Server {
    let server = S3Server::start();
    for end in ["20261120T1005Z", "20261120T1010Z", "20261120T1015Z"] {
        server.put("logs", &format!("{FOLDER}/{}", object_name(end)), gzip(access_lines(100)));
    }
    server
}

fn ask(server: &S3Server, folder: &Workspace, more: &[&str]) -> Answer {
    let args = ["query", "--format", "csv", "--from", "s3://logs"].iter().chain(&WINDOW).chain(more);
    server.run(folder, args.chain(&[COUNT]))
}

/// Requests for objects since the last time.
fn gets(server: &S3Server) -> usize {
    let count = server.count(Operation::Get);
    server.forget_requests();
    count
}

fn kept(folder: &Workspace) -> Vec<PathBuf> {
    let root = folder.path(".cache/albstats/objects");
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().len() == 32).collect()
}

#[test]
fn what_was_downloaded_is_not_downloaded_again() {
    let (folder, server) = (Workspace::new(), server());
    assert_eq!(ask(&server, &folder, &[]).done().value(), "300");
    assert!(!folder.path(".cache").exists(), "nothing is kept unless somebody says so");
    assert_eq!(gets(&server), 3);
    let cache = ["--cache", "1MiB"];
    assert_eq!(ask(&server, &folder, &cache).done().value(), "300");
    assert_eq!((gets(&server), kept(&folder).len()), (3, 3));
    let again = ask(&server, &folder, &cache).done().says("; 3 objects, ").says(" from the cache");
    assert_eq!((again.value(), gets(&server)), ("300".to_owned(), 0));
    // Whatever reads them, however it was said.
    let args = ["report", "errors", "--from", "s3://logs", "--cache", "1MiB"];
    server.run(&folder, args.iter().chain(&WINDOW)).done();
    let args = ["fetch", "--from", "s3://logs", "--to", "copies", "--cache", "1MiB"];
    server.run(&folder, args.iter().chain(&WINDOW)).done();
    assert_eq!(gets(&server), 0);
    folder.write("albstats.toml", "cache = '1MiB'\n");
    let args = ["export", "--from", "s3://logs", "--to", "lake", "--settle", "0s"];
    server.run(&folder, args.iter().chain(&["--since", "2026-11-20"])).done();
    assert_eq!(gets(&server), 0);
    folder.write("albstats.toml", "");
    let mut command = server.command(&folder, ["query", "--from", "s3://logs"].iter().chain(&WINDOW).chain(&[COUNT]));
    command.env("ALBSTATS_CACHE", "1MiB");
    super::support::finish(command, b"").done();
    assert_eq!(gets(&server), 0);
    assert_eq!(folder.value("copies", COUNT), "300");
    assert_eq!(folder.value("lake", COUNT), "300");
}

#[test]
fn what_changed_or_is_damaged_is_downloaded() {
    let (folder, server) = (Workspace::new(), server());
    let cache = ["--cache", "1MiB"];
    ask(&server, &folder, &cache).done();
    gets(&server);
    server.put("logs", &format!("{FOLDER}/{}", object_name("20261120T1005Z")), gzip(access_lines(50)));
    assert_eq!((ask(&server, &folder, &cache).done().value(), gets(&server)), ("250".to_owned(), 1));
    for damage in ["cut", "garbled", "gone"] {
        for path in kept(&folder) {
            let mut content = fs::read(&path).unwrap();
            match damage {
                "cut" => content.truncate(content.len() / 2),
                _ => content[10] ^= 1,
            }
            fs::remove_file(&path).unwrap();
            if damage != "gone" {
                fs::write(&path, content).unwrap();
            }
        }
        assert_eq!(ask(&server, &folder, &cache).done().value(), "250", "{damage}");
        assert_eq!(gets(&server), 3, "{damage}");
        assert_eq!((ask(&server, &folder, &cache).done().value(), gets(&server)), ("250".to_owned(), 0));
    }
}

#[test]
fn downloads_that_break_off_are_kept_when_they_are_whole() {
    let (folder, server) = (Workspace::new(), server());
    let cache = ["--cache", "1MiB"];
    server.when(Rule::on(Operation::Get).about("T1005Z").once(), Effect::CutAfter(200));
    server.when(Rule::on(Operation::Get).about("T1010Z"), Effect::access_denied());
    ask(&server, &folder, &cache).exits(3);
    assert_eq!(kept(&folder).len(), 2);
    server.heal();
    gets(&server);
    assert_eq!((ask(&server, &folder, &cache).done().value(), gets(&server)), ("300".to_owned(), 1));
}

/// A page of the same network in place of the object's first bytes, and S3 again from there on.
#[test]
fn what_a_proxy_answered_is_neither_kept_nor_gone_on_with() {
    let (folder, server) = (Workspace::new(), server());
    let cache = ["--cache", "1MiB"];
    server.when(Rule::on(Operation::Get).about("T1005Z").once(), Effect::Answer("<html>please sign in</html>"));
    let answer = ask(&server, &folder, &cache).exits(3);
    let answer = answer.says("what was answered is not the object that was listed: it has 27 bytes, and ");
    assert_eq!((answer.value(), kept(&folder).len()), ("200".to_owned(), 2));
    server.heal();
    assert_eq!(ask(&server, &folder, &cache).done().value(), "300");
}

#[test]
fn a_cache_that_cannot_be_used_is_no_reason_to_fail() {
    let (folder, server) = (Workspace::new(), server());
    folder.write(".cache/albstats", "a file in its place");
    let answer = ask(&server, &folder, &["--cache", "1MiB"]).done().says("warning: nothing is kept in the cache ");
    assert_eq!(answer.value(), "300");
    fs::remove_file(folder.path(".cache/albstats")).unwrap();
    // Too small for anything.
    assert_eq!(ask(&server, &folder, &["--cache", "100"]).done().value(), "300");
    assert_eq!(kept(&folder).len(), 0);
    // Full: what was used longest ago goes.
    let size = server.read("logs", &format!("{FOLDER}/{}", object_name("20261120T1005Z"))).len();
    let bound = (2 * size + 800).to_string();
    assert_eq!(ask(&server, &folder, &["--cache", &bound]).done().value(), "300");
    let bytes: u64 = kept(&folder).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(bytes > 0 && bytes <= bound.parse().unwrap(), "{bytes}");
}

#[test]
fn runs_at_the_same_time_use_one_cache() {
    let (folder, server) = (Workspace::new(), server());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(ask(&server, &folder, &["--cache", "1MiB"]).done().value(), "300"));
        }
    });
    assert_eq!(kept(&folder).len(), 3);
    gets(&server);
    ask(&server, &folder, &["--cache", "1MiB"]).done();
    assert_eq!(gets(&server), 0);
}

#[test]
fn the_cache_is_shown_and_cleared() {
    let (folder, server) = (Workspace::new(), server());
    let show = |args: &[&str]| folder.run(["cache"].iter().chain(args)).done().stdout;
    let root = folder.path(".cache/albstats/objects").display().to_string();
    let empty = format!(
        "folder      {root}\nobjects     0\nsize        0 B\nlimit       - (nothing is kept: --cache 5GiB)\noldest use  -\n"
    );
    assert_eq!(show(&["show"]), empty);
    assert_eq!(show(&["clear"]), "removed 0 objects, 0 B\n");
    ask(&server, &folder, &["--cache", "1MiB"]).done();
    folder.write("albstats.toml", "cache = '5GiB'\n");
    let shown = show(&["show"]);
    assert!(shown.contains("objects     3\n") && shown.contains("limit       5GiB (albstats.toml:1)\n"), "{shown}");
    assert!(show(&["clear"]).starts_with("removed 3 objects, "));
    assert_eq!(kept(&folder).len(), 0);
    gets(&server);
    ask(&server, &folder, &["--cache", "1MiB"]).done();
    assert_eq!(gets(&server), 3);
}
