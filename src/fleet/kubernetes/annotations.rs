//! Annotations whose text has a form: `key=value,key=value`, and truth. As the controller's `pkg/annotations/parser.go`
//! reads them since version 2.14.1.

use std::collections::BTreeMap;

/// Reads a map. A comma ends a pair if another `=` follows it; one with nothing behind it belongs to the value. `\` takes the
/// next letter as it is; blanks around keys and values go, quotes stay.
///
/// `None` when a pair has no key or no `=`, or is empty: then the controller builds nothing at all.
pub(super) fn string_map(text: &str) -> Option<BTreeMap<String, String>> {
    let mut map = BTreeMap::new();
    for pair in pairs(text)? {
        let (key, value) = pair.trim().split_once('=')?;
        if key.trim().is_empty() {
            return None;
        }
        map.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    Some(map)
}

/// The pairs, with what was escaped as it is meant; `None` when words without `=` come after the last comma.
fn pairs(text: &str) -> Option<Vec<String>> {
    let last_equals = text.rfind('=').unwrap_or(0);
    let (mut pairs, mut pair) = (Vec::new(), String::new());
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            // At the end there is nothing to escape.
            '\\' => pair.push(letters.next().map_or('\\', |(_, next)| next)),
            ',' if at < last_equals => pairs.push(std::mem::take(&mut pair)),
            ',' if !text[at + 1..].trim().is_empty() => return None,
            letter => pair.push(letter),
        }
    }
    if !pair.is_empty() {
        pairs.push(pair);
    }
    Some(pairs)
}

/// Reads truth, in the spellings that Go knows.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
