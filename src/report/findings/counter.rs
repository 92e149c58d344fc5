//! Rows, being counted: for each value of each dimension a series of counts over time. Bounded whatever comes; the same whatever
//! the order in which rows came and who counted them, as long as the bounds are not met.
//!
//! A row has a value of nearly every dimension. Values that come together are counted together, once, and apart in the end: a load
//! balancer, target group, target, rule and certificate; a client and its network.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use foldhash::HashMap;

use super::cube::Cube;
use super::dimension::{DIMENSIONS, Dimension};
use super::explain::Samples;
use super::sampler::Sampler;
use super::seen::{Key, Seen};
use super::series::{Cell, Series};

/// What serves a request: as many combinations as are configured.
const SERVING: [Dimension; 8] = [
    Dimension::All,
    Dimension::LoadBalancer,
    Dimension::TargetGroup,
    Dimension::Target,
    Dimension::Subnet,
    Dimension::Rule,
    Dimension::Listener,
    Dimension::Certificate,
];
/// Who asks: as many combinations as clients.
const ASKING: [Dimension; 2] = [Dimension::Client, Dimension::Network];
/// What is asked, and the node that it comes to, in whatever combination.
const APART: [Dimension; 4] = [Dimension::Host, Dimension::Route, Dimension::Agent, Dimension::Node];

/// Cells that are kept; past them the rarest values of open dimensions are left out.
const CELLS: usize = 300_000;

/// Values of dimensions that are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Together<const N: usize>([Option<Key>; N]);

impl<const N: usize> Together<N> {
    /// None of a row that has no value of any of them.
    fn of(seen: &Seen, dimensions: &[Dimension; N]) -> Option<Self> {
        let keys = dimensions.map(|dimension| seen.key(dimension));
        keys.iter().any(Option::is_some).then_some(Self(keys))
    }
}

impl<const N: usize> Hash for Together<N> {
    /// Numbers are given here, not by whoever sends rows: nobody makes them collide.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut hash = 0_u64;
        for key in &self.0 {
            let (within, value, number) = key.unwrap_or((u32::MAX, u32::MAX, 0));
            let key = u64::from(within) << 32 ^ u64::from(value) << 16 ^ u64::from(number);
            hash = (hash.rotate_left(23) ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        state.write_u64(hash);
    }
}

/// What was counted so far.
#[derive(Debug)]
pub(super) struct Counter {
    serving: HashMap<Together<{ SERVING.len() }>, Series>,
    asking: HashMap<Together<{ ASKING.len() }>, Series>,
    series: [HashMap<Key, Series>; DIMENSIONS],
    sampler: Arc<Sampler>,
    rows: u64,
    cells: usize,
    /// Cells at most.
    most: usize,
    /// Values that were too rare to be kept.
    left_out: u64,
}

impl Default for Counter {
    fn default() -> Self {
        Self::new(Arc::default(), 1)
    }
}

impl Counter {
    /// One of so many that count rows of one log, and offer them to the same samples.
    pub(super) fn new(sampler: Arc<Sampler>, of: usize) -> Self {
        Self {
            serving: HashMap::default(),
            asking: HashMap::default(),
            series: Default::default(),
            sampler,
            rows: 0,
            cells: 0,
            most: CELLS / of.max(1),
            left_out: 0,
        }
    }

    /// Counts a row, and offers it as a sample if `has_samples` says so.
    pub(super) fn add(&mut self, seen: &Seen, has_samples: bool) {
        self.rows += 1;
        let row = Cell::of(seen);
        self.cells += add(&mut self.serving, Together::of(seen, &SERVING), seen.bar, &row);
        self.cells += add(&mut self.asking, Together::of(seen, &ASKING), seen.bar, &row);
        for dimension in APART {
            self.cells += add(&mut self.series[dimension as usize], seen.key(dimension), seen.bar, &row);
        }
        if has_samples {
            self.sampler.offer(seen);
        }
        if self.cells > self.most {
            self.leave_rare_out();
        }
    }

    /// Puts the counts of another on top.
    pub(super) fn merge(&mut self, other: Self) {
        merge(&mut self.serving, other.serving);
        merge(&mut self.asking, other.asking);
        for (mine, others) in self.series.iter_mut().zip(other.series) {
            merge(mine, others);
        }
        self.rows += other.rows;
        self.left_out += other.left_out;
    }

    /// All that was counted, and the samples.
    pub(super) fn finish(mut self) -> (Cube, Samples) {
        take_apart(&mut self.series, &mut self.asking, &ASKING);
        take_apart(&mut self.series, &mut self.serving, &SERVING);
        (Cube::new(self.series, self.rows, self.left_out), self.sampler.take())
    }

    /// Leaves the rarest values of open dimensions out, until half of the room is free again. A dimension that takes less than its share
    /// of that half loses nothing: a host that came again would look as if it had been silent, because there are many clients.
    fn leave_rare_out(&mut self) {
        // A network may be frequent of which no client is.
        take_apart(&mut self.series, &mut self.asking, &ASKING);
        let all = self.series.iter().flat_map(HashMap::values).chain(self.serving.values());
        self.cells = all.map(|series| series.cells.len()).sum();
        let open: Vec<Dimension> = Dimension::EACH.into_iter().filter(|dimension| dimension.is_open()).collect();
        let share = self.most / 2 / open.len();
        let mut rare = 1;
        while self.cells > self.most / 2 && rare < 1 << 40 {
            rare *= 2;
            for dimension in &open {
                let all = &mut self.series[*dimension as usize];
                if all.values().map(|series| series.cells.len()).sum::<usize>() <= share {
                    continue;
                }
                let (cells, left_out) = (&mut self.cells, &mut self.left_out);
                all.retain(|_, series| {
                    let stays = series.requests > rare;
                    if !stays {
                        *cells -= series.cells.len();
                        *left_out += 1;
                    }
                    stays
                });
            }
        }
    }
}

/// Counts a row for a value, if it has one; how many cells that made.
fn add<K: Eq + Hash>(all: &mut HashMap<K, Series>, key: Option<K>, bar: i64, row: &Cell) -> usize {
    key.map_or(0, |key| usize::from(all.entry(key).or_default().add(bar, row)))
}

fn merge<K: Eq + Hash>(all: &mut HashMap<K, Series>, others: HashMap<K, Series>) {
    for (key, series) in others {
        all.entry(key).or_default().merge(&series);
    }
}

/// Counts for each value by itself what was counted together.
fn take_apart<const N: usize>(
    series: &mut [HashMap<Key, Series>; DIMENSIONS],
    together: &mut HashMap<Together<N>, Series>,
    dimensions: &[Dimension; N],
) {
    for (Together(keys), counted) in std::mem::take(together) {
        for (dimension, key) in dimensions.iter().zip(keys) {
            if let Some(key) = key {
                series[*dimension as usize].entry(key).or_default().merge(&counted);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows of few values, of which some have none.
    fn any_seen() -> impl Strategy<Value = Seen> {
        let keys = prop::collection::vec(prop::option::of((0_u32..2, 0_u32..3, 0_u32..2)), DIMENSIONS);
        (keys, 0_i64..5, prop::option::of(0_u64..2_000_000), any::<u64>()).prop_map(|(keys, bar, micros, mark)| {
            let keys: [Option<Key>; DIMENSIONS] = keys.try_into().unwrap();
            Seen { bar, keys, micros, mark, ..Seen::default() }
        })
    }

    /// Each value of each dimension by itself.
    fn slowly(rows: &[Seen]) -> Vec<(usize, Key, i64, Cell)> {
        let mut counted = std::collections::BTreeMap::<(usize, Key, i64), Cell>::new();
        for seen in rows {
            for (dimension, key) in seen.keys.iter().enumerate() {
                if let Some(key) = key {
                    counted.entry((dimension, *key, seen.bar)).or_default().merge(&Cell::of(seen));
                }
            }
        }
        counted.into_iter().map(|((dimension, key, bar), cell)| (dimension, key, bar, cell)).collect()
    }

    fn of_cube(cube: &Cube) -> Vec<(usize, Key, i64, Cell)> {
        let mut counted = Vec::new();
        for dimension in Dimension::EACH {
            for (key, series) in cube.of(dimension) {
                counted.extend(series.cells.iter().map(|(bar, cell)| (dimension as usize, *key, *bar, *cell)));
            }
        }
        counted.sort_by_key(|(dimension, key, bar, _)| (*dimension, *key, *bar));
        counted
    }

    proptest! {
        #[test]
        fn counts_are_those_of_each_value_by_itself(rows in prop::collection::vec(any_seen(), 0..60), threads in 1_usize..4) {
            let sampler = Arc::<Sampler>::default();
            let mut counters: Vec<Counter> = (0..threads).map(|_| Counter::new(Arc::clone(&sampler), threads)).collect();
            for (index, seen) in rows.iter().enumerate() {
                counters[index % threads].add(seen, true);
            }
            let mut all = counters.remove(0);
            for counter in counters {
                all.merge(counter);
            }
            let (cube, samples) = all.finish();
            prop_assert_eq!(of_cube(&cube), slowly(&rows));
            let mut marks: Vec<u64> = rows.iter().map(|seen| seen.mark).collect();
            marks.sort_unstable();
            prop_assert_eq!(samples.any.iter().map(|seen| seen.mark).collect::<Vec<_>>(), marks);
        }
    }

    #[test]
    fn few_hosts_lose_nothing_to_many_clients() {
        let mut counter = Counter { most: 1_000, ..Counter::default() };
        for client in 0..10_000 {
            let mut keys = [None; DIMENSIONS];
            keys[Dimension::Client as usize] = Some((0, client, 0));
            keys[Dimension::Host as usize] = (client % 500 == 0).then_some((0, 7, 0));
            counter.add(&Seen { keys, ..Seen::default() }, false);
        }
        let (cube, _) = counter.finish();
        assert_eq!(cube.of(Dimension::Host)[&(0, 7, 0)].requests, 20);
    }

    #[test]
    fn a_network_of_rare_clients_is_kept() {
        let mut counter = Counter { most: 1_000, ..Counter::default() };
        for client in 0..10_000 {
            let mut keys = [None; DIMENSIONS];
            keys[Dimension::Client as usize] = Some((0, client, 0));
            keys[Dimension::Network as usize] = Some((0, 7, 0));
            counter.add(&Seen { keys, ..Seen::default() }, false);
            assert!(counter.cells <= 1_000);
        }
        let (cube, _) = counter.finish();
        assert_eq!(cube.of(Dimension::Network)[&(0, 7, 0)].requests, 10_000);
        assert!(cube.of(Dimension::Client).len() < 1_000 && cube.left_out > 9_000);
    }
}
