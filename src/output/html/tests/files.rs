//! The style sheet: what is said in it about colours is true.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../report.css");

/// Selectors with their declarations, without those of media queries.
pub(super) fn rules() -> Vec<(&'static str, &'static str)> {
    STYLE.split('}').filter_map(|rule| rule.split_once('{')).map(|(names, body)| (names.trim(), body)).collect()
}

/// `--name: #rrggbb` of the first, or second time they are set.
fn colours(nth: usize) -> BTreeMap<&'static str, [f64; 3]> {
    let block = STYLE.split(":root {").nth(nth).unwrap().split('}').next().unwrap();
    let colour = |line: &'static str| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(": #")?;
        let channel = |at: usize| f64::from(u8::from_str_radix(&value[at..at + 2], 16).unwrap()) / 255.0;
        Some((name, [channel(0), channel(2), channel(4)]))
    };
    block.lines().filter_map(colour).collect()
}

/// WCAG 2.2, relative luminance.
fn luminance(colour: [f64; 3]) -> f64 {
    let linear = |channel: f64| {
        if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    };
    colour.into_iter().zip([0.2126, 0.7152, 0.0722]).map(|(channel, weight)| linear(channel) * weight).sum()
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    if one > other { one / other } else { other / one }
}

#[test]
fn contrast_is_enough_in_light_and_dark() {
    for (nth, look) in [(1, "light"), (2, "dark")] {
        let colours = colours(nth);
        let least = |front: &str, back: &str, least: f64| {
            let found = contrast(colours[front], colours[back]);
            assert!(found >= least, "{look}: {front} on {back} has {found:.2}, not {least}");
        };
        for (front, back) in [
            ("ink", "paper"),
            ("ink", "sheet"),
            ("dim", "paper"),
            ("dim", "sheet"),
            ("bad", "paper"),
            ("bad", "sheet"),
            ("paper", "bad"),
            ("warn", "warn-sheet"),
        ] {
            least(front, back, 4.5);
        }
        for front in ["s1", "s2", "s3", "s4", "s5", "s6", "accent", "later"] {
            least(front, "paper", 3.0);
        }
    }
    assert!((contrast([1.0; 3], [0.0; 3]) - 21.0).abs() < 1e-9);
}

#[test]
fn every_colour_has_a_dark_one() {
    let names = |nth| colours(nth).into_keys().collect::<Vec<_>>();
    assert_eq!(names(1), names(2));
    assert_eq!(STYLE.matches('{').count(), STYLE.matches('}').count());
}
