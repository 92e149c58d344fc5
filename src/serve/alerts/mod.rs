//! Alerts: conditions that are looked at again and again, judged only up to where logs are complete, and told to whoever should know.
//!
//! `rule` is what was configured; `look` asks, `verdict` compares; `judge` decides, purely, what became of it; `book` keeps that
//! over restarts, and `document` shows it; `telling` puts it into words for receivers, and `send` sends it. This file is the loop.

mod book;
mod document;
mod judge;
mod look;
mod rule;
mod send;
mod telling;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use futures::future::join_all;
use tokio::sync::watch;

use crate::base::clock::now;
use crate::base::config::{self, Receiver};
use crate::base::message::Message;
use crate::output::document::Document;

pub use book::{Book, Happened};
pub use judge::Change;
pub use look::{Looks, Rows};
pub use rule::{Rule, common};

use book::Shelf;
use judge::judge;
use look::{Seen, look};
use send::Post;

/// The clock is looked at so often.
const TICK: Duration = Duration::from_secs(1);

/// What is looked at, and what is known of it.
pub struct Alerts {
    rules: Vec<Rule>,
    receivers: BTreeMap<String, Receiver>,
    shelf: Shelf,
    book: Mutex<Book>,
    /// Address of the pages, for links in what is told.
    base: Option<String>,
    post: Post,
}

/// What is said to whoever watches the server. Nothing of what clients sent is in it.
pub type Tells<'a> = dyn Fn(Message) + Send + Sync + 'a;

impl Alerts {
    /// Reads what was configured, and what is known from before.
    ///
    /// # Errors
    /// When a rule cannot be looked at, or the file of what is known cannot be read.
    pub fn open(
        configured: &config::Alerts,
        sources: &[String],
        state: Option<PathBuf>,
        base: Option<String>,
    ) -> Result<Self> {
        let rules = rule::rules(configured, sources)?;
        let receivers: BTreeMap<String, Receiver> = rule::receivers(configured).into_iter().collect();
        // Where nothing is looked at, nothing is kept.
        let shelf = Shelf::new(state.filter(|_| !rules.is_empty()));
        let mut book = shelf.open()?;
        let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        book.keep(&names, &receivers.keys().map(String::as_str).collect::<Vec<_>>());
        shelf.keep(&book)?;
        Ok(Self { rules, receivers, shelf, book: Mutex::new(book), base, post: Post::new()? })
    }

    /// What is looked at.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What stands and what happened, as people see it.
    pub(in crate::serve) fn document(&self) -> Document {
        document::document(&self.rules, &self.book())
    }

    /// What is known at the moment.
    pub fn known(&self) -> Book {
        self.book().clone()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at rules one after the other, and tells every receiver beside that, until `stop` says so: one that is slow keeps
    /// neither the others nor judging.
    pub async fn watch(&self, looks: Arc<dyn Looks>, stop: watch::Receiver<bool>, tell: &Tells<'_>) {
        let receivers = self.receivers.iter().map(|(name, receiver)| self.tell(name, receiver, stop.clone(), tell));
        tokio::join!(self.judge_all(looks.as_ref(), stop.clone(), tell), join_all(receivers));
    }

    async fn judge_all(&self, looks: &dyn Looks, mut stop: watch::Receiver<bool>, tell: &Tells<'_>) {
        let mut due: BTreeMap<&str, i64> = BTreeMap::new();
        while !*stop.borrow() {
            for rule in &self.rules {
                if *stop.borrow() {
                    return;
                }
                let now = now();
                if due.get(rule.name.as_str()).is_some_and(|due| now < *due) {
                    continue;
                }
                self.look_at(rule, looks, tell).await;
                // At the beginning, little is known yet.
                let is_known = self.book().standings.get(&rule.name).is_some_and(|it| it.judged_until.is_some());
                due.insert(&rule.name, now.saturating_add(if is_known { rule.every } else { rule::LEAST_EVERY }));
            }
            pause(&mut stop).await;
        }
    }

    /// Tells one receiver what it is to know.
    async fn tell(&self, name: &str, receiver: &Receiver, mut stop: watch::Receiver<bool>, tell: &Tells<'_>) {
        let (mut silence, mut next_telling, mut told) = (Silence::default(), 0, None);
        while !*stop.borrow() {
            match receiver {
                Receiver::Webhook(url) => self.send_letters(name, url, &mut silence, tell).await,
                Receiver::Alertmanager(url) => {
                    let latest = self.book().history.back().cloned();
                    if now() >= next_telling || latest != told {
                        (next_telling, told) = (now() + telling::AGAIN, latest);
                        self.tell_alertmanager(name, url, &mut silence, tell).await;
                    }
                }
            }
            pause(&mut stop).await;
        }
    }

    /// Looks at one rule and notes what came of it.
    async fn look_at(&self, rule: &Rule, looks: &dyn Looks, tell: &Tells<'_>) {
        let Seen { verdict, command } = look(rule, looks, now()).await;
        let now = now();
        let mut book = self.book();
        let standing = book.standings.entry(rule.name.clone()).or_default();
        let (next, changes) = judge(standing, &verdict, rule.patience, now);
        let is_new = *standing != next;
        *standing = next;
        let (source, severity) = (rule.source.clone().unwrap_or_default(), rule.severity.clone());
        for change in changes {
            tell(said(&rule.name, &change));
            let (rule_name, source, severity, command) =
                (rule.name.clone(), source.clone(), severity.clone(), command.clone());
            let receivers: Vec<String> = self.letters_of(rule);
            book.note(&Happened { at: now, rule: rule_name, source, severity, change, command }, &receivers);
        }
        if is_new {
            self.keep(&book, tell);
        }
    }

    /// Receivers of a rule that are told each thing once.
    fn letters_of(&self, rule: &Rule) -> Vec<String> {
        let takes_letters = |name: &&String| matches!(self.receivers.get(*name), Some(Receiver::Webhook(_)));
        rule.notify.iter().filter(takes_letters).cloned().collect()
    }

    fn keep(&self, book: &Book, tell: &Tells<'_>) {
        if let Err(error) = self.shelf.keep(book) {
            tell(Message::from(error).after("warning: alerts are not kept over a restart: "));
        }
    }

    /// Sends what is due; what is not taken is tried again.
    async fn send_letters(&self, name: &str, url: &str, silence: &mut Silence, tell: &Tells<'_>) {
        let is_due = |letter: &&book::Letter| letter.receiver == name && letter.next <= now();
        let due: Vec<book::Letter> = self.book().letters.iter().filter(is_due).cloned().collect();
        for letter in due {
            let sent = self.post.send(url, &telling::to_webhook(&letter, self.base.as_deref())).await;
            silence.note(name, sent.as_ref().err(), tell);
            let mut book = self.book();
            let is_given_up = letter.attempts + 1 >= telling::ATTEMPTS;
            if is_given_up && sent.is_err() {
                let rule = &letter.happened.rule;
                tell(format_args!("warning: receiver {name} was not told of {rule}: given up").into());
            }
            if sent.is_ok() || is_given_up {
                book.letters.retain(|other| other.id != letter.id);
            } else if let Some(letter) = book.letters.iter_mut().find(|other| other.id == letter.id) {
                letter.attempts += 1;
                letter.next = now() + telling::wait(letter.attempts);
            }
            self.keep(&book, tell);
        }
    }

    /// Tells an Alertmanager what stands.
    async fn tell_alertmanager(&self, name: &str, url: &str, silence: &mut Silence, tell: &Tells<'_>) {
        let rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.notify.contains(name)).collect();
        let alerts = telling::to_alertmanager(&rules, &self.book(), self.base.as_deref(), now());
        if alerts.as_array().is_some_and(Vec::is_empty) {
            return;
        }
        let sent = self.post.send(&format!("{url}/api/v2/alerts"), &alerts).await;
        silence.note(name, sent.as_ref().err(), tell);
    }
}

/// Until the clock is looked at again, or it is the end.
async fn pause(stop: &mut watch::Receiver<bool>) {
    tokio::select! {
        _ = stop.changed() => {}
        () = tokio::time::sleep(TICK) => {}
    }
}

impl std::fmt::Debug for Alerts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Alerts").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

/// Whether a receiver did not take what it was last told: said once when it begins, and once when it is over.
#[derive(Debug, Default)]
struct Silence(bool);

impl Silence {
    fn note(&mut self, receiver: &str, error: Option<&Message>, tell: &Tells<'_>) {
        match error {
            Some(error) if !self.0 => {
                tell(error.clone().after(format_args!("warning: receiver {receiver} cannot be told: ")));
            }
            None if self.0 => tell(format_args!("receiver {receiver} can be told again").into()),
            Some(_) | None => {}
        }
        self.0 = error.is_some();
    }
}

/// What is said of a change where the server is watched: which rule, and no names that clients chose.
fn said(rule: &str, change: &Change) -> Message {
    match change {
        Change::Firing { .. } => format_args!("alert {rule} is firing").into(),
        Change::Resolved { .. } => format_args!("alert {rule} is resolved").into(),
        Change::CannotTell { why, .. } => Message::new(format_args!("alert {rule} cannot be judged: {why}")),
        Change::CanTell { .. } => format_args!("alert {rule} can be judged again").into(),
    }
}
