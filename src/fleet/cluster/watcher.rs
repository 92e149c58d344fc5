//! All kinds of a cluster at the same time: read once, or for as long as they are wanted.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use futures::future::join_all;
use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;

use super::compact::Objects;
use super::connect::{Link, Source};
use super::failure::Failure;
use super::follow::follow;
use super::kinds::Kind;
use super::list::{find, list};
use super::picture::Picture;
use super::shared::Shared;
use crate::base::clock::now;
use crate::base::message::Message;

/// How long all kinds may take to be read for the first time.
const FIRST: Duration = Duration::from_secs(90);

/// Reads every kind once. One that cannot be read is told of by the picture.
///
/// # Errors
/// When nothing says where the cluster is or who we are, or when no kind could be read.
pub async fn read(source: &Source, kinds: &'static [Kind]) -> Result<Picture> {
    let link = Link::open(source.clone()).await?;
    let mut picture = Picture::new(kinds);
    let all = join_all(kinds.iter().map(|kind| once(&link, kind)));
    let Ok(all) = tokio::time::timeout(FIRST, all).await else {
        bail!("the API server takes longer than {} s", FIRST.as_secs());
    };
    for (number, (began, listed)) in all.into_iter().enumerate() {
        match listed {
            Ok(objects) => drop(picture.replace(number, objects, began)),
            Err(Failure::NotServed) => drop(picture.absent(number, began)),
            Err(failure) => picture.failed(number, failure, began),
        }
    }
    or_nothing(picture)
}

async fn once(link: &Link, kind: &Kind) -> (i64, Result<Objects, Failure>) {
    let began = now();
    let listed = async {
        let (client, _) = link.client().await?;
        let resource = find(&client, kind).await?;
        list(&client, kind, &resource).await
    };
    (began, listed.await.map(|listed| listed.objects))
}

/// The picture, unless there is nothing in it and that is nobody's decision.
fn or_nothing(picture: Picture) -> Result<Picture> {
    let counts = picture.counts();
    if counts.read == 0 && counts.failing > 0 {
        let mut problems = picture.problems().into_iter();
        let first = problems.next().unwrap_or_else(|| Message::new("nothing could be read"));
        bail!(problems.fold(first, Message::below));
    }
    Ok(picture)
}

/// A cluster that is watched, until this is dropped.
#[derive(Debug)]
pub struct Watcher {
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

impl Watcher {
    /// Begins to watch; must be called within a runtime.
    ///
    /// # Errors
    /// When nothing says where the cluster is or who we are. A cluster that does not answer is none.
    pub async fn start(source: Source, kinds: &'static [Kind]) -> Result<Self> {
        let link = Arc::new(Link::open(source).await?);
        let shared = Arc::new(Shared::new(kinds));
        let mut tasks = JoinSet::new();
        for number in 0..kinds.len() {
            let (link, shared) = (Arc::clone(&link), Arc::clone(&shared));
            tasks.spawn(async move {
                let _ = follow(&link, kinds, number, &shared).await;
            });
        }
        Ok(Self { shared, _tasks: tasks })
    }

    /// Waits until there was an attempt to read each kind, or for so long as that may take.
    pub async fn settled(&self) {
        let _ = tokio::time::timeout(FIRST, self.shared.settled()).await;
    }

    /// Looks at the picture as it is now.
    pub fn look<T>(&self, look: impl FnOnce(&Picture) -> T) -> T {
        look(&self.shared.picture())
    }

    /// Counts the changes that may change a plan, and waits for the next.
    pub fn changes(&self) -> Receiver<u64> {
        self.shared.changes()
    }
}
