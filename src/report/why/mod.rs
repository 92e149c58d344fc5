//! The report `why`: which causes requests failed of, and what their bursts are likely to come from.
//!
//! `queries/why.sql` gives every failed request a rule; `rules` says what a rule means and how AWS documents it. The rest
//! are pure functions over counts. Not responsible for running SQL or for how a document looks.

pub mod rules;

mod bars;
mod besides;
mod chart;
mod commands;
mod conclusions;
mod data;
mod facts;
mod group;
mod health;
mod judge;
mod measure;
mod queries;
mod ranking;
mod rows;
mod tables;

pub(super) use queries::{document, of_failures};
pub(super) use tables::COLUMNS;

#[cfg(test)]
mod tests;
