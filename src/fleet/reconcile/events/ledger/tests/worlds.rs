//! Made-up histories of looks: the same is told as by a reference that goes through all looks anew, and whatever an API server does that
//! forgets, refuses and is down, and however often another replica takes over, there are never too many, nothing is told twice as new,
//! and what holds is told in the end.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Load balancers, of which the second has two owners.
const ARNS: [&str; 3] = ["a", "b", "c"];

fn owners_of(arn: &str) -> Vec<Owner> {
    let names: &[&str] = if arn == "b" { &["b1", "b2"] } else { &[arn] };
    names.iter().map(|name| owner("shop", name)).collect()
}

/// What may be told of a load balancer: any of these at the same time.
fn palette() -> Vec<Topic> {
    vec![
        topic(Reason::Blocked, "policy"),
        topic(Reason::Blocked, "region"),
        topic(Reason::Silent, ""),
        topic(Reason::Enabled, "old"),
        Topic { at: Some(WALL), ..topic(Reason::Enabled, "at the beginning") },
    ]
}

fn key_of(arn: &str, owner: &Owner, topic: &Topic) -> Key {
    (0, owner.namespace.clone(), event(arn, owner, topic, 0).name)
}

/// What a look saw of each load balancer; `None` if it did not see it.
type Seen = [Option<Vec<Topic>>; 3];

fn seen() -> impl Strategy<Value = Seen> {
    let topics = proptest::sample::subsequence(palette(), 0..=2);
    proptest::array::uniform3(proptest::option::weighted(0.9, topics))
}

fn take_in(ledger: &mut Ledger, seen: &Seen, now: i64) {
    let owners = ARNS.map(owners_of);
    let subjects = seen.iter().enumerate().filter_map(|(number, topics)| {
        let subject = Subject { owners: &owners[number], topics: topics.clone()? };
        Some((ARNS[number].to_owned(), subject))
    });
    ledger.observe(&subjects.collect(), at(now));
}

/// What has to be told at each look, if nothing stands in the way: key, and how often it was told with this. From all looks so far.
fn expected(looks: &[(i64, Seen)]) -> Vec<(i64, Key, i32)> {
    let mut told: Vec<(i64, Key, i32)> = Vec::new();
    for (index, (now, seen)) in looks.iter().enumerate() {
        for (number, arn) in ARNS.into_iter().enumerate() {
            let Some(topics) = &seen[number] else { continue };
            let before = looks[..index].iter().rev().find_map(|(_, seen)| seen[number].clone()).unwrap_or_default();
            let of =
                |topic: &Topic| owners_of(arn).into_iter().map(|owner| key_of(arn, &owner, topic)).collect::<Vec<_>>();
            // Any problem of before was told when it began.
            let had_problem = before.iter().any(|topic| topic.reason.is_problem());
            for topic in topics {
                let is_new = !before.contains(topic);
                for key in of(topic) {
                    let last = told.iter().rev().find(|(_, other, _)| *other == key).cloned();
                    // It was away, and the API server has forgotten it since, by the time at which it was seen to be away.
                    let was_forgotten = last.as_ref().is_some_and(|(at, ..)| {
                        let away = |(then, seen): &(i64, Seen)| {
                            *then > *at
                                && then - at >= HOUR
                                && seen[number].as_ref().is_some_and(|all| !all.contains(topic))
                        };
                        looks[..index].iter().any(away)
                    });
                    let last = last.filter(|_| !was_forgotten);
                    let count = last.as_ref().map_or(0, |(_, _, count)| *count);
                    let wanted = if is_new {
                        topic.reason.is_problem() || had_problem || topic.at.is_some() && *now < HOUR
                    } else {
                        let pause = [5, 15, 45][usize::try_from(count - 1).unwrap_or(0).min(2)] * MINUTE;
                        topic.reason.is_problem() && last.is_some_and(|(at, ..)| now - at >= pause)
                    };
                    if wanted {
                        told.push((*now, key, count + 1));
                    }
                }
            }
        }
    }
    told
}

/// An API server that forgets after an hour.
#[derive(Default)]
struct Server {
    events: BTreeMap<Key, (i32, i64)>,
    is_down: bool,
    denies: bool,
}

impl Server {
    fn answer(&mut self, key: &Key, write: Write, now: i64) -> Told {
        self.events.retain(|_, (_, at)| now - *at < HOUR);
        if self.is_down {
            return Told::Failed(Message::new("down"));
        }
        if self.denies {
            return Told::Denied(Message::new("denied"));
        }
        match (write, self.events.get(key)) {
            (Write::Create(_), Some((count, _))) => Told::Known(*count),
            (Write::Create(series), None) => {
                self.events.insert(key.clone(), (series.map_or(1, |series| series.count), now));
                Told::Written
            }
            (Write::Continue(_), None) => Told::Forgotten,
            (Write::Continue(series), Some(_)) => {
                self.events.insert(key.clone(), (series.count, now));
                Told::Written
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Act {
    Look(Seen),
    Pass(i64),
    Down(bool),
    Denies(bool),
    /// It is another replica's turn, and this one's again.
    TakeOver,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => seen().prop_map(Act::Look),
        4 => (1..1_200_i64).prop_map(Act::Pass),
        1 => any::<bool>().prop_map(Act::Down),
        1 => any::<bool>().prop_map(Act::Denies),
        1 => Just(Act::TakeOver),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_told_is_what_the_reference_tells(looks in proptest::collection::vec((2..60_i64, seen()), 1..40)) {
        let (mut ledger, mut now, mut all, mut told) = (Ledger::default(), 0, Vec::new(), Vec::new());
        for (minutes, seen) in looks {
            take_in(&mut ledger, &seen, now);
            all.push((now, seen));
            let mut here = Vec::new();
            while let Some((key, _, write)) = ledger.take(now) {
                let count = match write {
                    Write::Create(series) => series.map_or(1, |series| series.count),
                    Write::Continue(series) => series.count,
                };
                let _ = ledger.answered(&key, Told::Written, now);
                here.push((now, key, count));
            }
            here.sort();
            told.extend(here);
            now += minutes * MINUTE;
        }
        let mut expected = expected(&all);
        expected.sort();
        prop_assert_eq!(told, expected);
    }

    #[test]
    fn whatever_happens(acts in proptest::collection::vec(act(), 1..60)) {
        let (mut ledger, mut server, mut now) = (Ledger::default(), Server::default(), 0_i64);
        let mut attempts: Vec<i64> = Vec::new();
        // Since when each problem holds by the looks that saw its load balancer, and when it was told or known last.
        let (mut since, mut heard) = (BTreeMap::<Key, i64>::new(), BTreeMap::<Key, i64>::new());
        let mut made: Vec<(Key, i64)> = Vec::new();
        let acts = acts.into_iter().chain([Act::Down(false), Act::Denies(false), Act::Pass(3_600)]);
        for act in acts {
            let mut seconds = 0;
            match act {
                Act::Look(seen) => {
                    take_in(&mut ledger, &seen, now);
                    for (number, arn) in ARNS.into_iter().enumerate() {
                        let Some(topics) = &seen[number] else { continue };
                        for topic in palette().iter().filter(|topic| topic.reason.is_problem()) {
                            for owner in owners_of(arn) {
                                let key = key_of(arn, &owner, topic);
                                if topics.contains(topic) { since.entry(key).or_insert(now); } else { since.remove(&key); }
                            }
                        }
                    }
                }
                Act::Pass(passed) => seconds = passed,
                Act::Down(is_down) => server.is_down = is_down,
                Act::Denies(denies) => server.denies = denies,
                Act::TakeOver => {
                    ledger.forget();
                    // It knows what it sees from now on: what was there and is not seen again is nobody's to tell.
                    since.clear();
                }
            }
            for _ in 0..=seconds {
                while let Some((key, _, write)) = ledger.take(now) {
                    attempts.push(now);
                    let told = server.answer(&key, write, now);
                    if matches!(told, Told::Written | Told::Known(_)) {
                        heard.insert(key.clone(), now);
                    }
                    if told == Told::Written && write == Write::Create(None) {
                        made.push((key.clone(), now));
                    }
                    let _ = ledger.answered(&key, told, now);
                }
                now += if seconds > 0 { SECOND } else { 0 };
            }
        }
        // Never more than the bound, in any minute.
        for (index, at) in attempts.iter().enumerate() {
            let in_a_minute = attempts[index..].iter().take_while(|other| *other - at < MINUTE).count();
            prop_assert!(in_a_minute <= A_MINUTE, "{in_a_minute} from {at}");
        }
        // Nothing is told as new while the API server may still show that.
        for (index, (key, at)) in made.iter().enumerate() {
            let again = made[index + 1..].iter().find(|(other, _)| other == key);
            prop_assert!(again.is_none_or(|(_, again)| again - at >= HOUR), "{key:?} at {at} and {again:?}");
        }
        // Whatever holds was told since it began to.
        for (key, since) in &since {
            prop_assert!(heard.get(key).is_some_and(|heard| heard >= since), "{key:?} since {since}: {heard:?}");
        }
    }
}
