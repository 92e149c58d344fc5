//! Copies log objects into a folder, each whole or not at all.
//!
//! Responsible for where a copy lies, for what is there already, and for writing it; which objects are wanted is decided
//! by who lists them. Nothing is written outside the folder.

mod copy;
mod folder;
mod plan;

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use futures::{StreamExt, stream};

use crate::base::message::Message;
use crate::read::scan::Problem;
use crate::read::storage::LogObject;
use crate::read::storage::cache::ObjectCache;

pub use plan::{Copy, Plan};

use folder::Folder;

/// Copies at the same time. Each holds one piece of its object.
const CONCURRENT: usize = 32;

#[derive(Debug, Default)]
pub struct Fetched {
    pub objects: u64,
    /// Bytes.
    pub bytes: u64,
    /// Objects that could not be copied.
    pub problems: BTreeSet<Problem>,
    /// Objects that were not tried, since there is no room for them.
    pub untried: u64,
}

/// How far it is, for a progress bar.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes written.
    pub bytes: AtomicU64,
    pub objects: AtomicU64,
}

/// Why an object was not copied.
#[derive(Debug)]
enum Failure {
    Object(Message),
    /// The place for its copy.
    Place(io::Error),
}

/// Copies what is planned, through a cache if there is one. Dropped before its end, it leaves what is complete and nothing else.
///
/// # Errors
/// When there is no folder, and none can be made.
pub async fn fetch(
    plan: Plan,
    to: &Path,
    progress: &Progress,
    cache: Option<&Arc<ObjectCache>>,
) -> io::Result<Fetched> {
    let folder = Mutex::new(Folder::open(to)?);
    let mut fetched = Fetched { problems: plan.problems, ..Fetched::default() };
    let all = plan.copies.len() as u64;
    let copies = plan.copies.into_iter().map(|copy| {
        let folder = &folder;
        async move {
            let result = copy::copy(&copy, folder, progress, cache).await;
            (copy.object, result)
        }
    });
    let mut copies = stream::iter(copies).buffer_unordered(CONCURRENT);
    let mut ended = 0;
    while let Some((object, result)) = copies.next().await {
        ended += 1;
        let failure = match result {
            Ok(bytes) => {
                fetched.objects += 1;
                fetched.bytes += bytes;
                progress.objects.fetch_add(1, Relaxed);
                continue;
            }
            Err(failure) => failure,
        };
        let full = failure.is_for_all();
        fetched.problems.insert(failure.of(&object));
        if full {
            // Every further request would be for nothing.
            fetched.untried = all - ended;
            break;
        }
    }
    Ok(fetched)
}

impl Failure {
    /// Whether no other object can be copied either.
    fn is_for_all(&self) -> bool {
        let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::ReadOnlyFilesystem];
        matches!(self, Self::Place(error) if full.contains(&error.kind()))
    }

    fn of(self, object: &LogObject) -> Problem {
        let message = match self {
            Self::Object(message) => message,
            // The path of a temporary file says nothing to anybody.
            Self::Place(error) => match error.get_ref().and_then(Error::source) {
                Some(cause) => format_args!("cannot write its copy: {cause}").into(),
                None => format_args!("cannot write its copy: {error}").into(),
            },
        };
        Problem { object: object.location.to_string(), message }
    }
}
