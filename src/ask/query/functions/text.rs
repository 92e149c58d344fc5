//! Answers that are text: pieces of the text that was given stay where they are, only what is new is stored.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ByteView, NullBufferBuilder, StringViewArray, make_view};
use datafusion::arrow::buffer::Buffer;
use datafusion::common::{Result, exec_err};

/// Defines a function of one text whose answer is a piece of it, or other text.
macro_rules! of_text {
    ($function:ident, $name:literal, $answer:expr) => {
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Default, PartialEq, Eq, Hash)]
        pub(in crate::ask::query::functions) struct $function;

        impl $crate::ask::query::functions::scalar::Function for $function {
            const NAME: &'static str = $name;
            const ARGUMENTS: &'static [&'static [$crate::ask::query::functions::scalar::Argument]] =
                &[&[$crate::ask::query::functions::scalar::Argument::Text]];

            fn answer(_arguments: &[datafusion::arrow::datatypes::DataType]) -> datafusion::arrow::datatypes::DataType {
                datafusion::arrow::datatypes::DataType::Utf8View
            }

            fn call(
                arguments: &[datafusion::logical_expr::ColumnarValue],
                rows: usize,
            ) -> datafusion::common::Result<datafusion::arrow::array::ArrayRef> {
                let answer: fn(&str) -> std::borrow::Cow<'_, str> = $answer;
                let texts = arguments[0].to_array(rows)?;
                let texts = datafusion::arrow::array::AsArray::as_string_view(&texts);
                $crate::ask::query::functions::text::map_texts(texts, |_, text| Ok(Some(answer(text))))
            }
        }
    };
}
pub(super) use of_text;

/// The longest text that is stored within its view, bytes.
const INLINE: usize = 12;

/// How much new text shares a buffer, bytes.
const BLOCK: usize = 1 << 20;

/// Answers for each text: a piece of it, or other text; NULL for `None` and for NULL.
///
/// # Errors
/// Those of the function, and text of more than 2 GiB.
pub(super) fn map_texts<'a>(
    texts: &'a StringViewArray,
    mut answer: impl FnMut(usize, &'a str) -> Result<Option<Cow<'a, str>>>,
) -> Result<ArrayRef> {
    let mut answers = Answers::to(texts);
    for (row, text) in texts.iter().enumerate() {
        match text.map(|text| answer(row, text)).transpose()?.flatten() {
            Some(answer) => answers.push(row, text.unwrap_or_default(), &answer)?,
            None => answers.push_null(),
        }
    }
    answers.finish()
}

struct Answers<'a> {
    texts: &'a StringViewArray,
    views: Vec<u128>,
    nulls: NullBufferBuilder,
    blocks: Vec<Buffer>,
    new: Vec<u8>,
}

impl<'a> Answers<'a> {
    fn to(texts: &'a StringViewArray) -> Self {
        let rows = texts.len();
        let (views, nulls) = (Vec::with_capacity(rows), NullBufferBuilder::new(rows));
        Self { texts, views, nulls, blocks: Vec::new(), new: Vec::new() }
    }

    fn push_null(&mut self) {
        self.views.push(0);
        self.nulls.append_null();
    }

    /// Answers the text of this row.
    fn push(&mut self, row: usize, text: &str, answer: &str) -> Result<()> {
        self.nulls.append_non_null();
        let view = match offset_in(text, answer) {
            _ if answer.len() <= INLINE => make_view(answer.as_bytes(), 0, 0),
            Some(offset) => {
                let whole = ByteView::from(self.texts.views()[row]);
                make_view(answer.as_bytes(), whole.buffer_index, whole.offset + offset)
            }
            None => self.store(answer)?,
        };
        self.views.push(view);
        Ok(())
    }

    fn store(&mut self, answer: &str) -> Result<u128> {
        if i32::try_from(answer.len()).is_err() {
            return exec_err!("a text of {} bytes is too long", answer.len());
        }
        if !self.new.is_empty() && self.new.len() + answer.len() > BLOCK {
            self.close_block();
        }
        let (block, offset) = (self.texts.data_buffers().len() + self.blocks.len(), self.new.len());
        self.new.extend_from_slice(answer.as_bytes());
        let place = u32::try_from(block).and_then(|block| Ok((block, u32::try_from(offset)?)));
        place.map_or_else(
            |_| exec_err!("too much text"),
            |(block, offset)| Ok(make_view(answer.as_bytes(), block, offset)),
        )
    }

    fn close_block(&mut self) {
        self.blocks.push(Buffer::from_vec(std::mem::take(&mut self.new)));
    }

    fn finish(mut self) -> Result<ArrayRef> {
        self.close_block();
        let buffers: Vec<Buffer> = self.texts.data_buffers().iter().cloned().chain(self.blocks).collect();
        Ok(Arc::new(StringViewArray::try_new(self.views.into(), buffers, self.nulls.finish())?))
    }
}

/// Where the second text lies within the first, if it is a piece of it in memory.
fn offset_in(whole: &str, piece: &str) -> Option<u32> {
    let offset = piece.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    (offset + piece.len() <= whole.len()).then_some(offset).and_then(|offset| u32::try_from(offset).ok())
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::AsArray;

    use super::*;

    const LONG: &str = "a text that is longer than twelve bytes";

    fn answers<'a>(texts: &'a StringViewArray, f: impl Fn(&'a str) -> Option<Cow<'a, str>>) -> StringViewArray {
        map_texts(texts, |_, text| Ok(f(text))).unwrap().as_string_view().clone()
    }

    #[test]
    fn pieces_are_not_copied() {
        let texts = StringViewArray::from(vec![Some(LONG), None, Some("short"), Some("")]);
        let pieces = answers(&texts, |text| Some(Cow::Borrowed(text.get(2..).unwrap_or(""))));
        assert_eq!(pieces.iter().collect::<Vec<_>>(), [Some(&LONG[2..]), None, Some("ort"), Some("")]);
        assert_eq!(pieces.data_buffers()[0].as_ptr(), texts.data_buffers()[0].as_ptr());
        assert_eq!(pieces.value(0).as_ptr(), texts.value(0)[2..].as_ptr());
        // Of a slice, too.
        let slice = texts.slice(0, 1);
        assert_eq!(answers(&slice, |text| Some(Cow::Borrowed(&text[5..]))).value(0), &LONG[5..]);
    }

    #[test]
    fn other_text_is_stored() {
        let texts = StringViewArray::from(vec![Some(LONG), None, Some("short"), Some("no")]);
        let long = |text: &str| (text != "no").then(|| Cow::Owned(format!("{text} and more text behind it")));
        let expected = [Some(format!("{LONG} and more text behind it")), None];
        let more = answers(&texts, long);
        assert_eq!(more.iter().take(2).map(|text| text.map(str::to_owned)).collect::<Vec<_>>(), expected);
        assert_eq!(more.value(2), "short and more text behind it");
        assert!(more.is_null(3));
        assert_eq!(answers(&texts, |_| Some(Cow::Borrowed(LONG))).value(2), LONG);
        // More than fits a block, in a text and in all.
        let large = "x".repeat(BLOCK + 1);
        let many = StringViewArray::from(vec!["a"; 5]);
        for length in [BLOCK / 2, BLOCK, BLOCK + 1] {
            let stored = answers(&many, |_| Some(Cow::Borrowed(&large[..length])));
            assert!(stored.iter().all(|text| text == Some(&large[..length])));
        }
    }
}
