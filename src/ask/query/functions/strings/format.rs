//! `format(pattern, …)`: Java's patterns, as far as numbers and text need them: `%s`, `%d`, `%,d`, `%x`, `%.2f`, `%e`, `%%`, with a width,
//! and the flags `-`, `0`, `+`, `,`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::ask::query::functions::scalar::Extent;

/// The widest that a value may be made.
const WIDEST: usize = 1000;

/// `format`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Format {
    signature: Signature,
}

impl Default for Format {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Format {
    fn name(&self) -> &'static str {
        "format"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        match kinds {
            [pattern, values @ ..] if (pattern.is_string() || pattern.is_null()) && !values.is_empty() => {
                Ok(std::iter::once(DataType::Utf8View).chain(values.iter().cloned()).collect())
            }
            _ => plan_err!("format takes a pattern and values"),
        }
    }

    fn return_type(&self, _kinds: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let rows = extent.rows;
        let arrays = args.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let (patterns, values) = (arrays[0].as_string_view(), &arrays[1..]);
        let mut made = StringViewBuilder::with_capacity(rows);
        for row in 0..rows {
            if patterns.is_null(row) {
                made.append_null();
            } else {
                made.append_value(formatted(patterns.value(row), values, row)?);
            }
        }
        let answer: ArrayRef = Arc::new(made.finish());
        extent.answer(answer)
    }
}

/// One `%…` of a pattern.
#[derive(Debug, Default)]
struct Piece {
    /// As written: some of `-`, `0`, `+` and `,`.
    flags: String,
    width: usize,
    precision: Option<usize>,
    kind: char,
}

impl Piece {
    /// What stands behind a percent sign, and what follows it.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let mut piece = Self::default();
        let mut rest = text;
        while let Some(flag) = rest.chars().next().filter(|flag| "-0+,".contains(*flag)) {
            piece.flags.push(flag);
            rest = &rest[1..];
        }
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let width = digits(rest);
        piece.width = if width > 0 { rest[..width].parse().ok()? } else { 0 };
        rest = &rest[width..];
        if let Some(fraction) = rest.strip_prefix('.') {
            let precision = digits(fraction);
            piece.precision = Some(fraction[..precision].parse().ok()?);
            rest = &fraction[precision..];
        }
        let kind = rest.chars().next()?;
        piece.kind = kind;
        let fits = piece.width <= WIDEST && piece.precision.is_none_or(|precision| precision <= WIDEST);
        fits.then(|| (piece, &rest[kind.len_utf8()..]))
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn padded(&self, text: String) -> String {
        let length = text.chars().count();
        let missing = self.width.saturating_sub(length);
        if missing == 0 {
            return text;
        }
        if self.has('-') {
            return text + &" ".repeat(missing);
        }
        // What has no digit, as `null`, is filled with blanks.
        let is_digit =
            |char: char| if matches!(self.kind, 'x' | 'X') { char.is_ascii_hexdigit() } else { char.is_ascii_digit() };
        if self.has('0')
            && self.kind != 's'
            && let Some(digits) = text.find(is_digit)
        {
            return format!("{}{}{}", &text[..digits], "0".repeat(missing), &text[digits..]);
        }
        " ".repeat(missing) + &text
    }

    fn signed(&self, negative: bool, digits: &str) -> String {
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let mut text = String::from(if negative {
            "-"
        } else if self.has('+') {
            "+"
        } else {
            ""
        });
        for (index, digit) in whole.chars().enumerate() {
            if self.has(',') && index > 0 && (whole.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if let Some(fraction) = fraction {
            text.push('.');
            text.push_str(fraction);
        }
        text
    }
}

fn formatted(pattern: &str, values: &[ArrayRef], row: usize) -> Result<String> {
    let (mut made, mut rest, mut next) = (String::with_capacity(pattern.len()), pattern, 0);
    while let Some((plain, after)) = rest.split_once('%') {
        made.push_str(plain);
        let Some((piece, after)) = Piece::parse(after) else { return exec_err!("format cannot use its pattern") };
        rest = after;
        match piece.kind {
            '%' => made.push('%'),
            'n' => made.push('\n'),
            _ => {
                let Some(value) = values.get(next) else {
                    return exec_err!("format has fewer values than its pattern");
                };
                next += 1;
                made.push_str(&piece.padded(written(&piece, value, row)?));
            }
        }
    }
    made.push_str(rest);
    Ok(made)
}

fn written(piece: &Piece, value: &ArrayRef, row: usize) -> Result<String> {
    if value.is_null(row) || value.data_type().is_null() {
        return Ok("null".to_owned());
    }
    let value = value.slice(row, 1);
    let kind = value.data_type();
    match piece.kind {
        's' | 'S' if kind.is_nested() => {
            exec_err!("format writes no {kind}: array_join(list, ',') makes text of a list")
        }
        's' | 'S' => {
            let options = FormatOptions::default();
            let text = ArrayFormatter::try_new(&value, &options)?.value(0).to_string();
            // Java leaves the seconds of a whole minute out.
            let is_clock = matches!(kind, DataType::Timestamp(_, None)) && text.len() == "2026-11-20T10:00:00".len();
            let text = match text.strip_suffix(":00") {
                Some(minute) if is_clock => minute.to_owned(),
                _ => text,
            };
            let text: String = text.chars().take(piece.precision.unwrap_or(usize::MAX)).collect();
            Ok(if piece.kind == 'S' { text.to_uppercase() } else { text })
        }
        'd' if kind.is_integer() => {
            let number = cast(&value, &DataType::Int64)?.as_primitive::<Int64Type>().value(0);
            Ok(piece.signed(number < 0, &number.unsigned_abs().to_string()))
        }
        'x' | 'X' if kind.is_integer() => {
            let number = cast(&value, &DataType::Int64)?.as_primitive::<Int64Type>().value(0);
            Ok(if piece.kind == 'x' { format!("{number:x}") } else { format!("{number:X}") })
        }
        'f' if kind.is_floating() || kind.is_decimal() => {
            let number = cast(&value, &DataType::Float64)?.as_primitive::<Float64Type>().value(0);
            let precision = piece.precision.unwrap_or(6);
            Ok(piece.signed(number.is_sign_negative(), &half_up(&number.abs().to_string(), precision)))
        }
        'e' if kind.is_floating() => {
            let number = cast(&value, &DataType::Float64)?.as_primitive::<Float64Type>().value(0);
            let precision = piece.precision.unwrap_or(6);
            let text = format!("{number:.precision$e}");
            let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or(0);
            Ok(format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()))
        }
        'b' if *kind == DataType::Boolean => Ok(value.as_boolean().value(0).to_string()),
        other => exec_err!("format cannot write a value of type {kind} as %{other}"),
    }
}

/// Digits rounded to so many behind the point, halves up, as Java rounds the fewest digits that tell a double.
fn half_up(digits: &str, precision: usize) -> String {
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return digits.to_owned();
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let behind: String = fraction.chars().chain(std::iter::repeat('0')).take(precision).collect();
    let mut kept = [whole, &behind].concat().into_bytes();
    if fraction.as_bytes().get(precision).is_some_and(|next| *next >= b'5') {
        let nines = kept.iter().rev().take_while(|digit| **digit == b'9').count();
        let place = kept.len() - nines;
        kept[place..].fill(b'0');
        match place.checked_sub(1) {
            Some(place) => kept[place] += 1,
            None => kept.insert(0, b'1'),
        }
    }
    let point = kept.len() - precision;
    let text: String = kept.into_iter().map(char::from).collect();
    if precision == 0 { text } else { format!("{}.{}", &text[..point], &text[point..]) }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn patterns_are_those_of_java() {
        let context = session(1, 10, None);
        for (call, expected) in [
            ("format('%05d', 42)", "00042"),
            ("format('%,d', 1234567)", "1,234,567"),
            ("format('%.2f%%', 12.345)", "12.35%"),
            ("format('%s=%s', 'a', 1)", "a=1"),
            ("format('%.1f %.2f %.0f', 1.25e0, 1.005e0, 2.5e0)", "1.3 1.01 3"),
            ("format('%.1f %.2f %.3f', 0.15e0, 99.995e0, 7e0)", "0.2 100.00 7.000"),
            ("format('%x', 255)", "ff"),
            ("format('%+d', 5)", "+5"),
            ("format('%-3s.', 'a')", "a ."),
            ("format('%s', NULL)", "null"),
            ("replace(format('%05d', CAST(NULL AS INT)), ' ', '_')", "_null"),
            ("format('%05x', 255)", "000ff"),
            ("format('%s', TIMESTAMP '2026-11-20 10:00:00')", "2026-11-20T10:00"),
            ("format('%s', TIMESTAMP '2026-11-20 10:00:05')", "2026-11-20T10:00:05"),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        assert!(error(&context, "SELECT format('%d', 'a')").contains("cannot write"));
        assert!(error(&context, "SELECT format('%d %d', 1)").contains("fewer values"));
        assert!(error(&context, "SELECT format('%99999d', 1)").contains("pattern"));
    }
}
