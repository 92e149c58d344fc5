//! What lets somebody in for longer than it takes to ask: it may be taken away while they are still told things.

use std::sync::Arc;
use std::time::Duration;

use super::Access;
use super::tokens::{self, Hash};

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

    fn counts(&self) -> bool {
        match &self.shown {
            Shown::Nothing => true,
            Shown::Token(hash) => self.access.knows_token(hash),
            Shown::Session(session) => self.access.by_session(session).is_ok(),
        }
    }

    /// Waits until it does not count any more.
    pub async fn ends(&self) {
        while self.counts() {
            tokio::time::sleep(LOOK).await;
        }
    }
}
