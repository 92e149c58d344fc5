//! What pages and the API ask: reports and statements, within their bounds.

use std::fmt;
use std::sync::{Arc, OnceLock};

use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::access::{Pass, Viewer};
use super::alerts::Alerts;
use super::answers::{Answers, Made, NotLogged, Position, Read, Served, Statement};
use super::cache::{Cache, Freshness, Kept, Key};
use super::queries::{About, Kind, Queries, Rows, Wanted};
use super::refusal::Refusal;
use super::settings::Settings;
use super::words::typed;
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::probes::Readiness;
use crate::base::shown::Shown;
use crate::output::document::Document;

/// Listeners for what is new at the same time: their connections stay.
const LISTENERS: usize = 200;

/// A server's answers, bounded.
pub struct Service {
    answers: Arc<dyn Answers>,
    pub(super) queries: Arc<Queries>,
    settings: Settings,
    cache: Cache,
    closing: watch::Sender<bool>,
    listeners: Arc<Semaphore>,
    alerts: OnceLock<Arc<Alerts>>,
    fleet: OnceLock<Arc<dyn Beside>>,
}

/// Something that runs in the same process.
pub trait Beside: Send + Sync {
    /// What it has seen last, if it has seen anything yet.
    fn document(&self) -> Option<Document>;

    /// What it counts, as Prometheus reads it.
    fn metrics(&self) -> String;
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Service {
    pub fn new(answers: Arc<dyn Answers>, settings: Settings) -> Self {
        let (queries, cache) = (Queries::new(settings.limits.clone()), Cache::new(settings.limits.cache));
        Self {
            answers,
            queries,
            settings,
            cache,
            closing: watch::Sender::new(false),
            listeners: Arc::new(Semaphore::new(LISTENERS)),
            alerts: OnceLock::new(),
            fleet: OnceLock::new(),
        }
    }

    /// Takes over alerts, once: they are shown, and counted.
    pub fn shows(&self, alerts: Arc<Alerts>) {
        let _ = self.alerts.set(alerts);
    }

    /// The alerts, if there are any.
    pub fn alerts(&self) -> Option<&Arc<Alerts>> {
        self.alerts.get()
    }

    /// Takes over the reconciler, once: what it sees is shown, what it counts is counted.
    pub fn shows_fleet(&self, fleet: Arc<dyn Beside>) {
        let _ = self.fleet.set(fleet);
    }

    /// The reconciler, if it runs here.
    pub fn fleet(&self) -> Option<&Arc<dyn Beside>> {
        self.fleet.get()
    }

    /// What the sources that are taken in count, as Prometheus reads it: a source's name, and a text.
    pub fn counted(&self) -> Vec<(String, String)> {
        self.answers.metrics()
    }

    /// Words that a command needs to read by the same configuration.
    pub fn again(&self) -> Vec<String> {
        self.answers.again()
    }

    /// What it was started with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Lets nothing more begin; what is under way may go on for a while.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        self.queries.close(self.settings.grace).await;
    }

    /// The sources that are served, the one first that is meant when nothing is said.
    pub fn sources(&self) -> Vec<Served> {
        self.answers.sources()
    }

    /// The source of this name, or the one that is meant when nothing is said.
    ///
    /// # Errors
    /// When there is none.
    pub fn source(&self, name: Option<&str>) -> Result<Served, Refusal> {
        let sources = self.sources();
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let first = sources.into_iter().next();
            return first.ok_or_else(|| Refusal::not_found("no source is served"));
        };
        let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        let hint = match nearest(name, &names) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("served here: {}", names.join(", ")),
        };
        let found = sources.iter().find(|source| source.name == name).cloned();
        found.ok_or_else(|| {
            let message = format_args!("no source named {}", Shown(name));
            Refusal::not_found(Message::new(message).hint(hint))
        })
    }

    /// A report, from words as they are typed behind `albstats report`: its name first, and no place to read.
    ///
    /// # Errors
    /// When the words do not say what can be made, it cannot be made, or there is no room for it.
    pub(super) async fn report(
        &self,
        viewer: &Viewer,
        source: &Served,
        words: &[String],
        freshness: Freshness,
    ) -> Result<Arc<Kept>, Refusal> {
        viewer.may_ask(words)?;
        let key = Key { source: source.name.clone(), words: words.to_vec() };
        self.cache.get(key, self.mark(&source.name), freshness, || self.make(viewer, source, words)).await
    }

    /// What a source holds now: another number when that is something else.
    pub(super) fn mark(&self, source: &str) -> u64 {
        self.answers.position(source).map_or(0, |position| position.borrow().mark)
    }

    async fn make(&self, viewer: &Viewer, source: &Served, words: &[String]) -> Result<Made, Refusal> {
        let about = About {
            kind: Kind::Report,
            source: source.name.clone(),
            text: typed(words).join(" "),
            by: viewer.name.clone(),
        };
        let running = self.queries.begin(about).await?;
        let (answers, name, words) = (Arc::clone(&self.answers), source.name.clone(), words.to_vec());
        let made = running.answer(move |stop| answers.report(&name, &words, stop), |made| made.read).await;
        made.map_err(Refusal::of_report)
    }

    /// Which load balancers of a source have requests and write no logs.
    ///
    /// # Errors
    /// When its logs cannot be listed, or there is no room for the question.
    pub async fn not_logged(&self, viewer: &Viewer, source: &Served, words: &[String]) -> Result<NotLogged, Refusal> {
        let text = ["objects".to_owned(), "--verify".to_owned()].into_iter().chain(typed(words));
        let about = About {
            kind: Kind::Report,
            source: source.name.clone(),
            text: text.collect::<Vec<_>>().join(" "),
            by: viewer.name.clone(),
        };
        let running = self.queries.begin(about).await?;
        let (answers, name, words) = (Arc::clone(&self.answers), source.name.clone(), words.to_vec());
        running.answer(move |_| answers.not_logged(&name, &words), |_| Read::default()).await
    }

    /// Begins a statement. Whoever drops its rows ends it, and so does a pass that does not allow it any more.
    ///
    /// # Errors
    /// When it cannot be understood or answered, there is no room for it, or this viewer may not ask: statements can ask for
    /// whatever clients sent.
    pub async fn query(
        &self,
        viewer: &Viewer,
        pass: Option<&Pass>,
        source: &Served,
        statement: Statement,
        wanted: Wanted,
    ) -> Result<Rows, Refusal> {
        if !viewer.may_see_private {
            let message = Message::new("statements can show what clients sent").hint("a token with scope private");
            return Err(Refusal::new(StatusCode::FORBIDDEN, "not_allowed", message));
        }
        let about = About {
            kind: Kind::Statement,
            source: source.name.clone(),
            text: statement.sql.clone(),
            by: viewer.name.clone(),
        };
        let lapses = {
            let (pass, viewer) = (pass.cloned(), viewer.clone());
            async move {
                match pass {
                    Some(pass) => pass.lapses(&viewer).await,
                    None => std::future::pending().await,
                }
            }
        };
        let running = self.queries.begin_until(about, lapses).await?;
        let (answers, name) = (Arc::clone(&self.answers), source.name.clone());
        running.stream(wanted, self.answers.runtime(), move |stop| answers.query(&name, &statement, stop)).await
    }

    /// What a source holds now, and what it will.
    pub fn position(&self, source: &str) -> Option<watch::Receiver<Position>> {
        self.answers.position(source)
    }

    /// Up to when a source's logs are complete, as far as is known; microseconds since the epoch.
    pub fn complete_until(&self, source: &str) -> Option<i64> {
        self.position(source)?.borrow().complete_until
    }

    /// A place for somebody who listens for what is new, if there is one.
    pub fn listener(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.listeners).try_acquire_owned().ok()
    }

    /// Becomes true when the server is to end.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Whether anything can be answered, and what is missing.
    pub fn ready(&self) -> Readiness {
        if *self.closing.borrow() {
            return Readiness { is_ready: false, missing: vec!["the server ends".to_owned()] };
        }
        let sources = self.sources();
        let missing = sources.iter().filter_map(Served::missing).collect();
        Readiness { is_ready: sources.iter().any(|source| source.can_answer), missing }
    }
}
