//! Whole target groups, or a zone of all of them.

use std::net::Ipv4Addr;
use std::ops::Range;

use super::pods::Deploy;
use super::stage::{Scene, Stage};
use super::{Health, Incident, Story};
use crate::catalogue::Protocol;
use crate::course::{Course, Place};
use crate::dice::{Dice, double};
use crate::outcome::Outcome;
use crate::world::Service;
use alblog::time::{MINUTE, SECOND};

fn has_pods(scene: &Scene) -> bool {
    scene.service.template.protocol == Protocol::Http && scene.service.template.pods >= 3
}

/// Targets of one zone, whatever their group.
struct Zone {
    balancer: u64,
    /// By number of the service, from 1: the address of each target, and whether it is in the zone.
    targets: Vec<Vec<(String, bool)>>,
    when: Range<i64>,
    share: f64,
}

impl Zone {
    fn pod(&self, place: Place, target: usize) -> Option<&(String, bool)> {
        let service = usize::try_from(place.service).unwrap_or(0).checked_sub(1)?;
        if place.balancer == self.balancer { self.targets.get(service)?.get(target) } else { None }
    }

    fn is_hit(&self, place: Place, target: usize, time: i64) -> bool {
        self.when.contains(&time) && self.pod(place, target).is_some_and(|(_, is_inside)| *is_inside)
    }
}

impl Incident for Zone {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        if !course.is_answered() || !self.is_hit(course.place(), course.target, course.time) {
            return false;
        }
        if dice.chance(self.share) {
            course.end(dice, Outcome::ConnectTimeout);
            true
        } else {
            course.slow_down(3.0)
        }
    }

    fn target(&self, place: Place, target: usize, _time: i64) -> Option<&str> {
        self.pod(place, target).map(|(name, _)| name.as_str())
    }

    fn check(&self, place: Place, _service: &Service, target: usize, time: i64) -> Health {
        // Now and then one gets through, so that no target is taken out for good.
        let is_silent = self.is_hit(place, target, time) && time.div_euclid(SECOND) % 3 != 0;
        if is_silent { Health::Silent } else { Health::Usual }
    }
}

/// Zones of a /24 each, between which the pods of every group are spread evenly, throughout the logs.
pub(super) fn zone(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let third = stage.dice.below(3);
    let subnet = |zone: u32| 12 + 8 * zone;
    let mut pods = 0;
    let place = |name: &str, number: usize| {
        let zone = u32::try_from(number).unwrap_or(0) % 3;
        let port = name.rsplit_once(':').map_or("", |(_, port)| port);
        pods += 1;
        (format!("10.0.{}.{}:{port}", subnet(zone), 4 + pods % 250), zone == third)
    };
    staged_zone(stage, &format!("10.0.{}.0/24", subnet(third)), place)
}

/// Zones of a /18 each, as pods are numbered anyway: no two of a group in the same /24.
pub(super) fn wide_zone(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let third = u8::try_from(stage.dice.below(3)).unwrap_or(0);
    let place = |name: &str, _| {
        let ip = name.rsplit_once(':').and_then(|(ip, _)| ip.parse::<Ipv4Addr>().ok());
        (name.to_owned(), ip.is_some_and(|ip| ip.octets()[2] / 64 == third))
    };
    staged_zone(stage, &format!("10.0.{}.0/18", u32::from(third) * 64), place)
}

fn staged_zone(
    stage: &mut Stage,
    network: &str,
    mut place: impl FnMut(&str, usize) -> (String, bool),
) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| scene.balancer.template.weight >= 30 && has_pods(scene));
    let when = stage.when(12);
    let share = stage.between(0.3, 0.5);
    let services = scene.balancer.hosts.iter().flat_map(|host| &host.services);
    let targets = services.map(|service| match service.template.protocol {
        Protocol::Lambda => Vec::new(),
        _ => service.targets.iter().enumerate().map(|(number, name)| place(name, number)).collect(),
    });
    let zone = Zone { balancer: scene.balancer.number, targets: targets.collect(), when: when.clone(), share };
    let story = stage.story(
        when,
        [("load_balancer", scene.balancer.elb.as_str()), ("target_network", network)],
        "targets of one availability zone do not accept connections (504) or are slow, whatever their target group",
        [("share", share), ("factor", 3.0)],
    );
    (Box::new(zone), story)
}

/// All targets of a group close idle connections before the load balancer does.
struct KeepAlive {
    place: Place,
    when: Range<i64>,
    share: f64,
    deploy: Deploy,
}

impl Incident for KeepAlive {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        course.place() == self.place
            && self.when.contains(&course.time)
            && course.end_some(dice, self.share, Outcome::ResetAtOnce)
    }

    fn target(&self, place: Place, target: usize, time: i64) -> Option<&str> {
        self.deploy.target(place, target, time)
    }
}

pub(super) fn keep_alive_mismatch(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(has_pods);
    let when = stage.until_the_end();
    let deploy = Deploy::of(stage, &scene, when.start);
    let share = stage.between(0.02, 0.04);
    let what = "since a deploy all targets reset connections that the load balancer uses again: steady 502";
    let story = stage.story(when.clone(), scene.naming_group(), what, [("share", share)]);
    (Box::new(KeepAlive { place: scene.place(), when, share, deploy }), story)
}

/// All targets of a group wait for something that does not answer.
struct SlowDatabase {
    place: Place,
    when: Range<i64>,
    share: f64,
    factor: f64,
}

impl Incident for SlowDatabase {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        if course.place() != self.place || !course.is_answered() {
            return false;
        }
        // Whoever waits in vain is told so a minute later.
        if self.when.contains(&(course.time - MINUTE)) && dice.chance(self.share) {
            course.end(dice, Outcome::AnswerTimeout);
            return true;
        }
        self.when.contains(&course.time) && course.slow_down(self.factor)
    }
}

pub(super) fn slow_database(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| has_pods(scene) && scene.service.template.median_ms > 5.0);
    let when = stage.when(20);
    let (share, factor) = (stage.between(0.1, 0.25), stage.between(4.0, 8.0));
    let what = "all targets are slow, and many requests get no answer within the idle timeout of 60 s (504)";
    let story = stage.story(when.clone(), scene.naming_group(), what, [("share", share), ("factor", factor)]);
    (Box::new(SlowDatabase { place: scene.place(), when, share, factor }), story)
}

/// A group that fails for a minute, again and again.
struct Relapsing {
    place: Place,
    when: Range<i64>,
    share: f64,
    /// From one time to the next.
    every: i64,
}

impl Incident for Relapsing {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        course.place() == self.place
            && self.when.contains(&course.time)
            && (course.time - self.when.start) % self.every < MINUTE
            && course.end_some(dice, self.share, Outcome::TargetError)
    }
}

pub(super) fn relapsing(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(has_pods);
    let when = stage.begin(0.05, 0.15)..stage.end();
    let share = stage.between(0.4, 0.7);
    let every = (8 + i64::from(stage.dice.below(5))) * MINUTE;
    let what = "all targets answer 500 to many requests for a minute, every few minutes";
    let story = stage.story(when.clone(), scene.naming_group(), what, [("share", share)]);
    (Box::new(Relapsing { place: scene.place(), when, share, every }), story)
}

/// A function that may not run as often as it is asked to.
struct Throttled {
    place: Place,
    when: Range<i64>,
    share: f64,
}

impl Incident for Throttled {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        let is_hit = course.place() == self.place
            && self.when.contains(&course.time)
            && course.end_some(dice, self.share, Outcome::LambdaFailed);
        if is_hit {
            course.trail.reason = "LambdaThrottling";
            course.trail.times[1] = Some(4 + dice.below(12));
        }
        is_hit
    }
}

pub(super) fn lambda_throttled(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| scene.service.template.protocol == Protocol::Lambda);
    let when = stage.when(20);
    let share = stage.between(0.4, 0.7);
    let story = stage.story(when.clone(), scene.naming_group(), "the function is throttled (502)", [("share", share)]);
    (Box::new(Throttled { place: scene.place(), when, share }), story)
}

/// A group without targets.
struct ScaledToZero {
    place: Place,
    when: Range<i64>,
}

impl Incident for ScaledToZero {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        // The load balancer answers before it would look for a target; what was refused earlier stays refused.
        let is_hit = course.place() == self.place
            && self.when.contains(&course.time)
            && course.trail.reached
            && course.outcome != Outcome::NoTarget;
        if is_hit {
            course.end(dice, Outcome::NoTarget);
        }
        is_hit
    }

    fn check(&self, place: Place, _service: &Service, _target: usize, time: i64) -> Health {
        if place == self.place && self.when.contains(&time) { Health::Gone } else { Health::Usual }
    }
}

pub(super) fn scale_to_zero(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let is_small =
        |scene: &Scene| scene.service.template.pods <= 4 && scene.service.template.protocol == Protocol::Http;
    let scene = stage.service(is_small);
    let when = stage.when(12);
    let story =
        stage.story(when.clone(), scene.naming_group(), "the target group has no targets (503)", [("share", 1.0)]);
    (Box::new(ScaledToZero { place: scene.place(), when }), story)
}

/// Pods that run out of memory: ever longer pauses, then a restart of each.
struct Leak {
    place: Place,
    when: Range<i64>,
    factor: f64,
}

impl Leak {
    /// When a pod restarts, one after the other in the last four minutes.
    fn restart(&self, target: usize, targets: usize) -> Range<i64> {
        let step = 4 * MINUTE / i64::try_from(targets.max(1)).unwrap_or(1);
        let from = self.when.end - 4 * MINUTE + i64::try_from(target).unwrap_or(0) * step;
        from..from + 20 * SECOND
    }
}

impl Incident for Leak {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        if course.place() != self.place || !course.is_answered() {
            return false;
        }
        let restart = self.restart(course.target, course.service.targets.len());
        if restart.contains(&course.time) {
            course.end(dice, Outcome::ResetAtOnce);
            return true;
        }
        // A pause hits one request in twenty.
        if course.time >= restart.start || !self.when.contains(&course.time) || !dice.chance(0.05) {
            return false;
        }
        let part = |from: i64, to: i64| double((to - from).unsigned_abs());
        let progress = part(self.when.start, course.time) / part(self.when.start, self.when.end);
        course.slow_down(1.0 + (self.factor - 1.0) * progress * progress)
    }

    fn check(&self, place: Place, service: &Service, target: usize, time: i64) -> Health {
        let restarts = place == self.place && self.restart(target, service.targets.len()).contains(&time);
        if restarts { Health::Reset } else { Health::Usual }
    }
}

pub(super) fn creeping_leak(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| has_pods(scene) && scene.service.template.median_ms > 10.0);
    let from = stage.begin(0.08, 0.15);
    let when = from..(from + 90 * MINUTE).min(from + stage.spec.duration * 4 / 5).min(stage.end());
    let factor = stage.between(15.0, 25.0);
    let what = "the slowest requests get ever slower until all pods restart";
    let story = stage.story(when.clone(), scene.naming_group(), what, [("share", 0.05), ("factor", factor)]);
    (Box::new(Leak { place: scene.place(), when, factor }), story)
}
