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
