//! Objects that AWS never delivers. Nothing is wrong with the traffic.

use std::ops::Range;

use super::stage::Stage;
use super::{Incident, Story};
use crate::INTERVAL;
use crate::object::ObjectPlan;

struct Missing {
    node: String,
    /// Of the ends of the intervals that are missing.
    when: Range<i64>,
}

impl Incident for Missing {
    fn withholds(&self, plan: &ObjectPlan) -> bool {
        plan.key.node_ip == self.node && plan.interval.from >= self.when.start && plan.interval.to <= self.when.end
    }
}

pub(super) fn missing(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let balancer = &stage.balancers[stage.dice.index(stage.balancers.len())];
    let node = &balancer.nodes[stage.dice.index(balancer.nodes.len())];
    let when = stage.when(20);
    let from = when.start.div_euclid(INTERVAL) * INTERVAL;
    let when = from..from + (when.end - when.start).div_euclid(INTERVAL).max(1) * INTERVAL;
    let story = stage.story(
        when.clone(),
        [("load_balancer", balancer.elb.as_str()), ("node", node.ip.as_str())],
        "a node delivers no objects; its traffic is as usual",
        [("share", 1.0)],
    );
    (Box::new(Missing { node: node.ip.clone(), when }), story)
}
