//! Report `latency`: the percentiles of each row, and since when it is slower than it was.

use anyhow::Result;

use super::draft::Draft;
use super::elements::add_since;
use super::findings::{Bad, Looking, OfLog, dimension};
use super::session::Session;
use crate::output::document::Document;

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let by = session.question.by().and_then(dimension);
    let looking = Looking::only(&session.span, by);
    let answer = match by {
        Some(_) => session.answer_observed(&looking.observer()).await?,
        // Nothing is counted of what rows are then.
        None => session.answer().await?,
    };
    let mut draft = Draft::of(session, &answer);
    let looked = looking.done(session);
    let since = by.map(|by| looked.since(by, OfLog::Requests, &[Bad::Slower])).unwrap_or_default();
    let names = answer.part("row").map(|row| (String::new(), row.text("name").unwrap_or_default().to_owned()));
    // Targets of several groups may have one address.
    let of = |name: &(String, String)| {
        since.get(name).or_else(|| since.iter().find(|((_, other), _)| *other == name.1).map(|(_, when)| when)).cloned()
    };
    let values: Vec<Option<String>> = names.map(|name| of(&name)).collect();
    add_since(&mut draft.table, "SLOWER", values);
    Ok(draft.document())
}
