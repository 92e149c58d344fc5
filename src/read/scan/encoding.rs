//! Encodings of text: UTF-8, and UTF-16 of either order, which becomes UTF-8. A byte order mark tells them, or, since lines
//! of logs are ASCII for the most part, that every second byte is zero.

use std::io::{self, Read};

const CHUNK: usize = 64 << 10;

/// How much of a text is looked at, bytes: as long as the longest mark. What is cut behind it still gives rows.
pub(super) const HEAD: usize = 10;

/// Fewer units than this may have zeros by chance.
const FEWEST_UNITS: usize = 5;

/// What the first bytes of a text say about all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    MarkedUtf8,
    MarkedUtf16(Order),
    BareUtf16(Order),
}

/// Which byte of a unit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }
}

pub(super) fn of(head: &[u8]) -> Encoding {
    match head {
        [0xef, 0xbb, 0xbf, ..] => Encoding::MarkedUtf8,
        [0xff, 0xfe, ..] => Encoding::MarkedUtf16(Order::Little),
        [0xfe, 0xff, ..] => Encoding::MarkedUtf16(Order::Big),
        _ => order_by_zeros(head).map_or(Encoding::Plain, Encoding::BareUtf16),
    }
}

/// The order in which units of a text without a mark are, if at least nine tenths of it are ASCII.
fn order_by_zeros(head: &[u8]) -> Option<Order> {
    let (units, _) = head[..head.len().min(HEAD)].as_chunks::<2>();
    let zeros = |place: usize| units.iter().filter(|unit| unit[place] == 0).count();
    let most = |count: usize| count * 10 >= units.len() * 9;
    match (zeros(0), zeros(1)) {
        _ if units.len() < FEWEST_UNITS => None,
        (0, count) if most(count) => Some(Order::Little),
        (count, 0) if most(count) => Some(Order::Big),
        _ => None,
    }
}

/// The text as UTF-8, without its mark.
pub(super) fn decode<'a>(encoding: Encoding, mut text: impl Read + 'a) -> Box<dyn Read + 'a> {
    let length = match encoding {
        Encoding::Plain | Encoding::BareUtf16(_) => 0,
        Encoding::MarkedUtf8 => 3,
        Encoding::MarkedUtf16(_) => 2,
    };
    let mut mark = [0; 3];
    // It was looked at: it is there, and reading it cannot fail.
    let _ = text.read_exact(&mut mark[..length]);
    match encoding {
        Encoding::Plain | Encoding::MarkedUtf8 => Box::new(text),
        Encoding::MarkedUtf16(order) | Encoding::BareUtf16(order) => {
            Box::new(Utf16 { text, order, raw: Vec::new(), high: None, utf8: String::new(), at: 0 })
        }
    }
}

/// Reads UTF-16 as UTF-8; halves of characters become U+FFFD.
struct Utf16<R> {
    text: R,
    order: Order,
    /// What was read; at most one byte is left of it.
    raw: Vec<u8>,
    /// The first half of a character whose second has not been read.
    high: Option<u16>,
    utf8: String,
    at: usize,
}

impl<R: Read> Utf16<R> {
    /// Reads and decodes some more; answers whether there was more.
    fn fill(&mut self) -> io::Result<bool> {
        let before = self.raw.len();
        self.raw.resize(before + CHUNK, 0);
        let count = self.text.read(&mut self.raw[before..]);
        self.raw.truncate(before + *count.as_ref().unwrap_or(&0));
        let ended = count? == 0;
        if ended && !self.raw.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "its UTF-16 text ends in the middle of a character",
            ));
        }
        let order = self.order;
        let (pairs, rest) = self.raw.as_chunks::<2>();
        let mut units: Vec<u16> =
            self.high.take().into_iter().chain(pairs.iter().map(|&pair| order.unit(pair))).collect();
        if !ended {
            self.high = units.pop_if(|last| (0xd800..0xdc00).contains(last));
        }
        self.utf8.clear();
        self.at = 0;
        self.utf8.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
        self.raw = rest.to_vec();
        Ok(!ended || !self.utf8.is_empty())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.utf8.len() {
            if !self.fill()? {
                return Ok(0);
            }
        }
        let rest = &self.utf8.as_bytes()[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one to three bytes at a time.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = (1 + self.0.len() % 3).min(buffer.len()).min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn read(stored: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        decode(of(stored), Drops(stored)).read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn both_orders_and_characters_of_two_units() {
        let text = "https 2026-11-20T10:00\n".to_owned() + &"GET /caf\u{e9} \u{1f600}\u{10ffff}\n".repeat(30);
        let units: Vec<u16> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let bare = [&little[2..], &big[2..]];
        let marked_utf8 = ["\u{feff}", &text].concat();
        for stored in [&little, &big, bare[0], bare[1], marked_utf8.as_bytes(), text.as_bytes()] {
            assert_eq!(read(stored).unwrap(), text);
        }
        assert_eq!(read(&little[..little.len() - 1]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn text_without_a_mark_is_utf16_only_if_it_must_be() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(of(&wide("https 2026-11-20T10:00")), Encoding::BareUtf16(Order::Little));
        assert_eq!(of(&wide("h t")), Encoding::Plain);
        assert_eq!(of(&wide("\u{4f60}\u{597d}\u{4f60}\u{597d}\u{4f60}\u{597d}\u{4f60}\u{597d}")), Encoding::Plain);
        assert_eq!(of(&[0; 64]), Encoding::Plain);
        let utf32: Vec<u8> = "https 2026".chars().flat_map(|char| u32::from(char).to_le_bytes()).collect();
        assert_eq!(of(&utf32), Encoding::Plain);
    }

    #[test]
    fn half_a_character_is_replaced() {
        assert_eq!(read(&[0xff, 0xfe, b'a', 0, 0x3d, 0xd8, b'b', 0, 0x3d, 0xd8]).unwrap(), "a\u{fffd}b\u{fffd}");
        assert_eq!(read(&[0xff, 0xfe]).unwrap(), "");
    }
}
