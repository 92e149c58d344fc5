//! Bytes and text: `to_utf8`, `from_utf8`, `to_hex`, `from_hex`, `to_base64`, `from_base64`, `to_base64url`, `from_base64url`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use datafusion::arrow::array::{ArrayRef, AsArray, BinaryArray, StringViewArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function};

/// Defines a function of bytes that answers something for each value.
macro_rules! of_bytes {
    ($function:ident, $name:literal, $kind:expr, $made:ty, $answer:expr) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(in crate::ask::query::functions) struct $function;

        impl $crate::ask::query::functions::scalar::Function for $function {
            const NAME: &'static str = $name;
            const ARGUMENTS: &'static [&'static [$crate::ask::query::functions::scalar::Argument]] =
                &[&[$crate::ask::query::functions::scalar::Argument::Bytes]];

            fn answer(_arguments: &[datafusion::arrow::datatypes::DataType]) -> datafusion::arrow::datatypes::DataType {
                $kind
            }

            fn call(
                arguments: &[datafusion::logical_expr::ColumnarValue],
                rows: usize,
            ) -> datafusion::common::Result<datafusion::arrow::array::ArrayRef> {
                let values = arguments[0].to_array(rows)?;
                let values = datafusion::arrow::array::AsArray::as_binary::<i32>(&values);
                let answers: $made = values.iter().map(|bytes| bytes.map($answer)).collect();
                Ok(std::sync::Arc::new(answers))
            }
        }
    };
}
pub(super) use of_bytes;

macro_rules! to_bytes {
    ($function:ident, $name:literal, $bytes:expr) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(in crate::ask::query::functions) struct $function;

        impl Function for $function {
            const NAME: &'static str = $name;
            const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

            fn answer(_arguments: &[DataType]) -> DataType {
                DataType::Binary
            }

            fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
                let texts = arguments[0].to_array(rows)?;
                let bytes: fn(&str) -> Option<Vec<u8>> = $bytes;
                let read = |text: Option<&str>| {
                    let refused = || exec_datafusion_err!(concat!($name, " cannot read the text"));
                    text.map(|text| bytes(text).ok_or_else(refused)).transpose()
                };
                let values: Vec<Option<Vec<u8>>> = texts.as_string_view().iter().map(read).collect::<Result<_>>()?;
                Ok(Arc::new(values.into_iter().collect::<BinaryArray>()))
            }
        }
    };
}

of_bytes!(FromUtf8, "from_utf8", DataType::Utf8View, StringViewArray, |bytes| String::from_utf8_lossy(bytes)
    .into_owned());
of_bytes!(ToBase64, "to_base64", DataType::Utf8View, StringViewArray, |bytes| STANDARD.encode(bytes));
of_bytes!(ToBase64Url, "to_base64url", DataType::Utf8View, StringViewArray, |bytes| URL_SAFE.encode(bytes));
to_bytes!(ToUtf8, "to_utf8", |text| Some(text.as_bytes().to_vec()));
to_bytes!(FromBase64, "from_base64", |text| STANDARD.decode(text).ok());
to_bytes!(FromBase64Url, "from_base64url", |text| URL_SAFE.decode(text).ok());
to_bytes!(FromHex, "from_hex", |text| {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
            }
            _ => None,
        })
        .collect()
});

pub(in crate::ask::query::functions) mod hex {
    //! `to_hex`: of bytes as in Trino, of an integer as in the engine.

    use std::fmt::Write;
    use std::sync::Arc;

    use datafusion::arrow::array::{AsArray, StringViewArray};
    use datafusion::arrow::compute::cast;
    use datafusion::arrow::datatypes::DataType;
    use datafusion::common::{Result, plan_err};
    use datafusion::functions::string::to_hex;
    use datafusion::logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    };

    use crate::ask::query::functions::scalar::Extent;

    /// `to_hex`.
    #[derive(Debug, PartialEq, Eq, Hash)]
    pub(in crate::ask::query::functions) struct ToHex {
        signature: Signature,
        of_integers: Arc<ScalarUDF>,
    }

    impl Default for ToHex {
        fn default() -> Self {
            Self { signature: Signature::user_defined(Volatility::Immutable), of_integers: to_hex() }
        }
    }

    impl ScalarUDFImpl for ToHex {
        fn name(&self) -> &'static str {
            "to_hex"
        }

        fn signature(&self) -> &Signature {
            &self.signature
        }

        fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
            match kinds {
                [kind] if kind.is_integer() => Ok(vec![DataType::Int64]),
                [kind] if kind.is_null() || kind.is_binary() => Ok(vec![DataType::Binary]),
                [kind] => plan_err!("to_hex takes bytes or an integer, not {kind}: to_utf8(text) are its bytes"),
                _ => plan_err!("to_hex takes bytes"),
            }
        }

        fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
            match kinds {
                [DataType::Int64] => self.of_integers.return_type(kinds),
                _ => Ok(DataType::Utf8View),
            }
        }

        fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
            if args.args[0].data_type() == DataType::Int64 {
                return self.of_integers.invoke_with_args(args);
            }
            let extent = Extent::of(&args);
            let values = args.args[0].to_array(extent.rows)?;
            let text = |bytes: &[u8]| {
                bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
                    let _ = write!(text, "{byte:02X}");
                    text
                })
            };
            let values = cast(&values, &DataType::Binary)?;
            let texts: StringViewArray = values.as_binary::<i32>().iter().map(|bytes| bytes.map(text)).collect();
            extent.answer(Arc::new(texts))
        }
    }
}
