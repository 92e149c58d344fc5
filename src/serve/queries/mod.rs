//! Questions under way: so many at the same time, each on a thread of its own, each listed, and ended when nobody waits for it
//! any more. The rest waits in a queue that is bounded, too.

mod list;
mod stop;
mod stream;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::access::Viewer;
use super::answers::Read;
use super::refusal::Refusal;
use super::settings::Limits;
use crate::base::message::Message;
use list::{Entry, List};
use stop::Why;

pub use list::{About, Kind, Shown};
pub use stop::Stop;
pub use stream::{Form, Rows, Wanted};

/// When to come again, if all is taken.
const AGAIN: u32 = 2;

/// Questions under way and lately.
#[derive(Debug)]
pub struct Queries {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    limits: Limits,
    list: Mutex<List>,
}

impl Queries {
    pub fn new(limits: Limits) -> Arc<Self> {
        let slots = Arc::new(Semaphore::new(limits.slots));
        Arc::new(Self { slots, waiting: AtomicUsize::new(0), limits, list: Mutex::default() })
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are answered, and how many wait for that.
    pub fn busy(&self) -> (usize, usize) {
        (self.limits.slots - self.slots.available_permits(), self.waiting.load(SeqCst))
    }

    /// Under way and lately, as far as somebody may see them.
    pub fn shown(&self, viewer: &Viewer) -> (Vec<Shown>, Vec<Shown>) {
        self.list().shown(viewer)
    }

    /// Ends a question. Whether there was one that this viewer may end.
    pub fn end(&self, id: u64, viewer: &Viewer) -> bool {
        self.list().stop(id, viewer)
    }

    /// Lets nothing more begin, waits for what is under way, and ends what takes too long.
    pub async fn close(&self, grace: Duration) {
        self.slots.close();
        let until = tokio::time::Instant::now() + grace;
        while !self.list().is_empty() && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.list().stop_all(Why::Closing);
    }

    /// Waits for a slot, with a question that anybody may wait for.
    ///
    /// # Errors
    /// As [`Self::begin_until`].
    pub async fn begin(self: &Arc<Self>, about: About) -> Result<Running, Refusal> {
        self.begin_until(about, std::future::pending()).await
    }

    /// Waits for a slot. The question ends when whoever asked may not have the answer any more, which `lapses` waits for.
    ///
    /// # Errors
    /// When too many wait already, or nobody wants the answer any more before there is one.
    pub async fn begin_until(
        self: &Arc<Self>,
        about: About,
        lapses: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Running, Refusal> {
        let listed = Listed { entry: self.list().add(about), queries: Arc::clone(self) };
        let (timeout, entry) = (self.limits.timeout, Arc::clone(&listed.entry));
        let clock = tokio::spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(timeout) => entry.stopper.stop(Why::TooLong),
                () = lapses => entry.stopper.stop(Why::Lapsed),
            }
        });
        let clock = Arc::new(Clock(clock.abort_handle()));
        let entry = &listed.entry;
        let permit = if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            Ok(permit)
        } else {
            let stop = entry.stopper.listen();
            tokio::select! {
                permit = self.wait() => permit,
                why = stop.why() => Err(self.refused(why)),
            }
        };
        match permit {
            Ok(permit) => {
                entry.begins();
                Ok(Running { listed, clock, _permit: permit })
            }
            Err(refusal) => {
                entry.ends(Some(Message::clone(&refusal.message)));
                Err(refusal)
            }
        }
    }

    async fn wait(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let place = self.waiting.fetch_add(1, SeqCst);
        let _leaves = Leaves(&self.waiting);
        if place >= self.limits.queue {
            let text = format_args!("{} questions are under way and {place} wait", self.limits.slots);
            let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "queue_full", text);
            return Err(refusal.retry_after(AGAIN));
        }
        Arc::clone(&self.slots).acquire_owned().await.map_err(|_| self.refused(Why::Closing))
    }

    /// What whoever still waits is told.
    fn refused(&self, why: Why) -> Refusal {
        let (status, code) = match why {
            Why::Left | Why::Ended => (StatusCode::CONFLICT, "ended"),
            Why::TooLong => (StatusCode::GATEWAY_TIMEOUT, "timeout"),
            Why::Lapsed => (StatusCode::FORBIDDEN, "not_allowed"),
            Why::Closing => (StatusCode::SERVICE_UNAVAILABLE, "closing"),
        };
        let mut message = Message::new(why.words());
        if why == Why::TooLong {
            let seconds = self.limits.timeout.as_secs_f64();
            message = message.then(format_args!(": {seconds} s")).hint("a shorter window, or a filter");
        }
        Refusal::new(status, code, message)
    }
}

/// Counts down when it goes.
struct Leaves<'a>(&'a AtomicUsize);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// Ends the time of a question with the question.
#[derive(Debug)]
struct Clock(tokio::task::AbortHandle);

impl Drop for Clock {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A question that stands in the list for as long as this is there.
#[derive(Debug)]
struct Listed {
    entry: Arc<Entry>,
    queries: Arc<Queries>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.queries.list().remove(self.entry.id);
    }
}

/// A question that has a slot.
#[derive(Debug)]
pub struct Running {
    listed: Listed,
    clock: Arc<Clock>,
    _permit: OwnedSemaphorePermit,
}

/// Ends a question whose answer nobody waits for any more.
struct Waits(Arc<Entry>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.stopper.stop(Why::Left);
    }
}

impl Running {
    /// Answers on a thread of its own. Whoever stops waiting ends it; the slot is free when it has ended.
    ///
    /// # Errors
    /// When it fails, or nobody wants it any more.
    pub async fn answer<T: Send + 'static>(
        self,
        work: impl FnOnce(&Stop) -> Result<T> + Send + 'static,
        read: impl FnOnce(&T) -> Read + Send + 'static,
    ) -> Result<T, Refusal> {
        let (entry, queries) = (Arc::clone(&self.listed.entry), Arc::clone(&self.listed.queries));
        let (sender, answer) = oneshot::channel();
        let stop = entry.stopper.listen();
        self.on_a_thread(move |running| {
            let entry = &running.listed.entry;
            let answer = caught(|| work(&entry.stopper.listen()));
            if let Ok(answer) = &answer {
                entry.has_read(read(answer));
            }
            entry.ends(answer.as_ref().err().map(|refusal| Message::clone(&refusal.message)));
            drop(running);
            // Nobody may wait for it any more.
            let _ = sender.send(answer);
        })?;
        let _waits = Waits(entry);
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or_else(|_| Err(Refusal::bug())),
            why = stop.why() => Err(queries.refused(why)),
        }
    }

    /// Whatever takes long, waits for files, or plans by recursion.
    fn on_a_thread(self, work: impl FnOnce(Self) + Send + 'static) -> Result<(), Refusal> {
        let thread = std::thread::Builder::new().name("query".to_owned());
        let thread = thread.stack_size(self.listed.queries.limits.stack).spawn(move || work(self));
        thread.map(drop).map_err(|error| {
            let message = Message::new(format_args!("cannot start a thread: {error}"));
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "no_threads", message).retry_after(AGAIN)
        })
    }
}

/// What comes of the work, also if it panics, which is a bug.
fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T, Refusal> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(Refusal::from),
        Err(_) => Err(Refusal::bug()),
    }
}
