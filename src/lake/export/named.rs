//! What an export calls the places that it is made from: the same from whatever folder the program is run.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::base::place::Place;
use crate::base::s3_address::address;

/// What an export remembers of a source.
///
/// # Errors
/// When it is standard input, or the current folder is gone.
pub fn source_name(place: &Place) -> Result<String> {
    if let Some((bucket, prefix)) = place.in_s3() {
        return Ok(address(bucket, prefix.trim_matches('/')));
    }
    if place.from == "-" {
        bail!("an export cannot be made from standard input: slots come from the objects' names");
    }
    Ok(absolute(&place.from)?.to_string_lossy().into_owned())
}

/// Places whose objects have the same names from whatever folder the program is run, and however it was spelled: records
/// know objects by their names.
///
/// # Errors
/// As [`source_name`].
pub fn anchored(mut places: Vec<Place>) -> Result<Vec<Place>> {
    for place in places.iter_mut().filter(|place| place.in_s3().is_none()) {
        place.from = source_name(place)?;
    }
    Ok(places)
}

/// Without dots, and without links as far as it exists: an export that is to be created may be reached through one.
fn absolute(path: &str) -> Result<PathBuf> {
    let path = Path::new(path);
    if let Ok(path) = path.canonicalize() {
        return Ok(path);
    }
    let mut absolute = std::env::current_dir().context("the current folder is gone")?;
    for component in path.components() {
        match component {
            Component::ParentDir => {
                absolute.pop();
            }
            Component::CurDir => {}
            other => absolute.push(other),
        }
    }
    for existing in absolute.ancestors() {
        if let Ok(real) = existing.canonicalize() {
            return Ok(real.join(absolute.strip_prefix(existing)?));
        }
    }
    Ok(absolute)
}
