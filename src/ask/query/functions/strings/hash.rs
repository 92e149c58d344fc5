//! Hashes of bytes that the engine lacks: `xxhash64`, `sha1`, and `crc32`, which is a number.

use std::hash::Hasher;

use datafusion::arrow::array::{BinaryArray, Int64Array};
use datafusion::arrow::datatypes::DataType;
use sha1::Digest as _;
use twox_hash::XxHash64 as Xx;

use super::bytes::of_bytes;

// Eight bytes, the largest first.
of_bytes!(XxHash64, "xxhash64", DataType::Binary, BinaryArray, |bytes: &[u8]| {
    let mut hasher = Xx::with_seed(0);
    hasher.write(bytes);
    hasher.finish().to_be_bytes()
});
of_bytes!(Sha1, "sha1", DataType::Binary, BinaryArray, sha1::Sha1::digest);
of_bytes!(Crc32, "crc32", DataType::Int64, Int64Array, |bytes: &[u8]| i64::from(crc32fast::hash(bytes)));

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{rows, session};

    #[test]
    fn hashes_are_those_of_their_definitions() {
        let context = session(1, 10, None);
        let sql = "SELECT to_hex(sha1(to_utf8('abc'))), crc32(to_utf8('123456789')), sha1(NULL) IS NULL";
        assert_eq!(rows(&context, sql), ["A9993E364706816ABA3E25717850C26C9CD0D89D 3421780262 true"]);
    }
}
