//! The same object twice: a copied folder, `a.log` beside `a.log.gz`, a download that a browser called `a (1).log.gz`, or one
//! that somebody called `before-the-deploy.gz`.
//!
//! AWS's names end in a random part, so objects whose names say no more than that hold the same log, or a part of it. What has a number or a
//! mark besides may be a copy, a part or another log: only the content tells. Objects of the same content are the same, whatever they are
//! called. What a tool had not written to its end is a part of the log that lies there.

mod choice;
mod text;
mod trailer;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use alblog::{LogKey, key};
use sha2::{Digest, Sha256};

use super::{Location, LogObject};
use choice::{Kinship, kinship};
use text::Relation;

pub use trailer::look_up;

/// Bytes of a file that are read at once.
const PIECE: usize = 64 << 10;

/// Objects that are not read because another one has the same name by AWS, or the same content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copies {
    pub count: u64,
    /// Those of them that have other names, and the same content.
    pub renamed: u64,
    /// Those of them that hold something else than what is read: one is not whole, or not the same.
    pub differing: u64,
    /// Those of the differing ones of which that is only not known.
    pub unknown: u64,
    /// Where the first of those is that are read instead, and where that copy is.
    pub difference: Option<(String, String)>,
    /// Where the first of those is that are read instead, and where its copy is.
    pub example: Option<(String, String)>,
    /// What tools left that did not write a log to its end, which is there.
    pub parts: u64,
    /// Where the first of those logs is, and what was left of it.
    pub part: Option<(String, String)>,
}

impl Copies {
    /// Adds what was found elsewhere.
    pub fn add(&mut self, more: Self) {
        self.count += more.count;
        self.renamed += more.renamed;
        self.differing += more.differing;
        self.unknown += more.unknown;
        self.parts += more.parts;
        self.example = self.example.take().or(more.example);
        self.difference = self.difference.take().or(more.difference);
        self.part = self.part.take().or(more.part);
    }

    fn copy(&mut self, read: &LogObject, copy: &LogObject) {
        self.count += 1;
        self.example.get_or_insert_with(|| (read.location.to_string(), copy.location.to_string()));
    }

    fn differs(&mut self, read: &LogObject, copy: &LogObject) {
        self.copy(read, copy);
        self.differing += 1;
        self.difference.get_or_insert_with(|| (read.location.to_string(), copy.location.to_string()));
    }

    fn part(&mut self, whole: &LogObject, part: &LogObject) {
        self.parts += 1;
        self.part.get_or_insert_with(|| (whole.location.to_string(), part.location.to_string()));
    }
}

/// Leaves one object of each name by AWS: one that is not empty, compressed rather than not (so does AWS deliver them) unless it holds less,
/// then the largest (a copy may be half of it), then what need not be downloaded, then one of just that name, then the first. Objects
/// without such a name all stay, and so do those whose names go on behind it: `x.log.gz.aa` is a part of a log, and `x.log.gz.md5` none.
/// So do those that have a mark or a number besides and do not hold the same.
pub fn without_copies(objects: &mut Vec<LogObject>) -> Copies {
    let mut copies = Copies::default();
    let mut is_read = vec![true; objects.len()];
    for group in groups(objects) {
        leave_one(objects, &group, &mut is_read, &mut copies);
    }
    retain(objects, is_read);
    copies
}

/// Where the objects of each name stand of which there are several, and of those that were not written to their ends.
fn groups(objects: &[LogObject]) -> Vec<Vec<usize>> {
    let mut of_name: HashMap<LogKey, (usize, Vec<usize>)> = HashMap::with_capacity(objects.len());
    for (at, object) in objects.iter().enumerate() {
        let Some(name) = name(object) else { continue };
        match of_name.entry(name) {
            Entry::Vacant(free) => drop(free.insert((at, Vec::new()))),
            Entry::Occupied(mut taken) => taken.get_mut().1.push(at),
        }
    }
    let several = of_name.into_values().filter(|(_, more)| !more.is_empty());
    let mut groups: Vec<Vec<usize>> =
        several.map(|(first, more)| std::iter::once(first).chain(more).collect()).collect();
    groups.sort_unstable();
    groups
}

/// Finds out what is read of objects of one name.
fn leave_one(objects: &mut [LogObject], group: &[usize], is_read: &mut [bool], copies: &mut Copies) {
    let (parts, named): (Vec<usize>, Vec<usize>) = group.iter().partition(|&&at| is_unfinished(&objects[at]));
    let better = |best: usize, at: usize| if choice::is_better(&objects[at], &objects[best]) { at } else { best };
    let Some(mut best) = named.iter().copied().reduce(better) else { return };
    // Others that are read besides: parts, or what only has its name.
    let mut besides: Vec<usize> = Vec::new();
    let first = best;
    for &at in named.iter().filter(|&&at| at != first) {
        let mut kin = kinship(&objects[best], &objects[at]);
        if kin == Kinship::Better {
            let worse = std::mem::replace(&mut best, at);
            is_read[worse] = false;
            copies.differs(&objects[best], &objects[worse]);
            let copy = objects[worse].location.to_string();
            objects[best].copy.get_or_insert(copy);
            continue;
        }
        let among = |at: usize| besides.iter().any(|&other| kinship(&objects[other], &objects[at]) == Kinship::Copy);
        if kin == Kinship::Another && among(at) {
            kin = Kinship::Copy;
        }
        if kin == Kinship::Another {
            besides.push(at);
            continue;
        }
        is_read[at] = false;
        if kin == Kinship::Copy {
            copies.copy(&objects[best], &objects[at]);
        } else {
            copies.differs(&objects[best], &objects[at]);
        }
        copies.unknown += u64::from(kin == Kinship::Unknown);
        let copy = objects[at].location.to_string();
        objects[best].copy.get_or_insert(copy);
    }
    if objects[best].size > 0 {
        for at in parts {
            is_read[at] = false;
            copies.part(&objects[best], &objects[at]);
        }
    }
}

fn retain(objects: &mut Vec<LogObject>, is_read: Vec<bool>) {
    let mut is_read = is_read.into_iter();
    objects.retain(|_| is_read.next().unwrap_or(true));
}

/// Leaves one object of the same content where not all of them have names by AWS: one that has, else the first. In buckets, ETags
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
    let mut is_read = vec![true; objects.len()];
    for mut same in of_size.into_values().filter(|same| same.len() > 1) {
        same.sort_by_key(|&at| !is_named(&objects[at]));
        let mut read: HashMap<Content, usize> = HashMap::new();
        for at in same {
            let Some(content) = content(&objects[at]) else { continue };
            match read.entry(content) {
                Entry::Occupied(first) if !is_named(&objects[at]) => {
                    is_read[at] = false;
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
    // Of several that are compressed from one, the first is read.
    let mut kept: HashMap<usize, usize> = HashMap::new();
    for (at, other, is_part) in beside(objects) {
        let (copy, read) = match kept.get(&at) {
            Some(&first) if !is_part => (other, first),
            _ => (at, other),
        };
        if !std::mem::replace(&mut is_read[copy], false) {
            continue;
        }
        if is_part {
            copies.part(&objects[read], &objects[copy]);
            continue;
        }
        kept.entry(at).or_insert(other);
        copies.copy(&objects[read], &objects[copy]);
        copies.renamed += 1;
    }
    retain(objects, is_read);
    copies
}

/// Files without names by AWS beside what they are compressed, `x.log` beside `x.log.gz`, or beside what they were to become,
/// `x.log.part` beside `x.log`: where they and the others stand, and whether they are parts.
fn beside(objects: &[LogObject]) -> Vec<(usize, usize, bool)> {
    let path = |object: &LogObject| match &object.location {
        Location::Path(path) if !is_named(object) => Some(path.clone()),
        _ => None,
    };
    let places: HashMap<PathBuf, usize> =
        objects.iter().enumerate().filter_map(|(at, object)| Some((path(object)?, at))).collect();
    let mut found: Vec<(usize, usize, bool)> = Vec::new();
    for (path, &at) in &places {
        let whole = path.to_str().and_then(key::finished).and_then(|whole| places.get(Path::new(&whole)));
        if let Some(&whole) = whole.filter(|&&whole| objects[whole].size > 0) {
            found.push((at, whole, true));
        } else if key::compression(&path.to_string_lossy()).is_some()
            && let Some(&plain) = places.get(&path.with_extension(""))
            && text::compare(&path.with_extension(""), path).is_ok_and(|relation| relation == Relation::Same)
        {
            found.push((plain, at, false));
        }
    }
    found.sort_unstable();
    found
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

/// What its name says, compressed or not, whole or not; `None` if the name is not one by AWS, or goes on behind it.
fn name(object: &LogObject) -> Option<LogKey> {
    let is_wanted = is_named(object) || is_unfinished(object);
    is_wanted.then(|| object.key.clone().map(|key| LogKey { gzip: true, ..key }))?
}

fn is_named(object: &LogObject) -> bool {
    object.key.is_some() && file_name(object).is_some_and(key::has_usual_ending)
}

fn is_unfinished(object: &LogObject) -> bool {
    object.key.is_some() && file_name(object).is_some_and(|name| key::finished(name).is_some())
}

fn file_name(object: &LogObject) -> Option<&str> {
    match &object.location {
        Location::Path(path) => path.file_name()?.to_str(),
        Location::S3 { key, .. } => Some(key),
        Location::Pipe(_) | Location::Stdin => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const STEM: &str = "1_elasticloadbalancing_eu-west-1_app.a.b_20261120T1005Z_192.0.2.1_r";

    fn object(path: &str, size: u64) -> LogObject {
        let path = path.replace("STEM", STEM);
        let key = LogKey::parse(&path);
        let (kind, location) = (key.as_ref().map(|key| key.kind), Location::Path(PathBuf::from(path)));
        LogObject { location, key, kind, size, modified: None, etag: None, content: None, inflated: None, copy: None }
    }

    fn gzip(text: &str, level: u32) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    /// Files in a folder, and what is left of them.
    fn left(files: &[(&str, Vec<u8>)]) -> (Vec<String>, Copies) {
        let folder = tempfile::tempdir().unwrap();
        let mut objects = Vec::new();
        for (name, content) in files {
            let path = folder.path().join(name.replace("STEM", STEM));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, content).unwrap();
            objects.push(object(&path.display().to_string(), content.len() as u64));
        }
        let mut copies = without_copies(&mut objects);
        copies.add(without_renamed(&mut objects));
        let shown = |path: &str| path.replace(STEM, "STEM").replace(&format!("{}/", folder.path().display()), "");
        for pair in [&mut copies.example, &mut copies.difference, &mut copies.part].into_iter().flatten() {
            *pair = (shown(&pair.0), shown(&pair.1));
        }
        (objects.iter().map(|object| shown(&object.location.to_string())).collect(), copies)
    }

    /// So many lines from one on, all as long.
    fn lines(first: u32, count: u32) -> String {
        (first..first + count).fold(String::new(), |text, line| text + &format!("line {line:05}\n"))
    }

    #[test]
    fn one_of_each_name_is_left() {
        let text = lines(0, 50);
        let (plain, packed) = (text.clone().into_bytes(), gzip(&text, 6));
        for (files, read) in [
            ([("STEM.log", plain.clone()), ("STEM.log.gz", packed.clone())], "STEM.log.gz"),
            ([("STEM (1).log.gz", packed.clone()), ("STEM.log.gz", packed.clone())], "STEM.log.gz"),
            ([("a/STEM.log.gz", packed.clone()), ("b/STEM.log.gz", packed.clone())], "a/STEM.log.gz"),
            ([("STEM.log.gz", packed.clone()), ("STEM.log.gz.1", packed.clone())], "STEM.log.gz"),
            ([("STEM.log.gz", Vec::new()), ("STEM.log", plain.clone())], "STEM.log"),
            // Compressed anew.
            ([("a/STEM.log.gz", gzip(&text, 1)), ("b/STEM.log.gz", gzip(&text, 9))], "b/STEM.log.gz"),
            ([("STEM.log", plain.clone()), ("STEM.log.zst", zstd::encode_all(&plain[..], 3).unwrap())], "STEM.log"),
            (
                [("STEM.log.gz", packed.clone()), ("STEM.log.zst", zstd::encode_all(&plain[..], 3).unwrap())],
                "STEM.log.gz",
            ),
        ] {
            let (left, copies) = left(&files);
            // Of two levels the larger one is read.
            let is_either = left.len() == 1 && read.starts_with("b/") && left[0].ends_with("STEM.log.gz");
            assert!(left == [read] || is_either, "{files:?}: {left:?}");
            assert_eq!((copies.count, copies.differing), (1, 0), "{files:?}");
        }
    }

    #[test]
    fn the_longer_one_is_read_and_the_shorter_one_told() {
        let (few, all) = (lines(0, 20), lines(0, 50));
        let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 3).unwrap();
        for (shorter, longer) in [
            (("STEM.log", few.clone().into_bytes()), ("STEM.log.zst", zstd(&all))),
            (("STEM.log.gz", gzip(&few, 6)), ("STEM.log.zst", zstd(&all))),
            (("STEM.log.gz", gzip(&few, 6)), ("STEM (1).log.gz", gzip(&all, 6))),
        ] {
            let read = longer.0;
            let (left, copies) = left(&[shorter, longer]);
            assert_eq!(left, [read]);
            assert_eq!((copies.differing, copies.difference.map(|it| it.0)), (1, Some(read.to_owned())));
        }
    }

    #[test]
    fn a_number_or_a_mark_is_no_copy_unless_the_content_is_the_same() {
        let (one, other) = (lines(0, 20).into_bytes(), lines(20, 20).into_bytes());
        for (first, second) in [
            ("STEM.log.00", "STEM.log.01"),
            ("STEM (1).log", "STEM.log"),
            ("STEM.log", "STEM.log.1"),
            ("STEM.log", "old-STEM.log"),
        ] {
            let (read, copies) = left(&[(first, one.clone()), (second, other.clone())]);
            assert_eq!((read.len(), copies), (2, Copies::default()), "{first}");
            let (read, copies) = left(&[(first, one.clone()), (second, one.clone())]);
            assert_eq!((read.len(), copies.count, copies.differing), (1, 1, 0), "{first}");
        }
        let third = lines(40, 13).into_bytes();
        let three =
            [("STEM.log.00", one.clone()), ("STEM.log.01", other), ("STEM.log.02", third), ("STEM.log.03", one)];
        let (read, copies) = left(&three);
        assert_eq!((read.len(), copies.count), (3, 1));
    }

    #[test]
    fn what_was_not_written_to_its_end_is_a_part_of_what_is_there() {
        let whole = gzip(&lines(0, 50), 6);
        let cut = whole[..whole.len() / 2].to_vec();
        for ending in [".6eF8c2aB", ".part", ".filepart", ".crdownload", ".partial", "~"] {
            for stem in ["STEM.log.gz", "shop.log.gz"] {
                let part = format!("{stem}{ending}");
                let (read, copies) = left(&[(stem, whole.clone()), (&part, cut.clone())]);
                assert_eq!(read, [stem], "{ending}");
                let example = Some((stem.to_owned(), part.clone()));
                assert_eq!(copies, Copies { parts: 1, part: example, ..Copies::default() });
                assert_eq!(left(&[(&part, cut.clone())]).0, std::slice::from_ref(&part), "alone it is read");
                assert_eq!(left(&[(stem, Vec::new()), (&part, cut.clone())]).0.len(), 2, "nothing is no log");
            }
        }
    }

    #[test]
    fn what_lies_beside_what_it_was_compressed_from_is_the_same_if_its_text_is() {
        let (text, other) = (lines(0, 50), lines(50, 50));
        let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
        let (read, copies) = left(&[("shop.log", text.clone().into_bytes()), ("shop.log.gz", gzip(&other, 6))]);
        assert_eq!((read.len(), copies), (2, Copies::default()), "of one size");
        let all = [("shop.log", text.clone().into_bytes()), ("shop.log.gz", gzip(&text, 6)), ("shop.log.zst", zstd)];
        let (read, copies) = left(&all);
        assert_eq!((read, copies.count, copies.renamed), (vec!["shop.log.gz".to_owned()], 2, 2));
    }

    #[test]
    fn what_differs_stays() {
        let text = lines(0, 9).into_bytes();
        let two = [("STEM.log.gz", text.clone()), ("STEMs.log.gz", text.clone())];
        assert_eq!(left(&two).0, ["STEM.log.gz", "STEMs.log.gz"]);
        let other = [("conn_log_STEM.log.gz", text.clone()), ("STEM.log.gz", text)];
        assert_eq!(left(&other).1.count, 0);
    }

    /// Of objects in buckets, sizes are known, marks of their content, and what compressed ones say at their ends.
    #[test]
    fn sizes_tell_what_is_known_of_objects_that_are_not_here() {
        let object = |path: &str, size, inflated| LogObject { inflated, ..object(path, size) };
        for (gzip, plain, is_gzip_read, differing, unknown) in [
            (object("STEM.log.gz", 500, Some(26_000)), object("STEM.log", 26_000, None), true, 0, 0),
            (object("STEM.log.gz", 500, Some(10_000)), object("STEM.log", 26_000, None), false, 1, 0),
            (object("STEM.log.gz", 500, None), object("STEM.log.zst", 400, None), true, 1, 1),
        ] {
            let mut objects = vec![plain, gzip.clone()];
            let copies = without_copies(&mut objects);
            assert_eq!((copies.count, copies.differing, copies.unknown), (1, differing, unknown), "{gzip:?}");
            let read = objects[0].location.to_string();
            assert_eq!((objects.len(), read == gzip.location.to_string()), (1, is_gzip_read), "{gzip:?}");
        }
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
        let mut objects = vec![object("STEM.log.gz", 5), object("STEM.log.gz", 5), object("z/STEM.log.gz", 4)];
        objects[1].location = Location::Path(PathBuf::from(format!("y/{STEM}.log.gz")));
        let copies = without_copies(&mut objects);
        let example = Some((format!("{STEM}.log.gz"), format!("y/{STEM}.log.gz")));
        let difference = Some((format!("{STEM}.log.gz"), format!("z/{STEM}.log.gz")));
        assert_eq!(copies, Copies { count: 2, differing: 1, example, difference, ..Copies::default() });
    }
}
