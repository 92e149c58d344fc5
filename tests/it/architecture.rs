//! The house as `docs/architecture.md` draws it: its tables are read here, so that map and code cannot differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::support::repository;

const MAP: &str = "docs/architecture.md";

/// A row of the table of rooms.
struct Room {
    /// `ask/query`
    path: String,
    /// What it may import; empty where it says `everything below`.
    imports: BTreeSet<String>,
    everything: bool,
}

#[test]
fn rooms_import_what_the_map_says_and_only_downwards() {
    let rooms = rooms();
    let place: BTreeMap<&str, usize> = rooms.iter().enumerate().map(|(at, room)| (room.path.as_str(), at)).collect();
    let mut found = Vec::new();
    for (at, room) in rooms.iter().enumerate() {
        let mut used = BTreeSet::new();
        for (file, line, text) in code_of(&room.path) {
            for import in imports(&text) {
                let Some(to) = room_of(&import, &rooms) else {
                    found.push(format!("{file}:{line}: no room in the map holds crate::{import}"));
                    continue;
                };
                if to == room.path {
                    continue;
                }
                if place[to] < at {
                    found.push(format!("{file}:{line}: {to} stands above {}", room.path));
                } else if !room.everything && !room.imports.contains(to) {
                    found.push(format!("{file}:{line}: the map does not let {} import {to}", room.path));
                }
                used.insert(to.to_owned());
            }
        }
        for unused in room.imports.difference(&used) {
            found.push(format!("{MAP}: {} imports nothing of {unused}", room.path));
        }
    }
    assert!(found.is_empty(), "map and imports differ:\n{}", found.join("\n"));
}

#[test]
fn every_file_has_a_room() {
    let rooms = rooms();
    let mut files = Vec::new();
    rust_files(&repository("src"), &mut files);
    assert!(files.len() > 50);
    let homeless: Vec<String> = files
        .iter()
        .map(|path| relative(path))
        .filter(|name| !["src/lib.rs", "src/main.rs"].contains(&name.as_str()))
        // A floor's own `mod.rs` lists its rooms.
        .filter(|name| !name.ends_with("/mod.rs") || name.matches('/').count() > 2)
        .filter(|name| !rooms.iter().any(|room| is_in(name, &room.path)))
        .collect();
    assert!(homeless.is_empty(), "files that no row of {MAP} holds:\n{}", homeless.join("\n"));
}

#[test]
fn what_has_one_place_stands_nowhere_else() {
    let owners = owners();
    let mut files = Vec::new();
    for folder in ["src", "crates"] {
        rust_files(&repository(folder), &mut files);
    }
    let mut found = Vec::new();
    for (word, places) in &owners {
        let mut seen = false;
        for path in &files {
            let name = relative(path);
            let owned = places.iter().any(|place| name.starts_with(place.as_str()));
            for (number, line) in code(&fs::read_to_string(path).unwrap()) {
                if line.contains(word.as_str()) {
                    seen |= owned;
                    if !owned && !is_test(&name) {
                        found.push(format!("{name}:{number}: {word} belongs to {}", places.join(", ")));
                    }
                }
            }
        }
        if !seen && !places.is_empty() {
            found.push(format!("{MAP}: {word} is not in {}", places.join(", ")));
        }
    }
    assert!(found.is_empty(), "what has one place stands elsewhere, or no more:\n{}", found.join("\n"));
}

/// Rows of the table under `## Floors and rooms`: `| `ask/query` | what for | `base/tables`, `read/scan` |`.
fn rooms() -> Vec<Room> {
    let rooms: Vec<Room> = table("## Floors and rooms")
        .into_iter()
        .map(|cells| Room {
            path: quoted(&cells[0]).pop().unwrap_or_else(|| panic!("{MAP}: a room has no name: {cells:?}")),
            imports: quoted(&cells[2]).into_iter().collect(),
            everything: cells[2].contains("everything below"),
        })
        .collect();
    assert!(rooms.len() > 10, "{MAP} has no table of rooms");
    rooms
}

/// Rows of the table under `## What has one place`: what may be written, and in which files or folders.
fn owners() -> Vec<(String, Vec<String>)> {
    let rows = table("## What has one place").into_iter();
    let owners: Vec<_> = rows
        .flat_map(|cells| {
            let places = quoted(&cells[2]);
            quoted(&cells[1]).into_iter().map(move |word| (word, places.clone()))
        })
        .collect();
    assert!(owners.len() > 15, "{MAP} has no table of what has one place");
    owners
}

/// Cells of the first table below a heading, without its own heading.
fn table(heading: &str) -> Vec<Vec<String>> {
    let map = fs::read_to_string(repository(MAP)).unwrap();
    let below = map.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{MAP} has no {heading}")).1;
    let rows = below.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    rows.skip(2).map(|row| row.trim_matches('|').split(" | ").map(str::to_owned).collect()).collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The room that `ask::query::Window` is of: the longest path that fits.
fn room_of<'a>(import: &str, rooms: &'a [Room]) -> Option<&'a str> {
    let import = import.replace("::", "/");
    let fits = |room: &&Room| import == room.path || import.starts_with(&format!("{}/", room.path));
    rooms.iter().filter(fits).map(|room| room.path.as_str()).max_by_key(|path| path.len())
}

fn is_in(file: &str, room: &str) -> bool {
    file == format!("src/{room}.rs") || file.starts_with(&format!("src/{room}/"))
}

/// File, number and text of every line of code in a room.
fn code_of(room: &str) -> Vec<(String, usize, String)> {
    let mut files = Vec::new();
    rust_files(&repository("src"), &mut files);
    let mut lines = Vec::new();
    for path in files {
        let name = relative(&path);
        if is_in(&name, room) && !is_test(&name) {
            let text = fs::read_to_string(&path).unwrap();
            lines.extend(code(&text).into_iter().map(|(number, line)| (name.clone(), number, line.to_owned())));
        }
    }
    assert!(!lines.is_empty(), "{MAP} names a room that is not there: {room}");
    lines
}

/// Lines of the product with their numbers: no comments, and nothing that is built for tests alone.
fn code(text: &str) -> Vec<(usize, &str)> {
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let mut code = Vec::new();
    while let Some((number, line)) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            // One line, or a block that ends where it began.
            let margin = &line[..line.len() - line.trim_start().len()];
            if lines.next().is_some_and(|(_, item)| !item.ends_with(';')) {
                let _ = lines.by_ref().find(|(_, line)| *line == format!("{margin}}}"));
            }
        } else if !line.trim_start().starts_with("//") {
            code.push((number, line));
        }
    }
    code
}

/// What a line names of this crate: `base::tables` of `use crate::base::tables::Table;`.
fn imports(line: &str) -> impl Iterator<Item = String> {
    let path = |text: &str| text.chars().take_while(|char| char.is_alphanumeric() || "_:".contains(*char)).collect();
    line.split("crate::").skip(1).map(path)
}

fn is_test(name: &str) -> bool {
    name.contains("/tests/") || name.ends_with("tests.rs") || name.contains("/benches/") || name.contains("/testing")
}

fn relative(path: &Path) -> String {
    path.strip_prefix(repository("")).unwrap().to_string_lossy().replace('\\', "/")
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
