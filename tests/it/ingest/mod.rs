//! `albstats ingest`: what comes is in the store, once, and leaves it for the export; whatever happens meanwhile.

pub(crate) mod bench;
mod faults;
mod kills;
mod queue;
mod sqs;

use std::time::Duration;

use super::s3::{Effect, Operation, Rule, S3Server};
use super::support::Workspace;
use bench::{Bench, Running, eventually, rows_of};

#[test]
fn what_lies_there_is_taken_in_once() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[0, 0, 1, 3]);
    bench.once(&[]).done().says("4 objects, 12 rows taken in");
    assert_eq!(bench.held(), rows_of(&names));
    bench.once(&[]).done().says("0 objects, 0 rows taken in");
    let late = bench.put_hours(&[2]);
    bench.once(&[]).done().says("1 object, 3 rows taken in");
    assert_eq!(bench.held(), rows_of(&[names, late].concat()));
    bench.status(&[]).done();
}

#[test]
fn a_copy_elsewhere_is_no_other_object() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[0]);
    let copy = bench.folder.path("logs/copies").join(format!("{} (1).log.gz", names[0].trim_end_matches(".log.gz")));
    std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
    std::fs::copy(bench.path(&names[0]), copy).unwrap();
    bench.once(&[]).done().says("1 object, 3 rows taken in");
    assert_eq!(bench.held(), rows_of(&names));
}

#[test]
fn a_part_of_a_log_gives_way_to_all_of_it_whatever_it_was_called() {
    for ending in [".6eF8c2aB", ".part", " (1)"] {
        let bench = Bench::in_folder();
        let names = bench.put_hours(&[0]);
        let path = bench.path(&names[0]);
        let part = path.with_file_name(format!("{}{ending}", names[0]));
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&part, &whole[..whole.len() / 2]).unwrap();
        std::fs::remove_file(&path).unwrap();
        bench.once(&[]).exits(3);
        assert_ne!(bench.held(), rows_of(&names), "{ending}");
        std::fs::rename(&part, &path).unwrap();
        std::fs::write(&path, &whole).unwrap();
        bench.status(&["--max-lag", "0s"]).exits(1);
        bench.once(&[]).done().says("1 object, 3 rows taken in\n");
        assert_eq!(bench.held(), rows_of(&names), "{ending}");
        bench.status(&["--max-lag", "0s"]).done();
        // What comes back beside it is no other log.
        std::fs::write(&part, &whole[..whole.len() / 2]).unwrap();
        bench.once(&[]).done().says("0 objects");
    }
}

#[test]
fn text_that_was_still_written_gives_way_to_what_is_compressed() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[0]);
    let path = bench.path(&names[0]);
    let whole = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(path.with_extension(""), super::logs::access("2026-11-20T10:00:00.000000Z", 200)).unwrap();
    bench.once(&[]).done().says("1 object, ");
    std::fs::remove_file(path.with_extension("")).unwrap();
    std::fs::write(&path, whole).unwrap();
    bench.once(&[]).done().says("1 object, 3 rows taken in\n");
    assert_eq!(bench.held(), rows_of(&names));
}

#[test]
fn a_part_that_was_handed_over_gives_way_in_the_export() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[5]);
    let path = bench.path(&names[0]);
    let part = path.with_file_name(format!("{}.part", names[0]));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&part, &whole[..whole.len() / 2]).unwrap();
    std::fs::remove_file(&path).unwrap();
    let exports = ["--export", "lake"];
    bench.once(&exports).exits(3);
    std::fs::remove_file(&part).unwrap();
    std::fs::write(&path, &whole).unwrap();
    bench.once(&exports).done();
    assert_eq!(bench.exported(), rows_of(&names));
    assert!(bench.held().is_empty());
}

#[test]
fn an_object_that_was_replaced_counts_as_it_is_now() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[0, 0]);
    bench.once(&[]).done();
    bench.write(&names[0], &["new-1", "new-2"]);
    bench.status(&["--max-lag", "0s"]).exits(1);
    bench.once(&[]).done().says("1 object, 2 rows taken in\n");
    bench.status(&["--max-lag", "0s"]).done();
    let mut expected = rows_of(&names[1..]);
    expected.extend(["new-1".to_owned(), "new-2".to_owned()]);
    expected.sort();
    assert_eq!(bench.held(), expected);
}

#[test]
fn lines_that_are_none_and_damage_are_taken_in_as_such() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[0, 0]);
    let path = bench.path(&names[0]);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    bench.write_text(&names[1], "this is no line\n");
    bench.once(&[]).exits(3).says(&format!("{}: ", names[0])).says("2 objects not read to their ends (log_objects)");
    let status = bench.status(&["--format", "json"]).done().stdout;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!((status["objects"].as_u64(), status["rejected_lines"].as_u64()), (Some(2), Some(1)), "{status}");
    assert_eq!(status["damaged_objects"].as_u64(), Some(2), "{status}");
    bench.once(&[]).done().says("0 objects");
}

#[test]
fn of_many_damaged_objects_some_are_named_and_all_counted() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[0; 13]);
    for name in &names {
        let whole = std::fs::read(bench.path(name)).unwrap();
        std::fs::write(bench.path(name), &whole[..whole.len() - 9]).unwrap();
    }
    let ended = bench.once(&[]).exits(3).says("13 objects not read to their ends");
    let told = names.iter().filter(|name| ended.stderr.contains(name.as_str())).count();
    assert_eq!(told, 10, "{}", ended.stderr);
}

#[test]
fn a_source_says_where_its_live_store_and_its_export_are() {
    let bench = Bench::in_folder();
    bench.put_hours(&[0, 5]);
    let config = |text: &str| bench.folder.write("albstats.toml", text);
    config("[sources.a]\nfrom = [\"logs\"]\nlive = \"live\"\nexport = \"lake\"\n");
    let folder = &bench.folder;
    folder.run(["ingest", "--from", "a", "--once"]).done().says("2 objects, 6 rows taken in");
    // An export is written only if somebody says so.
    assert!(!folder.path("lake").exists());
    folder.run(["ingest", "--hand-over", "--once"]).done().says("1 slot of the export written");
    folder.run(["ingest", "--hand-over", "--once"]).done().says("0 objects");
    folder.run(["ingest", "status", "--hand-over"]).done();
    // Whoever looks counts what the source's export has.
    folder.run(["ingest", "status", "--max-lag", "0s"]).done();
    // What is typed has the last word.
    folder.run(["ingest", "--once", "--to", "other"]).done().says("2 objects, 6 rows taken in");
    config("[sources.a]\nfrom = [\"logs\"]\n");
    folder.run(["ingest", "--once", "--to", "third", "--hand-over"]).exits(2).says("the source has no export");
    folder.run(["ingest", "--once"]).exits(2).says("--to is missing").says("`live` of a source");
    config("[sources.a]\nfrom = [\"logs\"]\nlive = \"l1\"\n[sources.b]\nfrom = [\"logs\"]\nlive = \"l2\"\n");
    folder.run(["ingest", "--from", "a", "--from", "b", "--once"]).exits(2).says("different live stores");
}

#[test]
fn a_run_that_could_not_begin_says_nothing_else() {
    let bench = Bench::in_folder();
    bench.put_hours(&[0]);
    let ended = bench.folder.run(["ingest", "--from", "logs", "--to", "/proc/live", "--once"]).exits(2);
    assert!(!ended.stderr.contains("taken in"), "{}", ended.stderr);
    let within = bench.folder.run(["ingest", "--from", "logs", "--to", "logs/live", "--once"]).exits(2);
    within.says("the live store would be taken for logs");
}

#[test]
fn what_is_redacted_never_lies_on_disk() {
    let bench = Bench::in_folder();
    bench.put_hours(&[0]);
    bench.once(&["--redact", "query-strings"]).done();
    assert!(bench.held().iter().all(|url| !url.contains('?')));
    bench.once(&[]).exits(2).says("was created with --redact query-strings, not nothing");
}

#[test]
fn complete_hours_move_to_the_export() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[0, 5, 6]);
    let exports = ["--export", "lake"];
    bench.once(&exports).done().says("2 slots of the export written");
    // Nobody has to wait for the next run.
    assert_eq!(bench.held(), rows_of(&names[..1]));
    assert_eq!(bench.exported(), rows_of(&names[1..]));
    let late = bench.put_hours(&[5]);
    bench.once(&exports).done();
    let all = [names[1..].to_vec(), late].concat();
    assert_eq!(bench.exported(), rows_of(&all));
    assert_eq!(bench.held(), rows_of(&names[..1]));
    bench.status(&exports).done();
    // A run of the export of its own finds nothing to do.
    let from = bench.from();
    let export = ["export", "--from", &from, "--to", "lake", "--format", "json"];
    let report: serde_json::Value = serde_json::from_str(&bench.folder.run(export).done().stdout).unwrap();
    assert_eq!(report["written"].as_array().map(Vec::len), Some(0), "{report}");
}

#[test]
fn old_hours_are_let_go() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[0, 30]);
    bench.once(&[]).done();
    assert_eq!(bench.held().len(), 6);
    bench.once(&["--keep", "10h"]).done();
    assert_eq!(bench.held(), rows_of(&names[..1]));
}

#[test]
fn what_was_let_go_is_said_to_whoever_asks_and_nobody_is_behind_for_it() {
    let bench = Bench::in_folder();
    // Of today, whatever time it is, if today is that old.
    bench.put_hours(&[0, 3]);
    bench.once(&["--keep", "2h"]).done().says("1 object, 3 rows taken in");
    bench.status(&["--max-lag", "0s"]).done();
    let ask = |from: &[&str], since: &str| {
        let from = from.iter().flat_map(|from| ["--from", from]);
        bench.folder.run(["query", "--since", since].into_iter().chain(from).chain(["SELECT count(*) FROM requests"]))
    };
    let said = "warning: incomplete: live: rows from before ";
    ask(&["live"], "5h").exits(3).says(said).says(" UTC were let go");
    ask(&["live"], "30m").done();
    // The logs have them.
    let answer = ask(&["live", "logs"], "5h").done();
    assert!(!answer.stderr.contains("let go"), "{}", answer.stderr);
    let overview = ["report", "overview", "--from", "live", "--since", "5h"];
    let report = bench.folder.run(overview).exits(3);
    assert!(report.stdout.contains("logs not complete: let go before "), "{}", report.stdout);
    assert!(!report.stdout.contains("logs complete"), "{}", report.stdout);
    // Who keeps more has it again.
    bench.once(&["--keep", "10h"]).done().says("1 object, 3 rows taken in");
    ask(&["live"], "5h").done();
}

#[cfg(unix)]
#[test]
fn once_that_is_ended_before_is_not_through() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    bench.put_hours(&[0]);
    server.when(Rule::on(Operation::Get).about("AWSLogs"), Effect::access_denied());
    server.when(Rule::on(Operation::List), Effect::slow_down());
    let running = Running::start(bench.command(&["--once"]));
    std::thread::sleep(Duration::from_millis(500));
    let ended = running.terminate();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("stopped: 0 objects, 0 rows taken in\n"), "{}", ended.stderr);
}

#[test]
fn one_process_writes_a_store() {
    let bench = Bench::in_folder();
    bench.put_hours(&[0]);
    let _running = Running::start(bench.command(&["--poll", "1s"]));
    eventually("it is taken in", || bench.held().len() == 3);
    bench.once(&[]).exits(2).says("is written by another albstats (process ");
}

#[test]
fn a_folder_with_something_else_in_it_is_no_store() {
    let bench = Bench::in_folder();
    bench.put_hours(&[0]);
    bench.folder.write("live/precious", "mine");
    bench.once(&[]).exits(2).says("live is no live store, and not empty");
}

#[test]
fn what_comes_is_there_after_the_next_look_and_probes_say_so() {
    let bench = Bench::in_folder();
    bench.put_hours(&[1]);
    let running = Running::start(bench.command(&["--poll", "500ms", "--listen", "0"]));
    let address = running.listens_on();
    eventually("it is ready", || bench::get(&address, "/readyz").starts_with("HTTP/1.1 200"));
    let names = bench.put_hours(&[0]);
    let began = std::time::Instant::now();
    eventually("it is there", || bench.held().len() == 6);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(bench::get(&address, "/healthz").ends_with("ok\n"));
    let metrics = bench::get(&address, "/metrics");
    assert!(metrics.contains("albstats_ingest_objects_total 2\n"), "{metrics}");
    assert!(bench::get(&address, "/else").contains("/healthz, /readyz, /metrics are here"));
    let ended = running.terminate();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("stopped: 2 objects, 6 rows taken in"), "{}", ended.stderr);
    assert_eq!(bench.held().len(), 6, "{names:?}");
}

#[test]
fn what_is_behind_is_told_from_what_is_not() {
    let bench = Bench::in_folder();
    bench.put_hours(&[0]);
    bench.once(&[]).done();
    bench.put_hours(&[0]);
    bench.status(&["--max-lag", "0s"]).exits(1);
    let status = bench.status(&["--max-lag", "1h"]).done().stdout;
    assert!(status.contains("1 object behind"), "{status}");
    bench
        .folder
        .run(["ingest", "status", "--from", "logs", "--to", "nowhere"])
        .exits(2)
        .says("cannot read nowhere/_live.json");
}

#[test]
fn a_bucket_is_taken_in_as_a_folder_is() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let names = bench.put_hours(&[0, 0, 7]);
    bench.once(&["--export", "s3://lake/v1"]).done().says("3 objects, 9 rows taken in, 1 slot of the export written");
    assert_eq!(bench.held(), rows_of(&names[..2]));
    bench.status(&["--export", "s3://lake/v1"]).done();
    // Another store beside it: the export has the old hour already.
    let again = Workspace::new();
    let args = ["ingest", "--from", "s3://logs", "--to", "other", "--export", "s3://lake/v1", "--once"];
    server.run(&again, args).done().says("2 objects, 6 rows taken in");
}
