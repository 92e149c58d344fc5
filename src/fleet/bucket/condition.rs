//! Conditions of statements: whether they hold for a request of which only some things are known.
//!
//! A key or an operator that is not known is unknown, never true or false.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use super::delivery::Writer;
use super::document::Condition;
use super::pattern::{Text, Truth, any, matches, not};

impl Condition {
    /// Whether it holds for requests of this writer.
    pub(super) fn holds(&self, writer: &Writer) -> Truth {
        let possible = writer.context.get(self.key.as_str())?;
        let mut outcomes = possible.iter().map(|value| self.holds_for(value.as_ref()));
        let first = outcomes.next()?;
        if outcomes.all(|outcome| outcome == first) { first } else { None }
    }

    fn holds_for(&self, value: Option<&Text>) -> Truth {
        if self.operator == "Null" {
            let absent = |wanted: &String| match wanted.to_ascii_lowercase().as_str() {
                "true" => Some(value.is_none()),
                "false" => Some(value.is_some()),
                _ => None,
            };
            return any(self.values.iter().map(absent));
        }
        let (operator, if_exists) = match self.operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (self.operator.as_str(), false),
        };
        let (negated, compare) = comparison(operator)?;
        match value {
            // Without a value an operator does not hold, and its opposite does.
            None => Some(if_exists || negated),
            Some(value) => {
                let fits = any(self.values.iter().map(|wanted| compare(wanted, value)));
                if negated { not(fits) } else { fits }
            }
        }
    }
}

type Compare = fn(&str, &Text) -> Truth;

/// Whether an operator is an opposite, and how it compares; `None` if it is not known.
fn comparison(operator: &str) -> Option<(bool, Compare)> {
    Some(match operator {
        "StringEquals" => (false, equals),
        "StringNotEquals" => (true, equals),
        "StringEqualsIgnoreCase" | "Bool" => (false, equals_in_any_case),
        "StringNotEqualsIgnoreCase" => (true, equals_in_any_case),
        "StringLike" => (false, matches),
        "StringNotLike" => (true, matches),
        "ArnEquals" | "ArnLike" => (false, arn_matches),
        "ArnNotEquals" | "ArnNotLike" => (true, arn_matches),
        _ => return None,
    })
}

fn equals(wanted: &str, text: &Text) -> Truth {
    match text {
        _ if wanted.contains("${") => None,
        Text::Exact(text) => Some(wanted == text),
        // What follows is not known, nor whether it is this.
        Text::Begins(beginning) => {
            if wanted.starts_with(beginning) {
                None
            } else {
                Some(false)
            }
        }
    }
}

fn equals_in_any_case(wanted: &str, text: &Text) -> Truth {
    let lower = match text {
        Text::Exact(text) => Text::Exact(text.to_lowercase()),
        Text::Begins(text) => Text::Begins(text.to_lowercase()),
    };
    equals(&wanted.to_lowercase(), &lower)
}

/// ARNs are compared part by part: no star stands for a colon among the first five.
fn arn_matches(wanted: &str, text: &Text) -> Truth {
    let (Text::Exact(known) | Text::Begins(known)) = text;
    let (wanted_parts, parts): (Vec<&str>, Vec<&str>) =
        (wanted.splitn(6, ':').collect(), known.splitn(6, ':').collect());
    let ([wanted_head @ .., wanted_rest], [head @ .., rest]) = (&wanted_parts[..], &parts[..]) else { return None };
    if wanted.contains("${") {
        return None;
    }
    if wanted_head.len() != 5 || head.len() != 5 {
        return Some(false);
    }
    let rest = match text {
        Text::Exact(_) => Text::Exact((*rest).to_owned()),
        Text::Begins(_) => Text::Begins((*rest).to_owned()),
    };
    let head = wanted_head.iter().zip(head).map(|(wanted, part)| matches(wanted, &Text::Exact((*part).to_owned())));
    super::pattern::all(head.chain([matches(wanted_rest, &rest)]))
}
