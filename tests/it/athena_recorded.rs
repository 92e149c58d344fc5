//! Athena's SQL over logs with odd lines, as Trino answered it over the same logs, which AWS's own expressions had taken apart:
//! `tests/athena/statements.ndjson`, written by `tests/conformance/run trino`. What differs is listed in `docs/sql.md`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::Workspace;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn recorded(name: &str) -> Vec<Value> {
    let cases = fs::read_to_string(root("tests/athena").join(name)).unwrap();
    cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether the outermost query has an order.
fn is_ordered(sql: &str) -> bool {
    let (mut depth, mut quoted, mut outside) = (0, false, String::new());
    for character in sql.chars() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ if depth == 0 && !quoted => outside.push(character),
            _ => {}
        }
    }
    outside.contains("ORDER BY")
}

/// A value of ours is one of Trino's: numbers are near, decimals text there, rows lists, and what is no number is null in JSON.
fn agree(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) => near(ours.as_f64(), theirs.as_f64()),
        (Value::Number(ours), Value::String(theirs)) => near(ours.as_f64(), theirs.parse().ok()),
        (Value::Null, Value::String(theirs)) => ["NaN", "Infinity", "-Infinity"].contains(&theirs.as_str()),
        (Value::Array(ours), Value::Array(theirs)) => all_agree(ours.iter().collect(), theirs.iter().collect()),
        (Value::Object(ours), Value::Array(theirs)) => all_agree(ours.values().collect(), theirs.iter().collect()),
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(key, value)| theirs.get(key).is_some_and(|theirs| agree(value, theirs)))
        }
        (Value::String(ours), Value::String(theirs)) => ours == theirs || instant(ours) == instant(theirs),
        _ => ours == theirs,
    }
}

fn all_agree(ours: Vec<&Value>, theirs: Vec<&Value>) -> bool {
    ours.len() == theirs.len() && ours.into_iter().zip(theirs).all(|(ours, theirs)| agree(ours, theirs))
}

fn near(ours: Option<f64>, theirs: Option<f64>) -> bool {
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return false };
    (ours - theirs).abs() <= 1e-9 * ours.abs().max(theirs.abs())
}

/// The instant that a text of two equal forms is, if it is one; a time without a zone is one of UTC. No two other texts are equal by this.
fn instant(text: &str) -> Result<jiff::Timestamp, &str> {
    text.parse().or_else(|_| format!("{text}Z").parse()).map_err(|_| text)
}

/// A row's values by the names of Trino's columns, of which JSON calls the second of one name `name_2`; `None` if others are there.
fn values<'r>(row: &'r Value, names: &[&str]) -> Option<Vec<&'r Value>> {
    let row = row.as_object()?;
    let key = |(at, name): (usize, &&str)| match names[..at].iter().filter(|before| *before == name).count() {
        0 => (*name).to_owned(),
        before => format!("{name}_{}", before + 1),
    };
    let found: Option<Vec<&Value>> = names.iter().enumerate().map(|name| row.get(&key(name))).collect();
    found.filter(|found| found.len() == row.len())
}

/// How our answer is another than Trino's; `None` if it is not. No answer of ours is a refusal.
fn difference(case: &Value, ours: Option<&str>) -> Option<String> {
    let Some(theirs) = case["rows"].as_array() else {
        return ours.map(|answer| format!("{answer:.200}, where Trino says {}", case["trino_error"]));
    };
    let Some(answer) = ours else { return Some("refused".to_owned()) };
    let names: Vec<&str> = case["names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let ours: Vec<Value> = serde_json::from_str(answer).unwrap();
    let same = |ours: &Value, theirs: &Value| {
        let theirs = theirs.as_array().unwrap().iter().collect();
        values(ours, &names).is_some_and(|ours| all_agree(ours, theirs))
    };
    let is_same = ours.len() == theirs.len()
        && if is_ordered(case["sql"].as_str().unwrap()) {
            ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        } else {
            let mut left: Vec<&Value> = theirs.iter().collect();
            ours.iter().all(|ours| {
                let found = left.iter().position(|theirs| same(ours, theirs));
                found.map(|at| left.swap_remove(at)).is_some()
            })
        };
    (!is_same).then(|| format!("{answer:.400}\n  not {names:?} {:.400}", case["rows"].to_string()))
}

#[test]
fn statements_answer_as_in_trino() {
    let cases = recorded("statements.ndjson");
    let folder = Workspace::new();
    let mut script = String::new();
    for (number, case) in cases.iter().enumerate() {
        let _ = write!(script, "\\o {number}.json\n{};\n", case["sql"].as_str().unwrap());
    }
    let logs = root("tests/athena/logs");
    let answer =
        folder.run_with(script.as_bytes(), ["shell", "--quiet", "--keep-going", "--from", logs.to_str().unwrap()]);
    answer.exits(2);
    let (mut differ, mut listed) = (Vec::new(), Vec::new());
    for (number, case) in cases.iter().enumerate() {
        let ours = fs::read_to_string(folder.path(&format!("{number}.json"))).ok();
        let sql = case["sql"].as_str().unwrap();
        if case["listed"].is_string() {
            listed.push(sql.to_owned());
        }
        if let Some(difference) = difference(case, ours.as_deref()) {
            differ.push((sql.to_owned(), difference));
        }
    }
    let found: Vec<&String> = differ.iter().map(|(sql, _)| sql).collect();
    let shown: Vec<String> = differ.iter().map(|(sql, difference)| format!("{sql}\n  {difference}")).collect();
    assert_eq!(found, listed.iter().collect::<Vec<_>>(), "{}", shown.join("\n"));
}

/// What differs is listed, and what is listed differs: each row of the table is what some recorded statement says of itself.
#[test]
fn what_differs_is_what_is_documented() {
    let page = fs::read_to_string(root("docs/sql.md")).unwrap();
    let section = page.split("### What differs from Trino").nth(1).unwrap().split("\n## ").next().unwrap();
    let cell = |line: &str| Some(line.strip_prefix("| ")?.split(" | ").next()?.to_owned());
    let documented: BTreeSet<String> = section.lines().filter_map(cell).skip(1).collect();
    let listed: BTreeSet<String> = ["expressions.ndjson", "statements.ndjson"]
        .into_iter()
        .flat_map(recorded)
        .filter_map(|case| case["listed"].as_str().map(ToOwned::to_owned))
        .collect();
    assert_eq!(documented, listed);
}
