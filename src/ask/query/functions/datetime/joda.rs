//! Formats of times in the notation of Joda-Time, which Trino's `parse_datetime` takes: `yyyy-MM-dd'T'HH:mm:ss`.
//!
//! Text is put between apostrophes, two of which are one; where the last is missing, text goes on to the end, as in the
//! pattern `yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z` that AWS documents.

use super::item::{Field, Form, Item};

/// Letters in a row are the digits of a number: no number of a time has more.
const MOST_LETTERS: usize = 20;

/// The items of a format; the error says what is not supported.
pub(super) fn items(format: &str) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    let mut rest = format;
    let mut quoted = false;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("''") {
            items.push(Item::Literal('\''));
            rest = &rest[2..];
        } else if first == '\'' {
            quoted = !quoted;
            rest = &rest[1..];
        } else if quoted || !first.is_ascii_alphabetic() {
            items.push(Item::Literal(first));
            rest = &rest[first.len_utf8()..];
        } else {
            let length = rest.bytes().take_while(|byte| char::from(*byte) == first).count();
            rest = &rest[length..];
            if length > MOST_LETTERS {
                return Err(format!("{first} stands {length} times in a row, {MOST_LETTERS} is the most"));
            }
            items.push(item(first, length, begins_with_number(rest))?);
        }
    }
    Ok(items)
}

/// What this letter means, so many times in a row. Years take any number of digits unless digits follow.
fn item(letter: char, length: usize, before_number: bool) -> Result<Item, String> {
    let number = |field, most| Item::Number { field, least: length, most };
    let year = |field| match length {
        2 => Item::TwoDigits(field),
        _ if before_number => number(field, length),
        _ => number(field, 9),
    };
    let form = if length >= 4 { Form::Long } else { Form::Short };
    Ok(match letter {
        'y' | 'Y' => year(Field::Year),
        'x' => year(Field::YearOfWeek),
        'M' if length >= 3 => Item::Month(form),
        'M' => number(Field::Month, 2),
        'd' => number(Field::Day, 2),
        'D' => number(Field::DayOfYear, 3),
        'w' => number(Field::Week, 2),
        'e' => number(Field::DayOfWeek, 1),
        'E' => Item::Weekday(form),
        'a' => Item::Half,
        'H' => number(Field::Hour, 2),
        'k' => number(Field::HourFromOne, 2),
        'K' => number(Field::HalfHour, 2),
        'h' => number(Field::HalfHourFromOne, 2),
        'm' => number(Field::Minute, 2),
        's' => number(Field::Second, 2),
        'S' => Item::Fraction { least: length, most: length },
        'Z' if length < 3 => Item::Offset { colon: length == 2 },
        'Z' | 'z' => Item::Zone,
        other => return Err(format!("{other} is not supported")),
    })
}

fn begins_with_number(format: &str) -> bool {
    match format.chars().next() {
        Some('M') => !format.starts_with("MMM"),
        Some(letter) => "yYxdDweHkKhmsS".contains(letter),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_taken_apart() {
        let number = |field, least, most| Item::Number { field, least, most };
        let literals = |text: &str| text.chars().map(Item::Literal).collect::<Vec<_>>();
        assert_eq!(items("").unwrap(), []);
        assert_eq!(items("y-M").unwrap(), [number(Field::Year, 1, 9), Item::Literal('-'), number(Field::Month, 1, 2)]);
        assert_eq!(items("yyyyMM").unwrap(), [number(Field::Year, 4, 4), number(Field::Month, 2, 2)]);
        assert_eq!(items("yyyyMMM").unwrap(), [number(Field::Year, 4, 9), Item::Month(Form::Short)]);
        assert_eq!(items("yy EEEE").unwrap()[0], Item::TwoDigits(Field::Year));
        assert_eq!(items("'year' ''é''").unwrap(), literals("year 'é'"));
        assert_eq!(items("'it''s'").unwrap(), literals("it's"));
        assert_eq!(items("ss.SSS'Z"), items("ss.SSS'Z'"));
        assert_eq!(items("ZZZ").unwrap(), [Item::Zone]);
        assert_eq!(items("yyyy C").unwrap_err(), "C is not supported");
        assert!(items(&"y".repeat(20)).is_ok());
        assert_eq!(items(&"y".repeat(100_000)).unwrap_err(), "y stands 100000 times in a row, 20 is the most");
    }
}
