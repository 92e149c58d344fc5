//! A process that takes logs in is killed at any moment, again and again, with an export behind it: nothing is lost, nothing counts twice.
//! `ALBSTATS_KILLS=500` does it for longer.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use alblog::time::{DAY, HOUR};

use super::bench::{Bench, Running, now, urls};

fn kills() -> u64 {
    std::env::var("ALBSTATS_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(24)
}

/// Each object's rows: those of the export, and of the store what the export does not have. The store is read first.
#[track_caller]
fn everything(bench: &Bench) -> BTreeMap<String, Vec<String>> {
    let mut held = bench.held_by_object();
    held.extend(bench.exported_by_object());
    held
}

#[test]
fn killed_at_any_moment_nothing_is_lost_and_nothing_counts_twice() {
    let bench = Bench::in_folder();
    let (mut names, mut seen) = (Vec::new(), BTreeSet::new());
    for round in 0..kills() {
        names.extend(bench.put_hours(&[0, 0, 3, i64::try_from(round % 5).unwrap() + 2]));
        let running =
            Running::start(bench.command(&["--poll", "100ms", "--export", "lake", "--settle", "0s", "--quiet"]));
        // Spread over what one run needs, in an order that looks like chance.
        thread::sleep(Duration::from_millis(30 + round * 397 % 2600));
        if round % 3 == 0 {
            names.extend(bench.put_hours(&[0, 1]));
            thread::sleep(Duration::from_millis(round * 211 % 700));
        }
        if round % 4 == 1 {
            // Somebody reads while it is written.
            let there = everything(&bench);
            for object in &seen {
                assert!(there.contains_key(object), "round {round}: {object} is lost while it runs");
            }
        }
        running.kill();
        let there = everything(&bench);
        for object in &seen {
            assert!(there.contains_key(object), "round {round}: {object} is lost");
        }
        for (object, rows) in &there {
            let mut rows = rows.clone();
            rows.sort();
            assert_eq!(rows, urls(object), "round {round}: rows of {object}");
        }
        seen.extend(there.into_keys());
    }
    bench.once(&["--export", "lake", "--settle", "0s"]).done();
    let there = everything(&bench);
    let expected: BTreeSet<String> = names.into_iter().collect();
    assert_eq!(there.keys().cloned().collect::<BTreeSet<String>>(), expected);
    assert!(there.iter().all(|(object, rows)| rows.len() == urls(object).len()));
}

/// While batches come, are merged and move to the export, whoever reads finds each object once, and what was there once stays.
#[test]
fn readers_beside_a_writer_see_each_row_once() {
    let bench = Bench::in_folder();
    let running = Running::start(bench.command(&["--poll", "100ms", "--export", "lake", "--settle", "0s", "--quiet"]));
    let (mut names, mut seen, mut looks) = (Vec::new(), BTreeSet::new(), 0);
    // An hour that is over, of a day that is still listed each time: not so the one before midnight, soon after one o'clock.
    let over = if now().rem_euclid(DAY) / HOUR == 1 { 1 } else { 2 };
    for round in 0..24 {
        names.extend(bench.put_hours(&[0, if round % 6 == 0 { over } else { 0 }]));
        let began = std::time::Instant::now();
        while began.elapsed() < Duration::from_millis(350) {
            let there = bench.held_by_object();
            for (object, rows) in &there {
                let mut rows = rows.clone();
                rows.sort();
                assert_eq!(rows, urls(object), "rows of {object}");
            }
            seen.extend(there.into_keys());
            looks += 1;
        }
        let there = everything(&bench);
        assert!(seen.iter().all(|object| there.contains_key(object)), "round {round}: something is lost");
    }
    assert!(looks > 24, "{looks}");
    super::eventually("all are there", || everything(&bench).len() == names.len());
    drop(running);
}
