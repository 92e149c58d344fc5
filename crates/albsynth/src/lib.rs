//! A generator of realistic logs: the same specification gives the same bytes on every run, in whatever order or on
//! however many threads objects are rendered.
//!
//! Responsible for text and names of objects; [`files`] writes them to disk. Everything is invented: hosts are below
//! `example.com`, addresses are from ranges that belong to nobody.
//!
//! What is in it: several load balancers as a Kubernetes cluster has them, all three kinds of log, connections that
//! join, skewed clients and paths, every status a load balancer makes up by itself, now and then an odd line, and in
//! every hour of each load balancer one service in trouble.
//!
//! ```
//! use albsynth::{Synth, SynthSpec};
//!
//! let spec = SynthSpec { requests_per_second: 2.0, ..SynthSpec::default() };
//! let synth = Synth::new(spec)?;
//! let lines: usize = synth
//!     .objects()
//!     .filter(|object| object.key.kind == alblog::LogKind::Access)
//!     .map(|object| object.text.iter().filter(|&&byte| byte == b'\n').count())
//!     .sum();
//! assert_eq!(lines, 2 * 3600);
//! assert_eq!(synth.requests(), 2 * 3600);
//! # Ok::<(), albsynth::InvalidSpec>(())
//! ```

mod access;
mod catalogue;
mod clients;
mod connection;
mod course;
mod dice;
pub mod files;
mod health;
mod incident;
mod object;
mod odd;
mod outcome;
mod paths;
mod phrases;
mod plan;
mod request;
#[cfg(test)]
mod tests;
mod text;
mod widths;
mod world;

pub use incident::{Effect, IncidentKind, Truth};
pub use object::ObjectPlan;

use alblog::time::{HOUR, MINUTE, SECOND};
use alblog::{Column, LogKey, LogKind};

/// What to generate.
#[derive(Debug, Clone, PartialEq)]
pub struct SynthSpec {
    /// Chooses everything that is left to chance.
    pub seed: u64,
    /// Begin of the logs, microseconds since the epoch.
    pub start: i64,
    /// Length of the logs, microseconds.
    pub duration: i64,
    /// Requests per second, on average and over all load balancers.
    pub requests_per_second: f64,
    /// Number of load balancers.
    pub load_balancers: usize,
    /// Number of nodes of each load balancer; each writes its own objects.
    pub nodes_per_load_balancer: usize,
    /// AWS account number, twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// Share of the objects whose lines have the fields of an earlier year, 0 to 1.
    pub old_widths: f64,
    /// Share of the access lines with something odd in them, 0 to 1. Odd lines are rows all the same.
    pub odd_share: f64,
    /// Share of the failures of every day that there are, 0 to 1; below 1 no service is in trouble either.
    pub noise: f64,
    /// What goes wrong on purpose.
    pub incidents: Vec<IncidentKind>,
}

impl Default for SynthSpec {
    /// One hour from 2026-11-20T10:00:00Z, 50 requests per second on three load balancers of two nodes.
    fn default() -> Self {
        Self {
            seed: 1,
            start: 1_795_168_800 * SECOND,
            duration: HOUR,
            requests_per_second: 50.0,
            load_balancers: 3,
            nodes_per_load_balancer: 2,
            account: "123456789012".to_owned(),
            region: "eu-west-1".to_owned(),
            old_widths: 0.0,
            odd_share: 0.002,
            noise: 1.0,
            incidents: Vec::new(),
        }
    }
}

impl SynthSpec {
    fn check(&self) -> Result<(), InvalidSpec> {
        let share = |name, share: f64| {
            if (0.0..=1.0).contains(&share) { Ok(()) } else { Err(InvalidSpec::Share { name, share }) }
        };
        if !(self.requests_per_second >= 0.0 && self.requests_per_second <= 10_000_000.0) {
            return Err(InvalidSpec::Rate(self.requests_per_second));
        }
        let reach = self.start.checked_add(self.duration);
        if self.duration <= 0 || self.start < 0 || reach.is_none_or(|end| end > LAST_YEAR) {
            return Err(InvalidSpec::Window);
        }
        if self.load_balancers == 0 || self.nodes_per_load_balancer == 0 {
            return Err(InvalidSpec::NoNodes);
        }
        if self.account.len() != 12 || !self.account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidSpec::Account(self.account.clone()));
        }
        let of_region = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.region.is_empty() || !self.region.bytes().all(of_region) {
            return Err(InvalidSpec::Region(self.region.clone()));
        }
        share("old widths", self.old_widths)?;
        share("odd share", self.odd_share)?;
        share("noise", self.noise)
    }
}

/// 9999-01-01: later years have more digits than these logs have room for.
const LAST_YEAR: i64 = 253_370_764_800 * SECOND;

/// Length of the interval an object covers.
const INTERVAL: i64 = 5 * MINUTE;

/// A specification nothing can be generated from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidSpec {
    /// Not a rate.
    #[error("requests per second must be between 0 and 10 million, not {0}")]
    Rate(f64),
    /// No time to generate for.
    #[error("the logs must begin after 1970, end before 9999 and be longer than nothing")]
    Window,
    /// Nobody to write logs.
    #[error("there must be at least one load balancer with at least one node")]
    NoNodes,
    /// Not an account number.
    #[error("an account number has twelve digits: {0}")]
    Account(String),
    /// Not a region.
    #[error("not the name of a region: {0}")]
    Region(String),
    /// Not a share.
    #[error("{name} must be between 0 and 1, not {share}")]
    Share {
        /// Which share.
        name: &'static str,
        /// The value given.
        share: f64,
    },
}

/// A generated object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynthObject {
    /// Its name; [`LogKey::folder`] says where it belongs.
    pub key: LogKey,
    /// Its lines, not compressed.
    pub text: Vec<u8>,
}

/// The generator.
pub struct Synth {
    spec: SynthSpec,
    balancers: Vec<world::Balancer>,
    counts: plan::Counts,
    incidents: incident::Incidents,
    columns: fn(LogKind) -> &'static [Column],
}

impl Synth {
    /// Prepares the load balancers and spreads the requests over their objects.
    pub fn new(spec: SynthSpec) -> Result<Self, InvalidSpec> {
        spec.check()?;
        let balancers = world::balancers(&spec);
        let counts = plan::Counts::spread(&spec, &balancers);
        let incidents = incident::Incidents::of(&spec, &balancers);
        Ok(Self { spec, balancers, counts, incidents, columns: LogKind::columns })
    }

    /// Lines have the fields of these columns: for the test that adds a field AWS has not added yet.
    #[doc(hidden)]
    #[must_use]
    pub fn with_columns(self, columns: fn(LogKind) -> &'static [Column]) -> Self {
        Self { columns, ..self }
    }

    /// The exact number of access lines in all objects, before incidents: rate times duration, rounded.
    pub fn requests(&self) -> u64 {
        self.counts.total()
    }

    /// The objects in the order AWS would deliver them. Cheap: nothing is rendered.
    pub fn plan(&self) -> Vec<ObjectPlan> {
        let mut plans = plan::objects(self);
        plans.retain(|plan| self.incidents.withholds(plan).is_none());
        plans
    }

    /// Appends the lines of an object of this generator's plan to `out`. Returns what each incident did to it.
    pub fn render(&self, plan: &ObjectPlan, out: &mut Vec<u8>) -> Vec<Effect> {
        let mut effects = self.no_effects();
        match plan.key.kind {
            LogKind::Access => access::render(self, plan, out, &mut effects),
            LogKind::Connection => connection::render(self, plan, out, &mut effects),
            LogKind::HealthCheck => health::render(self, plan, out, &mut effects),
        }
        effects
    }

    /// What is true of these logs: incidents in the order they were asked for, given what rendering all objects
    /// returned, and then the services that are in trouble every hour.
    pub fn truth(&self, rendered: impl IntoIterator<Item = Vec<Effect>>) -> Vec<Truth> {
        let mut effects = self.no_effects();
        for object in rendered {
            effects.iter_mut().zip(&object).for_each(|(sum, effect)| sum.add(effect));
        }
        for plan in plan::objects(self) {
            if let Some(number) = self.incidents.withholds(&plan) {
                effects[number].objects_withheld += 1;
            }
        }
        let mut truths: Vec<Truth> =
            self.incidents.stories().zip(effects).map(|(story, effect)| story.truth(effect)).collect();
        if self.spec.noise >= 1.0 {
            truths.extend(incident::troubles(&self.spec, &self.balancers));
        }
        truths
    }

    fn no_effects(&self) -> Vec<Effect> {
        vec![Effect::default(); self.incidents.stories().count()]
    }

    /// Whether a service is in trouble as one is in every hour.
    fn in_trouble(&self, balancer: &world::Balancer, service: &world::Service, time: i64) -> bool {
        self.spec.noise >= 1.0 && balancer.in_trouble(service, self.spec.seed, time)
    }

    /// Address of a target at this time.
    fn target<'s>(&'s self, place: course::Place, service: &'s world::Service, target: usize, time: i64) -> &'s str {
        self.incidents.target(place, target, time).unwrap_or(&service.targets[target])
    }

    /// All objects, one at a time.
    pub fn objects(&self) -> impl Iterator<Item = SynthObject> {
        self.plan().into_iter().map(|plan| {
            let mut text = Vec::new();
            self.render(&plan, &mut text);
            SynthObject { key: plan.key, text }
        })
    }
}
