//! What is wrong at the moment, each thing said once when it begins and once when it is over.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::message::Message;

/// What something is wrong with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    Listing,
    Objects,
    Store,
    /// A batch of the store cannot be read.
    Batches,
    Export,
    Queue,
    /// Objects that the queue told of.
    Looks,
    Redrive,
    Unreadable,
    Unnamed,
}

/// What is wrong, by topic.
#[derive(Debug, Default)]
pub(super) struct Troubles(BTreeMap<Topic, Trouble>);

/// What is wrong with something.
#[derive(Debug)]
struct Trouble {
    /// As it was heard last.
    now: Message,
    /// What was said since it began: what comes again in turn with something else is no news.
    said: BTreeSet<String>,
}

/// What is to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// It began, or is another one now.
    Wrong(Message),
    Over(Topic),
}

impl Troubles {
    /// Takes note; what is to be said, if that is new.
    pub(super) fn note(&mut self, topic: Topic, trouble: Option<Message>) -> Option<Said> {
        let Some(message) = trouble else { return self.0.remove(&topic).map(|_| Said::Over(topic)) };
        let kind = topic.kind(&message);
        let trouble = self.0.entry(topic).or_insert_with(|| Trouble { now: message.clone(), said: BTreeSet::new() });
        trouble.now = message.clone();
        trouble.said.insert(kind).then_some(Said::Wrong(message))
    }

    /// What keeps logs from being taken in, if anything does.
    pub(super) fn in_the_way(&self) -> Option<&Message> {
        [Topic::Store, Topic::Listing, Topic::Objects].iter().find_map(|topic| Some(&self.0.get(topic)?.now))
    }

    /// Whether there was anything that left something out.
    pub(super) fn is_incomplete(&self) -> bool {
        let left_out = [Topic::Export, Topic::Batches];
        self.in_the_way().is_some() || left_out.iter().any(|topic| self.0.contains_key(topic))
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

impl Topic {
    /// What makes a message of it another one.
    fn kind(self, message: &Message) -> String {
        match self {
            // Each object has a message of its own: what is said of the first one is true of all.
            Self::Objects | Self::Looks => String::new(),
            // Each batch has to be named.
            Self::Batches => message.text().to_owned(),
            _ => message.kind(),
        }
    }

    /// What is well again.
    pub(super) fn well(self) -> &'static str {
        match self {
            Self::Listing => "logs can be listed again",
            Self::Objects => "objects can be read again",
            Self::Store => "the live store can be written again",
            Self::Batches => "all batches of the live store can be read again",
            Self::Export => "the export is up to date again",
            Self::Queue => "the queue can be read again",
            Self::Looks => "objects that the queue tells of can be looked at again",
            Self::Redrive | Self::Unreadable | Self::Unnamed => "well again",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_said_once() {
        let mut troubles = Troubles::default();
        let wrong = |text: &str| Some(Message::new(text));
        assert_eq!(troubles.note(Topic::Listing, None), None);
        assert_eq!(troubles.note(Topic::Listing, wrong("denied")), Some(Said::Wrong(Message::new("denied"))));
        assert_eq!(troubles.note(Topic::Listing, wrong("denied")), None);
        assert_eq!(troubles.note(Topic::Listing, wrong("expired")), Some(Said::Wrong(Message::new("expired"))));
        assert!(troubles.in_the_way().is_some());
        assert_eq!(troubles.note(Topic::Listing, wrong("denied")), None, "it is no news that comes again in turn");
        assert_eq!(troubles.in_the_way(), Some(&Message::new("denied")));
        assert_eq!(troubles.note(Topic::Listing, None), Some(Said::Over(Topic::Listing)));
        assert!(troubles.in_the_way().is_none());
        assert!(matches!(troubles.note(Topic::Listing, wrong("denied")), Some(Said::Wrong(_))), "it began anew");
    }

    #[test]
    fn what_changes_with_each_try_is_no_news() {
        let mut troubles = Troubles::default();
        let mut said = |topic, text: &str| troubles.note(topic, Some(Message::new(text))).is_some();
        assert!(
            said(Topic::Listing, "slow down (RequestId: 4QX7)") && !said(Topic::Listing, "slow down (RequestId: 9ZZ0)")
        );
        assert!(said(Topic::Objects, "a: denied") && !said(Topic::Objects, "b: denied"));
        assert!(said(Topic::Batches, "1.parquet is damaged") && said(Topic::Batches, "2.parquet is damaged"));
        assert!(!said(Topic::Batches, "1.parquet is damaged"));
        assert!(troubles.is_incomplete());
    }
}
