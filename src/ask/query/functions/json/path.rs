//! Paths into JSON: `$.store.book[0]["title"]`.

use datafusion::common::{Result, exec_err};
use serde_json::Value;

/// A way from the whole value to one in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
}

impl Path {
    /// # Errors
    /// When it does not begin with `$`, or has steps other than members and items by their number.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let Some(mut rest) = text.strip_prefix('$') else { return exec_err!("a path begins with $, as in $.name[0]") };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let Some((step, after)) = step(rest) else {
                return exec_err!("a path has steps .name, [0] and [\"name\"] only");
            };
            steps.push(step);
            rest = after;
        }
        Ok(Self(steps))
    }

    /// What it leads to.
    pub(super) fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Item(index) => value.get(index),
        })
    }
}

fn step(text: &str) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        return (end > 0 && &rest[..end] != "*").then(|| (Step::Member(rest[..end].to_owned()), &rest[end..]));
    }
    let inside = text.strip_prefix('[')?;
    for quote in ['"', '\''] {
        if let Some(name) = inside.strip_prefix(quote) {
            let (name, rest) = name.split_once(quote)?;
            return Some((Step::Member(name.to_owned()), rest.strip_prefix(']')?));
        }
    }
    let (index, rest) = inside.split_once(']')?;
    Some((Step::Item(index.parse().ok()?), rest))
}
