//! Carrying out one item: a statement, or what a command asks for.

use anyhow::Result;

use super::command::{Command, help, parse};
use super::script::{Item, Script};
use super::session::{Session, time};
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::cli::common::message;

/// How the loop goes on.
pub(super) enum Next {
    Outcome(Outcome),
    Leave,
}

/// Carries out a statement or a command.
pub(super) fn carry_out(item: &Item, session: &mut Session) -> Result<Next> {
    let outcome = match item {
        Item::Statement(sql) => session.ask(sql)?,
        Item::Command(line) => return command(parse(line)?, session),
    };
    Ok(Next::Outcome(outcome))
}

fn command(command: Command, session: &mut Session) -> Result<Next> {
    let quiet = session.global.quiet;
    let say = |text: std::fmt::Arguments| {
        if !quiet {
            message(format_args!("notice: {text}"));
        }
    };
    let on = |on: bool| if on { "on" } else { "off" };
    match command {
        Command::Quit => return Ok(Next::Leave),
        Command::Help => session.answers.show(&help())?,
        Command::Tables => {
            let text = session.tables()?;
            session.answers.show(&text)?;
        }
        Command::Columns(table) => {
            let text = session.columns(&table)?;
            session.answers.show(&text)?;
        }
        Command::Timing(wanted) => {
            session.timing = wanted.unwrap_or(!session.timing);
            say(format_args!("timing is {}", on(session.timing)));
        }
        Command::Expanded(wanted) => {
            session.answers.expanded = wanted.unwrap_or(!session.answers.expanded);
            say(format_args!("a value a line is {}", on(session.answers.expanded)));
        }
        Command::Format(format) => {
            session.answers.format = format;
            say(format_args!("answers are {format}"));
        }
        Command::Output(path) => {
            session.answers.redirect(path)?;
            match session.answers.path() {
                Some(path) => {
                    say(format_args!("answers go to {}; \\o alone: to the screen again", Shown(path.display())));
                }
                None => say(format_args!("answers go to the screen")),
            }
        }
        Command::Report(words) => return session.report(&words).map(Next::Outcome),
        Command::Since(text) => {
            let since = time(text.as_deref())?;
            session.choose(|args| args.selection_mut().set_since(since))?;
        }
        Command::Until(text) => {
            let until = time(text.as_deref())?;
            session.choose(|args| args.selection_mut().set_until(until))?;
        }
        Command::LoadBalancers(names) => session.choose(|args| args.selection_mut().set_elbs(names))?,
        Command::Save(name) => session.save(&name)?,
        Command::Run(name) => return run_kept(&name, session),
        Command::Queries => session.answers.show(&queries(session))?,
        Command::Refresh => session.refresh()?,
    }
    Ok(Next::Outcome(Outcome::Done))
}

/// Runs what was kept: statements only, for a file may come from anybody.
fn run_kept(name: &str, session: &mut Session) -> Result<Next> {
    let mut script = Script::default();
    script.add(&session.queries.find(name)?);
    let mut worst = Outcome::Done;
    while let Some((_, item)) = script.next().or_else(|| script.rest()) {
        match item {
            Item::Statement(sql) => worst = super::batch::worse(worst, session.ask(&sql)?),
            Item::Command(line) => anyhow::bail!("a query that is kept holds statements only, not {}", Shown(line)),
        }
    }
    Ok(Next::Outcome(worst))
}

/// Names and the first line of each.
fn queries(session: &Session) -> String {
    let all = session.queries.all();
    if all.is_empty() {
        return "no statements are kept\nnext: \\save NAME keeps the last one\n".to_owned();
    }
    let widest = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, text): &(String, String)| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{name:widest$}  {}\n", crate::output::cut(&Shown(text).to_string(), 70))
    };
    all.iter().map(line).collect()
}
