//! What goes wrong with a bucket, is said once, and goes on by itself.

use std::time::Duration;

use super::bench::{Bench, Running, eventually, rows_of};
use crate::s3::{Effect, Operation, Rule, S3Server};

#[test]
fn a_bucket_that_denies_is_told_once_and_taken_in_when_it_does_not() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let names = bench.put_hours(&[0, 0]);
    server.when(Rule::on(Operation::Get).about("AWSLogs"), Effect::access_denied());
    let running = Running::start(bench.command(&["--poll", "300ms", "--listen", "0"]));
    let address = running.listens_on();
    eventually("it is told", || running.said().contains("access denied"));
    eventually("it is not ready", || super::bench::get(&address, "/readyz").contains("access denied"));
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(running.said().matches("access denied").count(), 1, "{}", running.said());
    assert!(running.said().contains("2 objects wait"), "{}", running.said());
    server.heal();
    eventually("they are there", || bench.held() == rows_of(&names));
    eventually("it says so", || running.said().contains("objects can be read again"));
    let ended = running.terminate();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn one_account_that_is_denied_keeps_nobody_from_the_others() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let names = bench.put_hours(&[0]);
    let denied = bench.name(0).replace("111122223333", "444455556666");
    bench.write(&denied, &["https://shop.example.com:443/"]);
    server.when(Rule::on(Operation::List).about("444455556666"), Effect::access_denied());
    let running = Running::start(bench.command(&["--poll", "300ms", "--listen", "0"]));
    let address = running.listens_on();
    let ready = || super::bench::get(&address, "/readyz");
    eventually("the others are taken in", || bench.held() == rows_of(&names));
    eventually("it is ready", || ready().starts_with("HTTP/1.1 200") && ready().contains("444455556666"));
    assert!(ready().contains("access denied") && ready().ends_with("\"ready\":true}\n"), "{}", ready());
    server.heal();
    eventually("nothing is missing", || ready().ends_with("{\"missing\":[],\"ready\":true}\n"));
    assert_eq!(running.terminate().code, 0);
}

#[test]
fn a_listing_that_fails_is_tried_again() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let names = bench.put_hours(&[0]);
    server.when(Rule::on(Operation::List), Effect::access_denied());
    let running = Running::start(bench.command(&["--poll", "300ms"]));
    eventually("it is told", || running.said().contains("logs cannot be listed"));
    server.heal();
    eventually("it is there", || bench.held() == rows_of(&names));
    eventually("it says so", || running.said().contains("logs can be listed again"));
}

#[test]
fn once_says_what_it_could_not_read() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let names = bench.put_hours(&[0, 0]);
    server.when(Rule::on(Operation::Get).about("blog"), Effect::access_denied());
    bench.once(&[]).exits(3).says("access denied");
    assert_eq!(bench.held().len(), 3);
    server.heal();
    bench.once(&[]).done();
    assert_eq!(bench.held(), rows_of(&names));
}

#[test]
fn bodies_that_are_cut_and_servers_that_fail_lose_nothing() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let names = bench.put_hours(&[0, 0, 0, 1]);
    server.when(Rule::on(Operation::Get).about("AWSLogs").times(3), Effect::CutAfter(20));
    server.when(Rule::on(Operation::Get).about("AWSLogs").after(2).times(2), Effect::internal_error());
    server.when(Rule::on(Operation::List).after(1).times(2), Effect::slow_down());
    bench.once(&[]).done();
    assert_eq!(bench.held(), rows_of(&names));
}

/// The names of a batch cannot be written, as on a full disk: it is told, and goes on when there is room.
#[cfg(unix)]
#[test]
fn a_disk_that_takes_nothing_is_told_and_waited_for() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let bench = Bench::in_folder();
    bench.put_hours(&[1]);
    bench.once(&[]).done();
    let unfinished = bench.folder.path("live/_unfinished");
    // Nothing can be begun where a file lies in place of the folder; for root, rights are no obstacle.
    let names = bench.put_hours(&[0]);
    let running = Running::start(bench.command(&["--poll", "300ms"]));
    eventually("it is there", || bench.held().len() == 6);
    fs::rename(&unfinished, bench.folder.path("live/_away")).unwrap();
    fs::write(&unfinished, "").unwrap();
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o600)).unwrap();
    let more = bench.put_hours(&[0]);
    eventually("it is told", || running.said().contains("a batch cannot be written"));
    fs::remove_file(&unfinished).unwrap();
    fs::rename(bench.folder.path("live/_away"), &unfinished).unwrap();
    eventually("it goes on", || bench.held().len() == 9);
    eventually("it says so", || running.said().contains("the live store can be written again"));
    assert_eq!(running.said().matches("a batch cannot be written").count(), 1, "{names:?} {more:?}");
}

/// Files of batches in the store.
fn files(bench: &Bench) -> Vec<std::path::PathBuf> {
    let files = walkdir::WalkDir::new(bench.folder.path("live")).into_iter().map(|entry| entry.unwrap().into_path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "parquet")).collect()
}

#[test]
fn a_store_whose_manifest_is_lost_or_damaged_is_refused_and_nothing_is_removed() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[0, 1]);
    bench.once(&[]).done();
    let (manifest, there) = (bench.folder.path("live/_manifest.jsonl"), files(&bench).len());
    let whole = std::fs::read_to_string(&manifest).unwrap();
    let last = whole.trim_end().rfind('\n').unwrap() + 1;
    let damaged = format!("{}\"{}", &whole[..last], &whole[last + 1..]);
    for (content, says) in [
        (None, "live/_manifest.jsonl is missing, and files of batches are there"),
        (Some(""), "live/_manifest.jsonl holds nothing"),
        (Some(damaged.as_str()), "is damaged: "),
    ] {
        match content {
            Some(content) => std::fs::write(&manifest, content).unwrap(),
            None => std::fs::remove_file(&manifest).unwrap(),
        }
        bench.folder.csv("live", "SELECT count(*) FROM requests").exits(2).says(says).says("hint: ");
        bench.once(&[]).exits(2).says(says);
        bench.status(&[]).exits(2).says(says);
        assert_eq!(files(&bench).len(), there, "nothing is removed");
    }
    std::fs::write(&manifest, &whole).unwrap();
    assert_eq!(bench.held(), rows_of(&names));
    // What is removed is counted.
    let stray = there_beside(&files(&bench)[0]);
    std::fs::write(&stray, "of a process that was killed").unwrap();
    bench.once(&[]).done().says("1 file of batches that the manifest does not name is removed");
    assert!(!stray.exists());
}

fn there_beside(file: &std::path::Path) -> std::path::PathBuf {
    file.with_file_name(file.file_name().unwrap().to_string_lossy().replace(".parquet", "77.parquet"))
}

#[test]
fn a_batch_that_cannot_be_read_is_named_and_left_alone() {
    let bench = Bench::in_folder();
    // A settled hour: four batches of it become one.
    for _ in 0..3 {
        bench.put_hours(&[3]);
        bench.once(&[]).done();
    }
    let rows = |path: &std::path::PathBuf| path.to_string_lossy().contains("/requests/");
    let file = files(&bench).into_iter().find(rows).unwrap();
    let mut content = std::fs::read(&file).unwrap();
    let middle = content.len() / 3;
    content[middle] ^= 1;
    std::fs::write(&file, content).unwrap();
    bench.put_hours(&[3]);
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let ended = bench.once(&[]).exits(3).says("cannot read ").says(&name).says("1 object, 3 rows taken in");
    assert!(!ended.stderr.contains("cannot be written"), "{}", ended.stderr);
    let urls = bench.folder.csv("live", "SELECT request_url FROM requests").exits(2);
    urls.says("a file of the live store cannot be read: ").says("start albstats ingest again");
    let running = Running::start(bench.command(&["--poll", "100ms", "--listen", "0"]));
    let address = running.listens_on();
    eventually("it is told", || running.said().contains(&name));
    let more = bench.put_hours(&[0]);
    eventually("what comes is taken in", || super::bench::get(&address, "/metrics").contains("objects_total 1\n"));
    assert!(super::bench::get(&address, "/readyz").starts_with("HTTP/1.1 200"));
    assert_eq!(running.said().matches(&name).count(), 1, "{} {more:?}", running.said());
    drop(running);
    // As the hint says.
    std::fs::remove_file(&file).unwrap();
    bench.once(&[]).done().says("1 batch dropped");
    assert_eq!(bench.held().len(), 15);
    // A record tells what is in a batch: without one, nobody knows. The next run removes what the last one let go.
    bench.once(&[]).done();
    let record = files(&bench).into_iter().find(|path| path.to_string_lossy().contains("/log_objects/")).unwrap();
    std::fs::write(&record, vec![b'x'; std::fs::metadata(&record).unwrap().len().try_into().unwrap()]).unwrap();
    let hint = "hint: remove the file, and start albstats ingest again";
    bench.once(&[]).exits(2).says(hint);
    bench.folder.csv("live", "SELECT count(*) FROM requests").exits(2).says(hint);
    std::fs::remove_file(&record).unwrap();
    bench.once(&[]).done();
    assert_eq!(bench.held().len(), 15);
}

#[test]
fn once_does_not_wait_for_ever_for_a_disk_that_takes_nothing() {
    let bench = Bench::in_folder();
    bench.once(&[]).done();
    // No folder can be made where a file lies; for root, rights are no obstacle.
    bench.folder.write("live/requests/account=111122223333", "");
    bench.put_hours(&[0, 1]);
    let ended = bench.once(&[]).exits(3).says("a batch cannot be written");
    assert_eq!(ended.stderr.matches("cannot be written").count(), 1, "{}", ended.stderr);
    std::fs::remove_file(bench.folder.path("live/requests/account=111122223333")).unwrap();
    bench.once(&[]).done().says("2 objects, 6 rows taken in");
}

#[test]
fn a_folder_that_is_removed_is_made_again_and_filled() {
    let bench = Bench::in_folder();
    let names = bench.put_hours(&[0, 1]);
    let running = Running::start(bench.command(&["--poll", "200ms"]));
    eventually("it is there", || bench.held().len() == 6);
    std::fs::rename(bench.folder.path("live"), bench.folder.path("gone")).unwrap();
    eventually("it is told", || running.said().contains("was removed or replaced while it was written"));
    eventually("it is there again", || bench.held() == rows_of(&names));
    eventually("it says so", || running.said().contains("the live store can be written again"));
}

#[test]
fn a_bucket_that_is_overloaded_is_told_once() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let names = bench.put_hours(&[0]);
    server.when(Rule::on(Operation::Get).about("AWSLogs"), Effect::slow_down());
    let running = Running::start(bench.command(&["--poll", "200ms"]));
    eventually("it is told", || running.said().contains("warning: "));
    // Others come and are read meanwhile: that is no end of it.
    server.heal().when(Rule::on(Operation::Get).about("shop"), Effect::slow_down());
    bench.put_hours(&[0, 0]);
    eventually("one is there", || bench.held().len() == 3);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(running.said().matches("warning: ").count(), 1, "{}", running.said());
    assert!(!running.said().contains("again"), "{} {names:?}", running.said());
    server.heal();
    eventually("it is over", || running.said().contains("objects can be read again"));
    assert_eq!(bench.held().len(), 9);
}
