//! Errors and what caused them, in words.

use std::error::Error;

/// The error and its causes, the outermost first.
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The error and its causes with colons between them; some errors repeat their cause in their own text, and so each is told
/// once.
pub fn in_full(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for cause in chain(error).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&cause);
        }
    }
    text
}

/// The cause at the bottom, which says what happened.
pub fn root(error: &dyn Error) -> String {
    let below = error.source().and_then(|cause| chain(cause).last());
    below.map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn causes_are_told_once() {
        let error = anyhow!("refused").context("cannot connect: refused").context("logs");
        assert_eq!(in_full(error.as_ref()), "logs: cannot connect: refused");
        assert_eq!(root(error.as_ref()), "refused");
        let alone = anyhow!("refused");
        assert_eq!((in_full(alone.as_ref()), root(alone.as_ref())), ("refused".into(), "refused".into()));
        let deep = anyhow!("c").context("b").context("a");
        assert_eq!(in_full(deep.as_ref()), "a: b: c");
        assert_eq!(chain(deep.as_ref()).count(), 3);
    }
}
