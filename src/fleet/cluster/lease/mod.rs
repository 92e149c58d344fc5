//! A Lease by which one of several replicas leads: taken, kept and given up. Who may take it is decided in `election`.

mod election;

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alblog::time::SECOND;
use k8s_openapi::api::coordination::v1::{Lease as Object, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::connect::{Link, Source};
use super::failure::Failure;
use super::follow::jittered;
use crate::base::clock::{Clocks, timestamp};
use crate::base::message::Message;
use election::{Election, Record, Step};

/// From one look at the Lease to the next.
const OFTEN: Duration = Duration::from_secs(5);
/// The API server's answer is not waited for any longer: there must be time for another try.
const ANSWER: Duration = Duration::from_secs(4);

/// A Lease that is tried for until this is dropped.
#[derive(Debug)]
pub struct Lease {
    link: Link,
    namespace: String,
    name: String,
    election: Mutex<Election>,
    clocks: Clocks,
    /// Goes on whenever it may be another who leads.
    turns: watch::Sender<u64>,
}

impl Lease {
    /// `me` must be no other's name, now or ever.
    pub fn new(source: Source, namespace: String, name: String, me: String) -> Self {
        Self {
            link: Link::new(source),
            namespace,
            name,
            election: Mutex::new(Election::new(me)),
            clocks: Clocks::start(),
            turns: watch::Sender::new(0),
        }
    }

    /// Whether this replica leads at this moment.
    pub fn leads(&self) -> bool {
        self.election().leads(self.clocks.moment())
    }

    /// Waits until it leads, or until it does no more.
    pub async fn is(&self, leading: bool) {
        let mut turns = self.turns.subscribe();
        while self.leads() != leading {
            // A lease that runs out is told of by nobody.
            let _ = timeout(Duration::from_secs(1), turns.changed()).await;
        }
    }

    /// Tries for it and keeps it; tells what stands in the way when something new does. Ends only with its task.
    pub async fn keep(&self, tell: impl Fn(&Message)) -> Infallible {
        let mut known = None;
        loop {
            let trouble = self.attempt().await.err().map(|failure| self.told(failure));
            if let Some(trouble) = trouble.as_ref().filter(|trouble| Some(*trouble) != known.as_ref()) {
                tell(trouble);
            }
            known = trouble;
            self.turns.send_modify(|count| *count += 1);
            sleep(jittered(OFTEN)).await;
        }
    }

    /// Gives it up, so that another need not wait: after the last write was answered, and after `keep` has ended.
    pub async fn give_up(&self) {
        if !self.leads() {
            return;
        }
        self.election().give_up();
        // Who cannot be told waits until it has run out.
        let _ = timeout(ANSWER, async {
            let api = self.api().await?.0;
            let Some(mut object) = api.get_opt(&self.name).await? else { return Ok(()) };
            if let Some(spec) = &mut object.spec {
                spec.holder_identity = Some(String::new());
            }
            api.replace(&self.name, &PostParams::default(), &object).await.map(drop).map_err(Failure::from)
        })
        .await;
    }

    async fn attempt(&self) -> Result<(), Failure> {
        let (api, made) = self.api().await?;
        let ended = timeout(ANSWER, self.ask(&api)).await.unwrap_or_else(|_| Err(Failure::silence()));
        if let Err(failure) = &ended {
            self.link.renew_after(failure, made).await;
        }
        ended
    }

    async fn ask(&self, api: &Api<Object>) -> Result<(), Failure> {
        let object = api.get_opt(&self.name).await?;
        let began = self.clocks.moment();
        let renewed = MicroTime(timestamp());
        let record = object.as_ref().map(record);
        let step = self.election().step(record.as_ref(), text(Some(&renewed)), began);
        let written = match step {
            Step::Wait => return Ok(()),
            Step::Create(record) => {
                let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
                let object = Object { metadata, spec: Some(spec(record, None, renewed)) };
                api.create(&PostParams::default(), &object).await
            }
            Step::Write(record) => {
                let mut object = object.unwrap_or_default();
                object.spec = Some(spec(record, object.spec.as_ref(), renewed));
                // With the version that was read: refused if another has written meanwhile.
                api.replace(&self.name, &PostParams::default(), &object).await
            }
        };
        match written {
            Ok(_) => {
                self.election().written(began);
                Ok(())
            }
            // Another was faster, or nobody knows: the next look tells.
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn api(&self) -> Result<(Api<Object>, u64), Failure> {
        let (client, made) = self.link.client().await?;
        Ok((Api::namespaced(client, &self.namespace), made))
    }

    fn told(&self, failure: Failure) -> Message {
        let whose = format!("the Lease {}/{}", self.namespace, self.name);
        match failure {
            Failure::Denied(said) => Message::new(format_args!("{whose} may not be taken: {said}")).hint(format_args!(
                "a Role in {} with {{apiGroups: [\"coordination.k8s.io\"], resources: [\"leases\"], verbs: [\"get\", \"create\", \"update\"]}}",
                self.namespace
            )),
            Failure::NotServed => Message::new(format_args!("{whose} cannot be made: there is no namespace {}", self.namespace)),
            Failure::Expired => Message::new(format_args!("{whose} cannot be taken")),
            Failure::Other(why) => Message::new(format_args!("{whose} cannot be taken: {why}")),
        }
    }

    fn election(&self) -> MutexGuard<'_, Election> {
        self.election.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn record(object: &Object) -> Record {
    let spec = object.spec.clone().unwrap_or_default();
    Record {
        holder: spec.holder_identity.unwrap_or_default(),
        renewed: text(spec.renew_time.as_ref()),
        duration: i64::from(spec.lease_duration_seconds.unwrap_or_default()) * SECOND,
        transitions: spec.lease_transitions.unwrap_or_default(),
    }
}

/// As it is compared: whether it is the same.
fn text(time: Option<&MicroTime>) -> String {
    time.map(|time| time.0.to_string()).unwrap_or_default()
}

fn spec(record: Record, before: Option<&LeaseSpec>, renewed: MicroTime) -> LeaseSpec {
    let kept = before.filter(|before| before.holder_identity.as_deref() == Some(&record.holder));
    let acquired = kept.and_then(|before| before.acquire_time.clone());
    LeaseSpec {
        acquire_time: acquired.or_else(|| Some(renewed.clone())),
        lease_duration_seconds: i32::try_from(record.duration / SECOND).ok(),
        holder_identity: Some(record.holder),
        lease_transitions: Some(record.transitions),
        renew_time: Some(renewed),
        ..LeaseSpec::default()
    }
}
