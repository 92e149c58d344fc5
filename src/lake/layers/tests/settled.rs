//! What need not be listed is recorded for all that is read.

use std::collections::BTreeSet;

use alblog::LogKind;
use alblog::time::{DAY, HOUR};
use proptest::prelude::*;

use super::super::settled::{Recording, is_settled, settled};
use crate::lake::export::{Slot, SlotLength};

const PLACES: [&str; 3] = ["s3://a", "s3://b", "s3://c"];

fn slot(hour: i64, length: SlotLength, kind: LogKind) -> Slot {
    let start = length.start_of(hour * HOUR);
    Slot { start, length, kind, account: "1".to_owned(), region: "eu-west-1".to_owned() }
}

fn slots() -> impl Strategy<Value = Vec<Slot>> {
    let length = prop_oneof![4 => Just(SlotLength::Hour), 1 => Just(SlotLength::Day)];
    (length, prop::collection::btree_set((0_i64..48, 0..2_usize), 0..40)).prop_map(|(length, made)| {
        let slots = made.into_iter().map(|(hour, kind)| slot(hour, length, LogKind::ALL[kind]));
        slots.collect::<BTreeSet<Slot>>().into_iter().collect()
    })
}

fn places() -> impl Strategy<Value = BTreeSet<&'static str>> {
    prop::sample::subsequence(PLACES.to_vec(), 1..=PLACES.len()).prop_map(|places| places.into_iter().collect())
}

proptest! {
    #[test]
    fn settled_hours_are_recorded_for_every_place_and_by_one_export_each(
        exports in prop::collection::vec((places(), slots(), prop::collection::vec(prop::bool::weighted(0.1), 40)), 1..4),
        raw in places(),
        before in 0_i64..60,
    ) {
        let raw: BTreeSet<String> = raw.into_iter().map(str::to_owned).collect();
        let recording: Vec<Recording> = exports
            .iter()
            .map(|(sources, slots, lack)| {
                let lacking = slots.iter().zip(lack).filter_map(|(slot, lacks)| lacks.then_some(slot)).collect();
                Recording { sources: sources.clone(), slots: slots.iter().collect(), lacking }
            })
            .collect();
        let settled = settled(&recording, &raw, before * HOUR);
        for kind in LogKind::ALL {
            for hour in (0..48).map(|hour| hour * HOUR) {
                let recorded = |slots: &[Slot]| {
                    slots.iter().any(|slot| slot.kind == kind && (slot.start..slot.end()).contains(&hour))
                };
                let having: Vec<_> = exports.iter().filter(|(_, slots, _)| recorded(slots)).collect();
                if settled.holds_hour(kind, "1", "eu-west-1", hour) {
                    prop_assert!(hour + HOUR <= before * HOUR, "it is over");
                    for place in &raw {
                        let of_place = having.iter().filter(|(sources, ..)| sources.contains(place.as_str())).count();
                        prop_assert_eq!(of_place, 1);
                    }
                    for (_, slots, lack) in &exports {
                        let lacks = |(slot, lacks): (&Slot, &bool)| *lacks && recorded(std::slice::from_ref(slot));
                        prop_assert!(!slots.iter().zip(lack).any(lacks), "objects were left out");
                    }
                } else if let ([(sources, slots, lack)], 1) = (&exports[..], exports.len()) {
                    // Of one export nothing is listed without need.
                    let slot = slots.iter().zip(lack).find(|(slot, _)| slot.kind == kind && (slot.start..slot.end()).contains(&hour));
                    let covers = raw.iter().all(|place| sources.contains(place.as_str()));
                    prop_assert!(slot.is_none_or(|(slot, lacks)| *lacks || slot.end() > before * HOUR) || !covers);
                }
            }
        }
        // A slot is settled whole or not at all.
        for slot in exports.iter().flat_map(|(_, slots, _)| slots) {
            let hours: Vec<i64> = (0..slot.length.micros() / HOUR).map(|hour| slot.start + hour * HOUR).collect();
            let held = hours.iter().filter(|hour| settled.holds_hour(slot.kind, "1", "eu-west-1", **hour)).count();
            prop_assert!(held == 0 && !is_settled(slot, &settled) || held == hours.len());
        }
    }
}

#[test]
fn a_day_is_settled_when_it_is_over() {
    let day = slot(0, SlotLength::Day, LogKind::Access);
    let recording = [Recording { sources: BTreeSet::from(["s3://a"]), slots: vec![&day], lacking: Vec::new() }];
    let raw = BTreeSet::from(["s3://a".to_owned()]);
    assert!(is_settled(&day, &settled(&recording, &raw, DAY)));
    assert!(!is_settled(&day, &settled(&recording, &raw, DAY - 1)));
    assert!(!is_settled(&day, &settled(&recording, &BTreeSet::new(), DAY)), "nothing is listed, so all is looked up");
}
