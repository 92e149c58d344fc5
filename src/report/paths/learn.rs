//! Which places of paths hold values and not names: slugs, user names, tokens. LearnedPattern from how many there are. Pure.
//!
//! Numbers, UUIDs and hashes are known by their looks, and are `:id` already (`queries/paths.sql`). What looks like a word
//! is known for a value only by its number: `/products/` is followed by four hundred, `/api/` by a dozen. What is
//! learned is a regular expression that the same statement applies, in a syntax that all engines read alike: no
//! look-around, no classes but those in brackets.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::except::any_segment_but;

/// In place of a value.
const ID: &str = ":id";
/// So many different values are values, however often each is asked for.
const MANY: usize = 200;
/// So many are, if at least half of them are [`RARE`]: there will be others tomorrow.
const SOME: usize = 40;
/// A value that is asked for so often at most is rare.
const RARE: u64 = 2;
/// A name among values is asked for so many times as often as the most frequent value.
const GAP: u64 = 8;
/// And at least so often.
const NAMED_REQUESTS: u64 = 20;
/// Most names among values in one place.
const NAMES: usize = 30;
/// Longest name.
const NAME_LENGTH: usize = 32;
/// Most places.
const PLACES: usize = 64;
/// Deepest segment that is looked at: also bounds recursion.
const DEPTH: usize = 16;
/// Longest path that is looked at whole, in bytes.
const LENGTH: usize = 256;
/// Ends of segments that say what kind of thing it is, and stay.
const EXTENSIONS: [&str; 40] = [
    "action", "asp", "aspx", "avif", "bin", "css", "csv", "do", "docx", "eot", "gif", "gz", "htm", "html", "ico",
    "jpeg", "jpg", "js", "json", "jsp", "map", "md", "mjs", "mp3", "mp4", "pdf", "php", "png", "svg", "tgz", "ttf",
    "txt", "wasm", "webm", "webp", "woff", "woff2", "xlsx", "xml", "zip",
];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LearnedPattern {
    /// What `:learned` is bound to: group 1 is what stands before the value, group 2 what follows it.
    pub(super) pattern: String,
    /// Where the values are, most values first.
    pub(super) places: Vec<ValuePosition>,
    /// Names that stand where values are, and are not taken for one.
    pub(super) names: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValuePosition {
    /// What stands before them: `/products`; empty at the beginning of paths.
    pub(super) before: String,
    /// How many there are.
    pub(super) values: usize,
}

/// Learns from paths in which what looks like an id is `:id`, with how often they were asked for. `None` if no place holds
/// that many values.
pub(super) fn learn<'a>(paths: impl IntoIterator<Item = (&'a str, u64)>) -> Option<LearnedPattern> {
    let mut tree = Tree { nodes: vec![Node::default()] };
    for (path, requests) in paths {
        tree.add(path, requests);
    }
    let mut found = Found::default();
    tree.walk(0, "", 0, &mut found);
    let Found { mut places, names } = found;
    places.sort_by(|a, b| b.values.cmp(&a.values).then_with(|| a.before.cmp(&b.before)));
    places.truncate(PLACES);
    (!places.is_empty()).then(|| LearnedPattern { pattern: pattern(&places, &names), places, names })
}

/// `^(/c/:id/p|/c)/VALUE(END)$`, the longest first, since the first that fits is taken.
fn pattern(places: &[ValuePosition], names: &BTreeSet<String>) -> String {
    let mut before: Vec<&str> = places.iter().map(|place| place.before.as_str()).collect();
    before.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let before: Vec<String> = before.into_iter().map(escape).collect();
    let names: BTreeSet<&str> = names.iter().flat_map(|name| [name.as_str(), split(name).0]).collect();
    let extensions = EXTENSIONS.join("|");
    format!(r"^({})/{}((?:\.(?:{extensions}))?(?:/.*)?)$", before.join("|"), any_segment_but(&names))
}

/// Text as a regular expression that is it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if r"\.+*?()|[]{}^$".contains(char) {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

/// A segment, and its extension with the dot, if that says what kind of thing it is.
fn split(segment: &str) -> (&str, &str) {
    match segment.rsplit_once('.') {
        Some((body, extension)) if !body.is_empty() && EXTENSIONS.contains(&extension) => segment.split_at(body.len()),
        _ => (segment, ""),
    }
}

/// Places and names, as they are found.
#[derive(Default)]
struct Found {
    places: Vec<ValuePosition>,
    names: BTreeSet<String>,
}

/// Paths by their segments. Bounded by the paths it is made of: a node for each of their segments at most.
struct Tree<'a> {
    nodes: Vec<Node<'a>>,
}

#[derive(Default)]
struct Node<'a> {
    /// What follows, by segment.
    next: BTreeMap<Cow<'a, str>, usize>,
    /// Requests for this path and those below.
    requests: u64,
}

impl<'a> Tree<'a> {
    fn add(&mut self, path: &'a str, requests: u64) {
        let Some(path) = path.strip_prefix('/') else { return };
        let mut end = path.len().min(LENGTH);
        while !path.is_char_boundary(end) {
            end -= 1;
        }
        // Where it is cut is no segment of its own.
        let whole = if end < path.len() { path[..end].rfind('/').unwrap_or(0) } else { end };
        let mut node = 0;
        self.nodes[node].requests += requests;
        for segment in path[..whole].split('/').take(DEPTH) {
            let new = self.nodes.len();
            let next = *self.nodes[node].next.entry(Cow::Borrowed(segment)).or_insert(new);
            if next == new {
                self.nodes.push(Node::default());
            }
            node = next;
            self.nodes[node].requests += requests;
        }
    }

    /// Looks at what follows a node, merges it if it is values, and goes on below.
    fn walk(&mut self, node: usize, before: &str, depth: usize, found: &mut Found) {
        if let Some(names) = self.names_among_values(node) {
            found.names.extend(names);
            let mut values = 0;
            for (segment, child) in std::mem::take(&mut self.nodes[node].next) {
                let is_value = !segment.is_empty() && !found.names.contains(segment.as_ref());
                values += usize::from(is_value);
                self.put(node, if is_value { Cow::Owned(merged(&segment)) } else { segment }, child);
            }
            found.places.push(ValuePosition { before: before.to_owned(), values });
        }
        if depth >= DEPTH {
            return;
        }
        let next: Vec<(String, usize)> =
            self.nodes[node].next.iter().map(|(segment, next)| (format!("{before}/{segment}"), *next)).collect();
        for (before, next) in next {
            self.walk(next, &before, depth + 1, found);
        }
    }

    /// If values follow this node, the names that stand among them: a few that are asked for far more often.
    fn names_among_values(&self, node: usize) -> Option<Vec<String>> {
        let next = self.nodes[node].next.iter().filter(|(segment, _)| !segment.is_empty() && split(segment).0 != ID);
        let mut next: Vec<(u64, &str)> =
            next.map(|(segment, child)| (self.nodes[*child].requests, segment.as_ref())).collect();
        next.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let is_gap = |pair: &[(u64, &str)]| pair[0].0 >= NAMED_REQUESTS && pair[0].0 / GAP >= pair[1].0;
        let mut gaps = next.windows(2).take(NAMES).enumerate().filter(|(_, pair)| is_gap(pair));
        let (leading, values) = next.split_at(gaps.next_back().map_or(0, |(last, _)| last + 1));
        let rare = values.iter().filter(|(requests, _)| *requests <= RARE).count();
        let are_values = values.len() >= MANY || (values.len() >= SOME && rare * 2 >= values.len());
        let names = leading.iter().map(|(_, segment)| *segment).filter(|segment| is_name(segment));
        are_values.then(|| names.map(ToOwned::to_owned).collect())
    }

    /// Puts a node below another under a name, together with what has this name already.
    fn put(&mut self, parent: usize, name: Cow<'a, str>, child: usize) {
        let Some(same) = self.nodes[parent].next.get(&name).copied() else {
            self.nodes[parent].next.insert(name, child);
            return;
        };
        let Node { next, requests } = std::mem::take(&mut self.nodes[child]);
        self.nodes[same].requests += requests;
        for (name, child) in next {
            self.put(same, name, child);
        }
    }
}

/// Whether a segment can be taken for a name: [`any_segment_but`] has to be able to tell it from others.
fn is_name(segment: &str) -> bool {
    segment.len() <= NAME_LENGTH && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// What the pattern makes of a value: `:id`, `:id.webp`.
fn merged(segment: &str) -> String {
    format!("{ID}{}", split(segment).1)
}
