//! `_row_hash(a, b, …)`: a number for the values of a row, which stands for them where there are too many to be held. Ours
//! alone: reports that count rare values together use it ([`crate::ask::sql::Folding`]).

use std::hash::BuildHasher;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, Int64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::ask::sql::ROW_HASH;

/// Another one in every run: nobody can send values that are made to have one hash.
static SEED: LazyLock<u64> = LazyLock::new(|| std::hash::RandomState::new().hash_one(0));

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct RowHash {
    signature: Signature,
}

impl Default for RowHash {
    fn default() -> Self {
        Self { signature: Signature::variadic_any(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for RowHash {
    fn name(&self) -> &'static str {
        ROW_HASH
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns: Vec<ArrayRef> =
            args.args.iter().map(|argument| argument.to_array(args.number_rows)).collect::<Result<_>>()?;
        let mut hashes = vec![0; args.number_rows];
        create_hashes(&columns, &RandomState::with_seed(*SEED), &mut hashes)?;
        // Without a sign, which would be an operator where the number is written in a statement.
        let hashes: Int64Array = hashes.into_iter().map(|hash| (hash >> 1).cast_signed()).collect();
        Ok(ColumnarValue::Array(Arc::new(hashes)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::ask::query::functions::testing::{rows, session};

    #[test]
    fn equal_rows_have_one_number_and_others_have_others() {
        let context = session(1, 10, None);
        let of = |values: &str| rows(&context, &format!("SELECT _row_hash({values})"));
        assert_eq!(of("'a', 1"), of("'a', 1"));
        assert_eq!(of("lower('A'), NULL"), of("lower('a'), NULL"));
        let values = ["'a'", "'b'", "'a', 1", "'a', 2", "'a', NULL", "NULL, 'a'", "''"];
        let different: BTreeSet<_> = values.into_iter().map(of).collect();
        assert_eq!(different.len(), values.len());
    }
}
