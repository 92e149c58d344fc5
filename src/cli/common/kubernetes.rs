//! `--kubernetes [CLUSTER=]FILE`: what `kubectl get -o json` printed.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::base::shown::Shown;
use crate::fleet::kubernetes::Kubernetes;

/// Reads what was named, and the cluster it was said to be of. `-` is standard input.
pub(in crate::cli) fn read(named: &[String]) -> Result<Vec<(Option<String>, Kubernetes)>> {
    if named.iter().filter(|named| part(named).1 == "-").count() > 1 {
        bail!("standard input can be read once (--kubernetes)");
    }
    named.iter().map(|named| file(named)).collect()
}

fn file(named: &str) -> Result<(Option<String>, Kubernetes)> {
    let (cluster, path) = part(named);
    let text = if path == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    let text = text.with_context(|| format!("cannot read {path} (--kubernetes)", path = Shown(path)))?;
    Ok((cluster.map(ToOwned::to_owned), Kubernetes::read(&text).with_context(|| Shown(path).to_string())?))
}

/// When what was named was last written, in microseconds since the epoch: what stands in it was so then. Of standard input, now.
pub(in crate::cli) fn written(named: &str, now: i64) -> i64 {
    let (_, path) = part(named);
    let modified = std::fs::metadata(path).and_then(|it| it.modified()).ok().filter(|_| path != "-");
    modified.and_then(micros).unwrap_or(now)
}

/// Files that were last written before a moment, in microseconds since the epoch: what was declared since is not in them.
pub(in crate::cli) fn older_than(named: &[String], moment: i64) -> impl Iterator<Item = &str> {
    let written = |path: &str| std::fs::metadata(path).and_then(|it| it.modified()).ok();
    let paths = named.iter().map(|named| part(named).1);
    paths.filter(move |path| written(path).and_then(micros).is_some_and(|at| at < moment))
}

/// Since the epoch.
fn micros(time: SystemTime) -> Option<i64> {
    time.duration_since(UNIX_EPOCH).ok().and_then(|it| i64::try_from(it.as_micros()).ok())
}

/// Cluster and path. A path may hold `=`; a cluster's name holds no `/`.
fn part(named: &str) -> (Option<&str>, &str) {
    match named.split_once('=') {
        Some((cluster, path)) if !cluster.is_empty() && !cluster.contains('/') => (Some(cluster), path),
        _ => (None, named),
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn a_cluster_is_what_stands_before_the_first_equals_sign_without_a_slash() {
        for (named, parts) in [
            ("cluster.json", (None, "cluster.json")),
            ("prod=cluster.json", (Some("prod"), "cluster.json")),
            ("prod=-", (Some("prod"), "-")),
            ("./a=b.json", (None, "./a=b.json")),
            ("=b.json", (None, "=b.json")),
        ] {
            assert_eq!(part(named), parts, "{named}");
        }
    }
}
