//! A hasher for the keys of values: one multiplication, because it runs for every row that has no cell.
//!
//! It is no defence against chosen keys; the tables it serves are bounded in size.

use std::hash::{BuildHasherDefault, Hasher};

/// Makes [`KeyHasher`]s.
pub(super) type BuildKeyHasher = BuildHasherDefault<KeyHasher>;

/// Hashes one integer by multiplying it and folding the two halves of the product.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    #[expect(clippy::cast_possible_truncation, reason = "the two halves are taken apart")]
    fn write_u64(&mut self, key: u64) {
        /// 2^64 divided by the golden ratio: odd, and without a pattern in its bits.
        const MULTIPLIER: u128 = 0x9E37_79B9_7F4A_7C15;
        let product = u128::from(self.0 ^ key) * MULTIPLIER;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn write_i64(&mut self, key: i64) {
        self.write_u64(key.cast_unsigned());
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
