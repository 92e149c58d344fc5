//! Listener rules and hosts: loops, logins, and hosts nobody asks for any more.

use std::ops::Range;

use super::stage::Stage;
use super::tls::nature;
use super::{Fate, Incident, Story};
use crate::catalogue::{Access, Audience, Protocol};
use crate::connection::{Connection, Entrance};
use crate::course::{Course, Place};
use crate::dice::{Dice, double};
use crate::outcome::Outcome;
use crate::request::Row;
use crate::world::Balancer;
use alblog::time::MINUTE;

/// A rule before all others of a host redirects to the very address that was asked for.
struct RedirectLoop {
    host: String,
    when: Range<i64>,
    rule: u64,
}

impl Incident for RedirectLoop {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        let is_hit = course.host.name == self.host && self.when.contains(&course.time) && course.trail.routed;
        if is_hit {
            course.end(dice, Outcome::Redirected);
            course.rule = self.rule;
        }
        is_hit
    }

    fn amend<'s>(&'s self, dice: &mut Dice, row: &mut Row<'s>) -> Fate {
        let is_hit = row.domain == self.host && row.rule == Some(self.rule) && row.actions.ends_with("redirect");
        // Browsers give up after twenty.
        if is_hit { Fate::Repeated(6 + dice.below(15), 90_000) } else { Fate::Kept }
    }
}

pub(super) fn redirect_loop(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| {
        scene.host.template.audience == Audience::Browsers && scene.service.template.protocol == Protocol::Http
    });
    let when = stage.when(15);
    let rule = 1 + u64::from(stage.dice.below(8));
    let number = rule.to_string();
    let story = stage.story(
        when.clone(),
        [("load_balancer", scene.balancer.elb.as_str()), ("host", scene.host.name.as_str()), ("rule", number.as_str())],
        "a new rule redirects the host to itself; browsers follow it in circles",
        [("share", 1.0)],
    );
    (Box::new(RedirectLoop { host: scene.host.name.clone(), when, rule }), story)
}

/// The identity provider does not accept the load balancer's client secret any more. Whoever is signed in stays so
/// for a while.
struct LoginBroken {
    place: Place,
    when: Range<i64>,
    share: f64,
}

impl Incident for LoginBroken {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        if course.place() != self.place || !self.when.contains(&course.time) || !course.is_answered() {
            return false;
        }
        let since = double((course.time - self.when.start).unsigned_abs()) / double(10 * MINUTE.unsigned_abs());
        let is_hit = dice.chance(self.share * since.min(1.0));
        if is_hit {
            (course.method, course.pattern) = ("GET", "/oauth2/idpresponse?code={token}&state={token}");
            course.end(dice, Outcome::LoginFailed);
            course.trail.reason = "AuthTokenEpRequestFailed";
        }
        is_hit
    }
}

pub(super) fn login_broken(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| scene.host.template.access == Access::Login);
    let when = stage.until_the_end();
    let share = stage.between(0.3, 0.5);
    let rule = scene.service.rule.to_string();
    let story = stage.story(
        when.clone(),
        [
            ("load_balancer", scene.balancer.elb.as_str()),
            ("host", scene.host.name.as_str()),
            ("rule", rule.as_str()),
            ("error_reason", "AuthTokenEpRequestFailed"),
        ],
        "nobody can sign in: the load balancer's own credentials are refused (561)",
        [("share", share)],
    );
    (Box::new(LoginBroken { place: scene.place(), when, share }), story)
}

/// A name that points elsewhere now. Clients follow as their resolvers forget the old address, a few never do.
struct HostGone {
    balancer: u64,
    host: String,
    entrance: Entrance,
    from: i64,
}

impl HostGone {
    fn has_left(&self, connection: &Connection, time: i64) -> bool {
        let nature = nature(connection.client.ip);
        let left = self.from + i64::try_from(nature % (5 * MINUTE.unsigned_abs())).unwrap_or(0);
        time >= left && nature >> 40 & 0xff > 4
    }
}

impl Incident for HostGone {
    fn amend<'s>(&'s self, _dice: &mut Dice, row: &mut Row<'s>) -> Fate {
        let is_hit = row.domain == self.host && self.has_left(&row.connection, row.created);
        if is_hit { Fate::Dropped } else { Fate::Kept }
    }

    fn connection(&self, balancer: &Balancer, connection: &mut Connection) -> Fate {
        let is_hit = balancer.number == self.balancer
            && connection.entrance == self.entrance
            && self.has_left(connection, connection.opened);
        if is_hit { Fate::Dropped } else { Fate::Kept }
    }
}

pub(super) fn host_gone(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| scene.service.template.protocol != Protocol::WebSocket);
    let when = stage.until_the_end();
    let story = stage.story(
        when.clone(),
        [("load_balancer", scene.balancer.elb.as_str()), ("host", scene.host.name.as_str())],
        "requests of the host stop within five minutes; nothing fails",
        [("share", 0.98)],
    );
    let gone = HostGone {
        balancer: scene.balancer.number,
        host: scene.host.name.clone(),
        entrance: Entrance::Host(scene.host_number),
        from: when.start,
    };
    (Box::new(gone), story)
}
