//! Whose an address was when a log names it.

use std::collections::HashMap;
use std::net::IpAddr;

use super::history::{Target, TargetHistory};
use super::places::Places;
use super::spans::spans;
use crate::fleet::inventory::Moment;
use crate::fleet::inventory::model::Inventory;

/// Whose each address was, for all that looks told. Made once, asked for every row.
#[derive(Debug, Clone, Default)]
pub struct Holders {
    /// By cluster, address, port and time.
    pub(super) held: Vec<Held>,
    /// Positions in `held`, of all clusters.
    by_address: HashMap<(IpAddr, u16), Vec<u32>>,
    places: Places,
    last_look: Option<i64>,
    /// How many clusters with a name were looked at.
    clusters: usize,
}

/// A target, and when it had its address; microseconds since the epoch.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) target: Target,
    pub(super) from: i64,
    pub(super) last_seen: i64,
    /// None as far as is known.
    pub(super) until: Option<i64>,
}

/// Who had an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder<'h> {
    pub target: &'h Target,
    /// Whether it was not seen to have it then: nobody else is known to have had it.
    pub is_presumed: bool,
}

impl Holders {
    /// What follows from looks; target groups of the inventory tell clusters apart.
    pub fn new(history: &TargetHistory, inventory: &Inventory) -> Self {
        Self::within(history, Places::of(inventory))
    }

    pub(super) fn within(history: &TargetHistory, places: Places) -> Self {
        let last_look = history.last_look().map(Moment::micros);
        let clusters = history.looks.keys().filter(|cluster| !cluster.is_empty()).count();
        let mut holders = Self { places, last_look, clusters, ..Self::default() };
        for (span, position) in spans(history).into_iter().zip(0..) {
            let address = (span.target.ip.to_canonical(), span.target.port);
            holders.by_address.entry(address).or_default().push(position);
            holders.held.push(Held {
                target: span.target.clone(),
                from: span.from.micros(),
                last_seen: span.last_seen.micros(),
                until: span.until.map(Moment::micros),
            });
        }
        holders
    }

    /// Whether nothing is known of any address.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// When a cluster was looked at last, microseconds since the epoch.
    pub fn last_look(&self) -> Option<i64> {
        self.last_look
    }

    /// Whether a pod, `namespace/name`, is known to have had an address until this time by nobody's look, in microseconds since
    /// the epoch.
    pub fn presumes(&self, pod: &str, time: i64) -> bool {
        let is_it = |held: &&Held| {
            let named = held.target.pod.as_deref().zip(pod.split_once('/'));
            named.is_some_and(|(name, (namespace, pod))| name == pod && &*held.target.namespace == namespace)
        };
        let mut held = self.held.iter().filter(is_it).filter(|held| held.from <= time).peekable();
        held.peek().is_some() && held.all(|held| time >= held.last_seen)
    }

    /// The only one that can have had an address at a time, in microseconds since the epoch; none if nobody is known, or if
    /// several clusters have it and the target group, by ARN or name, does not tell which.
    pub fn at(&self, target_group: Option<&str>, ip: IpAddr, port: u16, time: i64) -> Option<Holder<'_>> {
        let positions = self.by_address.get(&(ip.to_canonical(), port))?;
        let place = target_group.map(|group| self.places.get(group));
        // Of several clusters, the one that has the address need not be the one that the logs are of.
        if self.clusters > 1 && place.as_ref().is_some_and(|place| !place.is_known()) {
            return None;
        }
        let of_address = positions.iter().filter_map(|position| self.held.get(*position as usize));
        let mut held = of_address.filter(|held| {
            let is_then = held.from <= time && held.until.is_none_or(|until| time < until);
            is_then && place.as_ref().is_none_or(|place| place.has(&held.target))
        });
        let found = held.next()?;
        held.next().is_none().then_some(Holder { target: &found.target, is_presumed: time >= found.last_seen })
    }
}
