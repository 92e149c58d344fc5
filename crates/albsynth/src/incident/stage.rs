//! Where an incident is set: draws who is hit and when, and names them as lines do.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{IncidentKind, Story};
use crate::SynthSpec;
use crate::course::Place;
use crate::dice::{Dice, Purpose, double, whole};
use crate::world::{Balancer, Host, Service};
use alblog::time::MINUTE;

/// What an incident is made from.
pub(super) struct Stage<'s> {
    pub(super) spec: &'s SynthSpec,
    pub(super) balancers: &'s [Balancer],
    pub(super) dice: Dice,
    kind: IncidentKind,
}

/// A service and what it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Scene<'s> {
    pub(super) balancer: &'s Balancer,
    /// Index within the load balancer.
    pub(super) host_number: usize,
    pub(super) host: &'s Host,
    pub(super) service: &'s Service,
}

impl Scene<'_> {
    pub(super) fn place(&self) -> Place {
        Place { balancer: self.balancer.number, service: self.service.number }
    }

    /// Whom an incident of its target group names.
    pub(super) fn naming_group(&self) -> [(&'static str, &str); 2] {
        [("load_balancer", &self.balancer.elb), ("target_group", &self.service.group)]
    }

    /// Whom an incident of a target of that group names.
    pub(super) fn naming_target<'t>(&'t self, target: &'t str) -> [(&'static str, &'t str); 3] {
        let [balancer, group] = self.naming_group();
        [balancer, group, ("target", target)]
    }

    /// Share of all requests, as far as the templates say.
    fn weight(&self) -> u32 {
        let share = |weight: u32, all: u32| f64::from(weight) / f64::from(all);
        let hosts = self.balancer.hosts.iter().map(|host| host.template.weight).sum();
        let services = self.host.services.iter().map(|service| service.template.weight).sum();
        let of_all = share(self.balancer.template.weight, 100)
            * share(self.host.template.weight, hosts)
            * share(self.service.template.weight, services);
        u32::try_from(whole(of_all * 10_000.0)).unwrap_or(u32::MAX)
    }
}

impl<'s> Stage<'s> {
    /// The stage of the `number`-th incident of a kind.
    pub(super) fn new(spec: &'s SynthSpec, balancers: &'s [Balancer], kind: IncidentKind, number: u64) -> Self {
        let name = kind.name().bytes().fold(number, |sum, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte)));
        Self { spec, balancers, dice: Dice::new(spec.seed, Purpose::Incident, name), kind }
    }

    fn scenes(&self) -> impl Iterator<Item = Scene<'s>> {
        self.balancers.iter().flat_map(|balancer| {
            balancer.hosts.iter().enumerate().flat_map(move |(host_number, host)| {
                host.services.iter().map(move |service| Scene { balancer, host_number, host, service })
            })
        })
    }

    /// A service of this sort, of those with 2 % of all requests if there is one; any service if there is none.
    pub(super) fn service(&mut self, is_fit: impl Fn(&Scene<'s>) -> bool) -> Scene<'s> {
        let mut fit: Vec<Scene> = self.scenes().filter(is_fit).collect();
        if fit.iter().any(|scene| scene.weight() >= 200) {
            fit.retain(|scene| scene.weight() >= 200);
        }
        if fit.is_empty() {
            fit.extend(self.scenes());
        }
        *self.dice.pick(&fit)
    }

    /// A share or factor between these.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        ((low + (high - low) * self.dice.unit()) * 100.0).round() / 100.0
    }

    /// A time of so many minutes that begins at a full minute in the middle of the logs; shorter in short logs.
    pub(super) fn when(&mut self, minutes: i64) -> Range<i64> {
        let from = self.begin(0.4, 0.55);
        let long = (minutes * MINUTE).min(self.spec.duration * 2 / 5);
        from..(from + long).min(self.end())
    }

    /// From the middle of the logs to their end.
    pub(super) fn until_the_end(&mut self) -> Range<i64> {
        self.begin(0.4, 0.55)..self.end()
    }

    /// A full minute between these shares of the logs.
    pub(super) fn begin(&mut self, low: f64, high: f64) -> i64 {
        let share = low + (high - low) * self.dice.unit();
        let offset = whole(double(self.spec.duration.unsigned_abs()) * share);
        let time = self.spec.start + i64::try_from(offset).unwrap_or(0);
        (time.div_euclid(MINUTE) * MINUTE).max(self.spec.start)
    }

    pub(super) fn end(&self) -> i64 {
        self.spec.start + self.spec.duration
    }

    /// An address nobody has in these logs: pods in 10.0.200.0/21.
    pub(super) fn new_pod(&mut self, number: usize, port: u16) -> String {
        format!("10.0.{}.{}:{port}", 200 + self.dice.below(8), 4 + (number * 7) % 250)
    }

    pub(super) fn story<const N: usize, const M: usize>(
        &self,
        when: Range<i64>,
        who: [(&'static str, &str); N],
        what: impl Into<String>,
        strength: [(&'static str, f64); M],
    ) -> Story {
        let who = who.into_iter().map(|(dimension, value)| (dimension, value.to_owned())).collect();
        Story { kind: self.kind, when, who, what: what.into(), strength: BTreeMap::from(strength) }
    }
}
