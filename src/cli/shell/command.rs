//! Commands that begin with a backslash: their names, and what was typed behind them.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shell::words;
use crate::base::shown::Shown;
use crate::output::Format;

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    Tables,
    Columns(String),
    /// On, off, or the other way round.
    Timing(Option<bool>),
    Expanded(Option<bool>),
    Format(Format),
    /// To a file, or to the screen again.
    Output(Option<PathBuf>),
    Report(Vec<String>),
    /// From this time on, or as far back as it goes.
    Since(Option<String>),
    Until(Option<String>),
    /// These load balancers, or all.
    LoadBalancers(Vec<String>),
    Save(String),
    Run(String),
    Queries,
    Refresh,
    Quit,
}

/// A command as it is listed: name, what follows, what it does.
pub(super) struct Listed {
    pub(super) name: &'static str,
    pub(super) takes: &'static str,
    does: &'static str,
}

const fn listed(name: &'static str, takes: &'static str, does: &'static str) -> Listed {
    Listed { name, takes, does }
}

/// Every command, in the order in which people read of them.
pub(super) const COMMANDS: [Listed; 16] = [
    listed("\\?", "", "this list"),
    listed("\\d", "[TABLE]", "tables, or the columns of one"),
    listed("\\report", "[NAME [FLAGS]]", "a report over these logs; alone, their list"),
    listed("\\since", "[TIME]", "only from then on: 2h, 02:55; alone, no bound"),
    listed("\\until", "[TIME]", "only before this time"),
    listed("\\elb", "[NAME…]", "only these load balancers; alone, all"),
    listed("\\refresh", "", "list anew what there is to read"),
    listed("\\x", "[on|off]", "a value a line, for rows of many columns"),
    listed("\\format", "FORMAT", "table, csv, json, ndjson, markdown or html"),
    listed("\\o", "[FILE]", "answers go to a file; alone, to the screen again"),
    listed("\\timing", "[on|off]", "say how long each answer took"),
    listed("\\save", "NAME", "keep the last statement under a name"),
    listed("\\run", "NAME", "run a statement that was kept"),
    listed("\\queries", "", "statements that were kept"),
    listed("\\q", "", "leave; so does Ctrl-D"),
    // Others know it by this name.
    listed("\\quit", "", "leave"),
];

/// Names of other programs for the same.
const ALIASES: [(&str, &str); 5] =
    [("\\h", "\\?"), ("\\help", "\\?"), ("\\dt", "\\d"), ("\\exit", "\\q"), ("\\quit", "\\q")];

/// Words that people type when they look for the way out, or for help.
const BARE: [(&str, &str); 3] = [("exit", "\\q"), ("quit", "\\q"), ("help", "\\?")];

/// The command that a bare word stands for.
pub(super) fn of_bare_word(text: &str) -> Option<&'static str> {
    let word = text.trim().trim_end_matches(';').trim_end();
    BARE.iter().find(|(bare, _)| word.eq_ignore_ascii_case(bare)).map(|(_, command)| *command)
}

/// Reads a line that begins with a backslash.
///
/// # Errors
/// When there is no such command, or something else has to follow it.
pub(super) fn parse(line: &str) -> Result<Command> {
    let line = line.trim();
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim().trim_end_matches(';').trim_end();
    let name = name.trim_end_matches(';');
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| *name);
    let some = (!rest.is_empty()).then(|| rest.to_owned());
    let alone = |command| match rest {
        "" => Ok(command),
        _ => bail!("{name} takes nothing behind it: {}", Shown(rest)),
    };
    match name {
        "\\?" => Ok(Command::Help),
        "\\d" => Ok(some.map_or(Command::Tables, Command::Columns)),
        "\\timing" => Ok(Command::Timing(switch(name, rest)?)),
        "\\x" => Ok(Command::Expanded(switch(name, rest)?)),
        "\\format" => match some {
            Some(format) => Ok(Command::Format(format.parse()?)),
            None => bail!(Message::new("\\format takes a format").hint("\\format csv")),
        },
        "\\o" => Ok(Command::Output(words(rest).into_iter().next().map(PathBuf::from))),
        "\\report" => Ok(Command::Report(words(rest))),
        "\\since" => Ok(Command::Since(some)),
        "\\until" => Ok(Command::Until(some)),
        "\\elb" => Ok(Command::LoadBalancers(words(rest))),
        "\\save" => named(name, some).map(Command::Save),
        "\\run" => named(name, some).map(Command::Run),
        "\\queries" => alone(Command::Queries),
        "\\refresh" => alone(Command::Refresh),
        "\\q" => alone(Command::Quit),
        unknown => {
            let known: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
            match nearest(unknown, &known) {
                Some(meant) => bail!(
                    Message::new(format_args!("unknown command: {}", Shown(unknown)))
                        .hint(format_args!("did you mean {meant}?"))
                ),
                None => bail!(
                    Message::new(format_args!("unknown command: {}", Shown(unknown))).hint("\\? lists the commands")
                ),
            }
        }
    }
}

fn switch(name: &str, text: &str) -> Result<Option<bool>> {
    match text {
        "" => Ok(None),
        "on" => Ok(Some(true)),
        "off" => Ok(Some(false)),
        other => bail!("{name} takes on, off or nothing, not {}", Shown(other)),
    }
}

fn named(command: &str, name: Option<String>) -> Result<String> {
    match name {
        Some(name) => Ok(name),
        None => bail!(Message::new(format_args!("{command} takes a name")).hint(format_args!("{command} slow"))),
    }
}

/// What `\?` shows.
pub(super) fn help() -> String {
    let commands = || COMMANDS.iter().filter(|command| command.name != "\\quit");
    let usage = |command: &Listed| format!("{} {}", command.name, command.takes).trim_end().to_owned();
    let widest = commands().map(|command| usage(command).chars().count()).max().unwrap_or(0);
    let mut text = String::from("SQL ends with a semicolon. Tab completes, Ctrl-R finds what was typed.\n\n");
    for command in commands() {
        let usage = usage(command);
        let blanks = " ".repeat(widest - usage.chars().count() + 2);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {usage}{blanks}{}", command.does);
    }
    text + "\nCtrl-C ends a statement, Ctrl-D the shell.\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_what_follows_them() {
        for (line, command) in [
            ("\\?", Command::Help),
            ("\\d", Command::Tables),
            ("\\dt", Command::Tables),
            ("\\d requests;", Command::Columns("requests".to_owned())),
            ("\\x", Command::Expanded(None)),
            ("\\timing off", Command::Timing(Some(false))),
            ("\\format csv", Command::Format(Format::Csv)),
            ("\\o 'a b.csv'", Command::Output(Some("a b.csv".into()))),
            ("\\o", Command::Output(None)),
            ("\\since yesterday 22:00", Command::Since(Some("yesterday 22:00".to_owned()))),
            ("\\until", Command::Until(None)),
            ("\\elb a 'k8s-*'", Command::LoadBalancers(vec!["a".to_owned(), "k8s-*".to_owned()])),
            ("\\report latency --by elb", Command::Report(["latency", "--by", "elb"].map(ToOwned::to_owned).to_vec())),
            ("\\quit", Command::Quit),
            ("  \\q ; ", Command::Quit),
        ] {
            assert_eq!(parse(line).unwrap(), command, "{line}");
        }
    }

    #[test]
    fn what_is_no_command_is_told_the_nearest() {
        let error = |line: &str| parse(line).unwrap_err().to_string();
        assert_eq!(error("\\refesh"), "unknown command: \\refesh\nhint: did you mean \\refresh?");
        assert_eq!(error("\\zzz"), "unknown command: \\zzz\nhint: \\? lists the commands");
        assert_eq!(error("\\\x1b[2J"), "unknown command: \\\\x1B[2J\nhint: \\? lists the commands");
        assert_eq!(error("\\x maybe"), "\\x takes on, off or nothing, not maybe");
        assert_eq!(error("\\save"), "\\save takes a name\nhint: \\save slow");
        assert_eq!(error("\\q now"), "\\q takes nothing behind it: now");
        assert!(error("\\format xls").starts_with("unknown format"));
    }

    #[test]
    fn every_listed_command_is_one() {
        for command in &COMMANDS {
            let line = format!("{} {}", command.name, if command.name == "\\format" { "csv" } else { "" });
            let result = parse(&line).map_err(|error| error.to_string());
            assert!(result.as_ref().err().is_none_or(|error| error.contains("takes a name")), "{result:?}");
            assert!(help().contains(command.does) || command.name == "\\quit");
        }
        assert!(help().lines().all(|line| line.chars().count() <= 80), "{}", help());
        assert_eq!(of_bare_word(" EXIT; "), Some("\\q"));
        assert_eq!(of_bare_word("exit 1"), None);
    }
}
