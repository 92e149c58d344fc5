//! Texts of logs as small numbers: each text once, in bounded memory.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher};

use foldhash::quality::RandomState;

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
    /// By a hash of 64 bits that nobody outside can foresee: of all texts that are kept, two have the same in one run of
    /// 200 million. That spares a look at the text of each row's values.
    ids: HashMap<u64, Id, BuildHasherDefault<AsItIs>>,
    hashes: RandomState,
    texts: Vec<Box<str>>,
    /// Texts at most.
    most: usize,
}

impl Default for Values {
    fn default() -> Self {
        let mut values =
            Self { ids: HashMap::default(), hashes: RandomState::default(), texts: Vec::new(), most: MOST };
        values.id(OTHERS);
        values
    }
}

impl Values {
    /// Its number, which is new if it is.
    pub(super) fn id(&mut self, text: &str) -> Id {
        let text = cut(text);
        let hash = self.hashes.hash_one(text);
        if let Some(id) = self.ids.get(&hash) {
            return *id;
        }
        if self.texts.len() >= self.most { 0 } else { self.add(hash, text) }
    }

    /// From now on no text is new.
    pub(super) fn close(&mut self) {
        self.most = 0;
    }

    fn add(&mut self, hash: u64, text: &str) -> Id {
        let id = Id::try_from(self.texts.len()).unwrap_or(0);
        self.texts.push(text.into());
        self.ids.insert(hash, id);
        id
    }

    pub(super) fn text(&self, id: Id) -> &str {
        self.texts.get(id as usize).map_or(OTHERS, |text| text)
    }
}

/// What is hashed already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
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
        let mut values = Values::default();
        let known = values.id("known");
        values.close();
        assert_eq!((values.id("known"), values.id("new")), (known, 0));
    }
}
