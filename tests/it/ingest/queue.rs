//! Messages of a queue: objects are there at once, messages go when their objects are in the store and not before, and whatever goes wrong
//! with them loses nothing.

use serde_json::{Value, json};

use super::bench::{Bench, Running, eventually, rows_of};
use super::sqs::Queue;
use crate::s3::{Effect, Operation, Rule, S3Server};

/// Nothing is listed again while a test runs.
const SELDOM: [&str; 2] = ["--poll", "1h"];

fn start(bench: &Bench, queue: &Queue, more: &[&str]) -> Running {
    let url = queue.url();
    let mut command = bench.command(&[&SELDOM[..], &["--queue", &url], more].concat());
    queue.environment(&mut command);
    Running::start(command)
}

fn direct(names: &[&str]) -> Value {
    let record = |name: &&str| {
        let key = Bench::key(name).replace('=', "%3D");
        json!({ "eventVersion": "2.6", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": { "bucket": { "name": "logs" }, "object": { "key": key, "size": 1, "eTag": "e" } } })
    };
    json!({ "Records": names.iter().map(record).collect::<Vec<_>>() })
}

fn on_the_bus(name: &str) -> Value {
    json!({ "detail-type": "Object Created", "source": "aws.s3",
        "detail": { "bucket": { "name": "logs" }, "object": { "key": Bench::key(name), "size": 1 } } })
}

fn through_sns(inner: &Value) -> Value {
    json!({ "Type": "Notification", "Message": inner.to_string() })
}

#[test]
fn what_a_message_tells_of_is_there_at_once_whatever_its_shape() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let queue = Queue::start();
    let before = bench.put_hours(&[1]);
    let _running = start(&bench, &queue, &[]);
    eventually("what lay there is taken in", || bench.held() == rows_of(&before));
    let names = bench.put_hours(&[0, 0, 0, 0, 0]);
    queue.send(&direct(&[&names[0], &names[1]]));
    queue.send(&through_sns(&direct(&[&names[2]])));
    queue.send(&on_the_bus(&names[3]));
    queue.send(&through_sns(&on_the_bus(&names[4])));
    // Twice, in any order.
    queue.send(&direct(&[&names[1]]));
    queue.send(&json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs" }));
    queue.send(&through_sns(&json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs" })));
    queue.send(&json!({ "detail-type": "Object Deleted", "source": "aws.s3", "detail": {} }));
    let elsewhere = direct(&[&names[0]]).to_string().replace("\"logs\"", "\"other\"");
    queue.send(&elsewhere);
    let began = std::time::Instant::now();
    eventually("they are there", || bench.held() == rows_of(&[before.clone(), names.clone()].concat()));
    println!("from message to rows: {:?}", began.elapsed());
    eventually("all messages are deleted", || queue.left() == 0);
}

#[test]
fn a_message_is_deleted_when_its_objects_are_in_the_store_and_not_before() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let queue = Queue::start();
    let running = start(&bench, &queue, &[]);
    eventually("it runs", || bench.folder.path("live/_live.json").exists());
    std::thread::sleep(std::time::Duration::from_millis(500));
    server.when(Rule::on(Operation::Get).about("AWSLogs"), Effect::access_denied());
    let names = bench.put_hours(&[0, 0]);
    queue.send(&direct(&[&names[0], &names[1]]));
    eventually("it is told", || running.said().contains("access denied"));
    assert_eq!((queue.left(), queue.deleted(), bench.held().len()), (1, 0, 0));
    server.heal();
    // It would be visible again after two minutes.
    queue.forget_receipts();
    eventually("they are there", || bench.held() == rows_of(&names));
    eventually("it is deleted", || queue.left() == 0);
}

#[test]
fn a_process_that_is_killed_loses_no_message() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let queue = Queue::start();
    let mut names = Vec::new();
    for round in 0..6_u64 {
        let running = start(&bench, &queue, &[]);
        let new = bench.put_hours(&[0, 0]);
        queue.send(&direct(&[&new[0]]));
        queue.send(&through_sns(&on_the_bus(&new[1])));
        names.extend(new);
        std::thread::sleep(std::time::Duration::from_millis(100 + round * 300));
        running.kill();
        queue.forget_receipts();
        let held = bench.held_by_object();
        assert!(held.len() <= names.len());
    }
    let _running = start(&bench, &queue, &[]);
    eventually("all are there", || bench.held() == rows_of(&names));
    eventually("all messages are deleted", || queue.left() + queue.aside().len() == queue.aside().len());
}

#[test]
fn what_cannot_be_understood_is_left_to_the_redrive_policy() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let queue = Queue::start();
    let running = start(&bench, &queue, &[]);
    queue.send(&"what is this");
    eventually("it is told", || running.said().contains("of no shape that is known"));
    for _ in 0..4 {
        queue.forget_receipts();
        std::thread::sleep(std::time::Duration::from_millis(400));
    }
    eventually("it is put aside", || queue.aside() == ["what is this"]);
    assert_eq!(queue.deleted(), 0);
    assert_eq!(running.said().matches("of no shape that is known").count(), 1);
}

#[test]
fn a_message_about_an_object_that_is_gone_is_deleted() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let queue = Queue::start();
    let _running = start(&bench, &queue, &[]);
    queue.send(&direct(&[&bench.name(0)]));
    eventually("it is deleted", || queue.deleted() == 1);
}

#[test]
fn a_queue_that_is_gone_or_lacks_something_is_told_and_listing_goes_on() {
    let server = S3Server::start();
    let bench = Bench::in_bucket(&server);
    let queue = Queue::start();
    queue.without_redrive();
    queue.refuse(Some((400, "QueueDoesNotExist")));
    let url = queue.url();
    let mut command = bench.command(&["--poll", "300ms", "--queue", &url]);
    queue.environment(&mut command);
    let running = Running::start(command);
    eventually("it is told", || running.said().contains("the queue cannot be read"));
    assert!(running.said().contains("has no redrive policy"), "{}", running.said());
    let names = bench.put_hours(&[0]);
    eventually("listing finds it", || bench.held() == rows_of(&names));
    queue.refuse(None);
    eventually("it says so", || running.said().contains("the queue can be read again"));
    let ended = running.terminate();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("the queue cannot be read").count(), 1, "{}", ended.stderr);
}
