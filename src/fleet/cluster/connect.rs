//! Who we are to a cluster: its kubeconfig, or the pod that this runs in.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{ExecInteractiveMode, KubeConfigOptions};
use kube::{Client, Config};
use tokio::sync::Mutex;

use super::failure::{Failure, words};
use crate::base::causes::root;
use crate::base::message::Message;

/// A cluster to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// A context of the kubeconfig; `None` for its current one, or for the cluster that this runs in.
    pub context: Option<String>,
}

/// How long it may take to find out who we are: plugins ask somebody else for a token.
const OPENING: Duration = Duration::from_secs(30);

/// The connections to a cluster. They are made anew when something fails: certificates, tokens and the kubeconfig may have
/// changed, and a connection that is dead must not be used again.
#[derive(Debug)]
pub(super) struct Link {
    source: Source,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    client: Option<Client>,
    /// How often it was made.
    made: u64,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("made", &self.made).finish_non_exhaustive()
    }
}

impl Link {
    /// Nothing is looked at yet.
    pub(super) fn new(source: Source) -> Self {
        Self { source, open: Mutex::default() }
    }

    /// With a client; nothing is asked of the cluster yet.
    ///
    /// # Errors
    /// When nothing says where the cluster is, or who we are.
    pub(super) async fn open(source: Source) -> Result<Self, Message> {
        let client = Some(connect(&source).await?);
        Ok(Self { source, open: Mutex::new(Open { client, made: 1 }) })
    }

    /// The client, made if there is none, and its number.
    pub(super) async fn client(&self) -> Result<(Client, u64), Failure> {
        let mut open = self.open.lock().await;
        if open.client.is_none() {
            let made = tokio::time::timeout(OPENING, connect(&self.source)).await;
            let made = made.unwrap_or_else(|_| Err(Message::new("asking for credentials takes too long")));
            open.client = Some(made.map_err(|error| Failure::Other(error.text().to_owned()))?);
            open.made += 1;
        }
        let client = open.client.clone().ok_or_else(Failure::silence)?;
        Ok((client, open.made))
    }

    /// Lets the client of this number go if a failure may be its own, unless another has been made since.
    pub(super) async fn renew_after(&self, failure: &Failure, number: u64) {
        if !matches!(failure, Failure::Other(_)) {
            return;
        }
        let mut open = self.open.lock().await;
        if open.made == number {
            open.client = None;
        }
    }
}

/// A client for a cluster. Nothing is asked of the cluster yet.
///
/// # Errors
/// When nothing says where it is, or who we are; the message says what was looked at.
async fn connect(source: &Source) -> Result<Client, Message> {
    let mut config = configuration(source).await?;
    // Failures are told and tried again above, where it is known how old the picture is.
    config.default_retry = false;
    if let Some(exec) = &mut config.auth_info.exec {
        // Nobody is there to type something.
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    // A plugin that gives tokens is waited for.
    let made = tokio::task::spawn_blocking(move || Client::try_from(config)).await;
    made.map_err(Message::new)?.map_err(|error| Message::new(words(&error)))
}

async fn configuration(source: &Source) -> Result<Config, Message> {
    if source.context.is_none() && kubeconfig().is_none() {
        let hint = "KUBECONFIG=FILE, ~/.kube/config, or run it in the cluster";
        if std::env::var_os("KUBERNETES_SERVICE_HOST").is_none() {
            return Err(Message::new("there is no kubeconfig, and this does not run in a cluster").hint(hint));
        }
        return Config::incluster()
            .map_err(|error| Message::new(format_args!("the pod's service account cannot be used: {}", root(&error))));
    }
    let options = KubeConfigOptions { context: source.context.clone(), ..KubeConfigOptions::default() };
    Config::from_kubeconfig(&options).await.map_err(|error| {
        let known = source.context.as_ref().map(|_| "kubectl config get-contexts lists them");
        Message::new(format_args!("the kubeconfig cannot be used: {error}")).hint_if(known)
    })
}

/// The kubeconfig, if there is one: what `KUBECONFIG` names is meant to be there.
fn kubeconfig() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("KUBECONFIG").filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let path = PathBuf::from(std::env::var_os("HOME")?).join(".kube/config");
    path.exists().then_some(path)
}
