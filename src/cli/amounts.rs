//! A table of all flags that take a length of time, a number or a size, and the least each takes: whoever adds a flag
//! decides here what is of no use to it.

use clap::error::ErrorKind;
use clap::{Command, CommandFactory};

use super::Cli;

/// Flags that take a length of time: the command, the flag, the least it takes, and something shorter, if that is refused.
const LENGTHS: [(&str, &str, &str, Option<&str>); 26] = [
    ("query", "margin", "0s", None),
    ("query", "fresh", "0s", None),
    ("query", "reuse", "0s", None),
    ("query", "poll", "100ms", Some("99ms")),
    ("shell", "margin", "0s", None),
    ("shell", "fresh", "0s", None),
    ("report", "margin", "0s", None),
    ("report", "fresh", "0s", None),
    ("report", "reuse", "0s", None),
    ("report", "bucket", "1s", Some("999ms")),
    ("report", "watch", "100ms", Some("1ns")),
    ("report", "window", "1s", Some("0s")),
    ("report", "settle", "0s", None),
    ("report", "baseline", "1s", Some("0s")),
    ("export", "settle", "0s", None),
    ("export status", "settle", "0s", None),
    ("ingest", "poll", "100ms", Some("0s")),
    ("ingest", "keep", "5m", Some("4m")),
    ("ingest", "settle", "0s", None),
    ("ingest status", "max-lag", "0s", None),
    ("serve", "poll", "100ms", Some("0s")),
    ("serve", "keep", "5m", Some("0s")),
    ("objects", "margin", "0s", None),
    ("fetch", "margin", "0s", None),
    ("inventory", "keep-pods", "0s", None),
    ("reconcile watch", "interval", "1s", Some("0s")),
];

/// What is no length of time for anybody.
const NO_LENGTHS: [&str; 6] = ["-5m", "NaN", "inf", "5", "1mo", "200y"];
/// What is no number or size for anybody.
const NO_NUMBERS: [&str; 4] = ["-1", "NaN", "inf", "1.5e400"];

/// The flags of all commands whose values are called so.
fn flags(of: &Command, path: &str, called: &[&str], found: &mut Vec<(String, String)>) {
    for argument in of.get_arguments() {
        let name = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        if let (Some(flag), Some(name)) = (argument.get_long(), name)
            && called.contains(&name.as_str())
        {
            found.push((path.to_owned(), flag.to_owned()));
        }
    }
    for command in of.get_subcommands() {
        flags(command, format!("{path} {}", command.get_name()).trim_start(), called, found);
    }
}

fn all(called: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    flags(&Cli::command(), "", called, &mut found);
    found.sort();
    found
}

/// Whether a value is refused as one of this flag.
fn is_refused(command: &str, flag: &str, value: &str) -> bool {
    let words = ["albstats"].into_iter().chain(command.split(' ')).map(str::to_owned);
    let parsed = Cli::command().try_get_matches_from(words.chain([format!("--{flag}={value}")]));
    let Err(error) = parsed else { return false };
    let names_it = error.to_string().contains(&format!("--{flag}"));
    error.kind() == ErrorKind::ValueValidation && names_it
}

#[test]
fn every_length_of_time_is_of_use() {
    let mut known = LENGTHS.map(|(command, flag, ..)| (command.to_owned(), flag.to_owned()));
    known.sort();
    assert_eq!(known[..], all(&["DURATION", "AGE"]), "which lengths does a flag take?");
    for (command, flag, least, shorter) in LENGTHS {
        assert!(!is_refused(command, flag, least), "{command} --{flag} {least}");
        for value in NO_LENGTHS.into_iter().chain(shorter) {
            assert!(is_refused(command, flag, value), "{command} --{flag} {value}");
        }
    }
}

#[test]
fn every_number_is_one() {
    for (command, flag) in all(&["N", "SIZE", "DOLLARS"]).iter().filter(|(command, _)| command != "generate") {
        for value in NO_NUMBERS {
            assert!(is_refused(command, flag, value), "{command} --{flag} {value}");
        }
    }
    for (command, flag) in [("ingest", "max-bytes"), ("serve", "max-store")] {
        assert!(is_refused(command, flag, "0") && !is_refused(command, flag, "1MiB"), "{command} --{flag}");
    }
}
