//! What an object holds, from its first lines, when its name does not say.

use std::io;

use alblog::LogKind;

use super::compression::unfold;
use super::failure::{self, Failure};
use super::input::Openings;
use super::other::Other;
use super::shape::{self, Shape};
use crate::read::storage::Location;

/// What an object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Lines of a log, bare or in something that is read.
    Log(LogKind),
    /// Something else.
    Other(Other),
}

/// What lies at a location.
///
/// # Errors
/// When it cannot be opened or read, or nothing of it can be uncompressed.
pub fn recognise(location: &Location, openings: &Openings) -> Result<Content, Failure> {
    let head = openings.look_at(location, |content| {
        let mut text = unfold(content)?;
        match shape::read_head(&mut *text) {
            (head, Some(error)) if head.is_empty() => Err(error),
            // What stands before damage tells what it is; the damage is told when it is read.
            (head, _) => Ok(head),
        }
    });
    let head = head.and_then(|head: io::Result<Vec<u8>>| head).map_err(|error| failure::describe(&error))?;
    Ok(match shape::of(&head) {
        Shape::Lines(kind) | Shape::Prefixed(kind) | Shape::Json(kind, _) => Content::Log(kind),
        Shape::Other(other) | Shape::Unknown(other) => Content::Other(other),
    })
}
