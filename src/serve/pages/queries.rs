//! Questions that are under way, with a way to end them, and those that were lately. Pure.

use maud::{Markup, html};

use crate::base::shown::harmless;
use crate::output::human;
use crate::serve::queries::Shown;

/// Characters of a question that are shown in its row.
const SHOWN: usize = 300;

pub(super) fn draw(running: &[Shown], recent: &[Shown]) -> Markup {
    html! {
        h1 { "Queries" }
        section.panel #running data-part aria-label="Under way" {
            h2 { "Under way" }
            @if running.is_empty() { p.empty { "nothing is being asked" } } @else { (table(running, true)) }
        }
        section.panel #recent data-part aria-label="Lately" {
            h2 { "Lately" }
            @if recent.is_empty() { p.empty { "nothing was asked since this server began" } } @else { (table(recent, false)) }
        }
    }
}

fn table(queries: &[Shown], can_end: bool) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label="Queries" {
            table {
                thead { tr {
                    th scope="col" { "ASKED, UTC" }
                    th scope="col" { "STATE" }
                    th.n scope="col" { "TOOK, ms" }
                    th.n scope="col" { "READ" }
                    th.n scope="col" { "ROWS" }
                    th scope="col" { "SOURCE" }
                    th scope="col" { "BY" }
                    th scope="col" { "WHAT" }
                    @if can_end { th scope="col" { span.unseen { "end" } } }
                } }
                tbody { @for query in queries { (row(query, can_end)) } }
            }
        }
    }
}

fn row(query: &Shown, can_end: bool) -> Markup {
    let text = query.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = harmless(&text).into_owned();
    let cut: String = text.chars().take(SHOWN).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    html! {
        tr.bad[query.error.is_some()] {
            td.t { (query.asked.replace('T', " ").chars().take(19).collect::<String>()) }
            td.t { (format!("{:?}", query.state).to_lowercase()) }
            td.n { (human::count(query.elapsed_ms)) }
            td.n { (human::bytes(query.read.bytes)) }
            td.n { (human::count(query.rows)) }
            td.t { (harmless(&query.source)) }
            td.t { (query.by.as_deref().map_or("–".into(), harmless)) }
            td.t.long {
                code { (cut) (more) }
                @if let Some(error) = &query.error { br; (error.to_string().lines().next().unwrap_or_default()) }
            }
            @if can_end {
                td {
                    form method="post" action=(format!("/queries/{}/end", query.id)) { button { "end" } }
                }
            }
        }
    }
}
