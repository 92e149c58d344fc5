//! Looks, decides and writes, again and again, until somebody asks to stop.
//!
//! A cycle that fails is told and tried again at the next, also when the history cannot be read or kept for now: then nothing
//! more is sent in it. Only a history that cannot be read at the beginning ends the program.
//!
//! What changes in a cluster that is watched is not waited for until the interval is over: it is looked at once the cluster has
//! been quiet for a moment, and not before as much time has passed as the last look took, for AWS' sake.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::accounts::{self, Problem};
use super::apply::{Done, Stop, apply};
use super::declared::Declared;
use super::health::Health;
use super::history_file::{self, HistoryFile};
use super::look::Look;
use super::observe::observe;
use super::plan::plan;
use super::state::{Decision, LogId};
use crate::base::clock::now;
use crate::base::config::LogPolicy;
use crate::base::probes;
use crate::fleet::kubernetes::Intent;

/// The pause between two cycles is so much longer or shorter than asked for, so that several do not ask at the same time.
const JITTER: f64 = 0.1;
/// A cluster that says nothing for so long after a change has said it all.
const QUIET: Duration = Duration::from_secs(2);
/// One that is never quiet is looked at all the same.
const LONGEST: Duration = Duration::from_secs(10);

/// What is watched, and how.
pub struct Watch<'a> {
    /// What is to be true.
    pub policy: &'a LogPolicy,
    /// Where the history is kept.
    pub state: PathBuf,
    /// Where to answer probes, if anywhere.
    pub listen: Option<SocketAddr>,
    /// What Kubernetes declares about what was seen; asked anew in each cycle, and when it changes.
    pub declared: Arc<dyn Declared>,
    pub tell: &'a mut (dyn FnMut(Event) + Send),
    /// What probes are told, here or elsewhere.
    pub health: Arc<Health>,
}

#[derive(Debug)]
pub enum Event<'a> {
    Listening(SocketAddr),
    /// A look at everything, what Kubernetes declares about it, and what was decided.
    Planned(&'a Look, &'a BTreeMap<String, Intent>, &'a [Decision]),
    /// What became of a request.
    Done(&'a LogId, &'a Done),
    /// A cycle could not be ended: why.
    Failed(&'a anyhow::Error),
    /// An account could not be opened.
    Problem(&'a Problem),
}

/// Asks a watch to stop, from another task.
#[derive(Debug, Default)]
pub struct Stopper {
    stop: Stop,
    notify: Notify,
}

impl Stopper {
    /// For [`apply`], which asks between two requests.
    pub fn stop_flag(&self) -> &Stop {
        &self.stop
    }

    /// Waits until somebody asks to stop, or `done` is.
    pub async fn or<T>(&self, done: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            () = self.notify.notified() => None,
            done = done => Some(done),
        }
    }

    /// The request that is under way ends, and no other begins.
    pub fn stop(&self) {
        self.stop.set();
        self.notify.notify_waiters();
        self.notify.notify_one();
    }
}

/// Goes on until it is stopped.
///
/// # Errors
/// When it cannot listen, or the history cannot be read at the beginning.
pub async fn watch(mut watch: Watch<'_>, stopper: &Stopper) -> Result<()> {
    let file = HistoryFile::hold(&watch.state)?;
    history_file::read(&watch.state, now())?;
    let health = Arc::clone(&watch.health);
    health.asks(Arc::clone(&watch.declared));
    let server = match watch.listen {
        Some(address) => {
            let listener = probes::bind(address).await?;
            (watch.tell)(Event::Listening(listener.local_addr()?));
            let probed: Arc<dyn probes::Probed> = Arc::<Health>::clone(&health);
            Some(tokio::spawn(probes::serve(listener, probed)))
        }
        None => None,
    };
    let (mut accounts, mut problems) = tokio::select! {
        () = stopper.notify.notified() => return Ok(()),
        opened = accounts::open(watch.policy) => opened,
    };
    while !stopper.stop.is_set() {
        for problem in &problems {
            (watch.tell)(Event::Problem(problem));
        }
        let began = Instant::now();
        let look = tokio::select! {
            () = stopper.notify.notified() => break,
            look = async {
                let history = history_file::read(&watch.state, now())?;
                Ok::<_, anyhow::Error>((observe(watch.policy, &accounts, &history, now()).await, history))
            } => look,
        };
        let took = began.elapsed();
        let ended = match look {
            Ok((look, history)) => cycle(&mut watch, look, history, &file, &health, stopper).await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(outcome) => health.ended(outcome),
            Err(error) => {
                (watch.tell)(Event::Failed(&error));
                health.ended("failed");
            }
        }
        if !problems.is_empty() {
            // Credentials may have come meanwhile.
            (accounts, problems) = tokio::select! {
                () = stopper.notify.notified() => break,
                opened = accounts::open(watch.policy) => opened,
            };
        }
        tokio::select! {
            () = stopper.notify.notified() => break,
            () = sleep(jittered(watch.policy.interval.get())) => {}
            () = change(watch.declared.as_ref(), took) => {}
        }
    }
    server.inspect(tokio::task::JoinHandle::abort);
    Ok(())
}

/// Decides and writes by one look; how that went, in a word.
async fn cycle(
    watch: &mut Watch<'_>,
    look: Look,
    mut history: super::History,
    file: &HistoryFile,
    health: &Health,
    stopper: &Stopper,
) -> Result<&'static str> {
    history.note(&look.observed);
    let declared = Arc::clone(&watch.declared);
    let intents = declared.intents(&look)?;
    let decisions = plan(watch.policy, &intents, &look.observed, &history, now());
    file.save(&history)?;
    health.metrics.planned(&decisions, look.problems.len());
    (watch.tell)(Event::Planned(&look, &intents, &decisions));
    let all: Vec<&Decision> = decisions.iter().collect();
    let mut tell = |log: &LogId, done: &Done| {
        health.metrics.done(log, done);
        (watch.tell)(Event::Done(log, done));
    };
    let objection = |arn: &str| declared.objection(&look, &intents, arn);
    apply(&all, &look, &mut history, file, &stopper.stop, &objection, &mut tell).await?;
    Ok(if look.problems.is_empty() { "done" } else { "incomplete" })
}

/// Waits for `rest`, then for a change, and then for quiet.
async fn change(declared: &dyn Declared, rest: Duration) {
    sleep(rest.max(QUIET)).await;
    declared.changed().await;
    let last = Instant::now() + LONGEST;
    while Instant::now() < last && timeout(QUIET, declared.changed()).await.is_ok() {}
}

fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(1. + JITTER * (2. * fastrand::f64() - 1.))
}
