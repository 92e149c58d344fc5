//! Events (`events.k8s.io/v1`) written into a cluster: one is made, or the series of one that is there goes on. Only `create` and
//! `patch` are asked for. What is told, and how often, is decided by whoever writes them.

use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::{Event as Object, EventSeries};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::Error;
use kube::api::{Api, ObjectMeta, Patch, PatchParams, PostParams};
use kube::core::Status;
use serde_json::json;

use super::connect::{Link, Source};
use super::failure::Failure;
use crate::base::message::Message;

/// Who tells, in every Event.
const CONTROLLER: &str = "albstats.io/reconciler";
/// An answer that takes longer does not come.
const ANSWER: Duration = Duration::from_secs(10);
/// So many bytes of a name the API takes.
const INSTANCE: usize = 128;

/// An Event: what is told of an object. Nothing of it but its series can be changed once it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub regarding: Regarding,
    /// Beside other Events of the object's namespace. Whoever tells the same again calls it the same.
    pub name: String,
    /// A warning, or else normal.
    pub is_warning: bool,
    /// For programs, `LogsBlocked`.
    pub reason: &'static str,
    /// What was tried, for programs.
    pub action: &'static str,
    /// For people; at most 1024 bytes.
    pub note: String,
    /// When it was so first; microseconds since the epoch.
    pub began: i64,
}

/// The object that an Event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regarding {
    /// `networking.k8s.io/v1`
    pub api_version: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
    pub uid: String,
}

/// That an Event has been told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// How often, this time included: 2 or more.
    pub count: i32,
    /// When it was seen to be so last; microseconds since the epoch.
    pub seen: i64,
}

/// What is to be done about an Event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// Make it; with a series, if the API server has forgotten it meanwhile.
    Create(Option<Series>),
    /// It is there, and so once more.
    Continue(Series),
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Written,
    /// One of this name was there already, told so many times.
    Known(i32),
    /// What was to go on is not there any more: the API server forgets Events after a while.
    Forgotten,
    /// It may not be written in its namespace, and what has to be allowed.
    Denied(Message),
    /// The API server will not take it: its namespace is about to go, or something is wrong with it.
    Refused(Message),
    /// Not now.
    Failed(Message),
}

impl Told {
    /// A word for it, as it is counted.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Known(_) => "known",
            Self::Forgotten => "forgotten",
            Self::Denied(_) => "denied",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }
}

/// Writes Events into one cluster.
#[derive(Debug)]
pub struct EventWriter {
    link: Link,
    instance: String,
}

impl EventWriter {
    /// `instance` says which replica tells: the name of its pod or machine.
    pub fn new(source: Source, instance: &str) -> Self {
        let end = instance.floor_char_boundary(INSTANCE);
        let instance = if instance.is_empty() { "albstats" } else { &instance[..end] };
        Self { link: Link::new(source), instance: instance.to_owned() }
    }

    /// Writes it, once.
    pub async fn write(&self, event: &Event, write: Write) -> Told {
        let namespace = &event.regarding.namespace;
        let (client, made) = match self.link.client().await {
            Ok(opened) => opened,
            Err(failure) => return told(&failure, namespace),
        };
        let api: Api<Object> = Api::namespaced(client, namespace);
        let ended = tokio::time::timeout(ANSWER, self.ask(&api, event, write)).await;
        let failure = match ended {
            Ok(Ok(told)) => return told,
            Ok(Err(Error::Api(status))) if is_final(&status) => {
                return Told::Refused(Message::new(format_args!(
                    "an Event in {namespace} was refused: {}",
                    status.message
                )));
            }
            Ok(Err(error)) => error.into(),
            Err(_) => Failure::silence(),
        };
        self.link.renew_after(&failure, made).await;
        told(&failure, namespace)
    }

    async fn ask(&self, api: &Api<Object>, event: &Event, write: Write) -> Result<Told, Error> {
        match write {
            Write::Create(series) => match api.create(&PostParams::default(), &self.object(event, series)).await {
                Ok(_) => Ok(Told::Written),
                Err(Error::Api(status)) if status.code == 409 => {
                    // A change of nothing is answered with what is there: no further right is needed to see it.
                    let there = patch(api, &event.name, &json!({})).await?;
                    Ok(there
                        .map_or(Told::Forgotten, |there| Told::Known(there.series.map_or(1, |series| series.count))))
                }
                Err(error) => Err(error),
            },
            Write::Continue(series) => {
                let there = patch(api, &event.name, &json!({ "series": object_of(series) })).await?;
                Ok(there.map_or(Told::Forgotten, |_| Told::Written))
            }
        }
    }

    fn object(&self, event: &Event, series: Option<Series>) -> Object {
        let Regarding { api_version, kind, namespace, name, uid } = event.regarding.clone();
        let metadata =
            ObjectMeta { name: Some(event.name.clone()), namespace: Some(namespace.clone()), ..ObjectMeta::default() };
        Object {
            metadata,
            regarding: Some(ObjectReference {
                api_version: Some(api_version),
                kind: Some(kind),
                namespace: Some(namespace),
                name: Some(name),
                uid: Some(uid),
                ..ObjectReference::default()
            }),
            type_: Some(if event.is_warning { "Warning" } else { "Normal" }.to_owned()),
            reason: Some(event.reason.to_owned()),
            action: Some(event.action.to_owned()),
            note: Some(event.note.clone()),
            event_time: Some(time(event.began)),
            reporting_controller: Some(CONTROLLER.to_owned()),
            reporting_instance: Some(self.instance.clone()),
            series: series.map(object_of),
            ..Object::default()
        }
    }
}

/// What is there after a change; `None` if nothing was.
async fn patch(api: &Api<Object>, name: &str, change: &serde_json::Value) -> Result<Option<Object>, Error> {
    match api.patch(name, &PatchParams::default(), &Patch::Merge(change)).await {
        Ok(there) => Ok(Some(there)),
        Err(Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error),
    }
}

fn object_of(series: Series) -> EventSeries {
    EventSeries { count: series.count, last_observed_time: time(series.seen) }
}

/// Of microseconds since the epoch.
fn time(time: i64) -> MicroTime {
    MicroTime(Timestamp::from_microsecond(time).unwrap_or_default())
}

/// Whether trying again would be answered in the same way.
fn is_final(status: &Status) -> bool {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    // A namespace that is being deleted takes nothing new; one that is gone, neither.
    let is_ending = || causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating");
    matches!(status.code, 400 | 404 | 413 | 422) || status.code == 403 && is_ending()
}

fn told(failure: &Failure, namespace: &str) -> Told {
    match failure {
        Failure::Denied(said) => {
            let message = Message::new(format_args!("Events in {namespace} may not be written: {said}"));
            // A quota says no, too, and no rule helps.
            let is_right = ["cannot create resource", "cannot patch resource"].iter().any(|words| said.contains(words));
            Told::Denied(message.hint_if(is_right.then_some(
                "a ClusterRole with {apiGroups: [\"events.k8s.io\"], resources: [\"events\"], verbs: [\"create\", \"patch\"]}",
            )))
        }
        Failure::Other(why) => {
            Told::Failed(Message::new(format_args!("Events in {namespace} cannot be written: {why}")))
        }
        Failure::NotServed | Failure::Expired => {
            Told::Failed(Message::new(format_args!("Events in {namespace} cannot be written")))
        }
    }
}
