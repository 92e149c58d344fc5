//! Hashes of bytes that the engine lacks: `xxhash64`, `sha1`, and `crc32`, which is a number.

use std::hash::Hasher;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BinaryArray, Int64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use sha1::Digest as _;
use twox_hash::XxHash64 as Xx;

use crate::ask::query::functions::scalar::{Argument, Function};

/// `xxhash64`: eight bytes, the largest first.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct XxHash64;

impl Function for XxHash64 {
    const NAME: &'static str = "xxhash64";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Bytes]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Binary
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let values = arguments[0].to_array(rows)?;
        let hash = |bytes: &[u8]| {
            let mut hasher = Xx::with_seed(0);
            hasher.write(bytes);
            hasher.finish().to_be_bytes()
        };
        let hashes: BinaryArray = values.as_binary::<i32>().iter().map(|bytes| bytes.map(hash)).collect();
        Ok(Arc::new(hashes))
    }
}

/// `sha1`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Sha1;

impl Function for Sha1 {
    const NAME: &'static str = "sha1";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Bytes]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Binary
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let values = arguments[0].to_array(rows)?;
        let hashes: BinaryArray = values.as_binary::<i32>().iter().map(|bytes| bytes.map(sha1::Sha1::digest)).collect();
        Ok(Arc::new(hashes))
    }
}

/// `crc32`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Crc32;

impl Function for Crc32 {
    const NAME: &'static str = "crc32";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Bytes]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Int64
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let values = arguments[0].to_array(rows)?;
        let sum = |bytes: &[u8]| i64::from(crc32fast::hash(bytes));
        let sums: Int64Array = values.as_binary::<i32>().iter().map(|bytes| bytes.map(sum)).collect();
        Ok(Arc::new(sums))
    }
}

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
