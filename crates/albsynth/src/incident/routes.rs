//! Single routes: slow, blocked, failing, or led to the wrong target group.

use std::ops::Range;

use super::pods::Deploy;
use super::stage::{Scene, Stage};
use super::{Incident, Story};
use crate::catalogue::Protocol;
use crate::course::{Course, Place};
use crate::dice::Dice;
use crate::outcome::Outcome;
use crate::world::{Balancer, Service};

/// A method and path of a service for some time.
struct Route {
    place: Place,
    method: &'static str,
    pattern: &'static str,
    when: Range<i64>,
}

impl Route {
    /// One of the two routes that are asked for most.
    fn of(stage: &mut Stage, scene: &Scene, when: Range<i64>) -> Self {
        let paths = scene.service.template.paths;
        let (method, pattern) = paths[stage.dice.index(paths.len().min(2))];
        Self { place: scene.place(), method, pattern, when }
    }

    fn is_of(&self, course: &Course) -> bool {
        course.place() == self.place
            && (course.method, course.pattern) == (self.method, self.pattern)
            && self.when.contains(&course.time)
    }

    fn path(&self) -> &'static str {
        self.pattern.split('?').next().unwrap_or(self.pattern)
    }

    fn who<'t>(&self, scene: &'t Scene) -> [(&'static str, &'t str); 5] {
        [
            ("load_balancer", &scene.balancer.elb),
            ("host", &scene.host.name),
            ("target_group", &scene.service.group),
            ("route", self.path()),
            ("method", self.method),
        ]
    }
}

fn has_routes(scene: &Scene) -> bool {
    scene.service.template.protocol == Protocol::Http && scene.service.template.paths.len() >= 3
}

struct Slow {
    route: Route,
    factor: f64,
}

impl Incident for Slow {
    fn steer<'s>(&'s self, _dice: &mut Dice, course: &mut Course<'s>) -> bool {
        self.route.is_of(course) && course.slow_down(self.factor)
    }
}

pub(super) fn slow(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| has_routes(scene) && scene.service.template.median_ms > 10.0);
    let when = stage.when(40);
    let route = Route::of(stage, &scene, when.clone());
    let factor = stage.between(4.5, 5.5);
    let story = stage.story(when, route.who(&scene), "the route is five times slower", [("factor", factor)]);
    (Box::new(Slow { route, factor }), story)
}

/// Requests of a route end otherwise.
struct Ends {
    route: Route,
    outcome: Outcome,
    share: f64,
    /// Of another group: at the same time, and not its fault.
    deploy: Option<Deploy>,
}

impl Incident for Ends {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        self.route.is_of(course) && course.end_some(dice, self.share, self.outcome)
    }

    fn target(&self, place: Place, target: usize, time: i64) -> Option<&str> {
        self.deploy.as_ref()?.target(place, target, time)
    }
}

pub(super) fn waf_block(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| scene.balancer.template.waf && has_routes(scene));
    let when = stage.when(30);
    let route = Route::of(stage, &scene, when.clone());
    let share = stage.between(0.8, 1.0);
    let story = stage.story(
        when,
        route.who(&scene),
        "the web ACL blocks the route with 403 since a new rule",
        [("share", share)],
    );
    (Box::new(Ends { route, outcome: Outcome::Blocked, share, deploy: None }), story)
}

pub(super) fn errors_after_deploy(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(has_routes);
    let deployed = stage.service(|other| {
        other.balancer.number == scene.balancer.number
            && other.service.number != scene.service.number
            && other.service.template.protocol == Protocol::Http
            && other.service.template.pods >= 2
    });
    let when = stage.when(30);
    let route = Route::of(stage, &scene, when.clone());
    let deploy = Deploy::of(stage, &deployed, when.start - 2 * alblog::time::MINUTE);
    let share = stage.between(0.4, 0.7);
    let what = format!("all targets answer the route with 500 after a deploy of {}", deployed.service.group);
    let story = stage.story(when, route.who(&scene), what, [("share", share)]);
    (Box::new(Ends { route, outcome: Outcome::TargetError, share, deploy: Some(deploy) }), story)
}

/// A rule of higher priority takes a route away.
struct Shadowed {
    route: Route,
    /// Index of the host and the service within the host that get it.
    to: (usize, usize),
    rule: u64,
}

impl Shadowed {
    fn service<'s>(&self, balancer: &'s Balancer) -> &'s Service {
        &balancer.hosts[self.to.0].services[self.to.1]
    }
}

impl Incident for Shadowed {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        if !self.route.is_of(course) {
            return false;
        }
        course.rule = self.rule;
        course.service = self.service(course.balancer);
        course.target = dice.index(course.service.targets.len());
        if course.is_answered() {
            course.end(dice, Outcome::Answered);
            // It knows no such path.
            (course.trail.elb_status, course.trail.target_status) = (404, Some(404));
            course.trail.times[1] = Some(1 + dice.below(4));
        }
        true
    }
}

pub(super) fn shadowed(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let others = |scene: &Scene| {
        let services = scene.host.services.iter().enumerate();
        let is_other =
            |service: &Service| service.number != scene.service.number && service.template.protocol == Protocol::Http;
        services.filter(|(_, service)| is_other(service)).map(|(number, _)| number).collect::<Vec<_>>()
    };
    let scene = stage.service(|scene| has_routes(scene) && !others(scene).is_empty());
    let when = stage.until_the_end();
    let route = Route::of(stage, &scene, when.clone());
    let others = others(&scene);
    let other = if others.is_empty() { 0 } else { *stage.dice.pick(&others) };
    // Between two rules of the controller, before all that match this host.
    let shadowed = Shadowed { route, to: (scene.host_number, other), rule: 1 + u64::from(stage.dice.below(8)) };
    let wrong = shadowed.service(scene.balancer).group.clone();
    let rule = shadowed.rule.to_string();
    let [balancer, host, _, path, method] = shadowed.route.who(&scene);
    let what = format!("a new rule sends the route to {wrong} instead of {}", scene.service.group);
    let who = [balancer, host, path, method, ("target_group", wrong.as_str()), ("rule", rule.as_str())];
    let story = stage.story(when, who, what, [("share", 1.0)]);
    (Box::new(shadowed), story)
}
