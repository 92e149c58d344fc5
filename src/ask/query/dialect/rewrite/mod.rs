//! What Trino writes otherwise than the engine, made the engine's on the syntax tree; one file for each thing. Positions stay
//! those of the text.

mod addresses;
mod aggregates;
pub(super) mod build;
mod called;
mod calls;
mod casts;
mod clauses;
mod composed;
mod distinct;
mod documented;
mod duplicates;
mod exists;
mod extract;
mod fetch;
mod grouping;
mod like;
mod literals;
mod names;
mod operands;
mod ordering;
mod plus;
mod quantified;
mod refused;
mod reserved;
mod rows;
pub(super) mod tables;
mod tuples;
mod typed_names;
mod unlike;
mod unnamed;
mod unnest;
mod windows;

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::Statement;

use super::TableNames;

/// The order matters: what is refused is looked for in what was written, and calls are made by what comes before them.
const PASSES: [fn(&mut Statement) -> Result<()>; 29] = [
    clauses::refuse,
    refused::refuse,
    operands::refuse,
    called::refuse,
    typed_names::refuse,
    unlike::refuse,
    reserved::refuse,
    names::rewrite,
    composed::rewrite,
    unnamed::rewrite,
    duplicates::rewrite_names,
    duplicates::rewrite,
    fetch::rewrite,
    windows::rewrite,
    exists::rewrite,
    distinct::rewrite,
    rows::rewrite,
    quantified::rewrite,
    tuples::rewrite,
    grouping::rewrite,
    unnest::rewrite,
    documented::rewrite,
    like::rewrite,
    extract::rewrite,
    literals::rewrite,
    plus::rewrite,
    casts::rewrite,
    addresses::rewrite,
    calls::rewrite,
];

/// What is written in the engine's own SQL as well, and would be refused.
const ENGINES: [fn(&mut Statement) -> Result<()>; 6] =
    [unlike::refuse, casts::rewrite_zoned, tuples::rewrite, duplicates::rewrite, unnest::rewrite, ordering::rewrite];

/// A statement of the engine's own SQL with what people expect of it.
///
/// # Errors
/// As [`rewrite`].
pub(super) fn rewrite_engines(mut statement: Statement) -> Result<Statement> {
    for pass in ENGINES {
        pass(&mut statement)?;
    }
    Ok(statement)
}

/// The statement as the engine understands it.
///
/// # Errors
/// When it has what cannot be had here, with its place and what to write instead.
pub(super) fn rewrite(mut statement: Statement, names: &TableNames) -> Result<Statement> {
    for pass in PASSES {
        pass(&mut statement)?;
    }
    // Last: what tables become is in the engine's own words.
    tables::rewrite(&mut statement, names)?;
    Ok(statement)
}
