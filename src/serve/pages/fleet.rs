//! What the reconciler sees: whose logs are on, whose are switched on next, and what is in the way. Pure.

use maud::{Markup, html};

use crate::output::document::Document;
use crate::output::html::{NoLinks, Parts};

/// What there is to show.
pub(super) enum Seen {
    /// No reconciler runs here.
    Nobody,
    /// It has not looked yet.
    Nothing,
    Last(Document),
}

pub(super) fn draw(seen: &Seen) -> Markup {
    let parts = Parts::new(false, &NoLinks);
    html! {
        h1 { "Fleet" }
        section.panel #fleet data-part aria-label="Logs of load balancers" {
            @match seen {
                Seen::Last(document) => {
                    (parts.head(&document.head))
                    @for block in &document.blocks { (parts.block(block)) }
                }
                Seen::Nothing => p { "The reconciler has not looked at everything yet." },
                Seen::Nobody => p {
                    "No reconciler runs here: " code { "albstats serve --reconcile" } " does what [reconcile] in albstats.toml says, "
                    code { "albstats reconcile plan" } " shows it."
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::document::Head;

    #[test]
    fn what_was_seen_is_drawn_as_text() {
        let head = Head { lines: vec![vec!["<b>40</b> ALBs".to_owned()]], warnings: Vec::new() };
        let drawn = draw(&Seen::Last(Document { head, ..Document::default() })).into_string();
        assert!(drawn.contains("&lt;b&gt;40&lt;/b&gt; ALBs"), "{drawn}");
        assert!(draw(&Seen::Nothing).into_string().contains("not looked"));
        assert!(draw(&Seen::Nobody).into_string().contains("serve --reconcile"));
    }
}
