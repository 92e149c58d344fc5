//! Bucket policies as S3 keeps them, read strictly: what is not known is an error, and nothing is left out silently.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use std::fmt;

use serde_json::{Map, Value};

/// A policy, taken apart.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its statements, in order.
    pub(super) statements: Vec<Statement>,
    /// All of it, as it was.
    pub(super) value: Map<String, Value>,
}

#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) name: Named,
    pub(super) allows: bool,
    pub(super) principals: Selected<Principal>,
    pub(super) actions: Selected<String>,
    pub(super) resources: Selected<String>,
    pub(super) conditions: Vec<Condition>,
}

/// What a statement is about: these, or all others.
#[derive(Debug, Clone)]
pub(super) enum Selected<T> {
    Only(Vec<T>),
    AllBut(Vec<T>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principal {
    Anyone,
    /// An account's number, or an ARN.
    Aws(String),
    Service(String),
    /// Somebody signed in elsewhere.
    Federated,
    /// An account, by an id that is not its number.
    CanonicalUser,
}

/// One operator and key: it holds if the key's value fits one of the values.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) operator: String,
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

/// A statement, as people find it: `statement 2 (DenyInsecure)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Which one, from 1.
    pub number: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sid {
            Some(sid) => write!(f, "statement {} ({sid})", self.number),
            None => write!(f, "statement {}", self.number),
        }
    }
}

/// A policy that cannot be understood, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bucket policy cannot be understood: {0}")]
pub struct Malformed(String);

pub(super) const ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

impl Document {
    /// Reads a policy.
    ///
    /// # Errors
    /// When it is no policy, or has something in it that is not known.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let value: Value = serde_json::from_str(text).map_err(|error| Malformed(error.to_string()))?;
        let Value::Object(value) = value else { return Err(Malformed("it is no JSON object".to_owned())) };
        if let Some(other) = value.keys().find(|key| !["Version", "Id", "Statement"].contains(&key.as_str())) {
            return Err(Malformed(format!("{other} is no element of a policy")));
        }
        let statements = match value.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => return Err(Malformed("it has no Statement".to_owned())),
        };
        let numbered = statements.into_iter().zip(1..).map(|(statement, number)| read(number, statement));
        let statements = numbered.collect::<Result<_, _>>()?;
        Ok(Self { statements, value })
    }
}

fn read(number: usize, statement: &Value) -> Result<Statement, Malformed> {
    let sid = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()).map(ToOwned::to_owned);
    let name = Named { number, sid };
    let wrong = |what: &str| Malformed(format!("{name}: {what}"));
    let Value::Object(parts) = statement else { return Err(wrong("it is no object")) };
    if let Some(other) = parts.keys().find(|key| !ELEMENTS.contains(&key.as_str())) {
        return Err(wrong(&format!("{other} is no element of a statement")));
    }
    let allows = match parts.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err(wrong("Effect is neither Allow nor Deny")),
    };
    Ok(Statement {
        allows,
        principals: selected(parts, "Principal", principals).map_err(|what| wrong(&what))?,
        actions: selected(parts, "Action", texts).map_err(|what| wrong(&what))?,
        resources: selected(parts, "Resource", texts).map_err(|what| wrong(&what))?,
        conditions: conditions(parts.get("Condition")).ok_or_else(|| wrong("Condition cannot be understood"))?,
        name,
    })
}

/// An element or its `Not…`, of which there must be exactly one.
fn selected<T>(
    parts: &Map<String, Value>,
    element: &str,
    read: fn(&Value) -> Option<Vec<T>>,
) -> Result<Selected<T>, String> {
    let unclear = || format!("{element} cannot be understood");
    match (parts.get(element), parts.get(&format!("Not{element}"))) {
        (Some(only), None) => Ok(Selected::Only(read(only).ok_or_else(unclear)?)),
        (None, Some(but)) => Ok(Selected::AllBut(read(but).ok_or_else(unclear)?)),
        (Some(_), Some(_)) => Err(format!("it has {element} and Not{element}")),
        (None, None) => Err(format!("it has no {element}")),
    }
}

/// A text or several. Numbers and truth values stand for their texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        one => Some(vec![text(one)?]),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn principals(value: &Value) -> Option<Vec<Principal>> {
    let Value::Object(kinds) = value else { return (value == "*").then(|| vec![Principal::Anyone]) };
    let mut found = Vec::new();
    for (kind, who) in kinds {
        for who in texts(who)? {
            found.push(match kind.as_str() {
                "AWS" if who == "*" => Principal::Anyone,
                "AWS" => Principal::Aws(who),
                "Service" => Principal::Service(who),
                "Federated" => Principal::Federated,
                "CanonicalUser" => Principal::CanonicalUser,
                _ => return None,
            });
        }
    }
    Some(found)
}

fn conditions(value: Option<&Value>) -> Option<Vec<Condition>> {
    let Some(value) = value else { return Some(Vec::new()) };
    let mut found = Vec::new();
    for (operator, keys) in value.as_object()? {
        for (key, values) in keys.as_object()? {
            let (operator, key) = (operator.clone(), key.to_ascii_lowercase());
            found.push(Condition { operator, key, values: texts(values)? });
        }
    }
    Some(found)
}

impl Document {
    /// Only the statements that allow something.
    pub(super) fn allowing(&self) -> Self {
        let mut allowing = self.clone();
        allowing.statements.retain(|statement| statement.allows);
        allowing
    }

    /// Whether a statement like this is there, whatever it is called.
    pub(super) fn holds(&self, statement: &Value) -> bool {
        let unnamed = |statement: &Value| {
            let mut parts = statement.as_object().cloned().unwrap_or_default();
            parts.remove("Sid");
            parts
        };
        let there = match self.value.get("Statement") {
            Some(Value::Array(there)) => there.iter().collect(),
            one => one.into_iter().collect::<Vec<_>>(),
        };
        there.into_iter().any(|there| unnamed(there) == unnamed(statement))
    }
}
