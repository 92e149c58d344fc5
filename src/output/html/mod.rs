//! A report as one HTML file that needs nothing else: no network, no font, no image, no script of anybody else's.
//!
//! Responsible for how a document looks in a browser and on paper; what is said is in the document. Pure: a document
//! in, text out. `words` makes texts harmless and hides query strings, `parts` draws all but tables (`table`) and charts
//! (`chart`, `axes`, `scale`, `spark`), `page` is what stands around them in a file; a server puts the same parts into pages of
//! its own. `report.css` and `script/` are part of every file; without the script nothing is missing but the tooltip,
//! sorting and copying. Escaping is maud's.

use super::document::Document;

mod axes;
mod chart;
mod happened;
mod headings;
mod marks;
mod page;
mod parts;
mod rows;
mod scale;
mod spark;
mod table;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use parts::{Links, NoLinks, Parts, gutter, textures};
pub(super) use rows::HtmlWriter;
pub(crate) use rows::Rows;

/// How all parts look.
pub(crate) const STYLE: &str = include_str!("report.css");
/// Functions that make parts come alive, each of an element below which they are: `drawReadings`, `makeSortable`,
/// `fitTables`, `offerCopies`.
pub(crate) const SCRIPT: &str =
    concat!(include_str!("script/charts.js"), include_str!("script/tables.js"), include_str!("script/copying.js"));

/// What is asked of an HTML file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HtmlOptions {
    /// Shows what else is hidden: query strings, which can hold tokens and names. Whoever gets the file sees them.
    pub private: bool,
    /// When it is made, microseconds since the epoch.
    pub generated: i64,
}

/// The document as an HTML file.
pub fn html(document: &Document, options: &HtmlOptions) -> String {
    page::page(document, options).into_string()
}
