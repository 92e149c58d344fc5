//! Inflating whole objects with libdeflate, and everything else as a stream with zlib-rs.
//!
//! libdeflate takes 0.6 of zlib-rs's time, but needs the whole input and the whole output in memory and reads one gzip
//! member only. So an object goes that way when it fits and surely has one member; otherwise, and whenever libdeflate
//! is not content with it, it is streamed, which also yields what stands before a cut.

use std::io::{self, Read};

use bytes::Bytes;
use libdeflater::Decompressor;
use memchr::memmem;

use super::compression::{is_folded, unfold};
use super::input::{Input, Memory};
use super::kept::{Keeper, Keeping};

/// An object whose text is larger is streamed, however much memory there is.
const MAX_WHOLE_TEXT: usize = 32 << 20;
/// Log text is seven times as large as its gzip; an object that is larger as stored than this part of the largest text
/// is streamed.
const TEXT_PER_GZIP: usize = 4;
/// Bytes of text handed on at a time when streaming: within a core's cache.
const CHUNK: usize = 128 << 10;
/// How every further gzip member would start: magic and method; the flags follow.
const MEMBER: [u8; 3] = [0x1f, 0x8b, 0x08];
/// Header and trailer of the smallest member.
const SMALLEST_MEMBER: usize = 18;

/// Buffers of one worker, kept from object to object: fresh ones would cost half as much again in page faults.
pub(super) struct Inflater {
    decompressor: Decompressor,
    gzip: Vec<u8>,
    text: Vec<u8>,
    max_text: usize,
    /// The text of the object that was opened last, if it was kept.
    kept: Bytes,
}

/// The text of an object.
pub(super) enum Text<'a> {
    Whole(&'a [u8]),
    Stream(Box<dyn Read + 'a>),
}

impl Inflater {
    /// Inflates objects whole as long as their text takes at most this many bytes.
    pub(super) fn new(memory: usize) -> Self {
        let max_text = memory.min(MAX_WHOLE_TEXT);
        Self { decompressor: Decompressor::new(), gzip: Vec::new(), text: Vec::new(), max_text, kept: Bytes::new() }
    }

    /// Opens an object: its text as a whole if it is gzip and fits, or a reader of it.
    ///
    /// # Errors
    /// When its first bytes cannot be read.
    pub(super) fn open(&mut self, mut input: Input) -> io::Result<Text<'_>> {
        let keeper = match std::mem::take(&mut input.memory) {
            Memory::Holds(text) => {
                self.kept = text;
                return Ok(Text::Whole(&self.kept));
            }
            Memory::Keeps(keeper) => Some(keeper),
            Memory::Nothing => None,
        };
        if !input.is_gzip() {
            return unfolded(input.into_reader(), keeper);
        }
        let max_gzip = self.max_text / TEXT_PER_GZIP;
        let mut input = input.into_reader();
        self.gzip.clear();
        input.by_ref().take(max_gzip as u64 + 1).read_to_end(&mut self.gzip)?;
        if self.gzip.len() <= max_gzip
            && let Some(length) = self.inflate_whole()
        {
            let text = &self.text[..length];
            if is_folded(text) {
                return unfolded(text, keeper);
            }
            if let Some(keeper) = keeper {
                keeper.keep(text);
            }
            return Ok(Text::Whole(text));
        }
        unfolded(self.gzip.as_slice().chain(input), keeper)
    }

    /// Length of the text, now in `self.text`; `None` when the object has to be streamed.
    fn inflate_whole(&mut self) -> Option<usize> {
        let length = single_member_length(&self.gzip).filter(|&length| length <= self.max_text)?;
        self.grow_text(length);
        let inflated = self.decompressor.gzip_decompress(&self.gzip, &mut self.text[..length]).ok()?;
        (inflated == length).then_some(length)
    }

    fn grow_text(&mut self, length: usize) {
        if self.text.len() < length {
            self.text.resize(length, 0);
        }
    }
}

/// The text behind all compressions of some content, taken down if somebody keeps it.
fn unfolded<'a>(content: impl Read + 'a, keeper: Option<Keeper>) -> io::Result<Text<'a>> {
    let text = unfold(Box::new(content))?;
    Ok(Text::Stream(match keeper {
        Some(keeper) => Box::new(Keeping { text, keeper: Some(keeper) }),
        None => text,
    }))
}

/// Hands bytes on as they come, until `take` answers `false`.
///
/// # Errors
/// When the text cannot be read to its end.
pub(super) fn stream(mut text: impl Read, take: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        match text.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) if take(&buffer[..length]) => {}
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Length of the text of a gzip file that has one member, from its trailer; `None` if there may be several: something
/// after the start looks like a member's header. By chance that happens in one of a hundred objects of 2 MB.
fn single_member_length(gzip: &[u8]) -> Option<usize> {
    let trailer = gzip.last_chunk::<4>().filter(|_| gzip.len() >= SMALLEST_MEMBER)?;
    let could_be_member = |at: usize| gzip.get(at + MEMBER.len()).is_some_and(|flags| flags & 0xe0 == 0);
    let several = memmem::find_iter(&gzip[SMALLEST_MEMBER..], &MEMBER).any(|at| could_be_member(SMALLEST_MEMBER + at));
    (!several).then_some(u32::from_le_bytes(*trailer) as usize)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("written");
        encoder.finish().expect("finished")
    }

    /// The text, in how many pieces it came, and the error.
    fn inflate(memory: usize, stored: &[u8]) -> (Vec<u8>, usize, Option<io::ErrorKind>) {
        let (mut text, mut pieces) = (Vec::new(), 0);
        let mut take = |piece: &[u8]| {
            text.extend_from_slice(piece);
            pieces += 1;
            true
        };
        let input = Input::fetched(io::Cursor::new(stored.to_vec())).unwrap();
        let mut inflater = Inflater::new(memory);
        let result = inflater.open(input).and_then(|opened| match opened {
            Text::Whole(whole) => {
                take(whole);
                Ok(())
            }
            Text::Stream(text) => stream(text, &mut take),
        });
        (text, pieces, result.err().map(|error| error.kind()))
    }

    /// Text that does not shrink to nothing: several pieces when streamed.
    fn text() -> Vec<u8> {
        let numbers = (0..60_000u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_string());
        numbers.collect::<Vec<_>>().join("\n").into_bytes()
    }

    #[test]
    fn small_objects_are_inflated_whole_and_large_ones_streamed() {
        let (text, stored) = (text(), gzip(&text()));
        assert_eq!(inflate(MAX_WHOLE_TEXT, &stored), (text.clone(), 1, None));
        let (streamed, pieces, error) = inflate(1 << 10, &stored);
        assert_eq!((streamed, error), (text, None));
        assert!(pieces > 5);
    }

    #[test]
    fn members_are_all_read() {
        let (a, b) = (gzip(b"one\n"), gzip(b"two\n"));
        for members in [vec![&a, &b], vec![&a, &a], vec![&b, &a, &a]] {
            let stored = members.iter().flat_map(|member| member.iter().copied()).collect::<Vec<u8>>();
            let expected =
                members.iter().map(|member| if *member == &a { "one\n" } else { "two\n" }).collect::<String>();
            let (text, _, error) = inflate(MAX_WHOLE_TEXT, &stored);
            assert_eq!((String::from_utf8(text).as_deref(), error), (Ok(expected.as_str()), None));
        }
    }

    #[test]
    fn what_stands_before_a_cut_is_read_and_the_cut_is_an_error() {
        let (text, stored) = (text(), gzip(&text()));
        for length in [2, 9, 10, 17, 18, 100, stored.len() / 2, stored.len() - 8, stored.len() - 1] {
            let (read, _, error) = inflate(MAX_WHOLE_TEXT, &stored[..length]);
            assert!(text.starts_with(&read), "{length}");
            assert_eq!(error, Some(io::ErrorKind::UnexpectedEof), "{length}");
        }
        let (read, _, _) = inflate(MAX_WHOLE_TEXT, &stored[..stored.len() / 2]);
        assert!(read.len() > text.len() / 3);
    }

    #[test]
    fn damage_is_an_error() {
        let stored = gzip(&text());
        for at in [stored.len() / 3, stored.len() / 2, stored.len() - 6, stored.len() - 2] {
            let mut damaged = stored.clone();
            damaged[at] ^= 0x5a;
            assert!(inflate(MAX_WHOLE_TEXT, &damaged).2.is_some(), "{at}");
        }
    }

    #[test]
    fn a_taker_that_has_enough_is_asked_no_more() {
        let stored = gzip(&text());
        let mut pieces = 0;
        let mut inflater = Inflater::new(1 << 10);
        let Ok(Text::Stream(text)) = inflater.open(Input::fetched(io::Cursor::new(stored)).unwrap()) else {
            panic!("it is too long to be inflated whole")
        };
        let result = stream(text, &mut |_| {
            pieces += 1;
            pieces < 3
        });
        assert!(result.is_ok());
        assert_eq!(pieces, 3);
    }
}
