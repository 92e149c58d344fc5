//! Health checks that fail while requests are served: the target is taken out again and again, or is only slow to answer them.

use std::ops::Range;

use super::stage::Stage;
use super::{Health, Incident, Story};
use crate::course::Place;
use crate::dice::mix;
use crate::world::Service;

/// A target that does not answer many of its health checks in time.
struct Flapping {
    place: Place,
    target: usize,
    when: Range<i64>,
    share: f64,
}

impl Incident for Flapping {
    fn check(&self, place: Place, _service: &Service, target: usize, time: i64) -> Health {
        // The same checks fail in every run, whoever asks first.
        let chance = f64::from(u32::try_from(mix(time.unsigned_abs()) >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        let is_hit = place == self.place && target == self.target && self.when.contains(&time) && chance < self.share;
        if is_hit { Health::Silent } else { Health::Usual }
    }
}

pub(super) fn flapping(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| scene.service.targets.len() >= 4);
    let when = stage.when(30);
    let target = stage.dice.index(scene.service.targets.len());
    let share = stage.between(0.5, 0.7);
    let story = stage.story(
        when.clone(),
        scene.naming_target(&scene.service.targets[target]),
        "one target does not answer most of its health checks in time; requests are served as ever",
        [("share", share)],
    );
    (Box::new(Flapping { place: scene.place(), target, when, share }), story)
}
