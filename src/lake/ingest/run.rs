//! Taking in, from one opening of the store to the next: a *life* (`life`) ends with an error of the store itself, as when a line of the
//! manifest could not be written. Then the store is opened again, with what its manifest says, and everything that was under way is
//! found again by listing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::Notify;

use super::counts::Counts;
use super::handing_over::Export;
use super::life::Life;
use super::queue::Queue;
use super::troubles::{Said as Trouble, Topic, Troubles};
use crate::base::message::Message;
use crate::base::place::Place;
use crate::lake::export::Settings;
use crate::lake::live::Mended;
use crate::lake::live::plan::Policy;

/// Between two lives.
const PAUSE: Duration = Duration::from_secs(5);

/// What is to be taken in, and where to.
pub struct Ingest {
    pub places: Vec<Place>,
    /// The live store.
    pub folder: PathBuf,
    /// What it is made with.
    pub settings: Settings,
    pub policy: Policy,
    /// Where complete hours go.
    pub export: Option<Arc<Export>>,
    pub queue: Option<Queue>,
    /// From the end of one listing to the next.
    pub poll: Duration,
    /// Requests that may be spent on folders of a bucket that are not of AWS's layout.
    pub max_lists: usize,
    /// Bytes of memory for making batches, all together.
    pub memory: usize,
    /// End when everything that is there was taken in.
    pub once: bool,
}

/// What is said to whoever watches.
#[derive(Debug)]
pub enum Said {
    /// The store was opened, and put in order.
    Opened(Mended),
    /// Objects are in the store: how many, and their rows.
    TakenIn {
        objects: u64,
        rows: u64,
    },
    /// An object is in the store with fewer rows than it had, and stays so.
    Damaged(Message),
    /// Slots of the export were written.
    HandedOver {
        slots: usize,
    },
    Wrong(Message),
    Over(&'static str),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Somebody wanted it to, or everything was taken in.
    Done,
    /// Everything was taken in but for something that was said, damage of objects too.
    Incomplete,
    /// Once, everything was to be taken in, and somebody wanted it to end before.
    Stopped,
}

/// Takes logs in until `stop` is notified, or, once, until everything is taken in.
///
/// # Errors
/// When the store cannot be opened at the beginning.
pub async fn ingest(
    spec: &Ingest,
    counts: &Arc<Counts>,
    stop: &Notify,
    tell: &mut (dyn FnMut(Said) + Send),
) -> Result<End> {
    let stopped = Arc::new(AtomicBool::new(false));
    let mut troubles = Troubles::default();
    let mut first = true;
    loop {
        match Life::begin(spec, counts, &stopped) {
            Ok((life, mended)) => {
                tell(Said::Opened(mended));
                say(&mut troubles, counts, tell, Topic::Store, None);
                match life.live(stop, &mut troubles, tell).await {
                    Ok(end) => return Ok(end),
                    Err(error) => say(&mut troubles, counts, tell, Topic::Store, Some(Message::from(error))),
                }
            }
            Err(error) if first => return Err(error),
            Err(error) => say(&mut troubles, counts, tell, Topic::Store, Some(Message::from(error))),
        }
        first = false;
        if stopped.load(Relaxed) || spec.once {
            return Ok(End::Incomplete);
        }
        tokio::select! {
            () = stop.notified() => return Ok(End::Incomplete),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Says what is new about a topic.
pub(super) fn say(
    troubles: &mut Troubles,
    counts: &Counts,
    tell: &mut (dyn FnMut(Said) + Send),
    topic: Topic,
    trouble: Option<Message>,
) {
    match troubles.note(topic, trouble) {
        Some(Trouble::Wrong(message)) => tell(Said::Wrong(message)),
        Some(Trouble::Over(topic)) => tell(Said::Over(topic.well())),
        None => {}
    }
    counts.troubled(troubles.count(), troubles.in_the_way());
}
