//! Whether an answer is still wanted.

use tokio::sync::watch;

use crate::base::message::Message;

/// Why an answer is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Whoever asked has gone.
    Left,
    /// Somebody ended it.
    Ended,
    /// It took longer than an answer may take.
    TooLong,
    /// What whoever asked had shown does not allow it any more.
    Lapsed,
    /// The server ends.
    Closing,
}

impl Why {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Left => "whoever asked has gone",
            Self::Ended => "it was ended",
            Self::TooLong => "it took longer than an answer may take",
            Self::Lapsed => "the token or session it was asked with does not allow it any more",
            Self::Closing => "the server ends",
        }
    }
}

/// Tells whoever answers that nobody wants it any more.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Why>>);

impl Stop {
    /// Waits until the answer is not wanted any more. The error to end with.
    pub async fn asked(&self) -> anyhow::Error {
        let why = self.why().await;
        Message::new(why.words()).into()
    }

    pub(super) async fn why(&self) -> Why {
        let mut receiver = self.0.clone();
        // Where nobody can ask for it any more, nobody waits for an answer.
        receiver.wait_for(Option::is_some).await.ok().and_then(|why| *why).unwrap_or(Why::Left)
    }
}

/// The other end of [`Stop`].
#[derive(Debug)]
pub(super) struct Stopper(watch::Sender<Option<Why>>);

impl Stopper {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Asks for the end; the first reason counts.
    pub(super) fn stop(&self, why: Why) {
        self.0.send_if_modified(|known| {
            let is_first = known.is_none();
            known.get_or_insert(why);
            is_first
        });
    }

    pub(super) fn why(&self) -> Option<Why> {
        *self.0.borrow()
    }

    pub(super) fn listen(&self) -> Stop {
        Stop(self.0.subscribe())
    }
}
