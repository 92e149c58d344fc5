//! What lets somebody in for longer than it takes to ask: it may be taken away while they are still told things.

use std::sync::Arc;
use std::time::Duration;

use super::tokens::{self, Hash};
use super::{Access, Viewer};

/// What was shown is looked at so often.
const LOOK: Duration = Duration::from_secs(1);

/// What was shown, and where it counts.
#[derive(Debug, Clone)]
pub struct Pass {
    access: Arc<Access>,
    shown: Shown,
}

#[derive(Debug, Clone)]
enum Shown {
    /// Nobody has to show anything.
    Nothing,
    Token(Hash),
    Session(String),
}

impl Pass {
    /// Of somebody who need not show anything.
    pub fn of_anybody(access: &Arc<Access>) -> Self {
        Self { access: Arc::clone(access), shown: Shown::Nothing }
    }

    /// Of a token.
    pub fn by_token(access: &Arc<Access>, token: &str) -> Self {
        Self { access: Arc::clone(access), shown: Shown::Token(tokens::hash(token)) }
    }

    /// Of a session.
    pub fn by_session(access: &Arc<Access>, session: &str) -> Self {
        Self { access: Arc::clone(access), shown: Shown::Session(session.to_owned()) }
    }

    /// Whether it lets in somebody who may see and do what this viewer, whom it let in, may.
    pub fn allows(&self, viewer: &Viewer) -> bool {
        let now = match &self.shown {
            Shown::Nothing => return true,
            Shown::Token(hash) => self.access.viewer(hash),
            Shown::Session(session) => self.access.by_session(session).ok(),
        };
        now.is_some_and(|now| now.covers(viewer))
    }

    /// Waits until it does not count any more, whatever it allows.
    pub async fn ends(&self) {
        self.lapses(&Viewer::default()).await;
    }

    /// Waits until it does not allow any more what this viewer may.
    pub async fn lapses(&self, viewer: &Viewer) {
        while self.allows(viewer) {
            tokio::time::sleep(LOOK).await;
        }
    }
}
