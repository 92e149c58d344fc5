//! Rules one by one, all of them against a reference that goes through every look anew, and what must hold whatever the API server does.

mod worlds;

use super::*;
use crate::fleet::reconcile::events::condition::Reason;

/// The beginning by the calendar; microseconds since the epoch.
const WALL: i64 = 20_000 * DAY;

fn at(steady: i64) -> Moment {
    Moment { steady, wall: WALL + steady }
}

fn owner(namespace: &str, name: &str) -> Owner {
    Owner {
        cluster: 0,
        api_version: "networking.k8s.io/v1".to_owned(),
        kind: "Ingress".to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: format!("uid-{namespace}-{name}"),
    }
}

fn topic(reason: Reason, identity: &str) -> Topic {
    Topic { reason, identity: identity.to_owned(), note: format!("{reason:?} {identity}"), at: None }
}

/// A ledger of one load balancer with one owner, and an API server that takes everything.
#[derive(Default)]
struct Bench {
    ledger: Ledger,
    now: i64,
}

impl Bench {
    /// A look, and what is written after it: reasons, each with the count of its series.
    fn look(&mut self, topics: &[Topic]) -> Vec<(&'static str, i32)> {
        self.see(topics);
        self.drain(|_, _| Told::Written)
    }

    fn see(&mut self, topics: &[Topic]) -> usize {
        let owners = [owner("shop", "web")];
        let subject = Subject { owners: &owners, topics: topics.to_vec() };
        self.ledger.observe(&[("arn".to_owned(), subject)].into(), at(self.now))
    }

    fn drain(&mut self, mut answer: impl FnMut(&Event, Write) -> Told) -> Vec<(&'static str, i32)> {
        let mut written = Vec::new();
        while let Some((key, event, write)) = self.ledger.take(self.now) {
            let count = match write {
                Write::Create(series) => series.map_or(1, |series| series.count),
                Write::Continue(series) => series.count,
            };
            written.push((event.reason, count));
            let _ = self.ledger.answered(&key, answer(&event, write), self.now);
        }
        written
    }

    fn wait(&mut self, minutes: i64) -> &mut Self {
        self.now += minutes * MINUTE;
        self
    }
}

#[test]
fn what_lasts_is_told_again_at_growing_intervals() {
    let mut bench = Bench::default();
    let blocked = [topic(Reason::Blocked, "policy")];
    let mut told = Vec::new();
    for minute in 0..150 {
        let written = bench.look(&blocked);
        told.extend(written.into_iter().map(|(_, count)| (minute, count)));
        bench.wait(1);
    }
    assert_eq!(told, [(0, 1), (5, 2), (20, 3), (65, 4), (110, 5)]);
}

#[test]
fn what_changes_is_told_and_what_comes_back_goes_on() {
    let mut bench = Bench::default();
    let (policy, region, good) =
        (topic(Reason::Blocked, "policy"), topic(Reason::Blocked, "region"), topic(Reason::Enabled, "place"));
    assert_eq!(bench.look(std::slice::from_ref(&policy)), [("LogsBlocked", 1)]);
    assert_eq!(bench.wait(1).look(std::slice::from_ref(&region)), [("LogsBlocked", 1)]);
    assert_eq!(bench.wait(1).look(std::slice::from_ref(&policy)), [("LogsBlocked", 2)]);
    // That a problem is over is news; that all is well as it was, is none.
    assert_eq!(bench.wait(1).look(std::slice::from_ref(&good)), [("LogsEnabled", 1)]);
    assert_eq!(bench.wait(100).look(std::slice::from_ref(&good)), []);
    assert_eq!(Bench::default().look(std::slice::from_ref(&good)), []);
    // An hour later the API server has none of it any more.
    assert_eq!(bench.look(std::slice::from_ref(&policy)), [("LogsBlocked", 1)]);
}

#[test]
fn what_was_switched_on_within_the_hour_is_news() {
    for (minutes, told) in [(0, 1), (59, 1), (60, 0), (-5, 1)] {
        let good = Topic { at: Some(WALL - minutes * MINUTE), ..topic(Reason::Enabled, "place") };
        let mut bench = Bench::default();
        assert_eq!(bench.look(std::slice::from_ref(&good)).len(), told, "{minutes}");
        assert_eq!(bench.wait(10).look(&[good]), []);
    }
}

#[test]
fn what_another_replica_told_is_not_told_as_new() {
    let mut bench = Bench::default();
    let blocked = [topic(Reason::Blocked, "policy")];
    bench.see(&blocked);
    assert_eq!(bench.drain(|_, _| Told::Known(7)), [("LogsBlocked", 1)]);
    assert_eq!(bench.wait(44).look(&blocked), []);
    assert_eq!(bench.wait(1).look(&blocked), [("LogsBlocked", 8)]);
}

#[test]
fn what_the_api_server_forgot_is_made_again_and_goes_on() {
    let mut bench = Bench::default();
    let blocked = [topic(Reason::Blocked, "policy")];
    bench.look(&blocked);
    bench.wait(61).see(&blocked);
    let mut writes = Vec::new();
    bench.drain(|event, write| {
        writes.push((write, event.began));
        if writes.len() == 1 { Told::Forgotten } else { Told::Written }
    });
    let series = Series { count: 2, seen: WALL + 61 * MINUTE };
    assert_eq!(writes, [(Write::Continue(series), WALL), (Write::Create(Some(series)), WALL)]);
}

#[test]
fn a_refusal_is_tried_again_later_and_said_once() {
    let mut bench = Bench::default();
    bench.see(&[topic(Reason::Blocked, "policy")]);
    let (mut attempts, mut said) = (Vec::new(), 0);
    for second in 0..=300 {
        bench.now = second * SECOND;
        while let Some((key, ..)) = bench.ledger.take(bench.now) {
            attempts.push(second);
            let denied = Told::Denied(Message::new("no"));
            said += usize::from(bench.ledger.answered(&key, denied, bench.now).is_some());
        }
    }
    assert_eq!((attempts, said), (vec![0, 15, 45, 105, 225], 1));
    assert_eq!(bench.wait(60).drain(|_, _| Told::Written), [("LogsBlocked", 1)]);
    // What the API server will not have is let go.
    bench.see(&[topic(Reason::Silent, "")]);
    assert_eq!(bench.drain(|_, _| Told::Refused(Message::new("no"))).len(), 1);
    assert_eq!(bench.wait(60).look(&[topic(Reason::Silent, "")]), []);
}

#[test]
fn a_namespace_that_is_closed_does_not_stop_another() {
    let mut ledger = Ledger::default();
    let owners = [owner("closed", "web"), owner("open", "web")];
    let subject = Subject { owners: &owners, topics: vec![topic(Reason::Blocked, "policy")] };
    ledger.observe(&[("arn".to_owned(), subject)].into(), at(0));
    for namespace in ["closed", "open"] {
        let (key, ..) = ledger.take(0).unwrap();
        assert_eq!(key.1, namespace);
        let told = if namespace == "closed" { Told::Denied(Message::new("no")) } else { Told::Written };
        let _ = ledger.answered(&key, told, 0);
    }
    assert_eq!((ledger.take(0), ledger.waiting()), (None, 1));
}

#[test]
fn no_more_than_so_many_in_a_minute_and_what_is_new_first() {
    let mut ledger = Ledger::default();
    let owners: Vec<Owner> = (0..50).map(|number| owner("shop", &format!("i{number}"))).collect();
    let see = |ledger: &mut Ledger, arn: &str, identity: &str, now: i64| {
        let subject = Subject { owners: &owners, topics: vec![topic(Reason::Blocked, identity)] };
        ledger.observe(&[(arn.to_owned(), subject)].into(), at(now))
    };
    let drain = |ledger: &mut Ledger, now: i64| {
        let mut counts = Vec::new();
        while let Some((key, _, write)) = ledger.take(now) {
            counts.push(matches!(write, Write::Create(None)));
            let _ = ledger.answered(&key, Told::Written, now);
        }
        counts
    };
    see(&mut ledger, "a", "policy", 0);
    assert_eq!((drain(&mut ledger, 0).len(), ledger.waiting()), (20, 30));
    assert_eq!(drain(&mut ledger, MINUTE - 1).len(), 0);
    // The first ones are due again, and those that were never told go before.
    see(&mut ledger, "a", "policy", 6 * MINUTE);
    assert_eq!(ledger.waiting(), 50);
    assert_eq!(drain(&mut ledger, 6 * MINUTE), [true; 20]);
    assert_eq!(drain(&mut ledger, 7 * MINUTE), [[true; 10], [false; 10]].concat());
    // What is not so any more before it was told is counted.
    let overtaken = [see(&mut ledger, "a", "region", 8 * MINUTE), see(&mut ledger, "a", "policy", 8 * MINUTE)];
    assert_eq!(overtaken, [0, 50]);
}

#[test]
fn names_are_those_of_events() {
    let owner = Owner { name: format!("{}.-.x", "a".repeat(199)), ..owner("shop", "") };
    let one = event("arn", &owner, &topic(Reason::Blocked, "policy"), 0);
    let hash = one.name.strip_prefix(&format!("{}.", "a".repeat(199))).unwrap();
    assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", one.name);
    // The same is called the same by everybody, at any time.
    assert_eq!(event("arn", &owner, &topic(Reason::Blocked, "policy"), 9).name, one.name);
    for other in [
        event("arn", &owner, &topic(Reason::Blocked, "region"), 0),
        event("b", &owner, &topic(Reason::Blocked, "policy"), 0),
    ] {
        assert_ne!(other.name, one.name);
    }
}
