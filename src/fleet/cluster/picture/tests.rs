use alblog::time::MINUTE;
use proptest::prelude::*;

use super::*;
use crate::fleet::cluster::kinds::DECLARATIONS;
use crate::fleet::kubernetes::Kubernetes;

const START: i64 = 1_000 * MINUTE;

fn object(name: &str, say: &str) -> (Key, Box<str>) {
    let json =
        format!(r#"{{"kind":"Ingress","metadata":{{"namespace":"a","name":"{name}","labels":{{"say":"{say}"}}}}}}"#);
    (("a".to_owned(), name.to_owned()), json.into_boxed_str())
}

fn denied() -> Failure {
    Failure::Denied("User \"u\" cannot list resource \"ingresses\"".to_owned())
}

fn refused() -> Failure {
    Failure::Other("connection refused".to_owned())
}

/// Everything was read once, at the start.
fn whole() -> Picture {
    let mut picture = Picture::new(DECLARATIONS);
    for kind in 0..DECLARATIONS.len() {
        picture.replace(kind, BTreeMap::new(), START);
    }
    picture
}

#[test]
fn what_is_known_is_what_kubectl_prints() {
    let mut picture = whole();
    picture.replace(0, BTreeMap::from([object("one", "x"), object("two", "y")]), START);
    picture.replace(1, BTreeMap::from([object("three", "z")]), START);
    let read: serde_json::Value = serde_json::from_str(&picture.json()).unwrap();
    assert_eq!(read["items"].as_array().unwrap().len(), 3);
    assert!(Kubernetes::read(&picture.json()).is_ok());
    // Nothing at all is a list, too.
    assert!(Kubernetes::read(&whole().json()).is_ok());
}

#[test]
fn only_what_may_change_a_plan_is_a_change() {
    let mut picture = whole();
    let (key, json) = object("one", "x");
    assert!(picture.apply(0, key.clone(), json.clone(), START));
    assert!(!picture.apply(0, key.clone(), json.clone(), START));
    assert!(picture.apply(0, key.clone(), object("one", "y").1, START));
    assert!(!picture.replace(0, BTreeMap::from([object("one", "y")]), START));
    assert!(picture.remove(0, &key, START));
    assert!(!picture.remove(0, &key, START));
    assert!(picture.absent(0, START));
    assert!(!picture.absent(0, START));
}

#[test]
fn an_old_picture_is_in_doubt_and_says_of_what_and_why() {
    let mut picture = whole();
    assert_eq!(picture.doubt(START + TOO_OLD), None);
    picture.failed(0, refused(), START + 5 * SECOND);
    assert_eq!(picture.doubt(START + TOO_OLD), None);
    for kind in 1..DECLARATIONS.len() {
        picture.confirm(kind, START + TOO_OLD);
    }
    let doubt = picture.doubt(START + TOO_OLD + SECOND).unwrap();
    assert_eq!(doubt, "ingresses.networking.k8s.io were last seen at 16:40:00 UTC: connection refused");
    // What comes back ends it; what is silent without a failure is as old.
    picture.confirm(0, START + 2 * TOO_OLD);
    assert!(picture.doubt(START + 2 * TOO_OLD + SECOND).is_some_and(|doubt| {
        doubt.starts_with("ingressclasses.networking.k8s.io were last seen at 16:42:00 UTC: nothing came since")
            && doubt.ends_with("(and 9 kinds more)")
    }));
}

#[test]
fn a_kind_that_was_never_allowed_is_missing_and_no_doubt_about_others() {
    let mut picture = whole();
    picture.known[2] = Known::default();
    assert_eq!(picture.doubt(START).as_deref(), Some("namespaces are not read yet"));
    picture.failed(2, denied(), START);
    assert_eq!(picture.doubt(START), None);
    let [problem] = &picture.problems()[..] else { panic!() };
    assert!(problem.text().starts_with("namespaces may not be read: User"), "{problem}");
    assert_eq!(
        problem.shown_hint().unwrap(),
        r#"a ClusterRole with {apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"]}"#
    );
    // One that was allowed once, and is no more, has been seen.
    picture.failed(0, denied(), START);
    assert!(picture.doubt(START + TOO_OLD + SECOND).unwrap().contains("it may not be read any more"));
    assert_eq!(picture.counts(), Counts { read: DECLARATIONS.len() - 2, denied: 2, ..Counts::default() });
}

#[test]
fn kinds_that_fail_alike_are_told_of_once() {
    let mut picture = Picture::new(DECLARATIONS);
    for kind in 0..DECLARATIONS.len() {
        picture.failed(kind, refused(), START);
    }
    let [problem] = &picture.problems()[..] else { panic!() };
    assert_eq!(problem.text(), "nothing could be read: connection refused");
    picture.confirm(0, START);
    let [problem] = &picture.problems()[..] else { panic!() };
    assert!(problem.text().starts_with("gatewayclasses") || problem.text().starts_with("ingressclasses"), "{problem}");
    assert!(problem.text().ends_with("could not be read: connection refused"), "{problem}");
}

/// What may happen to a kind.
#[derive(Debug, Clone)]
enum Step {
    Replace(Vec<(u8, u8)>),
    Apply(u8, u8),
    Remove(u8),
    Confirm,
    Absent,
    Failed(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        proptest::collection::vec((0..4_u8, 0..3_u8), 0..4).prop_map(Step::Replace),
        (0..4_u8, 0..3_u8).prop_map(|(name, say)| Step::Apply(name, say)),
        (0..4_u8).prop_map(Step::Remove),
        Just(Step::Confirm),
        Just(Step::Absent),
        any::<bool>().prop_map(Step::Failed),
    ]
}

fn named(name: u8, say: u8) -> (Key, Box<str>) {
    object(&format!("n{name}"), &format!("s{say}"))
}

proptest! {
    /// Against the slow obvious: every step since the beginning is gone through again, and what is known is what the last of
    /// each name said; the picture is as old as the last step that was no failure.
    #[test]
    fn a_picture_is_what_came_and_as_old_as_what_came_last(steps in proptest::collection::vec((step(), 1..90_i64), 0..40)) {
        let mut picture = whole();
        let (mut now, mut good) = (START, START);
        let mut expected: Vec<(Key, Box<str>)> = Vec::new();
        for (step, seconds) in steps {
            now += seconds * SECOND;
            let before = expected.clone();
            let (mut failed, mut reported) = (false, None);
            match step {
                Step::Replace(all) => {
                    let all: BTreeMap<_, _> = all.into_iter().map(|(name, say)| named(name, say)).collect();
                    expected = all.clone().into_iter().collect();
                    reported = Some(picture.replace(0, all, now));
                }
                Step::Apply(name, say) => {
                    let (key, json) = named(name, say);
                    expected.retain(|(known, _)| *known != key);
                    expected.push((key.clone(), json.clone()));
                    reported = Some(picture.apply(0, key, json, now));
                }
                Step::Remove(name) => {
                    let (key, _) = named(name, 0);
                    expected.retain(|(known, _)| *known != key);
                    reported = Some(picture.remove(0, &key, now));
                }
                Step::Confirm => picture.confirm(0, now),
                Step::Absent => {
                    expected.clear();
                    picture.absent(0, now);
                }
                Step::Failed(of_right) => {
                    failed = true;
                    picture.failed(0, if of_right { denied() } else { refused() }, now);
                }
            }
            expected.sort();
            if !failed {
                good = now;
            }
            if let Some(reported) = reported {
                prop_assert_eq!(reported, before != expected);
            }
            for kind in 1..DECLARATIONS.len() {
                picture.confirm(kind, now);
            }
            let known: Vec<_> = picture.known[0].objects.clone().into_iter().collect();
            prop_assert_eq!(known, expected.clone());
            prop_assert_eq!(picture.seen(), Some(good));
            prop_assert_eq!(picture.doubt(now).is_some(), now - good > TOO_OLD);
        }
    }
}
