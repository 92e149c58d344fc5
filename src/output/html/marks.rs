//! Signs by which several series are told apart without colour, and small numbers for coordinates.

use maud::{Markup, html};

/// Series that have a colour, a dash, a marker and a texture of their own; a seventh looks like the first.
pub(super) const KINDS: usize = 6;

/// The class of a series: `s1` to `s6`.
pub(super) fn class(series: usize) -> String {
    format!("s{}", series % KINDS + 1)
}

/// Whether the marker is hollow.
pub(super) fn is_hollow(series: usize) -> bool {
    matches!(series % KINDS, 2 | 3)
}

/// Textures of bars: stripes of paper over the colour. Levels only, for charts are stretched sideways.
pub(super) fn textures() -> Markup {
    // Height of the repeated tile, and of the stripe in it.
    let stripes = [(5, 1), (10, 3), (3, 1), (8, 4), (16, 1)];
    html! {
        svg.defs aria-hidden="true" width="0" height="0" {
            defs {
                @for (index, (tile, stripe)) in stripes.iter().enumerate() {
                    pattern id=(format!("texture-{}", index + 2)) width="10" height=(tile) patternUnits="userSpaceOnUse" {
                        rect.stripe width="10" height=(stripe) {}
                    }
                }
                pattern id="later" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect.hatch width="1.5" height="5" {}
                }
            }
        }
    }
}

/// The texture of a series, if it has one.
pub(super) fn texture(series: usize) -> Option<String> {
    let kind = series % KINDS + 1;
    (kind > 1).then(|| format!("url(#texture-{kind})"))
}

/// The sign of a series in a legend and in a tooltip.
pub(super) fn sign(series: usize, is_bars: bool) -> Markup {
    let class = class(series);
    html! {
        svg.sign aria-hidden="true" viewBox="0 0 22 12" width="22" height="12" {
            @if is_bars {
                rect class=(format!("bar {class}")) x="5" y="1" width="12" height="10" {}
                @if let Some(fill) = texture(series) { rect x="5" y="1" width="12" height="10" fill=(fill) {} }
            } @else {
                path class=(format!("line {class}")) d="M0 6H22" {}
                path class=(format!("mark {class}")) d="M11 6h.01" {}
                @if is_hollow(series) { path class=(format!("hole {class}")) d="M11 6h.01" {} }
            }
        }
    }
}

/// A coordinate or a percentage with at most two decimals.
pub(super) fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A place on a picture that is not stretched: so much of its width.
pub(super) fn percent(percent: f64) -> String {
    format!("{}%", short(percent))
}
