//! Looks, decides and writes, again and again, until somebody asks to stop.
//!
//! A cycle that fails is told and tried again at the next, also when the history cannot be read or kept for now: then nothing
//! more is sent in it. Only a history that cannot be read at the beginning ends the program.
//!
//! What changes in a cluster that is watched is not waited for until the interval is over: it is looked at once the cluster has
//! been quiet for a moment, and not before as much time has passed as the last look took, for AWS' sake.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::accounts::{self, Problem};
use super::apply::{Done, Stop, apply};
use super::declared::Declared;
use super::events::Teller;
use super::health::Health;
use super::history::{History, Outcome};
use super::history_file::{self, HistoryFile};
use super::look::Look;
use super::observe::observe;
use super::plan::plan;
use super::state::{Decision, LogId};
use crate::base::clock::now;
use crate::base::config::LogPolicy;
use crate::base::message::Message;
use crate::base::probes;
use crate::fleet::cluster::EventWriter;
use crate::fleet::kubernetes::Intent;

/// From one look whether it may begin to the next.
const AGAIN: Duration = Duration::from_secs(10);
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
    /// Where several do the same: whose turn it is. Nothing is looked at or written while it is another's.
    pub turn: Option<Arc<dyn Turn>>,
    /// Who tells in each cluster that is watched, by number, what became of logs; nobody, unless that is wanted.
    pub events: Arc<[EventWriter]>,
}

/// Whose turn it is to write, where several replicas could.
#[async_trait]
pub trait Turn: Debug + Send + Sync {
    /// Whether it is this one's at this moment.
    fn is_ours(&self) -> bool;

    /// Waits until it is this one's, or until it is no more.
    async fn is(&self, ours: bool);
}

#[derive(Debug)]
pub enum Event<'a> {
    Listening(SocketAddr),
    /// Whether it is this replica's turn, from now on.
    Turn(bool),
    /// A look at everything, what Kubernetes declares about it, and what was decided.
    Planned(&'a Look, &'a BTreeMap<String, Intent>, &'a [Decision]),
    /// What became of a request.
    Done(&'a LogId, &'a Done),
    /// A cycle could not be ended: why.
    Failed(&'a anyhow::Error),
    /// An account could not be opened.
    Problem(&'a Problem),
    /// Why something is not told in a cluster, or not yet.
    Untold(&'a Message),
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
    let health = Arc::clone(&watch.health);
    health.asks(Arc::clone(&watch.declared));
    let writers = Arc::clone(&watch.events);
    let mut teller = Teller::new(&writers, &health.metrics);
    let Some(turn) = watch.turn.clone() else {
        let file = HistoryFile::hold(&watch.state)?;
        history_file::read(&watch.state, now())?;
        let server = listen(&mut watch).await?;
        cycles(&mut watch, &file, &mut teller, stopper).await;
        server.inspect(JoinHandle::abort);
        return Ok(());
    };
    let server = listen(&mut watch).await?;
    while !stopper.stop.is_set() {
        if stopper.or(waits(turn.as_ref(), &health)).await.is_none() {
            break;
        }
        // The history may be shared: who has just lost the turn may still hold it.
        match HistoryFile::hold(&watch.state) {
            Ok(file) => {
                (watch.tell)(Event::Turn(true));
                cycles(&mut watch, &file, &mut teller, stopper).await;
                (watch.tell)(Event::Turn(false));
            }
            Err(error) => {
                (watch.tell)(Event::Failed(&error));
                let _ = stopper.or(sleep(AGAIN)).await;
            }
        }
    }
    server.inspect(JoinHandle::abort);
    Ok(())
}

/// Waits for its turn, which is no reason to be called ill.
async fn waits(turn: &dyn Turn, health: &Health) {
    while timeout(AGAIN, turn.is(true)).await.is_err() {
        health.waits();
    }
}

/// Answers probes, if that was asked for.
async fn listen(watch: &mut Watch<'_>) -> Result<Option<JoinHandle<()>>> {
    let Some(address) = watch.listen else { return Ok(None) };
    let listener = probes::bind(address).await?;
    (watch.tell)(Event::Listening(listener.local_addr()?));
    let probed: Arc<dyn probes::Probed> = Arc::<Health>::clone(&watch.health);
    Ok(Some(tokio::spawn(probes::serve(listener, probed))))
}

/// Looks, decides and writes until it is stopped, or its turn is over.
async fn cycles(watch: &mut Watch<'_>, file: &HistoryFile, teller: &mut Teller<'_>, stopper: &Stopper) {
    let health = Arc::clone(&watch.health);
    let turn = watch.turn.clone();
    let over = || async {
        match &turn {
            Some(turn) => turn.is(false).await,
            None => std::future::pending().await,
        }
    };
    let (mut accounts, mut problems) = tokio::select! {
        () = stopper.notify.notified() => return,
        opened = accounts::open(watch.policy) => opened,
    };
    while !stopper.stop.is_set() {
        for problem in &problems {
            (watch.tell)(Event::Problem(problem));
        }
        let began = Instant::now();
        let look = tokio::select! {
            () = stopper.notify.notified() => break,
            () = over() => break,
            look = async {
                let history = history_file::read(&watch.state, now())?;
                Ok::<_, anyhow::Error>((observe(watch.policy, &accounts, &history, now()).await, history))
            } => look,
        };
        let took = began.elapsed();
        let ended = match look {
            Ok((look, history)) => cycle(watch, look, history, file, teller, stopper).await,
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
            () = over() => break,
            () = sleep(jittered(watch.policy.interval.get())) => {}
            () = change(watch.declared.as_ref(), took) => {}
            () = teller.go_on(|| is_ours(turn.as_deref()), |why| (watch.tell)(Event::Untold(why))) => {}
        }
    }
    teller.forget();
}

fn is_ours(turn: Option<&dyn Turn>) -> bool {
    turn.is_none_or(Turn::is_ours)
}

/// Decides and writes by one look; how that went, in a word.
async fn cycle(
    watch: &mut Watch<'_>,
    mut look: Look,
    mut history: History,
    file: &HistoryFile,
    teller: &mut Teller<'_>,
    stopper: &Stopper,
) -> Result<&'static str> {
    history.note(&look.observed);
    let declared = Arc::clone(&watch.declared);
    let clusters = declared.clusters(&look)?;
    let (intents, owners) = (look.intents(&clusters), teller.owners(&clusters, &look));
    drop(clusters);
    let decisions = plan(watch.policy, &intents, &look.observed, &history, now());
    file.save(&history)?;
    watch.health.metrics.planned(&decisions, look.problems.len());
    (watch.tell)(Event::Planned(&look, &intents, &decisions));
    let all: Vec<&Decision> = decisions.iter().collect();
    let (health, mut written) = (Arc::clone(&watch.health), Vec::new());
    let mut tell = |log: &LogId, done: &Done| {
        health.metrics.done(log, done);
        written.extend((*done == Done::Sent(Outcome::Written)).then(|| log.clone()));
        (watch.tell)(Event::Done(log, done));
    };
    let turn = watch.turn.clone();
    let objection = |arn: &str| {
        // Whose turn it is comes last: what is declared can take seconds.
        declared
            .objection(&look, &intents, arn)
            .or_else(|| (!is_ours(turn.as_deref())).then(|| "another replica writes by now".to_owned()))
    };
    apply(&all, &look, &mut history, file, &stopper.stop, &objection, &mut tell).await?;
    if teller.is_wanted() {
        // As it stands now: what was written is there, and what was refused is in the way.
        look.observed.is_written(&decisions, &written);
        let decisions = plan(watch.policy, &intents, &look.observed, &history, now());
        if let Some(why) = teller.observe(&decisions, &look.observed, &owners, &history) {
            (watch.tell)(Event::Untold(&why));
        }
    }
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
