//! Report `errors`: the 5xx of the window in a sentence, above who made them.
//!
//! Not responsible for why they happened (`why`).

use std::ops::Range;

use anyhow::Result;

use super::draft::Draft;
use super::elements::{at, finding, share};
use super::pods;
use super::session::Session;
use crate::output::document::{Document, Finding, Tone};
use crate::output::human;

/// The 5xx of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "named as the columns of the answer")]
struct Errors {
    requests: u64,
    errors: u64,
    by_target: u64,
    /// Of the first and the last, microseconds since the epoch.
    seen: Option<(i64, i64)>,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let answer = session.answer().await?;
    let mut draft = Draft::of(session, &answer);
    let Some(total) = answer.part("total").next().filter(|total| total.count("requests") > 0) else {
        return Ok(draft.document());
    };
    pods::mark_presumed(session, &mut draft.table, answer.part("row").map(|row| row.int("last_seen")));
    let errors = Errors {
        requests: total.count("requests"),
        errors: total.count("errors"),
        by_target: total.count("target_5xx"),
        seen: total.int("first_seen").zip(total.int("last_seen")),
    };
    if errors.errors == 0 {
        // There is nothing to ask for.
        draft.next.clear();
    }
    let end = session.span.end.min(session.delivered_to());
    let is_ongoing = errors.seen.is_some_and(|(_, last)| session.bars.goes_on(last, end));
    draft.findings = summary(errors, is_ongoing.then(|| session.end_in_words()), &session.span);
    Ok(draft.document())
}

/// How many, whose, and when. `ongoing`: where the last one was in the last bar that is delivered, what ends there.
fn summary(errors: Errors, ongoing: Option<&str>, span: &Range<i64>) -> Vec<Finding> {
    let Errors { requests, errors, by_target, seen } = errors;
    let requests_text = human::plural(requests, "request");
    let Some((first, last)) = seen.filter(|_| errors > 0) else {
        return vec![finding("5xx", format!("none of {requests_text}"), Tone::Strong)];
    };
    let ongoing = ongoing.map(|end| format!("   ongoing where {end}")).unwrap_or_default();
    let text = format!(
        "{} of {requests_text} ({})   first {}   last {}{ongoing}",
        human::count(errors),
        share(errors, requests),
        at(first, span),
        at(last, span)
    );
    let by_elb = errors - by_target;
    let whose = format!(
        "{} made by the load balancer ({}), {} by targets",
        human::count(by_elb),
        share(by_elb, errors),
        human::count(by_target)
    );
    vec![finding("5xx", text, Tone::Strong), finding("", whose, Tone::Plain)]
}

#[cfg(test)]
mod tests {
    use alblog::time::{DAY, HOUR};

    use super::*;

    #[test]
    fn how_many_whose_and_when() {
        let day = 20_000 * DAY;
        let errors = Errors { requests: 61_930, errors: 1284, by_target: 33, seen: Some((day, day + 2 * HOUR)) };
        let texts = |errors, ongoing| -> Vec<String> {
            summary(errors, ongoing, &(day..day + DAY)).into_iter().map(|finding| finding.text).collect()
        };
        assert_eq!(
            texts(errors, Some("the logs end")),
            [
                "1,284 of 61,930 requests (2.07 %)   first 00:00:00   last 02:00:00   ongoing where the logs end",
                "1,251 made by the load balancer (97.4 %), 33 by targets"
            ]
        );
        assert!(texts(errors, None)[0].ends_with("last 02:00:00"));
        assert_eq!(texts(Errors { requests: 1, ..Errors::default() }, None), ["none of 1 request"]);
    }
}
