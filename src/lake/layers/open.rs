//! A source opened: records are read and logs listed as far as they must be, and each object has its layer.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use object_store::ObjectMeta;

use super::agree::check;
use super::batches::{Batch, Store};
use super::catalogue::{Offers, choose, identity};
use super::parts::Parts;
use super::settled::{Recording, is_settled, settled};
use crate::base::message::Message;
use crate::base::place::Place;
use crate::lake::export::{self, Contents, Flaw, LeftOut, OpenExport, Record, Recorded, Source, anchored, source_name};
use crate::read::storage::{KeyFilter, Listing, LogObject, Settled, list, without_copies};

/// What is to be read.
pub struct LayersSpec {
    pub exports: Vec<OpenExport>,
    /// Folders of live stores.
    pub live: Vec<PathBuf>,
    /// Where logs lie.
    pub raw: Vec<Place>,
    /// What the objects' names must be like.
    pub filter: KeyFilter,
    /// Objects that were read before, and are not read again.
    pub seen: Vec<String>,
    /// Nor are those whose intervals ended by then; microseconds since the epoch.
    pub seen_until: Option<i64>,
    /// Slots that were over by then are not listed if they are recorded; microseconds since the epoch.
    pub settled_before: i64,
}

/// What is read, and from where.
pub struct Layers {
    pub kept: Vec<Kept>,
    pub live: Vec<Kept>,
    /// The objects that are read of these, but for those of settled hours.
    pub objects: Vec<Source>,
    /// What was let go before it could be asked about, and nothing else may have.
    pub let_go: Vec<LetGo>,
    /// The objects to be read themselves; what is missing of exports is there with what could not be listed.
    pub raw: Listing,
}

/// What a live store had once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetGo {
    /// What messages call the store.
    pub store: String,
    /// Rows from before are not in it any more; microseconds since the epoch.
    pub before: i64,
}

/// An export, or a live store, which is laid out as one; and what is read of it.
#[derive(Debug, Clone)]
pub struct Kept {
    pub export: OpenExport,
    /// Everything, if nothing else is read with it.
    pub chosen: Option<Arc<Chosen>>,
}

/// What is read of an export or store that is one layer of several.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// Hours of which all that is recorded is read.
    pub settled: Settled,
    /// Of other hours, what is read, and nothing beside.
    pub parts: Vec<Part>,
    /// What is to be said of the objects that are read of it, or that nothing else has of those it should have.
    pub flaws: Vec<Flaw>,
}

/// Files as they were when it was decided that they are read.
#[derive(Debug, Clone, Default)]
pub struct Part {
    pub files: Vec<ObjectMeta>,
    /// Objects whose rows in them do not count, for they are read elsewhere.
    pub without: BTreeSet<String>,
}

impl Kept {
    /// All of an export.
    pub fn all(export: OpenExport) -> Self {
        Self { export, chosen: None }
    }

    /// Names of the objects whose rows do not count in a part that was chosen.
    pub fn without(&self, part: usize) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        let part = self.chosen.as_ref().and_then(|chosen| chosen.parts.get(part));
        part.map_or(&NONE, |part| &part.without)
    }
}

/// Opens a source.
///
/// # Errors
/// When an export is of other places than the logs, or something cannot be listed.
pub async fn open(spec: LayersSpec) -> Result<Layers> {
    let LayersSpec { exports, live, raw, filter, seen, seen_until, settled_before } = spec;
    // A batch leaves its store when an export has it: looked at in this order, an object is in one of them, or in both.
    let stores = live.iter().map(|folder| Store::open(folder, &filter.ends)).collect::<Result<Vec<Store>>>()?;
    let let_go = if raw.is_empty() && exports.is_empty() { let_go(&stores, filter.ends.start) } else { Vec::new() };
    // Records know objects by such names.
    let raw = anchored(raw)?;
    let names: BTreeSet<String> = raw.iter().map(source_name).collect::<Result<_>>()?;
    let all = exports.iter().chain(stores.iter().map(|store| &store.export));
    check(all.map(|export| (export.name.as_str(), &export.settings)), &names)?;
    let mut recorded = Vec::new();
    for export in &exports {
        recorded.push(export.recorded(&filter.ends).await?);
    }
    let noted = noted(&exports, &recorded, settled_before).await?;
    let recording: Vec<Recording> = exports.iter().zip(&recorded).zip(&noted).map(recording).collect();
    let settled = Arc::new(settled(&recording, &names, settled_before));
    let flaws = noted.iter().map(|noted| flaws_of_settled(noted, &settled)).collect();
    let duplicates = filter.duplicates;
    let mut listing = if raw.is_empty() {
        Listing::default()
    } else {
        // Where others have rows, there need not be any logs left.
        let has_others = !exports.is_empty() || !stores.is_empty();
        let elsewhere = has_others.then(|| Arc::clone(&settled));
        // Which one of two is read is decided when it is known what the other layers have.
        list(&raw, &KeyFilter { duplicates: true, elsewhere, ..filter }).await?
    };
    let mut slots = Vec::new();
    for (at, (export, recorded)) in exports.iter().zip(&recorded).enumerate() {
        let open: Vec<Recorded> =
            recorded.iter().filter(|recorded| !is_settled(&recorded.slot, &settled)).cloned().collect();
        let contents = export.contents(&open).await?;
        slots.extend(open.into_iter().zip(contents).map(|(recorded, contents)| (at, recorded, contents)));
    }
    let slots = slots.into_iter().filter_map(|slot| usable(&exports, &mut listing, slot)).collect();
    let (stores, of_stores): (Vec<OpenExport>, Vec<Vec<Batch>>) =
        stores.into_iter().map(|store| (store.export, store.batches)).unzip();
    let batches =
        of_stores.into_iter().enumerate().flat_map(|(at, batches)| batches.into_iter().map(move |it| (at, it)));
    let batches = batches.filter(|(_, batch)| !is_settled(&batch.slot, &settled)).collect();
    let opened = Opened { exports, settled, flaws, slots, stores, batches, listing };
    Ok(Layers { let_go, ..opened.decided(&seen, seen_until, duplicates) })
}

/// Slots of an export that there are notes about, and their records.
type Noted<'a> = Vec<(&'a export::Slot, Result<Record>)>;

/// What the records say that there are notes about, of slots that may be settled; export by export.
async fn noted<'a>(
    exports: &[OpenExport],
    recorded: &'a [Vec<Recorded>],
    settled_before: i64,
) -> Result<Vec<Noted<'a>>> {
    let mut noted = Vec::new();
    for (export, recorded) in exports.iter().zip(recorded) {
        let is_asked = |recorded: &&Recorded| recorded.is_noted && recorded.slot.end() <= settled_before;
        let (slots, asked): (Vec<&export::Slot>, Vec<Recorded>) =
            recorded.iter().filter(is_asked).map(|recorded| (&recorded.slot, recorded.clone())).unzip();
        noted.push(slots.into_iter().zip(export.records(&asked).await?).collect());
    }
    Ok(noted)
}

/// What is to be said of the objects of settled hours.
fn flaws_of_settled(noted: &[(&export::Slot, Result<Record>)], settled: &Settled) -> Vec<Flaw> {
    let of_settled = noted.iter().filter(|(slot, _)| is_settled(slot, settled));
    of_settled.filter_map(|(_, record)| Some(record.as_ref().ok()?.flaws())).flatten().collect()
}

/// What stores have let go of that is asked about. Without a beginning, what is there is asked about.
fn let_go(stores: &[Store], since: i64) -> Vec<LetGo> {
    let lacks = stores.iter().filter(|store| since > i64::MIN && since < store.floor);
    lacks.map(|store| LetGo { store: store.export.name.clone(), before: store.floor }).collect()
}

/// What there is.
struct Opened {
    exports: Vec<OpenExport>,
    settled: Arc<Settled>,
    /// Of each export, what is to be said of objects of settled hours.
    flaws: Vec<Vec<Flaw>>,
    /// Slots that are not settled.
    slots: Vec<Slot>,
    stores: Vec<OpenExport>,
    /// Batches of hours that are not, each with the position of its store.
    batches: Vec<(usize, Batch)>,
    listing: Listing,
}

impl Opened {
    /// From which layer each object is read.
    fn decided(mut self, seen: &[String], seen_until: Option<i64>, duplicates: bool) -> Layers {
        let matters = self.matters(seen);
        let listed = self.listing.objects.iter().zip(&matters).filter(|(_, matters)| **matters);
        let listed: Vec<Source> = listed.map(|(object, _)| Source::listed(object)).collect();
        let offers = Offers {
            seen,
            seen_until,
            kept: self.slots.iter().map(|slot| slot.sources.as_slice()).collect(),
            live: self.batches.iter().map(|(_, batch)| batch.sources.as_slice()).collect(),
            raw: &listed,
        };
        let choice = choose(&offers, duplicates);
        let (mut is_read, mut matters) = (choice.raw.into_iter(), matters.into_iter());
        self.listing.objects.retain(|_| !matters.next().unwrap_or(false) || is_read.next().unwrap_or(true));
        self.listing.copies.add(choice.copies);
        if !duplicates {
            self.listing.copies.add(without_copies(&mut self.listing.objects));
        }
        let mut objects = Vec::new();
        let mut kept: Vec<(Parts, Vec<Flaw>)> = self.flaws.into_iter().map(|flaws| (Parts::default(), flaws)).collect();
        let mut left_out = Vec::new();
        for (slot, without) in self.slots.into_iter().zip(choice.kept_without) {
            let (parts, flaws) = &mut kept[slot.export];
            let read = parts.add(slot.sources, slot.files, without);
            flaws.extend(read.iter().filter_map(Flaw::of));
            objects.extend(read);
            left_out.extend(slot.left_out.into_iter().map(|object| (slot.export, object)));
        }
        let mut live = vec![(Parts::default(), Vec::new()); self.stores.len()];
        for ((store, Batch { sources, files, .. }), without) in self.batches.into_iter().zip(choice.live_without) {
            let (parts, flaws) = &mut live[store];
            let read = parts.add(sources, files, without);
            flaws.extend(read.iter().filter_map(Flaw::of));
            objects.extend(read);
        }
        for (export, object) in lost(left_out, &objects, &self.listing, duplicates) {
            kept[export].1.push(Flaw::left_out(&object));
        }
        let of = |export, settled: &Settled, (parts, flaws): (Parts, Vec<Flaw>)| {
            let chosen = Chosen { settled: settled.clone(), parts: parts.together(), flaws };
            Kept { export, chosen: Some(Arc::new(chosen)) }
        };
        let nothing = Settled::default();
        Layers {
            kept: self.exports.into_iter().zip(kept).map(|(it, parts)| of(it, &self.settled, parts)).collect(),
            live: self.stores.into_iter().zip(live).map(|(it, parts)| of(it, &nothing, parts)).collect(),
            objects,
            let_go: Vec::new(),
            raw: self.listing,
        }
    }

    /// Which listed objects another layer may have: those of hours of which one has something. A listing may be of millions.
    fn matters(&self, seen: &[String]) -> Vec<bool> {
        let mut offered = Settled::default();
        let slots = self.slots.iter().map(|slot| &slot.key).chain(self.batches.iter().map(|(_, batch)| &batch.slot));
        for slot in slots {
            offered.add(slot.kind, &slot.account, &slot.region, slot.start..slot.end());
        }
        let matters =
            |object: &LogObject| !seen.is_empty() || object.key.as_ref().is_some_and(|key| offered.holds(key));
        self.listing.objects.iter().map(matters).collect()
    }
}

/// Of the objects that exports left out, those that no layer has, each once.
fn lost(
    left_out: Vec<(usize, LeftOut)>,
    read: &[Source],
    listing: &Listing,
    duplicates: bool,
) -> Vec<(usize, LeftOut)> {
    if left_out.is_empty() {
        return left_out;
    }
    let listed: Vec<String> = listing.objects.iter().map(|object| object.location.to_string()).collect();
    let there = read.iter().map(|object| object.log_object.as_str()).chain(listed.iter().map(String::as_str));
    let mut there: HashSet<_> = there.map(|name| identity(name, duplicates)).collect();
    let is_lost: Vec<bool> =
        left_out.iter().map(|(_, object)| there.insert(identity(&object.log_object, duplicates))).collect();
    left_out.into_iter().zip(is_lost).filter_map(|(object, is_lost)| is_lost.then_some(object)).collect()
}

/// What is recorded, as far as settling goes. Of a record that there is a note about and that cannot be read, nobody knows what it leaves out.
fn recording<'a>(((export, recorded), noted): ((&'a OpenExport, &'a Vec<Recorded>), &Noted<'a>)) -> Recording<'a> {
    let lacks = |record: &Result<Record>| record.as_ref().map_or(true, |record| !record.left_out.is_empty());
    Recording {
        sources: export.settings.sources.iter().map(String::as_str).collect(),
        slots: recorded.iter().map(|recorded| &recorded.slot).collect(),
        lacking: noted.iter().filter(|(_, record)| lacks(record)).map(|(slot, _)| *slot).collect(),
    }
}

/// A slot whose files are as its record says.
struct Slot {
    /// The position of its export.
    export: usize,
    key: export::Slot,
    sources: Vec<Source>,
    left_out: Vec<LeftOut>,
    files: Vec<ObjectMeta>,
}

/// The slot, if it can be read; if not, its objects are read themselves, and those that are gone are missing.
fn usable(
    exports: &[OpenExport],
    listing: &mut Listing,
    (export, recorded, contents): (usize, Recorded, Result<Contents>),
) -> Option<Slot> {
    let record = format!("{}/{}", exports[export].name, recorded.file.location);
    match contents {
        Ok(Contents { record, files: Some(files) }) => {
            let files = files.into_iter().chain([recorded.file]).collect();
            let Record { sources, left_out, .. } = record;
            return Some(Slot { export, key: recorded.slot, sources, left_out, files });
        }
        Ok(Contents { record: Record { sources, left_out, .. }, files: None }) => {
            let listed: BTreeSet<String> = listing.objects.iter().map(|object| object.location.to_string()).collect();
            let names = sources.iter().map(|source| &source.log_object).chain(left_out.iter().map(|it| &it.log_object));
            let gone = names.filter(|name| !listed.contains(*name)).count();
            if gone > 0 {
                let text =
                    format!("its files are not those that it names, and {gone} of its objects are no longer there");
                listing.unlisted.push((record, Message::new(text).hint("albstats export status")));
            }
        }
        Err(error) => {
            let message = Message::from(error).after("its slot is read from the logs instead: ");
            listing.unlisted.push((record, message));
        }
    }
    None
}
