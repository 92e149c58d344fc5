//! What a report takes, as a form: rows by what, how many, and what it is about. Pure.

use maud::{Markup, html};

use super::bar::hidden;
use super::filters::{Filters, Key};
use crate::base::shown::harmless;
use crate::report::{ParameterKind, QueryFile, library};

/// Numbers of rows that are offered.
const TOPS: [&str; 4] = ["10", "20", "100", "0"];

/// The form of a report on its page; nothing where it takes nothing.
pub(super) fn draw(path: &str, filters: &Filters, report: &str) -> Markup {
    let Ok(file) = library::known(report) else { return Markup::default() };
    let by = choices(&file, "by");
    let about = file.parameters.iter().find(|it| it.default.is_none() && it.kind == ParameterKind::Text);
    let takes_top = ["top", "lines"].iter().any(|name| file.parameter(name).is_some());
    let is_compare = file.parameter("before_from").is_some();
    let taken = [(by.is_some(), Key::By), (takes_top, Key::Top), (about.is_some(), Key::What)];
    let taken = taken.into_iter().filter(|(is_taken, _)| *is_taken).map(|(_, key)| key);
    let taken: Vec<Key> = taken.chain(is_compare.then_some(Key::Baseline)).collect();
    if taken.is_empty() {
        return Markup::default();
    }
    let rest = taken.iter().fold(filters.clone(), |rest, key| rest.without(*key));
    html! {
        form.shape action=(path) {
            (hidden(&rest))
            @if let Some(parameter) = about {
                label { (parameter.name) " " input name="what" value=(harmless(filters.get(Key::What).unwrap_or_default()))
                    placeholder=(Key::What.example()) required size="40" autocomplete="off"; }
            }
            @if let Some((known, default)) = &by {
                (select(Key::By, "rows are by", known, filters.get(Key::By).unwrap_or(default)))
            }
            @if takes_top {
                @let now = filters.get(Key::Top).unwrap_or("20");
                label { "rows " select name="top" {
                    @for top in TOPS {
                        option value=(top) selected[top == now] { @if top == "0" { "all" } @else { (top) } }
                    }
                    @if !TOPS.contains(&now) { option value=(now) selected { (harmless(now)) } }
                } }
            }
            @if is_compare {
                label { "with the same time earlier by " input name="baseline" size="8" placeholder="1w" autocomplete="off"
                    value=(harmless(filters.get(Key::Baseline).unwrap_or_default())); }
            }
            button { "show" }
        }
    }
}

fn choices(file: &QueryFile, name: &str) -> Option<(Vec<String>, String)> {
    let parameter = file.parameter(name)?;
    match &parameter.kind {
        ParameterKind::Choice(choices) => Some((choices.clone(), parameter.default.clone().unwrap_or_default())),
        _ => None,
    }
}

fn select(key: Key, label: &str, known: &[String], now: &str) -> Markup {
    html! {
        label { (label) " " select name=(key.name()) {
            @for choice in known {
                option value=(choice) selected[choice == now] { (choice.replace('_', " ")) }
            }
        } }
    }
}
