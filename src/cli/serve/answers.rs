//! Reports and statements over the sources that are served, as commands make them.

use std::sync::Arc;

use anyhow::{Result, bail};
use tokio::runtime::Runtime;

use super::super::common::{GlobalArgs, overheard};
use super::super::report;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::serve::{Answered, Answers, Made, Read, Served, Statement, Stop, typed};

/// What is served, and what it takes to answer.
pub(super) struct OverSources {
    sources: Vec<Served>,
    config: Config,
    runtime: Arc<Runtime>,
    global: GlobalArgs,
}

impl OverSources {
    pub(super) fn new(sources: Vec<Served>, config: Config, runtime: Arc<Runtime>, global: GlobalArgs) -> Self {
        Self { sources, config, runtime, global }
    }

    /// The flags that name a source on a command line.
    fn place(&self, source: &str) -> Vec<String> {
        let source = self.sources.iter().find(|served| served.name == source);
        source.into_iter().flat_map(|served| &served.from).map(|from| format!("--from={from}")).collect()
    }
}

impl Answers for OverSources {
    fn sources(&self) -> Vec<Served> {
        self.sources.clone()
    }

    fn report(&self, source: &str, words: &[String], stop: &Stop) -> Result<Made> {
        let Some((name, flags)) = words.split_first() else { bail!("a report has a name") };
        let words: Vec<String> = [vec![name.clone()], self.place(source), flags.to_vec()].concat();
        let work = || report::serve(&words, &self.config, &self.runtime, &self.global, stop.asked());
        let (made, said) = overheard(work);
        let (made, source) = made?;
        let mut document = made.document;
        document.head.warnings.extend(said.iter().filter_map(warning));
        Ok(Made {
            document,
            sql: made.statements,
            command: ["albstats", "report"].map(str::to_owned).into_iter().chain(typed(&words)).collect(),
            read: Read::of(&source),
            span: made.span,
            complete_until: made.complete_until,
        })
    }

    fn query(&self, _source: &str, _statement: &Statement, _stop: &Stop) -> Result<Answered> {
        bail!("not yet")
    }
}

/// What a command would have warned of; its notices are about the command.
fn warning(said: &Message) -> Option<String> {
    Some(said.shown_text().strip_prefix("warning: ")?.to_owned())
}
