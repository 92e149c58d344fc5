//! Annotations that hold a map: `key=value,key=value`. As the controller's `pkg/annotations/parser.go` reads them.

use std::collections::BTreeMap;

/// Reads a map. A comma ends a pair only if another `=` follows it; `\` takes the next letter as it is; blanks around a pair
/// go, quotes stay.
///
/// # Errors
/// When a pair has no key or no `=`: then the controller builds nothing at all.
pub(super) fn string_map(text: &str) -> Result<BTreeMap<String, String>, String> {
    let malformed = || format!("failed to parse stringMap annotation: {text}");
    let mut map = BTreeMap::new();
    for pair in pairs(text) {
        let pair = pair.trim();
        if pair.is_empty() {
            continue;
        }
        let (key, value) = pair.split_once('=').ok_or_else(malformed)?;
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() {
            return Err(malformed());
        }
        map.insert(key.to_owned(), value.to_owned());
    }
    Ok(map)
}

/// The pairs, with what was escaped as it is meant.
fn pairs(text: &str) -> Vec<String> {
    let mut pairs = vec![String::new()];
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            // At the end there is nothing to escape.
            '\\' => push(&mut pairs, letters.next().map_or('\\', |(_, next)| next)),
            ',' if text[at..].contains('=') || text[at + 1..].trim().is_empty() => pairs.push(String::new()),
            letter => push(&mut pairs, letter),
        }
    }
    pairs
}

fn push(pairs: &mut [String], letter: char) {
    if let Some(pair) = pairs.last_mut() {
        pair.push(letter);
    }
}
