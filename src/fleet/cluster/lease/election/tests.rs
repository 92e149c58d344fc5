use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Moment {
    Moment { steady: seconds * SECOND, wall: 5_000 * SECOND + seconds * SECOND }
}

#[test]
fn a_lease_is_made_kept_and_taken_over_when_it_stands_still() {
    let (mut one, mut two) = (Election::new("one".to_owned()), Election::new("two".to_owned()));
    let Step::Create(record) = one.step(None, "t0".to_owned(), at(0)) else { panic!() };
    one.written(at(0));
    assert!(one.leads(at(14)) && !one.leads(at(15)));
    assert_eq!(two.step(Some(&record), "t1".to_owned(), at(1)), Step::Wait);
    // It is renewed: waiting begins anew.
    let Step::Write(renewed) = one.step(Some(&record), "t10".to_owned(), at(10)) else { panic!() };
    one.written(at(10));
    assert_eq!(two.step(Some(&renewed), "t11".to_owned(), at(11)), Step::Wait);
    assert_eq!(two.step(Some(&renewed), "t41".to_owned(), at(41)), Step::Wait);
    let Step::Write(taken) = two.step(Some(&renewed), "t42".to_owned(), at(42)) else { panic!() };
    two.written(at(42));
    assert!(two.leads(at(43)) && !one.leads(at(43)));
    assert_eq!((taken.holder.as_str(), taken.transitions), ("two", 1));
    // Who has lost it sees that, whatever its clocks say.
    one.written(at(42));
    assert_eq!(one.step(Some(&taken), "t43".to_owned(), at(43)), Step::Wait);
    assert!(!one.leads(at(43)));
}

#[test]
fn one_that_is_given_up_is_taken_at_once() {
    let mut two = Election::new("two".to_owned());
    let record = Record { holder: String::new(), transitions: 4, ..Record::default() };
    let Step::Write(taken) = two.step(Some(&record), "t".to_owned(), at(0)) else { panic!() };
    assert_eq!(taken.transitions, 5);
}

#[test]
fn a_leader_stops_by_whichever_clock_says_so_first() {
    let mut one = Election::new("one".to_owned());
    one.written(at(0));
    let both = |steady: i64, wall: i64| Moment { steady: steady * SECOND, wall: (5_000 + wall) * SECOND };
    assert!(one.leads(both(14, 14)));
    // The machine slept; somebody set the clock, forth and back.
    assert!(!one.leads(both(1, 15)));
    assert!(!one.leads(both(15, -3_600)));
    assert!(one.leads(both(14, -3_600)));
}

/// Something that happens to a replica.
#[derive(Debug, Clone)]
enum Act {
    /// It reads the Lease, writes what it has decided to, and hears of it, all at once.
    Try,
    /// It reads the Lease.
    Read,
    /// What it has decided to write arrives, or not.
    Arrive(bool),
    /// It hears of it, if it arrived.
    Hear,
    /// Its clock on the wall is set by so many seconds.
    Set(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => Just(Act::Try),
        4 => Just(Act::Read),
        4 => prop::bool::weighted(0.8).prop_map(Act::Arrive),
        4 => Just(Act::Hear),
        1 => (-7_200..7_200_i64).prop_map(Act::Set),
    ]
}

struct Replica {
    election: Election,
    /// How far its clocks are off.
    steady: i64,
    wall: i64,
    /// What it is about to write in the place of which version, and the moment before.
    pending: Option<(u64, Record, Moment)>,
    /// That it was written, when it has not heard of it yet.
    unheard: Option<Moment>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Three replicas with clocks of their own, a server that takes what is meant for what it has, and everything late: never do
    /// two lead. Between any two acts any time may pass, which is a pause of everybody; one that does not act is paused itself.
    #[test]
    fn never_do_two_lead(acts in proptest::collection::vec((0..3_usize, act(), 0..20_i64), 1..200)) {
        let mut replicas: Vec<Replica> = (0..3).map(|number| Replica {
            election: Election::new(format!("r{number}")),
            steady: number * 1_000 * SECOND,
            wall: number * 77 * SECOND,
            pending: None,
            unheard: None,
        }).collect();
        let (mut server, mut version, mut now): (Option<Record>, u64, i64) = (None, 0, 0);
        for (number, act, seconds) in acts {
            now += seconds * SECOND;
            let replica = &mut replicas[number];
            let moment = Moment { steady: now + replica.steady, wall: now + replica.wall };
            match act {
                Act::Try => {
                    (replica.pending, replica.unheard) = (None, None);
                    match replica.election.step(server.as_ref(), format!("{number} {now}"), moment) {
                        Step::Create(record) | Step::Write(record) => {
                            (server, version) = (Some(record), version + 1);
                            replica.election.written(moment);
                        }
                        Step::Wait => {}
                    }
                }
                Act::Read => {
                    replica.unheard = None;
                    let step = replica.election.step(server.as_ref(), format!("{number} {now}"), moment);
                    replica.pending = match step {
                        Step::Create(record) | Step::Write(record) => Some((version, record, moment)),
                        Step::Wait => None,
                    };
                }
                Act::Arrive(arrives) => {
                    if let Some((of, record, began)) = replica.pending.take().filter(|(of, ..)| arrives && *of == version) {
                        let _ = of;
                        (server, version) = (Some(record), version + 1);
                        replica.unheard = Some(began);
                    }
                }
                Act::Hear => {
                    if let Some(began) = replica.unheard.take() {
                        replica.election.written(began);
                    }
                }
                Act::Set(by) => replica.wall += by * SECOND,
            }
            let leading = replicas.iter().filter(|replica| {
                replica.election.leads(Moment { steady: now + replica.steady, wall: now + replica.wall })
            });
            prop_assert!(leading.count() < 2);
        }
    }
}
