//! Looks, decides and writes, again and again, until somebody asks to stop.
//!
//! A cycle that fails is told and tried again at the next, also when the history cannot be read or kept for now: then nothing
//! more is sent in it. Only a history that cannot be read at the beginning ends the program.
//!
//! What changes in a cluster that is watched is not waited for until the interval is over: it is looked at once the cluster has
//! been quiet for a moment, and not before as much time has passed as the last look took, for AWS' sake.
//!
//! Many writes take long at the pace that the policy allows. Nobody who comes waits for all of them: they are left for another look
//! when something changes, or now and then, and what waited before comes last. Events are written meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt::Debug;
use std::future::{pending, poll_fn};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use futures::stream::{FuturesUnordered, StreamExt};
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
/// So long it is written at least until it is looked again, and so many times as long as the look took, if that is longer.
const WRITING: Duration = Duration::from_mins(1);
const WRITING_PER_LOOK: u32 = 10;

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
    /// Accounts that could not be opened; told in each cycle, also when there is none.
    Problems(&'a [Problem]),
    /// A cycle has ended well.
    Ended,
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
        Box::pin(cycles(&mut watch, &file, &mut teller, stopper)).await;
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
                Box::pin(cycles(&mut watch, &file, &mut teller, stopper)).await;
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

/// Whether a look at so many accounts and regions saw any of them: one may have no load balancer.
fn sees(look: &Look, accounts: usize) -> bool {
    let places: BTreeSet<&str> = look.problems.iter().map(|problem| problem.place.as_str()).collect();
    !look.observed.load_balancers.is_empty() || places.len() < accounts
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
    let mut waited = BTreeSet::new();
    while !stopper.stop.is_set() {
        (watch.tell)(Event::Problems(&problems));
        let began = Instant::now();
        let look = noted(&health, async {
            let history = history_file::read(&watch.state, now())?;
            Ok::<_, anyhow::Error>((observe(watch.policy, &accounts, &history, now()).await, history))
        });
        let look = tokio::select! {
            () = stopper.notify.notified() => break,
            () = over() => break,
            look = look => look,
        };
        let took = began.elapsed();
        let ended = match look {
            Ok((look, history)) => {
                health.looked(problems.iter().chain(&look.problems), sees(&look, accounts.len()));
                Box::pin(cycle(watch, (look, took, &waited), history, file, teller, stopper)).await
            }
            Err(error) => Err(error),
        };
        let again = match ended {
            Ok(ended) => {
                (watch.tell)(Event::Ended);
                health.ended(ended.outcome);
                waited = ended.waiting;
                ended.again
            }
            Err(error) => {
                (watch.tell)(Event::Failed(&error));
                health.ended("failed");
                false
            }
        };
        if !problems.is_empty() {
            // Credentials may have come meanwhile.
            (accounts, problems) = tokio::select! {
                () = stopper.notify.notified() => break,
                opened = accounts::open(watch.policy) => opened,
            };
        }
        if again {
            continue;
        }
        let pause = jittered(watch.policy.interval.get());
        health.rests(pause);
        tokio::select! {
            () = stopper.notify.notified() => break,
            () = over() => break,
            () = sleep(pause) => {}
            () = change(watch.declared.as_ref(), took) => {}
            never = teller.go_on(|| is_ours(turn.as_deref()), |why| (watch.tell)(Event::Untold(why))) => match never {},
        }
    }
    teller.forget();
}

fn is_ours(turn: Option<&dyn Turn>) -> bool {
    turn.is_none_or(Turn::is_ours)
}

/// How a cycle went.
struct Ended {
    /// In a word.
    outcome: &'static str,
    /// What was to be written by this look, and did not get its turn before the next.
    waiting: BTreeSet<LogId>,
    /// Whether the next look is due at once.
    again: bool,
}

/// Decides and writes by one look, which took so long; what waited before comes last.
async fn cycle(
    watch: &mut Watch<'_>,
    (mut look, took, waited): (Look, Duration, &BTreeSet<LogId>),
    mut history: History,
    file: &HistoryFile,
    teller: &mut Teller<'_>,
    stopper: &Stopper,
) -> Result<Ended> {
    history.note(&look.observed);
    let declared = Arc::clone(&watch.declared);
    let clusters = declared.clusters(&look)?;
    let (intents, owners) = (look.intents(&clusters), teller.owners(&clusters, &look));
    drop(clusters);
    let decisions = plan(watch.policy, &intents, &look.observed, &history, now());
    file.save(&history)?;
    watch.health.metrics.planned(&decisions, look.problems.len());
    (watch.tell)(Event::Planned(&look, &intents, &decisions));
    let all = in_turn(&decisions, waited);
    // What stands in the way is told before anything is written, which may take long.
    if !all.is_empty()
        && let Some(why) = teller.observe(&decisions, &look.observed, &owners, &history)
    {
        (watch.tell)(Event::Untold(&why));
    }
    let mut waiting: BTreeSet<LogId> = all.iter().map(|decision| decision.log.clone()).collect();
    let (health, mut written) = (Arc::clone(&watch.health), Vec::new());
    let turn = watch.turn.clone();
    let said = Mutex::new(&mut *watch.tell);
    // Nobody panics while telling; if one did, the next would be told all the same.
    let say = |event: Event<'_>| said.lock().unwrap_or_else(PoisonError::into_inner)(event);
    let mut tell = |log: &LogId, done: &Done| {
        health.metrics.done(log, done);
        written.extend((*done == Done::Sent(Outcome::Written)).then(|| log.clone()));
        waiting.remove(log);
        say(Event::Done(log, done));
    };
    let objection = |arn: &str| {
        // Whose turn it is comes last: what is declared can take seconds.
        declared
            .objection(&look, &intents, arn)
            .or_else(|| (!is_ours(turn.as_deref())).then(|| "another replica writes by now".to_owned()))
    };
    let (pause, changed) = (Stop::default(), AtomicBool::new(false));
    let applying = apply(&all, &look, &mut history, file, (&stopper.stop, &pause), &objection, &mut tell);
    let pausing = async {
        tokio::select! {
            () = sleep(writing(took, watch.policy.interval.get())) => {}
            () = change_noted(declared.as_ref(), took, &changed) => {}
        }
        pause.set();
        pending::<Infallible>().await
    };
    let telling = teller.go_on(|| is_ours(turn.as_deref()), |why| say(Event::Untold(why)));
    let left = tokio::select! {
        biased;
        left = noted(&health, applying) => left?,
        never = pausing => match never {},
        never = telling => match never {},
    };
    if teller.is_wanted() {
        // As it stands now: what was written is there, and what was refused is in the way.
        look.observed.is_written(&decisions, &written);
        let decisions = plan(watch.policy, &intents, &look.observed, &history, now());
        if let Some(why) = teller.observe(&decisions, &look.observed, &owners, &history) {
            (watch.tell)(Event::Untold(&why));
        }
    }
    let outcome = if look.problems.is_empty() { "done" } else { "incomplete" };
    Ok(Ended { outcome, waiting, again: left > 0 || changed.load(Ordering::Relaxed) })
}

/// What is to be written: first what is new, then what waited before.
fn in_turn<'a>(decisions: &'a [Decision], waited: &BTreeSet<LogId>) -> Vec<&'a Decision> {
    let mut all: Vec<&Decision> = decisions.iter().filter(|decision| decision.write.is_some()).collect();
    all.sort_by_key(|decision| waited.contains(&decision.log));
    all
}

/// How long it is written until it is looked again: long enough for looks not to take most of the time, and no longer than
/// whatever came would have waited if there were nothing to write.
fn writing(took: Duration, interval: Duration) -> Duration {
    (took * WRITING_PER_LOOK).max(WRITING).min(interval.max(took))
}

/// Takes note of each time that something goes on, whatever else is waited for beside it.
async fn noted<T>(health: &Health, going: impl Future<Output = T> + Send) -> T {
    let mut going = Box::pin(going);
    let noted = poll_fn(|context| {
        health.goes_on();
        going.as_mut().poll(context)
    });
    // In a set of its own it is asked when it is woken, and not when others are.
    let mut alone: FuturesUnordered<_> = std::iter::once(noted).collect();
    match alone.next().await {
        Some(ended) => ended,
        None => pending().await,
    }
}

/// Waits for `rest`, then for a change, and then for quiet.
async fn change(declared: &dyn Declared, rest: Duration) {
    change_noted(declared, rest, &AtomicBool::new(false)).await;
}

/// The same; a change that came is noted before it is quiet: nobody tells of it again.
async fn change_noted(declared: &dyn Declared, rest: Duration, changed: &AtomicBool) {
    sleep(rest.max(QUIET)).await;
    declared.changed().await;
    changed.store(true, Ordering::Relaxed);
    let last = Instant::now() + LONGEST;
    while Instant::now() < last && timeout(QUIET, declared.changed()).await.is_ok() {}
}

fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(1. + JITTER * (2. * fastrand::f64() - 1.))
}
