//! A stand-in for Athena and for listings of S3, on loopback: every request to Athena is answered by the test, and kept.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// What a test answers a request to Athena with: status and body.
type Answers = dyn Fn(&str, &Value) -> (u16, Value) + Send + Sync;

struct State {
    answers: Box<Answers>,
    /// Keys and sizes of the objects in every bucket.
    objects: Vec<(String, u64)>,
    asked: Mutex<Vec<(String, Value)>>,
}

pub(crate) struct FakeAws {
    address: SocketAddr,
    state: Arc<State>,
    _runtime: Runtime,
}

/// The region in which everything is.
pub(crate) const REGION: &str = "eu-west-1";

impl FakeAws {
    /// Starts to listen. Operations are named without `AmazonAthena.`
    pub(crate) fn start(
        objects: &[(&str, u64)],
        answers: impl Fn(&str, &Value) -> (u16, Value) + Send + Sync + 'static,
    ) -> Self {
        let objects = objects.iter().map(|(key, size)| ((*key).to_owned(), *size)).collect();
        let state = Arc::new(State { answers: Box::new(answers), objects, asked: Mutex::default() });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let served = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&served);
                let service = service_fn(move |request| answer(Arc::clone(&state), request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { address, state, _runtime: runtime }
    }

    /// Points a run of the program here.
    pub(crate) fn environment(&self, command: &mut Command) {
        let url = format!("http://{}", self.address);
        command.env("AWS_ENDPOINT_URL", &url).env("AWS_ENDPOINT_URL_ATHENA", &url).env("AWS_REGION", REGION);
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "none");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
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

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request.headers().get("x-amz-target").map(|value| value.to_str().unwrap().to_owned());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let response = Response::builder();
    let Some(operation) = target.as_deref().and_then(|target| target.strip_prefix("AmazonAthena.")) else {
        let response = response.header("x-amz-bucket-region", REGION);
        let text =
            if method == Method::HEAD { String::new() } else { listing(&state.objects, uri.query().unwrap_or("")) };
        return Ok(response.body(text.into()).unwrap());
    };
    let body: Value = serde_json::from_slice(&body).unwrap();
    state.asked.lock().unwrap().push((operation.to_owned(), body.clone()));
    let (status, answer) = (state.answers)(operation, &body);
    let response = response.status(status).header("content-type", "application/x-amz-json-1.1");
    Ok(response.body(answer.to_string().into()).unwrap())
}

/// `ListObjectsV2`, all on one page.
fn listing(objects: &[(String, u64)], query: &str) -> String {
    let parameter = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.into_iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
        value.replace("%2F", "/").replace("%3D", "=")
    };
    let (prefix, delimiter) = (parameter("prefix"), parameter("delimiter"));
    let (mut folders, mut contents) = (BTreeSet::new(), String::new());
    for (key, size) in objects {
        let Some(rest) = key.strip_prefix(&prefix) else { continue };
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
