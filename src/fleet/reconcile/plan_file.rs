//! A plan as a file: what was shown, to be written later, and what it rested on.
//!
//! It is a request, not an order: [`check`] compares it with a plan made anew, and nothing is written that is not in both.

use std::collections::{BTreeMap, BTreeSet};

use alblog::time::{DAY, Iso};
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::moment;
use super::observed::Observed;
use super::state::{Decision, LogId};
use crate::base::message::Message;
use crate::fleet::aws::elbv2::{Change, LogSettings};
use crate::fleet::kubernetes::{Intent, cluster_of};

const VERSION: u32 = 1;
/// What was planned a day ago is planned again.
const EXPIRES: i64 = DAY;

/// What a plan file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFile {
    version: u32,
    /// When it was made; microseconds since the epoch.
    #[serde(with = "moment")]
    pub made_at: i64,
    /// What is to be written.
    pub writes: Vec<PlannedWrite>,
    /// What Kubernetes declared when it was made, by ARN of the load balancer; nothing is decided by it.
    pub intents: BTreeMap<String, Intent>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedWrite {
    pub load_balancer: String,
    /// As `alblog::LogKind` prints it.
    pub kind: String,
    pub before: LogSettings,
    /// What is to be written.
    pub change: Change,
    /// Whether it goes first and alone.
    pub canary: bool,
}

impl PlanFile {
    /// The writes of a plan.
    pub fn new(decisions: &[Decision], observed: &Observed, intents: &BTreeMap<String, Intent>, now: i64) -> Self {
        let writes = decisions.iter().filter_map(|decision| {
            Some(PlannedWrite {
                load_balancer: decision.log.arn.clone(),
                kind: decision.log.kind.to_string(),
                before: observed.settings(&decision.log)?.clone(),
                change: decision.write.clone()?,
                canary: decision.canary,
            })
        });
        Self { version: VERSION, made_at: now, writes: writes.collect(), intents: intents.clone() }
    }

    pub fn to_json(&self) -> String {
        // Strings and lists with text keys always have a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads it back.
    ///
    /// # Errors
    /// When it is no plan, or one of another version, or too old.
    pub fn parse(text: &str, now: i64) -> Result<Self> {
        let plan: Self = serde_json::from_str(text).map_err(|error| {
            Message::new(format_args!("not a plan: {error}")).hint("albstats reconcile plan -o plan.json")
        })?;
        if plan.version != VERSION {
            bail!("the plan is of version {}, this program knows version {VERSION}", plan.version);
        }
        if plan.made_at < now - EXPIRES || plan.made_at > now + EXPIRES {
            bail!(Message::new(format_args!("the plan was made at {}", Iso(plan.made_at))).hint("make it again"));
        }
        Ok(plan)
    }

    /// Clusters whose load balancers it is to write to, by the tags that they have now, and one without a name if only the plan
    /// knows that a load balancer is a cluster's. What they declare is to be read anew: the plan's own word on it is a record.
    pub fn clusters(&self, observed: &Observed) -> BTreeSet<String> {
        let mut clusters = BTreeSet::new();
        for write in &self.writes {
            let seen = observed.load_balancers.iter().find(|seen| seen.load_balancer.arn == write.load_balancer);
            match seen.and_then(|seen| cluster_of(&seen.load_balancer.tags)) {
                Some(cluster) => drop(clusters.insert(cluster.to_owned())),
                None if self.intents.get(&write.load_balancer).is_some_and(|it| *it != Intent::NotKubernetes) => {
                    clusters.insert(String::new());
                }
                None => {}
            }
        }
        clusters
    }

    /// The decisions of a plan made anew that this one asked for.
    ///
    /// # Errors
    /// When some of its writes would not be decided now, or not so: the world moved. Names them.
    pub fn check<'a>(&self, decisions: &'a [Decision], observed: &Observed) -> Result<Vec<&'a Decision>> {
        let now: BTreeMap<&LogId, &Decision> = decisions.iter().map(|decision| (&decision.log, decision)).collect();
        let (mut wanted, mut moved) = (Vec::new(), Vec::new());
        for write in &self.writes {
            let log = LogId { arn: write.load_balancer.clone(), kind: write.kind.parse()? };
            let decision = now.get(&log).filter(|it| it.write.as_ref() == Some(&write.change));
            match decision {
                Some(decision) if observed.settings(&log) == Some(&write.before) => wanted.push(*decision),
                _ => {
                    let why = match (observed.settings(&log), now.get(&log)) {
                        (Some(before), _) if *before != write.before => "was changed since".to_owned(),
                        (_, Some(decision)) => {
                            format!("would not be written now: {}", decision.state.text())
                        }
                        (_, None) => "was not seen: it is gone, not selected, or could not be looked at".to_owned(),
                    };
                    moved.push(format!("{} {}: {why}", write.load_balancer, write.kind));
                }
            }
        }
        if !moved.is_empty() {
            let told = Message::new("the world moved since the plan was made; nothing was written");
            bail!(moved.into_iter().fold(told, Message::line).hint("make it again"));
        }
        Ok(wanted)
    }
}
