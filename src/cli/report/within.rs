//! A report within a shell: of what the shell reads, shown as its answers are.

use std::time::Instant;

use anyhow::{Result, bail};
use clap::error::ErrorKind;
use clap::{Args, Command, Parser};
use tokio::runtime::Runtime;

use super::request::ReportRequest;
use super::{Opens, ReportArgs, answer, asked, open};
use crate::ask::query::Source;
use crate::ask::selection::Selection;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::cli::common::replacing::refuse_over;
use crate::cli::common::source::SourceArgs;
use crate::cli::common::target_groups::TargetGroupsArgs;
use crate::cli::common::{GlobalArgs, print, summary};
use crate::cli::with_harmless_words;

/// The shell.
pub(in crate::cli) struct Host<'a> {
    pub(in crate::cli) runtime: &'a Runtime,
    /// What the shell reads, if the report is about that.
    pub(in crate::cli) selection: Option<Selection>,
    /// Finds out what is to be read.
    pub(in crate::cli) source: &'a mut dyn FnMut(Selection, &Config) -> Result<Source>,
    pub(in crate::cli) opens: &'a Opens<'a>,
}

/// A line of a shell.
#[derive(Debug, Parser)]
#[command(name = "\\report", no_binary_name = true, max_term_width = 100)]
struct Line {
    #[command(flatten)]
    args: ReportArgs,
}

/// Reads the words behind `\\report`; none where help was asked for, and given.
///
/// # Errors
/// When they are no words of a report, in one line and its tips.
pub(in crate::cli) fn parse_words(words: &[String]) -> Result<Option<ReportArgs>> {
    let error = match Line::try_parse_from(words) {
        Ok(line) => return Ok(Some(line.args)),
        Err(error) => error,
    };
    if error.kind() == ErrorKind::DisplayHelp {
        print(&error.to_string())?;
        return Ok(None);
    }
    let text = with_harmless_words(error).to_string();
    let is_over = |line: &&str| line.starts_with("Usage:") || line.starts_with("For more information");
    let mut lines = text.lines().take_while(|line| !is_over(line)).map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let message = Message::new(first.strip_prefix("error: ").unwrap_or(first));
    bail!(lines.fold(message, |message, line| match line.strip_prefix("tip: ") {
        Some(tip) => message.hint(tip),
        None => message.line(line),
    }))
}

/// Flags that a report takes.
pub(in crate::cli) fn flags() -> Vec<String> {
    let command = ReportArgs::augment_args(Command::new("report"));
    let flags = command.get_arguments().filter(|argument| !argument.is_hide_set());
    flags.filter_map(|flag| flag.get_long().map(|long| format!("--{long}"))).collect()
}

impl ReportArgs {
    /// Takes over from a shell what was not typed. Whether what the shell has listed will do.
    pub(in crate::cli) fn inherit(&mut self, shell: &SourceArgs) -> bool {
        self.source.inherit(shell)
    }

    /// What is read.
    pub(in crate::cli) fn source(&self) -> &SourceArgs {
        &self.source
    }

    /// What target groups are called.
    pub(in crate::cli) fn target_groups(&self) -> &TargetGroupsArgs {
        &self.target_groups
    }
}

/// Makes the report and shows it. How it ended, and whether the shell's output has it.
pub(in crate::cli) fn run_in(args: &ReportArgs, global: &GlobalArgs, host: Host) -> Result<(Outcome, bool)> {
    let Some(file) = asked(args)? else { return Ok((Outcome::Done, false)) };
    if args.engine.wants_athena()? {
        bail!(
            Message::new("a shell asks this program only")
                .hint(format_args!("albstats report {} --engine athena", file.name))
        );
    }
    if args.shape.watch.is_some() {
        bail!(
            Message::new("--watch draws until it is ended, and not within a shell")
                .hint("albstats report NAME --watch 30s")
        );
    }
    let config = global.load_config_again(args.overrides())?;
    let selection = match host.selection {
        Some(selection) => selection,
        None => args.source.selection().resolve(&config, global.quiet)?,
    };
    let started = Instant::now();
    let known = args.target_groups.read(&config, global)?;
    let mut request = ReportRequest::new(args, file, selection, known, global)?;
    let source = (host.source)(request.selection.clone(), &config)?;
    let output = open(args, &config, host.opens)?;
    refuse_over(&source, output.replaces())?;
    let outcome = answer(&source, &mut request, args, output, &config, host.runtime, global)?;
    let read = summary::finish(&source, started.elapsed(), global.quiet);
    let is_in_output = args.printing.output.is_none() && !args.shape.show_sql;
    Ok((if outcome == Outcome::Done { read } else { outcome }, is_in_output))
}
