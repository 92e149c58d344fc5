//! Refusing to put what a command writes in the place of something that it reads: rows would be gone.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::ask::query::Source;
use crate::base::message::Message;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::read::scan::{Content, Openings, recognise};
use crate::read::storage::{Location, LogObject};

/// Refuses an answer that would replace something that a run reads.
///
/// # Errors
/// When the file is one of the logs, or lies in an export.
pub(in crate::cli) fn refuse_over(source: &Source, output: Option<&Path>) -> Result<()> {
    let Some(output) = existing(output) else { return Ok(()) };
    let is_log = source.raw.iter().any(|run| is_among(&run.objects, &output));
    let mut folders = source.stored().flat_map(|run| &run.exports).filter_map(|kept| kept.export.folder.as_ref());
    if is_log || folders.any(|folder| output.starts_with(folder)) { refused(&output) } else { Ok(()) }
}

/// The same of objects that were only listed.
///
/// # Errors
/// When the file is one of them.
pub(in crate::cli) fn refuse_over_objects(objects: &[LogObject], output: Option<&Path>) -> Result<()> {
    match existing(output) {
        Some(output) if is_among(objects, &output) => refused(&output),
        _ => Ok(()),
    }
}

/// The same where nothing was listed yet: of all files below `places`, those that hold lines of a log; and all of the
/// folder that is written to.
///
/// # Errors
/// When the file is one of these.
pub(in crate::cli) fn refuse_over_places(places: &[Place], target: &Place, output: Option<&Path>) -> Result<()> {
    let Some(output) = existing(output) else { return Ok(()) };
    if target.in_s3().is_none() && Path::new(&target.from).canonicalize().is_ok_and(|to| output.starts_with(to)) {
        let text = format_args!("{} lies in the folder that is written to", Shown(output.display()));
        bail!(Message::new(text).hint("-o with another file"));
    }
    let lies_in = |place: &Place| folder_of(place).is_some_and(|folder| output.starts_with(folder));
    let is_log = || matches!(recognise(&Location::Path(output.clone()), &Openings::default()), Ok(Content::Log(_)));
    if places.iter().any(lies_in) && is_log() { refused(&output) } else { Ok(()) }
}

/// The file, as it is really called, if it is there already.
fn existing(output: Option<&Path>) -> Option<PathBuf> {
    output.and_then(|path| path.canonicalize().ok())
}

fn is_among(objects: &[LogObject], output: &Path) -> bool {
    let is_output =
        |path: &Path| path.file_name() == output.file_name() && path.canonicalize().is_ok_and(|it| it == output);
    objects.iter().any(|object| match &object.location {
        Location::Path(path) => is_output(path),
        Location::S3 { .. } | Location::Pipe(_) | Location::Stdin => false,
    })
}

/// What a place that is not in a bucket names; of a glob, what stands before its first pattern.
fn folder_of(place: &Place) -> Option<PathBuf> {
    if place.in_s3().is_some() {
        return None;
    }
    let path = Path::new(&place.from);
    let above = |path: &Path| path.ancestors().skip(1).find_map(|folder| folder.canonicalize().ok());
    path.canonicalize().ok().or_else(|| above(path))
}

fn refused(output: &Path) -> Result<()> {
    let text = format_args!("{} is read for the answer, which would replace it", Shown(output.display()));
    bail!(Message::new(text).hint("-o with another file"));
}
