//! One node of a load balancer.

use std::ops::Range;

use super::stage::Stage;
use super::{Incident, Story};
use crate::course::Course;
use crate::dice::Dice;
use crate::outcome::Outcome;

/// A node that reaches no target for some of its requests, while the other nodes reach all of them.
struct Cut {
    balancer: u64,
    node: u64,
    when: Range<i64>,
    share: f64,
}

impl Incident for Cut {
    fn steer<'s>(&'s self, dice: &mut Dice, course: &mut Course<'s>) -> bool {
        course.balancer.number == self.balancer
            && course.node.number == self.node
            && self.when.contains(&course.time)
            && course.end_some(dice, self.share, Outcome::ConnectTimeout)
    }
}

pub(super) fn cut(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| scene.balancer.template.weight >= 30 && scene.balancer.nodes.len() > 1);
    let node = stage.dice.pick(&scene.balancer.nodes);
    let when = stage.when(15);
    let share = stage.between(0.2, 0.4);
    let story = stage.story(
        when.clone(),
        [("load_balancer", scene.balancer.elb.as_str()), ("node", node.ip.as_str())],
        "one node of a load balancer does not reach its targets (504), whatever their target group",
        [("share", share)],
    );
    (Box::new(Cut { balancer: scene.balancer.number, node: node.number, when, share }), story)
}
