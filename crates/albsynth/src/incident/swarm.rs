//! Requests that come besides the usual ones: so many a second to every node of a load balancer.

use std::ops::Range;

use super::stage::Scene;
use crate::clients::Client;
use crate::connection::Connection;
use crate::course::Guest;
use crate::dice::{Dice, Purpose, double, index_of, mix, whole};
use crate::object::{ObjectPlan, stream};
use crate::{Synth, world::Service};
use alblog::time::SECOND;

/// Requests on one connection before the next is opened.
const KEPT_ALIVE: u64 = 50;

/// Guests of one host and service.
pub(crate) struct Swarm {
    balancer: usize,
    host: usize,
    /// Index within the host.
    service: usize,
    pub(super) when: Range<i64>,
    /// Requests a second to every node.
    pub(super) rate: f64,
    pub(super) clients: Vec<Client>,
    pub(super) paths: &'static [(&'static str, &'static str)],
    pub(super) status: Option<u16>,
}

/// One request of a swarm.
pub(crate) struct Visit {
    pub(crate) time: i64,
    pub(crate) connection: Connection,
}

impl Swarm {
    /// A swarm upon a service; who it is made of is to be filled in.
    pub(super) fn upon(scene: &Scene, when: Range<i64>, rate: f64) -> Self {
        let is_it = |service: &Service| service.number == scene.service.number;
        Self {
            balancer: usize::try_from(scene.balancer.number).unwrap_or(0),
            host: scene.host_number,
            service: scene.host.services.iter().position(is_it).unwrap_or(0),
            when,
            rate,
            clients: Vec::new(),
            paths: scene.service.template.paths,
            status: None,
        }
    }

    /// Its requests that an object tells of, in order of time.
    pub(crate) fn visits(&self, synth: &Synth, plan: &ObjectPlan) -> Vec<Visit> {
        let (from, to) = (self.when.start.max(plan.interval.from + 1), self.when.end.min(plan.interval.to));
        if plan.balancer != self.balancer || from >= to || self.clients.is_empty() {
            return Vec::new();
        }
        let node = &synth.balancers[plan.balancer].nodes[plan.node];
        let number = stream(node, plan.interval.number) ^ mix(self.when.start.unsigned_abs());
        let mut dice = Dice::new(synth.spec.seed, Purpose::Incident, number);
        let long = double((to - from).unsigned_abs());
        let count = whole(long / double(SECOND.unsigned_abs()) * self.rate);
        let mut open = Vec::<Connection>::new();
        let visits = (0..count).map(|position| {
            let share = (double(position) + dice.unit()) / double(count);
            let time = (from + i64::try_from(whole(long * share)).unwrap_or(0)).min(to - 1);
            // Several clients take turns, each on a connection of its own.
            let turn = index_of(position, self.clients.len());
            if position % KEPT_ALIVE < self.clients.len() as u64 || open.len() <= turn {
                // Long enough before for the slowest answer.
                let opened = time - 8 * SECOND - i64::from(dice.below(400_000));
                let connection = Connection::of_guest(&mut dice, self.host, self.clients[turn], opened);
                if open.len() <= turn { open.push(connection) } else { open[turn] = connection }
            }
            Visit { time, connection: open[turn] }
        });
        let visits: Vec<Visit> = visits.collect();
        visits
            .into_iter()
            .enumerate()
            .filter(|(at, _)| *at as u64 % plan.parts == plan.part)
            .map(|(_, one)| one)
            .collect()
    }

    /// What a visit asks for.
    pub(crate) fn guest<'s>(&self, synth: &'s Synth, visit: &Visit) -> Guest<'s> {
        let service = &synth.balancers[self.balancer].hosts[self.host].services[self.service];
        Guest { connection: visit.connection, service, host: self.host, paths: self.paths, status: self.status }
    }
}
