//! Errors and what caused them, in words.

use std::error::Error;

/// Begins what can be done about an error; words of others cannot hold it, for they come in one line.
const HINT: &str = "\nhint: ";

/// The error and its causes, the outermost first.
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The error and its causes with colons between them, each told once (some repeat their cause in their own text), and then
/// the hints of all, a line each.
pub fn in_full(error: &(dyn Error + 'static)) -> String {
    let (mut text, mut hints) = (String::new(), String::new());
    for cause in chain(error).map(ToString::to_string) {
        let (said, hint) = cause.find(HINT).map_or((cause.as_str(), ""), |at| cause.split_at(at));
        if !hints.contains(hint) {
            hints.push_str(hint);
        }
        if text.is_empty() || !text.contains(said) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(said);
        }
    }
    text + &hints
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

    #[test]
    fn hints_stand_behind_all_causes() {
        let error = anyhow!("EOF\nhint: a newer file").context("p.json: not a plan\nhint: albstats reconcile plan");
        let told = "p.json: not a plan: EOF\nhint: albstats reconcile plan\nhint: a newer file";
        assert_eq!(in_full(error.as_ref()), told);
        let twice = anyhow!("b\nhint: c").context("a: b\nhint: c");
        assert_eq!(in_full(twice.as_ref()), "a: b\nhint: c");
    }
}
