//! `--to`: a folder or a prefix in a bucket, opened; and that it is not where the logs are.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use crate::base::message::Message;
use crate::base::place::Place;
use crate::base::shown::Shown;
use crate::lake::export::source_name;
use crate::lake::export::target::{LocalTarget, S3Target, Target};
use crate::lake::export::{SETTINGS_PATH, Settings};
use crate::read::storage::s3::Bucket;

/// Opens an export's place. A run that writes nothing needs no right to. Once `ended` is closed, no request is waited for.
pub(in crate::cli) fn open(
    place: &Place,
    read_only: bool,
    runtime: &Runtime,
    ended: Arc<Semaphore>,
) -> Result<Box<dyn Target>> {
    let to = place.from.as_str();
    if let Some((bucket, prefix)) = place.in_s3() {
        let bucket = runtime.block_on(Bucket::open(bucket, &place.identity))?;
        return Ok(Box::new(S3Target::new(Arc::new(bucket), prefix, runtime.handle().clone(), ended)));
    }
    if let Some((scheme, _)) = to.split_once("://") {
        bail!(
            Message::new(format_args!(
                "cannot write to {to}: {scheme}:// is not supported",
                to = Shown(to),
                scheme = Shown(scheme)
            ))
            .hint("s3://bucket/prefix or a folder")
        );
    }
    Ok(if read_only {
        Box::new(LocalTarget::read_only(Path::new(to)))
    } else {
        Box::new(LocalTarget::new(Path::new(to))?)
    })
}

/// What an export was created with; none if there is none yet.
pub(in crate::cli) fn settings(target: &dyn Target) -> Result<Option<Settings>> {
    let json = target.read(&[SETTINGS_PATH.to_owned()])?.pop().flatten();
    json.map(|json| Settings::read(&json, &target.name())).transpose()
}

/// Refuses what would lie among the logs it is made from, or the other way round. `what` it is: `export`, `live store`.
pub(in crate::cli) fn check_apart(places: &[Place], what: &str, to: &Place) -> Result<()> {
    let to = comparable(to)?;
    for place in places {
        let from = comparable(place)?;
        if to.starts_with(&from) || from.starts_with(&to) {
            bail!(
                Message::new(format_args!(
                    "the {what} {} and the logs {} lie in each other: the {what} would be taken for logs",
                    Shown(to.trim_end_matches('/')),
                    Shown(&place.from)
                ))
                .hint(if place.in_s3().is_some() {
                    "name the logs' own prefix, --from s3://BUCKET/AWSLogs"
                } else {
                    "another folder"
                })
            );
        }
    }
    Ok(())
}

/// With a slash at its end, so that `logs` is not the start of `logs-export`.
fn comparable(place: &Place) -> Result<String> {
    Ok(source_name(place)?.trim_end_matches('/').to_owned() + "/")
}
