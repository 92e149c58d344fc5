use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn object(&self, name: &str, content: &str) -> LogObject {
        let path: PathBuf = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        LogObject::stream(Location::Path(path))
    }
}

/// Reads a text through a keeper, so many bytes at a time.
fn read(kept: &Arc<KeptTexts>, object: &LogObject, text: &[u8], at_once: usize) {
    let mut keeping = Keeping { text, keeper: kept.keeper(object) };
    let mut buffer = vec![0; at_once];
    while keeping.read(&mut buffer).unwrap() > 0 {}
}

#[test]
fn a_text_is_there_as_long_as_the_file_is_the_same() {
    let files = Files::new();
    let kept = Arc::new(KeptTexts::new(1 << 20));
    let object = files.object("a.gz", "stored");
    assert!(!kept.holds(&object));
    read(&kept, &object, b"one\ntwo\n", 3);
    assert_eq!(kept.text(&object).as_deref(), Some(&b"one\ntwo\n"[..]));
    files.object("a.gz", "stored and more");
    assert!(!kept.holds(&object) && kept.text(&object).is_none());
    fs::remove_file(files.0.path().join("a.gz")).unwrap();
    assert!(kept.text(&object).is_none());
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[test]
fn what_was_not_read_to_its_end_is_not_kept() {
    let files = Files::new();
    let kept = Arc::new(KeptTexts::new(1 << 20));
    let object = files.object("a.gz", "stored");
    let mut keeping = Keeping { text: &b"one\ntwo\n"[..], keeper: kept.keeper(&object) };
    keeping.read_exact(&mut [0; 8]).unwrap();
    drop(keeping);
    let mut keeping = Keeping { text: (&b"one\n"[..]).chain(Broken), keeper: kept.keeper(&object) };
    assert!(keeping.read_to_end(&mut Vec::new()).is_err());
    drop(keeping);
    assert!(!kept.holds(&object));
    assert_eq!(kept.used(), 0);
}

#[test]
fn what_is_no_longer_listed_makes_room() {
    let files = Files::new();
    let kept = Arc::new(KeptTexts::new(1 << 20));
    let objects = ["a", "b"].map(|name| files.object(name, name));
    for object in &objects {
        kept.keeper(object).unwrap().keep(&[b'x'; 1000]);
    }
    let both = kept.used();
    kept.retain(&objects[..1]);
    assert!(kept.holds(&objects[0]) && !kept.holds(&objects[1]));
    assert!(kept.used() < both && kept.used() > 1000);
    kept.retain(&[]);
    assert_eq!(kept.used(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is read, however often and in whichever pieces: the bound holds at each moment, what is kept is what was
    /// read, and what is counted is what is there.
    #[test]
    fn the_bound_holds_and_texts_are_what_was_read(
        most in 0_usize..3_000_000,
        reads in prop::collection::vec((0_usize..4, 1_usize..100_000, any::<bool>()), 1..12),
    ) {
        let files = Files::new();
        let kept = Arc::new(KeptTexts::new(most));
        let lengths = [0, 10_000, 700_000, 1_500_000];
        let objects: Vec<LogObject> = (0..4).map(|it| files.object(&it.to_string(), "stored")).collect();
        let text = |which: usize| vec![b'a' + u8::try_from(which).unwrap(); lengths[which]];
        for (which, at_once, whole) in reads {
            match kept.keeper(&objects[which]) {
                Some(keeper) if whole => keeper.keep(&text(which)),
                _ => read(&kept, &objects[which], &text(which), at_once),
            }
            prop_assert!(kept.used() <= most);
            let mut there = 0;
            for (which, object) in objects.iter().enumerate() {
                if let Some(kept) = kept.text(object) {
                    prop_assert!(kept == text(which));
                    there += kept.len();
                }
            }
            prop_assert!(there <= kept.used() && kept.used() <= there + 4 * 2048);
        }
    }
}
