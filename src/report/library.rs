//! The questions that come with the program, and finding one by name.

use std::path::Path;

use anyhow::{Result, bail};

use super::pods;
use super::query_file::{ParameterKind, QueryFile};
use crate::ask::sql::names_holders;
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shown::Shown;

/// The text of a file in `queries/`.
macro_rules! queries {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/", $name, ".sql")))),*]
    };
}

/// Every file of `queries/`, in the order in which the questions are listed to people.
const QUERIES: &[(&str, &str)] = queries![
    "overview",
    "incident",
    "latency",
    "errors",
    "why",
    "why-health",
    "slow",
    "targets",
    "status-codes",
    "compare",
    "paths",
    "clients",
    "hosts",
    "rules",
    "bytes",
    "user-agents",
    "lcu",
    "health",
    "health-requests",
    "trace",
    "trace-connections",
    "tls",
    "handshakes",
    "waf",
    "websockets",
    "redirects",
    "lambda",
    "noncompliant",
];

/// All questions, and the parts of those that take several statements.
///
/// # Errors
/// Never: a test reads them all.
pub fn all() -> Result<Vec<QueryFile>> {
    QUERIES
        .iter()
        .map(|(name, text)| QueryFile::parse(text, &format!("queries/{name}.sql", name = Shown(name)), name))
        .collect()
}

/// The reports and what each answers, in the order in which they are listed to people.
pub fn questions() -> Vec<(String, String)> {
    let files = all().unwrap_or_default().into_iter();
    files.filter(|file| file.part_of.is_none()).map(|file| (file.name, file.question)).collect()
}

/// Names of the reports.
pub fn names() -> Vec<String> {
    questions().into_iter().map(|(name, _)| name).collect()
}

/// What rows of a report can be (`--by`); of all reports, where none of this name is known.
pub fn dimensions(report: Option<&str>) -> Vec<String> {
    let files = all().unwrap_or_default();
    let choices = |file: &QueryFile| match file.parameter("by").map(|by| by.kind.clone()) {
        Some(ParameterKind::Choice(choices)) => choices,
        _ => Vec::new(),
    };
    if let Some(file) = files.iter().find(|file| report == Some(file.name.as_str())) {
        return choices(file);
    }
    let every: std::collections::BTreeSet<String> = files.iter().flat_map(choices).collect();
    every.into_iter().collect()
}

/// Whether a report tells whose the addresses of targets were: by itself or in reports that it is made of, with rows by this.
///
/// # Errors
/// When a quote or comment of its statement is not closed.
pub fn tells_of_pods(file: &QueryFile, by: Option<&str>) -> Result<bool> {
    // Some ask for them beside their statement.
    let asks = ["health", "incident", "overview", "slow", "trace"].contains(&file.name.as_str());
    let is_by = by.is_some_and(pods::is_told_of);
    let is_asked = is_by || file.parameter("by").is_none();
    Ok(asks || is_asked && names_holders(&file.sql)?)
}

/// The question of this name, or in the file of this path.
///
/// # Errors
/// When there is none; then the nearest name is suggested.
pub fn find(name: &str) -> Result<QueryFile> {
    let path = Path::new(name);
    let is_file = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
    if !is_file && path.components().count() <= 1 || QUERIES.iter().any(|(known, _)| *known == name) {
        return known(name);
    }
    if path.is_dir() {
        bail!(Message::new(format_args!("{name} is a folder", name = Shown(name))).hint(format_args!(
            "albstats report alone lists the questions; {name}/QUESTION.sql asks one",
            name = Shown(name)
        )));
    }
    QueryFile::read(path)
}

/// The question of this name; never a file.
///
/// # Errors
/// As [`find`].
pub fn known(name: &str) -> Result<QueryFile> {
    if let Some(file) = all()?.into_iter().find(|file| file.name == name) {
        return Ok(file);
    }
    let names: Vec<&str> = QUERIES.iter().map(|(name, _)| *name).collect();
    let hint = match nearest(name, &names) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "albstats report lists them; a file of your own is named by its path, ./mine.sql".to_owned(),
    };
    bail!(Message::new(format_args!("no report named {name}", name = Shown(name))).hint(hint));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_in_the_library_and_can_be_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap().trim_end_matches(".sql").to_owned())
            .collect();
        names.sort();
        let mut known: Vec<&str> = QUERIES.iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        assert_eq!(names, known);
        for (file, (name, _)) in all().unwrap().iter().zip(QUERIES) {
            assert_eq!(file.name, *name);
            assert!(file.part_of.is_some() || file.question.ends_with('?'), "{name}: {}", file.question);
        }
    }

    /// SQL has no way to share an expression between files. What says of which network an address is stands in several.
    #[test]
    fn queries_that_tell_networks_apart_do_it_alike() {
        let files = ["clients", "tls", "waf"].map(|name| find(name).unwrap().sql);
        for (from, to) in [("addresses AS (", "FROM address_halves"), ("CASE WHEN written_before > 0", "'::/64' END")] {
            let pieces = files.each_ref().map(|sql| {
                let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
                let start = sql.find(from).unwrap();
                let length = sql[start..].find(to).unwrap();
                sql[start..start + length].to_owned()
            });
            assert!(pieces[0].len() > 100, "{}", pieces[0]);
            assert!(pieces.iter().all(|piece| *piece == pieces[0]), "{pieces:#?}");
        }
    }

    /// What a statement reads stands in front of it, step after step.
    #[test]
    fn queries_are_not_nested() {
        for file in all().unwrap() {
            let sql = file.sql.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(!sql.contains("FROM (") && !sql.contains("JOIN ("), "{}", file.name);
        }
    }

    #[test]
    fn a_slip_is_met_with_a_suggestion() {
        assert_eq!(find("latncy").unwrap_err().to_string(), "no report named latncy\nhint: did you mean latency?");
        assert!(find("./none.sql").unwrap_err().to_string().starts_with("cannot read ./none.sql"));
    }
}
