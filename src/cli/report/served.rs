//! A report for somebody who is not at a terminal: made as it is for those who are, and handed over as a document.

use anyhow::{Result, bail};
use tokio::runtime::Runtime;

use super::request::ReportRequest;
use super::{Made, Prepares, ReportArgs, asked, made, over, parse_words};
use crate::ask::query::Source;
use crate::ask::selection::Selection;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::cli::common::GlobalArgs;
use crate::report::{Session, library};
use crate::serve::Refusal;

/// A server.
pub(in crate::cli) struct Desk<'a> {
    pub(in crate::cli) config: &'a Config,
    pub(in crate::cli) runtime: &'a Runtime,
    pub(in crate::cli) global: &'a GlobalArgs,
    /// Finds out what is to be read.
    pub(in crate::cli) prepare: &'a (dyn Fn(&ReportArgs, Selection) -> Result<Source> + Sync),
}

/// Makes the report that these words ask for, the first of which is its name. What was read for it comes with it.
///
/// # Errors
/// When they ask for no report of the library, when it cannot be made, or when `stopped` says so before it is.
pub(in crate::cli) fn serve(
    words: &[String],
    desk: &Desk,
    stopped: impl Future<Output = anyhow::Error>,
) -> Result<(Made, Source)> {
    let (args, mut request) = request(words, desk)?;
    let prepare: &Prepares = &|selection| (desk.prepare)(&args, selection);
    let source = prepare(request.selection.clone())?;
    let made = over(&source, &mut request, desk.config, desk.runtime, prepare, async |local, request| {
        tokio::select! {
            made = made(local, request) => made,
            error = stopped => Err(error),
        }
    })?;
    Ok((made, source))
}

/// Up to when the logs are complete that these words ask for, as far as is known; microseconds since the epoch.
///
/// # Errors
/// As [`serve`].
pub(in crate::cli) fn complete_until(words: &[String], desk: &Desk) -> Result<Option<i64>> {
    let (args, mut request) = request(words, desk)?;
    let prepare: &Prepares = &|selection| (desk.prepare)(&args, selection);
    let source = prepare(request.selection.clone())?;
    over(&source, &mut request, desk.config, desk.runtime, prepare, async |local, request| {
        let (conditions, names) = (|table| request.conditions(table), |ids: &[&str]| request.names(ids));
        let marks = |begin| request.marks(begin);
        let question = request.question(&conditions, &names, &marks, crate::base::clock::now());
        Ok(Session::begin(local, &question).await?.delivery.complete_to)
    })
}

fn request(words: &[String], desk: &Desk) -> Result<(ReportArgs, ReportRequest)> {
    // A path would be a file of this machine.
    let known = library::known(words.first().map_or("", String::as_str));
    known.map_err(|error| Refusal::not_found(Message::from(error)))?;
    let args = parse_words(words).map_err(|error| Refusal::of_parameters(Message::from(error)))?;
    let Some(args) = args else { bail!(Message::new("--help is for a terminal")) };
    let Some(file) = asked(&args)? else { bail!(Message::new("--describe is for a terminal")) };
    let known = args.target_groups.read(desk.config, desk.global)?;
    let selection = selected(&args, desk.config)?;
    let request = ReportRequest::new(&args, file, selection, known, desk.global);
    let request = request.map_err(|error| Refusal::of_parameters(Message::from(error)))?;
    Ok((args, request))
}

/// Which logs are asked about.
///
/// # Errors
/// When that is not understood, or the configuration does not say where they lie.
pub(in crate::cli) fn selected(args: &ReportArgs, config: &Config) -> Result<Selection> {
    let selection = args.source.selection();
    let rows = selection.rows(config, true).and_then(|rows| rows.window.check());
    rows.map_err(|error| Refusal::of_parameters(Message::from(error)))?;
    selection.resolve(config, true)
}
