//! What a page is about: the parameters of its address, which are the flags of `albstats report`. Pure.
//!
//! A list of keys and values in the order in which they stand in the address. Every page is asked with one, every link is one with
//! something added or taken away, and so the address is all the state there is. Whether a value means something is not known
//! here: the command line reads it.

mod key;
pub(super) mod url;
mod words;

pub(super) use key::{Group, Key};

#[cfg(test)]
mod tests;

/// Keys and values. A key that takes one value stands there once at most; no value is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filters(Vec<(Key, String)>);

impl Filters {
    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &str)> {
        self.0.iter().map(|(key, value)| (*key, value.as_str()))
    }

    /// The values of a key.
    pub(super) fn all(&self, key: Key) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(other, _)| *other == key).map(|(_, value)| value)
    }

    /// The first value of a key.
    pub(super) fn get(&self, key: Key) -> Option<&str> {
        self.all(key).next()
    }

    /// With a value more. One of a key that takes a single one replaces it; a time replaces those that it contradicts.
    #[must_use]
    pub(super) fn with(&self, key: Key, value: &str) -> Self {
        let mut more = self.clone();
        if value.is_empty() || self.all(key).any(|other| other == value) {
            return more;
        }
        more.0.retain(|(other, _)| !key.replaces(*other));
        more.0.push((key, value.to_owned()));
        more
    }

    /// With this value of the key and no other.
    #[must_use]
    pub(super) fn only(&self, key: Key, value: &str) -> Self {
        self.without(key).with(key, value)
    }

    /// Without any value of the key.
    #[must_use]
    pub(super) fn without(&self, key: Key) -> Self {
        Self(self.0.iter().filter(|(other, _)| *other != key).cloned().collect())
    }

    /// Without one value.
    #[must_use]
    pub(super) fn less(&self, key: Key, value: &str) -> Self {
        Self(self.0.iter().filter(|(other, text)| *other != key || text != value).cloned().collect())
    }

    /// Those of these groups alone.
    #[must_use]
    pub(super) fn of(&self, groups: &[Group]) -> Self {
        Self(self.0.iter().filter(|(key, _)| groups.contains(&key.group())).cloned().collect())
    }

    /// Source, time, zone and rows: what is the same on all pages. How one report is shown is not.
    #[must_use]
    pub(super) fn shared(&self) -> Self {
        self.of(&[Group::Source, Group::Time, Group::Zone, Group::Rows])
    }
}
