//! Messages that told of objects, until all objects of each are where they belong.

use std::collections::{BTreeSet, HashMap};

use super::ObjectId;

/// The number of a message as it was received; received again, it has another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Receipt(pub u64);

#[derive(Debug, Default)]
pub(super) struct Messages {
    /// Objects of each message that are not done.
    open: HashMap<Receipt, BTreeSet<ObjectId>>,
    /// Messages that wait for each object.
    waiting: HashMap<ObjectId, Vec<Receipt>>,
}

impl Messages {
    /// A message waits for these objects; `false` if there is nothing to wait for.
    pub(super) fn wait(&mut self, receipt: Receipt, objects: &[ObjectId]) -> bool {
        for object in objects {
            self.waiting.entry(*object).or_default().push(receipt);
        }
        if !objects.is_empty() {
            self.open.insert(receipt, objects.iter().copied().collect());
        }
        !objects.is_empty()
    }

    /// An object is done: the messages that waited for nothing else.
    pub(super) fn done(&mut self, object: ObjectId) -> Vec<Receipt> {
        let receipts = self.waiting.remove(&object).unwrap_or_default();
        let is_over = |receipt: &Receipt| {
            let Some(objects) = self.open.get_mut(receipt) else { return false };
            objects.remove(&object);
            objects.is_empty() && self.open.remove(receipt).is_some()
        };
        receipts.into_iter().filter(is_over).collect()
    }

    /// An object has to wait: its messages are not waited with, and come again.
    pub(super) fn release(&mut self, object: ObjectId) -> Vec<Receipt> {
        let receipts = self.waiting.remove(&object).unwrap_or_default();
        receipts.into_iter().filter(|receipt| self.open.remove(receipt).is_some()).collect()
    }
}
