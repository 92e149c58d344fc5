//! Texts of logs as small numbers: each text once, in bounded memory.

use std::collections::HashMap;
use std::sync::Arc;

/// Texts beyond this number are one, [`OTHERS`]: an attack sends as many as it likes.
const MOST: usize = 400_000;
/// Bytes of a text that are kept.
const LONGEST: usize = 512;
/// What stands for texts that are not kept.
const OTHERS: &str = "(others)";

/// The number of a text.
pub(super) type Id = u32;

/// Each text that came, by its number.
#[derive(Debug)]
pub(super) struct Values {
    ids: HashMap<Arc<str>, Id>,
    texts: Vec<Arc<str>>,
}

impl Default for Values {
    fn default() -> Self {
        let mut values = Self { ids: HashMap::new(), texts: Vec::new() };
        values.add(OTHERS);
        values
    }
}

impl Values {
    /// Its number, which is new if it is.
    pub(super) fn id(&mut self, text: &str) -> Id {
        let text = cut(text);
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        if self.texts.len() >= MOST { 0 } else { self.add(text) }
    }

    fn add(&mut self, text: &str) -> Id {
        let id = Id::try_from(self.texts.len()).unwrap_or(0);
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.ids.insert(text, id);
        id
    }

    pub(super) fn text(&self, id: Id) -> &str {
        self.texts.get(id as usize).map_or(OTHERS, |text| text)
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_and_comes_back() {
        let mut values = Values::default();
        let (one, two) = (values.id("one"), values.id("two"));
        assert_eq!((values.id("one"), values.text(one), values.text(two)), (one, "one", "two"));
        assert_eq!(values.text(77), OTHERS);
        let long = "ü".repeat(400);
        let id = values.id(&long);
        assert_eq!((values.text(id).len(), values.id(&format!("{long}x"))), (LONGEST, id));
    }

    #[test]
    fn there_is_a_bound() {
        let mut values = Values::default();
        for number in 0..=MOST {
            values.id(&number.to_string());
        }
        assert_eq!((values.texts.len(), values.id("new"), values.id("7")), (MOST, 0, 8));
    }
}
