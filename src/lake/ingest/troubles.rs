//! What is wrong at the moment, each thing said once when it begins and once when it is over.

use std::collections::BTreeMap;

use crate::base::message::Message;

/// What something is wrong with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    Listing,
    Objects,
    Store,
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
pub(super) struct Troubles(BTreeMap<Topic, Message>);

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
        match trouble {
            // Each object has a message of its own: what is said of the first one is true of all.
            Some(message) if topic.is_of_many() && self.0.contains_key(&topic) => {
                self.0.insert(topic, message);
                None
            }
            Some(message) if self.0.get(&topic) == Some(&message) => None,
            Some(message) => {
                self.0.insert(topic, message.clone());
                Some(Said::Wrong(message))
            }
            None => self.0.remove(&topic).map(|_| Said::Over(topic)),
        }
    }

    /// What keeps logs from being taken in, if anything does.
    pub(super) fn in_the_way(&self) -> Option<&Message> {
        [Topic::Store, Topic::Listing, Topic::Objects].iter().find_map(|topic| self.0.get(topic))
    }

    /// Whether there was anything that left something out.
    pub(super) fn is_incomplete(&self) -> bool {
        self.in_the_way().is_some() || self.0.contains_key(&Topic::Export)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

impl Topic {
    fn is_of_many(self) -> bool {
        matches!(self, Self::Objects | Self::Looks)
    }

    /// What is well again.
    pub(super) fn well(self) -> &'static str {
        match self {
            Self::Listing => "logs can be listed again",
            Self::Objects => "objects can be read again",
            Self::Store => "the live store can be written again",
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
        assert_eq!(troubles.note(Topic::Listing, None), Some(Said::Over(Topic::Listing)));
        assert!(troubles.in_the_way().is_none());
    }
}
