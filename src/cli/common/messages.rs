//! Text for people: lines on standard error, an error with its causes, and answers that are text.

use std::cell::RefCell;
use std::io::Write;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use alblog::time::Iso;

use crate::base::clock::now;
use crate::base::message::Message;
use crate::base::shown::harmless;
use crate::output::{Destination, Format};

/// Prints text that is an answer.
pub(in crate::cli) fn print(text: &str) -> anyhow::Result<()> {
    let mut destination = Destination::open(None, Format::Table)?;
    destination.write_all(text.as_bytes())?;
    destination.commit()
}

/// Whether messages are objects, a line each.
static IN_JSON: AtomicBool = AtomicBool::new(false);

/// From now on, messages are for programs.
pub(in crate::cli) fn say_in_json() {
    IN_JSON.store(true, Relaxed);
}

/// A message as an object, with the time and how bad it is.
fn in_json(message: &Message) -> String {
    let text = message.shown_text();
    let mut levels = ["error", "warning", "notice"].into_iter();
    let found = levels.find_map(|level| Some((level, text.strip_prefix(level)?.strip_prefix(": ")?)));
    let (level, text) = found.unwrap_or(("info", &text));
    let time = Iso(now()).to_string();
    serde_json::json!({ "time": time, "level": level, "message": text, "hint": message.shown_hint() }).to_string()
}

thread_local! {
    /// What this thread has said, while it is kept for somebody who is not at the terminal.
    static OVERHEARD: RefCell<Option<Vec<Message>>> = const { RefCell::new(None) };
}

/// Prints what did not go well, and does not end what is being done.
pub(in crate::cli) fn warn<'m>(problems: impl IntoIterator<Item = &'m Message>) {
    for problem in problems {
        message(problem.clone().after("warning: "));
    }
}

/// Prints a message on standard error; nobody may be there to read it.
///
/// Only the parts of a [`Message`] begin lines, and everything in them is made harmless; what is text alone is one line.
pub(in crate::cli) fn message(message: impl Into<Message>) {
    let message = message.into();
    let unheard = OVERHEARD.with_borrow_mut(|overheard| match overheard {
        Some(kept) => {
            kept.push(message);
            None
        }
        None => Some(message),
    });
    if let Some(message) = unheard {
        let text = if IN_JSON.load(Relaxed) { in_json(&message) } else { message.to_string() };
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

/// Does something whose messages are for somebody else than who reads standard error: all that this thread says meanwhile.
pub(in crate::cli) fn overheard<T>(work: impl FnOnce() -> T) -> (T, Vec<Message>) {
    OVERHEARD.set(Some(Vec::new()));
    let done = work();
    (done, OVERHEARD.take().unwrap_or_default())
}

/// Says what can be typed next: commands, each in a line of its own, below an empty line.
pub(in crate::cli) fn next(commands: &[String]) {
    let mut stderr = std::io::stderr();
    for (number, command) in commands.iter().enumerate() {
        let before = if number == 0 { "\nnext: " } else { "      " };
        let _ = writeln!(stderr, "{before}{}", harmless(command));
    }
}
