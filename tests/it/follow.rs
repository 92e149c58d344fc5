//! `query --follow`: rows as they come, each once, until it is interrupted.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::logs::{access, gzip, object_name};
use super::s3::{Effect, Operation, Rule, S3Server};
use super::support::Workspace;

const URLS: &str = "SELECT request_url AS url FROM requests WHERE elb_status_code >= 500";
/// Objects of these tests are of then, or later: what is older than it may be is not waited for.
const SINCE: [&str; 2] = ["--since", "1h"];

/// The end of an interval so many minutes ago, as names have it.
fn end(minutes: i64) -> String {
    ago(minutes).strftime("%Y%m%dT%H%MZ").to_string()
}

fn ago(minutes: i64) -> jiff::Zoned {
    let time = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
    time.to_zoned(jiff::tz::TimeZone::UTC)
}

/// A run, and the lines that it writes.
struct Run {
    child: Child,
    lines: Receiver<String>,
    said: Receiver<String>,
}

impl Run {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines_of(child.stdout.take().unwrap());
        let said = lines_of(child.stderr.take().unwrap());
        Self { child, lines, said }
    }

    #[track_caller]
    fn next(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(30)).expect("a row")
    }

    fn has_nothing_more(&self) -> bool {
        self.lines.recv_timeout(Duration::from_millis(600)).is_err()
    }

    /// Ctrl-C.
    fn interrupt(mut self) {
        Command::new("kill").args(["-2", &self.child.id().to_string()]).status().unwrap();
        assert_eq!(self.child.wait().unwrap().signal(), Some(2));
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        BufReader::new(pipe).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
    });
    lines
}

/// An object of two rows, of which one is an error of this path.
fn object(path: &str) -> Vec<u8> {
    let time = ago(30).strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string();
    let line = |status| access(&time, status).replace("/cart?id=1", path);
    gzip(line(200) + &line(502))
}

fn row(path: &str) -> String {
    format!("{{\"url\":\"https://shop.example.com:443{path}\"}}")
}

#[test]
fn rows_come_as_their_objects_do() {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", object_name(&end(25))), object("/first"));
    let follow = ["query", "--from", "logs", "--follow", "--poll", "100ms"];
    let run = Run::start(folder.command(follow.iter().chain(&SINCE).chain(&[URLS])));
    assert_eq!(run.next(), row("/first"));
    // Whole before it has its name, as whoever copies should do.
    let put = |name: &str, content: Vec<u8>| {
        folder.write("aside", content);
        std::fs::create_dir_all(folder.path("logs/more")).unwrap();
        std::fs::rename(folder.path("aside"), folder.path(name)).unwrap();
    };
    put(&format!("logs/{}", object_name(&end(20))), object("/second"));
    assert_eq!(run.next(), row("/second"));
    // A copy is no news, and neither is what is written again.
    put(&format!("logs/more/{}", object_name(&end(20))), object("/copy"));
    put(&format!("logs/{}", object_name(&end(25))), object("/again"));
    assert!(run.has_nothing_more());
    // Late, and of another node.
    put(&format!("logs/{}", object_name(&end(29)).replace("203.0.113.4", "203.0.113.9")), object("/late"));
    assert_eq!(run.next(), row("/late"));
    run.interrupt();
}

#[test]
fn a_bucket_is_listed_again_and_again_and_its_troubles_pass() {
    let (folder, server) = (Workspace::new(), S3Server::start());
    let key = |minutes: i64| {
        let day = ago(minutes).strftime("%Y/%m/%d").to_string();
        format!("AWSLogs/123456789012/elasticloadbalancing/eu-west-1/{day}/{}", object_name(&end(minutes)))
    };
    server.put("logs", &key(25), object("/first"));
    let follow = ["query", "--from", "s3://logs", "--follow", "--poll", "100ms", "--format", "csv"];
    let run = Run::start(server.command(&folder, follow.iter().chain(&SINCE).chain(&[URLS])));
    assert_eq!((run.next(), run.next()), ("url".to_owned(), "https://shop.example.com:443/first".to_owned()));
    server.when(Rule::on(Operation::List).about("elasticloadbalancing/eu-west-1/20"), Effect::access_denied());
    let warning = run.said.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(warning.contains("access denied"), "{warning}");
    server.put("logs", &key(20), object("/second"));
    server.heal();
    assert_eq!(run.next(), "https://shop.example.com:443/second");
    assert!(run.has_nothing_more());
    let gets = server.got();
    assert_eq!(gets.len(), 2, "each object is downloaded once: {gets:?}");
    run.interrupt();
}

#[test]
fn what_needs_all_rows_is_refused_with_what_to_write() {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", object_name(&end(25))), object("/first"));
    let follow = |more: &[&str]| folder.run(["query", "--from", "logs", "--follow"].iter().chain(more)).exits(2);
    for (sql, hint) in [
        ("SELECT count(*) FROM requests", "albstats report NAME --watch 30s"),
        ("SELECT DISTINCT elb FROM requests", "albstats report NAME --watch 30s"),
        ("SELECT time FROM requests ORDER BY time", "leave ORDER BY out"),
        ("SELECT time FROM requests LIMIT 3", "leave LIMIT and OFFSET out"),
        ("SELECT r.time FROM requests r JOIN connections c USING (conn_trace_id)", "without --follow"),
        ("SELECT time FROM requests UNION ALL SELECT time FROM connections", "without --follow"),
        (
            "SELECT time FROM requests WHERE elb = (SELECT max(elb) FROM requests)",
            "its answer in place of the subquery",
        ),
        ("SELECT row_number() OVER (PARTITION BY elb) FROM requests", "the same statement without --follow"),
        ("SELECT 1", "SELECT … FROM requests WHERE …"),
    ] {
        follow(&[sql]).says("error: --follow shows rows as they come, and this needs ").says(hint);
    }
    follow(&["SELECT nothing FROM requests"]).says("no column named nothing");
    follow(&["--format", "json", URLS]).says("json needs all of them").says("hint: --format ndjson");
    follow(&["-o", "x.csv", URLS]).says("hint: > FILE");
    follow(&["--until", "2026-11-20", URLS]).says("leave --until out");
    folder.run(["query", "--from", "-", "--follow", URLS]).exits(2).says("standard input");
    folder.run(["query", "--from", "logs", "--poll", "1s", URLS]).exits(2).says("--follow");
}

#[test]
fn a_live_store_is_followed_batch_by_batch() {
    let folder = Workspace::new();
    let take_in = || folder.run(["ingest", "--from", "logs", "--to", "live", "--once"]).done();
    folder.write(&format!("logs/{}", object_name(&end(25))), object("/first"));
    take_in();
    let follow = ["query", "--from", "live", "--follow", "--poll", "100ms"];
    let run = Run::start(folder.command(follow.iter().chain(&SINCE).chain(&[URLS])));
    assert_eq!(run.next(), row("/first"));
    folder.write(&format!("logs/{}", object_name(&end(20))), object("/second"));
    take_in();
    assert_eq!(run.next(), row("/second"));
    assert!(run.has_nothing_more());
    run.interrupt();
}

/// An object of one error of then, and its name.
fn object_of(minutes: i64, path: &str) -> (String, Vec<u8>) {
    let time = ago(minutes + 2).strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string();
    (object_name(&end(minutes)), gzip(access(&time, 502).replace("/cart?id=1", path)))
}

#[test]
fn the_first_look_goes_back_as_far_as_was_asked_for() {
    let folder = Workspace::new();
    let (name, content) = object_of(300, "/long-ago");
    folder.write(&format!("logs/{name}"), content);
    let follow = ["query", "--from", "logs", "--follow", "--poll", "100ms", "--since", "6h", URLS];
    let run = Run::start(folder.command(follow));
    assert_eq!(run.next(), row("/long-ago"));
    assert!(run.has_nothing_more());
    run.interrupt();
}

#[test]
fn a_source_is_followed_wherever_its_rows_are() {
    let folder = Workspace::new();
    folder.write("albstats.toml", "[sources.prod]\nfrom = ['logs']\nexport = 'lake'\nlive = 'live'\n");
    let put = |minutes: i64, path: &str| {
        let (name, content) = object_of(minutes, path);
        folder.write("aside", content);
        std::fs::create_dir_all(folder.path("logs")).unwrap();
        std::fs::rename(folder.path("aside"), folder.path(&format!("logs/{name}"))).unwrap();
    };
    let take_in = || folder.run(["ingest", "--from", "prod", "--hand-over", "--settle", "0s", "--once"]).done().stderr;
    put(240, "/kept");
    // Of an interval that is not over: so is its hour.
    put(-1, "/live");
    assert!(take_in().contains(" of the export written"));
    put(6, "/raw");
    let follow = ["query", "--from", "prod", "--follow", "--poll", "2s", "--since", "6h", URLS];
    let run = Run::start(folder.command(follow));
    let mut rows = [run.next(), run.next(), run.next()];
    rows.sort();
    assert_eq!(rows, [row("/kept"), row("/live"), row("/raw")]);
    // Of the hour before this one: it is taken in and handed over between two looks.
    let into_the_hour: i64 = end(0)[11..13].parse().unwrap();
    put(into_the_hour + 4, "/late");
    assert!(take_in().contains(" of the export written"));
    assert_eq!(run.next(), row("/late"));
    std::thread::sleep(Duration::from_secs(3));
    assert!(run.has_nothing_more());
    run.interrupt();
}

#[test]
fn a_reader_that_has_enough_ends_it() {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", object_name(&end(25))), object("/first"));
    let program = folder.command([""; 0]).get_program().to_owned();
    let mut shell = Command::new("sh");
    let script = format!(
        "'{}' query --from logs --follow --poll 100ms --since 1h \"{URLS}\" | head -n 1",
        program.to_string_lossy()
    );
    shell.args(["-c", &script]).current_dir(folder.path(""));
    let writer = std::thread::spawn({
        let logs = folder.path("logs");
        move || {
            for minute in 1..20 {
                std::thread::sleep(Duration::from_millis(200));
                let name = object_name(&end(minute));
                if std::fs::write(logs.join(name), object("/more")).is_err() {
                    return;
                }
            }
        }
    });
    let answer = super::support::finish(shell, b"");
    assert_eq!(answer.stdout, format!("{}\n", row("/first")));
    writer.join().unwrap();
}

#[test]
fn a_report_is_watched_on_a_terminal_only() {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", object_name(&end(25))), object("/first"));
    let watch = ["report", "errors", "--from", "logs", "--watch", "1s"];
    folder.run(watch).exits(2).says("error: --watch draws on a terminal, and standard output is none\nhint: ");
    folder.run([&watch[..], &["-o", "x.html"]].concat()).exits(2).says("no -o");
    folder.run([&watch[..], &["--engine", "athena"]].concat()).exits(2).says("--engine local only");
}
