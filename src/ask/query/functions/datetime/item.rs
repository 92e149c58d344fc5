//! What a format of times consists of, in whatever notation it was written.

/// One part of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ask::query::functions) enum Item {
    /// This character; upper and lower case are the same when reading.
    Literal(char),
    /// A number, written with at least `least` digits and read with at most `most`.
    Number { field: Field, least: usize, most: usize },
    /// The last two digits of a year from 1970 to 2069.
    TwoDigits(Field),
    /// What follows the decimal point of seconds, written with `least` digits and read with at most `most`.
    Fraction { least: usize, most: usize },
    /// The name of a month; both forms are read.
    Month(Form),
    /// The name of a weekday; both forms are read, and neither changes the date.
    Weekday(Form),
    /// `AM` or `PM`.
    Half,
    /// `+0100`, or `+01:00` with a colon; `Z`, and either of them, is read.
    Offset { colon: bool },
    /// A name of the time zone database, or UTC.
    Zone,
}

/// How long a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ask::query::functions) enum Form {
    /// `Jan`, `Mon`.
    Short,
    /// `January`, `Monday`.
    Long,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ask::query::functions) enum Field {
    Year,
    /// From 1.
    Month,
    /// Of the month, from 1.
    Day,
    /// From 1.
    DayOfYear,
    /// The year that the ISO week belongs to.
    YearOfWeek,
    /// The ISO week, from 1.
    Week,
    /// From 1, Monday.
    DayOfWeek,
    /// 0 to 23.
    Hour,
    /// 1 to 24, which is midnight.
    HourFromOne,
    /// 0 to 11.
    HalfHour,
    /// 1 to 12, which is midnight or noon.
    HalfHourFromOne,
    Minute,
    Second,
}

/// The names of months in their order.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The names of weekdays in their order.
pub(super) const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// How many letters of a name are its short form.
pub(super) const SHORT: usize = 3;
