//! `albstats reconcile watch`: that it goes on, answers probes, does not argue, and ends when it is asked to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Bench, all_on};

pub(super) struct Watching(pub(super) Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(bench: &Bench, more: &[&str]) -> Command {
    command_every(bench, "1s", more)
}

/// With this from one look to the next.
pub(super) fn command_every(bench: &Bench, interval: &str, more: &[&str]) -> Command {
    let mut command = bench.folder.command([&["reconcile", "watch", "--interval", interval], more].concat());
    bench.cloud.environment(&mut command);
    command.env("XDG_STATE_HOME", bench.folder.path("state"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn watch(bench: &Bench, more: &[&str]) -> Watching {
    Watching(command(bench, more).spawn().unwrap())
}

/// Waits until something holds; for half a minute at most.
pub(super) fn eventually(what: &str, holds: impl FnMut() -> bool) {
    within(30, what, holds);
}

/// Waits until something holds; for so many seconds at most.
pub(super) fn within(seconds: u64, what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(seconds), "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Where it listens, and its messages from then on.
pub(super) fn address(watching: &mut Watching) -> (String, ChildStderr) {
    let mut stderr = watching.0.stderr.take().unwrap();
    let mut said = String::new();
    eventually("it listens", || {
        let mut piece = [0; 256];
        let read = stderr.read(&mut piece).unwrap();
        said.push_str(&String::from_utf8_lossy(&piece[..read]));
        said.contains("listening on http://127.0.0.1:") && said.contains('\n')
    });
    (said.split("http://").nth(1).unwrap().lines().next().unwrap().to_owned(), stderr)
}

pub(super) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Requests that never come whole, more of them than the program may open files.
#[cfg(unix)]
#[test]
fn half_a_request_stops_nothing() {
    let bench = Bench::new(&["shop"]);
    let watched = bench.folder.command(["reconcile", "watch", "--interval", "1s", "--listen", "0"]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 200 && exec \"$0\" \"$@\""]).arg(watched.get_program()).args(watched.get_args());
    command.current_dir(watched.get_current_dir().unwrap());
    for (name, value) in watched.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    bench.cloud.environment(&mut command);
    command.env("XDG_STATE_HOME", bench.folder.path("state"));
    let mut watching = Watching(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let (address, mut stderr) = address(&mut watching);
    let half = || {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nX: ").unwrap();
        stream
    };
    let mut silent: Vec<TcpStream> = (0..300).map(|_| half()).collect();
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    bench.cloud.world().add_load_balancer("late", &[]);
    eventually("the late one is on", || bench.logs("late") == all_on());
    // Who says nothing more is let go after a few seconds.
    let last = silent.last_mut().unwrap();
    last.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut answer = Vec::new();
    let ended = last.read_to_end(&mut answer);
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
    assert!(get(&address, "/healthz").ends_with("ok\n"));
    assert!(watching.0.try_wait().unwrap().is_none(), "it goes on");
    drop(watching);
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert!(!said.contains("Too many open files"), "{said}");
}

/// A history that cannot be kept stops what is written, not the watching.
#[test]
fn a_history_that_cannot_be_kept_is_tried_again() {
    let bench = Bench::new(&["shop"]);
    let mut watching = watch(&bench, &[]);
    eventually("all is on", || bench.logs("shop") == all_on());
    let (state, away) = (bench.folder.path("state/albstats"), bench.folder.path("state/away"));
    std::fs::rename(&state, &away).unwrap();
    bench.cloud.world().add_load_balancer("late", &[]);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(bench.logs("late"), [""; 0]);
    assert!(watching.0.try_wait().unwrap().is_none(), "it goes on");
    std::fs::rename(&away, &state).unwrap();
    eventually("the late one is on", || bench.logs("late") == all_on());
    // It says so when all of it has ended.
    std::thread::sleep(Duration::from_secs(3));
    let mut stderr = watching.0.stderr.take().unwrap();
    drop(watching);
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert!(said.contains("; tried again at the next look\n") && said.contains("looks end well again\n"), "{said}");
    assert_eq!(said.matches("warning: cannot write ").count(), 1, "{said}");
}

/// Whoever is killed for not being ready begins anew and is never ready: it is alive while it looks.
#[test]
fn it_is_alive_before_it_is_ready_and_says_once_what_lasts() {
    let bench = Bench::new(&["shop"]);
    bench.cloud.world().denied.insert("DescribeLoadBalancers".to_owned());
    let mut watching = watch(&bench, &["--listen", "0"]);
    let (address, mut stderr) = address(&mut watching);
    let cycles = |outcome: &str| {
        let metrics = get(&address, "/metrics");
        let name = format!("albstats_reconcile_cycles_total{{outcome=\"{outcome}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap_or(0)
    };
    eventually("it has looked several times", || cycles("incomplete") >= 3);
    let ready = get(&address, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    assert!(ready.contains("{\"missing\":[\"") && ready.contains("access denied"), "{ready}");
    assert!(ready.ends_with("],\"ready\":false}\n"), "{ready}");
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    bench.cloud.world().denied.clear();
    eventually("all is on", || bench.logs("shop") == all_on());
    eventually("it is ready", || get(&address, "/readyz").starts_with("HTTP/1.1 200"));
    drop(watching);
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    // The first may have come before it was listened to.
    assert!(said.matches("access denied: elasticloadbalancing:DescribeLoadBalancers").count() <= 1, "{said}");
}

#[cfg(unix)]
#[test]
fn watching_writes_answers_and_ends_when_asked() {
    let bench = Bench::new(&["shop"]);
    let mut watching = watch(&bench, &["--listen", "0"]);
    let (address, mut stderr) = address(&mut watching);
    eventually("all is on", || bench.logs("shop") == all_on());
    // Who comes later is seen, too.
    bench.cloud.world().add_load_balancer("late", &[]);
    eventually("the late one is on", || bench.logs("late") == all_on());
    let get = |path: &str| get(&address, path);
    assert!(get("/healthz").starts_with("HTTP/1.1 200") && get("/healthz").ends_with("ok\n"));
    assert!(
        get("/readyz").starts_with("HTTP/1.1 200") && get("/readyz").ends_with("{\"missing\":[],\"ready\":true}\n")
    );
    eventually("writes are counted", || {
        get("/metrics").contains("albstats_reconcile_writes_total{kind=\"access\",outcome=\"written\"} 2\n")
    });
    assert!(get("/other").starts_with("HTTP/1.1 404"));
    let held = bench.run(&["reconcile", "forget", "shop"]).exits(2);
    assert!(held.stderr.contains("another albstats reconcile is at work"), "{}", held.stderr);
    let id = watching.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(watching.0.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("stopped\n"), "{rest}");
    let writes = bench.writes();
    assert_eq!(writes, 6);
    bench.plan(&[]).done();
}

/// Beside a server: the same, and a page.
#[cfg(unix)]
#[test]
fn a_server_reconciles_beside() {
    let bench = Bench::new(&["shop"]);
    let mut command = bench.folder.command(["serve", "--from", ".", "--listen", "0", "--reconcile"]);
    bench.cloud.environment(&mut command);
    command.env("XDG_STATE_HOME", bench.folder.path("state"));
    let mut serving = Watching(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let (address, _stderr) = address(&mut serving);
    eventually("all is on", || bench.logs("shop") == all_on());
    let get = |path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    eventually("its page is there", || get("/fleet").contains("shop"));
    let metrics = get("/metrics");
    assert!(metrics.contains("albstats_reconcile_writes_total{kind=\"access\",outcome=\"written\"} 1\n"), "{metrics}");
    let id = serving.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(serving.0.wait().unwrap().code(), Some(0));
}

/// Whatever it is at: waiting for its next look, or for an answer that does not come.
#[cfg(unix)]
#[test]
fn watching_ends_at_once_when_it_is_interrupted() {
    for silent in [false, true] {
        let bench = Bench::new(&["shop"]);
        let mut command = command(&bench, &[]);
        // It takes connections and says nothing.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        if silent {
            command.env("AWS_ENDPOINT_URL", format!("http://{}", listener.local_addr().unwrap()));
        }
        let mut watching = Watching(command.spawn().unwrap());
        let held = silent.then(|| listener.accept().unwrap());
        if held.is_none() {
            eventually("all is on", || bench.logs("shop") == all_on());
        }
        let id = watching.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let signalled = Instant::now();
        while watching.0.try_wait().unwrap().is_none() {
            assert!(signalled.elapsed() < Duration::from_secs(1), "it goes on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn watching_does_not_argue() {
    let bench = Bench::new(&["shop"]);
    bench.policy("manual_disable = \"repair\"\nkinds = [\"access\"]");
    let shop = bench.arn("shop");
    let _watching = watch(&bench, &[]);
    for _ in 0..2 {
        eventually("it is on", || bench.logs("shop").contains(&"access_logs.s3.enabled=true".to_owned()));
        std::thread::sleep(Duration::from_millis(300));
        bench.cloud.world().set(&shop, &[("access_logs.s3.enabled", "false")]);
    }
    std::thread::sleep(Duration::from_secs(4));
    assert!(!bench.logs("shop").contains(&"access_logs.s3.enabled=true".to_owned()));
    assert_eq!(bench.writes(), 2);
}
