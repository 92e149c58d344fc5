//! `xxhash64(bytes)`.

use std::hash::Hasher;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BinaryArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
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
