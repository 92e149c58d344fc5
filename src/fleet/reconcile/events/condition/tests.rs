//! What is told in which words, of hostile names and endless reasons as well.

use proptest::prelude::*;

use super::*;

fn condition(reason: Reason, text: &str, fix: Option<&str>) -> Condition {
    Condition { reason, identity: "i".to_owned(), at: None, text: text.to_owned(), fix: fix.map(ToOwned::to_owned) }
}

fn notes(logs: &[(LogKind, Condition)]) -> Vec<String> {
    let logs = logs.iter().map(|(kind, condition)| (*kind, condition));
    topics("k8s-shop", logs).into_iter().map(|topic| topic.note).collect()
}

#[test]
fn logs_that_stand_alike_are_told_together() {
    let blocked = condition(Reason::Blocked, "it refuses", Some("mend it"));
    let silent = condition(Reason::Silent, "CloudWatch counts 3 requests", Some("look"));
    let all = LogKind::ALL.map(|kind| (kind, blocked.clone()));
    assert_eq!(
        notes(&all),
        ["k8s-shop: access, connection, health-check logs cannot be switched on: it refuses; fix: mend it"]
    );
    let mixed = [(LogKind::Access, silent), (LogKind::Connection, blocked.clone()), (LogKind::HealthCheck, blocked)];
    assert_eq!(
        notes(&mixed),
        [
            "k8s-shop: connection, health-check logs cannot be switched on: it refuses; fix: mend it",
            "k8s-shop: access logs are on, and none arrive: CloudWatch counts 3 requests; fix: look",
        ]
    );
    let on = condition(Reason::Enabled, "s3://logs/eks", None);
    assert_eq!(notes(&[(LogKind::Access, on)]), ["k8s-shop: access logs go to s3://logs/eks"]);
    assert_eq!(notes(&[]), [""; 0]);
}

#[test]
fn another_time_of_writing_is_another_topic() {
    let on = |at| Condition { at: Some(at), ..condition(Reason::Enabled, "s3://logs", None) };
    let identity = |at: [i64; 2]| {
        let logs = [(LogKind::Access, on(at[0])), (LogKind::Connection, on(at[1]))];
        let topic = topics("k8s-shop", logs.iter().map(|(kind, on)| (*kind, on))).remove(0);
        (topic.identity, topic.at)
    };
    assert_eq!(identity([1, 2]), identity([2, 1]));
    assert_ne!(identity([1, 2]), identity([1, 3]));
    assert_eq!(identity([1, 2]).1, Some(2));
}

#[test]
fn reasons_are_words_for_programs() {
    for reason in [Reason::Enabled, Reason::Blocked, Reason::Contended, Reason::Silent] {
        for word in <[&str; 2]>::from(reason.words()) {
            assert!(word.len() <= 128 && word.starts_with(char::is_uppercase), "{word}");
            assert!(word.chars().all(|char| char.is_ascii_alphanumeric()), "{word}");
        }
        assert_eq!(reason.is_problem(), reason != Reason::Enabled);
    }
}

#[test]
fn a_fix_is_not_cut_off_by_what_is_wrong() {
    let endless = "\u{202e}é\n".repeat(2_000);
    let note =
        notes(&[(LogKind::Access, condition(Reason::Blocked, &endless, Some("albstats bucket policy")))]).remove(0);
    assert!(note.ends_with("…; fix: albstats bucket policy") && note.len() <= NOTE, "{note}");
    let note = notes(&[(LogKind::Access, condition(Reason::Blocked, "no", Some(&endless)))]).remove(0);
    assert!(note.contains("switched on: no; fix: ") && note.ends_with('…') && note.len() <= FIX + 100, "{note}");
}

proptest! {
    #[test]
    fn a_note_is_harmless_and_short(name in ".{0,80}", text in "(?s).{0,2000}", fix in proptest::option::of("(?s).{0,900}")) {
        for reason in [Reason::Enabled, Reason::Blocked, Reason::Contended, Reason::Silent] {
            let condition = condition(reason, &text, fix.as_deref());
            let logs = LogKind::ALL.map(|kind| (kind, &condition));
            let note = topics(&name, logs).remove(0).note;
            prop_assert!(note.len() <= NOTE, "{}", note.len());
            prop_assert_eq!(harmless(&note), note.as_str());
            prop_assert!(!note.contains('\n'));
        }
    }
}
