//! Bars of which rows are missing: how much traffic there was in them is not known, so they are no part of what traffic is judged by.
//! Shares and times of the rows that are there tell what they did. Pure.

use std::collections::BTreeMap;

use super::candidate::Frame;
use super::cube::Cube;
use super::dimension::Dimension;
use super::seen::Key;
use super::values::{Id, Values};
use crate::report::gaps::Missing;

/// Load balancers that have so small a part of all requests change nothing in the sum.
const SLIGHT: f64 = 0.1;

/// Of which bars rows are missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Holes {
    /// Of one load balancer.
    elbs: BTreeMap<Id, Vec<bool>>,
    /// Of everything, or of load balancers that have a part of it worth speaking of.
    all: Vec<bool>,
    /// Of nobody knows whom.
    any: Vec<bool>,
}

impl Holes {
    pub(super) fn new(missing: &[Missing], cube: &Cube, values: &Values, frame: &Frame) -> Self {
        let none = || vec![false; frame.len()];
        let mut holes = Self { elbs: BTreeMap::new(), all: none(), any: none() };
        let mut parts = vec![0.0; frame.len()];
        let mut sizes: Vec<(Id, f64)> = Vec::new();
        for (key, series) in cube.of(Dimension::LoadBalancer) {
            #[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
            sizes.push((key.0, series.requests as f64));
        }
        let all: f64 = sizes.iter().map(|(_, requests)| requests).sum();
        for Missing { elb, time } in missing {
            let bars = (0..frame.len()).filter(|bar| {
                let bar = frame.time(&(*bar..bar + 1));
                time.start < bar.end && bar.start < time.end
            });
            let Some(elb) = elb else {
                bars.for_each(|bar| holes.any[bar] = true);
                continue;
            };
            // One without any rows has no traffic that could be judged.
            let Some(id) = values.find(elb) else { continue };
            let own = holes.elbs.entry(id).or_insert_with(none);
            bars.for_each(|bar| own[bar] = true);
        }
        for (id, requests) in sizes {
            let Some(own) = holes.elbs.get(&id) else { continue };
            parts.iter_mut().zip(own).filter(|(_, is_missing)| **is_missing).for_each(|(part, _)| *part += requests);
        }
        for (is_missing, part) in holes.all.iter_mut().zip(parts) {
            *is_missing = part > SLIGHT * all;
        }
        holes
    }

    /// Whether rows of a value are missing in a bar.
    pub(super) fn has(&self, dimension: Dimension, key: Key, bar: usize) -> bool {
        let is_in = |holes: &Vec<bool>| holes.get(bar).is_some_and(|is_missing| *is_missing);
        let of_it = if dimension.is_of_elb() { self.elbs.get(&key.0).is_some_and(is_in) } else { is_in(&self.all) };
        of_it || is_in(&self.any)
    }
}

#[cfg(test)]
mod tests {
    use super::super::candidate::{Log, Measure, candidate};
    use super::super::counter::Counter;
    use super::super::dimension::DIMENSIONS;
    use super::super::seen::Seen;
    use super::*;

    const MINUTE: i64 = 60_000_000;

    /// Requests a minute of two load balancers over two hours: of the first so many in a while, else 100.
    fn cube(values: &mut Values, then: u32) -> (Cube, [Key; 2]) {
        let keys = ["app/shop/1", "app/blog/2"].map(|elb| (values.id(elb), 0, 0));
        let mut counter = Counter::default();
        for bar in 0..120_u32 {
            let of_first = if (40..80).contains(&bar) { then } else { 100 };
            for (elb, requests) in keys.iter().zip([of_first, 100]) {
                for _ in 0..requests {
                    let mut seen = [None; DIMENSIONS];
                    seen[Dimension::All as usize] = Some((0, 0, 0));
                    seen[Dimension::LoadBalancer as usize] = Some(*elb);
                    counter.add(&Seen { bar: i64::from(bar), keys: seen, ..Seen::default() }, false);
                }
            }
        }
        (counter.finish().0, keys)
    }

    #[test]
    fn what_could_not_be_read_is_no_drop_and_what_could_no_rise() {
        let found = |measure, then, missing: &[(Option<&str>, i64, i64)]| {
            let mut values = Values::default();
            let (cube, [first, _]) = cube(&mut values, then);
            let frame = Frame::new(MINUTE, 0..120);
            let missing = missing.iter().map(|&(elb, from, to)| Missing {
                elb: elb.map(str::to_owned),
                time: from.saturating_mul(MINUTE)..to.saturating_mul(MINUTE),
            });
            let frame = frame.without(&missing.collect::<Vec<_>>(), &cube, &values);
            let cells = frame.dense(&cube.series(Dimension::LoadBalancer, first).unwrap());
            let found = candidate(Log::Requests, Dimension::LoadBalancer, first, measure, &cells, &frame, &mut 0);
            found.map(|one| one.change.bars.whole())
        };
        let shop = |from, to| [(Some("app/shop/1"), from, to)];
        assert_eq!(found(Measure::Less, 30, &[]), Some(40..80));
        assert_eq!(found(Measure::Less, 30, &shop(40, 80)), None);
        assert_eq!(found(Measure::Less, 30, &[(None, i64::MIN, i64::MAX)]), None);
        // What is left of a drop is one, and the gap is no part of it.
        assert_eq!(found(Measure::Less, 30, &shop(30, 50)), Some(50..80));
        assert_eq!(found(Measure::Less, 30, &[(Some("app/blog/2"), 40, 80)]), Some(40..80));
        assert_eq!(found(Measure::More, 300, &[]), Some(40..80));
        assert_eq!(found(Measure::More, 300, &shop(20, 40)), Some(40..80));
        assert_eq!(found(Measure::More, 300, &shop(0, 40)), None, "whether it was so before is not known");
        assert_eq!(found(Measure::More, 300, &[shop(0, 40), shop(80, 120)].concat()), None);
    }

    #[test]
    fn a_small_load_balancer_is_no_hole_in_the_sum() {
        let mut values = Values::default();
        let (cube, [shop, _]) = cube(&mut values, 100);
        let missing = |elb: &str| [Missing { elb: Some(elb.to_owned()), time: 0..10 * MINUTE }];
        let frame = Frame::new(MINUTE, 0..120).without(&missing("app/shop/1"), &cube, &values);
        assert!(frame.is_missing(Dimension::All, (0, 0, 0), 9) && !frame.is_missing(Dimension::All, (0, 0, 0), 10));
        assert!(frame.is_missing(Dimension::LoadBalancer, shop, 9));
        let frame = Frame::new(MINUTE, 0..120).without(&missing("app/other/3"), &cube, &values);
        assert!(!frame.is_missing(Dimension::All, (0, 0, 0), 9));
    }
}
