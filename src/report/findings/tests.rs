//! Made-up windows with a known truth, straight into the cube: who is named, and that it does not hang on the window.

use std::ops::Range;

use super::candidate::{Candidate, Frame, Log, Measure};
use super::counter::Counter;
use super::dimension::{DIMENSIONS, Dimension, ROW_BITS};
use super::event::Event;
use super::seen::{Class, Seen};
use super::{Counted, Observed};

/// A row to be, and what goes wrong with it.
#[derive(Debug, Clone, Copy)]
struct Row {
    bar: i64,
    elb: u32,
    host: u32,
    group: u32,
    target: u32,
    route: u32,
    client: u32,
    failed: bool,
    micros: u64,
}

/// Chance, the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % bound
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }
}

const BARS: i64 = 120;

/// Two load balancers with two groups each, four targets and five routes a group, and hundreds of clients; one request of
/// two hundred fails anyway. `then` changes what happens.
fn rows(seed: u64, mut then: impl FnMut(&mut Row, &mut Dice)) -> Vec<Row> {
    let mut dice = Dice(seed);
    let mut rows = Vec::new();
    for bar in 0..BARS {
        for _ in 0..160 {
            let group = 10 + dice.below(4);
            let mut row = Row {
                bar,
                elb: 1 + group % 2,
                host: group,
                group,
                target: group * 10 + dice.below(4),
                route: group * 10 + dice.below(5),
                client: 1_000 + dice.below(300),
                failed: dice.chance(5),
                micros: 20_000 + u64::from(dice.below(30_000)),
            };
            then(&mut row, &mut dice);
            rows.push(row);
        }
    }
    rows
}

fn seen(row: Row, mark: u64) -> Seen {
    let mut keys = [None; DIMENSIONS];
    let mut set = |dimension: Dimension, key| keys[dimension as usize] = Some(key);
    set(Dimension::All, (0, 0, 0));
    set(Dimension::LoadBalancer, (row.elb, 0, 0));
    set(Dimension::Host, (row.elb, row.host, 0));
    set(Dimension::TargetGroup, (row.elb, row.group, 0));
    set(Dimension::Target, (row.group, row.target, 80));
    // Every fourth target lies in the same zone.
    set(Dimension::Subnet, (0, 0x0a00_0000 | (row.target % 4) << 16 | (row.group << 8), ROW_BITS));
    set(Dimension::Route, (row.elb, row.route, 0));
    set(Dimension::Client, (0, row.client, 0));
    let class = row.failed.then_some(Class::Failed);
    let mark = mark.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Seen { bar: row.bar, keys, class, cause: 0, micros: Some(row.micros), mark }
}

fn found(rows: &[Row], window: Range<i64>) -> Vec<Event> {
    found_with(rows, &[], window)
}

/// Of rows that are made something else of.
fn found_as(rows: &[Row], window: Range<i64>, made: impl Fn(&Row, &mut Seen)) -> Vec<Event> {
    let mut counter = Counter::default();
    for (mark, row) in rows.iter().enumerate().filter(|(_, row)| window.contains(&row.bar)) {
        let mut seen = seen(*row, mark as u64);
        made(row, &mut seen);
        counter.add(&seen, true);
    }
    let (cube, samples) = counter.finish();
    let observed = Observed { requests: Counted { cube, samples }, ..Observed::default() };
    super::find(&observed, &Frame::new(60_000_000, window)).events
}

/// With health checks, which have no route and no client.
fn found_with(rows: &[Row], checks: &[Row], window: Range<i64>) -> Vec<Event> {
    let counted = |rows: &[Row], is_check: bool| {
        let mut counter = Counter::default();
        for (mark, row) in rows.iter().enumerate().filter(|(_, row)| window.contains(&row.bar)) {
            let mut seen = seen(*row, mark as u64);
            if is_check {
                for none in [Dimension::Host, Dimension::Route, Dimension::Client] {
                    seen.keys[none as usize] = None;
                }
                seen.micros = None;
            }
            counter.add(&seen, true);
        }
        let (cube, samples) = counter.finish();
        Counted { cube, samples }
    };
    let observed = Observed {
        values: super::values::Values::default(),
        requests: counted(rows, false),
        connections: Counted::default(),
        health_checks: counted(checks, true),
    };
    let frame = Frame::new(60_000_000, window);
    super::find(&observed, &frame).events
}

/// The first event's dimension, key, measure and bars of the whole time.
fn first(events: &[Event], start: i64) -> (Dimension, (u32, u32), Measure, Range<i64>) {
    let Candidate { dimension, key, measure, change, .. } = &events.first().expect("something stands out").lead;
    let bar = |bar: usize| start + i64::try_from(bar).unwrap();
    (*dimension, (key.0, key.1), *measure, bar(change.bars.start())..bar(change.bars.end()))
}

fn about(found: &Range<i64>, truth: &Range<i64>) -> bool {
    found.start.abs_diff(truth.start) <= 1 && found.end.abs_diff(truth.end) <= 1
}

const WHEN: Range<i64> = 50..62;

type Then = fn(&Row) -> bool;

#[test]
fn quiet_times_are_quiet() {
    for seed in 0..10 {
        let events = found(&rows(seed, |_, _| {}), 0..BARS);
        assert!(events.is_empty(), "{seed}: {:?}", first(&events, 0));
    }
}

#[test]
fn whoever_fails_is_named_in_every_window() {
    let failed = Measure::Share(Class::Failed);
    let cases: [(&str, Then, Dimension, (u32, u32)); 4] = [
        ("one target of four", |row| row.target == 111, Dimension::Target, (11, 111)),
        ("all targets of a group", |row| row.group == 12, Dimension::TargetGroup, (1, 12)),
        ("one route of a group", |row| row.route == 103, Dimension::Route, (1, 103)),
        ("one client", |row| row.client < 1_020, Dimension::Client, (0, 1_000)),
    ];
    for (what, is_meant, dimension, key) in cases {
        for seed in 0..2 {
            let rows = rows(seed, |row, dice| {
                // Twenty clients that are one.
                if row.client < 1_020 && dimension == Dimension::Client {
                    row.client = 1_000;
                }
                if WHEN.contains(&row.bar) && is_meant(row) && dice.chance(700) {
                    row.failed = true;
                }
            });
            // Shifted and widened.
            for window in [0..BARS, 20..100, 35..95, 0..80, 40..BARS] {
                let events = found(&rows, window.clone());
                assert_eq!(events.len(), 1, "{what}, seed {seed}, {window:?}");
                let told = first(&events, window.start);
                let is_right = (told.0, told.1, told.2) == (dimension, key, failed) && about(&told.3, &WHEN);
                assert!(is_right, "{what}, seed {seed}, {window:?}: {told:?}");
            }
        }
    }
}

/// What is refused is refused at once: the time before, in which all was served, is not slow.
#[test]
fn the_healthy_time_beside_what_is_refused_is_not_slow() {
    for seed in 0..3 {
        let is_upload = |row: &Row| row.route == 103;
        let rows = rows(seed, |row, dice| {
            row.failed = false;
            if is_upload(row) {
                row.micros = 250_000 + u64::from(dice.below(300_000));
                row.failed = row.bar >= 40 && dice.chance(900);
            }
        });
        let events = found_as(&rows, 0..BARS, |row, seen| {
            if row.failed {
                (seen.class, seen.micros) = (Some(Class::Rejected), Some(3_000));
            }
        });
        let told: Vec<_> = events.iter().map(|event| (event.lead.measure, event.lead.dimension)).collect();
        assert_eq!(told, [(Measure::Share(Class::Rejected), Dimension::Route)], "{seed}");
        let slow = |one: &&Candidate| matches!(one.measure, Measure::Time | Measure::Slow(_));
        assert_eq!(events[0].also.iter().find(slow).map(|one| one.measure), None, "{seed}");
    }
}

#[test]
fn a_zone_is_named_and_not_its_targets() {
    let rows = rows(1, |row, dice| {
        if WHEN.contains(&row.bar) && row.target % 4 == 2 && dice.chance(500) {
            row.failed = true;
        }
    });
    let events = found(&rows, 0..BARS);
    let lead = &events[0].lead;
    assert_eq!((lead.dimension, lead.key.1 >> 16), (Dimension::Subnet, 0x0a02), "{lead:?}");
    assert!(lead.key.2 <= 21 && events.len() == 1, "{:?}", lead.key);
}

/// Other groups have targets in it, too, which are slow for a while; and a group that is slow by itself is another incident.
#[test]
fn what_else_is_slow_in_a_zone_is_the_same_incident() {
    for slow_by_itself in [false, true] {
        let rows = rows(6, |row, dice| {
            if WHEN.contains(&row.bar) && row.target % 4 == 2 {
                row.failed |= row.group >= 11 && dice.chance(600);
                row.micros *= if row.group == 10 { 60 } else { 1 };
            }
            if slow_by_itself && WHEN.contains(&row.bar) && row.group == 11 {
                row.micros *= 30;
            }
        });
        let events = found(&rows, 0..BARS);
        let (dimension, ..) = first(&events, 0);
        assert_eq!((dimension, events.len()), (Dimension::Subnet, 1 + usize::from(slow_by_itself)));
    }
}

#[test]
fn who_is_slow_is_named() {
    let rows = rows(2, |row, _| {
        if WHEN.contains(&row.bar) && row.route == 121 {
            row.micros *= 40;
        }
    });
    let events = found(&rows, 0..BARS);
    let (dimension, key, measure, bars) = first(&events, 0);
    assert_eq!((dimension, key), (Dimension::Route, (1, 121)));
    assert!(matches!(measure, Measure::Time | Measure::Slow(_)) && about(&bars, &WHEN) && events.len() == 1);
}

/// Group 13 is slow, and fails now and then, wherever it is.
#[test]
fn a_service_that_moves_to_another_load_balancer_is_no_incident() {
    for seed in 0..4 {
        let events = found(
            &rows(seed, |row, dice| {
                if row.group == 13 {
                    row.micros *= 40;
                    row.failed |= dice.chance(20);
                    if row.bar >= 60 {
                        (row.elb, row.group, row.target) = (1, 14, row.target + 10);
                    }
                }
            }),
            0..BARS,
        );
        assert!(events.is_empty(), "{seed}: {:?}", first(&events, 0));
    }
}

#[test]
fn a_service_whose_target_group_is_replaced_is_no_incident() {
    let events = found(
        &rows(7, |row, _| {
            if row.group == 13 && row.bar >= 60 {
                (row.group, row.target) = (14, row.target + 10);
            }
        }),
        0..BARS,
    );
    assert!(events.is_empty(), "{:?}", first(&events, 0));
}

/// It gets all requests of its group, and what it does cannot be held against others that get none.
#[test]
fn the_last_target_of_a_group_is_its_group() {
    let rows = rows(8, |row, dice| {
        if WHEN.contains(&row.bar) && row.group == 11 {
            row.target = 110;
            row.failed |= dice.chance(200);
        }
    });
    let (dimension, key, ..) = first(&found(&rows, 0..BARS), 0);
    assert_eq!((dimension, key), (Dimension::TargetGroup, (2, 11)));
}

#[test]
fn traffic_that_falls_altogether_names_nobody() {
    for seed in 0..4 {
        let mut dice = Dice(seed);
        let mut rows = rows(seed, |_, _| {});
        rows.retain(|row| row.bar < 60 || dice.chance(if row.group == 12 { 400 } else { 500 }));
        let named: Vec<Dimension> = found(&rows, 0..BARS).iter().map(|event| event.lead.dimension).collect();
        assert!(named.iter().all(|dimension| *dimension == Dimension::All), "{seed}: {named:?}");
    }
}

#[test]
fn a_flood_leads_what_comes_of_it() {
    let mut flooded = rows(3, |row, dice| {
        if WHEN.contains(&row.bar) && row.group == 13 {
            row.micros *= 20;
            row.failed |= dice.chance(60);
        }
    });
    let mut dice = Dice(9);
    for bar in WHEN {
        for _ in 0..400 {
            let failed = dice.chance(60);
            let target = 130 + dice.below(4);
            flooded.push(Row {
                bar,
                elb: 2,
                host: 13,
                group: 13,
                target,
                route: 131,
                client: 7,
                failed,
                micros: 900_000,
            });
        }
    }
    let events = found(&flooded, 0..BARS);
    let (dimension, key, measure, bars) = first(&events, 0);
    assert_eq!((dimension, key, measure), (Dimension::Client, (0, 7), Measure::More));
    assert!(about(&bars, &WHEN) && events.len() == 1 && !events[0].also.is_empty(), "{}", events.len());
}

#[test]
fn two_at_once_are_two() {
    let rows = rows(4, |row, dice| {
        let fails = row.target == 101 && dice.chance(600);
        row.failed |= WHEN.contains(&row.bar) && fails;
        if (55..80).contains(&row.bar) && row.route == 132 {
            row.micros *= 50;
        }
    });
    let named: Vec<Dimension> = found(&rows, 0..BARS).iter().map(|event| event.lead.dimension).collect();
    assert_eq!(named.len(), 2);
    assert!(named.contains(&Dimension::Target) && named.contains(&Dimension::Route), "{named:?}");
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let mut rows = rows(5, |row, dice| row.failed |= WHEN.contains(&row.bar) && row.target == 111 && dice.chance(700));
    let told = |rows: &[Row]| {
        // A row keeps its mark wherever it comes.
        let events = found(rows, 0..BARS);
        (events.len(), first(&events, 0), events[0].harm.to_bits())
    };
    let before = told(&rows);
    rows.reverse();
    let after = told(&rows);
    assert_eq!((before.0, &before.1, before.2), (after.0, &after.1, after.2));
}

/// A route, and a host, that nobody asked for before.
#[test]
fn what_is_new_and_not_found_is_named() {
    let class = Class::NotFound;
    let rows = rows(30, |row, dice| {
        if WHEN.contains(&row.bar) && row.group == 10 && dice.chance(700) {
            row.route = 999;
        }
    });
    let not_found = |row: &Row, seen: &mut Seen| {
        if row.route == 999 {
            seen.class = Some(class);
        }
    };
    let events = found_as(&rows, 0..BARS, not_found);
    let (dimension, key, measure, bars) = first(&events, 0);
    assert_eq!((dimension, key, measure), (Dimension::Route, (1, 999), Measure::Share(class)));
    assert!(about(&bars, &WHEN) && events.len() == 1 && events[0].lead.new_in.is_some());
    let events = found_as(&rows, 0..BARS, |row, seen| {
        not_found(row, seen);
        if row.route == 999 {
            seen.keys[Dimension::Host as usize] = Some((1, 77, 0));
            seen.keys[Dimension::Route as usize] = Some((1, 5_000 + row.client, 0));
        }
    });
    let told = first(&events, 0);
    assert_eq!((told.0, told.1, told.2), (Dimension::Host, (1, 77), Measure::Share(class)));
}

#[test]
fn a_new_route_that_is_slow_is_named() {
    let rows = rows(31, |row, dice| {
        if WHEN.contains(&row.bar) && row.group == 10 && dice.chance(250) {
            (row.route, row.micros) = (999, 8_000_000);
        }
    });
    let events = found(&rows, 0..BARS);
    let (dimension, key, ..) = first(&events, 0);
    assert_eq!((dimension, key), (Dimension::Route, (1, 999)));
}

/// Whatever was explained before it is told, a number is that of all rows that its words are about.
#[test]
fn what_is_told_can_be_counted() {
    let failing = rows(32, |row, dice| {
        // A group that fails most, and all others less, which they do now and then anyway.
        row.failed |= dice.chance(match (WHEN.contains(&row.bar), row.group) {
            (true, 12) => 600,
            (true, _) => 150,
            (false, group) if group != 12 && row.bar % 10 == 0 => 60,
            _ => 0,
        });
    });
    let is_counted = |one: &Candidate| {
        let (mut counted, mut requests) = (0.0, 0.0);
        for seen in failing
            .iter()
            .filter(|row| one.change.bars.contains(usize::try_from(row.bar).unwrap()))
            .map(|row| seen(*row, 0))
        {
            if seen.has(one.dimension, one.key) {
                requests += 1.0;
                counted += f64::from(u8::from(seen.class == Some(Class::Failed)));
            }
        }
        let told = (one.told().inside.0, one.requests.0);
        assert!(
            (told.0 - counted).abs() + (told.1 - requests).abs() < 1e-6,
            "{told:?}, {counted} of {requests}: {one:?}"
        );
    };
    let failed = |one: &&Candidate| one.measure == Measure::Share(Class::Failed);
    let events = found(&failing, 0..BARS);
    let all = || events.iter().flat_map(|event| [&event.lead].into_iter().chain(&event.also));
    all().filter(failed).for_each(is_counted);
    assert!(all().any(|one| failed(&one)));
    // What is left of everything without the group.
    let mut counter = Counter::default();
    for (mark, row) in failing.iter().enumerate() {
        counter.add(&seen(*row, mark as u64), true);
    }
    let (cube, samples) = counter.finish();
    let frame = Frame::new(60_000_000, 0..BARS);
    let candidates = super::candidate::candidates(&cube, &frame, Log::Requests).found;
    let of = |dimension: Dimension, value: u32| {
        let mut these = candidates.iter().filter(failed);
        these.find(|one| (one.dimension, one.key.1) == (dimension, value)).expect("it is a candidate")
    };
    let (all, group) = (of(Dimension::All, 0), of(Dimension::TargetGroup, 12));
    let rest = super::explain::rest_of(all.clone(), group, &cube, &samples, &frame, 0.0).expect("something is left");
    is_counted(&rest);
    assert!(rest.change.inside.0 < 0.8 * rest.told().inside.0, "{rest:?}");
}

/// Everything of a group goes to the other load balancer, where its routes were hardly asked for.
#[test]
fn a_route_that_moves_to_another_load_balancer_is_no_incident() {
    let events = found(
        &rows(33, |row, dice| {
            if row.group == 13 && (row.bar >= 60 || dice.chance(20)) {
                row.elb = 1;
            }
        }),
        0..BARS,
    );
    assert!(events.is_empty(), "{:?}", first(&events, 0));
}

/// Everything at a load balancer fails alike: none of its many routes, groups and hosts does worse than the others, and it is found
/// nevertheless, wherever the window begins and ends.
#[test]
fn what_all_parts_of_a_load_balancer_do_is_the_load_balancers() {
    let all = rows(51, |row, dice| {
        if row.elb == 1 && (50..65).contains(&row.bar) && dice.chance(100) {
            row.failed = true;
        }
    });
    for window in [0..BARS, 20..80, 30..90, 25..85, 40..75, 45..100] {
        let start = window.start;
        let events = found(&all, window);
        let (dimension, (elb, _), measure, bars) = first(&events, start);
        assert_eq!((dimension, elb, measure), (Dimension::LoadBalancer, 1, Measure::Share(Class::Failed)), "{start}");
        assert!(bars.start.abs_diff(50) <= 1 && bars.end.abs_diff(65) <= 1, "{bars:?}");
    }
}

/// What all zones do alike, one of them only a bit more, is of none of them.
#[test]
fn a_zone_that_is_like_the_others_is_not_named() {
    for seed in 34..37 {
        let events = found(
            &rows(seed, |row, dice| {
                let bad = if row.target % 4 == 2 { 340 } else { 250 };
                if (50..55).contains(&row.bar) && dice.chance(bad) {
                    row.failed = true;
                    row.micros = 3_000_000;
                }
            }),
            0..BARS,
        );
        let named = |event: &Event| event.lead.dimension == Dimension::Subnet;
        assert!(!events.is_empty() && !events.iter().any(named), "{seed}: {:?}", first(&events, 0));
    }
}

#[test]
fn a_target_that_is_like_its_siblings_is_not_named() {
    let rows = rows(37, |row, dice| {
        // A group that fails more and more.
        let late = u32::try_from((row.bar - 40).max(0)).unwrap();
        row.failed |= row.group == 11 && dice.chance(4 * late);
    });
    let events = found(&rows, 0..BARS);
    assert_eq!(first(&events, 0).1, (2, 11));
    assert!(events.iter().all(|event| event.lead.dimension != Dimension::Target));
}

#[test]
fn traffic_that_rises_altogether_names_nobody() {
    for seed in 0..4 {
        let mut dice = Dice(seed);
        let mut rows = rows(seed, |_, _| {});
        rows.retain(|row| dice.below(170) < 50 + u32::try_from(row.bar).unwrap());
        let events = found(&rows, 0..BARS);
        assert!(events.is_empty(), "{seed}: {:?}", first(&events, 0));
    }
}

/// At every load balancer, for a while; and slowly, as in the evening.
#[test]
fn traffic_that_stops_everywhere_is_told_and_an_evening_is_not() {
    let mut dice = Dice(38);
    let mut stopped = rows(38, |_, _| {});
    stopped.retain(|row| !WHEN.contains(&row.bar) || dice.chance(150));
    let (dimension, _, measure, bars) = first(&found(&stopped, 0..BARS), 0);
    assert_eq!((dimension, measure), (Dimension::All, Measure::Less));
    assert!(about(&bars, &WHEN));
    let mut evening = rows(39, |_, _| {});
    evening.retain(|row| dice.below(140) > u32::try_from(row.bar).unwrap());
    let events = found(&evening, 0..BARS);
    assert!(events.is_empty(), "{:?}", first(&events, 0));
    // Each load balancer at its own hours.
    let mut shifts = rows(40, |_, _| {});
    shifts.retain(|row| {
        let bar = u32::try_from(row.bar).unwrap();
        dice.below(140) < if row.elb == 1 { 20 + bar } else { 140 - bar }
    });
    let events = found(&shifts, 0..BARS);
    assert!(events.is_empty(), "{:?}", first(&events, 0));
}

/// Of one route, which gets slow with it: the network is the cause, and the route has to bear it.
#[test]
fn a_network_that_floods_a_route_leads() {
    let mut flooded = rows(41, |row, _| {
        if WHEN.contains(&row.bar) && row.group == 13 {
            row.micros *= 10;
        }
    });
    for bar in WHEN {
        for host in 0..400 {
            let (target, client) = (130 + host % 4, 5_000 + host);
            let row =
                Row { bar, elb: 2, host: 13, group: 13, target, route: 131, client, failed: false, micros: 900_000 };
            flooded.push(row);
        }
    }
    // Some of it comes later.
    let last = flooded[flooded.len() - 1];
    flooded.extend((0..13).map(|host| Row { bar: WHEN.end, client: 5_000 + host, ..last }));
    let events = found_as(&flooded, 0..BARS, |row, seen| {
        let network = if row.client >= 5_000 { 9 } else { 10_000 + row.client / 10 };
        seen.keys[Dimension::Network as usize] = Some((0, network, 0));
    });
    let (dimension, key, measure, _) = first(&events, 0);
    assert_eq!((dimension, key, measure), (Dimension::Network, (0, 9), Measure::More));
}

/// One version of an app is refused what the others get: a small part of all, and of what it asks for.
#[test]
fn a_version_that_is_refused_is_named() {
    let events = found_as(&rows(42, |_, _| {}), 0..BARS, |row, seen| {
        let version = row.client % 8;
        seen.keys[Dimension::Agent as usize] = Some((0, 9_000 + version, 0));
        let is_refused = version == 3 && (40..90).contains(&row.bar) && row.route % 10 == 1;
        seen.class = if is_refused { Some(Class::Rejected) } else { seen.class };
    });
    let (dimension, key, measure, _) = first(&events, 0);
    assert_eq!((dimension, key, measure), (Dimension::Agent, (0, 9_003), Measure::Share(Class::Rejected)));
}

/// They wait until they fail.
#[test]
fn what_fails_after_a_long_wait_is_told_as_failing() {
    let rows = rows(43, |row, dice| {
        if WHEN.contains(&row.bar) && row.group == 11 && dice.chance(300) {
            (row.failed, row.micros) = (true, 30_000_000);
        }
    });
    let (dimension, key, measure, _) = first(&found(&rows, 0..BARS), 0);
    assert_eq!((dimension, key, measure), (Dimension::TargetGroup, (2, 11), Measure::Share(Class::Failed)));
}

/// They are refused, which harms nobody else: what came is told, and not only that it came.
#[test]
fn who_sends_what_is_no_request_is_told_as_refused() {
    let mut rows = rows(44, |_, _| {});
    let few = Row { bar: 0, elb: 1, host: 0, group: 0, target: 0, route: 0, client: 7, failed: false, micros: 0 };
    rows.extend(WHEN.flat_map(|bar| (0..60).map(move |_| Row { bar, ..few })));
    let events = found_as(&rows, 0..BARS, |row, seen| {
        if row.client == 7 {
            let keys = [Dimension::All, Dimension::LoadBalancer, Dimension::Client];
            for dimension in Dimension::EACH.into_iter().filter(|dimension| !keys.contains(dimension)) {
                seen.keys[dimension as usize] = None;
            }
            (seen.class, seen.micros) = (Some(Class::Rejected), None);
        }
    });
    let (dimension, key, measure, _) = first(&events, 0);
    assert_eq!((dimension, key, measure), (Dimension::Client, (0, 7), Measure::Share(Class::Rejected)));
    assert_eq!(events.len(), 1);
}

/// Eight checks a minute of each target, of which one of five hundred fails anyway.
fn checks(mut then: impl FnMut(&mut Row)) -> Vec<Row> {
    let mut dice = Dice(17);
    let mut checks = Vec::new();
    for (bar, group, target) in (0..BARS)
        .flat_map(|bar| (10..14).map(move |group| (bar, group)))
        .flat_map(|(bar, group)| (0..4).map(move |target| (bar, group, group * 10 + target)))
    {
        for _ in 0..8 {
            let failed = dice.chance(2);
            let elb = 1 + group % 2;
            let mut row = Row { bar, elb, host: 0, group, target, route: 0, client: 0, failed, micros: 0 };
            then(&mut row);
            checks.push(row);
        }
    }
    checks
}

#[test]
fn checks_that_fail_name_their_target_or_their_group() {
    let quiet = rows(20, |_, _| {});
    assert!(found_with(&quiet, &checks(|_| {}), 0..BARS).is_empty());
    let while_it =
        |is_meant: fn(&Row) -> bool| checks(move |row| row.failed |= (40..70).contains(&row.bar) && is_meant(row));
    for (is_meant, dimension, key) in [
        ((|row| row.target == 112) as fn(&Row) -> bool, Dimension::Target, (11, 112)),
        (|row| row.group == 12, Dimension::TargetGroup, (1, 12)),
    ] {
        let events = found_with(&quiet, &while_it(is_meant), 0..BARS);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].lead.log, Log::HealthChecks);
        let told = first(&events, 0);
        assert_eq!((told.0, told.1), (dimension, key));
        assert!(about(&told.3, &(40..70)), "{told:?}");
    }
}

#[test]
fn checks_of_a_target_that_starts_fail_for_a_while() {
    let quiet = rows(21, |_, _| {});
    let mut starting = checks(|row| row.failed |= row.target == 112 && row.bar < 47);
    starting.retain(|row| row.target != 112 || row.bar >= 40);
    assert!(found_with(&quiet, &starting, 0..BARS).is_empty());
    let mut failing = checks(|row| row.failed |= row.target == 112);
    failing.retain(|row| row.target != 112 || row.bar >= 40);
    assert_eq!(first(&found_with(&quiet, &failing, 0..BARS), 0).1, (11, 112));
}

#[test]
fn checks_that_fail_with_requests_are_the_same_incident() {
    let failing = rows(22, |row, dice| row.failed |= WHEN.contains(&row.bar) && row.target == 111 && dice.chance(700));
    let checks = checks(|row| row.failed |= (WHEN.start..WHEN.end + 10).contains(&row.bar) && row.target == 111);
    let events = found_with(&failing, &checks, 0..BARS);
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].lead.log, events[0].lead.dimension), (Log::Requests, Dimension::Target));
    assert_eq!(events[0].also.iter().filter(|one| one.log == Log::HealthChecks).count(), 1);
}
