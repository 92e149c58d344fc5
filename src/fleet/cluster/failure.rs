//! Why a kind cannot be read, as far as it matters what is done next.

use kube::Error;
use kube::core::Status;

use crate::base::causes::root;

/// That nothing came.
const SILENCE: &str = "the API server does not answer";

/// Why reading a kind ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The API server does not have it.
    NotServed,
    /// It may not be read: what the API server said.
    Denied(String),
    /// What was known is too old to go on from: it is read anew at once.
    Expired,
    /// Anything else, in words.
    Other(String),
}

impl Failure {
    /// Nothing came for so long.
    pub(super) fn silence() -> Self {
        Self::Other(SILENCE.to_owned())
    }

    pub(super) fn of_status(status: &Status) -> Self {
        match status.code {
            403 => Self::Denied(status.message.clone()),
            404 => Self::NotServed,
            410 => Self::Expired,
            code => Self::Other(format!("the API server says {code}: {}", said(status))),
        }
    }
}

fn said(status: &Status) -> &str {
    if status.message.is_empty() { &status.reason } else { &status.message }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match &error {
            Error::Api(status) => Self::of_status(status),
            error => Self::Other(words(error)),
        }
    }
}

/// What happened; how it went through the library does not matter, what a plugin was to do does.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::Auth(error) => error.to_string(),
        error => of_silence(root(error)),
    }
}

/// Whoever waits says it in words of its own, and it is the same.
fn of_silence(words: String) -> String {
    if words == "deadline has elapsed" { SILENCE.to_owned() } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_called_the_same_whoever_waited() {
        assert_eq!(Failure::Other(of_silence("deadline has elapsed".to_owned())), Failure::silence());
        assert_eq!(of_silence("connection refused".to_owned()), "connection refused");
    }
}
