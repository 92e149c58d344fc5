//! The loop at a terminal: read, carry out, say what went wrong, read on.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use super::carry_out::{Next, carry_out};
use super::command::of_bare_word;
use super::editor::{Editor, Typed};
use super::script::{Item, Script};
use super::session::Session;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::cli::common::interruption::{go_on, must_end, survive};
use crate::cli::common::message;
use crate::output::{Destination, Format, is_broken_pipe, terminal_has_colours};

/// Runs until somebody leaves.
///
/// # Errors
/// When there is no terminal any more.
pub(super) fn run(session: &mut Session, state: Option<&Path>) -> Result<Outcome> {
    let is_shown = Destination::open(None, Format::Table)?.is_terminal();
    let mut editor = Editor::new(Arc::clone(&session.vocabulary), state, terminal_has_colours(), is_shown)?;
    survive();
    if !session.global.quiet {
        message(format_args!("albstats {}: \\? for help, Ctrl-D to leave", env!("CARGO_PKG_VERSION")));
    }
    say(session.begin());
    while !must_end() {
        go_on();
        let text = match editor.read()? {
            Typed::Text(text) => of_bare_word(&text).map_or(text, ToOwned::to_owned),
            Typed::Nothing => continue,
            Typed::End => break,
        };
        let mut script = Script::default();
        script.add(&text);
        while let Some((_, item)) = script.next() {
            match carry_out(&item, session) {
                Ok(Next::Leave) => return Ok(Outcome::Done),
                Ok(Next::Outcome(_)) => {}
                // Who leaves the pager has seen enough.
                Err(error) if is_broken_pipe(&error) && matches!(item, Item::Statement(_)) => {}
                Err(error) => {
                    // The statements behind one that failed, on the same line, were meant to follow it.
                    say(Err(error));
                    break;
                }
            }
        }
    }
    Ok(Outcome::Done)
}

fn say(result: Result<()>) {
    if let Err(error) = result
        && !is_broken_pipe(&error)
    {
        message(Message::of(error.as_ref()).after("error: "));
    }
}
