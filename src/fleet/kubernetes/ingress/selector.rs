//! `namespaceSelector` of `IngressClassParams`: in which namespaces a class may be used, by their labels.

use serde_json::Value;

use crate::fleet::kubernetes::objects::{Object, Objects};

/// Whether a namespace is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    /// The namespace was not read.
    Unread,
}

/// Whether parameters let ingresses of a namespace use them. Without a selector they do, and with an empty one.
///
/// # Errors
/// When the selector is malformed: names the object.
pub(super) fn matches(objects: &Objects, parameters: &Object, namespace: &str) -> Result<Match, String> {
    const PATH: &str = "/spec/namespaceSelector";
    let Some(selector) = parameters.field(PATH)? else { return Ok(Match::Yes) };
    let conditions = conditions(selector).ok_or_else(|| parameters.malformed(PATH))?;
    if conditions.is_empty() {
        return Ok(Match::Yes);
    }
    let Some(namespace) = objects.get("Namespace", "", namespace) else { return Ok(Match::Unread) };
    let all = conditions.iter().all(|condition| condition.holds(namespace.label(condition.key)));
    Ok(if all { Match::Yes } else { Match::No })
}

struct Condition<'a> {
    key: &'a str,
    operator: &'a str,
    values: Vec<&'a str>,
}

impl Condition<'_> {
    fn holds(&self, label: Option<&str>) -> bool {
        let is_in = label.is_some_and(|label| self.values.contains(&label));
        match self.operator {
            "In" => is_in,
            "NotIn" => !is_in,
            "Exists" => label.is_some(),
            _ => label.is_none(),
        }
    }
}

/// All that must hold: `matchLabels` are conditions with one value. `None` for a selector that is none.
fn conditions(selector: &Value) -> Option<Vec<Condition<'_>>> {
    let fields = selector.as_object()?;
    let labels = match fields.get("matchLabels") {
        None | Some(Value::Null) => Vec::new(),
        Some(labels) => labels.as_object()?.iter().collect(),
    };
    let expressions = match fields.get("matchExpressions") {
        None | Some(Value::Null) => &[][..],
        Some(expressions) => expressions.as_array()?,
    };
    let labels =
        labels.into_iter().map(|(key, value)| Some(Condition { key, operator: "In", values: vec![value.as_str()?] }));
    let expressions = expressions.iter().map(|expression| {
        let text = |name: &str| expression.get(name).and_then(Value::as_str);
        let values = expression.get("values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let operator = text("operator").filter(|it| ["In", "NotIn", "Exists", "DoesNotExist"].contains(it))?;
        Some(Condition {
            key: text("key")?,
            operator,
            values: values.iter().map(Value::as_str).collect::<Option<_>>()?,
        })
    });
    labels.chain(expressions).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_condition_must_hold() {
        let found = |selector: Value| {
            let items = json!({ "items": [
                { "kind": "Namespace", "metadata": { "name": "shop", "labels": { "team": "a", "env": "prod" } } },
                { "kind": "IngressClassParams", "metadata": { "name": "p" }, "spec": { "namespaceSelector": selector } },
            ] });
            let objects = Objects::read(&items.to_string()).unwrap();
            let parameters = objects.of_kind("IngressClassParams").next().unwrap();
            ["shop", "other"].map(|namespace| matches(&objects, parameters, namespace))
        };
        let expression = |operator: &str, values: Value| json!({ "matchExpressions": [{ "key": "team", "operator": operator, "values": values }] });
        let unread = Ok(Match::Unread);
        for (selector, of_shop, of_other) in [
            (Value::Null, Match::Yes, Ok(Match::Yes)),
            (json!({}), Match::Yes, Ok(Match::Yes)),
            (json!({ "matchLabels": { "team": "a" } }), Match::Yes, unread.clone()),
            (json!({ "matchLabels": { "team": "a", "env": "test" } }), Match::No, unread.clone()),
            (json!({ "matchLabels": { "none": "a" } }), Match::No, unread.clone()),
            (expression("In", json!(["b", "a"])), Match::Yes, unread.clone()),
            (expression("NotIn", json!(["b", "a"])), Match::No, unread.clone()),
            (expression("Exists", json!([])), Match::Yes, unread.clone()),
            (expression("DoesNotExist", Value::Null), Match::No, unread),
        ] {
            assert_eq!(found(selector.clone()), [Ok(of_shop), of_other], "{selector}");
        }
        for odd in [
            json!("x"),
            json!({ "matchLabels": [] }),
            json!({ "matchLabels": { "a": 1 } }),
            expression("in", json!(["a"])),
        ] {
            let malformed = Err("IngressClassParams p has a malformed spec.namespaceSelector".to_owned());
            assert_eq!(found(odd), [malformed.clone(), malformed]);
        }
    }
}
