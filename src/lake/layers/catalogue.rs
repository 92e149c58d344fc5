//! From which layer each object is read: the first that has it, as it is now. Pure.
//!
//! An object is the same wherever it lies, if its name by AWS is: these end in a random part. What a listing shows is how an object
//! is now; of one that is no longer there, the newest version counts that a layer has. What may be a part of a log gives way to a copy
//! that may be all of it, wherever that is.

use std::collections::{BTreeSet, HashMap, HashSet};

use alblog::{LogKey, key};

use crate::lake::export::Source;
use crate::read::storage::Copies;

/// What the layers have.
#[derive(Debug, Default)]
pub(super) struct Offers<'a> {
    /// Names of objects that were read before, and do not count again whatever became of them.
    pub(super) seen: &'a [String],
    /// Nor do those whose intervals ended by then; microseconds since the epoch.
    pub(super) seen_until: Option<i64>,
    /// Objects that are in files of exports: slot by slot, the preferred export first.
    pub(super) kept: Vec<&'a [Source]>,
    /// Objects of batches of live stores, in the order in which these were written.
    pub(super) live: Vec<&'a [Source]>,
    /// Objects that were listed.
    pub(super) raw: &'a [Source],
}

/// From where objects are read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// Of each slot, names of the objects whose rows in it do not count.
    pub(super) kept_without: Vec<BTreeSet<String>>,
    /// The same of each batch.
    pub(super) live_without: Vec<BTreeSet<String>>,
    /// Whether a listed object is read itself.
    pub(super) raw: Vec<bool>,
    /// Objects that are not read because another one has the same name by AWS.
    pub(super) copies: Copies,
}

/// Decides it. With `duplicates`, an object that is there twice is another one each time.
pub(super) fn choose(offers: &Offers, duplicates: bool) -> Choice {
    let (current, seen_until) = (current(offers), offers.seen_until);
    let outdone = if duplicates { HashSet::new() } else { outdone(offers, &current) };
    let (taken, copies) = (HashMap::new(), Copies::default());
    let mut catalogue = Catalogue { current, outdone, taken, seen_until, duplicates, copies };
    for name in offers.seen {
        catalogue.taken.insert(catalogue.identity(name), name);
    }
    let kept_without = offers.kept.iter().map(|slot| catalogue.left_out(slot)).collect();
    let live_without = offers.live.iter().map(|batch| catalogue.left_out(batch)).collect();
    let raw = offers.raw.iter().map(|object| !catalogue.is_old(object) && !catalogue.is_taken(object)).collect();
    Choice { kept_without, live_without, raw, copies: catalogue.copies }
}

/// How each object is now, by where it lies.
fn current<'a>(offers: &Offers<'a>) -> HashMap<&'a str, &'a Source> {
    let mut current: HashMap<&str, &Source> = HashMap::new();
    for object in offers.kept.iter().chain(&offers.live).copied().flatten() {
        let known = current.entry(&object.log_object).or_insert(object);
        if object.modified > known.modified {
            *known = object;
        }
    }
    current.extend(offers.raw.iter().map(|object| (object.log_object.as_str(), object)));
    current
}

/// Where objects of layers lie that give way to another one of their name.
fn outdone<'a>(offers: &Offers<'a>, current: &HashMap<&'a str, &'a Source>) -> HashSet<&'a str> {
    let is_current = |object: &&Source| current.get(object.log_object.as_str()).is_some_and(|now| now.is(object));
    let kept = || offers.kept.iter().chain(&offers.live).copied().flatten().filter(is_current);
    let mut weak: HashMap<Identity, Vec<&'a Source>> = HashMap::new();
    for object in kept().filter(|object| object.standing().may_give_way()) {
        weak.entry(identity(&object.log_object, false)).or_default().push(object);
    }
    let mut outdone = HashSet::new();
    if weak.is_empty() {
        return outdone;
    }
    for object in kept().chain(offers.raw) {
        let (standing, same) = (object.standing(), weak.get(&identity(&object.log_object, false)));
        let others = same.into_iter().flatten().filter(|other| other.log_object != object.log_object);
        outdone
            .extend(others.filter(|other| other.standing().gives_way_to(&standing)).map(|it| it.log_object.as_str()));
    }
    outdone
}

/// What tells the object that lies there from others.
pub(super) fn identity(name: &str, duplicates: bool) -> Identity<'_> {
    match key::identity(name).filter(|_| !duplicates) {
        Some(name) => Identity::Name(name),
        None => Identity::Place(name),
    }
}

/// What tells an object from others.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity<'a> {
    /// Its name by AWS, compressed or not, and which part of it it is.
    Name(String),
    Place(&'a str),
}

struct Catalogue<'a> {
    current: HashMap<&'a str, &'a Source>,
    /// Where those lie that give way.
    outdone: HashSet<&'a str>,
    /// Where the object lies that is read.
    taken: HashMap<Identity<'a>, &'a str>,
    seen_until: Option<i64>,
    duplicates: bool,
    copies: Copies,
}

impl<'a> Catalogue<'a> {
    /// Takes what counts of these, and names the rest.
    fn left_out(&mut self, objects: &'a [Source]) -> BTreeSet<String> {
        let mut left_out = BTreeSet::new();
        for object in objects {
            let is_current = self.current.get(object.log_object.as_str()).is_some_and(|now| now.is(object));
            let gives_way = self.outdone.contains(object.log_object.as_str());
            if !is_current || gives_way || self.is_old(object) || self.is_taken(object) {
                left_out.insert(object.log_object.clone());
            } else {
                self.taken.insert(self.identity(&object.log_object), &object.log_object);
            }
        }
        left_out
    }

    /// Whether it is of a time that was read before.
    fn is_old(&self, object: &Source) -> bool {
        self.seen_until
            .is_some_and(|until| LogKey::parse(&object.log_object).is_some_and(|key| key.interval_end <= until))
    }

    /// Whether a layer above has it.
    fn is_taken(&mut self, object: &'a Source) -> bool {
        let Some(read) = self.taken.get(&self.identity(&object.log_object)) else { return false };
        if *read != object.log_object {
            self.copies.count += 1;
            self.copies.example.get_or_insert_with(|| ((*read).to_owned(), object.log_object.clone()));
        }
        true
    }

    fn identity(&self, name: &'a str) -> Identity<'a> {
        identity(name, self.duplicates)
    }
}
