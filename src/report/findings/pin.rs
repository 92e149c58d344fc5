//! Where exactly the excess of an explanation lies: in one target of a group, one route, one client. Pure.
//!
//! The score of a scan prefers long histories, and a target that is new has none. So what a scan found is looked at once
//! more, inside its interval only: if nearly all of the excess lies in one value of another dimension, and what is left of
//! the rows is as usual, it is that value.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::candidate::{Candidate, Frame, Measure};
use super::cube::Cube;
use super::dimension::{DIMENSIONS, Dimension, FEWEST_BITS, ROW_BITS, masked};
use super::explain::{Samples, has};
use super::seen::{Key, Seen};

/// The part of the excess that a value must have.
const MOST: f64 = 0.75;
/// It must have at most this part of the rows, and the others must be enough to show that they are as usual: else it is
/// only what most rows have anyway.
const FEWER: f64 = 0.97;
/// How many times the rate of the other rows its rate must be.
const CONTRAST: f64 = 3.0;
/// Fewer sampled rows tell nothing.
const ENOUGH: usize = 10;

/// The same excess under the narrowest name that holds it.
pub(super) fn pinned(found: Candidate, cube: &Cube, samples: &Samples, frame: &Frame) -> Candidate {
    let mut narrow = match found.measure {
        Measure::Share(_) | Measure::Slow(_) => narrow_shares(&found, cube, samples, frame),
        Measure::Time => narrow_times(&found, cube, samples, frame),
        Measure::More => narrow_traffic(&found, cube, samples, frame),
        Measure::Less => Vec::new(),
    };
    // A sample may promise what the counts do not hold: then the next one.
    while let Some((dimension, key)) = narrowest(&narrow) {
        let renamed = renamed(&found, dimension, key, cube, frame);
        if let Some(one) = renamed.filter(|one| one.matters() && holds(one, &found)) {
            return one;
        }
        narrow.retain(|(_, other, value)| (*other, *value) != (dimension, key));
    }
    found
}

/// Whether another name still is about most of what was found, and is no wider: not about many more rows that are as usual.
fn holds(renamed: &Candidate, found: &Candidate) -> bool {
    let is_wider = matches!(found.measure, Measure::Share(_) | Measure::Slow(_))
        && renamed.change.observed() < 0.5 * found.change.observed();
    renamed.change.excess() >= 0.5 * found.change.excess() && !is_wider
}

/// Some rows by their values.
#[derive(Default)]
struct Tally {
    rows: usize,
    /// How many rows have each value.
    values: HashMap<(Dimension, Key), f64>,
    /// How many rows have a value of each dimension.
    having: [f64; DIMENSIONS],
}

fn tally<'r>(rows: impl Iterator<Item = &'r Seen>, of: &Candidate) -> Tally {
    let mut tally = Tally::default();
    for row in rows.filter(|row| has(row, of)) {
        tally.rows += 1;
        for dimension in Dimension::EACH.into_iter().filter(|dimension| row.key(*dimension).is_some()) {
            tally.having[dimension as usize] += 1.0;
            for key in values_of(row, dimension) {
                *tally.values.entry((dimension, key)).or_default() += 1.0;
            }
        }
    }
    tally
}

/// A row's values of a dimension: one, but of subnets one for each length.
pub(super) fn values_of(row: &Seen, dimension: Dimension) -> impl Iterator<Item = Key> {
    let lengths = if dimension == Dimension::Subnet { FEWEST_BITS..=ROW_BITS } else { 0..=0 };
    row.key(dimension).into_iter().flat_map(move |key| {
        lengths.clone().map(move |bits| if bits == 0 { key } else { (key.0, masked(key.1, bits), bits) })
    })
}

/// What names better comes first: by its dimension, of subnets the narrower.
fn order(dimension: Dimension, key: Key) -> (u8, Reverse<u32>, Key) {
    (dimension.rank(), Reverse(if dimension == Dimension::Subnet { key.2 } else { 0 }), key)
}

/// The value with the fewest rows; of those with about as few the one that names best. In whatever order they are given.
pub(super) fn narrowest(values: &[(f64, Dimension, Key)]) -> Option<(Dimension, Key)> {
    let fewest = values.iter().map(|(rows, ..)| *rows).min_by(f64::total_cmp)?;
    // Targets are counted, the rest is taken from samples.
    let times = |dimension: Dimension| if dimension == Dimension::Target { 1.5 } else { 1.15 };
    let alike = values.iter().filter(|(rows, dimension, _)| *rows <= times(*dimension) * fewest);
    alike.map(|(_, dimension, key)| (*dimension, *key)).min_by_key(|(dimension, key)| order(*dimension, *key))
}

fn is_pinpoint(dimension: Dimension) -> bool {
    !matches!(dimension, Dimension::All | Dimension::LoadBalancer | Dimension::Certificate | Dimension::Rule)
}

/// Values that nearly all of the excess of a share lies in, each with its requests.
fn narrow_shares(found: &Candidate, cube: &Cube, samples: &Samples, frame: &Frame) -> Vec<(f64, Dimension, Key)> {
    let bars = &found.change.bars;
    let with = tally(samples.rows(found.measure, frame, bars), found);
    let among = tally(samples.rows(Measure::More, frame, bars), found);
    if with.rows < ENOUGH || among.rows < ENOUGH {
        return Vec::new();
    }
    let (counted_rows, rows) = (as_number(with.rows), as_number(among.rows));
    let (count, exposure) = found.change.inside;
    let usual = found.change.usual();
    let excess = found.change.excess().max(1.0);
    let mut narrow: Vec<(f64, Dimension, Key)> = Vec::new();
    for (&(dimension, key), &with_it) in with.values.iter().filter(|((dimension, _), _)| is_pinpoint(*dimension)) {
        let counted = with_it / counted_rows * count;
        // Of targets all requests are the group's; of others the part that a sample says.
        let exposed = match dimension {
            Dimension::Target => cube.requests(dimension, key, frame, bars),
            _ => among.values.get(&(dimension, key)).copied().unwrap_or(0.0) / rows * exposure,
        };
        // Of rows that have no target none can fail at one: they are no contrast.
        let comparable = among.having[dimension as usize] / rows * exposure;
        let exposed = exposed.max(counted).max(1.0);
        let rest = (count - counted) / (exposure - exposed).max(1.0);
        let is_most = counted - usual * exposed >= MOST * excess;
        let stands_out = counted / exposed >= CONTRAST * rest;
        let shows = counted / exposed * (exposure - exposed) >= 8.0;
        if !is_most || !stands_out || !shows || exposed > FEWER * comparable {
            continue;
        }
        narrow.push((exposed, dimension, key));
    }
    narrow
}

/// The same of what takes longer, each with its sampled rows.
fn narrow_times(found: &Candidate, cube: &Cube, samples: &Samples, frame: &Frame) -> Vec<(f64, Dimension, Key)> {
    let bars = &found.change.bars;
    // How much longer each row took than usual, in logarithms.
    let longer = |row: &Seen| row.log() - found.change.usual();
    let (mut all, mut sum) = (0.0, 0.0);
    let mut values: HashMap<(Dimension, Key), (f64, f64)> = HashMap::new();
    for row in samples.rows(Measure::Time, frame, bars).filter(|row| has(row, found)) {
        all += 1.0;
        sum += longer(row);
        for dimension in Dimension::EACH {
            for key in values_of(row, dimension) {
                let value = values.entry((dimension, key)).or_default();
                *value = (value.0 + 1.0, value.1 + longer(row));
            }
        }
    }
    if all < as_number(2 * ENOUGH) || sum <= 0.0 {
        return Vec::new();
    }
    let mut narrow: Vec<(f64, Dimension, Key)> = Vec::new();
    for (&(dimension, key), &(count, longer)) in values.iter().filter(|((dimension, _), _)| is_pinpoint(*dimension)) {
        let mean = longer / count;
        let rest = (sum - longer) / (all - count).max(1.0);
        // What has always been slower is no reason.
        let is_new = own_shift(cube, dimension, key, frame, found).is_none_or(|shift| shift >= 0.5 * mean.min(1.5));
        let is_narrow = longer >= MOST * sum && rest <= 0.35 * mean && count <= FEWER * all;
        if count < as_number(ENOUGH) || !is_narrow || !is_new {
            continue;
        }
        narrow.push((count, dimension, key));
    }
    narrow
}

/// Clients, and networks of clients, that make nearly all of what is asked more, each with its requests: whatever else it is, it
/// is theirs.
fn narrow_traffic(found: &Candidate, cube: &Cube, samples: &Samples, frame: &Frame) -> Vec<(f64, Dimension, Key)> {
    let among = tally(samples.rows(Measure::More, frame, &found.change.bars), found);
    let often = among.values.iter().filter(|((dimension, _), rows)| {
        matches!(dimension, Dimension::Client | Dimension::Network) && **rows >= 0.3 * as_number(among.rows)
    });
    often
        .filter_map(|(&(dimension, key), _)| {
            let own = renamed(found, dimension, key, cube, frame)?;
            (own.change.excess() >= MOST * found.change.excess()).then_some((own.requests.0, dimension, key))
        })
        .collect()
}

/// How much longer a value's own requests take inside than outside, in logarithms; `None` if it has few outside.
fn own_shift(cube: &Cube, dimension: Dimension, key: Key, frame: &Frame, found: &Candidate) -> Option<f64> {
    let cells = frame.dense(cube.series(dimension, key)?.as_ref());
    let (mut inside, mut outside) = ((0_i64, 0_u32), (0_i64, 0_u32));
    for (bar, cell) in cells.iter().enumerate() {
        let sum = if found.change.bars.contains(bar) { &mut inside } else { &mut outside };
        *sum = (sum.0 + cell.logs, sum.1 + cell.timed);
    }
    #[expect(clippy::cast_precision_loss, reason = "sums of logarithms")]
    let mean = |(logs, timed): (i64, u32)| logs as f64 / super::series::UNIT / f64::from(timed.max(1));
    (outside.1 >= 20).then(|| mean(inside) - mean(outside))
}

/// The same change, with the numbers of another value.
pub(super) fn renamed(
    found: &Candidate,
    dimension: Dimension,
    key: Key,
    cube: &Cube,
    frame: &Frame,
) -> Option<Candidate> {
    let cells = frame.dense(cube.series(dimension, key)?.as_ref());
    let mut other = Candidate::of((found.log, dimension, key), found.measure, &cells, found.change.clone(), frame);
    other.change = other.counted();
    // Of who came a moment before, what was wrong then is what is wrong.
    let is_who = matches!(dimension, Dimension::Client | Dimension::Network | Dimension::Agent | Dimension::Target);
    let came = is_who && other.change.outside.1 < 0.03 * other.change.inside.1;
    // Of traffic, bars are counted: who does not come then comes not at all.
    let is_traffic = matches!(found.measure, Measure::More | Measure::Less);
    if !is_traffic && (other.change.outside.1 < 30.0 || came) {
        // It is new: what is usual is what its kind does.
        other.change.outside = found.told().outside;
        other.times.1 = found.times.1;
        other.new_in = Some((found.dimension, found.key));
    }
    Some(other)
}

fn as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
