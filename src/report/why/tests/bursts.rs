//! Made-up bursts that must be told apart, and near misses that must not be taken for them.

use alblog::time::MINUTE;

use super::scene::{ARN, End, MINUTES, START, Scene};
use crate::report::why::facts::{Edges, Shape};
use crate::report::why::judge::Label::{Likely, Possible, Unclear};

const PODS: [&str; 6] =
    ["10.0.42.11:8080", "10.0.42.12:8080", "10.0.42.13:8080", "10.0.42.14:8080", "10.0.42.15:8080", "10.0.42.17:8080"];
const NEW_PODS: [&str; 6] =
    ["10.0.43.21:8080", "10.0.43.22:8080", "10.0.43.23:8080", "10.0.43.24:8080", "10.0.43.25:8080", "10.0.43.26:8080"];
const SICK: &str = PODS[5];

fn ordinary(scene: &mut Scene) -> End {
    let millis = 20 + scene.below(60);
    End::Ok(millis.cast_signed())
}

/// One of six fails a third of its requests from minute 26 on.
fn sick_pod(scene: &mut Scene) {
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, target| {
        match (target == SICK && second >= 26 * 60, scene.below(100)) {
            (true, 0..30) => End::Reset,
            (true, 30..34) => End::Closed(1800 + scene.below(600).cast_signed()),
            _ => ordinary(scene),
        }
    });
}

#[test]
fn one_sick_pod() {
    let mut scene = Scene::new();
    sick_pod(&mut scene);
    let seen = scene.see();
    let verdict = seen.main("sick-target", Likely);
    assert_eq!(verdict.targets, [SICK]);
    assert!(verdict.text.starts_with("one sick pod, 10.0.42.17: fails 3"), "{}", verdict.text);
    assert!(verdict.text.ends_with("% of its requests, yet stays in"), "{}", verdict.text);
    assert!(verdict.besides[0].starts_with("a keep-alive mismatch would hit all alike: the 5 others fail 0 %"));
    assert!(verdict.missing[0].starts_with("health checks: none in these logs"), "{verdict:?}");
    let words = seen.words();
    assert!(words.contains("kubectl get pods -A -o wide --field-selector status.podIP=10.0.42.17"), "{words}");
    assert!(words.contains("albstats report trace 1-6b02589c-"), "{words}");
    assert!(!words.contains("secret"), "{words}");
}

#[test]
fn a_sick_pod_that_fails_in_three_ways_is_one() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, target| {
        match (target == SICK && second >= 1500, scene.below(100)) {
            (true, 0..10) => End::Reset,
            (true, 10..25) => End::Said(500, 12),
            (true, 25..30) => End::Idle,
            _ => ordinary(scene),
        }
    });
    let words = scene.see().words();
    assert_eq!(words.matches("one sick pod, 10.0.42.17").count(), 1, "{words}");
    assert!(
        words.contains("likely one sick pod, 10.0.42.17: answers 15.")
            && words.contains("% of its requests with errors")
            && words.contains("× 502-reset-fast"),
        "{words}"
    );
}

#[test]
fn health_checks_say_how_a_sick_pod_stays_in() {
    for (failing, said, known) in [
        (20, "yet passes enough checks to stay in", true),
        (0, "yet passes all health checks", true),
        (100, "and fails all health checks", true),
    ] {
        let mut scene = Scene::new();
        sick_pod(&mut scene);
        let mut turn = 0;
        scene.checks(0..MINUTES, &PODS, |second, target| {
            turn += 37;
            (target == SICK && second >= 27 * 60 && turn % 100 < failing).then_some("TimedOut")
        });
        let verdict = scene.see().main("sick-target", Likely);
        // From the bar of the first failure on; it fails checks a minute later.
        let said = if failing == 100 { "yet passes enough checks to stay in" } else { said };
        assert!(verdict.text.ends_with(said), "{}", verdict.text);
        assert_eq!(verdict.missing.is_empty(), known);
    }
}

#[test]
fn two_sick_pods_of_six() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, target| {
        let sick = second >= 20 * 60 && (target == PODS[1] || target == PODS[4]);
        if sick && scene.chance(250) { End::Reset } else { ordinary(scene) }
    });
    let verdict = scene.see().main("sick-target", Likely);
    let mut targets = verdict.targets.clone();
    targets.sort();
    assert_eq!(targets, [PODS[1], PODS[4]]);
    assert!(
        verdict.text.starts_with("2 sick pods, 10.0.42.12 and 10.0.42.15: fail 25.")
            && verdict.text.ends_with("yet stay in")
    );
}

#[test]
fn a_pod_that_hangs_is_no_slow_database() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, target| {
        if target == SICK && (1500..2400).contains(&second) && scene.chance(500) { End::Idle } else { ordinary(scene) }
    });
    let verdict = scene.see().main("sick-target", Likely);
    assert!(verdict.text.contains("does not answer 4") && verdict.text.ends_with("then recovers"), "{}", verdict.text);
    assert_eq!(verdict.targets, [SICK]);
}

#[test]
fn a_lost_node_cannot_be_reached() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, target| {
        if target == SICK && second >= 1500 { End::NoConnection } else { ordinary(scene) }
    });
    let verdict = scene.see().main("sick-target", Likely);
    assert!(verdict.text.contains("cannot be reached for"), "{}", verdict.text);
}

#[test]
fn a_pod_that_died_is_not_sick() {
    let mut scene = Scene::new();
    scene.traffic(0..30, 240, &PODS, |scene, second, target| {
        if target == SICK && second >= 29 * 60 + 40 { End::Refused } else { ordinary(scene) }
    });
    scene.traffic(30..MINUTES, 200, &PODS[..5], |scene, _, _| ordinary(scene));
    scene.traffic(32..MINUTES, 40, &NEW_PODS[..1], |scene, _, _| ordinary(scene));
    let verdict = scene.see().main("target-gone", Likely);
    assert_eq!(verdict.targets, [SICK]);
    assert!(verdict.text.contains("its last one was at 10:29:5"), "{}", verdict.text);
}

/// Six pods are replaced, one every two minutes from minute 20 on. `old` and `new` say how requests end in the last
/// seconds of those that go, and in the first of those that come.
fn rolling(scene: &mut Scene, old: End, new: End) {
    for place in 0..6_i64 {
        let index = usize::try_from(place).unwrap();
        let switch = (20 + 2 * place) * 60;
        let until = switch / 60;
        scene.traffic(0..until, 40, &PODS[index..=index], |scene, second, _| {
            if second >= switch - 15 { if old == End::Ok(0) { ordinary(scene) } else { old } } else { ordinary(scene) }
        });
        scene.traffic(until..MINUTES, 40, &NEW_PODS[index..=index], |scene, second, _| {
            if second < switch + 15 { if new == End::Ok(0) { ordinary(scene) } else { new } } else { ordinary(scene) }
        });
    }
}

#[test]
fn a_rolling_deployment() {
    for (old, new, said) in [
        (End::Refused, End::Ok(0), "on those that go"),
        (End::Reset, End::Ok(0), "on those that go"),
        (End::Ok(0), End::Refused, "on those that come"),
        (End::NoConnection, End::Ok(0), "on those that go"),
        (End::Said(503, 2), End::Ok(0), "on those that go"),
    ] {
        let mut scene = Scene::new();
        rolling(&mut scene, old, new);
        let verdict = scene.see().main("rolling-restart", Likely);
        assert!(verdict.text.contains(said) && verdict.text.contains("one after another"), "{}", verdict.text);
        assert!(verdict.text.contains("6 pods go"), "{}", verdict.text);
    }
}

/// A new version answers an eighth of its requests with errors, until it is rolled back; its pods lie next to each other.
#[test]
fn new_pods_that_fail_all_the_while_are_no_rolling_restart() {
    for (until, back) in [(35, true), (MINUTES, false)] {
        let mut scene = Scene::new();
        scene.traffic(0..20, 240, &PODS, |scene, _, _| ordinary(scene));
        scene.traffic(
            20..until,
            240,
            &NEW_PODS,
            |scene, _, _| {
                if scene.chance(125) { End::Said(500, 40) } else { ordinary(scene) }
            },
        );
        if back {
            scene.traffic(until..MINUTES, 240, &PODS, |scene, _, _| ordinary(scene));
        }
        let verdict = scene.see().main("new-targets", Likely);
        let said = format!("the {} pods that came from 10:20", NEW_PODS.len());
        assert!(verdict.text.contains(&said) && verdict.targets.len() == NEW_PODS.len(), "{verdict:?}");
    }
}

/// Those that an earlier deployment replaced are missed by nobody.
#[test]
fn what_all_wait_for_is_as_likely_after_a_deployment() {
    let mut scene = Scene::new();
    scene.traffic(0..10, 240, &PODS, |scene, _, _| ordinary(scene));
    scene.traffic(10..30, 240, &NEW_PODS, |scene, _, _| ordinary(scene));
    scene.traffic(30..40, 240, &NEW_PODS, |scene, _, _| if scene.chance(300) { End::Idle } else { End::Ok(900) });
    scene.traffic(40..MINUTES, 240, &NEW_PODS, |scene, _, _| ordinary(scene));
    let verdict = scene.see().main("slow-dependency", Likely);
    assert!(verdict.besides.iter().all(|text| !text.starts_with("only ")), "{verdict:?}");
}

/// It has all requests of the group, and cannot be told from others that have none.
#[test]
fn the_last_pod_is_not_called_sick() {
    let mut scene = Scene::new();
    scene.traffic(0..20, 240, &PODS, |scene, _, _| ordinary(scene));
    scene.traffic(20..22, 40, &PODS, |scene, _, _| ordinary(scene));
    scene.traffic(20..40, 240, &PODS[..1], |scene, _, _| if scene.chance(200) { End::Idle } else { ordinary(scene) });
    scene.traffic(40..MINUTES, 240, &PODS, |scene, _, _| ordinary(scene));
    let conclusions = scene.see().conclusions();
    let ids: Vec<&str> = conclusions.iter().map(|(id, ..)| *id).collect();
    assert!(!ids.contains(&"sick-target") && !ids.is_empty(), "{ids:?}");
    // Nor does what is always so in another group come before it.
    scene.group = ARN.replace("checkout", "assets");
    scene.traffic(
        0..MINUTES,
        600,
        &NEW_PODS,
        |scene, _, _| if scene.chance(5) { End::Said(500, 20) } else { ordinary(scene) },
    );
    let words = scene.see().words();
    let [burst, usual] = ["answer in time", "usual 186 × 500-from-target"].map(|text| words.find(text));
    assert!(burst.is_some() && usual.is_some() && burst < usual, "{words}");
}

#[test]
fn one_bad_pod_of_a_deployment_is_no_rolling_restart() {
    let mut scene = Scene::new();
    for place in 0..6_i64 {
        let index = usize::try_from(place).unwrap();
        scene.traffic(0..20, 40, &PODS[index..=index], |scene, _, _| ordinary(scene));
        scene.traffic(20..MINUTES, 40, &NEW_PODS[index..=index], |scene, second, _| {
            let is_bad = place == 2 && (21 * 60..31 * 60).contains(&second) && scene.chance(700);
            if is_bad { End::Closed(200) } else { ordinary(scene) }
        });
    }
    let verdict = scene.see().main("sick-target", Likely);
    assert!(verdict.targets == [NEW_PODS[2]], "{verdict:?}");
}

#[test]
fn new_pods_may_come_long_before_the_old_ones_go() {
    let mut scene = Scene::new();
    scene.traffic(0..20, 240, &PODS[..3], |scene, _, _| ordinary(scene));
    scene.traffic(20..24, 240, &[&PODS[..3], &NEW_PODS[..3]].concat(), |scene, _, _| ordinary(scene));
    scene.traffic(24..26, 240, &[&PODS[..3], &NEW_PODS[..3]].concat(), |scene, _, target| {
        if target.starts_with("10.0.42.") && scene.chance(300) { End::Refused } else { ordinary(scene) }
    });
    scene.traffic(26..MINUTES, 240, &NEW_PODS[..3], |scene, _, _| ordinary(scene));
    let verdict = scene.see().main("rolling-restart", Likely);
    assert!(verdict.text.contains("3 pods go at about the same time"), "{}", verdict.text);
}

#[test]
fn pods_that_fail_for_minutes_before_they_go() {
    let mut scene = Scene::new();
    for (place, pod) in (0_i64..).zip(&PODS[..4]) {
        let end = 20 + 4 * place;
        scene.traffic(0..end, 60, std::slice::from_ref(pod), |scene, second, _| {
            if second >= (end - 4) * 60 && scene.chance(300) { End::Closed(700) } else { ordinary(scene) }
        });
        let new = std::slice::from_ref(&NEW_PODS[usize::try_from(place).unwrap()]);
        scene.traffic(end..MINUTES, 60, new, |scene, _, _| ordinary(scene));
    }
    scene.see().main("rolling-restart", Likely);
}

#[test]
fn pods_that_only_go_may_be_scaled_down() {
    let mut scene = Scene::new();
    for (place, pod) in (0_i64..).zip(&PODS) {
        let end = if place < 3 { 25 + place } else { MINUTES };
        scene.traffic(0..end, 60, std::slice::from_ref(pod), |scene, second, _| {
            if end < MINUTES && second >= end * 60 - 20 { End::Refused } else { ordinary(scene) }
        });
    }
    let verdict = scene.see().main("rolling-restart", Possible);
    assert!(verdict.text.starts_with("a restart, or scaling down: 3 pods go"), "{}", verdict.text);
}

#[test]
fn a_rolling_restart_in_place() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, target| {
        let place = i64::try_from(PODS.iter().position(|pod| *pod == target).unwrap()).unwrap();
        let down = (20 + 3 * place) * 60;
        if (down..down + 40).contains(&second) { End::Refused } else { ordinary(scene) }
    });
    let verdict = scene.see().main("rolling-restart", Likely);
    assert!(verdict.text.contains("6 pods fail one after another"), "{}", verdict.text);
}

#[test]
fn a_keep_alive_mismatch() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, _, _| if scene.chance(8) { End::Reset } else { ordinary(scene) });
    let seen = scene.see();
    let verdict = seen.main("keep-alive", Likely);
    assert!(verdict.text.starts_with("keep-alive mismatch: all 6 targets alike reset 0."), "{}", verdict.text);
    assert_eq!(seen.conclusions()[0].3, Shape::Steady);
    let words = seen.words();
    let elb =
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/k8s-shop-1f2e3d4c5b/50dc6c495c0c9188";
    assert!(words.contains(&format!("describe-load-balancer-attributes --load-balancer-arn {elb}")), "{words}");
    assert!(words.contains("here and there, no burst"), "{words}");
}

#[test]
fn a_mismatch_that_is_logged_without_a_request_time_is_only_possible() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, _, _| if scene.chance(8) { End::Refused } else { ordinary(scene) });
    let verdict = scene.see().main("keep-alive", Possible);
    assert!(verdict.besides[1].starts_with("against it: most were refused before they were sent"), "{verdict:?}");
}

#[test]
fn a_mismatch_with_few_requests_is_only_possible() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 30, &PODS, |scene, _, _| if scene.chance(8) { End::Reset } else { ordinary(scene) });
    scene.see().main("keep-alive", Possible);
}

#[test]
fn a_keep_alive_mismatch_that_begins() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, _| {
        if second >= 1500 && scene.chance(20) { End::Reset } else { ordinary(scene) }
    });
    let verdict = scene.see().main("keep-alive", Likely);
    assert!(verdict.besides.iter().any(|text| text.contains("begins within the window")), "{verdict:?}");
}

#[test]
fn new_pods_without_errors_are_no_deployment_to_blame() {
    // Scaled up while a mismatch goes on.
    let mut scene = Scene::new();
    let end = |scene: &mut Scene, _: i64, _: &str| if scene.chance(10) { End::Reset } else { ordinary(scene) };
    scene.traffic(0..30, 240, &PODS, end);
    scene.traffic(30..MINUTES, 240, &[&PODS[..], &NEW_PODS[..2]].concat(), end);
    let seen = scene.see();
    seen.main("keep-alive", Likely);
    assert_eq!(seen.conclusions().len(), 1);
}

#[test]
fn a_sick_pod_on_top_of_a_mismatch() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 400, &PODS, |scene, _, target| {
        let per_mille = if target == SICK { 300 } else { 12 };
        if scene.chance(per_mille) { End::Reset } else { ordinary(scene) }
    });
    let seen = scene.see();
    assert_eq!(seen.main("sick-target", Likely).targets, [SICK]);
    let besides = &seen.conclusions()[1];
    assert_eq!((besides.0, besides.1), ("keep-alive", Possible));
    let total: u64 = seen.conclusions().iter().map(|(_, _, verdict, _)| verdict.failures).sum();
    let failed = seen.rows.iter().filter(|row| row.rule.is_some() && row.bucket.is_some()).map(|row| row.requests);
    assert_eq!(total, failed.sum::<u64>());
}

#[test]
fn a_service_that_is_down_everywhere() {
    let mut scene = Scene::new();
    scene.traffic(
        0..MINUTES,
        240,
        &PODS,
        |scene, second, _| {
            if second >= 2400 { End::Refused } else { ordinary(scene) }
        },
    );
    scene.see().main("all-refuse", Likely);
}

#[test]
fn scaled_to_zero() {
    let mut scene = Scene::new();
    scene.traffic(0..30, 60, &PODS[..3], |scene, _, _| ordinary(scene));
    scene.traffic(30..MINUTES, 60, &[], |_, _, _| End::NoTarget);
    let seen = scene.see();
    let verdict = seen.main("no-target-left", Likely);
    assert!(verdict.text.contains("the last request reached one of 3 pods at 10:29:59"), "{}", verdict.text);
    assert!(verdict.text.ends_with("none is back where the logs end"), "{}", verdict.text);
    let words = seen.words();
    assert!(
        words.contains("kubectl -n checkout get endpointslices -l kubernetes.io/service-name=checkout-api"),
        "{words}"
    );
}

#[test]
fn scaled_to_zero_and_back() {
    let mut scene = Scene::new();
    scene.traffic(0..30, 60, &PODS[..3], |scene, _, _| ordinary(scene));
    scene.traffic(30..41, 60, &[], |_, _, _| End::NoTarget);
    scene.traffic(41..MINUTES, 60, &NEW_PODS[..3], |scene, _, _| ordinary(scene));
    let verdict = scene.see().main("no-target-left", Likely);
    assert!(verdict.text.contains("pods are back at 10:41:00"), "{}", verdict.text);
}

#[test]
fn empty_all_the_time() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 20, &[], |_, _, _| End::NoTarget);
    let verdict = scene.see().main("no-target-left", Likely);
    assert!(verdict.text.contains("no request reached one before, as far as this window goes"), "{}", verdict.text);
}

#[test]
fn a_zone_without_targets_is_not_an_empty_group() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS[..4], |scene, second, _| {
        if second >= 1200 && scene.chance(300) { End::NoTarget } else { ordinary(scene) }
    });
    scene.see().main("some-without-target", Possible);
}

/// Answers take longer and longer from minute 20 on; from minute 25 on half of the requests are not answered at all.
fn slow_database(scene: &mut Scene) {
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, _| {
        let slow = ((second - 1200) * 5).clamp(0, 4000);
        match (second >= 1500, scene.below(100)) {
            (true, 0..30) => End::Idle,
            (true, 30..45) => End::ClientLeft(3000 + scene.below(20_000).cast_signed()),
            _ => End::Ok(slow + 20 + scene.below(60).cast_signed()),
        }
    });
}

#[test]
fn a_slow_database() {
    let mut scene = Scene::new();
    slow_database(&mut scene);
    let verdict = scene.see().main("slow-dependency", Likely);
    assert!(verdict.text.contains("6 of 6 answer slower"), "{}", verdict.text);
    assert!(verdict.text.contains("before the first failure"), "{}", verdict.text);
    assert!(verdict.besides.iter().any(|text| text.starts_with("504s pile up at 60 s")), "{verdict:?}");
}

#[test]
fn a_slow_database_that_makes_the_application_fail() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, _| match (second >= 1500, scene.below(100)) {
        (true, 0..30) => End::Said(500, 5000),
        (true, _) => End::Ok(1500 + scene.below(2000).cast_signed()),
        _ => ordinary(scene),
    });
    scene.see().main("slow-dependency", Likely);
}

#[test]
fn an_application_that_fails_at_once() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, _| {
        if second >= 1500 && scene.chance(300) { End::Said(500, 12) } else { ordinary(scene) }
    });
    let verdict = scene.see().main("application", Likely);
    assert!(verdict.text.contains("all 6 targets alike answer 30"), "{}", verdict.text);
}

#[test]
fn one_slow_endpoint() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, _, _| ordinary(scene));
    scene.path = "/api/report";
    scene.traffic(0..MINUTES, 4, &PODS, |_, _, _| End::Idle);
    let verdict = scene.see().main("one-route", Likely);
    assert!(verdict.text.contains("/api/report") && !verdict.text.contains("token"), "{}", verdict.text);
    assert!(verdict.besides.iter().any(|text| text.contains("504s pile up at 60 s")), "{verdict:?}");
    // An engine that shows no rows tells as much of one URL.
    let conclusions = scene.see().conclusions_by_rules();
    assert!(conclusions.iter().any(|(id, ..)| *id == "slow-endpoint"), "{conclusions:?}");
}

#[test]
fn timeouts_of_clients() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, _| {
        if second >= 1200 && scene.chance(60) {
            End::ClientLeft(30_000 + scene.below(20).cast_signed())
        } else {
            ordinary(scene)
        }
    });
    let verdict = scene.see().main("client-timeout", Likely);
    assert!(verdict.text.starts_with("clients give up after 30 s"), "{}", verdict.text);
}

#[test]
fn clients_that_just_leave() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, _, _| {
        if scene.chance(5) { End::ClientLeft(200 + scene.below(9_000).cast_signed()) } else { ordinary(scene) }
    });
    scene.see().main("clients-leave", Possible);
}

#[test]
fn nothing_can_be_reached() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, _| {
        if second >= 1800 && scene.chance(700) { End::NoConnection } else { ordinary(scene) }
    });
    scene.see().main("unreachable", Likely);
}

#[test]
fn a_function_out_of_memory_cannot_be_told_from_one_that_fails() {
    let mut scene = Scene::new();
    let end = |scene: &mut Scene, second: i64, _: &str| {
        let millis = 200 + scene.below(2_000).cast_signed();
        if second >= 1500 && scene.chance(400) {
            End::FunctionFailed("LambdaUnhandled", millis)
        } else {
            End::Function(millis)
        }
    };
    scene.traffic(0..MINUTES, 120, &[], end);
    let verdict = scene.see().main("function-fails", Likely);
    assert!(
        verdict.text.contains("an exception, or it runs out of memory; this log has one reason for both"),
        "{verdict:?}"
    );
    assert!(verdict.missing[0].contains("Max Memory Used"), "{verdict:?}");
}

#[test]
fn a_function_that_times_out_always_takes_as_long() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 120, &[], |scene, _, _| {
        if scene.chance(100) {
            End::FunctionFailed("LambdaUnhandled", 3_000 + scene.below(20).cast_signed())
        } else {
            End::Function(90)
        }
    });
    let verdict = scene.see().main("function-fails", Likely);
    assert!(verdict.text.starts_with("the function's timeout: it fails after 3 s"), "{verdict:?}");
}

#[test]
fn a_function_that_is_throttled() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 120, &[], |scene, second, _| {
        if (1200..1500).contains(&second) && scene.chance(500) {
            End::FunctionFailed("LambdaThrottling", 3)
        } else {
            End::Function(90)
        }
    });
    scene.see().main("function-throttled", Likely);
}

#[test]
fn a_firewall_that_blocks_one_client() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, _, _| ordinary(scene));
    scene.client = Some("198.51.100.66");
    scene.traffic(10..13, 300, &[], |_, _, _| End::Blocked);
    let verdict = scene.see().main("one-client", Likely);
    assert!(verdict.text.starts_with("one client, 198.51.100.66: ") && verdict.text.ends_with("blocked by AWS WAF"));
    let by_rules = scene.see().conclusions_by_rules();
    assert!(by_rules[0].2.text.contains("198.51.100.66: blocked by AWS WAF"), "{by_rules:?}");
    // Against all requests of the load balancer it stands out, though nothing else came to no target group.
    let words = scene.see().words();
    assert!(words.contains("first 10:10:00   last 10:12:59\n"), "{words}");
}

#[test]
fn three_errors_are_no_burst() {
    let mut scene = Scene::new();
    let mut left = 3;
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, _| {
        if second > 1500 && left > 0 {
            left -= 1;
            return End::Reset;
        }
        ordinary(scene)
    });
    let seen = scene.see();
    seen.main("too-few", Unclear);
    assert!(seen.words().contains("too few to tell: 3 × 502-reset-fast"), "{}", seen.words());
}

#[test]
fn nothing_failed() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 20, &PODS, |scene, _, _| ordinary(scene));
    let seen = scene.see();
    assert!(seen.conclusions().is_empty());
    assert!(seen.words().starts_with("none of 1,200 requests failed"), "{}", seen.words());
}

#[test]
fn with_one_target_it_cannot_be_told() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 120, &PODS[..1], |scene, second, _| {
        if second >= 1500 && scene.chance(300) { End::Reset } else { ordinary(scene) }
    });
    scene.see().main("one-target-only", Unclear);
}

#[test]
fn half_of_the_targets_are_neither_one_nor_all() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, target| {
        let failing = second >= 1500 && PODS[..3].contains(&target);
        if failing && scene.chance(300) { End::Closed(900) } else { ordinary(scene) }
    });
    scene.see().main("no-pattern", Unclear);
}

#[test]
fn what_lasts_to_the_end_of_the_logs_is_ongoing() {
    for delivered in [40, 41, 55, 60] {
        let mut scene = Scene::new();
        sick_pod(&mut scene);
        let seen = scene.see_to(START + delivered * MINUTE);
        seen.main("sick-target", Likely);
        assert_eq!(seen.conclusions()[0].3, Shape::Burst(Edges { from_start: false, ongoing: true }), "{delivered}");
        let words = seen.words();
        assert!(words.contains("ongoing where the logs end"), "{words}");
    }
    // One that ended before the logs do has ended.
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, target| {
        if target == SICK && (1500..2100).contains(&second) && scene.chance(300) { End::Reset } else { ordinary(scene) }
    });
    for (delivered, ongoing) in [(35, true), (45, false), (60, false)] {
        let seen = scene.see_to(START + delivered * MINUTE);
        assert_eq!(seen.conclusions()[0].3, Shape::Burst(Edges { from_start: false, ongoing }), "{delivered}");
    }
}

#[test]
fn what_the_window_begins_with_was_there_before() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &PODS, |scene, second, target| {
        if target == SICK && second < 900 && scene.chance(300) { End::Reset } else { ordinary(scene) }
    });
    let seen = scene.see();
    assert_eq!(seen.conclusions()[0].3, Shape::Burst(Edges { from_start: true, ongoing: false }));
    assert!(seen.words().contains("there already where the window begins"), "{}", seen.words());
}

#[test]
fn targets_with_ipv6_addresses() {
    let pods = ["2600:1f18::a:8080", "2600:1f18::b:8080", "2600:1f18::c:8080"];
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 240, &pods, |scene, second, target| {
        if target == pods[2] && second >= 1500 && scene.chance(300) { End::Reset } else { ordinary(scene) }
    });
    let seen = scene.see();
    let verdict = seen.main("sick-target", Likely);
    assert_eq!(verdict.targets, [pods[2]]);
    assert!(seen.words().contains("--field-selector status.podIP=2600:1f18::c "), "{}", seen.words());
}

#[test]
fn two_load_balancers_have_their_own_troubles() {
    let mut scene = Scene::new();
    sick_pod(&mut scene);
    scene.elb = "app/k8s-pay-77aa66bb55/1234567890abcdef";
    scene.group = scene.group.replace("checkout-checkout", "pay-payments");
    scene.traffic(0..20, 60, &NEW_PODS[..2], |scene, _, _| ordinary(scene));
    scene.traffic(20..MINUTES, 60, &[], |_, _, _| End::NoTarget);
    let seen = scene.see();
    let found: Vec<(&str, &str)> = seen.conclusions().iter().map(|(id, label, ..)| (*id, label.text())).collect();
    assert_eq!(found, [("no-target-left", "likely"), ("sick-target", "likely")]);
    let words = seen.words();
    assert!(words.contains("likely checkout/checkout-api: one sick pod"), "{words}");
    assert!(words.contains("likely k8s-pay-payments-0a1b2c3d4e: the target group is empty"), "{words}");
    assert_eq!(seen.body().title, "Why requests failed: 2 target groups");
}
