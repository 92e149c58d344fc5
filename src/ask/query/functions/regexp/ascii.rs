//! Patterns of Java in the syntax of the crate `regex`: `\w`, `\d`, `\s` and `\b` know the letters of ASCII only, and a brace that begins
//! no repetition is itself.

use std::borrow::Cow;

/// What the classes hold, as within brackets.
const CLASSES: [(char, &str); 3] = [('w', "0-9A-Za-z_"), ('d', "0-9"), ('s', r" \t\n\x0B\f\r")];

/// The pattern as the crate reads it.
pub(super) fn translated(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains(['\\', '{']) {
        return Cow::Borrowed(pattern);
    }
    let mut made = String::with_capacity(pattern.len() + 16);
    let (mut rest, mut depth) = (pattern, 0_usize);
    let mut can_repeat = false;
    while let Some(char) = rest.chars().next() {
        let after = &rest[char.len_utf8()..];
        rest = after;
        match char {
            '\\' => {
                let Some(escaped) = after.chars().next() else {
                    made.push('\\');
                    break;
                };
                rest = &after[escaped.len_utf8()..];
                escape(escaped, depth > 0, &mut made);
                can_repeat = true;
                continue;
            }
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '{' if depth == 0 && !(can_repeat && is_repetition(after)) => made.push('\\'),
            _ => {}
        }
        made.push(char);
        can_repeat = !matches!(char, '(' | '|' | '^');
    }
    Cow::Owned(made)
}

/// Whether a pattern has quantifiers that give nothing back: `a++`, which the crate would read as `(a+)+`.
pub(super) fn is_possessive(pattern: &str) -> bool {
    let (mut depth, mut is_quantified) = (0_usize, false);
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        let was_quantified = std::mem::take(&mut is_quantified);
        match char {
            '\\' => drop(chars.next()),
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '+' if depth == 0 && was_quantified => return true,
            '*' | '+' | '?' | '}' if depth == 0 => is_quantified = true,
            _ => {}
        }
    }
    false
}

fn escape(escaped: char, is_in_class: bool, made: &mut String) {
    let known = CLASSES.iter().find(|(name, _)| *name == escaped.to_ascii_lowercase());
    match known {
        Some((_, class)) if escaped.is_ascii_uppercase() => made.extend(["[^", class, "]"]),
        Some((_, class)) if is_in_class => made.push_str(class),
        Some((_, class)) => made.extend(["[", class, "]"]),
        None if !is_in_class && matches!(escaped, 'b' | 'B') => made.extend([r"(?-u:\", &escaped.to_string(), ")"]),
        None => made.extend(['\\', escaped]),
    }
}

/// Whether what follows a brace is `3}`, `3,}` or `3,5}`.
fn is_repetition(text: &str) -> bool {
    let Some((inside, _)) = text.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_number(least) && is_number(most)
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::translated;

    #[test]
    fn letters_are_those_of_ascii() {
        for (pattern, text, matches) in [
            (r"^\w$", "é", false),
            (r"^\w$", "e", true),
            (r"^[\w-]+$", "a-b", true),
            (r"^[^\s]+$", "a b", false),
            (r"^\W$", "é", true),
            (r"^[\W]$", "a", false),
            (r"^\d{2,3}$", "123", true),
            (r"{x}", "a{x}", true),
            (r"a{b", "a{b", true),
            (r"\{id\}", "{id}", true),
            (r"\ba\b", "é a é", true),
            (r"(?<k>\d+)=", "12=", true),
            (r"[{]x", "{x", true),
            (r"^.\\w$", r"é\w", true),
        ] {
            let regex = Regex::new(&translated(pattern)).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regex.is_match(text), matches, "{pattern} on {text}");
        }
    }
}
