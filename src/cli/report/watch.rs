//! `albstats report NAME --watch 30s`: the report again and again, on a terminal.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::request::ReportRequest;
use super::{ReportArgs, answer, asked};
use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::cli::common::interruption::interrupted;
use crate::cli::common::presenting::Output;
use crate::cli::common::source::runtime;
use crate::cli::common::{GlobalArgs, summary};
use crate::output::{Destination, Format};

/// Draws until somebody ends it. What was read is read again, but for what a cache, an export or a live store has.
pub(super) fn run(args: &ReportArgs, every: Duration, config: &Config, global: &GlobalArgs) -> Result<Outcome> {
    if args.engine.wants_athena()? {
        bail!("--watch is for --engine local only: each look would cost money");
    }
    if args.printing.output.is_some() || args.printing.format.is_some_and(|format| format != Format::Table) {
        bail!("--watch draws a screen: it has no --format and no -o");
    }
    if !Destination::open(None, Format::Table)?.is_terminal() {
        bail!(
            Message::new("--watch draws on a terminal, and standard output is none")
                .hint("the same without --watch, from cron or a loop")
        );
    }
    if args.source.reads_stdin() {
        bail!(Message::new("standard input is there once, and --watch looks again and again").hint("--from FOLDER"));
    }
    let runtime = runtime(config)?;
    loop {
        let started = Instant::now();
        let file = asked(args)?.context("a report to watch has a name")?;
        // `1h` ago is another time by now.
        let selection = args.source.selection().resolve(config, global.quiet)?;
        let known = args.target_groups.read(config, global)?;
        let mut request = ReportRequest::new(args, file, selection, known, global)?;
        let source = args.source.prepare(request.selection.clone(), config, &runtime, global.quiet)?;
        let output = Output::of(Destination::open(None, Format::Table)?.cleared()?, Format::Table);
        answer(&source, &mut request, args, output, config, &runtime, global)?;
        summary::finish(&source, started.elapsed(), global.quiet);
        runtime.block_on(async {
            tokio::select! {
                () = tokio::time::sleep(every) => Ok(()),
                error = interrupted() => Err(error),
            }
        })?;
    }
}
