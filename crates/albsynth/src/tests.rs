//! What the generator promises, on the text it makes.

use std::collections::{HashMap, HashSet};

use super::*;
use alblog::columns::eras;
use alblog::time;

fn synth(change: impl FnOnce(&mut SynthSpec)) -> Synth {
    let mut spec = SynthSpec { requests_per_second: 7.3, duration: 17 * MINUTE + 11 * SECOND, ..SynthSpec::default() };
    change(&mut spec);
    Synth::new(spec).unwrap()
}

pub(crate) fn lines(object: &SynthObject) -> impl Iterator<Item = &[u8]> {
    assert_eq!(object.text.last(), Some(&b'\n'));
    object.text[..object.text.len() - 1].split(|&byte| byte == b'\n')
}

/// Fields of a line: spaces separate them outside of quotes.
pub(crate) fn fields(line: &[u8]) -> Vec<&[u8]> {
    let mut quoted = false;
    line.split(|&byte| {
        quoted ^= byte == b'"';
        byte == b' ' && !quoted
    })
    .collect()
}

#[test]
fn the_default_begins_when_it_says() {
    assert_eq!(SynthSpec::default().start, time::parse(b"2026-11-20T10:00:00Z").unwrap());
}

#[test]
fn the_same_specification_gives_the_same_bytes_in_any_order() {
    let (one, two) = (synth(|_| ()), synth(|_| ()));
    let mut backwards: Vec<SynthObject> = one
        .plan()
        .into_iter()
        .rev()
        .map(|plan| {
            let mut text = Vec::new();
            one.render(&plan, &mut text);
            SynthObject { key: plan.key, text }
        })
        .collect();
    backwards.reverse();
    assert_eq!(backwards, two.objects().collect::<Vec<_>>());
    let other = synth(|spec| spec.seed = 2);
    assert!(other.objects().all(|object| !backwards.contains(&object)));
}

#[test]
fn line_counts_are_exact() {
    for rate in [0.0, 0.01, 1.0, 13.3] {
        let synth = synth(|spec| spec.requests_per_second = rate);
        let expected = dice::whole((rate * 1031.0).round());
        assert_eq!(synth.requests(), expected);
        let mut access = 0;
        for (plan, object) in synth.plan().iter().zip(synth.objects()) {
            let count = lines(&object).count() as u64;
            assert_eq!(count, plan.lines, "{}", plan.key);
            access += if plan.key.kind == LogKind::Access { count } else { 0 };
        }
        assert_eq!(access, expected);
    }
}

#[test]
fn busy_nodes_write_several_objects() {
    let synth = synth(|spec| (spec.requests_per_second, spec.load_balancers, spec.duration) = (900.0, 1, 5 * MINUTE));
    let plan: Vec<ObjectPlan> = synth.plan().into_iter().filter(|plan| plan.key.kind == LogKind::Access).collect();
    assert_eq!(plan.len(), 4);
    assert_eq!(plan.iter().map(|plan| plan.lines).sum::<u64>(), 270_000);
    assert_eq!(plan.iter().map(|plan| plan.key.to_string()).collect::<HashSet<_>>().len(), 4);
}

#[test]
fn lines_are_of_their_kind_time_and_width() {
    let synth = synth(|spec| spec.odd_share = 0.0);
    for object in synth.objects() {
        let end = object.key.interval_end;
        assert_eq!(LogKey::parse(&format!("{}/{}", object.key.folder(), object.key)), Some(object.key.clone()));
        for line in lines(&object) {
            let text = String::from_utf8_lossy(line);
            assert!(line.is_ascii(), "{text}");
            assert_eq!(LogKind::recognise(line), Some(object.key.kind), "{text}");
            let fields = fields(line);
            assert_eq!(fields.len(), object.key.kind.known_fields(), "{text}");
            let time = time::parse(fields[object.key.kind.time_field()]).unwrap();
            assert!((end - 2 * INTERVAL..end).contains(&time), "{text}");
        }
    }
}

#[test]
fn rows_are_nearly_in_order_and_nearly_all_in_their_interval() {
    let synth = synth(|spec| spec.requests_per_second = 40.0);
    let (mut rows, mut late, mut back) = (0, 0, 0);
    for object in synth.objects().filter(|object| object.key.kind == LogKind::Access) {
        let mut previous = 0;
        for line in lines(&object) {
            let time = time::parse(fields(line)[1]).unwrap();
            rows += 1;
            late += i32::from(time < object.key.interval_end - INTERVAL);
            back += i32::from(time < previous);
            previous = time;
        }
    }
    assert!(late > 0 && late * 1000 < rows, "{late} of {rows} are late");
    assert!(back > 0 && back * 5 < rows, "{back} of {rows} are out of order");
}

#[test]
fn old_and_odd_lines_are_rows_too() {
    let synth = synth(|spec| (spec.old_widths, spec.odd_share, spec.load_balancers) = (0.9, 0.5, 15));

    let mut widths = HashSet::new();
    for object in synth.objects() {
        let kind = object.key.kind;
        for line in lines(&object) {
            let text = String::from_utf8_lossy(line);
            assert_eq!(LogKind::recognise(line), Some(kind), "{text}");
            let count = fields(line).len();
            assert!((kind.min_fields()..=kind.known_fields() + 1).contains(&count), "{text}");
            widths.insert((kind, count));
        }
    }
    for kind in LogKind::ALL {
        for width in eras(kind.columns()) {
            assert!(widths.contains(&(kind, width)), "{kind}: {width}");
        }
    }
    assert!(widths.contains(&(LogKind::Access, LogKind::Access.known_fields() + 1)));
}

#[test]
fn every_way_to_end_a_request_occurs() {
    let synth = synth(|spec| (spec.requests_per_second, spec.odd_share) = (50.0, 0.0));
    let mut seen: HashSet<String> = HashSet::new();
    for object in synth.objects().filter(|object| object.key.kind == LogKind::Access) {
        for line in lines(&object) {
            let fields = fields(line);
            for position in [0, 8, 22, 24, 34, 35] {
                seen.insert(format!("{position}:{}", String::from_utf8_lossy(fields[position]).trim_matches('"')));
            }
        }
    }
    let expected = [
        "0:http",
        "0:https",
        "0:h2",
        "0:grpcs",
        "0:wss",
        "8:000",
        "8:101",
        "8:200",
        "8:301",
        "8:302",
        "8:304",
        "8:400",
        "8:403",
        "8:404",
        "8:460",
        "8:463",
        "8:464",
        "8:500",
        "8:502",
        "8:503",
        "8:504",
        "8:561",
        "22:waf",
        "22:authenticate",
        "22:authenticate,forward",
        "22:waf,forward",
        "22:redirect",
        "22:fixed-response",
        "24:LambdaInvalidResponse",
        "24:AuthInvalidStateParam",
        "34:0x8",
        "35:0x8",
    ];
    for value in expected {
        assert!(seen.contains(value), "{value}");
    }
}

#[test]
fn requests_join_with_connections() {
    let synth = synth(|spec| spec.requests_per_second = 20.0);
    let objects: Vec<SynthObject> = synth.objects().collect();
    let of_kind = |kind| objects.iter().filter(move |object| object.key.kind == kind);
    let mut opened = HashMap::new();
    for line in of_kind(LogKind::Connection).flat_map(lines) {
        let fields = fields(line);
        opened.insert(fields[11].to_vec(), (time::parse(fields[0]).unwrap(), fields[1].to_vec()));
    }
    let (mut rows, mut joined) = (0, 0);
    for line in of_kind(LogKind::Access).skip(6).flat_map(lines) {
        let fields = fields(line);
        rows += 1;
        if let Some((opened, client)) = opened.get(fields[29]) {
            joined += 1;
            assert!(*opened <= time::parse(fields[21]).unwrap());
            assert!(fields[3].starts_with(client));
        }
    }
    assert!(joined * 100 > rows * 97, "{joined} of {rows}");
}

#[test]
fn names_of_resources_are_of_the_regions_partition() {
    for (region, partition) in [("eu-west-1", "arn:aws:"), ("us-gov-west-1", "arn:aws-us-gov:")] {
        let synth = synth(|spec| spec.region = region.to_owned());
        let text: Vec<u8> = synth.objects().flat_map(|object| object.text).collect();
        let text = String::from_utf8_lossy(&text);
        let mut named = 0;
        for (at, _) in text.match_indices("arn:") {
            assert!(text[at..].starts_with(partition), "{region}: {}", &text[at..at + 40]);
            named += 1;
        }
        assert!(named > 0, "{region}");
    }
}

#[test]
fn specifications_that_make_no_sense_are_refused() {
    let refused = |change: fn(&mut SynthSpec)| {
        let mut spec = SynthSpec::default();
        change(&mut spec);
        Synth::new(spec).is_err()
    };
    assert!(refused(|spec| spec.requests_per_second = f64::NAN));
    assert!(refused(|spec| spec.requests_per_second = -1.0));
    assert!(refused(|spec| spec.duration = 0));
    assert!(refused(|spec| spec.duration = i64::MAX));
    assert!(refused(|spec| spec.load_balancers = 0));
    assert!(refused(|spec| spec.account = "../../123456".to_owned()));
    assert!(refused(|spec| spec.region = "eu_west".to_owned()));
    assert!(refused(|spec| spec.odd_share = 1.1));
}
