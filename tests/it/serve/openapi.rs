//! The description of the API, held to what is answered.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::server::Server;

/// Whether a value is what a schema says: the part of JSON Schema that the description uses.
fn check(value: &Value, schema: &Value, whole: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        return check(value, whole.pointer(name.trim_start_matches('#')).unwrap(), whole, place);
    }
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{place}: type {other}"),
    };
    match &schema["type"] {
        Value::String(name) => assert!(is(name), "{place} is no {name}: {value}"),
        Value::Array(names) => assert!(names.iter().any(|name| is(name.as_str().unwrap())), "{place}: {value}"),
        _ => {}
    }
    if let Some(known) = schema["enum"].as_array() {
        assert!(known.contains(value), "{place}: {value}");
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(object.contains_key(name.as_str().unwrap()), "{place} has no {name}: {value}");
        }
        for (name, value) in object {
            match schema["properties"].get(name) {
                Some(schema) => check(value, schema, whole, &format!("{place}.{name}")),
                None => assert_ne!(schema["additionalProperties"], json!(false), "{place} has {name}"),
            }
        }
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(schema) = schema.get("items") {
            check(item, schema, whole, &format!("{place}[{number}]"));
        }
    }
}

#[test]
fn what_is_described_is_what_is_answered() {
    let server = Server::start(&[]);
    let described = server.json("/api/v1/openapi.json");
    assert_eq!(described["openapi"], "3.1.0");
    let methods = ["get", "post", "delete"];
    for (path, operations) in described["paths"].as_object().unwrap() {
        let typed = path.replace("{name}", "latency").replace("{id}", "1");
        for method in methods {
            if path == "/events" && method == "get" {
                continue;
            }
            let query = if path == "/query" && method == "get" { "?sql=SELECT+1+AS+one" } else { "" };
            let upper = method.to_uppercase();
            let body = if method == "post" { "{\"sql\":\"SELECT 1 AS one\"}" } else { "" };
            let response = server.send(format!(
                "{upper} /api/v1{typed}{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ));
            let operation = &operations[method];
            let place = format!("{method} {path}");
            if operation.is_null() {
                assert_eq!(response.status, 405, "{place}");
                continue;
            }
            let documented = &operation["responses"][response.status.to_string()];
            let documented = match documented["$ref"].as_str() {
                Some(name) => described.pointer(name.trim_start_matches('#')).unwrap(),
                None => documented,
            };
            assert!(documented.is_object(), "{place} answers {}: {}", response.status, response.text());
            let schema = &documented["content"]["application/json"]["schema"];
            assert!(schema.is_object(), "{place} {}", response.status);
            check(&response.json(), schema, &described, &place);
        }
    }
    let refusal = server.get("/api/v1/query?sql=SELECT+x");
    check(&refusal.json(), &json!({ "$ref": "#/components/schemas/Refusal" }), &described, "a refusal");
    // Every reference leads somewhere.
    let text = described.to_string();
    for name in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(described.pointer(name).is_some(), "{name}");
    }
}

#[test]
fn every_parameter_of_a_report_is_described() {
    let server = Server::start(&[]);
    let described = server.json("/api/v1/openapi.json");
    let parameters = described["paths"]["/reports/{name}"]["get"]["parameters"].as_array().unwrap();
    let name = |parameter: &Value| match parameter["$ref"].as_str() {
        Some(name) => described.pointer(name.trim_start_matches('#')).unwrap()["name"].as_str().unwrap().to_owned(),
        None => parameter["name"].as_str().unwrap().to_owned(),
    };
    let described: BTreeSet<String> = parameters.iter().map(name).collect();
    let hint = server.get("/api/v1/reports/latency?zzzzzz=1").json()["hint"].as_str().unwrap().to_owned();
    for known in hint.trim_start_matches("known here: ").split(", ") {
        assert!(described.contains(known), "{known}");
    }
}
