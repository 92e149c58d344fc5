//! Incidents with a known truth: what goes wrong on purpose, from when to when, and whom a report should name for it.
//!
//! An incident changes made-up traffic at a few points and leaves the rest as it is: the way of a request to its target
//! ([`Incident::steer`]), its finished row ([`Incident::amend`]), a connection, a health check, whether an object is
//! delivered at all; or it brings guests of its own. One file a family. Without an incident no chance is drawn here,
//! so that logs are the same bytes as before there were any.

mod checks;
mod clients;
mod delivery;
mod kind;
mod nodes;
mod pods;
mod routes;
mod rules;
mod services;
mod stage;
mod swarm;
#[cfg(test)]
mod tests;
mod tls;
mod truth;

use super::SynthSpec;
use super::connection::Connection;
use super::course::{Course, Place};
use super::dice::Dice;
use super::object::ObjectPlan;
use super::request::Row;
use super::world::{Balancer, Service};

pub use kind::IncidentKind;
pub(super) use swarm::{Swarm, Visit};
pub use truth::{Effect, Truth};
pub(super) use truth::{Story, troubles};

/// What becomes of something an incident has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it was.
    Kept,
    Changed,
    /// It never happened.
    Dropped,
    /// It happened so many times in all, this many microseconds apart.
    Repeated(u32, i64),
}

/// What a health check meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    Usual,
    /// The check gets no answer in time.
    Silent,
    /// The connection is reset.
    Reset,
    /// Nothing is registered that could be checked.
    Gone,
}

/// Something that goes wrong. All times are microseconds since the epoch.
pub(super) trait Incident: Send + Sync {
    /// Changes the way of a request; whether it did.
    fn steer<'s>(&'s self, _dice: &mut Dice, _course: &mut Course<'s>) -> bool {
        false
    }

    /// Address of a target at this time, if it is not its usual one.
    fn target(&self, _place: Place, _target: usize, _time: i64) -> Option<&str> {
        None
    }

    /// Changes a finished row.
    fn amend<'s>(&'s self, _dice: &mut Dice, _row: &mut Row<'s>) -> Fate {
        Fate::Kept
    }

    /// Changes a line of a connection log.
    fn connection(&self, _balancer: &Balancer, _connection: &mut Connection) -> Fate {
        Fate::Kept
    }

    /// What a check of this target meets at this time.
    fn check(&self, _place: Place, _service: &Service, _target: usize, _time: i64) -> Health {
        Health::Usual
    }

    /// Whether an object is never delivered.
    fn withholds(&self, _plan: &ObjectPlan) -> bool {
        false
    }

    /// Requests that come besides the usual ones.
    fn swarm(&self) -> Option<&Swarm> {
        None
    }
}

/// All incidents of a specification.
#[derive(Default)]
pub(super) struct Incidents {
    all: Vec<(Box<dyn Incident>, Story)>,
}

impl Incidents {
    /// Chooses who is hit, when and how hard. An incident that is named twice happens twice, to others.
    pub(super) fn of(spec: &SynthSpec, balancers: &[Balancer]) -> Self {
        let staged = spec.incidents.iter().enumerate().map(|(number, &kind)| {
            let before = spec.incidents[..number].iter().filter(|&&other| other == kind).count();
            kind.stage(&mut stage::Stage::new(spec, balancers, kind, before as u64))
        });
        Self { all: staged.collect() }
    }

    pub(super) fn stories(&self) -> impl Iterator<Item = &Story> {
        self.all.iter().map(|(_, story)| story)
    }

    pub(super) fn swarms(&self) -> impl Iterator<Item = (usize, &Swarm)> {
        self.all.iter().enumerate().filter_map(|(number, (incident, _))| Some((number, incident.swarm()?)))
    }

    pub(super) fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) {
        for (number, (incident, _)) in self.all.iter().enumerate() {
            if incident.steer(dice, course) {
                course.changed |= bit(number);
            }
        }
    }

    pub(super) fn target(&self, place: Place, target: usize, time: i64) -> Option<&str> {
        self.all.iter().find_map(|(incident, _)| incident.target(place, target, time))
    }

    /// Lets every incident look at a row; the last word counts. Notes in `effects` what was dropped.
    pub(super) fn amend<'s>(&'s self, dice: &mut Dice, row: &mut Row<'s>, effects: &mut [Effect]) -> Fate {
        let mut fate = Fate::Kept;
        for (number, (incident, _)) in self.all.iter().enumerate() {
            match incident.amend(dice, row) {
                Fate::Kept => {}
                Fate::Dropped => {
                    effects[number].requests_dropped += 1;
                    return Fate::Dropped;
                }
                other => {
                    fate = other;
                    row.changed |= bit(number);
                }
            }
        }
        fate
    }

    /// What the first incident that minds makes of a connection, and its number.
    pub(super) fn connection(&self, balancer: &Balancer, connection: &mut Connection) -> Option<(usize, Fate)> {
        let fates = self.all.iter().map(|(incident, _)| incident.connection(balancer, connection));
        fates.enumerate().find(|(_, fate)| *fate != Fate::Kept)
    }

    pub(super) fn check(
        &self,
        place: Place,
        service: &Service,
        target: usize,
        time: i64,
        effects: &mut [Effect],
    ) -> Health {
        for ((incident, _), effect) in self.all.iter().zip(effects) {
            let health = incident.check(place, service, target, time);
            match health {
                Health::Usual => continue,
                Health::Gone => effect.checks_dropped += 1,
                Health::Silent | Health::Reset => effect.checks_failed += 1,
            }
            return health;
        }
        Health::Usual
    }

    /// The first incident that keeps an object from being delivered.
    pub(super) fn withholds(&self, plan: &ObjectPlan) -> Option<usize> {
        self.all.iter().position(|(incident, _)| incident.withholds(plan))
    }

    /// A row has been written: counts it for every incident that changed it.
    pub(super) fn count(row: &Row, effects: &mut [Effect]) {
        for (number, effect) in effects.iter_mut().enumerate() {
            if row.changed & bit(number) != 0 {
                effect.requests += 1;
                *effect.statuses.entry(row.trail.elb_status).or_default() += 1;
            }
        }
    }
}

/// The mark of an incident on a row. From the 32nd on they share one; nobody needs so many.
pub(super) fn bit(number: usize) -> u32 {
    1 << number.min(31)
}
