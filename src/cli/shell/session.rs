//! What a shell keeps between statements: what there is to read, listed once; texts that were read; how answers are
//! shown; and what was said last.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::describe;
use super::output::Answers;
use super::queries::Queries;
use super::vocabulary::Vocabulary;
use crate::ask::query::{Dialect, Engine, Source};
use crate::ask::selection::Selection;
use crate::base::clock::to_the_minute;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::base::tables::Layer;
use crate::cli::common::answer::{Bound, answer_seen};
use crate::cli::common::engine::engine;
use crate::cli::common::interruption::interrupted;
use crate::cli::common::printing::PrintingArgs;
use crate::cli::common::replacing::refuse_over;
use crate::cli::common::source::SourceArgs;
use crate::cli::common::target_groups::Known;
use crate::cli::common::time::PointInTime;
use crate::cli::common::{GlobalArgs, message, summary};
use crate::cli::report::{self, Host};
use crate::output::human;
use crate::read::scan::KeptTexts;

/// Everything a statement needs.
pub(super) struct Session<'a> {
    pub(super) global: &'a GlobalArgs,
    pub(super) config: Arc<Config>,
    pub(super) runtime: Arc<Runtime>,
    pub(super) known: Known,
    /// As the flags said, and as commands changed it.
    pub(super) args: SourceArgs,
    pub(super) selection: Selection,
    /// What was listed; none until it could be.
    pub(super) source: Option<Source>,
    pub(super) kept: Option<Arc<KeptTexts>>,
    pub(super) answers: Answers,
    pub(super) timing: bool,
    pub(super) queries: Queries,
    pub(super) vocabulary: Arc<Mutex<Vocabulary>>,
    /// Whether somebody types, who wants words completed.
    pub(super) is_typed: bool,
    /// The last statement that was typed.
    pub(super) last: Option<String>,
}

impl Session<'_> {
    /// Answers one statement.
    pub(super) fn ask(&mut self, sql: &str) -> Result<Outcome> {
        self.last = Some(sql.to_owned());
        let source = self.listed()?.again();
        let started = Instant::now();
        let engine = self.engine(&source)?;
        let printing = self.answers.printing(&self.config)?;
        refuse_over(&source, printing.destination.replaces())?;
        let vocabulary = Arc::clone(&self.vocabulary);
        let mut see = |batch: &_| vocabulary.lock().unwrap_or_else(PoisonError::into_inner).see(batch);
        answer_seen(&Bound::plain(sql), &engine, &self.runtime, printing, self.global.quiet, &mut see)?;
        self.answers.written();
        self.say_time(started);
        Ok(summary::finish(&source, started.elapsed(), self.global.quiet))
    }

    /// Makes a report, of what the shell reads unless the flags say otherwise.
    pub(super) fn report(&mut self, words: &[String]) -> Result<Outcome> {
        let Some(mut args) = report::parse_words(words)? else { return Ok(Outcome::Done) };
        let same = args.inherit(&self.args);
        let selection = same.then(|| self.selection.clone());
        let (global, runtime, answers) = (self.global, Arc::clone(&self.runtime), self.answers.clone());
        let started = Instant::now();
        let source_args = args.source().clone();
        let mut source = |wanted: Selection, config: &Config| -> Result<Source> {
            if same && wanted == self.selection {
                return Ok(self.listed()?.again());
            }
            self.list(&source_args, wanted, config)
        };
        let opens = |printing: &PrintingArgs, config: &Config| answers.document(printing, config);
        let host = Host { runtime: &runtime, selection, source: &mut source, opens: &opens };
        let (outcome, is_in_output) = report::run_in(&args, global, host)?;
        if is_in_output {
            self.answers.written();
        }
        self.say_time(started);
        Ok(outcome)
    }

    fn say_time(&self, started: Instant) {
        if self.timing {
            message(format_args!("time: {:.1} ms", started.elapsed().as_secs_f64() * 1000.0));
        }
    }

    /// Tables that can be asked, as text.
    pub(super) fn tables(&mut self) -> Result<String> {
        let engine = self.bare_engine()?;
        Ok(describe::tables(&self.runtime.block_on(engine.tables())))
    }

    /// Columns of a table, as text.
    pub(super) fn columns(&mut self, table: &str) -> Result<String> {
        let engine = self.bare_engine()?;
        describe::columns(table, &self.runtime.block_on(engine.tables()))
    }

    fn bare_engine(&mut self) -> Result<Engine> {
        let source = self.listed()?.again();
        self.engine(&source)
    }

    fn engine(&self, source: &Source) -> Result<Engine> {
        engine(source, Dialect::default(), &self.known, &self.config)
    }

    /// What there is to read; listed now if it is not yet.
    fn listed(&mut self) -> Result<&Source> {
        if self.source.is_none() {
            let source = self.list(&self.args, self.selection.clone(), &self.config)?;
            self.learn(&source)?;
            self.source = Some(source);
        }
        self.source.as_ref().context("nothing was listed")
    }

    /// Lists what there is, on a thread of its own: whoever loses patience goes on without it.
    fn list(&self, args: &SourceArgs, selection: Selection, config: &Config) -> Result<Source> {
        let (args, config, runtime) = (args.clone(), config.clone(), Arc::clone(&self.runtime));
        let (quiet, kept) = (self.global.quiet, self.kept.clone());
        let (sender, listed) = oneshot::channel();
        let list = move || {
            // Nobody may wait for it any more.
            let _ = sender.send(args.prepare_keeping(selection, &config, &runtime, quiet, kept));
        };
        std::thread::Builder::new().name("listing".to_owned()).spawn(list)?;
        let source = self.runtime.block_on(async {
            tokio::select! {
                listed = listed => listed.context("listing ended in the middle")?,
                error = interrupted() => Err(error),
            }
        })?;
        if let Some(run) = &source.raw
            && let Some(object) = run.objects.iter().find(|object| object.location.is_stream())
        {
            bail!(
                Message::new(format_args!(
                    "a shell reads again and again, and {} can be read only once",
                    Shown(&object.location)
                ))
                .hint("save it to a file")
            );
        }
        Ok(source)
    }

    /// Lists anew, and forgets texts of what is no longer there.
    pub(super) fn refresh(&mut self) -> Result<()> {
        self.selection = self.args.selection().resolve(&self.config, self.global.quiet)?;
        self.source = None;
        self.listed()?;
        if let (Some(Source { raw: Some(run), .. }), Some(kept)) = (&self.source, &self.kept) {
            kept.retain(&run.objects);
        }
        self.say_source();
        Ok(())
    }

    /// Lists, and says what is read.
    pub(super) fn begin(&mut self) -> Result<()> {
        self.listed()?;
        self.say_source();
        Ok(())
    }

    /// Reads another time or other load balancers from now on. Where nothing is there, what was read before stays.
    pub(super) fn choose(&mut self, change: impl FnOnce(&mut SourceArgs)) -> Result<()> {
        let before = (self.args.clone(), self.selection.clone(), self.source.clone());
        change(&mut self.args);
        self.refresh().inspect_err(|_| (self.args, self.selection, self.source) = before)
    }

    /// Says what is read.
    pub(super) fn say_source(&self) {
        let (false, Some(source)) = (self.global.quiet, &self.source) else { return };
        let stored = source.stored().map(|run| {
            let noun = if run.layer == Layer::Live { "live store" } else { "export" };
            human::plural(run.exports.len() as u64, noun)
        });
        let raw = source.raw.as_ref().map(|run| {
            let bytes = run.objects.iter().map(|object| object.size).sum();
            format!("{}, {}", human::plural(run.objects.len() as u64, "object"), human::bytes(bytes))
        });
        let what = stored.chain(raw).collect::<Vec<_>>().join(" and ");
        let window = match source.window() {
            (None, None) => String::new(),
            (Some(since), None) => format!(", from {} UTC on", to_the_minute(since)),
            (None, Some(until)) => format!(", before {} UTC", to_the_minute(until)),
            (Some(since), Some(until)) => format!(", {} to {} UTC", to_the_minute(since), to_the_minute(until)),
        };
        let elbs = match &self.selection.rows.elbs[..] {
            [] => String::new(),
            elbs => format!(", load balancers {}", Shown(elbs.join(", "))),
        };
        message(format_args!("reading {}: {what}{window}{elbs}", Shown(self.selection.names.join(", "))));
    }

    /// Takes down what can be completed from now on.
    fn learn(&self, source: &Source) -> Result<()> {
        if !self.is_typed {
            return Ok(());
        }
        let engine = self.engine(source)?;
        let mut vocabulary = self.vocabulary.lock().unwrap_or_else(PoisonError::into_inner);
        vocabulary.tables = self.runtime.block_on(engine.tables());
        vocabulary.functions = engine.functions();
        vocabulary.queries = self.queries.names();
        if let Some(run) = &source.raw {
            let names = run.objects.iter().filter_map(|object| object.key.as_ref());
            let is_harmless = |name: &String| Shown(name).to_string() == *name;
            // Also those that are not read now: somebody may want them back.
            vocabulary.load_balancers.extend(names.map(|key| key.elb_name.clone()).filter(is_harmless));
        }
        Ok(())
    }

    /// Keeps the last statement under a name.
    pub(super) fn save(&mut self, name: &str) -> Result<()> {
        let Some(last) = &self.last else { bail!("there is no statement to keep yet") };
        let replaced = self.queries.save(name, last)?;
        if !self.global.quiet {
            let what = if replaced { "replaced" } else { "kept" };
            message(format_args!("notice: {what}: \\run {name} runs it"));
        }
        self.vocabulary.lock().unwrap_or_else(PoisonError::into_inner).queries = self.queries.names();
        Ok(())
    }
}

/// A time as a command takes it.
pub(super) fn time(text: Option<&str>) -> Result<Option<PointInTime>> {
    text.map(crate::cli::common::time::parse).transpose().map_err(anyhow::Error::msg)
}
