//! `--verify`: whether objects that are not there are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use alblog::LogKind;
use alblog::time::{DAY, HOUR, MINUTE};
use anyhow::{Result, bail};
use tokio::runtime::Runtime;

use crate::base::aws::Identity;
use crate::base::clock::now;
use crate::base::message::Message;
use crate::base::place::Place;
use crate::cli::common::warn;
use crate::lake::objects::verify::{Asked, State, Verdict, has_gaps, verify};
use crate::lake::objects::{Owner, Summary, observe};
use crate::read::storage::{LogObject, is_elb};

/// Windows longer than this, and times older than CloudWatch keeps for five minutes, are asked about by the hour.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html>
const LONG: i64 = 15 * DAY;
const OLD: i64 = 62 * DAY;

/// What was listed.
pub(super) struct Verification<'a> {
    pub(super) places: &'a [Place],
    pub(super) elbs: &'a [String],
    pub(super) objects: &'a [LogObject],
}

impl Verification<'_> {
    /// Adds to the counts what AWS says about gaps; how many things could not be asked.
    pub(super) fn verify(&self, runtime: &Runtime, span: Option<Range<i64>>, counted: &mut Summary) -> Result<usize> {
        let Some(span) = span else { bail!(Message::new("--verify needs a time to ask about").hint("--since 24h")) };
        let now = now();
        let is_coarse = span.end - span.start > LONG || span.start < now - OLD;
        let period = if is_coarse { HOUR } else { 5 * MINUTE };
        let places = self.places.iter().filter_map(|place| place.in_s3());
        let places = places.map(|(bucket, prefix)| (bucket.to_owned(), prefix.to_owned())).collect();
        let asked = Asked { span, now, period, places };

        let ends = self.access_ends();
        let nothing = BTreeSet::new();
        let ends_of = |owner: &Owner| ends.get(owner).unwrap_or(&nothing);
        let is_selected = |owner: &Owner| {
            let elb = format!("app/{}/{}", owner.name, owner.id);
            self.elbs.is_empty() || self.elbs.iter().any(|named| is_elb(named, &owner.name, &elb))
        };
        let wants = |owner: &Owner| is_selected(owner) && has_gaps(ends_of(owner), &asked);
        let regions = ends.keys().map(|owner| owner.region.clone()).collect();
        let identities: BTreeSet<Identity> = self.places.iter().map(|place| place.identity.clone()).collect();
        let observed = runtime.block_on(observe(&identities, &regions, &asked, wants));
        warn(&observed.problems);
        let owners: BTreeSet<&Owner> = ends.keys().chain(observed.found.keys()).filter(|it| is_selected(it)).collect();
        let verdict = |owner: &Owner| -> Verdict {
            verify(&observed.of(owner), ends_of(owner), (&owner.account, &owner.region), &asked)
        };
        let verdicts: BTreeMap<Owner, Verdict> =
            owners.into_iter().map(|owner| (owner.clone(), verdict(owner))).collect();
        counted.add(verdicts);
        Ok(observed.problems.len() + counted.in_state(State::Unknown))
    }

    /// When the intervals of access logs end, of every load balancer with objects of any kind.
    fn access_ends(&self) -> BTreeMap<Owner, BTreeSet<i64>> {
        let mut ends: BTreeMap<Owner, BTreeSet<i64>> = BTreeMap::new();
        for object in self.objects {
            let Some(key) = &object.key else { continue };
            let of_owner = ends.entry(Owner::of(key)).or_default();
            if object.kind == Some(LogKind::Access) {
                of_owner.insert(key.interval_end);
            }
        }
        ends
    }
}
