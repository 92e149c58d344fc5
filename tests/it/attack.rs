//! Clients choose hosts, paths, programs and addresses: however many they send, reports answer, in the memory they may
//! use, with what is frequent exact and the rest counted.

use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::logs::{CONNECTION, access, gzip};
use super::support::{Answer, Workspace};

/// A time of the hour from 10:00 on.
fn time(number: usize) -> String {
    format!("2026-11-20T10:{:02}:{:02}.000000Z", number / 60 % 60, number % 60)
}

/// Lines that differ in whatever a client or an owner of targets chooses; every fifth is for one shop.
fn all_different(count: usize) -> String {
    let mut lines = String::new();
    for number in 0..count {
        let mut line = access(&time(number), if number % 7 == 0 { 502 } else { 200 });
        if number % 3 == 0 {
            line = line.replace("\"forward\" \"-\"", "\"redirect\" \"https://www.example.com:443/\"");
        }
        if number % 5 != 0 {
            let (high, low) = (number / 250, number % 250);
            line = line
                .replace("shop.example.com", &format!("h{number}.example.net"))
                .replace("192.0.2.7", &format!("198.{high}.{low}.1"))
                .replace("10.0.0.1:8080", &format!("10.{high}.{low}.1:8080"))
                .replace("targetgroup/cart/", &format!("targetgroup/g{number}/"))
                .replace("curl/8.5", &format!("program{number}/1"))
                .replace("TLSv1.3", "TLSv1.2")
                .replace("/cart?id=1", &format!("/{}", "abcdefghij".repeat(3).split_at(number % 30).0));
        }
        lines.push_str(&line);
    }
    lines
}

/// Waits for a run and watches how much it takes; fails if it stands still.
fn watched(mut run: Child) -> (Answer, u64) {
    let started = Instant::now();
    let mut peak = 0;
    while run.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < Duration::from_secs(200), "it stands still");
        peak = peak.max(anonymous_mebibytes(run.id()));
        sleep(Duration::from_millis(10));
    }
    let output = run.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let answer =
        Answer { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) };
    (answer, peak)
}

/// What a process holds beside its program, which in a build for tests is 140 MiB alone; 0 where nobody tells.
fn anonymous_mebibytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) >> 10
}

/// A report in so little memory, its answer through files, so that a long one does not fill a pipe that nobody reads.
fn report(folder: &Workspace, report: &[&str], memory: &str, threads: &str) -> Answer {
    let args = [&["report"], report, &["--from", "logs", "--memory", memory, "--threads", threads]].concat();
    let out = folder.path(&format!("{}-{memory}-{threads}.out", report.join("")));
    let mut command = folder.command(args);
    command.stdout(std::fs::File::create(&out).unwrap()).stderr(Stdio::piped());
    let (answer, peak) = watched(command.spawn().unwrap());
    assert!(peak < 160, "{report:?} took {peak} MiB");
    Answer { stdout: std::fs::read_to_string(out).unwrap(), ..answer }
}

/// The number in the line that begins with a label, after it.
fn number_after(text: &str, label: &str) -> u64 {
    let line = text.lines().map(str::trim).find(|line| line.starts_with(label));
    let line = line.unwrap_or_else(|| panic!("no {label} in {text}"));
    let mut numbers = line[label.len()..].split_whitespace().map(|word| word.replace(',', ""));
    numbers.find_map(|word| word.parse().ok()).unwrap()
}

#[test]
fn two_hundred_thousand_hosts_are_answered() {
    let folder = Workspace::new();
    let (frequent, seldom) = (20_000, 300);
    for part in 0..2 {
        let mut lines = String::new();
        let line = access(&time(0), 200);
        for number in 0..100_000 {
            lines.push_str(&line.replace("shop.example.com", &format!("h{part}x{number}.example.net")));
        }
        let hosts = [("shop.example.com", frequent / 2), ("api.example.com", seldom / 2)];
        for (host, count) in hosts {
            lines.push_str(&line.replace("shop.example.com", host).repeat(count));
        }
        folder.write(&format!("logs/part{part}.log"), lines);
    }
    let answer = report(&folder, &["hosts", "--top", "0", "--format", "csv"], "64MiB", "2").done();
    let rows: Vec<(&str, usize)> = answer
        .rows()
        .into_iter()
        .map(|row| (row.split(',').next().unwrap(), row.split(',').nth(1).unwrap().parse().unwrap()))
        .collect();
    assert_eq!(rows.iter().map(|(_, count)| count).sum::<usize>(), 200_000 + frequent + seldom);
    assert_eq!(rows, [("shop.example.com", frequent), ("api.example.com", seldom), ("(all others)", 200_000)]);
    let answer = answer.says("different ones are more than fit in 64 MiB of memory; the 2 most frequent");
    answer.says("counted one by one, all others (200,000 requests) together");
}

/// The longest URLs that a load balancer takes, all of them different: a few batches of them are more than all the memory.
#[test]
fn urls_of_sixteen_kilobytes_are_grouped_and_sorted() {
    let folder = Workspace::new();
    for part in 0..4 {
        let url = |number: usize| access(&time(number), 200).replace("/cart?id=1", &long_path(part * 3000 + number));
        folder.write(&format!("logs/part{part}.log.gz"), gzip((0..3000).map(url).collect::<String>()));
    }
    let url = |number: usize| format!("https://shop.example.com:443{}", long_path(number));
    for (sql, expected) in [
        ("SELECT count(DISTINCT request_url) FROM requests", "12000".to_owned()),
        ("SELECT request_url FROM requests ORDER BY request_url LIMIT 2", [url(0), url(1)].join("\n")),
        (
            "SELECT request_url, count(*) AS n FROM requests GROUP BY 1 ORDER BY n DESC, 1 DESC LIMIT 1",
            url(11_999) + ",1",
        ),
        (
            "SELECT min(u) FROM (SELECT request_url AS u, row_number() OVER (ORDER BY request_url) AS n FROM requests)",
            url(0),
        ),
    ] {
        let mut command = folder.command(["query", "--from", "logs", "--format", "csv", "--threads", "2", sql]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let (answer, peak) = watched(command.spawn().unwrap());
        let answer = answer.done().says("4 objects, 12,000 rows, 0 rejected");
        assert_eq!(answer.stdout.split_once('\n').unwrap().1.trim_end(), expected, "{sql}");
        assert!(peak < 300, "{sql} took {peak} MiB");
    }
}

fn long_path(number: usize) -> String {
    format!("/{number:05}{}", "abcdefghij".repeat(1590))
}

/// Runs reports over lines that are all different, in very little memory, and compares their totals.
fn answer_all(reports: &[(&[&str], &str, u64)], memory: &str, threads: &str) {
    let folder = Workspace::new();
    let lines = all_different(8000);
    let (first, second) = lines.split_at(lines.len() / 2 + lines[lines.len() / 2..].find('\n').unwrap() + 1);
    folder.write("logs/a.log", first).write("logs/b.log", second);
    for (what, label, expected) in reports {
        let answer = report(&folder, what, memory, threads).done();
        // Where spilling was enough, every one is told apart.
        let is_said = answer.stdout.contains("more than fit in");
        assert_eq!(is_said, answer.stdout.contains("(all others)"), "{what:?}\n{}", answer.stdout);
        assert_eq!(number_after(&answer.stdout, label), *expected, "{what:?}\n{}", answer.stdout);
    }
}

#[test]
fn rankings_are_answered() {
    answer_all(
        &[
            (&["hosts"], "total", 8000),
            (&["hosts"], "shop.example.com", 1600),
            (&["user-agents", "--by", "agent"], "total", 8000),
            (&["clients"], "192.0.2.7", 1600),
            (&["clients"], "total", 8000),
        ],
        "2MiB",
        "2",
    );
}

#[test]
fn reports_with_bars_are_answered() {
    answer_all(
        &[
            (&["latency", "--by", "host"], "shop.example.com", 1600),
            (&["errors", "--by", "host"], "total", 8000),
            (&["status-codes", "--by", "client"], "total", 8000),
            (&["tls"], "total", 8000),
        ],
        "2MiB",
        "1",
    );
}

#[test]
fn reports_about_targets_are_answered() {
    answer_all(&[(&["targets"], "total", 8000), (&["overview"], "total", 8000)], "2MiB", "2");
}

#[test]
fn why_counts_the_groups_that_it_cannot_look_at() {
    let folder = Workspace::new();
    folder.write("logs/a.log", all_different(8000));
    let answer = report(&folder, &["why"], "2MiB", "2").done();
    assert!(answer.stdout.contains("(all others)"), "{}", answer.stdout);
    // 1143 of 8000 are 502, of which 229 are the shop's.
    assert!(answer.stdout.contains("more target groups with 914 failures: too many to look"), "{}", answer.stdout);
    assert_eq!(number_after(&answer.stdout, "502s"), 1143);
}

#[test]
fn clients_whose_handshakes_fail_are_counted() {
    let folder = Workspace::new();
    let mut lines = String::new();
    for number in 0..20_000 {
        let client = format!("198.{}.{}.1", number / 250, number % 250);
        let client = if number % 5 == 0 { "192.0.2.7" } else { &client };
        let line = CONNECTION
            .replace("192.0.2.7", client)
            .replace("\"-\" - - - TID", &format!("\"CN=n{number}\" - - Failed:ClientCertUntrusted TID"));
        lines.push_str(&line.replace("10:00:00", &time(number)[11..19]));
    }
    folder.write("logs/123456789012_elasticloadbalancing_eu-west-1_conn_log_app.shop.50dc6c495c0c9188_20261120T1100Z_203.0.113.4_2ab3c4d5.log", lines);
    let answer = report(&folder, &["handshakes"], "2MiB", "2").done();
    assert!(answer.stdout.contains("client: about"), "{}", answer.stdout);
    assert_eq!(number_after(&answer.stdout, "total"), 20_000);
    assert_eq!(number_after(&answer.stdout, "192.0.2.7"), 4000);
}

/// Hosts that come and go by the thousand: what is counted together of them is no host that fails, is new or is gone.
#[test]
fn what_is_counted_together_is_not_judged_as_one() {
    let folder = Workspace::new();
    let mut lines = String::new();
    for number in 0..8000 {
        let (after, second) = (number >= 4000, number % 1700);
        let status = if after { 502 } else { 200 };
        let line = access(
            &format!("2026-11-20T10:{:02}:{:02}.000000Z", second / 60 + 30 * u32::from(after), second % 60),
            status,
        );
        let line = line.replace("shop.example.com", &format!("h{number}.example.net"));
        lines.push_str(&line.replace("app/shop/50dc6c495c0c9188", &format!("app/e{number}/50dc6c495c0c9188")));
    }
    folder.write("logs/a.log", lines);
    let compare = ["compare", "--by", "host", "--at", "2026-11-20T10:30", "--format", "csv"];
    let answer = report(&folder, &compare, "2MiB", "2").done();
    let others = answer.stdout.lines().find(|line| line.starts_with("(all others)")).expect("many hosts");
    let is_change =
        |cell: &str| ["5xx", "4xx", "new", "gone", "traffic", "p50", "p99"].iter().any(|it| cell.contains(it));
    assert!(!others.split(',').any(is_change), "{others}");
    let answer = report(&folder, &["rules"], "2MiB", "2").done();
    let others = answer.stdout.lines().find(|line| line.contains("(all others)")).expect("many load balancers");
    assert!(!others.contains("none") && !others.contains("dead"), "{others}");
}

/// A path may be as long as a line: what is looked at of it is not.
#[test]
fn long_paths_cost_no_more_than_their_beginnings() {
    let folder = Workspace::new();
    let mut lines = String::new();
    for number in 0..100 {
        let path = if number % 2 == 0 { format!("x{number}").repeat(15_000) } else { "ab-cd/".repeat(10_000) };
        lines.push_str(&access(&time(number), 200).replace("/cart?id=1", &format!("/{path}")));
    }
    folder.write("logs/a.log", lines);
    let started = Instant::now();
    let answer = report(&folder, &["paths", "--format", "csv", "--top", "0"], "64MiB", "2").done();
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    let rows = answer.rows();
    assert!(rows.iter().all(|row| row.split(',').next().unwrap().chars().count() <= 200), "{rows:?}");
    assert!(rows.iter().any(|row| row.contains('…')), "{rows:?}");
}

#[test]
fn what_is_left_of_the_slowest_is_said() {
    let folder = Workspace::new();
    folder.write("logs/a.log", all_different(8000));
    let answer = report(&folder, &["slow", "--top", "0"], "2MiB", "2").done();
    assert!(answer.stdout.contains("slowest: more do not fit in memory"), "{}", answer.stdout);
}

#[test]
fn windows_and_doubled_texts_are_bounded() {
    let folder = Workspace::new();
    folder.write("logs/a.log", all_different(20_000));
    let run = |sql: &str| {
        let args = ["query", "--from", "logs", "--memory", "2MiB", "--threads", "2", "--format", "csv", sql];
        let mut command = folder.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let (answer, peak) = watched(command.spawn().unwrap());
        assert!(peak < 256, "{sql} took {peak} MiB");
        answer
    };
    let numbered =
        "SELECT max(n) FROM (SELECT request_url, user_agent, row_number() OVER (ORDER BY time) AS n FROM requests)";
    assert_eq!(run(numbered).done().value(), "20000");
    let all_held =
        "SELECT count(*) FROM (SELECT request_url, max(user_agent) OVER () AS m FROM requests) WHERE m <> request_url";
    run(all_held).exits(2).says("needs more memory than it may use").says("hint: a larger --memory allows more");
    let mut sql = "SELECT user_agent AS a0 FROM requests".to_owned();
    for level in 0..20 {
        sql = format!("SELECT a{level} || a{level} AS a{} FROM ({sql})", level + 1);
    }
    let sql = format!("SELECT max(length(a20)) FROM ({sql})");
    run(&sql).exits(2).says("|| would make");
}
