//! What a file of an export says of its own bytes, so that damage is noticed before it is an answer: checksums of all its
//! parts, and its name.
//!
//! Parquet has room for a checksum of each page, which its writer leaves empty, and none for footers and indexes, where one bit
//! decides which pages are read. So checksums of blocks stand in the footer's metadata, and one of what follows the rows, itself
//! included. Other readers of Parquet pass over them.

use std::ops::Range;

use bytes::Bytes;
use memchr::memmem;
use parquet::file::metadata::{FileMetaData, ParquetMetaDataReader};
use parquet::file::reader::ChunkReader;
use serde::{Deserialize, Serialize};

/// Its name in the footer's metadata.
pub(super) const SEAL: &str = "albstats.seal";
/// Bytes that have a checksum together. Who reads a page reads its blocks: less would make footers long, and more would read
/// too much for a page.
const BLOCK: u64 = 64 << 10;
/// Digits of a checksum: CRC-32, hexadecimal.
const DIGITS: usize = 8;
/// What a value has in the place of its last checksum until that is known.
const NONE_YET: &str = "00000000";

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("damaged")]
    Damaged,
    #[error("it is a copy of {0}")]
    OfAnother(String),
}

/// The value in the footer. Fields in the order in which they are written.
#[derive(Debug, Serialize, Deserialize)]
struct Text {
    /// Path below the export.
    path: String,
    /// Bytes up to the end of the last row group.
    rows: u64,
    /// Of each block of these.
    blocks: String,
    /// Of everything behind them, with zeros in its own place.
    rest: String,
}

/// Sums up bytes as they are written.
#[derive(Debug, Default)]
pub(super) struct Sums {
    block: crc32fast::Hasher,
    length: u64,
    blocks: String,
}

impl Sums {
    /// The next bytes.
    pub(super) fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = BLOCK - self.length % BLOCK;
            let (now, later) = bytes.split_at(bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
            self.block.update(now);
            self.length += now.len() as u64;
            bytes = later;
            if self.length.is_multiple_of(BLOCK) {
                self.end_block();
            }
        }
    }

    fn end_block(&mut self) {
        self.blocks.push_str(&hexadecimal(std::mem::take(&mut self.block).finalize()));
    }

    /// The value for the footer, once there are no more rows; [`complete`] puts the last checksum into it.
    pub(super) fn finish(mut self, path: &str) -> String {
        if !self.length.is_multiple_of(BLOCK) {
            self.end_block();
        }
        let text = Text { path: path.to_owned(), rows: self.length, blocks: self.blocks, rest: NONE_YET.to_owned() };
        serde_json::to_string(&text).expect("text and numbers have a JSON form")
    }
}

/// Puts the checksum of what follows the rows into the value that stands there; false if it stands nowhere.
pub(super) fn complete(rest: &mut [u8], value: &str) -> bool {
    let Some(place) = place_in(rest, value) else { return false };
    let sum = hexadecimal(crc32fast::hash(rest));
    rest[place].copy_from_slice(sum.as_bytes());
    true
}

/// Where the digits of the last checksum stand, at the end of the value that stands there.
fn place_in(rest: &[u8], value: &str) -> Option<Range<usize>> {
    let before_end = value.len().checked_sub("\"}".len())?;
    let end = memmem::find(rest, value.as_bytes())? + before_end;
    Some(end.checked_sub(DIGITS)?..end)
}

fn hexadecimal(sum: u32) -> String {
    format!("{sum:08x}")
}

/// What a file's footer says of the file.
#[derive(Debug)]
pub struct Seal {
    value: String,
    path: String,
    rows: u64,
    blocks: Vec<u32>,
}

impl Seal {
    /// The seal in a footer; none in files that were written before there were seals.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn of(footer: &FileMetaData) -> Result<Option<Self>, Broken> {
        let entries = footer.key_value_metadata().into_iter().flatten();
        let Some(entry) = entries.into_iter().find(|entry| entry.key == SEAL) else { return Ok(None) };
        let value = entry.value.clone().ok_or(Broken::Damaged)?;
        let Text { path, rows, blocks, .. } = serde_json::from_str(&value).map_err(|_| Broken::Damaged)?;
        let blocks =
            blocks.as_bytes().chunks(DIGITS).map(|digits| u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        let blocks: Vec<u32> = blocks.collect::<Option<_>>().ok_or(Broken::Damaged)?;
        if blocks.len() as u64 != rows.div_ceil(BLOCK) {
            return Err(Broken::Damaged);
        }
        Ok(Some(Self { value, path, rows, blocks }))
    }

    /// Where what follows the rows begins.
    pub fn rest_begins(&self) -> u64 {
        self.rows
    }

    /// Checks everything behind the rows, and that the file has this path below its export.
    ///
    /// # Errors
    /// When it is not what was written there.
    pub fn check_rest(&self, path: &str, rest: &[u8]) -> Result<(), Broken> {
        let place = place_in(rest, &self.value).ok_or(Broken::Damaged)?;
        let mut sum = crc32fast::Hasher::new();
        sum.update(&rest[..place.start]);
        sum.update(NONE_YET.as_bytes());
        sum.update(&rest[place.end..]);
        if rest[place] != *hexadecimal(sum.finalize()).as_bytes() {
            return Err(Broken::Damaged);
        }
        if self.path == path { Ok(()) } else { Err(Broken::OfAnother(self.path.clone())) }
    }

    /// The whole blocks in which a part of the rows lies.
    pub fn widened(&self, part: &Range<u64>) -> Range<u64> {
        part.start / BLOCK * BLOCK..(part.end.div_ceil(BLOCK) * BLOCK).min(self.rows).max(part.end)
    }

    /// Takes a part of the file out of the blocks around it, once they are checked.
    ///
    /// # Errors
    /// When they are not what was written there.
    pub fn part(&self, blocks: &Bytes, around: &Range<u64>, part: &Range<u64>) -> Result<Bytes, Broken> {
        let first = usize::try_from(around.start / BLOCK).map_err(|_| Broken::Damaged)?;
        let of_rows = usize::try_from(self.rows.saturating_sub(around.start)).unwrap_or(usize::MAX);
        let rows = &blocks[..blocks.len().min(of_rows)];
        let sums = self.blocks.get(first..).ok_or(Broken::Damaged)?;
        let mut pieces = rows.chunks(usize::try_from(BLOCK).unwrap_or(usize::MAX)).zip(sums);
        if !pieces.all(|(piece, sum)| crc32fast::hash(piece) == *sum) {
            return Err(Broken::Damaged);
        }
        let place = |at: u64| usize::try_from(at - around.start).map_err(|_| Broken::Damaged);
        let (start, end) = (place(part.start)?, place(part.end)?);
        if end <= blocks.len() { Ok(blocks.slice(start..end)) } else { Err(Broken::Damaged) }
    }
}

/// Checks a whole file that has this path below its export; one without a seal passes.
///
/// # Errors
/// When its bytes are not those that were written, or it is another file under this name.
pub fn check(file: &impl ChunkReader, path: &str) -> Result<(), Broken> {
    let damaged = |_| Broken::Damaged;
    let footer = ParquetMetaDataReader::new().parse_and_finish(file).map_err(damaged)?;
    let Some(seal) = Seal::of(footer.file_metadata())? else { return Ok(()) };
    let read = |part: Range<u64>| {
        let length = part.end.checked_sub(part.start).and_then(|length| usize::try_from(length).ok());
        file.get_bytes(part.start, length.ok_or(Broken::Damaged)?).map_err(damaged)
    };
    seal.check_rest(path, &read(seal.rows..file.len())?)?;
    let mut start = 0;
    while start < seal.rows {
        let block = seal.widened(&(start..start + 1));
        seal.part(&read(block.clone())?, &block, &block)?;
        start = block.end;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use arrow::array::RecordBatch;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::super::encode::{Encoder, stored_positions};
    use super::*;
    use crate::base::tables::Table;

    const PATH: &str = "requests/day=2026-11-20/x.parquet";
    const LINE: &str = "https 2026-11-20T10:00:00.000001Z app/shop/50dc6c495c0c9188 192.0.2.7:40000 10.0.0.1:8080 0.000 0.020 \
        0.001 200 200 100 200 \"GET https://shop.example.com:443/ HTTP/1.1\" \"curl\" - - - \"-\" \"-\" \"-\" 0 \
        2026-11-20T10:00:00.000000Z \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\" TID_0a";

    /// A file of so many rows, hardly any like another.
    fn file(rows: usize) -> Bytes {
        let mut decoder =
            alblog::Decoder::builder(alblog::LogKind::Access).projection(&stored_positions(Table::Requests)).build();
        let mut encoder = Encoder::new(Table::Requests, PATH, Vec::new()).unwrap();
        for row in 0..rows {
            let url = format!(
                "/{:016x}/{:016x}",
                row.wrapping_mul(0x9e37_79b9_7f4a_7c15),
                row.wrapping_mul(0xc2b2_ae3d_27d4_eb4f)
            );
            decoder.decode(format!("{}\n", LINE.replacen(":443/", &format!(":443{url}"), 1)).as_bytes());
            if row % 1000 == 999 || row + 1 == rows {
                encoder.write(&decoder.flush().unwrap()).unwrap();
            }
        }
        Bytes::from(encoder.finish(&[("albstats.test", "{\"rest\":\"00000000\"}")]).unwrap().sink)
    }

    fn rows(file: &Bytes) -> Option<Vec<RecordBatch>> {
        let read = || {
            ParquetRecordBatchReaderBuilder::try_new(file.clone()).ok()?.build().ok()?.collect::<Result<_, _>>().ok()
        };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).ok().flatten()
    }

    /// Every byte of a small file, one bit of each: it is noticed, or is the name under which other readers pass over the seal.
    #[test]
    fn a_flipped_bit_is_noticed_wherever_it_is() {
        let whole = file(3);
        assert_eq!(check(&whole, PATH), Ok(()));
        let expected = rows(&whole).unwrap();
        let mut unnoticed = 0;
        for place in 0..whole.len() {
            let mut bytes = whole.to_vec();
            bytes[place] ^= 1 << (place % 8);
            let bytes = Bytes::from(bytes);
            let checked = std::panic::catch_unwind(|| check(&bytes, PATH)).unwrap_or(Err(Broken::Damaged));
            if checked.is_ok() {
                unnoticed += 1;
                assert_eq!(rows(&bytes).as_ref(), Some(&expected), "at {place} of {}", whole.len());
            }
        }
        assert!(unnoticed <= SEAL.len() + 8, "{unnoticed}");
    }

    #[test]
    fn each_block_of_a_large_file_is_checked() {
        let whole = file(20_000);
        let blocks = whole.len() as u64 / BLOCK;
        assert!(blocks >= 3, "{blocks}");
        assert_eq!(check(&whole, PATH), Ok(()));
        for place in (0..whole.len()).step_by(29_989) {
            let mut bytes = whole.to_vec();
            bytes[place] ^= 4;
            assert_eq!(check(&Bytes::from(bytes), PATH), Err(Broken::Damaged), "at {place} of {}", whole.len());
        }
    }

    #[test]
    fn a_part_is_taken_out_of_whole_blocks() {
        let whole = file(20_000);
        let footer = ParquetMetaDataReader::new().parse_and_finish(&whole).unwrap();
        let seal = Seal::of(footer.file_metadata()).unwrap().unwrap();
        let end = seal.rest_begins();
        for part in [0..1, 4..BLOCK, BLOCK - 1..BLOCK + 1, BLOCK..2 * BLOCK, end - 1..end, 7..end] {
            let around = seal.widened(&part);
            assert!(around.start <= part.start && around.end >= part.end && around.end <= end, "{part:?}: {around:?}");
            let slice = |range: &Range<u64>| {
                whole.slice(usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap())
            };
            assert_eq!(seal.part(&slice(&around), &around, &part), Ok(slice(&part)), "{part:?}");
            // Bytes from elsewhere, or too few of them.
            assert_eq!(
                seal.part(&whole.slice(1..=slice(&around).len()), &around, &part),
                Err(Broken::Damaged),
                "{part:?}"
            );
            assert!(seal.part(&slice(&around).slice(..slice(&around).len() - 1), &around, &part).is_err(), "{part:?}");
        }
    }

    #[test]
    fn another_file_under_a_name_is_none() {
        assert_eq!(check(&file(0), PATH), Ok(()));
        assert_eq!(check(&file(3), "requests/x.parquet"), Err(Broken::OfAnother(PATH.to_owned())));
    }

    #[test]
    fn files_without_a_seal_pass() {
        let batch = rows(&file(3)).unwrap().remove(0);
        let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        assert_eq!(check(&Bytes::from(writer.into_inner().unwrap()), PATH), Ok(()));
    }
}
