//! Golden cases: one file of `tests/cases/` is one run of the program, with its input and everything it should print.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::golden::{first_difference, is_update, none_fails};
use super::support::{Workspace, corpus, finish, repository};

/// What precedes the part that is rewritten.
const EXPECTED: &str = "\n[expected]\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows.
    about: String,
    /// Arguments of the program.
    args: Vec<String>,
    /// The statement: one more argument, the last.
    sql: Option<String>,
    stdin: Option<String>,
    /// Files of real lines to put into the folder.
    #[serde(default)]
    corpus: Vec<String>,
    /// Other files, by name.
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    expected: Expected,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(deny_unknown_fields)]
struct Expected {
    exit: i32,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
}

#[test]
fn every_case_gives_what_it_should() {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(repository("tests/cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 25);
    let failures: Vec<String> = paths.iter().filter_map(|path| check(path)).collect();
    none_fails(&failures);
}

/// Runs the case; answers what is wrong, or rewrites the file.
fn check(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let found = run(&case);
    if found == case.expected {
        return None;
    }
    if is_update() {
        let input = text.split_once(EXPECTED).map_or(text.as_str(), |(input, _)| input);
        fs::write(path, format!("{}\n{EXPECTED}{}", input.trim_end(), found.to_toml())).unwrap();
        return None;
    }
    let Expected { exit, stdout, stderr } = &case.expected;
    let difference = if *exit != found.exit || *stderr != found.stderr {
        format!("exit {exit}, found {}; stderr {}", found.exit, first_difference(stderr, &found.stderr))
    } else {
        format!("stdout {}", first_difference(stdout, &found.stdout))
    };
    Some(format!("{name} ({}): {difference}", case.about))
}

fn run(case: &Case) -> Expected {
    let folder = Workspace::new();
    for name in &case.corpus {
        folder.write(name, corpus(name));
    }
    for (name, content) in &case.files {
        folder.write(name, content);
    }
    let mut command = folder.command(case.args.iter().chain(&case.sql));
    command.envs(&case.env);
    if case.stdin.is_some() {
        command.stdin(std::process::Stdio::piped());
    }
    let answer = finish(command, case.stdin.as_deref().unwrap_or_default().as_bytes());
    Expected { exit: answer.code, stdout: answer.stdout, stderr: without_elapsed(&answer.stderr) }
}

/// Puts `TIME` in place of how long it took, which is different every time.
fn without_elapsed(text: &str) -> String {
    text.split_inclusive('\n').map(without_elapsed_in_line).collect()
}

fn without_elapsed_in_line(line: &str) -> String {
    let is_elapsed = |(at, _): &(usize, &str)| line[at + 4..].starts_with(|first: char| first.is_ascii_digit());
    match line.match_indices(" in ").find(is_elapsed) {
        Some((at, _)) if line.contains(" rejected, ") => {
            let rest = line[at..].find([';', '\n']).map_or("", |end| &line[at + end..]);
            format!("{} in TIME{rest}", &line[..at])
        }
        _ => line.to_owned(),
    }
}

impl Expected {
    fn to_toml(&self) -> String {
        format!("exit = {}\nstdout = {}\nstderr = {}\n", self.exit, quoted(&self.stdout), quoted(&self.stderr))
    }
}

/// The text as a TOML string, over several lines and as it is where that is possible.
fn quoted(text: &str) -> String {
    let is_odd = |char: char| char.is_control() && char != '\n' && char != '\t';
    if text.is_empty() {
        "\"\"".to_owned()
    } else if text.contains("'''") || text.ends_with('\'') || text.contains(is_odd) {
        toml::Value::String(text.to_owned()).to_string()
    } else {
        format!("'''\n{text}'''")
    }
}
