//! Regular expressions, compiled once in each thread that uses them.

use std::cell::RefCell;
use std::rc::Rc;

use datafusion::common::{Result, exec_datafusion_err, exec_err};
use regex::Regex;

use super::ascii::{self, translated};

/// How many patterns a thread remembers.
const REMEMBERED: usize = 16;

thread_local! {
    /// The patterns used last, as they were written, the latest at the end.
    static COMPILED: RefCell<Vec<(Box<str>, Rc<Regex>)>> = const { RefCell::new(Vec::new()) };
}

/// The compiled pattern; `function` is named if it cannot be.
///
/// # Errors
/// When the pattern is none, or uses what cannot be matched in linear time: looking around, and referring back.
pub(super) fn compiled(function: &str, pattern: &str) -> Result<Rc<Regex>> {
    COMPILED.with_borrow_mut(|known| {
        let entry = if let Some(index) = known.iter().position(|(written, _)| **written == *pattern) {
            known.remove(index)
        } else {
            if ascii::is_possessive(pattern) {
                return exec_err!(
                    "{function} cannot use this pattern: a++, which gives nothing back, is not here: write (a+)"
                );
            }
            let regex = Regex::new(&translated(pattern)).map_err(|error| refused(function, &error))?;
            (pattern.into(), Rc::new(regex))
        };
        if known.len() == REMEMBERED {
            known.remove(0);
        }
        let regex = Rc::clone(&entry.1);
        known.push(entry);
        Ok(regex)
    })
}

/// Whether a text is a regular expression that statements can use.
pub fn is_pattern(text: &str) -> bool {
    compiled("", text).is_ok()
}

fn refused(function: &str, error: &regex::Error) -> datafusion::common::DataFusionError {
    exec_datafusion_err!("{function} cannot use this pattern: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_used_last_are_remembered() {
        let first = compiled("f", "a").unwrap();
        for other in 0..REMEMBERED - 1 {
            compiled("f", &format!("{other}")).unwrap();
        }
        assert!(Rc::ptr_eq(&first, &compiled("f", "a").unwrap()));
        for other in 0..REMEMBERED {
            compiled("f", &format!("other {other}")).unwrap();
        }
        assert!(!Rc::ptr_eq(&first, &compiled("f", "a").unwrap()));
        COMPILED.with_borrow(|known| assert_eq!(known.len(), REMEMBERED));
    }

    #[test]
    fn what_is_no_pattern_is_refused_by_name() {
        let message = compiled("regexp_extract", "(a").unwrap_err().to_string();
        assert!(
            message.contains("regexp_extract cannot use this pattern") && message.contains("unclosed"),
            "{message}"
        );
        for possessive in ["a++", "a*+b", "[+]?+", "(a{2}+)"] {
            assert!(compiled("f", possessive).unwrap_err().to_string().contains("gives nothing back"), "{possessive}");
        }
        for plain in ["a\\++", "[*+?+]+", "(a+)+", "a+\\+", "a+|b?"] {
            assert!(!ascii::is_possessive(plain), "{plain}");
        }
        assert!(compiled("f", "(?=a)").unwrap_err().to_string().contains("look-around"));
    }
}
