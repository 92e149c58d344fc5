//! Proof of delivery: the object that AWS writes when a log is switched on, and log objects of the last hour.
//!
//! At most three lists for each log, of one page: keys of a load balancer's log lie together, in the order of their time. Only what
//! is asked for is known; a bucket that may not be listed proves nothing, and is no error.

use std::collections::BTreeMap;
use std::sync::Arc;

use alblog::key::{INTERVAL, MARGIN};
use alblog::time::{DAY, IntervalEnd, MINUTE};
use alblog::{LogKey, LogKind, key};
use anyhow::{Context, Result};
use futures::StreamExt;
use futures::stream;

use super::look::Look;
use super::observed::{Proof, Seen};
use super::scope::desired;
use super::state::LogId;
use crate::base::aws::Identity;
use crate::base::config::LogPolicy;
use crate::base::message::Message;
use crate::base::s3_address::address;
use crate::fleet::aws::cloudwatch;
use crate::fleet::aws::elbv2::LogSettings;
use crate::read::storage::s3::Bucket;

/// Lists at the same time.
const CONCURRENT: usize = 8;

/// Looks for the objects of every log that is on and goes where the policy says.
pub(super) async fn gather(policy: &LogPolicy, look: &mut Look, now: i64) {
    let mut buckets: BTreeMap<(String, Identity), Option<Arc<Bucket>>> = BTreeMap::new();
    let mut wanted = Vec::new();
    for (index, seen) in look.observed.load_balancers.iter().enumerate() {
        let Ok(desired) = desired(policy, &seen.load_balancer) else { continue };
        let Some(account) = look.askable.get(&seen.load_balancer.arn) else { continue };
        let arriving = |(_, log): &(&LogKind, &LogSettings)| {
            log.enabled && log.bucket == desired.bucket && log.prefix == desired.prefix
        };
        for (kind, log) in seen.logs.iter().filter(arriving) {
            let key = (log.bucket.clone(), account.identity.clone());
            if !buckets.contains_key(&key) {
                let opened = Bucket::open(&log.bucket, &anywhere(&account.identity)).await;
                if let Err(error) = &opened {
                    let place = address(&log.bucket, "");
                    look.notes.insert(Message::of(error.as_ref()).after(format_args!("{place} was not listed: ")));
                }
                buckets.insert(key.clone(), opened.ok().map(Arc::new));
            }
            if let Some(bucket) = &buckets[&key] {
                wanted.push((index, *kind, Arc::clone(bucket), Names::of(seen, *kind, &log.prefix)));
            }
        }
    }
    let listed = wanted
        .into_iter()
        .map(|(index, kind, bucket, names)| async move { (index, kind, names.look_for(&bucket, now).await) });
    let listed: Vec<(usize, LogKind, Result<Proof>)> =
        stream::iter(listed).buffer_unordered(CONCURRENT).collect().await;
    for (index, kind, proof) in listed {
        match proof {
            Ok(proof) => drop(look.observed.load_balancers[index].proof.insert(kind, proof)),
            Err(error) => drop(look.notes.insert(Message::from(error).after("objects were not looked for: "))),
        }
    }
    count_requests(look, now).await;
}

/// Asks CloudWatch about load balancers whose access log is on and has no recent object.
async fn count_requests(look: &mut Look, now: i64) {
    let mut silent: BTreeMap<Identity, Vec<usize>> = BTreeMap::new();
    for (index, seen) in look.observed.load_balancers.iter().enumerate() {
        let quiet = seen.proof.get(&LogKind::Access).is_some_and(|proof| proof.recent.is_none());
        if let Some(account) = look.askable.get(&seen.load_balancer.arn).filter(|_| quiet) {
            silent.entry(account.identity.clone()).or_default().push(index);
        }
    }
    for (identity, indexes) in silent {
        let named = |index: &usize| look.observed.load_balancers[*index].load_balancer.elb().to_owned();
        let elbs: Vec<String> = indexes.iter().map(named).collect();
        // What is younger than ten minutes need not have been written yet.
        let span = now - MARGIN..now - 10 * MINUTE;
        let counted = cloudwatch::requests(&identity, &elbs, &span, INTERVAL).await;
        match counted.and_then(|counted| Ok(counted?)) {
            Ok(counted) => {
                for (index, elb) in indexes.into_iter().zip(elbs) {
                    let requests = counted.get(&elb).map_or(0, |requests| requests.values().sum());
                    let proof = look.observed.load_balancers[index].proof.get_mut(&LogKind::Access);
                    if let Some(proof) = proof {
                        proof.requests = Some(requests);
                    }
                }
            }
            Err(error) => drop(look.notes.insert(Message::from(error).after("requests were not counted: "))),
        }
    }
}

/// What is there of a log that was just switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Whether its settings are what was written.
    pub kept: bool,
    /// Whether the test object is there; `None` if the bucket may not be listed.
    pub test_object: Option<bool>,
}

/// Looks at a log that was just switched on: its settings, and the object that AWS puts at once.
///
/// # Errors
/// When the load balancer cannot be asked.
pub async fn verify(look: &Look, log: &LogId) -> Result<Verified> {
    let account = look.askable.get(&log.arn).context("its account and region cannot be queried")?;
    let seen = look.observed.seen(log).context("it was not seen before")?;
    let attributes = account.elbv2.attributes(&log.arn).await?.context("the load balancer is gone")?;
    let Some(settings) = LogSettings::of(&attributes, log.kind).filter(|settings| settings.enabled) else {
        return Ok(Verified { kept: false, test_object: None });
    };
    let names = Names::of(seen, log.kind, &settings.prefix);
    let test_object = match Bucket::open(&settings.bucket, &anywhere(&account.identity)).await {
        Ok(bucket) => names.has_test_object(&bucket).await.ok(),
        Err(_) => None,
    };
    Ok(Verified { kept: true, test_object })
}

/// The same identity in whatever region the bucket is.
fn anywhere(identity: &Identity) -> Identity {
    Identity { region: None, ..identity.clone() }
}

/// What the objects of one log are called.
struct Names {
    /// `prefix/AWSLogs/ACCOUNT/`
    folder: String,
    /// `prefix/AWSLogs/ACCOUNT/elasticloadbalancing/REGION/`
    days: String,
    /// `conn_log_ACCOUNT_elasticloadbalancing_REGION_app.NAME.ID_`
    stem: String,
    test_object: &'static str,
}

impl Names {
    fn of(seen: &Seen, kind: LogKind, prefix: &str) -> Self {
        let (account, region) = (seen.load_balancer.account(), seen.load_balancer.region());
        Self {
            folder: key::account_folder(prefix, account),
            days: key::region_folder(prefix, account, region),
            stem: key::name_start(kind, account, region, seen.load_balancer.elb()),
            test_object: kind.test_object(),
        }
    }

    /// What a day's objects begin with.
    fn of_day(&self, time: i64) -> String {
        format!("{}{}/{}", self.days, key::day_folder(time), self.stem)
    }

    async fn look_for(&self, bucket: &Bucket, now: i64) -> Result<Proof> {
        let since = now - MARGIN;
        let mut recent = None;
        // Shortly after midnight the last hour has two folders.
        for day in [now, since] {
            if day == since && since.div_euclid(DAY) == now.div_euclid(DAY) {
                continue;
            }
            let stem = self.of_day(day);
            let keys = bucket.keys_after(&stem, &format!("{stem}{}", IntervalEnd(since))).await?;
            recent = recent.max(keys.iter().filter_map(|key| LogKey::parse(key)).map(|key| key.interval_end).max());
        }
        let test_object = recent.is_some() || self.has_test_object(bucket).await?;
        Ok(Proof { recent, test_object, requests: None })
    }

    async fn has_test_object(&self, bucket: &Bucket) -> Result<bool> {
        let key = format!("{}{}", self.folder, self.test_object);
        // Listed and not asked for: who may list and not read learns it, too.
        Ok(bucket.keys_after(&key, &self.folder).await?.contains(&key))
    }
}
