//! Which reports there are, and what one takes and shows.

use std::fmt::Write as _;

use anyhow::Result;

use crate::base::outcome::Outcome;
use crate::cli::common::print;
use crate::report::{Parameter, ParameterKind, QueryFile, describe as columns_of, library};

/// Lists the reports by their questions.
pub(super) fn list() -> Result<Outcome> {
    let files = library::all()?;
    let reports: Vec<&QueryFile> = files.iter().filter(|file| file.part_of.is_none()).collect();
    let widest = reports.iter().map(|file| file.name.len()).max().unwrap_or(0);
    let mut text = String::from("Reports, by the question they answer:\n\n");
    for file in reports {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:widest$}  {}", file.name, file.question);
    }
    text.push_str("\nnext: albstats report NAME --from WHERE --since 1h\n      albstats report NAME --describe\n");
    print(&text)?;
    Ok(Outcome::Done)
}

/// Says what a report takes and shows.
pub(super) fn describe(file: &QueryFile) -> Result<Outcome> {
    let mut text = format!("{}: {}\n{}\n", file.name, file.title_by(None), file.question);
    if !file.parameters.is_empty() {
        text.push_str("\nParameters:\n");
        for parameter in &file.parameters {
            let _ = writeln!(text, "  {}", parameter_line(parameter));
        }
    }
    let columns = columns_of::columns(file);
    if !columns.is_empty() {
        text.push_str("\nColumns, as --format csv has them:\n");
        let widest = columns.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, unit) in columns {
            let _ = writeln!(text, "  {name:widest$}  {}", unit.name());
        }
    }
    let _ = writeln!(text, "\nnext: albstats report {} --from WHERE --show-sql", file.name);
    print(&text)?;
    Ok(Outcome::Done)
}

/// `--by elb|host = elb — what a row is`
fn parameter_line(parameter: &Parameter) -> String {
    let name = match parameter.name.as_str() {
        flag @ ("by" | "bucket" | "top" | "status") => format!("--{flag}"),
        "lines" => "--top".to_owned(),
        name => format!("--set {name}"),
    };
    let kind = match &parameter.kind {
        ParameterKind::Text => "text".to_owned(),
        ParameterKind::Count => "count".to_owned(),
        ParameterKind::Number => "number".to_owned(),
        ParameterKind::Duration => "duration".to_owned(),
        ParameterKind::Time => "time".to_owned(),
        ParameterKind::Status => "status codes".to_owned(),
        ParameterKind::Regex => "regex".to_owned(),
        ParameterKind::Choice(choices) => choices.join("|"),
    };
    let default = parameter.default.as_ref().map(|default| format!(" = {default}")).unwrap_or_default();
    let help = if parameter.help.is_empty() { String::new() } else { format!(" — {}", parameter.help) };
    format!("{name} {kind}{default}{help}")
}
