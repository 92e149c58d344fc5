//! Cutting a stream of bytes, in pieces of any size, into lines. Memory is bounded whatever the input.

use memchr::memchr;

/// A longer line is rejected. AWS bounds requests at about 16 KB and user agents at 8 KB.
/// Whatever gathers rows of longer lines needs gigabytes for a few thousand of them.
pub const MAX_LINE: usize = 64 << 10;
/// This much of a rejected line is kept.
pub const MAX_REJECTED_TEXT: usize = 4096;

/// A line without its ending (`\n` or `\r\n`).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Whole(&'a [u8]),
    /// The beginning of a line longer than [`MAX_LINE`].
    TooLong(&'a [u8]),
}

/// Keeps the unfinished end of one piece until the next one comes.
#[derive(Debug, Default)]
pub(crate) struct LineCutter {
    partial: Vec<u8>,
    /// The line in `partial` is already longer than allowed; what follows of it is dropped.
    too_long: bool,
    /// `partial` was handed out and is to be forgotten.
    spent: bool,
}

impl LineCutter {
    /// The next line that ends within `input`, which is moved past it; `None` when all of `input` is taken in.
    #[inline]
    pub(crate) fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Option<Line<'a>> {
        self.forget_spent();
        let Some(end) = memchr(b'\n', input) else {
            self.keep(input);
            *input = &[];
            return None;
        };
        let head = &input[..end];
        *input = &input[end + 1..];
        if self.partial.is_empty() && !self.too_long {
            return Some(line(head, head.len() > MAX_LINE));
        }
        self.keep(head);
        self.spent = true;
        Some(line(&self.partial, self.too_long))
    }

    /// The last line, when the input does not end with a line ending.
    pub(crate) fn finish(&mut self) -> Option<Line<'_>> {
        self.forget_spent();
        if self.partial.is_empty() {
            return None;
        }
        self.spent = true;
        Some(line(&self.partial, self.too_long))
    }

    fn forget_spent(&mut self) {
        if self.spent {
            self.partial.clear();
            (self.too_long, self.spent) = (false, false);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.too_long {
            return;
        }
        if self.partial.len() + bytes.len() > MAX_LINE {
            self.too_long = true;
            let room = MAX_REJECTED_TEXT.saturating_sub(self.partial.len()).min(bytes.len());
            self.partial.extend_from_slice(&bytes[..room]);
            self.partial.truncate(MAX_REJECTED_TEXT);
            self.partial.shrink_to(MAX_REJECTED_TEXT);
        } else {
            self.partial.extend_from_slice(bytes);
        }
    }
}

fn line(bytes: &[u8], too_long: bool) -> Line<'_> {
    if too_long {
        return Line::TooLong(&bytes[..bytes.len().min(MAX_REJECTED_TEXT)]);
    }
    Line::Whole(bytes.strip_suffix(b"\r").unwrap_or(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut cutter = LineCutter::default();
        let mut lines = Vec::new();
        let text = |line: Line| match line {
            Line::Whole(line) => line.to_vec(),
            Line::TooLong(start) => [b"too long: ", start].concat(),
        };
        for mut piece in pieces.iter().copied() {
            while let Some(line) = cutter.next(&mut piece) {
                lines.push(text(line));
            }
            assert!(piece.is_empty());
        }
        lines.extend(cutter.finish().map(text));
        assert_eq!(cutter.finish(), None);
        lines
    }

    #[test]
    fn endings() {
        assert_eq!(cut(&[b"a\nb\r\n\nc"]), [b"a".as_slice(), b"b", b"", b"c"]);
        assert_eq!(cut(&[b"a\n"]), [b"a"]);
        assert_eq!(cut(&[b""]), Vec::<Vec<u8>>::new());
        assert_eq!(cut(&[b"a\r", b"\nb"]), [b"a", b"b"]);
    }

    #[test]
    fn a_line_too_long_does_not_take_its_neighbours_along() {
        let long = vec![b'x'; MAX_LINE + 1];
        let whole = [b"a\n".as_slice(), &long, b"\nb\n"].concat();
        let start = [b"too long: ".as_slice(), &long[..MAX_REJECTED_TEXT]].concat();
        let expected = [b"a".as_slice(), &start, b"b"];
        assert_eq!(cut(&[&whole]), expected);
        let pieces: Vec<&[u8]> = whole.chunks(1000).collect();
        assert_eq!(cut(&pieces), expected);
        assert_eq!(cut(&[&long[1..], b"\n"]), [&long[1..]]);
        assert_eq!(cut(&[&long]), [start]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut cutter = LineCutter::default();
        for _ in 0..10_000 {
            assert_eq!(cutter.next(&mut [b'x'; 1000].as_slice()), None);
        }
        assert!(cutter.partial.capacity() <= 2 * MAX_LINE);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(text in "[ab\r\n]{0,40}", cuts in prop::collection::vec(0usize..40, 0..5)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| at.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(cut(&pieces), cut(&[bytes]));
        }
    }
}
