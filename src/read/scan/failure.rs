//! Why an object could not be read, or not to its end.

use std::io::{self, Read};
use std::{error, fmt};

use crate::base::message::Message;

/// Why an object could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Its content is cut short or damaged: reading it again gives the same.
    Damaged(Message),
    /// It holds something else than lines of a log, or lines in a shape that is not read.
    Refused(Message),
    /// It could not be got: that may pass.
    Unread(Message),
}

impl Failure {
    /// What happened, and what can be done.
    pub fn message(&self) -> &Message {
        match self {
            Self::Damaged(message) | Self::Refused(message) | Self::Unread(message) => message,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

/// Content that is not read, as an error that passes through readers.
#[derive(Debug)]
struct Refusal(String);

/// An error of where content comes from, and not of what was made of it.
#[derive(Debug)]
pub(super) struct Unread(io::Error);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl error::Error for Refusal {}
impl error::Error for Unread {}

/// The error of content that is not read.
pub(super) fn refuse(message: String) -> io::Error {
    io::Error::other(Refusal(message))
}

/// Marks the errors of where content comes from: decoders have errors of all kinds, too.
pub(super) struct Source<R>(pub(super) R);

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(unread)
    }
}

/// Marks an error as one of where content comes from.
pub(super) fn unread(error: io::Error) -> io::Error {
    match error.kind() {
        // Readers take it for no error.
        io::ErrorKind::Interrupted => error,
        kind => io::Error::new(kind, Unread(error)),
    }
}

/// What an error of reading says about the object.
pub(super) fn describe(error: &io::Error) -> Failure {
    match error.get_ref() {
        Some(inner) if inner.is::<Unread>() => Failure::Unread(told(error)),
        Some(inner) if inner.is::<Refusal>() => Failure::Refused(told(error)),
        _ if error.kind() == io::ErrorKind::UnexpectedEof => Failure::Damaged(told(error).after("cut short: ")),
        _ => Failure::Damaged(told(error).after("damaged: ").then("; rows near the damage may be wrong")),
    }
}

/// What an error of reading says, with the hints of what came from a bucket.
fn told(error: &io::Error) -> Message {
    match error.get_ref() {
        Some(inner) => match (inner.downcast_ref::<Message>(), inner.downcast_ref::<Unread>()) {
            (Some(message), _) => message.clone(),
            (_, Some(Unread(error))) => told(error),
            _ => Message::new(error),
        },
        None => Message::new(error),
    }
}
