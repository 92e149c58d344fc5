//! What Trino writes otherwise than the engine, made the engine's on the syntax tree; one file for each thing. Positions stay
//! those of the text.

mod build;
mod calls;
mod casts;
mod distinct;
mod extract;
mod fetch;
mod grouping;
mod like;
mod literals;
mod quantified;
mod refused;
mod unnest;

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::Statement;

/// The order matters: what is refused is looked for in what was written, and calls are made by what comes before them.
const PASSES: [fn(&mut Statement) -> Result<()>; 11] = [
    refused::refuse,
    fetch::rewrite,
    distinct::rewrite,
    grouping::rewrite,
    unnest::rewrite,
    quantified::rewrite,
    like::rewrite,
    extract::rewrite,
    literals::rewrite,
    casts::rewrite,
    calls::rewrite,
];

/// The statement as the engine understands it.
///
/// # Errors
/// When it has what cannot be had here, with its place and what to write instead.
pub(super) fn rewrite(mut statement: Statement) -> Result<Statement> {
    for pass in PASSES {
        pass(&mut statement)?;
    }
    Ok(statement)
}
