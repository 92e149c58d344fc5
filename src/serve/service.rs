//! What pages and the API ask: reports and statements, within their bounds.

use std::fmt;
use std::sync::Arc;

use super::answers::{Answers, Made, Served};
use super::queries::{About, Kind, Queries};
use super::refusal::Refusal;
use super::settings::Settings;
use super::viewer::Viewer;
use super::words::typed;
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shown::Shown;

/// A server's answers, bounded.
pub struct Service {
    answers: Arc<dyn Answers>,
    pub(super) queries: Arc<Queries>,
    settings: Settings,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Service {
    pub fn new(answers: Arc<dyn Answers>, settings: Settings) -> Self {
        Self { answers, queries: Queries::new(settings.limits.clone()), settings }
    }

    /// What it was started with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Lets nothing more begin; what is under way may go on for a while.
    pub async fn close(&self) {
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
    pub async fn report(&self, viewer: &Viewer, source: &Served, words: &[String]) -> Result<Arc<Made>, Refusal> {
        let about = About {
            kind: Kind::Report,
            source: source.name.clone(),
            text: typed(words).join(" "),
            by: viewer.name.clone(),
        };
        let running = self.queries.begin(about).await?;
        let (answers, name, words) = (Arc::clone(&self.answers), source.name.clone(), words.to_vec());
        let made = running.answer(move |stop| answers.report(&name, &words, stop), |made| made.read).await?;
        Ok(Arc::new(made))
    }
}
