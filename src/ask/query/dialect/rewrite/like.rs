//! `LIKE`: a backslash is itself in Trino unless `ESCAPE` names it, and the engine's only escape.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{Expr, Statement, Value};

use super::build::{call, each_expr, literal_text, refusal, text};

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| {
        let Expr::Like { pattern, escape_char, .. } = expr else { return Ok(()) };
        let escape = escape_char.take();
        let escape = escape.as_ref().and_then(|value| match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        });
        let escaped = match (literal_text(pattern), &escape) {
            (Some(pattern), None) => Some(pattern.replace('\\', "\\\\")),
            (Some(written), Some(escape)) => {
                if let Some(pattern) = with_backslashes(written, escape) {
                    Some(pattern)
                } else {
                    let message = format!("in the pattern '{written}' stands {escape} before what it cannot escape");
                    return Err(refusal(pattern.as_ref(), message, "it stands before %, _ and itself only"));
                }
            }
            (None, None) => None,
            (None, Some(_)) => {
                let hint = "write the pattern as a literal";
                return Err(refusal(pattern.as_ref(), "ESCAPE is here for patterns that are literals only", hint));
            }
        };
        **pattern = match escaped {
            Some(pattern) => text(&pattern),
            None => call("replace", vec![pattern.as_ref().clone(), text("\\"), text("\\\\")]),
        };
        Ok(())
    })
}

/// The pattern with the engine's escape instead of another; `None` if an escape stands before a plain character.
fn with_backslashes(pattern: &str, escape: &str) -> Option<String> {
    let mut chars = escape.chars();
    let (escape, None) = (chars.next()?, chars.next()) else { return None };
    let mut made = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        if char == escape {
            let next = chars.next().filter(|next| ['%', '_', escape].contains(next))?;
            made.extend(['\\', next]);
        } else if char == '\\' {
            made.push_str("\\\\");
        } else {
            made.push(char);
        }
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::with_backslashes;

    #[test]
    fn escapes_become_backslashes() {
        assert_eq!(with_backslashes("a#_c%", "#").as_deref(), Some("a\\_c%"));
        assert_eq!(with_backslashes("##\\", "#").as_deref(), Some("\\#\\\\"));
        assert_eq!(with_backslashes("a#b", "#"), None);
        assert_eq!(with_backslashes("a#", "#"), None);
        assert_eq!(with_backslashes("a", "##"), None);
    }
}
