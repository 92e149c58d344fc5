//! What is said when the program comes to a point that it should never come to.
//!
//! A panic is kept off the screen: its words, and the paths of the machine that built the program, help nobody who asked
//! about their logs. Whoever catches it says [`message`]; `-vv` says where it was.

use std::panic;

use super::message::Message;

/// What a panic becomes, to follow `error: `.
pub fn message() -> Message {
    Message::new("this is a bug of albstats: it came to a point that it should never come to")
        .hint("with -vv it says where that is; please report it with the command")
}

/// Makes panics say nothing, except where they were with `-vv`.
pub fn silence_panics() {
    panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            // The last parts of the path: those before are of the machine that built the program.
            let parts: Vec<&str> = place.file().rsplit(['/', '\\']).take(3).collect();
            let file = parts.into_iter().rev().collect::<Vec<_>>().join("/");
            tracing::debug!("panicked at {file}:{}", place.line());
        }
    }));
}
