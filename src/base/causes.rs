//! Errors and what caused them, in words.

use std::error::Error;

/// The error and its causes, the outermost first.
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
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
    fn the_cause_at_the_bottom_says_what_happened() {
        let alone = anyhow!("refused");
        assert_eq!(root(alone.as_ref()), "refused");
        let deep = anyhow!("c").context("b").context("a");
        assert_eq!((chain(deep.as_ref()).count(), root(deep.as_ref())), (3, "c".into()));
    }
}
