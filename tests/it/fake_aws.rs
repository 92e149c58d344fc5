//! A stand-in for Athena and for listings of S3, on loopback: every request to Athena is answered by the test, and kept.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::{Arc, Mutex};

use http::Method;
use http::request::Parts;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::loopback::{self, Loopback, REGION, pairs, respond};

/// What a test answers a request to Athena with: status and body.
type Answers = dyn Fn(&str, &Value) -> (u16, Value) + Send + Sync;

struct State {
    answers: Box<Answers>,
    /// Keys and sizes of the objects in every bucket.
    objects: Vec<(String, u64)>,
    asked: Mutex<Vec<(String, Value)>>,
}

pub(crate) struct FakeAws {
    server: Loopback,
    state: Arc<State>,
}

impl FakeAws {
    /// Starts to listen. Operations are named without `AmazonAthena.`
    pub(crate) fn start(
        objects: &[(&str, u64)],
        answers: impl Fn(&str, &Value) -> (u16, Value) + Send + Sync + 'static,
    ) -> Self {
        let objects = objects.iter().map(|(key, size)| ((*key).to_owned(), *size)).collect();
        let state = Arc::new(State { answers: Box::new(answers), objects, asked: Mutex::default() });
        let shared = Arc::clone(&state);
        let server = Loopback::requests(move |parts, body| answer(&shared, parts, body));
        Self { server, state }
    }

    /// Points a run of the program here.
    pub(crate) fn environment(&self, command: &mut Command) {
        command.envs(self.server.env("AKIDEXAMPLE", "none")).env("AWS_ENDPOINT_URL_ATHENA", self.server.url());
    }

    /// Bodies of the requests of one operation so far.
    pub(crate) fn asked(&self, operation: &str) -> Vec<Value> {
        let asked = self.state.asked.lock().unwrap();
        asked.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }

    /// The statements that were started, in order.
    pub(crate) fn statements(&self) -> Vec<String> {
        let text = |body: Value| body["QueryString"].as_str().unwrap().to_owned();
        self.asked("StartQueryExecution").into_iter().map(text).collect()
    }
}

fn answer(state: &State, parts: &Parts, body: &Bytes) -> loopback::Answer {
    let target = parts.headers.get("x-amz-target").map_or("", |value| value.to_str().unwrap());
    let Some(operation) = target.strip_prefix("AmazonAthena.") else {
        let is_head = parts.method == Method::HEAD;
        let text = if is_head { String::new() } else { listing(&state.objects, parts.uri.query().unwrap_or_default()) };
        let mut response = respond(200, "application/xml", text);
        response.headers_mut().insert("x-amz-bucket-region", REGION.parse().unwrap());
        return response;
    };
    let body: Value = serde_json::from_slice(body).unwrap();
    state.asked.lock().unwrap().push((operation.to_owned(), body.clone()));
    let (status, answer) = (state.answers)(operation, &body);
    respond(status, "application/x-amz-json-1.1", answer.to_string())
}

/// `ListObjectsV2`, all on one page.
fn listing(objects: &[(String, u64)], query: &str) -> String {
    let query = pairs(query);
    let parameter = |name: &str| query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value);
    let (prefix, delimiter) = (parameter("prefix"), parameter("delimiter"));
    let (mut folders, mut contents) = (BTreeSet::new(), String::new());
    for (key, size) in objects {
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        match rest.split_once('/') {
            Some((folder, _)) if delimiter == "/" => {
                folders.insert(format!("<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>"));
            }
            _ => contents.extend([format!(
                "<Contents><Key>{key}</Key><LastModified>2026-11-21T00:00:00.000Z</LastModified><ETag>&quot;e&quot;\
                 </ETag><Size>{size}</Size></Contents>"
            )]),
        }
    }
    let folders: String = folders.into_iter().collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><Name>b</Name><Prefix>{prefix}</Prefix>\
         <IsTruncated>false</IsTruncated>{contents}{folders}</ListBucketResult>"
    )
}

/// An error as Athena answers it.
pub(crate) fn error(code: &str, message: &str) -> (u16, Value) {
    (400, json!({ "__type": code, "message": message }))
}

/// Answers to what every run asks, and to statements that succeed at once.
pub(crate) fn usual(operation: &str) -> (u16, Value) {
    let location = json!({ "OutputLocation": "s3://results/" });
    match operation {
        "GetWorkGroup" => {
            (200, json!({ "WorkGroup": { "Name": "primary", "Configuration": { "ResultConfiguration": location } } }))
        }
        "StartQueryExecution" => (200, json!({ "QueryExecutionId": "id-1" })),
        "GetQueryExecution" => (200, execution(&json!({ "State": "SUCCEEDED" }))),
        "GetQueryResults" => (200, json!({ "ResultSet": { "Rows": [], "ResultSetMetadata": { "ColumnInfo": [] } } })),
        "StopQueryExecution" => (200, json!({})),
        _ => error("InvalidRequestException", &format!("not expected: {operation}")),
    }
}

/// A statement in some state.
pub(crate) fn execution(status: &Value) -> Value {
    json!({ "QueryExecution": { "QueryExecutionId": "id-1", "Status": status,
        "Statistics": { "DataScannedInBytes": 41_000_000, "TotalExecutionTimeInMillis": 2310 } } })
}
