//! Formats of times in MySQL's notation, as Trino reads it: `%Y-%m-%d %H:%i:%s`.

use super::item::{Field, Form, Item};

/// The items of a format; the error says what is not supported, as Trino does not support it either.
pub(super) fn items(format: &str) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        // A percent sign at the end means nothing.
        match if character == '%' { characters.next() } else { None } {
            None if character == '%' => {}
            None => items.push(Item::Literal(character)),
            Some('r') => items.extend(twelve_hours()),
            Some('T') => items.extend(clock(Field::Hour)),
            Some(specifier) => items.push(item(specifier)?),
        }
    }
    Ok(items)
}

fn item(specifier: char) -> Result<Item, String> {
    let number = |field, least, most| Item::Number { field, least, most };
    Ok(match specifier {
        'a' => Item::Weekday(Form::Short),
        'b' => Item::Month(Form::Short),
        'c' => number(Field::Month, 1, 2),
        'd' => number(Field::Day, 2, 2),
        'e' => number(Field::Day, 1, 2),
        'f' => Item::Fraction { least: 6, most: 9 },
        'H' => number(Field::Hour, 2, 2),
        'h' | 'I' => number(Field::HalfHourFromOne, 2, 2),
        'i' => number(Field::Minute, 2, 2),
        'j' => number(Field::DayOfYear, 3, 3),
        'k' => number(Field::Hour, 1, 2),
        'l' => number(Field::HalfHourFromOne, 1, 2),
        'M' => Item::Month(Form::Long),
        'm' => number(Field::Month, 2, 2),
        'p' => Item::Half,
        'S' | 's' => number(Field::Second, 2, 2),
        'v' => number(Field::Week, 2, 2),
        'W' => Item::Weekday(Form::Long),
        'x' => number(Field::YearOfWeek, 4, 4),
        'Y' => number(Field::Year, 4, 4),
        'y' => Item::TwoDigits(Field::Year),
        'w' | 'U' | 'u' | 'V' | 'X' | 'D' => return Err(format!("%{specifier} is not supported")),
        other => Item::Literal(other),
    })
}

/// `14:05:59`.
fn clock(hour: Field) -> [Item; 5] {
    let two = |field| Item::Number { field, least: 2, most: 2 };
    [two(hour), Item::Literal(':'), two(Field::Minute), Item::Literal(':'), two(Field::Second)]
}

/// `02:05:59 PM`.
fn twelve_hours() -> impl Iterator<Item = Item> {
    clock(Field::HalfHourFromOne).into_iter().chain([Item::Literal(' '), Item::Half])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_taken_apart() {
        let number = |field, least, most| Item::Number { field, least, most };
        assert_eq!(items("").unwrap(), []);
        assert_eq!(
            items("%Y/%c").unwrap(),
            [number(Field::Year, 4, 4), Item::Literal('/'), number(Field::Month, 1, 2)]
        );
        assert_eq!(items("é%%%q%").unwrap(), [Item::Literal('é'), Item::Literal('%'), Item::Literal('q')]);
        assert_eq!(items("%T").unwrap(), items("%H:%i:%s").unwrap());
        assert_eq!(items("%r").unwrap(), items("%I:%i:%S %p").unwrap());
        assert_eq!(items("%Y %U").unwrap_err(), "%U is not supported");
    }
}
