//! Values that a shell may complete: what the program knows, and what is configured or was seen.
//!
//! Only what stands for itself in every shell is offered: a name with a quote or a dollar in it would be typed as it is.

use std::ffi::OsStr;

use alblog::LogKind;
use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};

use crate::base::config::{Config, Environment, Overrides};
use crate::base::shell::is_plain;
use crate::base::tables::Table;
use crate::fleet::inventory::Inventory;
use crate::output::Format;
use crate::report::library;

/// Names that begin as what was typed, each with a word about it, or none.
fn beginning<N: AsRef<str>>(
    current: &OsStr,
    names: impl IntoIterator<Item = (N, Option<String>)>,
) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else { return Vec::new() };
    let fits = |name: &str| name.starts_with(current) && is_plain(name);
    let names = names.into_iter().filter(|(name, _)| fits(name.as_ref()));
    names.map(|(name, help)| CompletionCandidate::new(name.as_ref()).help(help.map(Into::into))).collect()
}

fn plain<N: AsRef<str>>(current: &OsStr, names: impl IntoIterator<Item = N>) -> Vec<CompletionCandidate> {
    beginning(current, names.into_iter().map(|name| (name, None)))
}

/// Files whose names a shell would take for something else are left to the shell, which knows how to quote them.
fn harmless(files: Vec<CompletionCandidate>) -> impl Iterator<Item = CompletionCandidate> {
    files.into_iter().filter(|file| file.get_value().to_str().is_some_and(is_plain))
}

/// What is configured where the program was started; nothing if that cannot be read.
fn config() -> Option<Config> {
    Config::load(None, &Environment::of_process().ok()?, Overrides::default()).ok()
}

/// Names of sources.
pub(in crate::cli) fn sources(current: &OsStr) -> Vec<CompletionCandidate> {
    let sources = config().map(|config| config.sources).unwrap_or_default();
    beginning(current, sources.iter().map(|(name, source)| (name, Some(source.from.value.join(", ")))))
}

/// Names of sources, then folders and files.
pub(in crate::cli) fn places(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut places = sources(current);
    places.extend(harmless(PathCompleter::any().complete(current)));
    places
}

fn inventory() -> Inventory {
    let place = config().and_then(|config| config.inventory);
    place.and_then(|place| Inventory::read(&place.value).ok().flatten()).unwrap_or_default()
}

/// Load balancers that the inventory knows.
pub(in crate::cli) fn load_balancers(current: &OsStr) -> Vec<CompletionCandidate> {
    plain(current, inventory().load_balancers.values().map(|known| &known.name))
}

/// Target groups that the inventory knows.
pub(in crate::cli) fn target_groups(current: &OsStr) -> Vec<CompletionCandidate> {
    plain(current, inventory().target_groups.values().map(|known| &known.name))
}

/// Kubernetes services that the inventory knows.
pub(in crate::cli) fn services(current: &OsStr) -> Vec<CompletionCandidate> {
    let groups = inventory().target_groups();
    let services = groups.entries().filter_map(|entry| entry.whole_service());
    let services: std::collections::BTreeSet<String> =
        services.map(|(space, name)| format!("{space}/{name}")).collect();
    plain(current, services)
}

/// Formats of output.
pub(in crate::cli) fn formats(current: &OsStr) -> Vec<CompletionCandidate> {
    plain(current, Format::ALL.map(Format::name))
}

/// Kinds of log.
pub(in crate::cli) fn kinds(current: &OsStr) -> Vec<CompletionCandidate> {
    plain(current, LogKind::ALL.map(|kind| kind.to_string()))
}

/// Tables.
pub(in crate::cli) fn tables(current: &OsStr) -> Vec<CompletionCandidate> {
    beginning(current, Table::ALL.map(|table| (table.name(), Some(format!("one row is {}", table.doc())))))
}

/// Reports, then files of one's own.
pub(in crate::cli) fn reports(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut reports =
        beginning(current, library::questions().into_iter().map(|(name, question)| (name, Some(question))));
    let is_query = |path: &std::path::Path| path.extension().is_some_and(|extension| extension == "sql");
    reports.extend(harmless(PathCompleter::file().filter(is_query).complete(current)));
    reports
}

/// What rows of the report that was typed can be.
pub(in crate::cli) fn dimensions(current: &OsStr) -> Vec<CompletionCandidate> {
    // The engine tells nothing of the other words: those behind `--` are the command line.
    let names = library::names();
    let typed = std::env::args().skip_while(|word| word != "report").find(|word| names.contains(word));
    plain(current, library::dimensions(typed.as_deref()))
}

/// Time zones.
pub(in crate::cli) fn zones(current: &OsStr) -> Vec<CompletionCandidate> {
    let zones = jiff::tz::db().available().map(|zone| zone.as_str().to_owned());
    plain(current, zones.chain(["local".to_owned()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(candidates: &[CompletionCandidate]) -> Vec<String> {
        candidates.iter().map(|candidate| candidate.get_value().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_a_shell_would_run_is_not_offered() {
        let names = ["prod", "pr$(id)", "pr od", "pr`x`", "pr*", "pr'x", "pr\x1b[2J", "test"];
        assert_eq!(texts(&plain(OsStr::new("pr"), names)), ["prod"]);
    }

    #[test]
    fn all_that_the_program_knows_is_offered() {
        let all = OsStr::new("");
        assert_eq!(texts(&formats(all)), Format::ALL.map(|format| format.name().to_owned()));
        assert_eq!(texts(&kinds(OsStr::new("health"))), ["health-check"]);
        assert_eq!(texts(&tables(OsStr::new("r"))), ["requests", "rejected_lines"]);
        assert_eq!(texts(&reports(OsStr::new("laten"))), ["latency"]);
        assert!(texts(&zones(OsStr::new("Europe/B"))).contains(&"Europe/Berlin".to_owned()));
    }
}
