//! What looks at clusters told. Looks may come in any order, and twice: what is kept is the same.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use crate::fleet::inventory::Moment;
use crate::fleet::kubernetes::Endpoint;

/// A holder of an address and port, as a look tells of it. A pod whose version is changed while it runs is two.
///
/// Text is shared: of a hundred thousand pods hardly anything but the name is its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Empty if it is not known.
    pub cluster: Arc<str>,
    pub ip: IpAddr,
    pub port: u16,
    /// Since when, by its own word.
    pub from: Moment,
    pub namespace: Arc<str>,
    /// None of a node port.
    pub pod: Option<Arc<str>>,
    /// `Deployment/cart-api`, `Service/cart-api`.
    pub workload: Option<Arc<str>>,
    pub node: Option<Arc<str>>,
    /// Availability zone of the node.
    pub zone: Option<Arc<str>>,
    pub version: Option<Arc<str>>,
}

/// Until when a target is known to have been there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// The last moment at which it surely had the address; not before its `from`.
    pub(super) last: Moment,
    /// When it ended, or must have ended, by its own word.
    pub(super) ends: Option<Moment>,
}

/// Everything that looks told, of all clusters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetHistory {
    /// When each cluster was looked at.
    pub(super) looks: BTreeMap<Arc<str>, BTreeSet<Moment>>,
    pub(super) seen: BTreeMap<Target, Seen>,
}

impl Seen {
    /// What two looks tell together.
    fn and(self, other: Self) -> Self {
        let ends = self.ends.into_iter().chain(other.ends).min();
        Self { last: self.last.max(other.last), ends }
    }
}

impl TargetHistory {
    /// Takes over what a cluster had at a moment: all of it, for what is not there counts as gone.
    pub fn look(&mut self, cluster: &str, at: Moment, endpoints: &[Endpoint]) {
        let mut texts = Texts::default();
        let cluster = texts.shared(cluster);
        self.looks.entry(Arc::clone(&cluster)).or_default().insert(at);
        for endpoint in endpoints {
            let mut optional = |text: &Option<String>| text.as_deref().map(|text| texts.shared(text));
            let from = endpoint.from.map_or(at, Moment::new);
            let ends = endpoint.ends.map(Moment::new);
            let target = Target {
                cluster: Arc::clone(&cluster),
                ip: endpoint.ip,
                port: endpoint.port,
                from,
                pod: endpoint.pod.as_deref().map(Arc::from),
                workload: optional(&endpoint.workload),
                node: optional(&endpoint.node),
                zone: optional(&endpoint.zone),
                version: optional(&endpoint.version),
                namespace: texts.shared(&endpoint.namespace),
            };
            // Who should be gone by now, or is and does not say since when, surely had it at the begin only.
            let told = if endpoint.is_held { ends.unwrap_or(at) } else { ends.unwrap_or(from) };
            self.add(target, Seen { last: told.min(at).max(from), ends });
        }
    }

    pub(super) fn add(&mut self, target: Target, seen: Seen) {
        self.seen.entry(target).and_modify(|before| *before = before.and(seen)).or_insert(seen);
    }

    /// How many targets are kept.
    pub fn count(&self) -> usize {
        self.seen.len()
    }

    /// Forgets what was last seen before a moment.
    pub fn forget(&mut self, before: Moment) {
        self.seen.retain(|_, seen| seen.last >= before);
        for looks in self.looks.values_mut() {
            *looks = looks.split_off(&before);
        }
    }

    /// When a cluster was looked at last.
    pub fn last_look(&self) -> Option<Moment> {
        self.looks.values().filter_map(|looks| looks.last().copied()).max()
    }
}

/// Text that stands in many places, once in memory.
#[derive(Debug, Default)]
pub(super) struct Texts(BTreeSet<Arc<str>>);

impl Texts {
    pub(super) fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        self.0.insert(Arc::clone(&new));
        new
    }
}
