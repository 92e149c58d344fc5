//! `upper(text)` and `lower(text)`: character by character, so that `ß` stays one.

use std::borrow::Cow;

use crate::ask::query::functions::text::of_text;

of_text!(Upper, "upper", |text| {
    if !text.is_ascii() {
        each(text, char::to_uppercase)
    } else if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(text.to_ascii_uppercase())
    } else {
        Cow::Borrowed(text)
    }
});

of_text!(Lower, "lower", |text| {
    if !text.is_ascii() {
        each(text, char::to_lowercase)
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
});

/// Every character in the other case, unless that is several.
fn each<C: Iterator<Item = char>>(text: &str, other: fn(char) -> C) -> Cow<'static, str> {
    let one = |char: char| {
        let mut mapped = other(char);
        match (mapped.next(), mapped.next()) {
            (Some(mapped), None) => mapped,
            _ => char,
        }
    };
    Cow::Owned(text.chars().map(one).collect())
}
