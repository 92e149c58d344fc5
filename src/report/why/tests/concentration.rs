//! Whoever has the failures is named, be it a client, a route or a zone; and the verdict is the same in every window that
//! holds the burst.

use std::ops::Range;

use alblog::time::MINUTE;

use super::scene::{End, MINUTES, START, Scene};
use crate::report::bars::Bars;
use crate::report::why::judge::Label::{self, Likely};

const PODS: [&str; 6] =
    ["10.0.42.11:8080", "10.0.42.12:8080", "10.0.42.13:8080", "10.0.42.14:8080", "10.0.42.15:8080", "10.0.42.17:8080"];
const ZONES: [&str; 9] = [
    "10.0.70.11:8080",
    "10.0.81.12:8080",
    "10.0.92.13:8080",
    "10.0.130.14:8080",
    "10.0.141.15:8080",
    "10.0.152.17:8080",
    "10.0.200.18:8080",
    "10.0.211.19:8080",
    "10.0.222.20:8080",
];
const CLIENT: &str = "198.51.100.9";
/// Seconds since the start.
const BURST: Range<i64> = 1500..2100;

fn ordinary(scene: &mut Scene) -> End {
    End::Ok(20 + scene.below(60).cast_signed())
}

fn one_client(scene: &mut Scene) {
    scene.traffic(0..MINUTES, 400, &PODS, |scene, second, _| {
        scene.client = scene.chance(60).then_some(CLIENT);
        let fails = scene.client.is_some() && BURST.contains(&second) && scene.chance(800);
        if fails { End::Said(500, 20) } else { ordinary(scene) }
    });
}

fn one_route(scene: &mut Scene) {
    scene.traffic(0..MINUTES, 400, &PODS, |scene, second, _| {
        let is_route = scene.chance(100);
        scene.path = if is_route { "/api/orders/{n}/invoice" } else { "/api/carts/{n}" };
        if is_route && BURST.contains(&second) && scene.chance(600) { End::Idle } else { ordinary(scene) }
    });
}

fn one_zone(scene: &mut Scene) {
    scene.traffic(0..MINUTES, 400, &ZONES, |scene, second, target| {
        let fails = ZONES[..3].contains(&target) && BURST.contains(&second) && scene.chance(300);
        if fails { End::Closed(900) } else { ordinary(scene) }
    });
}

fn one_pod(scene: &mut Scene) {
    scene.traffic(0..MINUTES, 400, &PODS, |scene, second, target| {
        let fails = target == PODS[2] && BURST.contains(&second) && scene.chance(500);
        if fails { End::Closed(300) } else { ordinary(scene) }
    });
}

fn one_node(scene: &mut Scene) {
    scene.traffic(0..MINUTES, 400, &PODS, |scene, second, _| {
        scene.node = ["192.0.2.1", "192.0.2.2", "192.0.2.3"][usize::try_from(scene.below(3)).unwrap()];
        let fails = scene.node == "192.0.2.2" && BURST.contains(&second) && scene.chance(300);
        if fails { End::NoConnection } else { ordinary(scene) }
    });
}

fn a_flood(scene: &mut Scene) {
    let end = |scene: &mut Scene, second: i64, _: &str| {
        if BURST.contains(&second) && scene.chance(60) { End::Said(503, 30) } else { ordinary(scene) }
    };
    scene.traffic(0..MINUTES, 300, &PODS, end);
    scene.client = Some(CLIENT);
    scene.traffic(25..35, 900, &PODS, end);
}

fn down(scene: &mut Scene) {
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, _| {
        if BURST.contains(&second) && scene.chance(700) { End::Refused } else { ordinary(scene) }
    });
}

/// Pattern, label, targets and who, of the conclusion about most failures.
fn verdict(scene: &Scene, window: Range<i64>) -> (&'static str, Label, Vec<String>, Option<String>) {
    let window = START + window.start * MINUTE..START + window.end * MINUTE;
    let bucket = Bars::fit(&window, 180).step;
    let seen = scene.see_in(window.clone(), window.end, bucket);
    let (id, label, verdict, _) = seen.conclusions().into_iter().next().expect("a conclusion");
    (id, label, verdict.targets, verdict.who)
}

#[test]
fn whoever_has_the_failures_is_named() {
    for (make, pattern, who) in [
        (one_client as fn(&mut Scene), "one-client", CLIENT),
        (one_route, "one-route", "/api/orders/:id/invoice"),
        (one_zone, "one-zone", "10.0.64.0/19"),
        (one_node, "one-node", "192.0.2.2"),
        (a_flood, "client-surge", CLIENT),
    ] {
        let mut scene = Scene::new();
        make(&mut scene);
        let seen = scene.see();
        let verdict = seen.main(pattern, Likely);
        assert_eq!(verdict.who.as_deref(), Some(who), "{}", verdict.text);
        assert!(verdict.text.contains(who), "{}", verdict.text);
    }
}

#[test]
fn the_verdict_is_the_same_in_every_window() {
    for make in [one_client as fn(&mut Scene), one_route, one_zone, one_node, one_pod, a_flood, down] {
        let mut scene = Scene::new();
        make(&mut scene);
        let expected = verdict(&scene, 0..MINUTES);
        assert_eq!(expected.1, Likely, "{expected:?}");
        for window in [15..45, 22..38, 23..MINUTES, -40..90] {
            assert_eq!(verdict(&scene, window.clone()), expected, "{window:?}");
        }
    }
}

#[test]
fn two_targets_next_to_each_other_are_no_zone() {
    let pods = [&ZONES[..2], &ZONES[3..]].concat();
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 400, &pods, |scene, second, target| {
        let fails = ZONES[..2].contains(&target) && BURST.contains(&second) && scene.chance(300);
        if fails { End::Closed(900) } else { ordinary(scene) }
    });
    scene.see().main("sick-target", Likely);
}
