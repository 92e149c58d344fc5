//! What reports offer to be typed next: a shell takes it for one command of these words, whatever clients have sent.

use std::fs;
use std::process::Command;

use crate::logs::{access, object_name};
use crate::support::{Workspace, finish};

/// What clients send as a host, a user agent and ids; each would leave one way of quoting, or be filled once more.
const HOSTILE: [&str; 4] =
    ["h{name};id>pwn;{flags}", "x’;id>pwn;’“$(id>pwn)”", "x';id>pwn;'`id>pwn`", "-{this} a | id>pwn & id>pwn\\"];

/// A shell in which the programs of commands are functions: each prints how often it was called, and its words.
const PROGRAMS: &str = "for_real() { printf '%s\\0' \"$@\"; printf '\\n\\0'; }
albstats() { for_real albstats \"$@\"; }
kubectl() { for_real kubectl \"$@\"; }
aws() { for_real aws \"$@\"; }
";

/// Ten minutes of slow and failing requests that are all of this host, user agent and trace.
fn logs(host: &str, agent: &str, trace: &str) -> Workspace {
    let folder = Workspace::new();
    for (end, minute) in [("20261120T1005Z", 0), ("20261120T1010Z", 5)] {
        let line = |second: usize| {
            let status = if second.is_multiple_of(4) { 502 } else { 200 };
            access(&format!("2026-11-20T10:{:02}:{:02}.000000Z", minute + second / 60, second % 60), status)
                .replace("https://shop.example.com:443/", &format!("https://{host}:443/"))
                .replace("curl/8.5", agent)
                .replace("Root=1-a-b", &format!("Root=1-67e8c9d1-0123456789abcdef01234567;x={trace}"))
                .replace("0.000 0.020 0.000", "0.001 9.000 0.001")
        };
        folder.write(&format!("logs/{}", object_name(end)), (0..290).map(line).collect::<String>());
    }
    folder
}

/// The commands below `next`, each without why.
fn commands(screen: &str) -> Vec<String> {
    let lines = screen.lines().skip_while(|line| !line.starts_with("next ")).collect::<Vec<_>>();
    let Some(first) = lines.first() else { return Vec::new() };
    let column = 4 + first[4..].chars().take_while(|char| *char == ' ').count();
    let indent = " ".repeat(column);
    let command = |line: &&str| {
        let rest = line.strip_prefix("next").map(str::trim_start).or_else(|| line.strip_prefix(&indent))?;
        let command = rest.split("   (").next().unwrap_or(rest);
        (!command.is_empty() && !command.starts_with(' ')).then(|| command.to_owned())
    };
    lines.iter().filter_map(command).collect()
}

/// The words of each command, as a shell runs it.
fn run(folder: &Workspace, commands: &[String]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for command in commands {
        let shell = folder.path("shell");
        fs::create_dir_all(&shell).unwrap();
        let mut sh = Command::new("sh");
        sh.args(["-c", &format!("{PROGRAMS}{command}")]).current_dir(&shell).env_clear().env("PATH", "/usr/bin:/bin");
        let output = sh.output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{command}: {output:?}");
        assert_eq!(fs::read_dir(&shell).unwrap().count(), 0, "{command} wrote a file");
        let printed = String::from_utf8(output.stdout).unwrap();
        let calls: Vec<&str> = printed.split_terminator("\n\0").collect();
        assert_eq!(calls.len(), 1, "{command}: {printed:?}");
        all.push(calls[0].split_terminator('\0').map(str::to_owned).collect());
    }
    all
}

fn offered(folder: &Workspace, args: &[&str], ascii: bool) -> Vec<Vec<String>> {
    let mut command = folder.command(["report"].iter().chain(args));
    command.env("ALBSTATS_ASCII", if ascii { "1" } else { "0" });
    let screen = finish(command, b"").stdout;
    run(folder, &commands(&screen))
}

#[test]
fn what_clients_send_stays_in_its_word() {
    let reports: [&[&str]; 16] = [
        &["latency", "--by", "host"],
        &["slow"],
        &["hosts"],
        &["clients"],
        &["errors", "--by", "host"],
        &["user-agents"],
        &["status-codes"],
        &["bytes", "--by", "host"],
        &["targets"],
        &["tls"],
        &["waf"],
        &["paths"],
        &["overview"],
        &["why"],
        &["redirects"],
        &["trace", "Root=1-67e8c9d1-0123456789abcdef01234567"],
    ];
    for turn in 0..HOSTILE.len() {
        let [host, agent, trace] = [0, 1, 2].map(|part| HOSTILE[(turn + part) % HOSTILE.len()]);
        let folder = logs(host, agent, trace);
        let mut met = 0;
        for (index, args) in reports.iter().enumerate() {
            // Every report in one of the looks of every turn, and in both over all turns.
            let words = offered(&folder, &[*args, &["--from", "logs"]].concat(), (index + turn).is_multiple_of(2));
            assert!(!words.is_empty(), "{args:?} offers nothing");
            met += words.len();
            for words in words.iter().filter(|words| words[0] == "albstats") {
                assert_eq!(words[1], "report", "{args:?}: {words:?}");
            }
        }
        assert!(met > reports.len());
    }
}

/// Whatever decides what is read: a command that is copied without it would be about something else, or about nothing.
#[test]
fn every_command_works_as_it_stands() {
    let folder = logs("shop.example.com", "curl/8.5", "a");
    fs::create_dir_all(folder.path("other place")).unwrap();
    folder.write("other place/mine.toml", "[sources.prod]\nfrom = [\"../logs\"]\n");
    folder.write("names.csv", "arn,namespace,service\narn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cart/73e2d6bc24d8a067,shop,cart\n");
    let given = ["--from", "prod", "--config", "other place/mine.toml", "--target-groups", "names.csv"];
    let more = ["--margin", "2h", "--max-lists", "77", "--kind", "access", "--allow-duplicates"];
    let reports: [&[&str]; 12] = [
        &["overview"],
        &["latency"],
        &["errors"],
        &["targets"],
        &["why"],
        &["slow"],
        &["hosts"],
        &["clients"],
        &["paths"],
        &["status-codes"],
        &["trace", "Root=1-67e8c9d1-0123456789abcdef01234567"],
        &["compare", "--at", "2026-11-20T10:05", "--window", "5m"],
    ];
    let mut met = 0;
    for args in reports {
        let offered = offered(&folder, &[args, &given, &more].concat(), false);
        for words in offered.iter().filter(|words| words[0] == "albstats") {
            met += 1;
            let has = |flag: &[&str]| words.windows(flag.len()).any(|found| found == flag);
            let kept = given.chunks(2).chain([&more[..2], &more[2..4], &more[4..6], &more[6..]]);
            let taken = |flag: &&[&str]| words[1] == "report" || !["--target-groups", "--kind"].contains(&flag[0]);
            for flag in kept.filter(taken) {
                assert!(has(flag), "{args:?}: {words:?} has no {flag:?}");
            }
            // As it stands: it is understood, and finds the logs.
            let answer = folder.run(words[1..].iter().map(String::as_str));
            assert_ne!(answer.code, 2, "{words:?}: {}", answer.stderr);
        }
    }
    assert!(met > reports.len(), "{met}");
}

#[test]
fn a_value_is_the_word_it_was() {
    let host = HOSTILE[0].replace(' ', "");
    let folder = logs(&host, "curl/8.5", "a");
    let words = offered(&folder, &["latency", "--by", "host", "--from", "logs"], false);
    assert_eq!(words[0], ["albstats", "report", "paths", "--host", &host, "--from", "logs"]);
    // As it is shown where there are only ASCII characters.
    fs::rename(folder.path("logs"), folder.path("it’s é")).unwrap();
    let words = offered(&folder, &["latency", "--by", "host", "--from", "it’s é"], true);
    assert_eq!(words[1], ["albstats", "report", "slow", "--host", &host, "--from", r"it's \xC3\xA9"]);
}
