//! Single pods: replaced by a deploy, and bad ones.

use std::ops::Range;

use super::stage::{Scene, Stage};
use super::{Incident, Story};
use crate::catalogue::Protocol;
use crate::course::{Course, Place};
use crate::dice::Dice;
use crate::outcome::Outcome;
use alblog::time::{MINUTE, SECOND};

/// All pods of a group replaced one after the other, within two minutes.
pub(super) struct Deploy {
    place: Place,
    from: i64,
    /// The new pods, in the order of the old.
    names: Vec<String>,
}

impl Deploy {
    pub(super) fn of(stage: &mut Stage, scene: &Scene, from: i64) -> Self {
        let port = scene.service.template.port;
        let names = (0..scene.service.targets.len()).map(|number| stage.new_pod(number, port)).collect();
        Self { place: scene.place(), from, names }
    }

    /// The new name of a pod, once it has been replaced.
    pub(super) fn target(&self, place: Place, target: usize, time: i64) -> Option<&str> {
        let pods = i64::try_from(self.names.len()).unwrap_or(1).max(1);
        let replaced = self.from + i64::try_from(target).unwrap_or(0) * (2 * MINUTE / pods);
        (place == self.place && time >= replaced).then(|| self.names.get(target).map(String::as_str))?
    }
}

/// A pod that closes connections while it answers.
struct BadPod {
    place: Place,
    target: usize,
    when: Range<i64>,
    share: f64,
    deploy: Option<Deploy>,
}

impl Incident for BadPod {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        let is_hit = course.place() == self.place
            && course.target == self.target
            && self.when.contains(&course.time)
            && course.end_some(dice, self.share, Outcome::ResetAtOnce);
        if is_hit {
            // It had begun to work on them.
            course.trail.times[1] = Some(50 + dice.below(400));
        }
        is_hit
    }

    fn target(&self, place: Place, target: usize, time: i64) -> Option<&str> {
        self.deploy.as_ref()?.target(place, target, time)
    }
}

fn has_many_pods(scene: &Scene) -> bool {
    matches!(scene.service.template.protocol, Protocol::Http) && scene.service.template.pods >= 6
}

pub(super) fn bad_after_deploy(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(has_many_pods);
    // Whoever is replaced at the very end of the rollout is new from then on.
    let when = stage.when(11);
    let deploy = Deploy::of(stage, &scene, when.start);
    let target = stage.dice.index(deploy.names.len().div_ceil(2));
    let share = stage.between(0.6, 0.8);
    let bad = (when.start + MINUTE + SECOND).min(when.end)..when.end;
    let story = stage.story(
        bad.clone(),
        scene.naming_target(&deploy.names[target]),
        "after all pods of the target group were replaced, one new pod answers with 502",
        [("share", share)],
    );
    (Box::new(BadPod { place: scene.place(), target, when: bad, share, deploy: Some(deploy) }), story)
}

pub(super) fn bad(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(has_many_pods);
    let when = stage.when(10);
    let target = stage.dice.index(scene.service.targets.len());
    let share = stage.between(0.5, 0.7);
    let story = stage.story(
        when.clone(),
        scene.naming_target(&scene.service.targets[target]),
        "one pod answers with 502",
        [("share", share)],
    );
    (Box::new(BadPod { place: scene.place(), target, when, share, deploy: None }), story)
}
