//! The cache as whoever reads sees it: what was put there comes back, or nothing does.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{ObjectCache, ObjectId, clear, usage};

fn id(key: &str, content: &[u8]) -> ObjectId {
    ObjectId {
        endpoint: String::new(),
        bucket: "logs".to_owned(),
        key: key.to_owned(),
        etag: "e".to_owned(),
        size: content.len() as u64,
    }
}

fn put(cache: &ObjectCache, key: &str, content: &[u8]) {
    let id = id(key, content);
    let mut keeper = cache.keep(&id).unwrap();
    content.chunks(7).for_each(|piece| keeper.write(piece).unwrap());
    keeper.finish().unwrap();
}

fn got(cache: &ObjectCache, key: &str, content: &[u8]) -> bool {
    let Some(file) = cache.get(&id(key, content)) else { return false };
    let mut read = Vec::new();
    file.take(content.len() as u64).read_to_end(&mut read).unwrap();
    assert_eq!(read, content);
    true
}

fn objects(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().len() == 32).collect()
}

#[test]
fn what_was_put_there_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("deep/objects");
    let cache = ObjectCache::open(&root, 1 << 20).unwrap();
    assert!(!got(&cache, "a", b"abc"));
    put(&cache, "a", b"abc");
    put(&cache, "empty", b"");
    assert!(got(&cache, "a", b"abc") && got(&cache, "empty", b""));
    assert_eq!(cache.take_hits(), (2, 3));
    // Another content, another bucket, or parts of names that together say the same, are other objects.
    assert!(!got(&cache, "a", b"abcd"));
    let other = ObjectId { bucket: "log".to_owned(), key: "sa".to_owned(), ..id("a", b"abc") };
    assert!(cache.get(&other).is_none());
    assert!(cache.get(&ObjectId { etag: "f".to_owned(), ..id("a", b"abc") }).is_none());
    // Another run finds it, too.
    assert!(got(&ObjectCache::open(&root, 1 << 20).unwrap(), "a", b"abc"));
    assert_eq!(usage(&root).unwrap().objects, 2);
    assert_eq!(clear(&root).unwrap().objects, 2);
    assert!(!got(&cache, "a", b"abc"));
    assert_eq!(usage(&folder.path().join("nowhere")).unwrap().objects, 0);
}

#[test]
fn half_an_object_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let cache = ObjectCache::open(&folder.path().join("objects"), 1 << 20).unwrap();
    let mut keeper = cache.keep(&id("a", b"abc")).unwrap();
    keeper.write(b"ab").unwrap();
    assert!(keeper.finish().is_err());
    let mut keeper = cache.keep(&id("a", b"abc")).unwrap();
    assert!(keeper.write(b"abcd").is_err());
    drop(keeper);
    assert_eq!(fs::read_dir(folder.path().join("objects")).unwrap().count(), 0);
}

#[test]
fn any_damage_is_a_miss() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("objects");
    let cache = ObjectCache::open(&root, 1 << 20).unwrap();
    let content = b"lines of a log";
    put(&cache, "a", content);
    let path = objects(&root).remove(0);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, damaged).unwrap();
        assert!(!got(&cache, "a", content), "byte {at}");
        assert!(!path.exists(), "it makes room for a whole one");
        for cut in [&whole[..at], &[&whole[..], b"x"].concat()] {
            fs::write(&path, cut).unwrap();
            assert!(!got(&cache, "a", content), "cut at {at}");
        }
    }
    put(&cache, "a", content);
    assert!(got(&cache, "a", content));
}

#[test]
fn what_was_used_longest_ago_goes_first_and_the_bound_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("objects");
    let most = 2_000;
    let cache = ObjectCache::open(&root, most).unwrap();
    for number in 0..30_u8 {
        let content = [number; 100];
        put(&cache, &number.to_string(), &content);
        assert!(usage(&root).unwrap().bytes <= most);
        // One second on.
        for path in objects(&root) {
            let file = fs::File::open(&path).unwrap();
            let time = file.metadata().unwrap().modified().unwrap();
            file.set_modified(time - Duration::from_secs(1)).unwrap();
        }
        assert!(got(&cache, "0", &[0; 100]), "what is used stays: {number}");
        assert!(got(&cache, &number.to_string(), &content));
    }
    assert!(!got(&cache, "1", &[1; 100]));
    // What does not fit at all is not taken.
    assert!(cache.keep(&id("large", &[0; 3_000])).is_none());
    // A smaller bound holds from the next object on.
    let smaller = ObjectCache::open(&root, 500).unwrap();
    put(&smaller, "new", b"new");
    assert!(usage(&root).unwrap().bytes <= 500);
}

#[test]
fn a_size_that_is_wrong_or_gone_is_counted_anew() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("objects");
    let cache = ObjectCache::open(&root, 2_000).unwrap();
    put(&cache, "a", &[1; 100]);
    for size in ["1999", "nonsense", ""] {
        fs::write(root.join("size"), size).unwrap();
        put(&cache, size, &[2; 100]);
        assert!(got(&cache, "a", &[1; 100]), "{size}");
    }
    fs::remove_file(root.join("size")).unwrap();
    put(&cache, "b", &[1; 100]);
    assert_eq!(fs::read_to_string(root.join("size")).unwrap(), usage(&root).unwrap().bytes.to_string());
}

#[test]
fn leftovers_of_runs_that_were_killed_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("objects");
    let cache = ObjectCache::open(&root, 300).unwrap();
    let (old, new) = (root.join(".albstats-old"), root.join(".albstats-new"));
    fs::write(&old, "x").unwrap();
    fs::write(&new, "x").unwrap();
    fs::File::open(&old).unwrap().set_modified(SystemTime::now() - Duration::from_hours(25)).unwrap();
    put(&cache, "a", &[1; 100]);
    assert!(!old.exists() && new.exists());
}

#[test]
fn runs_at_the_same_time_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("objects");
    std::thread::scope(|scope| {
        for run in 0..6_u8 {
            let root = &root;
            scope.spawn(move || {
                let cache = ObjectCache::open(root, 3_000).unwrap();
                for number in 0..60_u8 {
                    let (key, content) = ((number % 40).to_string(), [number % 40; 100]);
                    if !got(&cache, &key, &content) && (number + run) % 7 != 0 {
                        put(&cache, &key, &content);
                    }
                    assert!(usage(root).unwrap().bytes <= 3_000);
                }
            });
        }
    });
    let size: u64 = fs::read_to_string(root.join("size")).unwrap().parse().unwrap();
    assert!(size >= usage(&root).unwrap().bytes);
}

#[cfg(unix)]
#[test]
fn it_is_private_and_no_link_is_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("albstats/objects");
    let cache = ObjectCache::open(&root, 1 << 20).unwrap();
    put(&cache, "a", b"abc");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&root), mode(root.parent().unwrap())), (0o700, 0o700));
    // The lock holds nothing.
    for entry in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.file_name() != "lock") {
        assert_eq!(mode(&entry.path()) & 0o077, 0, "{entry:?}");
    }
    // A link in an object's place is neither read nor written through.
    let (path, victim) = (objects(&root).remove(0), folder.path().join("victim"));
    fs::rename(&path, &victim).unwrap();
    symlink(&victim, &path).unwrap();
    let before = fs::read(&victim).unwrap();
    assert!(!got(&cache, "a", b"abc"));
    symlink(&victim, &path).unwrap();
    put(&cache, "a", b"abc");
    assert!(!path.is_symlink() && fs::read(&victim).unwrap() == before);
    for name in ["size", "lock"] {
        let _ = fs::remove_file(root.join(name));
        symlink(&victim, root.join(name)).unwrap();
        let mut keeper = cache.keep(&id(name, b"abc")).unwrap();
        keeper.write(b"abc").unwrap();
        assert_eq!(keeper.finish().is_ok(), name == "size");
        assert_eq!(fs::read(&victim).unwrap(), before);
    }
    // A pipe is not waited for.
    let path = objects(&root).remove(0);
    fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let found = ["a", "size"].into_iter().filter(|key| got(&cache, key, b"abc"));
    assert_eq!(found.count(), 1, "the other one was in its place");
    // Another's folder, and one that others can look into, are refused.
    let (linked, open) = (folder.path().join("linked"), folder.path().join("open"));
    symlink(&root, &linked).unwrap();
    assert!(ObjectCache::open(&linked, 1 << 20).is_err());
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(ObjectCache::open(&open, 1 << 20).unwrap_err().to_string().contains("chmod 700"));
}
