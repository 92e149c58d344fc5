//! Objects out of what `kubectl` printed, one after another: a list of a hundred thousand pods is never in memory as a whole.

use std::fmt;

use anyhow::{Error, Result, anyhow};
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Map, Value};

use super::kubectl;
use crate::base::message::Message;

/// Whoever takes the objects.
type Taker<'t> = &'t mut dyn FnMut(Value) -> Result<()>;

/// Gives away the objects of every document, in their order: the items of lists, and documents that are no lists.
///
/// # Errors
/// When a document is no JSON, or an object is refused; what came before was given away.
pub(super) fn read(text: &str, take: Taker<'_>) -> Result<()> {
    let mut refused = None;
    let mut take = |object| take(object).map_err(|error| refused = Some(error)).is_ok();
    let mut documents = Deserializer::from_str(text);
    let outcome = loop {
        // Between two documents there is nothing but space.
        if documents.end().is_ok() {
            break Ok(());
        }
        if let Err(error) = Document(&mut take).deserialize(&mut documents) {
            break Err(error);
        }
    };
    match (refused, outcome) {
        (Some(refused), _) => Err(refused),
        (None, outcome) => outcome.map_err(|error| not_json(&error)),
    }
}

fn not_json(error: &serde_json::Error) -> Error {
    anyhow!(Message::new(format_args!("not JSON: {error}")).hint(kubectl::command("FILE")))
}

/// Takes an object; false ends the reading.
type Offer<'t> = &'t mut dyn FnMut(Value) -> bool;

fn offered<E: de::Error>(offer: Offer<'_>, object: Value) -> Result<(), E> {
    if offer(object) { Ok(()) } else { Err(E::custom("refused")) }
}

/// A list, or an object by itself.
struct Document<'t>(Offer<'t>);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of Kubernetes, or a list of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut fields, mut is_list) = (Map::new(), false);
        while let Some(name) = map.next_key::<String>()? {
            if name == "items" {
                is_list = true;
                map.next_value_seed(Items(&mut *self.0))?;
            } else {
                fields.insert(name, map.next_value()?);
            }
        }
        if is_list { Ok(()) } else { offered(self.0, Value::Object(fields)) }
    }
}

/// The items of a list.
struct Items<'t>(Offer<'t>);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            offered(&mut *self.0, item)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        read(text, &mut |object| {
            let name = object["name"].as_str().unwrap_or("?").to_owned();
            if name == "bad" {
                return Err(anyhow!("it is bad"));
            }
            names.push(name);
            Ok(())
        })?;
        Ok(names)
    }

    #[test]
    fn lists_and_objects_one_after_another() {
        let text = r#"{"items": [{"name": "a"}, {"name": "b"}], "kind": "List"} {"name": "c"}
            {"kind": "List", "items": null}{"items": []} "#;
        assert_eq!(names(text).unwrap(), ["a", "b", "c"]);
        assert!(names("  ").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_object_is_said_and_so_is_a_refusal() {
        for (text, says) in [
            ("[1]", "not JSON: invalid type: sequence, expected an object of Kubernetes"),
            (r#"{"items": 5}"#, "not JSON: invalid type: integer `5`, expected a list of objects"),
            (r#"{"name": "a"} {"name""#, "not JSON: EOF while parsing"),
            (r#"{"items": [{"name": "a"}, {"name": "bad"}]}"#, "it is bad"),
        ] {
            let error = names(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
