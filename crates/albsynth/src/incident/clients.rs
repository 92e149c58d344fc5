//! What clients do by themselves: flood, crawl, give up.

use std::net::Ipv4Addr;
use std::ops::Range;

use super::stage::Stage;
use super::{Fate, Incident, Story, Swarm};
use crate::catalogue::{Audience, Protocol};
use crate::clients::Client;
use crate::course::{Course, Place};
use crate::dice::Dice;
use crate::phrases::{APPS, SUITES};
use crate::request::Row;

/// One client asks for far too much; its service suffers.
struct Flood {
    place: Place,
    swarm: Swarm,
    factor: f64,
    share: f64,
}

impl Incident for Flood {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        if course.place() != self.place || !self.swarm.when.contains(&course.time) || !course.is_answered() {
            return false;
        }
        let is_slow = course.slow_down(self.factor);
        if dice.chance(self.share) {
            (course.trail.elb_status, course.trail.target_status) = (503, Some(503));
        }
        is_slow
    }

    fn swarm(&self) -> Option<&Swarm> {
        Some(&self.swarm)
    }
}

/// A client outside of the usual ones' ranges, of the network for benchmarks (RFC 2544).
fn stranger(number: u8, network: u8, agent: &'static str) -> Client {
    Client { ip: Ipv4Addr::new(198, 19, network, number).into(), agent, suite: &SUITES[0], http2: false }
}

pub(super) fn flood(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| {
        scene.service.template.protocol == Protocol::Http
            && scene.host.template.audience == Audience::Apps
            && scene.service.template.median_ms > 10.0
    });
    let when = stage.when(15);
    let rate = stage.between(0.25, 0.35) * stage.spec.requests_per_second;
    let number = u8::try_from(2 + stage.dice.below(250)).unwrap_or(2);
    let client = stranger(number, 254, "python-requests/2.32.4");
    let mut swarm = Swarm::upon(&scene, when.clone(), rate);
    swarm.clients.push(client);
    let (factor, share) = (stage.between(2.2, 2.8), stage.between(0.025, 0.04));
    let address = client.ip.to_string();
    let story = stage.story(
        when,
        [
            ("load_balancer", scene.balancer.elb.as_str()),
            ("target_group", scene.service.group.as_str()),
            ("client", address.as_str()),
            ("user_agent", client.agent),
        ],
        "one client floods the service; all of it gets slow and answers 503 now and then",
        [("requests_per_second_and_node", rate), ("factor", factor), ("share", share)],
    );
    (Box::new(Flood { place: scene.place(), swarm, factor, share }), story)
}

/// Somebody walks through pages that are no more.
struct Crawler {
    swarm: Swarm,
}

impl Incident for Crawler {
    fn swarm(&self) -> Option<&Swarm> {
        Some(&self.swarm)
    }
}

const ARCHIVE: &[(&str, &str)] = &[
    ("GET", "/archive/{word}/{id}"),
    ("GET", "/archive/{word}?page={page}"),
    ("GET", "/blog/{slug}-{id}"),
    ("GET", "/old/{word}/{asset}.html"),
];

pub(super) fn crawler(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| {
        scene.host.template.audience == Audience::Browsers
            && scene.service.template.protocol == Protocol::Http
            && scene.balancer.template.weight >= 30
    });
    let when = stage.when(25);
    let rate = stage.between(0.05, 0.08) * stage.spec.requests_per_second;
    let network = u8::try_from(240 + stage.dice.below(12)).unwrap_or(240);
    let agent = "Mozilla/5.0 (compatible; ExampleCrawler/2.1; +https://crawler.example.com/bot)";
    let mut swarm = Swarm::upon(&scene, when.clone(), rate);
    swarm.clients.extend((0..6).map(|number| stranger(10 + 3 * number, network, agent)));
    (swarm.paths, swarm.status) = (ARCHIVE, Some(404));
    let network = format!("198.19.{network}.0/24");
    let story = stage.story(
        when,
        [
            ("load_balancer", scene.balancer.elb.as_str()),
            ("host", scene.host.name.as_str()),
            ("client_network", network.as_str()),
            ("user_agent", agent),
        ],
        "a crawler walks through pages that are not there (404)",
        [("requests_per_second_and_node", rate)],
    );
    (Box::new(Crawler { swarm }), story)
}

/// A client library that was taught to wait one second only.
struct Impatient {
    agent: &'static str,
    when: Range<i64>,
    share: f64,
}

impl Incident for Impatient {
    fn amend<'s>(&'s self, dice: &mut Dice, row: &mut Row<'s>) -> Fate {
        let is_hit = row.agent == self.agent
            && self.when.contains(&row.time)
            && row.trail.reached
            && (200..400).contains(&row.trail.elb_status)
            && dice.chance(self.share);
        let created = (row.time - 1_001_000 - i64::from(dice.below(8000))).div_euclid(1000) * 1000;
        if !is_hit || row.connection.opened > created {
            return Fate::Kept;
        }
        row.created = created;
        row.sent = 0;
        row.trail.elb_status = 460;
        row.trail.target_status = None;
        row.trail.times = [Some(0), None, None];
        Fate::Changed
    }
}

pub(super) fn impatient(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let agent = *stage.dice.pick::<&str>(APPS);
    let when = stage.when(40);
    let share = stage.between(0.15, 0.3);
    let story = stage.story(
        when.clone(),
        [("user_agent", agent)],
        "clients of one user agent give up after one second (460), wherever they ask",
        [("share", share), ("seconds", 1.0)],
    );
    (Box::new(Impatient { agent, when, share }), story)
}
