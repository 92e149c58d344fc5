//! Statements from a file or a pipe, one after another, without prompts.

use std::io::BufRead;

use anyhow::{Context, Result, bail};

use super::carry_out::{Next, carry_out};
use super::script::{Numbered, Script};
use super::session::Session;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::cli::common::message;
use crate::output::is_broken_pipe;

/// Carries out what comes, as it comes; how the worst of it ended.
///
/// # Errors
/// The first one, unless it is to go on; then that there were some.
pub(super) fn run(session: &mut Session, mut input: impl BufRead, keep_going: bool) -> Result<Outcome> {
    let mut run = Run { session, worst: Outcome::Done, number: 0, failed: 0, keep_going };
    let mut script = Script::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = input.read_until(b'\n', &mut line).context("cannot read statements from standard input")?;
        let is_end = length == 0;
        if !is_end {
            let text = std::str::from_utf8(&line).context("statements must be UTF-8")?;
            script.add(text.trim_start_matches('\u{feff}'));
        }
        while let Some(item) = script.next().or_else(|| if is_end { script.rest() } else { None }) {
            if run.item(&item)? {
                return run.ended();
            }
        }
        if is_end {
            return run.ended();
        }
    }
}

struct Run<'r, 'a> {
    session: &'r mut Session<'a>,
    worst: Outcome,
    number: usize,
    failed: usize,
    keep_going: bool,
}

impl Run<'_, '_> {
    /// Carries out one item; whether it was to leave.
    fn item(&mut self, (line, item): &Numbered) -> Result<bool> {
        self.number += 1;
        match carry_out(item, self.session) {
            Ok(Next::Leave) => return Ok(true),
            Ok(Next::Outcome(outcome)) => self.worst = worse(self.worst, outcome),
            // Nobody reads on, or nobody wants any more of it.
            Err(error) if is_broken_pipe(&error) || crate::cli::common::interruption::must_end() => return Err(error),
            Err(error) => {
                let told = Message::of(error.as_ref()).after(format_args!("statement {} (line {line}): ", self.number));
                if !self.keep_going {
                    return Err(told.into());
                }
                self.failed += 1;
                message(told.after("error: "));
            }
        }
        Ok(false)
    }

    fn ended(&self) -> Result<Outcome> {
        match self.failed {
            0 => Ok(self.worst),
            failed => bail!("{failed} of {} statements failed", self.number),
        }
    }
}

/// The worse of two: what holds is said whatever could not be read besides.
pub(super) fn worse(a: Outcome, b: Outcome) -> Outcome {
    let badness = |outcome: Outcome| match outcome {
        Outcome::Done => 0,
        Outcome::Incomplete => 1,
        Outcome::ConditionHolds => 2,
    };
    if badness(b) > badness(a) { b } else { a }
}
