//! Reports and statements over the sources that are served, as commands make them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;

use super::super::common::answer::Bound;
use super::super::common::engine::{check, engine};
use super::super::common::{GlobalArgs, overheard};
use super::super::objects;
use super::super::report::{self, Desk, ReportArgs, parse_words};
use super::position::Look;
use super::sources::Source;
use crate::ask::query;
use crate::ask::query::Dialect;
use crate::ask::selection::Selection;
use crate::base::clock::now;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::probes::Probed;
use crate::lake::objects::verify::State;
use crate::serve::{Answered, Answers, Made, NotLogged, Position, Read, Refusal, Served, Statement, Stop, typed};

/// How far back the names of objects are looked at to say how far a source is complete.
const LATELY: &str = "--since=2h";

/// What is served, and what it takes to answer.
pub(super) struct OverSources {
    pub(super) sources: Vec<Source>,
    config: RwLock<Arc<Config>>,
    /// How often the configuration was read.
    generation: AtomicU64,
    runtime: Arc<Runtime>,
    /// As whoever asks at a terminal and wants to hear nothing but what is wrong.
    global: GlobalArgs,
}

impl OverSources {
    pub(super) fn new(sources: Vec<Source>, config: Config, runtime: Arc<Runtime>, global: GlobalArgs) -> Self {
        let (config, generation) = (RwLock::new(Arc::new(config)), AtomicU64::default());
        Self { sources, config, generation, runtime, global }
    }

    fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers by another configuration from now on; the sources stay. Whether it says something else of the server itself,
    /// which takes a restart.
    pub(super) fn reload(&self, config: Config) -> bool {
        let mut current = self.config.write().unwrap_or_else(PoisonError::into_inner);
        let is_other =
            config.serve != current.serve || config.sources != current.sources || config.alerts != current.alerts;
        *current = Arc::new(config);
        self.generation.fetch_add(1, SeqCst);
        is_other
    }

    /// What answers depend on besides logs, as a number that changes when that does: the configuration, and the inventory.
    fn settings_mark(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.generation.load(SeqCst).hash(&mut hasher);
        let inventory = self.config().inventory.as_ref().and_then(|file| std::fs::metadata(&file.value).ok());
        inventory.map(|about| (about.len(), about.modified().ok())).hash(&mut hasher);
        hasher.finish()
    }

    fn source(&self, name: &str) -> Result<&Source> {
        self.sources.iter().find(|source| source.name == name).context("no such source is served")
    }

    /// What somebody types to be answered the same.
    fn command(&self, name: &[&str], words: &[String]) -> Vec<String> {
        let name = ["albstats"].iter().chain(name).map(|word| (*word).to_owned());
        name.chain(typed(words)).chain(self.global.words()).collect()
    }

    /// Makes something of what is read of a source.
    fn at_desk<T>(&self, source: &Source, work: impl FnOnce(&Desk) -> Result<T>) -> Result<T> {
        let prepare = |args: &ReportArgs, selection: Selection| self.prepare(source, args, selection);
        work(&Desk { config: &self.config(), runtime: &self.runtime, global: &self.global, prepare: &prepare })
    }

    /// Finds out what is to be read. While everything of a window is in the live store, or in an export, logs are not looked
    /// for where they lie.
    fn prepare(&self, source: &Source, args: &ReportArgs, mut selection: Selection) -> Result<query::Source> {
        if let Some(feed) = &source.feed {
            if !selection.live.contains(&feed.store) {
                selection.live.push(feed.store.clone());
            }
            // What the window of a bucket is does not depend on where it is read.
            selection.bound(now());
            let whole_since = feed.whole_since();
            if whole_since.is_some_and(|whole| selection.rows.window.since.is_some_and(|since| since >= whole)) {
                selection.places.clear();
            }
        }
        let read = args.source().prepare(selection, &self.config(), &self.runtime, true)?;
        Ok(query::Source { footers: source.footers.clone(), ..read })
    }

    /// Looks at what a source holds, again and again. For a thread of its own.
    pub(super) fn watch(&self, source: &Source, poll: Duration) -> Result<()> {
        let args = parse_words(&["latency".to_owned(), format!("--from={}", source.from)])?.context("no help")?;
        let mut selection = args.source().selection().resolve(&self.config(), true)?;
        selection.live.extend(source.feed.as_ref().map(|feed| feed.store.clone()));
        let is_bucket = selection.is_remote() && source.feed.is_none();
        let mut look = Look::new(selection, poll);
        loop {
            let mut hasher = DefaultHasher::new();
            let (found, problem) = look.look(&self.runtime);
            source.note(problem);
            (found, self.settings_mark()).hash(&mut hasher);
            let mark = hasher.finish();
            if source.position.borrow().mark != mark {
                // To list a bucket costs money: a question about it says how far it is complete.
                let find = || if is_bucket { None } else { self.complete_until(source) };
                // Whatever happens there, what is new is noticed.
                let complete_until = catch_unwind(AssertUnwindSafe(find)).ok().flatten();
                source.position.send_replace(Position { mark, complete_until });
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Up to when a source is complete. What keeps that from being known is said by questions.
    fn complete_until(&self, source: &Source) -> Option<i64> {
        let all = ["latency".to_owned(), format!("--from={}", source.from)];
        let ask = |words: &[String]| {
            let (found, _) = overheard(|| self.at_desk(source, |desk| report::complete_until(words, desk)));
            found.ok().flatten()
        };
        // Logs of a while ago are few, or nobody waits for more.
        ask(&[&all[..], &[LATELY.to_owned()]].concat()).or_else(|| ask(&all))
    }
}

/// From one look at a source to the next.
const LOOK: Duration = Duration::from_secs(1);

impl Answers for OverSources {
    fn sources(&self) -> Vec<Served> {
        self.sources.iter().map(Source::served).collect()
    }

    fn runtime(&self) -> Handle {
        self.runtime.handle().clone()
    }

    fn position(&self, source: &str) -> Option<watch::Receiver<Position>> {
        Some(self.source(source).ok()?.position.subscribe())
    }

    fn report(&self, source: &str, words: &[String], stop: &Stop) -> Result<Made> {
        let Some((name, flags)) = words.split_first() else { bail!("a report has a name") };
        let source = self.source(source)?;
        let words: Vec<String> = [&[name.clone(), format!("--from={}", source.from)], flags].concat();
        let complete_until = source.position.borrow().complete_until;
        let (made, said) = overheard(|| self.at_desk(source, |desk| report::serve(&words, desk, stop.asked())));
        let (made, read) = made?;
        let mut document = made.document;
        document.head.warnings.extend(said.iter().filter_map(warning));
        Ok(Made {
            document,
            sql: made.statements,
            command: self.command(&["report"], &words),
            read: Read::of(&read),
            complete_until,
            // What all logs are complete to, those are that were asked about.
            delivered_until: made.complete_until.max(complete_until).map(|until| until.min(made.span.end)),
            span: made.span,
        })
    }

    fn not_logged(&self, source: &str, words: &[String]) -> Result<NotLogged> {
        let source = self.source(source)?;
        let words: Vec<String> = [&[format!("--from={}", source.from)], words].concat();
        let args = parse_words(&words)?.context("no help")?;
        let mut selection = report::selected(&args, &self.config())?;
        let store = source.feed.as_ref().map(|feed| &feed.store);
        selection.live.extend(store.filter(|store| !selection.live.contains(store)).cloned());
        let (found, said) = overheard(|| objects::verified(&mut selection, &self.runtime));
        let (counted, unknown) = found?;
        let of = |state| {
            counted.load_balancers.iter().filter_map(move |one| {
                let verdict = one.verdict.as_ref().filter(|verdict| verdict.state == state)?;
                let owner = one.owner.as_ref()?;
                Some((format!("app/{}/{}", owner.name, owner.id), verdict.reason.clone()))
            })
        };
        let why = || said.first().map(Message::shown_text).or_else(|| of(State::Unknown).next().map(|(_, why)| why));
        Ok(NotLogged {
            silent: of(State::Silent).collect(),
            unknown: (unknown > 0).then(|| why().unwrap_or_default()),
            command: self.command(&["objects", "--verify"], &words),
        })
    }

    fn again(&self) -> Vec<String> {
        self.global.words().collect()
    }

    fn metrics(&self) -> Vec<(String, String)> {
        let counted = |source: &Source| Some((source.name.clone(), source.feed.as_ref()?.counts.metrics()));
        self.sources.iter().filter_map(counted).collect()
    }

    fn query(&self, source: &str, statement: &Statement, stop: &Stop) -> Result<Answered> {
        let source = self.source(source)?;
        let mut words = vec![format!("--from={}", source.from)];
        words.extend_from_slice(&statement.words);
        let args = parse_words(&words).map_err(|error| Refusal::of_parameters(Message::from(error)))?;
        let Some(args) = args else { bail!("--help is for a terminal") };
        let bound = Bound::of(&statement.sql, statement.values.clone(), Refusal::giving);
        let bound = bound.map_err(|error| Refusal::of_parameters(Message::from(error)))?;
        let (opened, said) = overheard(|| {
            let config = self.config();
            let known = args.target_groups().read(&config, &self.global)?;
            let selection = report::selected(&args, &config)?;
            let read = match self.prepare(source, &args, selection) {
                Ok(read) => read,
                // What is wrong with the statement comes first: it will not be another one tomorrow.
                Err(error) => {
                    self.runtime.block_on(check(&bound, Dialect::default(), &known, &config))?;
                    return Err(error);
                }
            };
            let engine = engine(&read, Dialect::default(), &known, &config)?;
            Ok::<_, anyhow::Error>((read, engine))
        });
        let (read, engine) = opened?;
        let rows = self.runtime.block_on(async {
            tokio::select! {
                rows = engine.query(&bound.sql, &bound.values) => Ok(rows?),
                error = stop.asked() => Err(error),
            }
        })?;
        let told = rows.notices.iter().map(Message::shown_text);
        let warnings = said.iter().filter_map(warning).chain(told).collect();
        Ok(Answered { rows, source: read, warnings })
    }
}

/// What a command would have warned of; its notices are about the command.
fn warning(said: &Message) -> Option<String> {
    Some(said.shown_text().strip_prefix("warning: ")?.to_owned())
}
