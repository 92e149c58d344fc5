//! Report `slow`: the slowest single requests, and what they have in common.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;

use super::answer::{Answer, AnswerRow};
use super::draft::Draft;
use super::elements::finding;
use super::folded::is_exhausted;
use super::pods::{self, Pod};
use super::session::Session;
use crate::ask::sql::Scalar;
use crate::base::counts::tally;
use crate::output::document::{Document, Finding, Note, Tone, Unit};
use crate::output::human;

/// Of fewer requests, nothing in common means anything.
const ENOUGH: usize = 5;

/// How many are shown where those asked for do not fit.
const FEWER: [u64; 5] = [20_000, 4_000, 500, 50, 5];

/// A slow request, as far as it is compared with others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Request {
    /// `target`, `no answer`.
    part: String,
    group: Option<String>,
    target: Option<String>,
}

/// The pod that had the target's address.
fn pod(session: &Session<'_>, row: AnswerRow) -> Option<Pod> {
    pods::pod_at(session.question.holders, row.text("target_group"), row.text("target")?, row.int("time")?)
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let (answer, fewer) = answer(session).await?;
    let mut draft = Draft::of(session, &answer);
    draft.notes.extend(fewer.map(|most| Note {
        label: "left out".to_owned(),
        parts: vec![format!("all but the {} slowest: more do not fit in memory", human::count(most))],
    }));
    let pods: Vec<Option<Pod>> = answer.part("row").map(|row| pod(session, row)).collect();
    pods::add_columns(&mut draft.table, &pods);
    draft.notes.extend(pods::as_of(session).filter(|_| pods.iter().any(Option::is_some)));
    let requests: Vec<Request> = answer.part("row").map(request).collect();
    let ids: Vec<&str> = requests.iter().filter_map(|request| request.group.as_deref()).collect();
    draft.findings.extend(range(&answer));
    draft.findings.extend(parts(&requests));
    draft.findings.extend(in_common(&requests, &(session.question.names)(&ids)));
    Ok(draft.document())
}

/// The answer; where it does not fit in memory, fewer of the slowest, and how many.
async fn answer(session: &Session<'_>) -> Result<(Answer, Option<u64>)> {
    let mut error = match session.answer().await {
        Ok(answer) => return Ok((answer, None)),
        Err(error) => error,
    };
    let asked = if session.question.top == 0 { u64::MAX } else { session.question.top as u64 };
    for most in FEWER.into_iter().filter(|&most| most < asked) {
        if !is_exhausted(&error) || !session.reads_again() {
            break;
        }
        match session.answer_with([("top".to_owned(), Scalar::Int(most.cast_signed()))]).await {
            Ok(answer) => return Ok((answer, Some(most))),
            Err(other) => error = other,
        }
    }
    Err(error)
}

fn request(row: AnswerRow) -> Request {
    let text = |name: &str| row.text(name).map(str::to_owned);
    Request { part: text("slow_part").unwrap_or_default(), group: text("target_group"), target: text("target") }
}

/// `60,001 ms down to 3,862 ms`
fn range(answer: &Answer) -> Option<Finding> {
    let rows: Vec<AnswerRow> = answer.part("row").collect();
    let ms = |row: &AnswerRow| row.value("took").humane(Unit::Seconds);
    let text = match &rows[..] {
        [] => return None,
        [only] => format!("{} ms, the only one", ms(only)),
        [first, .., last] => {
            format!("the {} slowest took {} ms down to {} ms", human::count(rows.len() as u64), ms(first), ms(last))
        }
    };
    Some(finding("took", text, Tone::Plain))
}

/// `no answer 11 · target 5 · client left 4`
fn parts(requests: &[Request]) -> Option<Finding> {
    let counts = frequencies(requests.iter().map(|request| request.part.as_str()));
    let texts: Vec<String> = counts.iter().map(|(part, count)| format!("{part} {}", human::count(*count))).collect();
    (!texts.is_empty()).then(|| finding("slow", texts.join(" · "), Tone::Strong))
}

/// Where at least half of them come together: a target group, and within it a target.
fn in_common(requests: &[Request], names: &BTreeMap<String, String>) -> Option<Finding> {
    let all = requests.len() as u64;
    if requests.len() < ENOUGH {
        return None;
    }
    let is_half = |of: u64| move |(_, count): &(&str, u64)| *count * 2 >= of;
    let groups = frequencies(requests.iter().filter_map(|request| request.group.as_deref()));
    let (group, of_group) = groups.first().copied().filter(is_half(all))?;
    let within = requests.iter().filter(|request| request.group.as_deref() == Some(group));
    let targets = frequencies(within.filter_map(|request| request.target.as_deref()));
    let name = names.get(group).map_or(group, String::as_str);
    let mut text = format!("{} of {} were for {name}", human::count(of_group), human::count(all));
    if let Some((target, count)) = targets.first().copied().filter(is_half(of_group)) {
        let _ = write!(text, ", {} of these on {target}", human::count(count));
    }
    Some(finding("in common", text, Tone::Plain))
}

/// How often each occurs, most frequent first.
fn frequencies<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(&'a str, u64)> {
    tally(names.map(|name| (name, 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(part: &str, group: &str, target: &str) -> Request {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Request { part: part.to_owned(), group: some(group), target: some(target) }
    }

    #[test]
    fn what_slow_requests_have_in_common_is_said() {
        let requests = [
            of("target", "arn:a", "10.0.0.1:80"),
            of("no answer", "arn:a", "10.0.0.1:80"),
            of("target", "arn:a", "10.0.0.2:80"),
            of("before target", "", ""),
            of("target", "arn:b", "10.0.0.3:80"),
        ];
        assert_eq!(parts(&requests).unwrap().text, "target 3 · before target 1 · no answer 1");
        let names = [("arn:a".to_owned(), "shop/web".to_owned())].into();
        assert_eq!(in_common(&requests, &names).unwrap().text, "3 of 5 were for shop/web, 2 of these on 10.0.0.1:80");
        assert_eq!(in_common(&requests[..4], &names), None, "too few");
        let spread: Vec<Request> = (0..6).map(|number| of("target", &format!("arn:{}", number / 2), "")).collect();
        assert_eq!(in_common(&spread, &names), None, "a third each");
    }
}
