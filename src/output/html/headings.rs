//! Headings of a table: one line, or two where neighbours have one in common. Each says which column it sorts by.

use maud::{Markup, html};

use super::words::Words;
use crate::output::document::{Column, Unit};

/// Neighbours with the same heading above them: its name, if they have one, and the first column.
struct Group<'t> {
    name: Option<&'t str>,
    first: usize,
    columns: &'t [Column],
}

pub(super) fn headings(columns: &[Column], words: &Words) -> Markup {
    let groups = groups(columns);
    let lines = if groups.iter().any(|group| group.name.is_some()) { 2 } else { 1 };
    html! {
        thead {
            tr {
                @for group in &groups {
                    @match group.name {
                        None => @for (offset, column) in group.columns.iter().enumerate() {
                            (heading(column, group.first + offset, lines, words))
                        },
                        Some(name) if group.is_nameless() => {
                            th class=[group.columns.iter().find_map(right)] scope="colgroup"
                                colspan=(group.columns.len()) rowspan=(lines) data-column=(group.first) {
                                (words.prose(name))
                            }
                        },
                        Some(name) => th.group scope="colgroup" colspan=(group.columns.len()) {
                            span { (words.prose(name)) }
                        },
                    }
                }
            }
            @if lines == 2 {
                tr {
                    @for group in groups.iter().filter(|group| group.name.is_some() && !group.is_nameless()) {
                        @for (offset, column) in group.columns.iter().enumerate() {
                            (heading(column, group.first + offset, 1, words))
                        }
                    }
                }
            }
        }
    }
}

fn heading(column: &Column, index: usize, lines: usize, words: &Words) -> Markup {
    let title = Some(words.prose(&column.name)).filter(|name| !name.is_empty() && *name != column.heading);
    let lines = (lines > 1).then_some(lines);
    html! {
        th class=[right(column)] scope="col" rowspan=[lines] title=[title] data-column=(index) {
            @match with_unit(column).as_str() {
                // What stands above a column that needs no words is for who does not see it.
                "" if !column.name.is_empty() => span.unseen { (words.prose(&column.name.replace('_', " "))) },
                heading => (words.prose(heading)),
            }
        }
    }
}

/// The class of what stands at the right.
fn right(column: &Column) -> Option<&'static str> {
    column.unit.is_aligned_right().then_some("n")
}

/// The heading, which says that seconds are shown as milliseconds unless the one above it does.
fn with_unit(column: &Column) -> String {
    let says_unit = |text: &str| text.split(|char: char| !char.is_alphanumeric()).any(|word| word == "ms");
    let is_said = says_unit(&column.heading) || column.group.as_deref().is_some_and(says_unit);
    match (column.unit, column.heading_over(1).as_str()) {
        (Unit::Seconds, "") if !is_said => "ms".to_owned(),
        (Unit::Seconds, heading) if !is_said => format!("{heading}, ms"),
        (_, heading) => heading.to_owned(),
    }
}

fn groups(columns: &[Column]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    for columns in columns.chunk_by(|left, right| name(left) == name(right)) {
        let first = groups.last().map_or(0, |group| group.first + group.columns.len());
        groups.push(Group { name: name(&columns[0]), first, columns });
    }
    groups
}

fn name(column: &Column) -> Option<&str> {
    column.group.as_deref().filter(|name| !name.is_empty())
}

impl Group<'_> {
    /// Whether its columns have no headings of their own.
    fn is_nameless(&self) -> bool {
        self.columns.iter().all(|column| column.heading.is_empty())
    }
}
