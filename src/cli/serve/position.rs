//! What a source holds at the moment, as a number that changes when that does: without a question, and for little.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::ask::selection::Selection;
use crate::base::message::Message;
use crate::lake::live::mark;
use crate::read::storage::{self, KeyFilter};

/// Looks at a source now and then.
pub(super) struct Look {
    selection: Selection,
    /// How often places are listed.
    poll: Duration,
    listed: Option<(Instant, (u64, Option<Message>))>,
    /// Listings so far.
    count: u64,
}

impl Look {
    pub(super) fn new(selection: Selection, poll: Duration) -> Self {
        Self { selection, poll, listed: None, count: 0 }
    }

    /// What there is now, and why some of it cannot be seen.
    pub(super) fn look(&mut self, runtime: &Runtime) -> (u64, Option<Message>) {
        let mut hasher = DefaultHasher::new();
        for store in &self.selection.live {
            mark(store).hash(&mut hasher);
        }
        let (found, problem) = if self.selection.live.is_empty() { self.places(runtime) } else { (0, None) };
        found.hash(&mut hasher);
        (hasher.finish(), problem)
    }

    /// What lies in places of logs. To list a bucket costs money: what lies there counts as new each time.
    fn places(&mut self, runtime: &Runtime) -> (u64, Option<Message>) {
        match &self.listed {
            Some((when, found)) if when.elapsed() < self.poll => found.clone(),
            _ => {
                self.count += 1;
                let found =
                    if self.selection.is_remote() { (self.count, None) } else { list(&self.selection, runtime) };
                self.listed = Some((Instant::now(), found.clone()));
                found
            }
        }
    }
}

/// The names, sizes and times of objects in folders, or why they cannot be listed.
fn list(selection: &Selection, runtime: &Runtime) -> (u64, Option<Message>) {
    let mut hasher = DefaultHasher::new();
    let problem = match runtime.block_on(storage::list(&selection.places, &KeyFilter::default())) {
        Ok(listing) => {
            for object in &listing.objects {
                (object.location.to_string(), object.size, object.modified).hash(&mut hasher);
            }
            None
        }
        Err(error) => Some(Message::from(error)),
    };
    (hasher.finish(), problem)
}
