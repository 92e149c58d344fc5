//! What `--kubernetes` may be given, understood.

use alblog::time::DAY;
use anyhow::{Result, bail};

use crate::base::clock::{of_system, to_the_minute};
use crate::fleet::cluster::Source;

/// One of what was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Named {
    /// The cluster that it was said to be of.
    pub(in crate::cli) cluster: Option<String>,
    pub(in crate::cli) place: Place,
    /// As it was typed.
    pub(in crate::cli) typed: String,
}

/// Where it is read what Kubernetes declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Place {
    Stdin,
    File(String),
    /// The cluster itself.
    Live(Source),
}

impl Named {
    /// Understands each; a file that is called `live` is `./live`.
    ///
    /// # Errors
    /// When standard input is named twice.
    pub(in crate::cli) fn all(typed: &[String]) -> Result<Vec<Self>> {
        let all: Vec<Self> = typed.iter().map(|typed| Self::of(typed)).collect();
        if all.iter().filter(|named| named.place == Place::Stdin).count() > 1 {
            bail!("standard input can be read once (--kubernetes)");
        }
        Ok(all)
    }

    /// Whether standard input is among what was named.
    pub(in crate::cli) fn has_stdin(typed: &[String]) -> bool {
        typed.iter().any(|typed| Self::of(typed).place == Place::Stdin)
    }

    fn of(typed: &str) -> Self {
        let (cluster, place) = part(typed);
        let place = match place {
            "-" => Place::Stdin,
            "live" => Place::Live(Source { context: None }),
            place => match place.strip_prefix("live:") {
                Some(context) if !context.is_empty() => Place::Live(Source { context: Some(context.to_owned()) }),
                _ => Place::File(place.to_owned()),
            },
        };
        Self { cluster: cluster.map(ToOwned::to_owned), place, typed: typed.to_owned() }
    }
}

/// Cluster and place. A path and a context may hold `=`; a cluster's name holds no `/`.
fn part(named: &str) -> (Option<&str>, &str) {
    match named.split_once('=') {
        Some((cluster, place)) if !cluster.is_empty() && !cluster.contains('/') && !cluster.starts_with("live:") => {
            (Some(cluster), place)
        }
        _ => (None, named),
    }
}

impl Place {
    /// When a file was last written, microseconds since the epoch: what stands in it was so then.
    pub(in crate::cli) fn written(&self) -> Option<i64> {
        let Self::File(path) = self else { return None };
        std::fs::metadata(path).and_then(|it| it.modified()).ok().and_then(of_system)
    }
}

/// What stands in a file is believed for a day, as a plan is.
const EXPIRES: i64 = DAY;

/// Why nobody can tell from a file what is declared by now, if it was last written at this time; microseconds since the epoch. One
/// that is of tomorrow was written when clocks were set otherwise: it may be of any time.
pub(super) fn too_old(written: i64, now: i64) -> Option<String> {
    (written < now - EXPIRES || written > now + EXPIRES).then(|| {
        format!(
            "was written at {} UTC, and what was declared since is not in it: make it again",
            to_the_minute(written)
        )
    })
}

/// Files that were last written before a moment, in microseconds since the epoch: what was declared since is not in them.
pub(in crate::cli) fn older_than(named: &[String], moment: i64) -> impl Iterator<Item = String> {
    let places = named.iter().map(|typed| Named::of(typed).place);
    let old = places.filter(move |place| place.written().is_some_and(|at| at < moment));
    old.filter_map(|place| match place {
        Place::File(path) => Some(path),
        Place::Stdin | Place::Live(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_believed_for_a_day() {
        let now = 100 * DAY;
        assert_eq!(too_old(now, now), None);
        assert_eq!(too_old(now - DAY, now), None);
        assert_eq!(too_old(now + DAY, now), None);
        let why = too_old(now - DAY - 1, now).unwrap();
        assert!(why.starts_with("was written at 1970-04-09 23:59 UTC, "), "{why}");
        assert!(too_old(now + DAY + 1, now).is_some());
    }

    fn live(context: Option<&str>) -> Place {
        Place::Live(Source { context: context.map(ToOwned::to_owned) })
    }

    fn file(path: &str) -> Place {
        Place::File(path.to_owned())
    }

    #[test]
    fn a_cluster_is_what_stands_before_the_first_equals_sign_without_a_slash() {
        let eks = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
        for (typed, cluster, place) in [
            ("cluster.json", None, file("cluster.json")),
            ("prod=cluster.json", Some("prod"), file("cluster.json")),
            ("prod=-", Some("prod"), Place::Stdin),
            ("-", None, Place::Stdin),
            ("./a=b.json", None, file("./a=b.json")),
            ("=b.json", None, file("=b.json")),
            ("live", None, live(None)),
            ("prod=live", Some("prod"), live(None)),
            ("live:staging", None, live(Some("staging"))),
            ("prod=live:a=b", Some("prod"), live(Some("a=b"))),
            ("live:a=b", None, live(Some("a=b"))),
            (&format!("live:{eks}"), None, live(Some(eks))),
            ("./live", None, file("./live")),
            ("live.json", None, file("live.json")),
            ("live:", None, file("live:")),
        ] {
            let cluster = cluster.map(ToOwned::to_owned);
            assert_eq!(Named::of(typed), Named { cluster, place, typed: typed.to_owned() }, "{typed}");
        }
    }
}
