//! Names, values and statements that somebody chose who wants to rewrite the screen, or to forge lines of a log: whatever
//! they are, a terminal and a log of a build show our lines, and in them what the name is.

use std::fs;

use super::lake::{key, lines};
use super::logs::{access_lines, gzip, object_name};
use super::support::{Answer, Workspace, finish};

/// Colours, a link, C1, marks that reverse and hide, and lines that look like ours and like commands to a build server.
pub(super) const NASTY: [&str; 7] = [
    "x\u{1b}[31mR\u{1b}]8;;http:evil\u{7}link\u{9b}31m",
    "x\u{202e}gpj\u{2066}\u{200b}\u{200d}\u{2060}\u{feff}",
    "x\u{fe0f}\u{e0100}\u{e0041}y",
    "x\nerror: forged\n::error::forged\nforged",
    "x\nhint: forged\n  forged\nnext: forged",
    "x\r\u{8}\u{0b}\u{85}\u{2028}forged",
    "'x\" $(forged) `forged`",
];

/// Words a line on standard error may begin with; closing lines begin with a count.
const BEGINNINGS: [&str; 10] =
    ["error: ", "warning: ", "notice: ", "hint: ", "next: ", "  ", "made up ", "fetched ", "Usage: ", "For more "];

/// How the libraries inside speak of themselves, and places of the machine that built the program.
const OF_LIBRARIES: [&str; 26] = [
    "DataFusion",
    "Arrow",
    "Parquet error",
    "ParquetError",
    "object_store",
    "reqwest",
    "hyper",
    "called `Option",
    "called `Result",
    "Wildcard {",
    "Expr::",
    "Some(",
    "Utf8",
    "Int64",
    "Int32",
    "Float64",
    "Timestamp(",
    "LogicalPlan",
    "Schema {",
    "Field {",
    "DFSchema",
    "Bare {",
    "Os {",
    "/.cargo",
    "src/",
    "RUST_BACKTRACE",
];

pub(super) fn hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(char, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

/// What is wrong with answers, whatever they were about.
#[derive(Default)]
pub(super) struct Wrong(Vec<String>);

impl Wrong {
    pub(super) fn see(&mut self, answer: &Answer, on_a_terminal: bool, about: &[&str]) {
        let Answer { code, stdout, stderr } = answer;
        let on_a_terminal = stdout.lines().filter(|_| on_a_terminal);
        let forged = |line: &&str| {
            // A line of the statement is shown with the mark below it.
            let line = if about[0] == "query" { line } else { line.trim_start() };
            ["forged", "error: forged", "hint: forged", "next: forged", "::error"].iter().any(|it| line.starts_with(it))
        };
        let ours = |line: &&str| {
            let counts = line.starts_with(|char: char| char.is_ascii_digit());
            line.is_empty() || counts || BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
        };
        let lines = || stderr.lines().chain(on_a_terminal.clone());
        let found = [
            lines().find(|line| line.contains(hidden)),
            lines().find(forged),
            stderr.lines().find(|line| !ours(line)),
            stderr.lines().find(|line| OF_LIBRARIES.iter().any(|word| line.contains(word))),
            (!(0..=3).contains(code) || stderr.contains("panicked")).then_some("its end"),
        ];
        self.0.extend(
            found.into_iter().flatten().map(|line| {
                format!("{:?} ({code}): {line:.400?}", about.join(" ").chars().take(200).collect::<String>())
            }),
        );
    }

    fn run(&mut self, workspace: &Workspace, args: &[&str]) -> Answer {
        let answer = workspace.run(args);
        self.see(&answer, true, args);
        answer
    }

    fn run_in_all_formats(&mut self, workspace: &Workspace, args: &[&str]) {
        for format in ["table", "markdown", "html", "csv", "json"] {
            let args = [args, &["--format", format]].concat();
            // HTML breaks lines where it likes; its texts are tested for themselves.
            self.see(&workspace.run(&args), ["table", "markdown"].contains(&format), &args);
        }
    }

    pub(super) fn add(&mut self, what: String) {
        self.0.push(what);
    }

    #[track_caller]
    pub(super) fn is_nothing(&self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

/// As the name of a folder or file: without what would be a path.
pub(super) fn as_name(nasty: &str) -> String {
    nasty.replace('/', ":")
}

#[test]
fn names_of_files_and_folders_stay_names() {
    let mut wrong = Wrong::default();
    for nasty in NASTY.map(as_name) {
        let workspace = Workspace::new();
        let object = object_name("20261120T1005Z");
        workspace.write(&format!("{nasty}/{object}"), gzip("a line that is none\n"));
        workspace.write(&format!("{nasty}/broken.log"), access_lines(2) + "torn \"");
        let damaged = gzip(access_lines(50));
        workspace.write(&format!("{nasty}/damaged.log.gz"), &damaged[..damaged.len() / 2]);
        let from = format!("./{nasty}");
        for sql in ["SELECT count(*) FROM requests", "SELECT log_object, rejected, error FROM log_objects"] {
            wrong.run_in_all_formats(&workspace, &["query", "--from", &from, sql]);
        }
        wrong.run_in_all_formats(&workspace, &["report", "overview", "--from", &from]);
        wrong.run_in_all_formats(&workspace, &["objects", "--from", &from]);
        for args in [
            vec!["query", "--strict", "--from", &from, "SELECT * FROM requests"],
            vec!["query", "--from", &format!("{from}/no"), "SELECT 1"],
            vec!["query", "--from", &format!("{from}/*.no"), "SELECT 1"],
            vec!["query", "--from", &nasty, "--kind", "waf", "SELECT 1"],
            vec!["query", "--from", &format!("{nasty}://x"), "SELECT 1"],
            vec!["query", "--from", &from, "-o", &format!("{nasty}/no/out.csv"), "SELECT 1"],
            vec!["query", "--from", &from, "-o", &nasty, "SELECT 1"],
            vec!["query", "--from", &from, "-f", &format!("{nasty}.sql")],
            vec!["query", "--config", &nasty, "SELECT 1"],
            vec!["query", "--from", &from, "--target-groups", &nasty, "SELECT * FROM requests"],
            vec!["fetch", "--from", &from, "--to", &nasty],
            vec!["fetch", "--from", &from, "--to", &format!("{nasty}/broken.log")],
            vec!["export", "--from", &from, "--to", &format!("{nasty}/lake"), "--since", "2026-11-01"],
            vec!["export", "--from", &from, "--to", &nasty, "--since", "2026-11-01"],
            vec!["export", "--from", &from, "--to", &format!("{nasty}/broken.log"), "--since", "2026-11-01"],
            vec!["export", "status", "--to", &format!("{nasty}/lake"), "--since", "2026-11-01"],
            vec!["export", "status", "--to", &nasty],
            vec!["objects", "--from", &from, "--verify", "--since", "24h"],
            vec!["inventory", "--cluster", &nasty],
            vec!["reconcile", "plan", "--config", &nasty],
            vec!["reconcile", "apply", &nasty],
            vec!["reconcile", "apply", &format!("{nasty}/broken.log")],
            vec!["report", &format!("{nasty}.sql"), "--from", &from],
            vec!["report", &from, "--from", &from],
            vec!["demo", "--keep", &nasty],
        ] {
            wrong.run(&workspace, &args);
        }
    }
    wrong.is_nothing();
}

#[test]
fn values_of_flags_and_statements_stay_values() {
    let mut wrong = Wrong::default();
    let workspace = Workspace::new();
    workspace.write("logs/a.log", access_lines(3));
    for nasty in NASTY {
        let in_sql = nasty.replace('\'', "''");
        for sql in [
            format!("SELECT '{in_sql}', elb FROM requests"),
            format!("SELECT \"{}\" FROM requests", nasty.replace('"', "")),
            format!("SELECT count(*) FROM \"{}\"", nasty.replace('"', "")),
            format!("SELECT cast('{in_sql}' AS int)"),
            format!("SELECT 1 AS \"{}\"", nasty.replace('"', "")),
            format!("SELECT * FROM requests WHERE time > '{in_sql}'"),
            format!("SELECT {nasty}"),
            format!("SELECT\t1 +\t{nasty} FROM"),
        ] {
            wrong.run_in_all_formats(&workspace, &["query", "--from", "logs", &sql]);
        }
        for args in [
            vec!["query", "--from", "logs", "--set", &format!("{nasty}=1"), "SELECT 1"],
            vec!["query", "--from", "logs", "--set", nasty, "SELECT 1"],
            vec!["query", "--from", "logs", "--elb", nasty, "SELECT * FROM requests"],
            vec!["query", "--from", "logs", "--since", nasty, "SELECT 1"],
            vec!["query", "--from", "logs", "--memory", nasty, "SELECT 1"],
            vec!["query", "--from", "logs", "--format", nasty, "SELECT 1"],
            vec!["query", "--from", "logs", &format!("--{nasty}"), "SELECT 1"],
            vec!["report", "--from", "logs", nasty],
            vec!["report", "--from", "logs", "overview", nasty],
            vec!["report", "--from", "logs", "slow", "--by", nasty],
            vec!["report", "--from", "logs", "slow", "--path", nasty],
            vec!["report", "--from", "logs", "slow", "--host", nasty],
            vec!["report", "--from", "logs", "slow", "--client", nasty],
            vec!["report", "--from", "logs", "slow", "--status", nasty],
            vec!["report", "--from", "logs", "slow", "--target-group", nasty],
            vec!["report", "--from", "logs", "slow", "--service", nasty],
            vec!["report", "--from", "logs", "slow", "--fail-if", nasty],
            vec!["report", "--from", "logs", "slow", "--fail-if", &format!("{nasty} > 1")],
            vec!["report", "--from", "logs", "slow", "--tz", nasty],
            vec!["report", "--from", "logs", "slow", "--set", &format!("{nasty}=1")],
            vec!["report", "--from", "logs", "slow", "--set", &format!("top={nasty}")],
            vec!["report", "--from", "logs", "trace", nasty],
            vec!["objects", "--from", "logs", "--elb", nasty],
            vec!["schema", nasty],
            vec!["athena", "ddl", nasty],
            vec![nasty],
            vec!["config", nasty],
            vec!["bucket", "check", nasty],
            vec!["bucket", "policy", nasty],
        ] {
            wrong.run(&workspace, &args);
        }
    }
    wrong.is_nothing();
}

#[test]
fn values_of_settings_stay_values() {
    let mut wrong = Wrong::default();
    for nasty in NASTY {
        let workspace = Workspace::new();
        let text = nasty.chars().map(|char| format!("\\U{:08X}", u32::from(char))).collect::<Vec<_>>().concat();
        let mut shown = |file: String| {
            workspace.write("albstats.toml", file);
            for args in [&["config", "show"][..], &["query", "SELECT 1"], &["query", "--from", "y", "SELECT 1"]] {
                wrong.run(&workspace, args);
            }
            workspace.run(["config", "show"])
        };
        let places = format!("from = [\"./{text}\", \"s3://b/{text}\"]\nregion = \"eu-west-1\"\nprofile = \"prod\"");
        let answer = shown(format!("source = \"a\"\ninventory = \"{text}\"\n[sources.a]\n{places}\n")).done();
        assert!(answer.stdout.lines().all(|line| line.contains("  ")), "{}", answer.stdout);
        shown(format!("source = \"{text}\"\n[sources.\"{text}\"]\nfrom = [\"y\"]\n"));
        shown(format!("\"{text}\" = 1\n"));
        shown(format!("[limits]\nmemory = \"{text}\"\n"));
        shown(format!("[output]\nformat = \"{text}\"\n"));
        shown(format!("[reconcile]\nbucket = \"{text}\"\nforeign = \"{text}\"\n"));
        shown(format!("[limits]\nthreads = {nasty}\n"));
        for variable in ["ALBSTATS_FROM", "ALBSTATS_SOURCE", "ALBSTATS_MEMORY", "ALBSTATS_FORMAT", "ALBSTATS_CONFIG"] {
            workspace.write("albstats.toml", "");
            let mut command = workspace.command(["query", "SELECT 1"]);
            command.env(variable, nasty);
            wrong.see(&finish(command, b""), true, &[variable, nasty]);
        }
    }
    wrong.is_nothing();
}

#[test]
fn names_in_an_export_stay_names() {
    let mut wrong = Wrong::default();
    for nasty in NASTY.map(as_name) {
        let workspace = Workspace::new();
        workspace.write(&format!("logs/{}", key("20240514T1005Z")), lines(&[("2024-05-14T10:03:00Z", "/a")]));
        let export = ["export", "--from", "logs", "--to", "lake", "--since", "2024-05-14", "--until", "2024-05-15"];
        workspace.run(export).done();
        let day = "lake/requests/account=123456789012/region=eu-west-1/day=2024-05-14";
        workspace.write(&format!("{day}/{nasty}.parquet"), "no Parquet");
        wrong.run(&workspace, &export);
        wrong.run_in_all_formats(&workspace, &["query", "--from", "lake", "SELECT count(*) FROM requests"]);
        wrong.run_in_all_formats(&workspace, &["report", "overview", "--from", "lake"]);
        let status = ["export", "status", "--to", "lake", "--since", "2024-05-14"];
        wrong.run_in_all_formats(&workspace, &status);
        // What was exported was named like this.
        let text = workspace.read("lake/_albstats.json");
        let mut settings: serde_json::Value = serde_json::from_str(&text).unwrap();
        settings["sources"] = serde_json::json!([nasty]);
        fs::write(workspace.path("lake/_albstats.json"), settings.to_string()).unwrap();
        wrong.run(&workspace, &export);
        wrong.run(&workspace, &status);
    }
    wrong.is_nothing();
}
