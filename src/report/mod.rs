//! Reports: the questions of `queries/`, asked of whichever engine, and their answers as documents.
//!
//! `query_file` and `library` are the questions, `parameters` their values; `question` is what was typed, `session` asks `engine` over the window and the
//! rows that were asked for; `delivery` and `head` say how far that can be relied on; `draft` and `table` make a document of an
//! answer by its header alone, and the folder of a report's own what needs more thought.
//! Not responsible for how a document looks (`output`) or for what was typed (`cli`).

mod answer;
mod bars;
mod clients;
mod compare;
mod delivery;
pub mod describe;
mod dimensions;
mod draft;
mod elements;
mod engine;
mod errors;
mod filter;
mod findings;
mod folded;
mod gaps;
mod handshakes;
mod head;
mod health;
mod incident;
mod lambda;
mod latency;
pub mod library;
mod local;
mod marks;
mod missed;
mod next;
mod overview;
mod parameters;
mod paths;
mod pods;
mod query_file;
mod question;
mod redirects;
mod rules;
mod session;
mod slow;
mod table;
mod targets;
mod threshold;
mod tls;
mod trace;
mod waf;
pub mod why;

use anyhow::Result;

use crate::output::document::Document;
use draft::Draft;

pub use engine::{Ask, Percentiles};
pub use filter::Filter;
pub use local::Local;
pub use marks::sign as mark_sign;
pub use parameters::Typed;
pub use query_file::{Parameter, ParameterKind, QueryFile};
pub use question::Question;
pub use session::Session;
pub use threshold::{Crossed, Threshold, row_ids};
pub use trace::time_of;

/// Makes the report.
///
/// # Errors
/// When a parameter or the engine does not like it.
pub async fn make(session: &Session<'_>) -> Result<Document> {
    let mut document = document(session).await?;
    // Of failures, none is good news, and no reason to read everything once more.
    let names_rows = !["why", "incident"].contains(&session.question.file.name.as_str());
    let may_be_missed = names_rows && !session.question.only_sql && session.reads_again();
    if may_be_missed && document.main_table().is_some_and(|table| table.rows.is_empty()) {
        document.head.warnings.extend(missed::unknown_names(session).await?);
    }
    marks::put(session, &mut document)?;
    Ok(document)
}

async fn document(session: &Session<'_>) -> Result<Document> {
    match session.question.file.name.as_str() {
        "clients" => clients::document(session).await,
        "compare" => compare::document(session).await,
        "errors" => errors::document(session).await,
        "handshakes" => handshakes::document(session).await,
        "health" => health::document(session).await,
        "incident" => incident::document(session).await,
        "lambda" => lambda::document(session).await,
        "latency" => latency::document(session).await,
        "overview" => overview::document(session).await,
        "paths" => paths::document(session).await,
        "redirects" => redirects::document(session).await,
        "rules" => rules::document(session).await,
        "slow" => slow::document(session).await,
        "targets" => targets::document(session).await,
        "tls" => tls::document(session).await,
        "trace" => trace::document(session).await,
        "waf" => waf::document(session).await,
        "why" => why::document(session).await,
        _ => Ok(Draft::of(session, &session.answer().await?).document()),
    }
}
