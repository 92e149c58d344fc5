//! How findings are worded: rates, times of day, lists of targets, names of groups.

use alblog::time::DAY;

use crate::base::clock;
use crate::output::document::{Unit, Value};
use crate::read::storage::elb_name;
use crate::report::why::facts::Facts;
use crate::report::why::rows::{Context, group_name};

/// `34.1 %`
pub(in crate::report::why) fn percent(share: f64) -> String {
    Value::Float(share).humane(Unit::Share)
}

/// `8 ms`, `2.1 s`, `60 s`
pub(in crate::report::why) fn seconds(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round() / 10.0;
    match seconds {
        _ if seconds < 0.9995 => format!("{:.0} ms", seconds * 1000.0),
        _ if tenths < 10.0 && tenths.fract() != 0.0 => format!("{tenths:.1} s"),
        _ => format!("{seconds:.0} s"),
    }
}

/// Time of day in UTC, with the day if the window is longer than one: `02:51:08`.
pub(in crate::report::why) fn clock(time: i64, context: &Context) -> String {
    if context.window.end.saturating_sub(context.window.start) > DAY {
        // The year is known.
        clock::to_the_second(time).chars().skip(5).collect()
    } else {
        clock::time_of_day_in_seconds(time)
    }
}

/// `a`, `a and b`, `a, b and 3 more`
pub(in crate::report::why) fn list(names: &[impl AsRef<str>]) -> String {
    let texts: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match texts[..] {
        [] => String::new(),
        [one] => one.to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, two, ref rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// `checkout/checkout-api`; `k8s-shop` for what came to no target group.
pub(in crate::report::why) fn group_title(elb: &str, target_group: Option<&str>, context: &Context) -> String {
    target_group.map_or_else(
        || format!("{} (no target group)", elb_name(elb)),
        |arn| context.names.get(arn).cloned().unwrap_or_else(|| group_name(arn).to_owned()),
    )
}

/// Whether its targets are pods: the AWS Load Balancer Controller made the group, or some are known.
pub(in crate::report::why) fn is_kubernetes(facts: &Facts<'_>) -> bool {
    let are_known = facts.targets.iter().any(|share| share.pod.is_some());
    are_known || facts.group.target_group.as_deref().is_some_and(|arn| group_name(arn).starts_with("k8s-"))
}

/// `pod` or `target`.
pub(super) fn noun(facts: &Facts<'_>) -> &'static str {
    if is_kubernetes(facts) { "pod" } else { "target" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_as_said() {
        for (value, text) in
            [(0.008, "8 ms"), (0.9994, "999 ms"), (0.9996, "1 s"), (2.14, "2.1 s"), (60.001, "60 s"), (9.96, "10 s")]
        {
            assert_eq!(seconds(value), text);
        }
        let context = |hours: i64| Context { window: 0..hours * 3_600_000_000, ..Context::default() };
        assert_eq!(clock(10_268_999_999, &context(1)), "02:51:08");
        assert_eq!(clock(10_268_999_999, &context(48)), "01-01 02:51:08");
        assert_eq!(list(&["a", "b", "c", "d"]), "a, b and 2 more");
        // Times beyond what a year of four digits holds do not panic.
        for time in [i64::MIN, i64::MAX] {
            let _ = clock(time, &context(1));
        }
    }
}
