//! Who had an address, against a slow second reading of the rules, and against worlds in which it is known.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use alblog::time::SECOND;
use proptest::prelude::*;

use super::history::{Seen, Target};
use super::spans::spans;
use super::*;
use crate::fleet::inventory::Moment;
use crate::fleet::inventory::model::{Inventory, KnownTargetGroup, Purpose};
use crate::fleet::inventory::target_groups::How;
use crate::fleet::kubernetes::Endpoint;

const END: i64 = 40;

fn moment(second: i64) -> Moment {
    Moment::new(second * SECOND)
}

fn address(number: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, 0, 0, number))
}

fn endpoint(ip: u8, pod: &str, from: i64) -> Endpoint {
    Endpoint {
        ip: address(ip),
        port: 8080,
        namespace: "shop".to_owned(),
        pod: Some(pod.to_owned()),
        workload: Some("Deployment/web".to_owned()),
        node: None,
        zone: None,
        version: None,
        from: Some(from * SECOND),
        ends: None,
        is_held: true,
    }
}

/// A look: of which cluster, when, and what it found.
type Look = (&'static str, i64, Vec<Endpoint>);

fn history(looks: &[Look]) -> TargetHistory {
    let mut history = TargetHistory::default();
    for (cluster, at, endpoints) in looks {
        history.look(cluster, moment(*at), endpoints);
    }
    history
}

/// The pod that had an address at a second, with a mark if it is presumed.
fn named(holders: &Holders, group: Option<&str>, ip: u8, second: i64) -> Option<String> {
    let holder = holders.at(group, address(ip), 8080, second * SECOND)?;
    Some(format!("{}{}", holder.target.pod.as_deref()?, if holder.is_presumed { " ~" } else { "" }))
}

/// A pod at an address of a cluster.
type PodOf<'h> = (&'h str, IpAddr, u16, &'h str, Option<&'h str>);

fn pod_of(target: &Target) -> PodOf<'_> {
    (&target.cluster, target.ip, target.port, &target.namespace, target.pod.as_deref())
}

/// The rules of `spans`, read once more for one record at one second, without sorting anything.
fn has_it(history: &TargetHistory, target: &Target, seen: Seen, at: Moment) -> bool {
    // What else was told of the same pod when it was seen last.
    let is_alike = |other: &Target, it: &Seen| pod_of(other) == pod_of(target) && it.last == seen.last;
    let alike = || history.seen.iter().filter(|(other, it)| is_alike(other, it));
    let from = alike().map(|(other, _)| other.from).min().unwrap();
    let ends = alike().filter_map(|(_, it)| it.ends).min();
    let others: Vec<(&Target, &Seen)> = history
        .seen
        .iter()
        .filter(|(other, it)| !is_alike(other, it))
        .filter(|(other, _)| (&other.cluster, other.ip, other.port) == (&target.cluster, target.ip, target.port))
        .collect();
    // Somebody who was seen there before this one was, and after the moment, had it still.
    let is_before_its_time = from > at || others.iter().any(|(_, it)| it.last < seen.last && it.last > at);
    let is_contested = others.iter().any(|(_, it)| it.last == seen.last);
    let is_over = at >= seen.last && {
        let ended = ends.is_some_and(|ends| ends <= at);
        let missed = history.looks[&target.cluster].iter().any(|look| *look > seen.last && *look <= at);
        // Whoever was seen later had it from its own begin on, but not while somebody else was still to be seen there.
        let is_still_to_be_seen = |before: Moment| others.iter().any(|(_, it)| it.last > at && it.last < before);
        let follows =
            others.iter().any(|(other, it)| it.last > seen.last && other.from <= at && !is_still_to_be_seen(it.last));
        ended || missed || follows
    };
    !is_before_its_time && !is_contested && !is_over
}

fn looks() -> impl Strategy<Value = Vec<Look>> {
    let found = (0..2_u8, 0..4_u8, 0..END, prop::option::of(0..END), any::<bool>());
    let found = found.prop_map(|(ip, pod, from, ends, is_held)| Endpoint {
        ends: ends.map(|ends| ends * SECOND),
        is_held,
        ..endpoint(ip, &format!("pod-{pod}"), from / 4 * 4)
    });
    let look = (prop::sample::select(vec!["one", "other"]), 0..END, prop::collection::vec(found, 0..5));
    prop::collection::vec(look, 0..7)
}

/// What truly happens to one address: pods one after another, with pauses.
fn lives() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0..4_i64, 1..12_i64), 0..6).prop_map(|lives| {
        let mut end = 0;
        let live = |(pause, length)| {
            let begin: i64 = end + pause;
            end = begin + length;
            (begin, end)
        };
        lives.into_iter().map(live).collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_looks_does_not_matter_nor_does_a_file(looks in looks().prop_shuffle(), turn in 0..7_usize) {
        let kept = history(&looks);
        let mut other: Vec<Look> = looks.clone();
        if !other.is_empty() {
            let length = other.len();
            other.rotate_left(turn % length);
            other.reverse();
        }
        other.extend(looks);
        prop_assert_eq!(&history(&other), &kept);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/inventory.targets.parquet");
        kept.write(&path).unwrap();
        prop_assert_eq!(TargetHistory::read(&path).unwrap(), kept);
    }

    #[test]
    fn what_was_over_is_not_missed_from_then_on(looks in looks(), since in 0..END) {
        let kept = history(&looks);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inventory.targets.parquet");
        kept.write(&path).unwrap();
        let later = TargetHistory::read_since(&path, Some(moment(since))).unwrap();
        prop_assert!(later.count() <= kept.count());
        let [later, kept] = [later, kept].map(|history| Holders::new(&history, &Inventory::default()));
        for second in since..END + 5 {
            for ip in 0..2 {
                let [one, other] = [&later, &kept].map(|holders| holders.at(None, address(ip), 8080, second * SECOND));
                prop_assert_eq!(one, other, "{} at {}", ip, second);
            }
        }
    }

    #[test]
    fn an_address_has_one_holder_as_the_rules_say(looks in looks()) {
        let history = history(&looks);
        let spans = spans(&history);
        let holders = Holders::new(&history, &Inventory::default());
        for second in 0..END + 5 {
            let at = moment(second);
            let mut taken = BTreeSet::new();
            let mut of_address: BTreeMap<IpAddr, Vec<PodOf<'_>>> = BTreeMap::new();
            for pod in history.seen.keys().map(pod_of).collect::<BTreeSet<_>>() {
                let own = spans.iter().filter(|span| pod_of(span.target) == pod);
                let is_its = own.clone().any(|span| span.from <= at && span.until.is_none_or(|until| at < until));
                let records = history.seen.iter().filter(|(target, _)| pod_of(target) == pod);
                let should_be = records.clone().any(|(target, seen)| has_it(&history, target, *seen, at));
                prop_assert_eq!(is_its, should_be, "{:?} at {}", pod, second);
                if is_its {
                    prop_assert!(taken.insert((pod.0, pod.1, pod.2)), "two at {}", second);
                    of_address.entry(pod.1).or_default().push(pod);
                }
            }
            for ip in 0..2 {
                let found = holders.at(None, address(ip), 8080, second * SECOND).map(|holder| pod_of(holder.target));
                let only = of_address.get(&address(ip)).filter(|all| all.len() == 1).map(|all| all[0]);
                prop_assert_eq!(found, only);
            }
        }
    }

    #[test]
    fn whoever_is_named_truly_had_it(lives in lives(), looked in prop::collection::btree_set(0..60_i64, 0..6)) {
        let found = |at: i64| -> Vec<Endpoint> {
            let there = lives.iter().enumerate().filter(|(_, (begin, end))| *begin <= at && at < *end);
            there.map(|(number, (begin, _))| endpoint(1, &format!("pod-{number}"), *begin)).collect()
        };
        let looks: Vec<Look> = looked.iter().map(|at| ("one", *at, found(*at))).collect();
        let holders = Holders::new(&history(&looks), &Inventory::default());
        for second in 0..70 {
            let truly = lives.iter().position(|(begin, end)| *begin <= second && second < *end);
            let truly_named = truly.map(|number| format!("pod-{number}"));
            let was_seen = truly.is_some_and(|number| looked.iter().any(|at| (lives[number].0..lives[number].1).contains(at)));
            match named(&holders, None, 1, second) {
                // Between looks, somebody whom nobody ever saw may have come and gone.
                Some(name) if name.ends_with(" ~") => {
                    let is_right = truly_named.as_deref() == name.strip_suffix(" ~");
                    prop_assert!(is_right || !was_seen, "{} is {:?} at {}", name, truly_named, second);
                }
                Some(name) => prop_assert_eq!(Some(name), truly_named, "at {}", second),
                None => prop_assert!(!was_seen, "{:?} is not named at {}", truly_named, second),
            }
        }
    }
}

#[test]
fn an_address_that_is_used_again_is_told_by_time() {
    let holders = |looks: &[Look]| Holders::new(&history(looks), &Inventory::default());
    let known = holders(&[("", 10, vec![endpoint(1, "old", 2)]), ("", 30, vec![endpoint(1, "new", 20)])]);
    for (second, expected) in [
        (1, None),
        (2, Some("old")),
        (9, Some("old")),
        // Nobody else is known to have had it until the next one came.
        (10, Some("old ~")),
        (19, Some("old ~")),
        (20, Some("new")),
        (30, Some("new ~")),
        (99, Some("new ~")),
    ] {
        assert_eq!(named(&known, None, 1, second).as_deref(), expected, "{second}");
    }
    // A look that does not find it ends it; so does its own word.
    let gone = holders(&[("", 10, vec![endpoint(1, "old", 2)]), ("", 15, vec![])]);
    assert_eq!((named(&gone, None, 1, 14).as_deref(), named(&gone, None, 1, 15)), (Some("old ~"), None));
    let ended = Endpoint { ends: Some(12 * SECOND), is_held: false, ..endpoint(1, "old", 2) };
    let ended = holders(&[("", 20, vec![ended, endpoint(1, "new", 14)])]);
    let at = |second| named(&ended, None, 1, second);
    assert_eq!([at(11).as_deref(), at(12).as_deref(), at(14).as_deref()], [Some("old"), None, Some("new")]);
    // Two that are seen there at once.
    let both = holders(&[("", 20, vec![endpoint(1, "a", 2), endpoint(1, "b", 4)])]);
    assert_eq!((named(&both, None, 1, 3), named(&both, None, 1, 25)), (None, None));
}

#[test]
fn a_pod_of_which_another_thing_is_told_is_the_same_pod() {
    let on_node = |zone: Option<&str>| Endpoint {
        node: zone.map(|_| "node-1".to_owned()),
        zone: zone.map(ToOwned::to_owned),
        ..endpoint(1, "pod", 2)
    };
    // It ends at the same moment in both looks; by the second its node is gone.
    let ending = |zone| Endpoint { ends: Some(12 * SECOND), is_held: false, ..on_node(zone) };
    for looks in [
        [("", 20, vec![ending(Some("a"))]), ("", 30, vec![ending(None)])],
        [("", 20, vec![ending(None)]), ("", 30, vec![ending(Some("a"))])],
    ] {
        let history = history(&looks);
        let holders = Holders::new(&history, &Inventory::default());
        assert_eq!(named(&holders, None, 1, 5).as_deref(), Some("pod"), "{looks:?}");
        let holder = holders.at(None, address(1), 8080, 5 * SECOND).unwrap();
        assert_eq!(holder.target.zone.as_deref(), Some("a"), "what tells more");
        assert_eq!(named(&holders, None, 1, 12), None);
    }
}

#[test]
fn clusters_with_the_same_addresses_are_told_apart_by_target_group() {
    let in_namespace = |namespace: &str| Endpoint { namespace: namespace.to_owned(), ..endpoint(1, "in-test", 1) };
    let looks = [("prod", 10, vec![endpoint(1, "in-prod", 1)]), ("test", 10, vec![in_namespace("lab")])];
    let mut inventory = Inventory::default();
    let mut add = |arn: &str, name: &str, cluster: Option<&str>, namespace: Option<&str>| {
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        let purpose =
            Purpose { cluster: owned(cluster), namespace: owned(namespace), derived: How::Tags, ..Purpose::default() };
        let (tags, at) = (BTreeMap::new(), moment(0));
        let name = name.to_owned();
        let known = KnownTargetGroup { name, tags, load_balancers: Vec::new(), purpose, first_seen: at, last_seen: at };
        inventory.target_groups.insert(arn.to_owned(), known);
    };
    add("arn:prod", "web", Some("prod"), None);
    add("arn:test", "web", Some("test"), Some("lab"));
    add("arn:shop", "shop", None, Some("shop"));
    add("arn:third", "third", Some("third"), None);
    let holders = Holders::new(&history(&looks), &inventory);
    let of = |group: Option<&str>| named(&holders, group, 1, 5);
    assert_eq!(of(Some("arn:prod")).as_deref(), Some("in-prod"));
    assert_eq!(of(Some("arn:test")).as_deref(), Some("in-test"));
    assert_eq!(of(Some("arn:shop")).as_deref(), Some("in-prod"), "by its namespace");
    // Of a name that two clusters have, of a cluster that was not looked at, of none that is known.
    assert_eq!((of(Some("web")), of(Some("arn:third")), of(Some("arn:unknown")), of(None)), (None, None, None, None));
    // The only cluster that has an address need not be the one that the logs are of.
    let one_has_it = [("prod", 10, vec![endpoint(2, "in-prod", 1)]), ("test", 10, vec![])];
    let one_has_it = Holders::new(&history(&one_has_it), &inventory);
    assert_eq!(named(&one_has_it, Some("arn:unknown"), 2, 5), None);
    assert_eq!(named(&one_has_it, Some("arn:prod"), 2, 5).as_deref(), Some("in-prod"));
    // A name that the controller made tells against other namespaces.
    let alone = Holders::new(&history(&[("", 10, vec![endpoint(1, "pod", 1)])]), &Inventory::default());
    let arn = |name: &str| format!("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/{name}/50dc6c495c0c9188");
    assert_eq!(named(&alone, Some(&arn("k8s-shop-web-0123456789")), 1, 5).as_deref(), Some("pod"));
    assert_eq!(named(&alone, Some(&arn("k8s-payments-web-0123456789")), 1, 5), None);
    assert_eq!(named(&alone, Some(&arn("mine")), 1, 5).as_deref(), Some("pod"));
    // A cluster that was not said may be any.
    let unsaid = Holders::new(&history(&[("", 10, vec![endpoint(1, "pod", 1)])]), &inventory);
    assert_eq!(named(&unsaid, Some("arn:prod"), 1, 5).as_deref(), Some("pod"));
    assert_eq!(named(&unsaid, Some("arn:test"), 1, 5), None, "in another namespace");
}

#[test]
fn addresses_of_ipv6_are_the_same_however_they_are_written() {
    let pod = Endpoint { ip: "2001:db8:0:0::1".parse().unwrap(), ..endpoint(1, "six", 1) };
    let mapped = Endpoint { ip: "::ffff:10.0.0.7".parse().unwrap(), ..endpoint(1, "four", 1) };
    let holders = Holders::new(&history(&[("", 9, vec![pod, mapped])]), &Inventory::default());
    let named = |ip: &str| holders.at(None, ip.parse().unwrap(), 8080, 5 * SECOND).and_then(|it| it.target.pod.clone());
    assert_eq!(named("2001:db8::1").as_deref(), Some("six"));
    assert_eq!(named("10.0.0.7").as_deref(), Some("four"));
}

#[test]
fn what_is_forgotten_is_what_was_last_seen_long_ago() {
    let mut kept = history(&[("", 10, vec![endpoint(1, "old", 2)]), ("", 30, vec![endpoint(1, "new", 20)])]);
    kept.forget(moment(15));
    assert_eq!(kept, history(&[("", 30, vec![endpoint(1, "new", 20)])]));
}

#[test]
fn what_is_no_file_of_targets_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = beside(&folder.path().join("inventory.json"));
    assert_eq!(path.file_name().unwrap(), "inventory.targets.parquet");
    assert_eq!(TargetHistory::read(&path).unwrap(), TargetHistory::default());
    std::fs::write(&path, "garbage").unwrap();
    let error = format!("{:#}", TargetHistory::read(&path).unwrap_err());
    assert!(error.contains("inventory.targets.parquet") && error.contains("\nhint: move it away"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "garbage");
}
