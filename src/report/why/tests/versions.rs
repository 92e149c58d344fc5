//! Pods of one version, where an inventory knows them: when it is that version, when it is only evidence, and when it is neither.

use super::scene::{End, MINUTES, Scene, Seen};
use crate::report::pods::Pod;
use crate::report::why::judge::Label::{Likely, Possible, Unclear};

const OLD: [&str; 3] = ["10.0.1.1:8080", "10.0.1.2:8080", "10.0.1.3:8080"];
const NEW: [&str; 3] = ["10.0.2.1:8080", "10.0.2.2:8080", "10.0.2.3:8080"];
const ALL: [&str; 6] = [OLD[0], OLD[1], OLD[2], NEW[0], NEW[1], NEW[2]];

fn ordinary(scene: &mut Scene) -> End {
    End::Ok(20 + scene.below(60).cast_signed())
}

/// What is seen of a scene if pods of `10.0.2.…` are of version 1.42, and all others of 1.41.
fn seen(scene: &Scene) -> Seen {
    let mut seen = scene.see();
    for row in &mut seen.rows {
        let Some(target) = &row.target else { continue };
        let version = if target.starts_with("10.0.2.") { "1.42" } else { "1.41" };
        row.pod = Some(Pod {
            namespace: "checkout".to_owned(),
            name: format!("pod-{}", target.replace([':', '.'], "-")),
            workload: Some("Deployment/checkout-api".to_owned()),
            node: None,
            zone: None,
            version: Some(version.to_owned()),
            is_presumed: false,
        });
    }
    seen
}

#[test]
fn several_pods_of_a_version_fail_beside_others_that_do_not() {
    let mut scene = Scene::new();
    scene.traffic(0..20, 300, &OLD, |scene, _, _| ordinary(scene));
    scene.traffic(20..MINUTES, 300, &ALL, |scene, _, target| {
        if NEW.contains(&target) && scene.chance(300) { End::Said(500, 20) } else { ordinary(scene) }
    });
    let seen = seen(&scene);
    let verdict = seen.main("one-version", Likely);
    assert_eq!(verdict.who.as_deref(), Some("checkout/Deployment/checkout-api 1.42"));
    assert_eq!(verdict.targets.len(), 3);
    assert!(verdict.text.starts_with("version 1.42: ") && verdict.text.contains(" of the requests of its 3 pods fail"));
    assert!(
        verdict.besides[0].starts_with("all ")
            && verdict.besides[0].contains(" failures are on pods of version 1.42; 1.41: 0 of ")
    );
    let words = seen.words();
    assert!(words.contains("next kubectl -n checkout describe pod pod-10-0-2-"), "{words}");
    assert!(words.contains("next kubectl -n checkout logs pod-10-0-2-"), "{words}");
    assert!(words.contains("next albstats report errors --by version"), "{words}");
}

#[test]
fn pods_that_are_presumed_make_nothing_likely() {
    let mut scene = Scene::new();
    scene.traffic(0..20, 300, &OLD, |scene, _, _| ordinary(scene));
    scene.traffic(20..MINUTES, 300, &ALL, |scene, _, target| {
        if NEW.contains(&target) && scene.chance(300) { End::Said(500, 20) } else { ordinary(scene) }
    });
    let mut seen = seen(&scene);
    for pod in seen.rows.iter_mut().filter_map(|row| row.pod.as_mut()) {
        pod.is_presumed = true;
    }
    let verdict = seen.main("one-version", Possible);
    assert!(verdict.text.starts_with("version 1.42 ~: "), "{}", verdict.text);
    assert!(verdict.besides[0].contains("of version 1.42 ~;"), "{}", verdict.besides[0]);
}

#[test]
fn one_pod_of_a_version_is_a_sick_pod_and_the_version_is_evidence() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 400, &[OLD[0], OLD[1], OLD[2], NEW[0]], |scene, second, target| {
        if target == NEW[0] && second > 1200 && scene.chance(300) { End::Said(500, 20) } else { ordinary(scene) }
    });
    let verdict = seen(&scene).main("sick-target", Likely);
    assert!(verdict.text.starts_with("one sick pod, pod-10-0-2-1-8080 (10.0.2.1): "), "{}", verdict.text);
    let last = verdict.besides.last().unwrap();
    assert!(last.contains(" failures are on the only pod of version 1.42; 1.41: 0 of "), "{last}");
}

#[test]
fn it_is_no_version_where_others_fail_too_or_there_is_no_other() {
    for (targets, share_of_old) in [(&ALL[..], 250), (&NEW[..], 0)] {
        let mut scene = Scene::new();
        scene.traffic(0..MINUTES, 300, targets, |scene, second, target| {
            let share = if NEW.contains(&target) { 300 } else { share_of_old };
            if second > 1200 && scene.chance(share) { End::Said(500, 20) } else { ordinary(scene) }
        });
        let verdict = seen(&scene).main("application", Likely);
        assert!(!verdict.besides.iter().any(|text| text.contains("of version")), "{:?}", verdict.besides);
    }
}

#[test]
fn failures_of_pods_that_start_are_of_the_restart() {
    let mut scene = Scene::new();
    scene.traffic(0..30, 300, &OLD, |scene, _, _| ordinary(scene));
    scene.traffic(30..MINUTES, 300, &NEW, |scene, second, _| {
        if second < 1860 && scene.chance(600) { End::Refused } else { ordinary(scene) }
    });
    let verdict = seen(&scene).main("rolling-restart", Likely);
    let last = verdict.besides.last().unwrap();
    assert!(last.contains(" failures are on pods of version 1.42; 1.41: 0 of "), "{last}");
}

#[test]
fn a_pod_that_follows_on_an_address_is_another_target() {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 300, &[OLD[0], OLD[1]], |scene, second, target| {
        if target == OLD[0] && second > 1800 && scene.chance(300) { End::Said(500, 20) } else { ordinary(scene) }
    });
    let mut seen = seen(&scene);
    for row in seen.rows.iter_mut().filter(|row| row.target.as_deref() == Some(OLD[0])) {
        let is_second = row.bucket.is_some_and(|bucket| bucket >= super::scene::START + 30 * alblog::time::MINUTE);
        row.pod.as_mut().unwrap().name = if is_second { "second" } else { "first" }.to_owned();
    }
    let verdict = seen.main("sick-target", Likely);
    assert!(verdict.text.contains("second (10.0.1.1)"), "{}", verdict.text);
    let none: Vec<_> = seen.conclusions().into_iter().filter(|(_, label, ..)| *label == Unclear).collect();
    assert!(none.is_empty(), "{none:?}");
}
