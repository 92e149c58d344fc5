//! Patterns of policies (`*` is any text, `?` any character), and truth that may be unknown.

/// Whether something holds; `None` if it cannot be known from here.
pub(super) type Truth = Option<bool>;

/// Text that a pattern is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// All of it is known.
    Exact(String),
    /// It begins so; what follows is not known.
    Begins(String),
}

/// Whether all hold: one that does not decides, then one that is unknown.
pub(super) fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
    let mut all = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            Some(true) => {}
            None => all = None,
        }
    }
    all
}

/// Whether any holds: one that does decides, then one that is unknown.
pub(super) fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
    not(all(truths.into_iter().map(not)))
}

pub(super) fn not(truth: Truth) -> Truth {
    truth.map(|truth| !truth)
}

/// Whether the text is one that the pattern stands for. A pattern with a policy variable (`${…}`) is unknown.
pub(super) fn matches(pattern: &str, text: &Text) -> Truth {
    if pattern.contains("${") {
        return None;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let (Text::Exact(known) | Text::Begins(known)) = text;
    let reached = reached(&pattern, known);
    match text {
        Text::Exact(_) => Some(reached[pattern.len()]),
        Text::Begins(_) => {
            let stars = pattern.iter().rev().take_while(|char| **char == '*').count();
            match reached.contains(&true) {
                true if (pattern.len() - stars..pattern.len()).any(|position| reached[position]) => Some(true),
                true => None,
                false => Some(false),
            }
        }
    }
}

/// Where in the pattern one can be after the text: true at `n` if its first `n` characters stand for the text.
fn reached(pattern: &[char], text: &str) -> Vec<bool> {
    let mut here = vec![false; pattern.len() + 1];
    let mut next = here.clone();
    here[0] = true;
    skip_stars(pattern, &mut here);
    for char in text.chars() {
        next.fill(false);
        for (position, wanted) in pattern.iter().enumerate().filter(|(position, _)| here[*position]) {
            match wanted {
                '*' => next[position] = true,
                wanted if *wanted == '?' || *wanted == char => next[position + 1] = true,
                _ => {}
            }
        }
        skip_stars(pattern, &mut next);
        std::mem::swap(&mut here, &mut next);
        if !here.contains(&true) {
            break;
        }
    }
    here
}

/// A star may stand for nothing.
fn skip_stars(pattern: &[char], here: &mut [bool]) {
    for position in 0..pattern.len() {
        if here[position] && pattern[position] == '*' {
            here[position + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        let whole = |pattern: &str, text: &str| matches(pattern, &Text::Exact(text.to_owned()));
        for (pattern, text) in
            [("*", ""), ("a*c", "ac"), ("a*c", "a/b/c"), ("a?c", "abc"), ("**", "x"), ("a*b*", "aab")]
        {
            assert_eq!(whole(pattern, text), Some(true), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", ""), ("a?c", "ac"), ("a*c", "acd"), ("A", "a"), ("?", "")] {
            assert_eq!(whole(pattern, text), Some(false), "{pattern} {text}");
        }
        assert_eq!(whole("a/${aws:username}/*", "a/b/c"), None);
    }

    #[test]
    fn what_follows_a_beginning_may_decide() {
        let begun = |pattern: &str| matches(pattern, &Text::Begins("lb/app/".to_owned()));
        assert_eq!(["*", "lb/*", "lb/app/*", "?b/*/*", "lb/app/**"].map(begun), [Some(true); 5]);
        assert_eq!(["lb/net/*", "lb/", "", "x*"].map(begun), [Some(false); 4]);
        assert_eq!(["lb/app/shop/*", "lb/app/", "*shop", "lb/app/?"].map(begun), [None; 4]);
    }

    #[test]
    fn unknown_stays_unknown_unless_the_rest_decides() {
        assert_eq!((all([None, Some(false)]), all([None, Some(true)]), all([])), (Some(false), None, Some(true)));
        assert_eq!((any([None, Some(true)]), any([None, Some(false)]), any([])), (Some(true), None, Some(false)));
    }
}
