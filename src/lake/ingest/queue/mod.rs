//! Messages that tell of new objects: heard, kept invisible while their objects are read, and deleted when those are in the store.
//!
//! Nothing hangs on them: what no message tells of, the next listing does. So a message may be lost, come twice or late, and whatever goes
//! wrong with the queue is told and tried again.

mod message;
mod sqs;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};

use super::input::Input;
use super::places::{Looked, Places};
use super::troubles::Topic;
use crate::base::message::Message;
use crate::lake::live::plan::{Event, Receipt};
use crate::read::storage::LogObject;

pub use sqs::{Attributes, Queue};
use sqs::{MOST, Received};

/// A received message stays invisible for so long, and again for as long as its objects are worked on.
const VISIBLE_AFTER: Duration = Duration::from_mins(2);
/// It is made to stay so when so much of it has passed.
const EXTEND_AFTER: Duration = Duration::from_secs(45);
/// SQS does not hide a message for longer than this since it was received.
const LONGEST: Duration = Duration::from_hours(11);
/// So many messages are worked on at the same time.
const OPEN: usize = 500;
/// Objects that are looked up at the same time.
const LOOKS: usize = 8;
const SHORT: Duration = Duration::from_millis(100);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_mins(1);

/// What came out of messages.
#[derive(Debug, Default)]
pub struct QueueCounts {
    pub received: AtomicU64,
    pub deleted: AtomicU64,
    /// Objects that were told of.
    pub objects: AtomicU64,
    /// Events of other kinds, and objects that are no logs of these places.
    pub foreign: AtomicU64,
    /// Messages that could not be understood: they are left to the queue's redrive policy.
    pub unreadable: AtomicU64,
    /// Objects that were gone when they were looked up.
    pub gone: AtomicU64,
}

/// A message that is worked on.
struct Open {
    handle: String,
    received: Instant,
    hidden: Instant,
    _room: OwnedSemaphorePermit,
}

/// A queue that is listened to.
pub(super) struct Listener {
    queue: Queue,
    places: Arc<Places>,
    inputs: mpsc::Sender<Input>,
    open: Mutex<HashMap<Receipt, Open>>,
    next: AtomicU64,
    room: Arc<Semaphore>,
    pub(super) counts: Arc<QueueCounts>,
    stopped: AtomicBool,
}

impl Listener {
    pub(super) fn new(
        queue: Queue,
        places: Arc<Places>,
        inputs: mpsc::Sender<Input>,
        counts: Arc<QueueCounts>,
    ) -> Self {
        Self {
            queue,
            places,
            inputs,
            open: Mutex::default(),
            next: AtomicU64::new(1),
            room: Arc::new(Semaphore::new(OPEN)),
            counts,
            stopped: AtomicBool::new(false),
        }
    }

    /// Receives nothing more.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    /// Listens for as long as somebody hears what comes of it.
    pub(super) async fn listen(&self) {
        self.check().await;
        let mut pause = FIRST_PAUSE;
        while !self.stopped.load(Relaxed) && !self.inputs.is_closed() {
            // No more than can be worked on.
            let Ok(room) = Arc::clone(&self.room).acquire_many_owned(MOST.unsigned_abs()).await else { return };
            match self.queue.receive(VISIBLE_AFTER).await {
                Ok(received) => {
                    self.well().await;
                    pause = FIRST_PAUSE;
                    if received.is_empty() {
                        // It waits for messages itself, as SQS does; not all who speak its language do.
                        tokio::time::sleep(SHORT).await;
                    }
                    self.take(received, room).await;
                }
                Err(refusal) => {
                    self.trouble(refusal.message().after("the queue cannot be read: ")).await;
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LAST_PAUSE);
                }
            }
        }
    }

    /// Says at the beginning what is missing of a queue.
    async fn check(&self) {
        match self.queue.attributes().await {
            Ok(attributes) if !attributes.has_redrive => {
                let text = "the queue has no redrive policy: a message that cannot be understood comes again and again";
                let told = Message::new(text).hint("albstats bucket notifications prints one");
                let _ = self.inputs.send(Input::Trouble(Topic::Redrive, Some(told))).await;
            }
            Ok(_) => {}
            Err(refusal) => self.trouble(refusal.message().after("the queue cannot be looked at: ")).await,
        }
    }

    async fn trouble(&self, message: Message) {
        let _ = self.inputs.send(Input::Trouble(Topic::Queue, Some(message))).await;
    }

    async fn well(&self) {
        let _ = self.inputs.send(Input::Trouble(Topic::Queue, None)).await;
    }

    async fn take(&self, received: Vec<Received>, mut room: OwnedSemaphorePermit) {
        for Received { body, handle } in received {
            let Some(permit) = room.split(1) else { return };
            self.counts.received.fetch_add(1, Relaxed);
            let Some(message) = message::parse(&body) else {
                self.counts.unreadable.fetch_add(1, Relaxed);
                let text = "a message of the queue is of no shape that is known; it is left to the redrive policy";
                let told = Message::new(text);
                let _ = self.inputs.send(Input::Trouble(Topic::Unreadable, Some(told))).await;
                continue;
            };
            let number = self.next.fetch_add(1, Relaxed);
            let now = Instant::now();
            let open = Open { handle, received: now, hidden: now, _room: permit };
            self.open.lock().await.insert(Receipt(number), open);
            self.counts.foreign.fetch_add(message.others, Relaxed);
            self.told(Receipt(number), message).await;
        }
    }

    /// Looks up what a message tells of. What cannot be looked up now comes again.
    async fn told(&self, receipt: Receipt, message: message::Message) {
        let mut looks = Vec::with_capacity(message.objects.len());
        for told in &message.objects {
            looks.push(self.places.find(&told.bucket, &told.key));
        }
        let found: Vec<anyhow::Result<Looked>> = stream::iter(looks).buffered(LOOKS).collect().await;
        let mut objects: Vec<LogObject> = Vec::new();
        for looked in found {
            match looked {
                Ok(Looked::Found(object)) => objects.push(*object),
                Ok(Looked::Foreign) => _ = self.counts.foreign.fetch_add(1, Relaxed),
                Ok(Looked::Gone) => _ = self.counts.gone.fetch_add(1, Relaxed),
                Err(error) => {
                    let told = Message::from(error).after("an object that the queue told of cannot be looked at: ");
                    let _ = self.inputs.send(Input::Trouble(Topic::Looks, Some(told))).await;
                    self.release(receipt).await;
                    return;
                }
            }
        }
        self.counts.objects.fetch_add(objects.len() as u64, Relaxed);
        let found = Event::Found { objects, receipt: Some(receipt) };
        let _ = self.inputs.send(Input::Event(found)).await;
    }

    /// A message is done with.
    pub(super) async fn delete(&self, receipts: &[Receipt]) {
        let handles = self.close(receipts).await;
        let count = handles.len() as u64;
        match self.queue.delete(&handles).await {
            Ok(()) => _ = self.counts.deleted.fetch_add(count, Relaxed),
            Err(refusal) => self.trouble(refusal.message().after("messages cannot be deleted: ")).await,
        }
    }

    /// A message comes again when it becomes visible.
    pub(super) async fn release(&self, receipt: Receipt) {
        self.close(&[receipt]).await;
    }

    async fn close(&self, receipts: &[Receipt]) -> Vec<String> {
        let mut open = self.open.lock().await;
        receipts.iter().filter_map(|receipt| Some(open.remove(receipt)?.handle)).collect()
    }

    /// Keeps what is worked on from coming again.
    pub(super) async fn keep_hidden(&self) {
        let mut handles = Vec::new();
        {
            let mut open = self.open.lock().await;
            let now = Instant::now();
            open.retain(|_, message| now - message.received < LONGEST);
            for message in open.values_mut().filter(|message| now - message.hidden >= EXTEND_AFTER) {
                message.hidden = now;
                handles.push(message.handle.clone());
            }
        }
        if !handles.is_empty()
            && let Err(refusal) = self.queue.hide(&handles, VISIBLE_AFTER).await
        {
            self.trouble(refusal.message().after("messages cannot be kept from coming again: ")).await;
        }
    }
}
