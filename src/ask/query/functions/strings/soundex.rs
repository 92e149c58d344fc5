//! `soundex(text)`: how a name sounds, a letter and three digits.

use std::borrow::Cow;

use crate::ask::query::functions::text::of_text;

of_text!(Soundex, "soundex", |text| Cow::Owned(soundex(text)));

/// The digit of a letter's sound; `H` and `W` do not part equal sounds, vowels do.
fn sound(letter: char) -> Option<char> {
    Some(match letter {
        'B' | 'F' | 'P' | 'V' => '1',
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => '2',
        'D' | 'T' => '3',
        'L' => '4',
        'M' | 'N' => '5',
        'R' => '6',
        _ => return None,
    })
}

fn soundex(text: &str) -> String {
    let mut letters = text.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_uppercase());
    let Some(first) = letters.next() else { return String::new() };
    let (mut code, mut last) = (String::from(first), sound(first));
    for letter in letters {
        let digit = sound(letter);
        if let Some(digit) = digit.filter(|_| digit != last) {
            code.push(digit);
        }
        if !matches!(letter, 'H' | 'W') {
            last = digit;
        }
    }
    code.extend(['0'; 3]);
    code.truncate(4);
    code
}

#[cfg(test)]
mod tests {
    use super::soundex;

    #[test]
    fn names_that_sound_alike_are_alike() {
        for (name, code) in
            [("Robert", "R163"), ("Rupert", "R163"), ("Tymczak", "T522"), ("Ashcraft", "A261"), ("", "")]
        {
            assert_eq!(soundex(name), code, "{name}");
        }
    }
}
