//! A report for somebody who is not at a terminal: made as it is for those who are, and handed over as a document.

use anyhow::{Result, bail};
use tokio::runtime::Runtime;

use super::request::ReportRequest;
use super::{Made, asked, made, over, parse_words};
use crate::ask::query::Source;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::cli::common::GlobalArgs;
use crate::report::library;

/// Makes the report that these words ask for, the first of which is its name. What was read for it comes with it.
///
/// # Errors
/// When they ask for no report of the library, when it cannot be made, or when `stopped` says so before it is.
pub(in crate::cli) fn serve(
    words: &[String],
    config: &Config,
    runtime: &Runtime,
    global: &GlobalArgs,
    stopped: impl Future<Output = anyhow::Error>,
) -> Result<(Made, Source)> {
    // A path would be a file of this machine.
    library::known(words.first().map_or("", String::as_str))?;
    let Some(args) = parse_words(words)? else { bail!(Message::new("--help is for a terminal")) };
    let Some(file) = asked(&args)? else { bail!(Message::new("--describe is for a terminal")) };
    let selection = args.source.selection().resolve(config, true)?;
    let mut request = ReportRequest::new(&args, file, selection, config, global)?;
    let source = args.source.prepare(request.selection.clone(), config, runtime, true)?;
    let made = over(&source, &mut request, &args, config, runtime, async |local, request| {
        tokio::select! {
            made = made(local, request) => made,
            error = stopped => Err(error),
        }
    })?;
    Ok((made, source))
}
