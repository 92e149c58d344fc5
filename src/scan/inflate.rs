//! Inflating whole objects with libdeflate, and everything else as a stream with zlib-rs.
//!
//! libdeflate takes 0.6 of zlib-rs's time, but needs the whole input and the whole output in memory and reads one gzip
//! member only. So an object goes that way when it fits and surely has one member; otherwise, and whenever libdeflate
//! is not content with it, it is streamed, which also yields what stands before a cut.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use libdeflater::Decompressor;
use memchr::memmem;

/// An object whose text is larger is streamed. Two workers hold two of these.
const MAX_WHOLE_TEXT: usize = 32 << 20;
/// An object that is larger as stored is streamed.
const MAX_WHOLE_GZIP: usize = 8 << 20;
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
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { decompressor: Decompressor::new(), gzip: Vec::new(), text: Vec::new() }
    }

    /// Hands the text of a gzip object to `take`, in one piece or several, until it answers `false`.
    pub(super) fn gzip(&mut self, mut input: impl Read, take: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
        self.gzip.clear();
        input.by_ref().take(MAX_WHOLE_GZIP as u64 + 1).read_to_end(&mut self.gzip)?;
        if self.gzip.len() <= MAX_WHOLE_GZIP
            && let Some(length) = self.inflate_whole()
        {
            take(&self.text[..length]);
            return Ok(());
        }
        let gzip = io::Cursor::new(std::mem::take(&mut self.gzip));
        let decoder = MultiGzDecoder::new(BufReader::with_capacity(CHUNK, gzip.chain(input)));
        self.stream(decoder, take)
    }

    /// Hands bytes on as they are.
    pub(super) fn plain(&mut self, input: impl Read, take: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
        self.stream(input, take)
    }

    fn stream(&mut self, mut input: impl Read, take: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
        self.grow_text(CHUNK);
        loop {
            match input.read(&mut self.text[..CHUNK]) {
                Ok(0) => return Ok(()),
                Ok(length) if take(&self.text[..length]) => {}
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Length of the text, now in `self.text`; `None` when the object has to be streamed.
    fn inflate_whole(&mut self) -> Option<usize> {
        let length = single_member_length(&self.gzip).filter(|&length| length <= MAX_WHOLE_TEXT)?;
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

/// Length of the text of a gzip file that has one member, from its trailer; `None` if there may be several: something
/// after the start looks like a member's header. By chance that happens in one of a hundred objects of 2 MB.
fn single_member_length(gzip: &[u8]) -> Option<usize> {
    let trailer = gzip.last_chunk::<4>().filter(|_| gzip.len() >= SMALLEST_MEMBER)?;
    let could_be_member = |at: usize| gzip.get(at + MEMBER.len()).is_some_and(|flags| flags & 0xe0 == 0);
    let several = memmem::find_iter(&gzip[SMALLEST_MEMBER..], &MEMBER).any(|at| could_be_member(SMALLEST_MEMBER + at));
    (!several).then_some(u32::from_le_bytes(*trailer) as usize)
}
