//! Settings of a bucket that logs do not depend on, but that are good to have.

use super::delivery::Delivery;
use super::finding::Finding;
use crate::fleet::aws::bucket::{Facts, LifecycleRule, Notification};

/// Public access, ownership, lifecycle and notifications.
pub(super) fn settings(facts: &Facts, delivery: &Delivery) -> [Finding; 4] {
    let fix = || delivery.command("terraform");
    [
        match &facts.unblocked {
            Ok(off) if off.is_empty() => Finding::good("public access", "blocked"),
            Ok(off) => Finding::notice("public access", format!("not blocked: {} off", off.join(", ")), fix()),
            Err(refusal) => Finding::unseen("public access", refusal),
        },
        match &facts.ownership {
            Ok(Some(ownership)) if ownership == "BucketOwnerEnforced" => {
                Finding::good("ownership", "BucketOwnerEnforced")
            }
            Ok(ownership) => {
                let ownership = ownership.as_deref().unwrap_or("ObjectWriter");
                Finding::notice("ownership", format!("{ownership}: objects may belong to somebody else"), fix())
            }
            Err(refusal) => Finding::unseen("ownership", refusal),
        },
        match &facts.lifecycle {
            Ok(rules) => lifecycle(rules, delivery),
            Err(refusal) => Finding::unseen("lifecycle", refusal),
        },
        match &facts.notifications {
            Ok(all) => notification(all, delivery),
            Err(refusal) => Finding::unseen("notification", refusal),
        },
    ]
}

/// What a rule or notification about keys that begin with `prefix` says about this delivery's logs.
fn covers(prefix: &str, delivery: &Delivery) -> bool {
    delivery.folder().starts_with(prefix)
}

fn lifecycle(rules: &[LifecycleRule], delivery: &Delivery) -> Finding {
    let about = || rules.iter().filter(|rule| !rule.of_some && covers(&rule.prefix, delivery));
    let expires = about().filter_map(|rule| rule.expires).min();
    let aborts = about().filter_map(|rule| rule.aborts).min();
    match (expires, aborts) {
        (Some(days), Some(_)) => Finding::good("lifecycle", format!("logs expire after {days} days")),
        (Some(days), None) => Finding::notice(
            "lifecycle",
            format!("logs expire after {days} days, but unfinished uploads stay for ever"),
            "add AbortIncompleteMultipartUpload to the rule",
        ),
        (None, _) => Finding::notice("lifecycle", "logs never expire", "add a rule with Expiration"),
    }
}

fn notification(all: &[Notification], delivery: &Delivery) -> Finding {
    let about = |one: &&Notification| {
        let events = one.to == "EventBridge" || one.events.iter().any(|event| event.starts_with("s3:ObjectCreated:"));
        events && covers(&one.prefix, delivery) && ".log.gz".ends_with(&one.suffix)
    };
    let told: Vec<&Notification> = all.iter().filter(about).collect();
    // ELB puts, posts and uploads in parts.
    let misses =
        |one: &&&Notification| one.to != "EventBridge" && !one.events.iter().any(|event| event == "s3:ObjectCreated:*");
    match told.iter().find(misses) {
        Some(partial) => Finding::notice(
            "notification",
            format!("{} hears only of {}, and misses logs", partial.to, partial.events.join(", ")),
            "subscribe to s3:ObjectCreated:*",
        ),
        None if told.is_empty() => Finding::good("notification", "no notifications for new logs"),
        None => {
            let told: Vec<&str> = told.iter().map(|one| one.to.as_str()).collect();
            Finding::good("notification", format!("told of new logs: {}", told.join(", ")))
        }
    }
}
