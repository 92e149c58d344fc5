//! `--kubernetes [CLUSTER=]FILE|live[:CONTEXT]`: what `kubectl get -o json` printed, or a cluster itself.

mod events;
mod lease;
mod named;
mod watched;

use anyhow::{Context, Result};

use crate::base::clock::now;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::fleet::cluster::{self, Kind, Picture};
use crate::fleet::kubernetes::Kubernetes;

pub(in crate::cli) use events::EventsArgs;
pub(in crate::cli) use lease::LeaseArgs;
use named::too_old;
pub(in crate::cli) use named::{Named, Place, older_than};
pub(in crate::cli) use watched::{Watched, intents};

/// A cluster that was read.
#[derive(Debug)]
pub(in crate::cli) struct Cluster {
    /// What it was said to be called.
    pub(in crate::cli) name: Option<String>,
    pub(in crate::cli) kubernetes: Kubernetes,
    /// When it was so: now, or when the file was last written; microseconds since the epoch.
    pub(in crate::cli) seen: i64,
}

/// What was read.
#[derive(Debug, Default)]
pub(in crate::cli) struct Read {
    pub(in crate::cli) clusters: Vec<Cluster>,
    /// What could not be read of clusters themselves, and what has to be allowed.
    pub(in crate::cli) problems: Vec<Message>,
}

/// What was read of each cluster, with what it was said to be called.
pub(in crate::cli) fn named(clusters: Vec<Cluster>) -> Vec<(Option<String>, Kubernetes)> {
    clusters.into_iter().map(|cluster| (cluster.name, cluster.kubernetes)).collect()
}

/// Reads what was named once; these kinds of clusters themselves.
///
/// # Errors
/// When a file cannot be read, or nothing of a cluster.
pub(in crate::cli) async fn read(named: &[String], kinds: &'static [Kind]) -> Result<Read> {
    let named = Named::all(named)?;
    let mut read = Read::default();
    for Named { cluster, place, typed } in named {
        let seen = place.written().unwrap_or_else(now);
        let kubernetes = match place {
            Place::Live(source) => {
                let picture = cluster::read(&source, kinds).await;
                let picture = picture.with_context(|| cannot(&typed))?;
                read.problems.extend(problems(&picture, &typed));
                kubernetes_of(&picture.json(), picture.doubt(now()), picture.hidden())?
            }
            place => parsed(&place, &text(&place)?)?,
        };
        read.clusters.push(Cluster { name: cluster, kubernetes, seen });
    }
    Ok(read)
}

/// What cannot be read of a cluster, by what was typed for it.
fn problems(picture: &Picture, typed: &str) -> Vec<Message> {
    picture.problems().into_iter().map(|problem| problem.after(format_args!("{typed}: "))).collect()
}

/// `cannot read the cluster (--kubernetes live)`
fn cannot(typed: &str) -> String {
    format!("cannot read the cluster (--kubernetes {})", Shown(typed))
}

/// What `kubectl` printed, or nothing of a cluster itself.
fn text(place: &Place) -> Result<String> {
    let text = match place {
        Place::File(path) => std::fs::read_to_string(path),
        Place::Stdin => std::io::read_to_string(std::io::stdin()),
        Place::Live(_) => Ok(String::new()),
    };
    text.with_context(|| format!("cannot read {} (--kubernetes)", Shown(path(place))))
}

/// With why more may be declared by now, where a file is too old to be believed.
fn parsed(place: &Place, text: &str) -> Result<Kubernetes> {
    let kubernetes = Kubernetes::read(text).with_context(|| Shown(path(place)).to_string())?;
    let doubt = place.written().and_then(|written| too_old(written, now()));
    Ok(kubernetes.in_doubt(doubt.map(|why| format!("{} {why}", Shown(path(place))))))
}

fn path(place: &Place) -> &str {
    match place {
        Place::File(path) => path,
        Place::Stdin => "-",
        Place::Live(_) => "live",
    }
}

/// What a cluster itself declares, and why there may be more.
fn kubernetes_of(
    json: &str,
    doubt: Option<String>,
    hidden: impl IntoIterator<Item = &'static Kind>,
) -> Result<Kubernetes> {
    let read = Kubernetes::read(json)?.in_doubt(doubt);
    // Of other kinds nothing is decided unless something refers to them, which says that they are there.
    let classes = hidden.into_iter().any(|kind| kind.plural == "ingressclasses");
    Ok(if classes { read.hides("IngressClass") } else { read })
}
