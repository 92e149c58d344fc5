//! Reports: the questions of `queries/`, asked of whichever engine, and their answers as documents.
//!
//! Not responsible for how a document looks (`output`) or for what was typed (`cli`).

pub mod why;
