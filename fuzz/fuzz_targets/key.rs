//! Any text is some object name, and the name of a log prints as it was read.

#![no_main]

use alblog::{LogKey, ObjectName};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some(key) = LogKey::parse(text) else {
        assert!(!matches!(ObjectName::parse(text), ObjectName::Log(_)));
        return;
    };
    let name = key.to_string();
    assert!(text.ends_with(&name));
    assert_eq!(LogKey::parse(&name).as_ref(), Some(&key));
    assert_eq!(ObjectName::parse(&format!("{}/{name}", key.folder())), ObjectName::Log(key));
});
