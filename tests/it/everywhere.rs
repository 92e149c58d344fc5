//! Hostile text in logs, keys and statements through every command, in every format, into pipes and on a terminal: nothing of it
//! rewrites a screen, no library speaks, memory is bounded, and whatever runs long ends when it is asked to.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::hostile::{NASTY, Wrong, as_name};
use super::lake::key;
use super::logs::{CONNECTION, HEALTH_CHECK, access, access_lines, gzip, object_name};
use super::s3::{Effect, Operation, Rule, S3Server};
use super::support::{Answer, Workspace, repository};

/// What a run may take whatever it reads, KiB.
const MEMORY: u64 = 256 << 10;
/// After this long, whoever interrupted a run would do it again.
const ENDS_WITHIN: Duration = Duration::from_secs(2);

/// How text may stand in a line of a log: without what ends the line or a quoted field.
fn in_a_line(nasty: &str) -> String {
    nasty.replace(['\n', '\r'], "\\n").replace('"', "'")
}

/// Requests, connections and health checks in which everything that a client or target can choose is hostile.
fn hostile_logs() -> Workspace {
    let folder = Workspace::new();
    let mut texts: Vec<String> = NASTY.map(in_a_line).to_vec();
    texts.push("x".repeat(60 << 10));
    texts.push("\u{202e}\u{301}".repeat(10 << 10));
    let (mut requests, mut connections, mut checks) = (String::new(), String::new(), String::new());
    for (number, text) in texts.iter().cycle().take(90).enumerate() {
        let word = text.replace(' ', "+");
        let status = [200, 301, 403, 404, 460, 500, 502, 503, 504][number % 9];
        let line = access(&format!("2026-11-20T10:{:02}:{:02}.000000Z", number / 60, number % 60), status);
        let line = line.replace("/cart?id=1", &format!("/{word}?{word}={word}"));
        let line = line.replace("curl/8.5", text).replace("Root=1-a-b", &format!("Root={word}"));
        let line = line.replace("\"shop.example.com\"", &format!("\"{word}.example.com\""));
        requests.push_str(
            &line.replace("\"forward\" \"-\" \"-\"", &format!("\"forward,{word}\" \"https://{word}/\" \"{word}\"")),
        );
        let connection = CONNECTION
            .replacen("\"-\"", &format!("\"CN={text}\""), 1)
            .replace(" - - - ", &format!(" - - Failed:{word} "));
        connections.push_str(&connection);
        checks.push_str(&HEALTH_CHECK.replace(" cart PASS 200 - ", &format!(" {word} FAIL 500 {word} ")));
    }
    let name = object_name("20261120T1005Z");
    folder.write(&format!("logs/{name}"), gzip(requests));
    folder.write(&format!("logs/conn_log_{name}"), gzip(connections));
    folder.write(&format!("logs/health_check_log_{name}"), gzip(checks));
    fs::create_dir(folder.path("tmp")).unwrap();
    folder
}

/// Runs the program and watches how much memory it takes, where the system tells.
fn run(mut command: Command) -> (Answer, u64) {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (status, peak) = (format!("/proc/{}/status", child.id()), AtomicU64::new(0));
    let watch = || {
        while let Ok(status) = fs::read_to_string(&status) {
            let Some(line) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) else { return };
            peak.fetch_max(line.trim().trim_end_matches(" kB").parse().unwrap(), Relaxed);
            thread::sleep(Duration::from_millis(5));
        }
    };
    let output = thread::scope(|scope| {
        scope.spawn(watch);
        child.wait_with_output().unwrap()
    });
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    (Answer { code, stdout: text(output.stdout), stderr: text(output.stderr) }, peak.into_inner())
}

/// What is wrong with a run, of which `on_a_screen` says whether people see its answer as it is.
fn judge(wrong: &mut Wrong, command: Command, on_a_screen: bool, args: &[&str]) {
    let (answer, peak) = run(command);
    wrong.see(&answer, on_a_screen, args);
    if peak > MEMORY {
        wrong.add(format!("{args:?}: {peak} KiB"));
    }
}

/// Everything that reports and questions ask, in every format by turns.
#[test]
fn values_in_logs_are_shown_and_nothing_else() {
    let folder = hostile_logs();
    let mut wrong = Wrong::default();
    let mut names: Vec<String> = fs::read_dir(repository("queries"))
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".sql")?.to_owned()))
        .collect();
    names.sort();
    assert!(names.len() >= 20, "{names:?}");
    let others = ["markdown", "csv", "json", "ndjson", "html"];
    for (number, name) in names.iter().enumerate() {
        let name = if name == "trace" { vec!["trace", "Root=x"] } else { vec![name.as_str()] };
        for format in ["table", others[number % others.len()]] {
            let args = [&["report"], &name[..], &["--from", "logs", "--format", format]].concat();
            judge(&mut wrong, folder.command(&args), ["table", "markdown"].contains(&format), &args);
        }
    }
    for table in ["requests", "connections", "health_checks", "log_objects", "rejected_lines"] {
        let sql = format!("SELECT * FROM {table}");
        for format in ["table", "markdown", "csv", "json", "ndjson", "html"] {
            let args = ["query", "--from", "logs", "--format", format, &sql];
            judge(&mut wrong, folder.command(args), ["table", "markdown"].contains(&format), &args);
        }
        let args = ["query", "--from", "logs", "-o", "out.parquet", &sql];
        judge(&mut wrong, folder.command(args), true, &args);
    }
    for args in [
        &[
            "export",
            "--from",
            "logs",
            "--to",
            "lake",
            "--since",
            "2026-11-20",
            "--until",
            "2026-11-21",
            "--settle",
            "0s",
        ][..],
        &["export", "status", "--from", "logs", "--to", "lake", "--since", "2026-11-20"],
        &["query", "--from", "lake", "SELECT * FROM requests"],
        &["query", "--from", "lake", "--format", "html", "SELECT * FROM connections"],
        &["report", "overview", "--from", "lake"],
        &["objects", "--from", "logs"],
        &["fetch", "--from", "logs", "--to", "copy"],
        &["schema"],
        &["schema", "--format", "athena"],
        &["config", "show"],
    ] {
        judge(&mut wrong, folder.command(args), !args.contains(&"html"), args);
    }
    wrong.is_nothing();
}

#[test]
fn statements_of_any_kind_get_an_answer_in_our_words() {
    let folder = Workspace::new();
    folder.write("logs/a.log", access_lines(3));
    let mut wrong = Wrong::default();
    let long = format!("SELECT '{}'", "x".repeat(60 << 10));
    for sql in [
        "SELECT array_agg(requests.*) FROM requests",
        "SELECT count(requests.*) FROM requests",
        "SELECT max(*) FROM requests",
        "SELECT 'x'+1 FROM requests",
        "SELECT time + 1 FROM requests",
        "SELECT -elb FROM requests",
        "SELECT NOT elb FROM requests",
        "SELECT a.b.c.d.e.f",
        "SELECT requests.x FROM requests",
        "SELECT 1 a, 2 a",
        "SELECT make_array(1)[9999999999999999999]",
        "SELECT string_agg(elb) FROM requests",
        "SELECT sqrt(-1)",
        "SELECT regexp_like('a','(?:(?:(?:(?:a{1000}){1000}){1000}){1000})')",
        "SELECT regexp_like('a','(')",
        "SELECT regexp_extract('a','(', 1)",
        "SELECT :x",
        "SELECT $1",
        "SELECT cast('a' as int)",
        "SELECT cast(request_url as int) FROM requests",
        "SELECT cast(elb as timestamp) FROM requests",
        "SELECT cast(elb as boolean) FROM requests",
        "SELECT cast(1e300 as int)",
        "SELECT 1/0",
        "SELECT elb_status_code / 0 FROM requests",
        "SELECT 9223372036854775807 + 1",
        "SELECT sum(elb) FROM requests",
        "SELECT elb FROM requests GROUP BY 1 HAVING time > 1",
        "SELECT elb, count(*) FROM requests",
        "SELECT * FROM requests WHERE elb",
        "SELECT * FROM requests WHERE time = 5",
        "SELECT * FROM requests JOIN connections",
        "SELECT * FROM requests r JOIN requests s ON r.x = s.x",
        "SELECT (SELECT elb FROM requests)",
        "SELECT * FROM requests WHERE elb IN (SELECT elb, time FROM requests)",
        "SELECT elb FROM requests UNION SELECT elb, time FROM requests",
        "SELECT row_number() FROM requests",
        "SELECT lag(elb) OVER (ORDER BY) FROM requests",
        "SELECT date_trunc('fortnight', time) FROM requests",
        "SELECT date_add('x', 1, time) FROM requests",
        "SELECT approx_percentile(elb, 0.5) FROM requests",
        "SELECT approx_percentile(sent_bytes, 5) FROM requests",
        "SELECT extract(wombat FROM time) FROM requests",
        "SELECT interval '1 wombat'",
        "SELECT timestamp 'tomorrow'",
        "SELECT unnest(elb) FROM requests",
        "SELECT unnest(1)",
        "SELECT * FROM unnest(1)",
        "SELECT * FROM generate_series(1, 'a')",
        "SELECT struct(1)",
        "SELECT map(1)",
        "SELECT {a: 1}.b",
        "SELECT to_char(time) FROM requests",
        "SELECT arrow_cast(1, 'Wombat')",
        "SELECT encode('a', 'wombat')",
        "SELECT decode('zz', 'hex')",
        "SELECT url_extract_host(1)",
        "SELECT split(elb) FROM requests",
        "SELECT element_at(elb, 1) FROM requests",
        "SELECT * FROM requests LIMIT elb",
        "SELECT * FROM requests LIMIT -1",
        "SELECT * FROM requests ORDER BY 99",
        "SELECT * FROM requests GROUP BY 99",
        "SELECT * EXCLUDE (x) FROM requests",
        "SELECT * FROM requests TABLESAMPLE BERNOULLI (10)",
        "WITH a AS (SELECT * FROM a) SELECT * FROM a",
        "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM a, b) SELECT * FROM a",
        "EXPLAIN ANALYZE SELECT x FROM requests",
        "DESCRIBE nothing",
        "SHOW COLUMNS FROM nothing",
        "SELECT * FROM 'logs/a.log'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "VALUES (1), ('a', 2)",
        "PREPARE x AS SELECT 1",
        "EXECUTE x",
        "SELECT x'zz'",
        "SELECT 'a",
        "SELECT \"a",
        "SELECT /* ",
        "SELECT",
        ";",
        &long,
    ] {
        // EXPLAIN prints plans: that is what it is for.
        let args = ["query", "--from", "logs", "--format", "csv", sql];
        judge(&mut wrong, folder.command(args), !sql.starts_with("EXPLAIN"), &args);
    }
    wrong.is_nothing();
}

#[test]
fn keys_in_a_bucket_stay_names() {
    let server = S3Server::start();
    let folder = Workspace::new();
    let days = "AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20";
    server.put("logs", &format!("{days}/{}", object_name("20261120T1005Z")), gzip(access_lines(5)));
    // XML, in which S3 answers, cannot hold all of it.
    let in_xml = |char: char| !char.is_control() || "\n\r\t".contains(char);
    for nasty in NASTY.map(as_name) {
        let nasty: String = nasty.chars().filter(|char| in_xml(*char)).collect();
        let elb = object_name("20261120T1010Z").replace("app.shop", &format!("app.{nasty}"));
        let damaged = gzip(access_lines(50));
        server.put("logs", &format!("{days}/{elb}"), &damaged[..damaged.len() / 2]);
        server.put("logs", &format!("{nasty}/renamed.log"), "no log, timestamp 2026-11-20T10:00");
        server.put("logs", &format!("{days}/{nasty}.log.gz"), "no gzip");
    }
    let mut wrong = Wrong::default();
    let window = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T12:00"];
    let json = ["--format", "json"];
    for args in [
        [&["query", "--from", "s3://logs"][..], &window, &["SELECT log_object, error FROM log_objects"]].concat(),
        [&["query", "--from", "s3://logs"][..], &window, &json, &["SELECT elb FROM requests"]].concat(),
        [&["query", "--from", "s3://logs", "--elb", NASTY[0]][..], &window, &["SELECT 1"]].concat(),
        [&["query", "--from", "s3://logs", "--strict"][..], &window, &["SELECT count(*) FROM requests"]].concat(),
        [&["report", "overview", "--from", "s3://logs"][..], &window].concat(),
        [&["objects", "--from", "s3://logs"][..], &window].concat(),
        [&["objects", "--from", "s3://logs"][..], &window, &json].concat(),
        [&["fetch", "--from", "s3://logs", "--to", "copy"][..], &window].concat(),
        vec!["export", "--from", "s3://logs", "--to", "lake", "--since", "2026-11-20", "--until", "2026-11-21"],
        vec!["export", "status", "--from", "s3://logs", "--to", "lake", "--since", "2026-11-20"],
    ] {
        judge(&mut wrong, server.command(&folder, &args), !args.contains(&"json"), &args);
    }
    wrong.is_nothing();
}

/// What nobody would type by hand, and scripts paste: never in a policy, a statement or Terraform.
#[test]
fn names_that_are_none_are_in_no_document() {
    let folder = Workspace::new();
    let mut wrong = Wrong::default();
    let wildcards = ["a*", "${aws:username}", "x\",\"Resource\":\"*", "192.0.2.1", "a..b", "A B", "-ab"];
    for nasty in NASTY.into_iter().chain(wildcards) {
        let place = format!("s3://{nasty}");
        for args in [
            vec!["iam", "policy", "read", "--bucket", nasty],
            vec!["iam", "policy", "reconcile-apply", "--bucket", nasty],
            vec!["iam", "policy", "export", "--to", &place],
            vec!["iam", "policy", "athena", "--to", "s3://lake", "--output-location", &place],
            vec!["bucket", "policy", &place, "--account", "111122223333", "--offline"],
            vec!["bucket", "terraform", &place, "--account", "111122223333", "--offline"],
            vec!["athena", "ddl", "--location", &place],
        ] {
            let (answer, _) = run(folder.command(&args));
            wrong.see(&answer, true, &args);
            if answer.code != 2 || !answer.stdout.is_empty() {
                wrong.add(format!("{args:?} ({}): {:?}", answer.code, answer.stdout));
            }
        }
    }
    for prefix in ["a*", "${aws:username}", "a?", NASTY[0]] {
        let (answer, _) =
            run(folder.command(["iam", "policy", "read", "--bucket", "acme-alb-logs", "--prefix", prefix]));
        assert_eq!((answer.code, answer.stdout.as_str()), (2, ""), "{prefix:?}");
    }
    wrong.is_nothing();
}

/// `script` (util-linux) gives a run a terminal. Sequences of our own are those that draw; what else would move the cursor is not
/// ours.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_shows_text() {
    if Command::new("script").arg("--version").stdout(Stdio::null()).status().is_err() {
        return;
    }
    let folder = hostile_logs();
    let drawing = regex::Regex::new("\u{1b}\\[[0-9;?]*[A-Za-z]").unwrap();
    for args in [
        "report slow --from logs",
        "report clients --from logs",
        "report handshakes --from logs",
        "report health --from logs",
        "query --from logs 'SELECT request_url, user_agent FROM requests'",
        "query --from logs 'SELECT cast(request_url as int) FROM requests'",
        "objects --from logs",
        "export --from logs --to lake --since 2026-11-20 --until 2026-11-21",
    ] {
        let program = folder.command::<&str>([]);
        let line = format!("'{}' {args}", program.get_program().to_string_lossy());
        let mut command = folder.command::<&str>([]);
        let environment: Vec<_> =
            command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
        command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path("")).stdin(Stdio::null()).env_clear();
        command.envs(environment.into_iter().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
        let output = command.output().unwrap();
        let screen = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(screen.len() > 20, "{args}: {screen}");
        assert!(!screen.contains("\u{1b}[31mR"), "{args}: {screen:?}");
        let text = drawing.replace_all(&screen, "").replace("\r\n", "\n").replace('\r', "");
        let hidden = text.lines().find(|line| line.contains(super::hostile::hidden));
        assert_eq!(hidden, None, "{args}");
    }
}

/// Files that are not to be left: those of `tempfile`, and halves of what is written.
#[cfg(unix)]
fn left_over(folder: &Workspace) -> Vec<String> {
    let names =
        walkdir::WalkDir::new(folder.path("")).min_depth(1).into_iter().map(|entry| entry.unwrap().path().to_owned());
    let is_half = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let of_temporary = path.parent().is_some_and(|it| it.ends_with("tmp") || it.ends_with("_unfinished"));
        name.starts_with(".albstats-") || name.starts_with(".tmp") || of_temporary && name != "lock"
    };
    names.filter(is_half).map(|path| path.display().to_string()).collect()
}

#[cfg(unix)]
#[test]
fn an_interruption_ends_whatever_waits() {
    let server = S3Server::start();
    for end in ["20240514T1005Z", "20240514T1010Z", "20240514T1105Z"] {
        server.put("logs", &key(end), gzip(access_lines(2000)));
    }
    server.create("lake");
    let window = ["--since", "2024-05-14T10:00", "--until", "2024-05-14T12:00"];
    let days = ["--since", "2024-05-14", "--until", "2024-05-15"];
    let cases: [(Rule, Effect, Vec<&str>); 9] = [
        (
            Rule::on(Operation::Get).about("T1010Z"),
            Effect::StallAfter(150),
            [&["query", "--from", "s3://logs"][..], &window, &["SELECT * FROM requests ORDER BY time"]].concat(),
        ),
        (
            Rule::on(Operation::Get).about("T1010Z"),
            Effect::StallAfter(150),
            [&["report", "slow", "--from", "s3://logs"][..], &window].concat(),
        ),
        (
            Rule::on(Operation::Get).about("T1010Z"),
            Effect::StallAfter(150),
            [&["export", "--from", "s3://logs", "--to", "lake"][..], &days].concat(),
        ),
        (
            Rule::on(Operation::Get).about("T1010Z"),
            Effect::StallAfter(150),
            [&["fetch", "--from", "s3://logs", "--to", "copy"][..], &window].concat(),
        ),
        (
            Rule::on(Operation::List).about("2024"),
            Effect::Silence,
            [&["objects", "--from", "s3://logs"][..], &window].concat(),
        ),
        (
            Rule::on(Operation::List).about("2024"),
            Effect::Silence,
            [&["query", "--from", "s3://logs", "-o", "out.parquet", "SELECT * FROM requests"][..], &window].concat(),
        ),
        (
            Rule::on(Operation::Get).about("T1010Z"),
            Effect::StallAfter(150),
            [&["query", "--from", "s3://logs", "-o", "out.parquet", "SELECT * FROM requests"][..], &window].concat(),
        ),
        (
            Rule::on(Operation::Put).about("_albstats.json"),
            Effect::Silence,
            [&["export", "--from", "s3://logs", "--to", "s3://lake"][..], &days].concat(),
        ),
        (
            Rule::on(Operation::Put).about("requests"),
            Effect::Silence,
            [&["export", "--from", "s3://logs", "--to", "s3://lake"][..], &days].concat(),
        ),
    ];
    for (rule, effect, args) in cases {
        let folder = Workspace::new();
        fs::create_dir(folder.path("tmp")).unwrap();
        server.heal().forget_requests().when(rule.clone(), effect);
        let mut command = server.command(&folder, &args);
        let mut child =
            command.env("TMPDIR", folder.path("tmp")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        // It hangs once the server has been asked for what it does not give, and for all else.
        let mut asked = 0;
        loop {
            thread::sleep(Duration::from_millis(300));
            let now = server.requests().len();
            if now > 0 && now == asked {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{args:?} never waits");
            asked = now;
        }
        assert!(child.try_wait().unwrap().is_none(), "{args:?} does not wait");
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let signalled = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if signalled.elapsed() > ENDS_WITHIN {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("{args:?} goes on");
            }
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(left_over(&folder), Vec::<String>::new(), "{args:?}");
    }
}
