//! Histories of a live store: objects come, come late, change and expire; messages are doubled, lost and come in any order; work
//! ends in any order or fails; the process is killed between any two effects. After every effect a reader that knows the manifest, the
//! files and the export's records counts each object once, and finds all that was promised; in the end everything is where it
//! belongs. `PROPTEST_CASES=20000` looks for longer.

mod world;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use world::{Bug, OBJECTS, World};

#[derive(Debug, Clone)]
enum Step {
    /// An object comes, or takes the place of another; so many messages tell of it.
    Put {
        object: usize,
        messages: usize,
    },
    Expire {
        object: usize,
    },
    /// Everything is listed, and the listing taken note of now or later.
    List {
        later: bool,
    },
    /// A listing of a while ago.
    Listed,
    /// One of the messages, or two that came together.
    Receive {
        message: usize,
        with: Option<usize>,
    },
    /// Something that was begun ends.
    Finish {
        job: usize,
        fails: bool,
        unreadable: Option<usize>,
    },
    Wait {
        minutes: i64,
    },
    /// Somebody else brings the export up to date.
    Export,
    /// The process is killed after so many effects.
    Kill {
        after: usize,
    },
    /// The machine's clock is set.
    Clock {
        hours: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let object = || 0..OBJECTS;
    prop_oneof![
        6 => (object(), select(vec![0, 1, 1, 1, 2])).prop_map(|(object, messages)| Step::Put { object, messages }),
        1 => object().prop_map(|object| Step::Expire { object }),
        3 => any::<bool>().prop_map(|later| Step::List { later }),
        2 => Just(Step::Listed),
        4 => (any::<usize>(), prop::option::of(any::<usize>())).prop_map(|(message, with)| Step::Receive { message, with }),
        8 => (any::<usize>(), prop::bool::weighted(0.15), prop::option::weighted(0.15, object()))
            .prop_map(|(job, fails, unreadable)| Step::Finish { job, fails, unreadable }),
        4 => select(vec![0, 1, 1, 12, 70]).prop_map(|minutes| Step::Wait { minutes }),
        1 => Just(Step::Export),
        2 => (0..6_usize).prop_map(|after| Step::Kill { after }),
        1 => select(vec![-3, 3, 9000]).prop_map(|hours| Step::Clock { hours }),
    ]
}

fn take(world: &mut World, step: &Step) {
    match *step {
        Step::Put { object, messages } => world.put(object, messages),
        Step::Expire { object } => world.expire(object),
        Step::List { later } => world.list(later),
        Step::Listed => world.listed(),
        Step::Receive { message, with } => world.receive(message, with),
        Step::Finish { job, fails, unreadable } => world.finish(job, fails, unreadable),
        Step::Wait { minutes } => world.wait(minutes),
        Step::Export => world.nightly_export(),
        Step::Kill { after } => world.kill_after(after),
        Step::Clock { hours } => world.set_clock(hours),
    }
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn no_history_ends_badly(
        export in any::<bool>(),
        max_files in select(vec![3_u64, 1000]),
        steps in prop::collection::vec(step(), 5..60),
    ) {
        let mut world = World::new(export, max_files);
        for step in &steps {
            take(&mut world, step);
            prop_assert!(world.violations.is_empty(), "{step:?}: {:#?}", world.violations);
        }
        world.ends_well();
        prop_assert!(world.violations.is_empty(), "in the end: {:#?}", world.violations);
    }
}

/// A replacement, a merge and a handing over, killed before each of their effects.
#[test]
fn a_process_may_be_killed_between_any_two_effects() {
    for after in 0..40 {
        let mut world = World::new(true, 1000);
        world.kill_after(after);
        for object in 0..6 {
            world.put(object, 1);
            world.receive(0, None);
            world.wait(1);
            world.finish(0, false, None);
        }
        world.put(0, 2);
        world.receive(0, None);
        world.wait(70);
        (0..4).for_each(|_| world.finish(0, false, None));
        world.wait(70);
        (0..4).for_each(|_| world.finish(0, false, None));
        world.ends_well();
        assert!(world.violations.is_empty(), "after {after}: {:#?}", world.violations);
    }
}

/// The reader notices whatever a careless writer does: so many histories are enough.
#[test]
fn every_deliberate_bug_is_noticed() {
    const HISTORIES: usize = 3000;
    let histories = (any::<bool>(), select(vec![3_u64, 1000]), prop::collection::vec(step(), 5..60));
    let is_noticed = |bug: &Bug| {
        let mut runner = TestRunner::deterministic();
        (0..HISTORIES).any(|_| {
            let (export, max_files, steps) = histories.new_tree(&mut runner).unwrap().current();
            let mut world = World::new(export, max_files);
            world.bug = Some(*bug);
            for step in &steps {
                take(&mut world, step);
            }
            if world.violations.is_empty() {
                world.ends_well();
            }
            !world.violations.is_empty()
        })
    };
    let unnoticed: Vec<Bug> = Bug::ALL.into_iter().filter(|bug| !is_noticed(bug)).collect();
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
}
