//! The loop: hears what happens, asks what is to be done, and does it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};

use super::counts::Counts;
use super::handing_over::recall;
use super::input::{Exported, Input};
use super::listing::list_again_and_again;
use super::places::Places;
use super::queue::Listener;
use super::run::{End, Ingest, Said, say};
use super::troubles::{Topic, Troubles};
use crate::base::clock::{Clocks, now, to_the_minute};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::lake::export::Slot;
use crate::lake::live::plan::{Effect, Event, Receipt, State, Why, WorkId};
use crate::lake::live::{Builder, Mended, Outcome, REMOVE_FILE, Store, Taken, Unreadable};

/// How often time goes by.
const TICK: Duration = Duration::from_millis(200);
/// So much may wait to be heard.
const INPUTS: usize = 64;
/// What is under way ends by then when somebody wants the run to end, or is given up.
const GRACE: Duration = Duration::from_secs(20);
/// Messages are looked at so often that may have to be kept invisible.
const HIDE: Duration = Duration::from_secs(5);

/// From one opening of the store to the next.
pub(super) struct Life<'a> {
    spec: &'a Ingest,
    counts: &'a Arc<Counts>,
    stopped: &'a Arc<AtomicBool>,
    store: Store,
    state: State,
    builder: Arc<Builder>,
    clocks: Clocks,
    inputs: mpsc::Sender<Input>,
    heard: mpsc::Receiver<Input>,
    places: Arc<Places>,
    /// Asks for a listing of everything.
    sweep: Arc<Notify>,
    listener: Option<Arc<Listener>>,
    /// Slots of which it is known what the export has.
    recalled: HashSet<Slot>,
    /// Whether everything was listed.
    listed: bool,
    /// Whether something was taken in that was damaged.
    damaged: bool,
    /// What was read and is yet to be committed.
    taken: HashMap<WorkId, Box<Taken>>,
}

impl<'a> Life<'a> {
    /// Opens the store.
    pub(super) fn begin(
        spec: &'a Ingest,
        counts: &'a Arc<Counts>,
        stopped: &'a Arc<AtomicBool>,
    ) -> Result<(Self, Mended)> {
        let (store, mended) = Store::open(&spec.folder, &spec.settings)?;
        let clocks = Clocks::start();
        let mut state = State::new(spec.policy.clone(), store.content(), clocks.moment());
        for (id, batch) in &store.content().batches {
            state.remember(*id, &store.objects(batch)?);
        }
        let builder =
            Arc::new(store.builder(spec.memory / spec.policy.workers.max(1), counts.began, Handle::current())?);
        let (inputs, heard) = mpsc::channel(INPUTS);
        let places = Arc::new(Places::new(spec.places.clone(), spec.max_lists));
        let listener = spec.queue.as_ref().map(|queue| {
            let (places, inputs) = (Arc::clone(&places), inputs.clone());
            Arc::new(Listener::new(queue.clone(), places, inputs, Arc::clone(&counts.queue)))
        });
        let sweep = Arc::new(Notify::new());
        counts.holds(store.content());
        let (recalled, listed, damaged, taken) = (HashSet::new(), false, false, HashMap::new());
        let life = Self {
            spec,
            counts,
            stopped,
            store,
            state,
            builder,
            clocks,
            inputs,
            heard,
            places,
            sweep,
            listener,
            recalled,
            listed,
            damaged,
            taken,
        };
        Ok((life, mended))
    }

    /// Goes on until it is to end, or the store fails.
    pub(super) async fn live(
        mut self,
        stop: &Notify,
        troubles: &mut Troubles,
        tell: &mut (dyn FnMut(Said) + Send),
    ) -> Result<End> {
        let mut beside = tokio::task::JoinSet::new();
        beside.spawn(list_again_and_again(
            Arc::clone(&self.places),
            self.inputs.clone(),
            Arc::clone(&self.sweep),
            self.spec.poll,
            self.spec.policy.keep,
        ));
        if let Some(listener) = &self.listener {
            let (listens, hides) = (Arc::clone(listener), Arc::clone(listener));
            beside.spawn(async move { listens.listen().await });
            beside.spawn(async move {
                loop {
                    tokio::time::sleep(HIDE).await;
                    hides.keep_hidden().await;
                }
            });
        }
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut given_up = None;
        loop {
            let input = tokio::select! {
                biased;
                () = stop.notified(), if given_up.is_none() => {
                    given_up = Some(Instant::now() + GRACE);
                    self.stop();
                    Input::Event(Event::Stop)
                }
                Some(input) = self.heard.recv() => input,
                _ = ticks.tick() => Input::Event(Event::Tick),
            };
            let is_tick = matches!(input, Input::Event(Event::Tick));
            self.hear(input, troubles, tell)?;
            if self.state.take_overflow() {
                self.sweep.notify_one();
                self.listed = false;
            }
            if given_up.is_some_and(|until| Instant::now() > until) {
                self.builder.stop.store(true, Relaxed);
                self.builder.budget.end();
                if let Some(export) = &self.spec.export {
                    export.ended.close();
                }
            }
            let is_over = given_up.is_some() && self.state.is_idle();
            // By then what is too old has been let go, too.
            let has_all = self.listed && self.state.is_done() && self.heard.is_empty();
            let is_through = is_tick && has_all;
            if self.spec.once && is_over && !has_all {
                return Ok(End::Stopped);
            }
            if is_over || self.spec.once && is_through {
                let left_out = self.spec.once && (troubles.is_incomplete() || self.damaged || self.state.backlog() > 0);
                return Ok(if left_out { End::Incomplete } else { End::Done });
            }
        }
    }

    /// Nothing more is begun: what is under way is committed.
    fn stop(&self) {
        self.stopped.store(true, Relaxed);
        if let Some(listener) = &self.listener {
            listener.stop();
        }
        if let Some(export) = &self.spec.export {
            export.progress.stop.store(true, Relaxed);
        }
    }

    fn hear(&mut self, input: Input, troubles: &mut Troubles, tell: &mut (dyn FnMut(Said) + Send)) -> Result<()> {
        let mut say = |topic, trouble| say(troubles, self.counts, tell, topic, trouble);
        let mut events = VecDeque::new();
        match input {
            Input::Event(Event::Found { objects, receipt }) => {
                let recalled =
                    tokio::task::block_in_place(|| recall(self.spec.export.as_ref(), &mut self.recalled, &objects));
                match recalled {
                    Ok(sources) => events.push_back(Event::Recorded(sources)),
                    Err(error) => say(Topic::Export, Some(Message::from(error).after("the export cannot be read: "))),
                }
                events.push_back(Event::Found { objects, receipt });
            }
            Input::Event(event) => events.push_back(event),
            Input::Listed { .. } | Input::Built(_, Err(_)) if !self.store.is_there() => {
                bail!("{} was removed or replaced while it was written", Shown(self.spec.folder.display()));
            }
            Input::Listed { seen, everything } => {
                self.listed |= everything;
                let unlisted = seen.unlisted.into_iter().next();
                let is_whole = unlisted.is_none();
                let behind = || behind(&self.state, self.counts.newest());
                say(
                    Topic::Listing,
                    unlisted
                        .map(|(place, why)| why.after(format_args!("logs cannot be listed: {place}: ")).line(behind())),
                );
                if seen.unnamed > 0 && everything {
                    let text =
                        "objects whose names are not those that AWS gives are not taken in: they fit into no hour";
                    say(Topic::Unnamed, Some(Message::new(format_args!("{} {text}", seen.unnamed))));
                }
                self.counts.listed(now(), is_whole, is_whole || seen.objects > 0, everything);
            }
            Input::Built(work, mut result) => {
                if let Some(taken) = result.as_mut().ok().and_then(|outcome| outcome.taken.take()) {
                    self.taken.insert(work, taken);
                }
                for (name, why) in result.iter().flat_map(|outcome| &outcome.damaged) {
                    self.damaged = true;
                    tell(Said::Damaged(named(name, why.clone())));
                }
                let mut say = |topic, trouble| self::say(troubles, self.counts, tell, topic, trouble);
                events.push_back(heard_of_batch(work, result, &self.state, self.counts, &mut say));
            }
            Input::Exported(Ok(Exported { sources, written, problem })) => {
                say(Topic::Export, problem);
                if written > 0 {
                    tell(Said::HandedOver { slots: written });
                }
                events.extend([Event::Recorded(sources), Event::Exported]);
            }
            Input::Exported(Err(error)) => {
                say(Topic::Export, Some(Message::from(error).after("the export cannot be brought up to date: ")));
                events.push_back(Event::Exported);
            }
            Input::Trouble(topic, trouble) => say(topic, trouble),
        }
        while let Some(event) = events.pop_front() {
            let effects = self.state.step(self.clocks.moment(), event);
            self.carry_out(effects, &mut events, tell)?;
        }
        for (topic, lasts) in [(Topic::Objects, self.state.has_unread()), (Topic::Batches, self.state.has_unreadable())]
        {
            if !lasts {
                self::say(troubles, self.counts, tell, topic, None);
            }
        }
        self.counts.waits(self.state.backlog(), self.state.oldest_waiting());
        Ok(())
    }

    fn carry_out(
        &mut self,
        effects: Vec<Effect>,
        events: &mut VecDeque<Event>,
        tell: &mut (dyn FnMut(Said) + Send),
    ) -> Result<()> {
        let mut deleted: Vec<Receipt> = Vec::new();
        for effect in effects {
            match effect {
                Effect::Build(order) => {
                    let (builder, inputs) = (Arc::clone(&self.builder), self.inputs.clone());
                    tokio::task::spawn_blocking(move || {
                        let built = builder.build(&order);
                        let _ = inputs.blocking_send(Input::Built(order.work, built));
                    });
                }
                Effect::Commit(work, change) => {
                    tokio::task::block_in_place(|| self.store.commit(&change))?;
                    self.counts.holds(self.store.content());
                    if let Some(taken) = self.taken.remove(&work) {
                        tell(Said::TakenIn { objects: taken.objects, rows: taken.rows });
                        self.counts.committed(*taken, !change.drop.is_empty());
                    }
                    events.push_back(Event::Committed(work));
                }
                Effect::Delete(receipt) => deleted.push(receipt),
                Effect::Release(receipt) => {
                    if let Some(listener) = self.listener.clone() {
                        tokio::spawn(async move { listener.release(receipt).await });
                    }
                }
                Effect::Export { starts, slots } => {
                    let Some(export) = self.spec.export.clone() else { continue };
                    let (inputs, runtime) = (self.inputs.clone(), Handle::current());
                    tokio::task::spawn_blocking(move || {
                        let exported = export.bring_up_to_date(starts, &slots, &runtime);
                        let _ = inputs.blocking_send(Input::Exported(exported));
                    });
                }
                Effect::Unlink(files) => tokio::task::block_in_place(|| self.store.unlink(&files)),
            }
        }
        if let Some(listener) = self.listener.clone().filter(|_| !deleted.is_empty()) {
            tokio::spawn(async move { listener.delete(&deleted).await });
        }
        Ok(())
    }
}

fn heard_of_batch(
    work: WorkId,
    result: Result<Outcome>,
    state: &State,
    counts: &Counts,
    say: &mut impl FnMut(Topic, Option<Message>),
) -> Event {
    match result {
        Ok(Outcome { built, reasons, damaged: _, taken: _ }) => {
            let gone = |name: &str| built.unread.iter().any(|unread| unread.gone && unread.log_object == name);
            let first = reasons.into_iter().find(|(name, _)| !gone(name));
            if let Some((name, why)) = first {
                let line = behind(state, counts.newest());
                say(Topic::Objects, Some(named(&name, why).line(line)));
            }
            if built.batch.is_some() {
                say(Topic::Store, None);
            }
            Event::Built(work, built)
        }
        Err(error) => {
            if let Some(batch) = error.downcast_ref::<Unreadable>().map(|unreadable| unreadable.batch) {
                let message = Message::from(error).after("a batch stays as it is, and questions that need it fail: ");
                say(Topic::Batches, Some(message.hint(REMOVE_FILE)));
                return Event::Failed { work, why: Why::Unreadable(batch) };
            }
            // What the disk says passes; everything else is because of what is in an object.
            let passes = error.chain().any(<dyn std::error::Error>::is::<io::Error>);
            say(
                Topic::Store,
                Some(Message::from(error).after("a batch cannot be written: ").line(behind(state, counts.newest()))),
            );
            Event::Failed { work, why: if passes { Why::Passes } else { Why::Objects } }
        }
    }
}

/// With what it is said of in front, unless that is in it.
fn named(name: &str, why: Message) -> Message {
    if why.text().contains(name) { why } else { why.after(format_args!("{name}: ")) }
}

/// How far behind the store is.
fn behind(state: &State, newest: Option<i64>) -> String {
    let objects = state.backlog();
    let newest = newest.map(|end| format!("; the newest in the store is of {}", to_the_minute(end)));
    format!("{objects} objects wait{}", newest.unwrap_or_default())
}
