//! Texts of logs as small numbers: each text once, in bounded memory. Threads that number texts share them ([`Values`]), and each
//! remembers those that it has seen ([`Numbers`]).

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, StringViewArray};
use foldhash::quality::RandomState;

/// Texts beyond this number are one, [`OTHERS`]: an attack sends as many as it likes.
const MOST: usize = 400_000;
/// Bytes of a text that are kept.
const LONGEST: usize = 512;
/// What stands for texts that are not kept, and its number.
const OTHERS_TEXT: &str = "(others)";
pub(super) const OTHERS: Id = 0;

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
        values.id(OTHERS_TEXT);
        values
    }
}

impl Values {
    /// Its number, which is new if it is.
    pub(super) fn id(&mut self, text: &str) -> Id {
        let text = cut(text);
        self.hashed(self.hashes.hash_one(text), text)
    }

    fn hashed(&mut self, hash: u64, text: &str) -> Id {
        if let Some(id) = self.ids.get(&hash) {
            return *id;
        }
        if self.texts.len() >= self.most { OTHERS } else { self.add(hash, text) }
    }

    /// The number of a text that came.
    pub(super) fn find(&self, text: &str) -> Option<Id> {
        self.ids.get(&self.hashes.hash_one(cut(text))).copied()
    }

    /// From now on no text is new.
    pub(super) fn close(&mut self) {
        self.most = 0;
    }

    fn add(&mut self, hash: u64, text: &str) -> Id {
        let id = Id::try_from(self.texts.len()).unwrap_or(OTHERS);
        self.texts.push(text.into());
        self.ids.insert(hash, id);
        id
    }

    pub(super) fn text(&self, id: Id) -> &str {
        self.texts.get(id as usize).map_or(OTHERS_TEXT, |text| text)
    }
}

/// The numbers of texts, as one thread knows them.
#[derive(Debug)]
pub(super) struct Numbers {
    shared: Arc<Mutex<Values>>,
    hashes: RandomState,
    known: HashMap<u64, Id, BuildHasherDefault<AsItIs>>,
}

/// Views that are remembered while a column is numbered.
const VIEWS: usize = 128;

impl Numbers {
    pub(super) fn new(shared: &Arc<Mutex<Values>>) -> Self {
        let hashes = shared.lock().unwrap_or_else(PoisonError::into_inner).hashes.clone();
        Self { shared: Arc::clone(shared), hashes, known: HashMap::default() }
    }

    /// The number of a text.
    pub(super) fn id(&mut self, text: &str) -> Id {
        let text = cut(text);
        let hash = self.hashes.hash_one(text);
        if let Some(id) = self.known.get(&hash) {
            return *id;
        }
        let id = self.shared.lock().unwrap_or_else(PoisonError::into_inner).hashed(hash, text);
        // Of those that are one, each is another.
        if id != OTHERS {
            self.known.insert(hash, id);
        }
        id
    }
}

/// What is made of each text of a column, if it has one. Within a batch, views that are alike are of one text: it is looked at
/// once, as long as it comes again soon.
pub(super) fn column_of<S, T: Copy + Default>(
    state: &mut S,
    texts: &StringViewArray,
    mut made_of: impl FnMut(&mut S, &str) -> T,
) -> Vec<T> {
    let mut recent = [(0_u128, None); VIEWS];
    let of_row = |(row, view): (usize, &u128)| {
        if texts.is_null(row) {
            return T::default();
        }
        #[expect(clippy::cast_possible_truncation, reason = "in halves")]
        let (low, high) = (*view as u64, (*view >> 64) as u64);
        let slot = (low ^ high.rotate_left(17)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57;
        let (known, made) = &mut recent[slot as usize];
        match made {
            Some(made) if known == view => *made,
            _ => {
                let new = made_of(state, texts.value(row));
                (*known, *made) = (*view, Some(new));
                new
            }
        }
    };
    texts.views().iter().enumerate().map(of_row).collect()
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
        assert_eq!(values.text(77), OTHERS_TEXT);
        let long = "ü".repeat(400);
        let id = values.id(&long);
        assert_eq!((values.text(id).len(), values.id(&format!("{long}x"))), (LONGEST, id));
    }

    #[test]
    fn threads_share_numbers() {
        let shared = Arc::<Mutex<Values>>::default();
        let (mut one, mut two) = (Numbers::new(&shared), Numbers::new(&shared));
        let texts = ["one", "a text that is longer than a view", "one", "two", "a text that is longer than a view"];
        let column: StringViewArray = texts.into_iter().map(Some).chain([None]).collect();
        let numbered = column_of(&mut one, &column, |numbers, text| Some(numbers.id(text)));
        let by_themselves: Vec<Option<Id>> = texts.map(|text| Some(two.id(text))).into_iter().chain([None]).collect();
        assert_eq!(numbered, by_themselves);
        assert_eq!(shared.lock().unwrap().text(numbered[1].unwrap()), texts[1]);
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
