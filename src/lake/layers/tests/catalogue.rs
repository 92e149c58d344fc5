//! Each object is read once, from the first layer that has it as it is now: compared with a reference that looks at everything
//! for each object.

use std::collections::BTreeSet;

use alblog::time::{DAY, HOUR, Iso};
use proptest::prelude::*;

use super::super::catalogue::{Choice, Offers, choose};
use crate::lake::export::Source;

/// An object: its name by AWS, where it lies, its content, and when that was written.
type Made = (u8, u8, u8, i64);

fn source((name, place, content, modified): Made) -> Source {
    let name = format!("1_elasticloadbalancing_eu-west-1_app.a.b_20240514T1005Z_192.0.2.1_r{name}.log.gz");
    Source {
        log_object: format!("s3://logs/{place}/{name}"),
        size: 10,
        modified: Some(modified),
        etag: Some(content.to_string()),
        ..Source::default()
    }
}

/// Where an object may be read: layer, slot or batch, and itself.
type Place<'a> = (usize, usize, &'a Source);

fn all<'a>(offers: &Offers<'a>) -> Vec<Place<'a>> {
    let units = |layer: usize, units: &[&'a [Source]]| {
        let each =
            units.iter().enumerate().flat_map(move |(unit, objects)| objects.iter().map(move |it| (layer, unit, it)));
        each.collect::<Vec<_>>()
    };
    [units(0, &offers.kept), units(1, &offers.live), units(2, &[offers.raw])].concat()
}

/// What a choice reads.
fn chosen<'a>(offers: &Offers<'a>, choice: &Choice) -> Vec<Place<'a>> {
    let mut raw = choice.raw.iter();
    let is_read = |&(layer, unit, object): &Place| match layer {
        0 => !choice.kept_without[unit].contains(&object.log_object),
        1 => !choice.live_without[unit].contains(&object.log_object),
        _ => *raw.next().expect("one for each"),
    };
    all(offers).into_iter().filter(is_read).collect()
}

/// The same, the slow way.
fn expected<'a>(offers: &Offers<'a>, duplicates: bool) -> Vec<Place<'a>> {
    let all = all(offers);
    let is_now = |(_, _, object): &Place| {
        let same_place = || all.iter().filter(|(_, _, other)| other.log_object == object.log_object);
        let listed = same_place().find(|(layer, ..)| *layer == 2);
        let newest = same_place().map(|(_, _, other)| other.modified).max().expect("itself");
        let now = listed.or_else(|| same_place().find(|(_, _, other)| other.modified == newest));
        now.expect("one of them").2.is(object)
    };
    let name = |object: &Source| {
        let from = if duplicates { 0 } else { object.log_object.rfind('/').expect("a path") };
        object.log_object[from..].to_owned()
    };
    let names: BTreeSet<String> = all.iter().map(|(_, _, object)| name(object)).collect();
    let mut read = Vec::new();
    for wanted in names {
        let candidates: Vec<&Place> = all.iter().filter(|it| name(it.2) == wanted && is_now(it)).collect();
        assert!(!candidates.is_empty(), "an object is lost");
        match candidates[0].0 {
            // Which of two listed copies is read is decided elsewhere.
            2 => read.extend(candidates.iter().map(|it| **it)),
            _ => read.push(*candidates[0]),
        }
    }
    read.sort_by_key(|(layer, unit, object)| (*layer, *unit, object.log_object.clone()));
    read
}

/// Objects of which no two lie in the same place.
fn objects(most: usize) -> impl Strategy<Value = Vec<Source>> {
    let made = (0_u8..4, 0_u8..2, 0_u8..2, 0_i64..3);
    prop::collection::vec(made, 0..most).prop_map(|made| {
        let mut seen = BTreeSet::new();
        made.into_iter().map(source).filter(|object| seen.insert(object.log_object.clone())).collect()
    })
}

proptest! {
    /// Somebody looks again and again, while objects come to the store, move to the export and are no longer listed: names are
    /// remembered for a while only.
    #[test]
    fn who_looks_again_and_again_reads_each_object_once(
        moves in prop::collection::vec((0_i64..8, 0_u8..3, any::<bool>()), 1..60),
        back in 0_i64..4,
    ) {
        let object = |hour: i64| {
            let end = Iso(20_777 * DAY + hour * HOUR).to_string().replace(['-', ':'], "");
            let name = format!("1_elasticloadbalancing_eu-west-1_app.a.b_{}Z_192.0.2.1_r.log.gz", &end[..13]);
            Source { log_object: format!("s3://logs/{name}"), size: 10, modified: Some(hour), ..Source::default() }
        };
        let (mut live, mut kept) = (BTreeSet::<i64>::new(), BTreeSet::<i64>::new());
        let (mut seen, mut read) = (Vec::<i64>::new(), Vec::<i64>::new());
        let mut until = None;
        for (hour, to, looks) in moves {
            // What comes is not older than is waited for.
            let is_new = until.is_none_or(|until| 20_777 * DAY + hour * HOUR > until);
            match to {
                0 if is_new && !kept.contains(&hour) => drop(live.insert(hour)),
                1 if live.remove(&hour) => drop(kept.insert(hour)),
                _ => {}
            }
            if !looks {
                continue;
            }
            let of = |hours: &BTreeSet<i64>| hours.iter().map(|hour| object(*hour)).collect::<Vec<_>>();
            let (in_store, in_export) = (of(&live), of(&kept));
            let names: Vec<String> = seen.iter().map(|hour| object(*hour).log_object).collect();
            let offers = Offers {
                seen: &names, seen_until: until, kept: vec![&in_export], live: vec![&in_store], raw: &[],
            };
            let choice = choose(&offers, false);
            for (_, _, found) in chosen(&offers, &choice) {
                read.push(found.modified.unwrap());
                seen.push(found.modified.unwrap());
            }
            let newest = live.iter().chain(&kept).max().copied().unwrap_or(0);
            until = until.max(Some(20_777 * DAY + (newest - back) * HOUR));
            seen.retain(|hour| until.is_none_or(|until| 20_777 * DAY + hour * HOUR > until));
            let there: Vec<i64> = live.union(&kept).copied().collect();
            let mut each = read.clone();
            each.sort_unstable();
            prop_assert_eq!(each, there);
        }
    }

    #[test]
    fn each_object_is_read_once_from_the_first_layer_that_has_it(
        kept in prop::collection::vec(objects(4), 0..3),
        live in prop::collection::vec(objects(4), 0..3),
        raw in objects(8),
        duplicates: bool,
    ) {
        let offers = Offers {
            kept: kept.iter().map(Vec::as_slice).collect(),
            live: live.iter().map(Vec::as_slice).collect(),
            raw: &raw,
            ..Offers::default()
        };
        let choice = choose(&offers, duplicates);
        let mut read = chosen(&offers, &choice);
        read.sort_by_key(|(layer, unit, object)| (*layer, *unit, object.log_object.clone()));
        prop_assert_eq!(&read, &expected(&offers, duplicates));
        prop_assert!(!duplicates || choice.copies.count == 0);
    }
}

#[test]
fn a_copy_is_named_with_what_is_read_instead() {
    let (kept, raw) = ([source((1, 0, 0, 0))], [source((1, 1, 0, 5)), source((1, 0, 0, 0)), source((2, 0, 0, 0))]);
    let choice = choose(&Offers { kept: vec![&kept], raw: &raw, ..Offers::default() }, false);
    assert_eq!(choice.raw, [false, false, true]);
    assert_eq!(choice.copies.count, 1);
    assert_eq!(choice.copies.example, Some((kept[0].log_object.clone(), raw[0].log_object.clone())));
}

#[test]
fn a_replaced_object_is_read_itself_and_one_that_is_gone_where_it_is_kept() {
    let (replaced, gone) = (source((1, 0, 0, 0)), source((2, 0, 0, 0)));
    let (kept, raw) = ([replaced.clone(), gone], [source((1, 0, 1, 9))]);
    let choice = choose(&Offers { kept: vec![&kept], raw: &raw, ..Offers::default() }, false);
    assert_eq!(choice.kept_without, [BTreeSet::from([replaced.log_object])]);
    assert_eq!((choice.raw, choice.copies.count), (vec![true], 0));
}

#[test]
fn a_batch_that_moves_into_the_export_counts_once() {
    let (a, b) = (source((1, 0, 0, 0)), source((2, 0, 0, 0)));
    let (kept, live) = ([a.clone()], [a.clone(), b.clone()]);
    let raw = [a.clone(), b];
    let choice = choose(&Offers { kept: vec![&kept], live: vec![&live], raw: &raw, ..Offers::default() }, false);
    assert_eq!(choice.live_without, [BTreeSet::from([a.log_object])]);
    assert_eq!(choice.raw, [false, false]);
}

#[test]
fn what_was_seen_is_not_read_again_whatever_became_of_it() {
    let raw = [source((1, 0, 1, 9)), source((2, 0, 0, 0)), source((1, 1, 0, 0))];
    let seen = [source((1, 0, 0, 0)).log_object];
    let choice = choose(&Offers { seen: &seen, raw: &raw, ..Offers::default() }, false);
    assert_eq!(choice.raw, [false, true, false]);
}

#[test]
fn a_part_gives_way_to_the_whole_log_wherever_that_is() {
    let whole = source((1, 0, 0, 5));
    let cut = |ending: &str| Source {
        log_object: whole.log_object.clone() + ending,
        error: Some("cut short".to_owned()),
        ..source((1, 0, 1, 0))
    };
    let (part, raw, live) = (cut(".6eF8c2aB"), [whole.clone()], [whole.clone()]);
    let kept = [part.clone()];
    let gives_way = [BTreeSet::from([part.log_object.clone()])];
    let choice = choose(&Offers { kept: vec![&kept], raw: &raw, ..Offers::default() }, false);
    assert_eq!((&choice.kept_without[..], &choice.raw[..]), (&gives_way[..], &[true][..]));
    let choice = choose(&Offers { kept: vec![&kept], live: vec![&live], raw: &raw, ..Offers::default() }, false);
    assert_eq!((&choice.kept_without[..], &choice.raw[..]), (&gives_way[..], &[false][..]));
    assert!(choice.live_without[0].is_empty());
    // Alone it counts, and beside a whole one it does not.
    let choice = choose(&Offers { kept: vec![&kept], ..Offers::default() }, false);
    assert!(choice.kept_without[0].is_empty());
    let choice = choose(&Offers { kept: vec![&raw], raw: &kept, ..Offers::default() }, false);
    assert_eq!((choice.kept_without[0].len(), choice.raw), (0, vec![false]));
}
