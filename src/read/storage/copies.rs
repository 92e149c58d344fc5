//! The same object twice: a copied folder, `a.log` beside `a.log.gz`, a download that a browser called `a (1).log.gz`, or one
//! that somebody called `before-the-deploy.gz`.
//!
//! AWS's names end in a random part, so objects whose names say the same hold the same rows. So do objects of the same bytes,
//! whatever they are called.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use alblog::{LogKey, key};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::{Location, LogObject};

/// Bytes of a file that are read at once.
const PIECE: usize = 64 << 10;

/// Objects that are not read because another one has the same name by AWS, or the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copies {
    pub count: u64,
    /// Those of them that have other names, and the same bytes.
    pub renamed: u64,
    /// Those of them that hold something else than what is read: one is not whole, or not the same.
    pub differing: u64,
    /// Where the first of those is that are read instead, and where that copy is.
    pub difference: Option<(String, String)>,
    /// Where the first of those is that are read instead, and where its copy is.
    pub example: Option<(String, String)>,
}

impl Copies {
    /// Adds what was found elsewhere.
    pub fn add(&mut self, more: Self) {
        self.count += more.count;
        self.renamed += more.renamed;
        self.differing += more.differing;
        self.example = self.example.take().or(more.example);
        self.difference = self.difference.take().or(more.difference);
    }
}

/// Leaves one object of each name by AWS: one that is not empty, compressed rather than not (so does AWS deliver them) unless it holds less,
/// then the largest (a copy may be half of it), then what need not be downloaded, then one of just that name, then the first. Objects
/// without such a name all stay, and so do those whose names go on behind it: `x.log.gz.aa` is a part of a log, and `x.log.gz.md5` none.
pub fn without_copies(objects: &mut Vec<LogObject>) -> Copies {
    let mut best: HashMap<LogKey, usize> = HashMap::with_capacity(objects.len());
    for (at, object) in objects.iter().enumerate() {
        let Some(name) = name(object) else { continue };
        match best.entry(name) {
            Entry::Vacant(free) => drop(free.insert(at)),
            Entry::Occupied(mut taken) if is_better(object, &objects[*taken.get()]) => drop(taken.insert(at)),
            Entry::Occupied(_) => {}
        }
    }
    let mut copies = Copies::default();
    if best.len() == objects.iter().filter(|object| is_named(object)).count() {
        return copies;
    }
    let keeper = |object: &LogObject| name(object).and_then(|name| best.get(&name).copied());
    let keepers: Vec<Option<usize>> = objects.iter().map(keeper).collect();
    for (at, keeper) in keepers.iter().enumerate().filter_map(|(at, keeper)| Some((at, (*keeper)?))) {
        if at != keeper {
            copies.count += 1;
            let of = |at: usize| objects[at].location.to_string();
            let (read, copy) = (of(keeper), of(at));
            if differ(&objects[at], &objects[keeper]) {
                copies.differing += 1;
                copies.difference.get_or_insert_with(|| (read.clone(), copy.clone()));
            }
            objects[keeper].copy.get_or_insert_with(|| copy.clone());
            copies.example.get_or_insert((read, copy));
        }
    }
    let mut keepers = keepers.into_iter().enumerate();
    objects.retain(|_| keepers.next().is_none_or(|(at, keeper)| keeper.is_none_or(|keeper| keeper == at)));
    copies
}

/// Leaves one object of the same bytes where not all of them have names by AWS: one that has, else the first. In buckets, ETags
/// tell; files of the same size are read. What cannot be read stays, since reading it says why.
pub fn without_renamed(objects: &mut Vec<LogObject>) -> Copies {
    let unnamed = objects.iter().filter(|object| !is_named(object) && object.size > 0);
    let mut of_size: HashMap<u64, Vec<usize>> = unnamed.map(|object| (object.size, Vec::new())).collect();
    for (at, object) in objects.iter().enumerate() {
        if let Some(same) = of_size.get_mut(&object.size) {
            same.push(at);
        }
    }
    let mut copies = Copies::default();
    let mut is_copy = vec![false; objects.len()];
    for mut same in of_size.into_values().filter(|same| same.len() > 1) {
        same.sort_by_key(|&at| !is_named(&objects[at]));
        let mut read: HashMap<Content, usize> = HashMap::new();
        for at in same {
            let Some(content) = content(&objects[at]) else { continue };
            match read.entry(content) {
                Entry::Occupied(first) if !is_named(&objects[at]) => {
                    is_copy[at] = true;
                    copies.count += 1;
                    copies.renamed += 1;
                    let of = |at: usize| objects[at].location.to_string();
                    let example = Some((of(*first.get()), of(at)));
                    // The same one on every run.
                    copies.example = copies.example.take().min(example.clone()).or(example);
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(free) => drop(free.insert(at)),
            }
        }
    }
    for (at, compressed) in inflated_beside(objects) {
        is_copy[at] = true;
        copies.count += 1;
        copies.renamed += 1;
        let of = |at: usize| objects[at].location.to_string();
        copies.example.get_or_insert_with(|| (of(compressed), of(at)));
    }
    let mut is_copy = is_copy.into_iter();
    objects.retain(|_| !is_copy.next().unwrap_or(false));
    copies
}

/// Files without names by AWS that lie beside what they are compressed, `x.log` beside `x.log.gz`: where they and the compressed ones stand.
fn inflated_beside(objects: &[LogObject]) -> Vec<(usize, usize)> {
    let path = |object: &LogObject| match &object.location {
        Location::Path(path) if !is_named(object) => Some(path.clone()),
        _ => None,
    };
    let places: HashMap<_, usize> =
        objects.iter().enumerate().filter_map(|(at, object)| Some((path(object)?, at))).collect();
    let mut pairs: Vec<(usize, usize)> = places
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|ending| ending == "gz"))
        .filter_map(|(path, &compressed)| {
            let plain = *places.get(&path.with_extension(""))?;
            (inflated(path, objects[plain].size) == Some(objects[plain].size)).then_some((plain, compressed))
        })
        .collect();
    pairs.sort_unstable();
    pairs
}

/// What tells two contents of the same size apart.
#[derive(PartialEq, Eq, Hash)]
enum Content {
    Digest(Vec<u8>),
    Etag(String),
}

fn content(object: &LogObject) -> Option<Content> {
    match &object.location {
        Location::Path(path) => Some(Content::Digest(digest(path).ok()?)),
        Location::S3 { .. } => object.etag.clone().map(Content::Etag),
        Location::Pipe(_) | Location::Stdin => None,
    }
}

fn digest(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let (mut digest, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(digest.finalize().to_vec()),
            Ok(length) => digest.update(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// What its name says, compressed or not; `None` if the name is not one by AWS, or goes on behind it.
fn name(object: &LogObject) -> Option<LogKey> {
    is_named(object).then(|| object.key.clone().map(|key| LogKey { gzip: true, ..key }))?
}

fn is_named(object: &LogObject) -> bool {
    object.key.is_some()
        && match &object.location {
            Location::Path(path) => path.file_name().is_some_and(|name| key::has_usual_ending(&name.to_string_lossy())),
            Location::S3 { key, .. } => key::has_usual_ending(key),
            Location::Pipe(_) | Location::Stdin => false,
        }
}

fn is_gzip(object: &LogObject) -> bool {
    object.key.as_ref().is_some_and(|key| key.gzip)
}

/// Whether it is rather to be read than another one of the same name.
fn is_better(object: &LogObject, other: &LogObject) -> bool {
    if object.size > 0 && other.size > 0 && is_gzip(object) != is_gzip(other) {
        return is_gzip(object) == against_plain(object, other).is_ge();
    }
    rank(object) < rank(other)
}

/// Text that is compressed to a smaller part than this is less text.
const SMALLEST_PART: u64 = 100;

/// How much the compressed one of two objects holds against the one that is not. Of files here that is known from their content; of others,
/// as much, unless it is so small that it cannot be.
fn against_plain(object: &LogObject, other: &LogObject) -> Ordering {
    let (gzip, plain) = if is_gzip(object) { (object, other) } else { (other, object) };
    match (&gzip.location, &plain.location) {
        (Location::Path(path), Location::Path(_)) if path.is_file() => {
            inflated(path, plain.size).map_or(Ordering::Less, |size| size.cmp(&plain.size))
        }
        _ if gzip.size.saturating_mul(SMALLEST_PART) < plain.size => Ordering::Less,
        _ => Ordering::Equal,
    }
}

/// Whether an object does not hold what another one of its name does, as far as their sizes tell.
fn differ(object: &LogObject, other: &LogObject) -> bool {
    if object.size == 0 {
        // Nothing in it is missed.
        false
    } else if is_gzip(object) == is_gzip(other) {
        object.size != other.size
    } else {
        against_plain(object, other).is_ne()
    }
}

/// How many bytes a gzip file has inflated. Its last four bytes say it of its last member, which is the only one mostly, and
/// believed if it is what is expected; else all of it is read. `None` if it cannot be.
fn inflated(path: &Path, expected: u64) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let mut last = [0; 4];
    file.seek(SeekFrom::End(-4)).ok()?;
    file.read_exact(&mut last).ok()?;
    if u64::from(u32::from_le_bytes(last)) == expected & u64::from(u32::MAX) {
        return Some(expected);
    }
    file.rewind().ok()?;
    io::copy(&mut MultiGzDecoder::new(BufReader::with_capacity(PIECE, file)), &mut io::sink()).ok()
}

/// Whether a compressed file does not begin as one: a page of an error, or zeros.
fn is_misnamed(object: &LogObject) -> bool {
    let Location::Path(path) = &object.location else { return false };
    let mut first = [0; 2];
    let begins = File::open(path).and_then(|mut file| file.read_exact(&mut first));
    is_gzip(object) && begins.is_ok() && first != GZIP
}

/// First bytes of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

fn rank(object: &LogObject) -> (bool, bool, bool, Reverse<u64>, bool, bool) {
    let key = object.key.as_ref();
    let renamed = key.is_none_or(|key| !object.location.to_string().ends_with(&key.to_string()));
    let size = Reverse(object.size);
    (object.size == 0, is_misnamed(object), !is_gzip(object), size, object.is_remote(), renamed)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::Location;
    use super::*;

    const STEM: &str = "1_elasticloadbalancing_eu-west-1_app.a.b_20261120T1005Z_192.0.2.1_r";

    fn object(path: &str, size: u64) -> LogObject {
        let path = path.replace("STEM", STEM);
        let key = LogKey::parse(&path);
        let (kind, location) = (key.as_ref().map(|key| key.kind), Location::Path(PathBuf::from(path)));
        LogObject { location, key, kind, size, modified: None, etag: None, content: None, copy: None }
    }

    fn left(objects: &[(&str, u64)]) -> (Vec<String>, u64) {
        let mut objects: Vec<LogObject> = objects.iter().map(|(path, size)| object(path, *size)).collect();
        let copies = without_copies(&mut objects);
        (objects.iter().map(|object| object.location.to_string().replace(STEM, "STEM")).collect(), copies.count)
    }

    #[test]
    fn one_of_each_name_is_left() {
        for (objects, read) in [
            ([("STEM.log", 9), ("STEM.log.gz", 1)], "STEM.log.gz"),
            ([("STEM (1).log.gz", 5), ("STEM.log.gz", 5)], "STEM.log.gz"),
            ([("STEM (1).log.gz", 4), ("STEM.log.gz", 5)], "STEM.log.gz"),
            ([("a/STEM.log.gz", 5), ("b/STEM.log.gz", 5)], "a/STEM.log.gz"),
            ([("STEM.log.gz", 5), ("STEM.log.gz.1", 5)], "STEM.log.gz"),
            ([("STEM.log.gz", 0), ("STEM.log", 9)], "STEM.log"),
        ] {
            assert_eq!(left(&objects), (vec![read.to_owned()], 1), "{objects:?}");
        }
    }

    #[test]
    fn what_differs_stays() {
        let two = [("STEM.log.gz", 5), ("STEMs.log.gz", 5)];
        assert_eq!(left(&two), (vec!["STEM.log.gz".to_owned(), "STEMs.log.gz".to_owned()], 0));
        let three = [("a/x.log", 5), ("b/x.log", 5), ("conn_log_STEM.log.gz", 5), ("STEM.log.gz", 5)];
        assert_eq!(left(&three).1, 0);
    }

    #[test]
    fn one_of_the_same_bytes_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name.replace("STEM", STEM)).display().to_string();
        let files = [("STEM.log", "one"), ("a.log", "one"), ("b.log", "two"), ("c", "two"), ("d", "three"), ("e", "")];
        let other = [("f", ""), ("STEM2.log", "one"), ("z.log", "six")];
        let files: Vec<(&str, &str)> = files.into_iter().chain(other).collect();
        let mut objects = Vec::new();
        for (name, content) in &files {
            std::fs::write(at(name), content).unwrap();
            objects.push(object(&at(name), content.len() as u64));
        }
        let copies = without_renamed(&mut objects);
        let left: Vec<String> = objects.iter().map(|object| object.location.to_string()).collect();
        assert_eq!(left, ["STEM.log", "b.log", "d", "e", "f", "STEM2.log", "z.log"].map(at));
        let example = Some((at("STEM.log"), at("a.log")));
        assert_eq!(copies, Copies { count: 2, renamed: 2, example, ..Copies::default() });
        assert_eq!(without_renamed(&mut objects), Copies::default());
    }

    #[test]
    fn an_example_names_both() {
        let mut objects = vec![object("STEM.log", 5), object("STEM.log.gz", 5), object("z/STEM.log.gz", 4)];
        let copies = without_copies(&mut objects);
        let example = (format!("{STEM}.log.gz"), format!("{STEM}.log"));
        let difference = Some((format!("{STEM}.log.gz"), format!("z/{STEM}.log.gz")));
        assert_eq!(copies, Copies { count: 2, renamed: 0, differing: 1, example: Some(example), difference });
    }
}
