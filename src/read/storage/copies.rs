//! The same object twice: a copied folder, `a.log` beside `a.log.gz`, a download that a browser called `a (1).log.gz`.
//!
//! AWS's names end in a random part, so objects whose names say the same hold the same rows.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use alblog::LogKey;

use super::LogObject;

/// Objects that are not read because another one has the same name by AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copies {
    pub count: u64,
    /// Those of them that have another size although both are compressed, or both are not: one is not whole, or not the same.
    pub differing: u64,
    /// Where the first of those is that are read instead, and where its copy is.
    pub example: Option<(String, String)>,
}

impl Copies {
    /// Adds what was found elsewhere.
    pub fn add(&mut self, more: Self) {
        self.count += more.count;
        self.differing += more.differing;
        self.example = self.example.take().or(more.example);
    }
}

/// Leaves one object of each name by AWS: one that is not empty, compressed rather than not (so does AWS deliver them), then the largest (a copy
/// may be half of it), then what need not be downloaded, then one of just that name, then the first. Objects without such a name all stay.
pub fn without_copies(objects: &mut Vec<LogObject>) -> Copies {
    let mut best: HashMap<LogKey, usize> = HashMap::with_capacity(objects.len());
    for (at, object) in objects.iter().enumerate() {
        let Some(name) = name(object) else { continue };
        match best.entry(name) {
            Entry::Vacant(free) => drop(free.insert(at)),
            Entry::Occupied(mut taken) if rank(object) < rank(&objects[*taken.get()]) => drop(taken.insert(at)),
            Entry::Occupied(_) => {}
        }
    }
    let mut copies = Copies::default();
    if best.len() == objects.iter().filter(|object| object.key.is_some()).count() {
        return copies;
    }
    let keeper = |object: &LogObject| name(object).and_then(|name| best.get(&name).copied());
    let keepers: Vec<Option<usize>> = objects.iter().map(keeper).collect();
    for (at, keeper) in keepers.iter().enumerate().filter_map(|(at, keeper)| Some((at, (*keeper)?))) {
        if at != keeper {
            copies.count += 1;
            let form = |at: usize| objects[at].key.as_ref().is_some_and(|key| key.gzip);
            copies.differing += u64::from(form(at) == form(keeper) && objects[at].size != objects[keeper].size);
            let of = |at: usize| objects[at].location.to_string();
            let (read, copy) = (of(keeper), of(at));
            objects[keeper].copy.get_or_insert_with(|| copy.clone());
            copies.example.get_or_insert((read, copy));
        }
    }
    let mut keepers = keepers.into_iter().enumerate();
    objects.retain(|_| keepers.next().is_none_or(|(at, keeper)| keeper.is_none_or(|keeper| keeper == at)));
    copies
}

/// What its name says, compressed or not.
fn name(object: &LogObject) -> Option<LogKey> {
    object.key.clone().map(|key| LogKey { gzip: true, ..key })
}

fn rank(object: &LogObject) -> (bool, bool, Reverse<u64>, bool, bool) {
    let key = object.key.as_ref();
    let renamed = key.is_none_or(|key| !object.location.to_string().ends_with(&key.to_string()));
    (object.size == 0, key.is_none_or(|key| !key.gzip), Reverse(object.size), object.is_remote(), renamed)
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
    fn an_example_names_both() {
        let mut objects = vec![object("STEM.log", 5), object("STEM.log.gz", 5), object("z/STEM.log.gz", 4)];
        let copies = without_copies(&mut objects);
        let example = (format!("{STEM}.log.gz"), format!("{STEM}.log"));
        assert_eq!(copies, Copies { count: 2, differing: 1, example: Some(example) });
    }
}
