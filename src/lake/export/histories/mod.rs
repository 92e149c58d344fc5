//! Histories of exports: objects come, come late, change, expire and cannot be read, while runs export them, are killed
//! and get in each other's way. After every change to the export, a reader that knows nothing of records sees no row
//! twice, every row under its own day, and every row that a finished run has promised; in the end the export is what one
//! made from scratch would be.

mod memory;
mod reader;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, mpsc};
use std::thread;

use alblog::time::HOUR;
use anyhow::Result;
use proptest::prelude::*;
use proptest::sample::select;
use tokio::runtime::{Builder, Runtime};

use super::record::Record;
use super::slot::{Slot, region_folder};
use super::{ExportProgress, ExportReport, ExportSpec, Policy, Redaction, Settings, SlotLength, run};
use crate::base::place::Place;
use crate::base::tables::Table;
use crate::read::storage::MAX_LISTS;
use memory::{Client, Fate, Lake};
use reader::{Id, batches, texts};
use world::{FIRST_HOUR, Form, HOURS, OBJECTS, Text, Version, World, slot};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime"));

#[derive(Debug, Clone)]
enum Event {
    Put(usize, Text),
    Expire(usize),
}

#[derive(Debug, Clone)]
enum Step {
    Event(Event),
    Run(Plan),
    /// The first run waits before a change until these things have happened and the second run has ended.
    Two {
        first: Plan,
        before: usize,
        between: Vec<Event>,
        second: Plan,
    },
}

#[derive(Debug, Clone, Default)]
struct Plan {
    /// From this hour to before that one, of [`HOURS`].
    window: Option<(usize, usize)>,
    shard: Option<(u64, u64)>,
    allow_shrink: bool,
    rewrite: bool,
    /// Before which change it is killed.
    kill: Option<usize>,
    /// Objects that cannot be read.
    unreadable: Vec<usize>,
}

impl Plan {
    fn spec(&self, world: &World) -> ExportSpec {
        let (first, end) = self.window.unwrap_or((0, HOURS));
        let hour = |hour: usize| (FIRST_HOUR + i64::try_from(hour).expect("small")) * HOUR;
        ExportSpec {
            places: vec![Place::new(world.from())],
            settings: Settings::new(SlotLength::Hour, vec![world.from()], Redaction::default()),
            since: hour(first),
            until: hour(end),
            shard: self.shard,
            policy: Policy { allow_shrink: self.allow_shrink, rewrite: self.rewrite },
            dry_run: false,
            workers: 1,
            duplicates: false,
            max_lists: MAX_LISTS,
            cache: None,
        }
    }

    fn covers(&self, world: &World, slot: &Slot) -> bool {
        let in_time = self.spec(world).window().contains(&slot.start);
        in_time && self.shard.is_none_or(|shard| slot.belongs_to(shard))
    }
}

struct History {
    world: World,
    lake: Lake,
}

/// What a record says, by slot: its objects and their times.
type Records = BTreeMap<Slot, BTreeMap<String, u64>>;

impl History {
    fn new(etags: bool) -> Self {
        Self { world: World::new(), lake: Lake::new(etags) }
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Event(event) => self.event(event, true),
            Step::Run(plan) => self.one_run(&plan)?,
            Step::Two { first, before, between, second } => self.two_runs(&first, before, between, &second)?,
        }
        let violations = std::mem::take(&mut self.lake.lock().reader.violations);
        prop_assert!(violations.is_empty(), "{:#?}", violations);
        Ok(())
    }

    /// Something happens to the logs. If `alone`, no run is under way: what an object has lost that was exported stays promised.
    fn event(&mut self, event: Event, alone: bool) {
        match event {
            Event::Put(number, text) => {
                let path = self.world.path(number).to_string_lossy().into_owned();
                let exported = self.records().get(&slot(number)).and_then(|sources| sources.get(&path).copied());
                let exported = exported.map(|modified| self.world.versions[&(path, modified)].clone());
                let replaced = self.world.put(number, &text);
                let stays = exported.filter(|exported| alone && exported.has_lost(&self.world.objects[&number]));
                let stays: BTreeSet<Id> = stays.iter().flat_map(Version::ids).collect();
                let promised = &mut self.lake.lock().reader.promised;
                for id in replaced.iter().filter(|id| !stays.contains(id)) {
                    promised.remove(id);
                }
            }
            Event::Expire(number) => self.world.expire(number),
        }
    }

    fn one_run(&mut self, plan: &Plan) -> Result<(), TestCaseError> {
        let before = self.records();
        if plan.allow_shrink {
            self.forget_what_is_gone(&plan.unreadable);
        }
        let hider = self.world.hider(&plan.unreadable);
        let report = start(&self.lake, &plan.spec(&self.world), Fate::new(plan.kill, Some(hider)));
        self.world.reveal(&plan.unreadable);
        let report = match report {
            Ok(report) => report,
            Err(error) => {
                prop_assert!(plan.kill.is_some() && error.to_string().contains("killed"), "{error:#}");
                return Ok(());
            }
        };
        self.promise(&report, &BTreeSet::new())?;
        let killed = report.incomplete.iter().any(|problem| problem.message.text().contains("killed"));
        if plan.unreadable.is_empty() && !killed {
            self.is_up_to_date(plan, &before)?;
            self.nothing_is_left(plan)?;
        }
        Ok(())
    }

    fn two_runs(
        &mut self,
        first: &Plan,
        before: usize,
        between: Vec<Event>,
        second: &Plan,
    ) -> Result<(), TestCaseError> {
        if first.allow_shrink || second.allow_shrink {
            self.forget_what_is_gone(&[]);
        }
        let (spec, lake) = (first.spec(&self.world), self.lake.clone());
        let mut fate = Fate::new(None, None);
        let (waits, go_on) = fate.waits(before);
        let other = thread::spawn(move || start(&lake, &spec, fate));
        // Whether it waits, or has ended before it came there.
        let waits: Result<(), mpsc::RecvError> = waits.recv();
        let mut touched = BTreeSet::new();
        for event in between {
            let (Event::Put(number, _) | Event::Expire(number)) = event;
            touched.insert(self.world.path(number).to_string_lossy().into_owned());
            self.event(event, false);
        }
        if first.allow_shrink || second.allow_shrink {
            self.forget_what_is_gone(&[]);
        }
        let report = start(&self.lake, &second.spec(&self.world), Fate::default());
        self.promise(&report.map_err(|error| TestCaseError::fail(format!("{error:#}")))?, &BTreeSet::new())?;
        if waits.is_ok() {
            go_on.send(()).expect("it waits");
        }
        let report = other.join().expect("no panic").map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
        self.promise(&report, &touched)
    }

    /// What finished slots say they hold must stay; and it is there.
    fn promise(&mut self, report: &ExportReport, touched: &BTreeSet<String>) -> Result<(), TestCaseError> {
        let records = self.records();
        let failed = |slot: &Slot| report.incomplete.iter().any(|problem| problem.object == format!("slot {slot}"));
        let written = report.written.iter().map(|(slot, _)| slot).filter(|slot| !failed(slot));
        for slot in report.kept.iter().chain(written) {
            let sources = records.get(slot);
            prop_assert!(sources.is_some(), "{slot} has no record");
            let here: BTreeSet<Id> = self.slot_files(slot).into_values().flatten().collect();
            for (path, modified) in sources.into_iter().flatten().filter(|(path, _)| !touched.contains(*path)) {
                let version = &self.world.versions[&(path.clone(), *modified)];
                let is_current = self.world.versions.range((path.clone(), *modified)..).take(2);
                let is_current = is_current.filter(|((other, _), _)| other == path).count() == 1;
                for id in version.ids() {
                    prop_assert!(here.contains(&id), "{slot} lacks row {id} of {path}");
                    if is_current {
                        self.lake.lock().reader.promised.insert(id);
                    }
                }
            }
        }
        Ok(())
    }

    /// A run may shrink slots: rows of objects that are gone are not promised any more.
    fn forget_what_is_gone(&mut self, unreadable: &[usize]) {
        let there = self.world.objects.iter().filter(|(number, _)| !unreadable.contains(number));
        let there: BTreeSet<Id> = there.flat_map(|(_, version)| version.ids()).collect();
        self.lake.lock().reader.promised.retain(|id| there.contains(id));
    }

    /// After a run that nothing disturbed, slots whose recorded objects are all still there hold what they should.
    fn is_up_to_date(&self, plan: &Plan, before: &Records) -> Result<(), TestCaseError> {
        let now = self.records();
        for slot in self.world.slots().iter().filter(|slot| plan.covers(&self.world, slot)) {
            let sources = self.world.sources(slot);
            let gone = before.get(slot).is_some_and(|before| before.keys().any(|path| !sources.contains_key(path)));
            let lost = !plan.allow_shrink && before.get(slot).is_some_and(|before| self.world.has_lost(before));
            if !gone && !lost {
                prop_assert_eq!(now.get(slot), Some(&sources), "record of {}", slot);
                prop_assert_eq!(self.slot_files(slot), self.world.files(slot), "files of {}", slot);
            }
        }
        Ok(())
    }

    /// The same run once more writes nothing.
    fn nothing_is_left(&self, plan: &Plan) -> Result<(), TestCaseError> {
        let again = Plan { rewrite: false, kill: None, ..plan.clone() };
        let before = self.lake.lock().changes;
        let report = start(&self.lake, &again.spec(&self.world), Fate::default());
        let report = report.map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
        prop_assert!(report.written.is_empty(), "written again: {:?}", report.written);
        prop_assert_eq!(self.lake.lock().changes, before);
        Ok(())
    }

    /// In the end, a run over everything makes of it what an export from scratch would be, byte for byte, but for slots
    /// of which objects are gone, or have lost rows; one that was gone before it could be read stays left out.
    fn ends_well(&mut self) -> Result<(), TestCaseError> {
        let before = self.records();
        self.step(Step::Run(Plan::default()))?;
        let scratch = Lake::new(self.lake.lock().etags);
        let report = start(&scratch, &Plan::default().spec(&self.world), Fate::default());
        prop_assert!(report.is_ok());
        let (ours, theirs) = (self.lake.lock(), scratch.lock());
        for slot in self.world.slots() {
            let sources = self.world.sources(&slot);
            if before.get(&slot).is_some_and(|before| before.keys().any(|path| !sources.contains_key(path))) {
                continue;
            }
            if before.get(&slot).is_some_and(|before| self.world.has_lost(before)) {
                continue;
            }
            let left_out = left_out(&ours, &slot);
            if !left_out.is_empty() {
                let still = left_out.iter().find(|object| sources.contains_key(*object));
                prop_assert_eq!(still, None, "{} leaves out what is there", slot);
                continue;
            }
            let files = |lake: &memory::Content| -> BTreeMap<String, Vec<u8>> {
                let files = lake.files.iter().filter(|(path, _)| is_of(path, &slot));
                files.map(|(path, file)| (path.clone(), file.content.clone())).collect()
            };
            let (ours, theirs) = (files(&ours), files(&theirs));
            prop_assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
            prop_assert!(ours == theirs, "{} differs from one made from scratch", slot);
        }
        Ok(())
    }

    /// A slot's data files: their rows, by path.
    fn slot_files(&self, slot: &Slot) -> BTreeMap<String, BTreeSet<Id>> {
        let lake = self.lake.lock();
        let files = lake.reader.rows.iter().filter(|(path, _)| is_of(path, slot));
        files.map(|(path, ids)| (path.clone(), ids.clone())).collect()
    }

    /// What records say, read without the code that writes them.
    fn records(&self) -> Records {
        let lake = self.lake.lock();
        let slots: BTreeSet<Slot> = (0..OBJECTS).map(slot).collect();
        let record = |slot: Slot| {
            let file = lake.files.get(&slot.record_path())?;
            let mut sources = BTreeMap::new();
            for batch in batches(&file.content) {
                let names = texts(&batch, "log_object").expect("not NULL");
                let modified = batch.column_by_name("modified").expect("a column");
                let modified =
                    arrow::array::AsArray::as_primitive::<arrow::datatypes::TimestampMicrosecondType>(modified);
                let seconds = modified.values().iter().map(|time| u64::try_from(time / 1_000_000).expect("a time"));
                sources.extend(names.into_iter().zip(seconds));
            }
            Some((slot, sources))
        };
        slots.into_iter().filter_map(record).collect()
    }
}

fn start(lake: &Lake, spec: &ExportSpec, fate: Fate) -> Result<ExportReport> {
    let client = Client { lake: lake.clone(), fate: Arc::new(fate) };
    run(spec, &client, &ExportProgress::default(), RUNTIME.handle())
}

/// Objects that a slot's record says are not in it.
fn left_out(lake: &memory::Content, slot: &Slot) -> Vec<String> {
    let path = slot.record_path();
    let Some(file) = lake.files.get(&path) else { return Vec::new() };
    let record = Record::from_parquet(&path, file.content.clone()).expect("a record");
    record.left_out.into_iter().map(|object| object.log_object).collect()
}

/// Whether a file is one of the slot's.
fn is_of(path: &str, slot: &Slot) -> bool {
    [slot.table(), Table::RejectedLines, Table::LogObjects].into_iter().any(|table| {
        path.starts_with(&region_folder(table, &slot.account, &slot.region))
            && path.ends_with(&format!("/{}", slot.file_name(table)))
    })
}

fn text() -> impl Strategy<Value = Text> {
    let rows = prop::collection::vec(0..Text::OFFSETS.len(), 0..4);
    let forms = prop_oneof![3 => Just(Form::Plain), 1 => Just(Form::Gzip), 1 => Just(Form::Cut)];
    (rows, prop_oneof![3 => Just(0), 1 => Just(1_usize)], forms).prop_map(|(rows, rejected, form)| Text {
        rows,
        rejected,
        form,
    })
}

/// Few slots, so that histories come back to them: kinds and accounts of the same hours.
fn object() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 4..8_usize, 1 => 0..OBJECTS]
}

fn put() -> impl Strategy<Value = Event> {
    (object(), text()).prop_map(|(number, text)| Event::Put(number, text))
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![3 => put(), 1 => object().prop_map(Event::Expire)]
}

fn plan() -> impl Strategy<Value = Plan> {
    let window = prop_oneof![
        4 => Just(None),
        1 => (0..HOURS).prop_flat_map(|first| (Just(first), first + 1..=HOURS)).prop_map(Some)
    ];
    let shard = prop_oneof![4 => Just(None), 1 => select(vec![(0, 2), (1, 2)]).prop_map(Some)];
    (window, shard, prop::bool::weighted(0.15), prop::bool::weighted(0.1)).prop_map(
        |(window, shard, allow_shrink, rewrite)| Plan { window, shard, allow_shrink, rewrite, ..Plan::default() },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let unreadable = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(object(), 1..4)];
    let runs = (plan(), prop::option::of(0..14_usize), unreadable)
        .prop_map(|(plan, kill, unreadable)| Step::Run(Plan { kill, unreadable, ..plan }));
    let two = (plan(), 0..12_usize, prop::collection::vec(event(), 0..4), plan())
        .prop_map(|(first, before, between, second)| Step::Two { first, before, between, second });
    prop_oneof![4 => event().prop_map(Step::Event), 3 => runs, 2 => two]
}

/// A few in every test run; `PROPTEST_CASES=2000` looks for longer.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(32)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_history_ends_badly(
        etags in any::<bool>(),
        begin in prop::collection::vec(put(), 1..8),
        steps in prop::collection::vec(step(), 2..12),
    ) {
        let mut history = History::new(etags);
        for event in begin {
            history.event(event, true);
        }
        for step in steps {
            history.step(step)?;
        }
        history.ends_well()?;
    }
}

/// An object loses its late row, so that a file is deleted; meanwhile a faster run has put another late row there. Tried at
/// every change of the slower run: chance hardly finds this one.
#[test]
fn a_slow_run_undoes_nothing_of_a_faster_one() {
    let text = |rows: &[usize]| Text { rows: rows.to_vec(), rejected: 0, form: Form::Plain };
    for (etags, before) in [true, false].into_iter().flat_map(|etags| (0..6).map(move |before| (etags, before))) {
        let mut history = History::new(etags);
        let (first, second) = (Plan::default(), Plan::default());
        let between = vec![Event::Put(7, text(&[0, 2]))];
        let steps = [
            Step::Event(Event::Put(6, text(&[0, 2]))),
            Step::Run(Plan::default()),
            Step::Event(Event::Put(6, text(&[0]))),
            Step::Two { first, before, between, second },
        ];
        let ended = steps.into_iter().try_for_each(|step| history.step(step)).and_then(|()| history.ends_well());
        assert!(ended.is_ok(), "before change {before}: {ended:?}");
    }
}

/// An object is replaced after a slow run has listed it and before it reads it, and then expires: no record says that a content
/// was read which was not.
#[test]
fn a_record_names_what_was_read() {
    let text = |rows: &[usize], rejected| Text { rows: rows.to_vec(), rejected, form: Form::Plain };
    for before in 0..4 {
        let mut history = History::new(false);
        let second = Plan { shard: Some((0, 2)), ..Plan::default() };
        let steps = [
            Step::Event(Event::Put(4, text(&[0], 1))),
            Step::Event(Event::Put(6, text(&[0], 0))),
            Step::Two { first: Plan::default(), before, between: vec![Event::Put(6, text(&[], 0))], second },
            Step::Event(Event::Expire(6)),
        ];
        let ended = steps.into_iter().try_for_each(|step| history.step(step)).and_then(|()| history.ends_well());
        assert!(ended.is_ok(), "before change {before}: {ended:?}");
    }
}

/// An object is cut, emptied or written anew with less in it, after it was exported: what was exported stays, whatever else comes, until
/// somebody says that it may go.
#[test]
fn what_an_object_has_lost_stays_in_the_export() {
    let text = |rows: &[usize], form| Text { rows: rows.to_vec(), rejected: 0, form };
    for (etags, less) in [true, false].into_iter().flat_map(|etags| {
        [text(&[], Form::Plain), text(&[0], Form::Gzip), text(&[0, 1], Form::Cut)].map(move |less| (etags, less))
    }) {
        let mut history = History::new(etags);
        let steps = [
            Step::Event(Event::Put(6, text(&[0, 2], Form::Gzip))),
            Step::Run(Plan::default()),
            Step::Event(Event::Put(6, less.clone())),
            Step::Run(Plan::default()),
            Step::Event(Event::Put(7, text(&[0], Form::Gzip))),
            Step::Run(Plan { rewrite: true, ..Plan::default() }),
        ];
        let ended = steps.into_iter().try_for_each(|step| history.step(step));
        assert!(ended.is_ok(), "{less:?}: {ended:?}");
        let first = |history: &History| history.records()[&slot(6)].values().next().copied();
        assert_eq!(first(&history), Some(1_000_001), "{less:?}");
        history.step(Step::Run(Plan { allow_shrink: true, ..Plan::default() })).expect("allowed");
        assert_eq!(first(&history), Some(1_000_002), "{less:?}");
        history.ends_well().expect("as from scratch");
    }
}

/// A rewriting that adds, moves and deletes files is killed before each of its changes.
#[test]
fn a_run_may_be_killed_before_any_change() {
    let text = |rows: &[usize], form| Text { rows: rows.to_vec(), rejected: rows.len(), form };
    for (etags, kill) in [true, false].into_iter().flat_map(|etags| (0..12).map(move |kill| (etags, Some(kill)))) {
        let mut history = History::new(etags);
        let steps = [
            Step::Event(Event::Put(6, text(&[0, 2], Form::Gzip))),
            Step::Event(Event::Put(7, text(&[3], Form::Cut))),
            Step::Run(Plan { kill, ..Plan::default() }),
            Step::Run(Plan::default()),
            Step::Event(Event::Put(6, text(&[1, 4], Form::Plain))),
            Step::Event(Event::Put(4, text(&[1], Form::Plain))),
            Step::Run(Plan { kill, ..Plan::default() }),
            // And its successor, too.
            Step::Run(Plan { kill: Some(2), ..Plan::default() }),
        ];
        let ended = steps.into_iter().try_for_each(|step| history.step(step)).and_then(|()| history.ends_well());
        assert!(ended.is_ok(), "before change {kill:?}: {ended:?}");
    }
}
