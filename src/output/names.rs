//! Names of columns where each may be there once only: in an object of JSON, in a Parquet file.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};

/// The schema, in which a name that is there already has a number behind it: `a, a` becomes `a, a_2`.
pub(super) fn distinct(schema: &SchemaRef) -> SchemaRef {
    let taken: HashSet<&String> = schema.fields().iter().map(|field| field.name()).collect();
    if taken.len() == schema.fields().len() {
        return Arc::clone(schema);
    }
    let mut given: HashSet<String> = HashSet::new();
    let fields = schema.fields().iter().map(|field| {
        let name = field.name();
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .enumerate()
            .find(|(at, name)| !given.contains(name) && (*at == 0 || !taken.contains(name)));
        let name = free.map_or_else(|| name.clone(), |(_, name)| name);
        given.insert(name.clone());
        field.as_ref().clone().with_name(name)
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};

    use super::*;

    #[test]
    fn names_that_are_taken_get_a_number() {
        let of = |names: &[&str]| -> Vec<String> {
            let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect();
            let schema = distinct(&Arc::new(Schema::new(fields)));
            schema.fields().iter().map(|field| field.name().clone()).collect()
        };
        assert_eq!(of(&["a", "b"]), ["a", "b"]);
        assert_eq!(of(&["a", "a", "a"]), ["a", "a_2", "a_3"]);
        assert_eq!(of(&["a", "a", "a_2"]), ["a", "a_3", "a_2"]);
    }
}
