//! A queue on loopback, as SQS is: messages are invisible for a while after they were received, come again, and are put aside when
//! they came too often.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::request::Parts;
use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::loopback::{self, Loopback, respond};

#[derive(Debug, Clone)]
struct Message {
    body: String,
    visible: Instant,
    receipt: Option<String>,
    received: u32,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<Message>,
    aside: Vec<String>,
    deleted: Vec<String>,
    receipts: u32,
    /// Receives are answered so.
    refusal: Option<(u16, &'static str)>,
    has_redrive: bool,
    hidden: u32,
    most_at_once: usize,
}

pub(super) struct Queue {
    server: Loopback,
    state: Arc<Mutex<State>>,
}

/// A message that was received more often is put aside.
const MAX_RECEIVES: u32 = 3;

impl Queue {
    pub(super) fn start() -> Self {
        let state = Arc::new(Mutex::new(State { has_redrive: true, ..State::default() }));
        let shared = Arc::clone(&state);
        let server = Loopback::requests(move |parts, body| answer(&mut shared.lock().unwrap(), parts, body));
        Self { server, state }
    }

    pub(super) fn url(&self) -> String {
        format!("{}/111122223333/alb-logs", self.server.url())
    }

    /// Points a run of the program here.
    pub(super) fn environment(&self, command: &mut Command) {
        command.env("AWS_ENDPOINT_URL_SQS", self.server.url());
    }

    pub(super) fn send(&self, body: &impl ToString) {
        let message = Message { body: body.to_string(), visible: Instant::now(), receipt: None, received: 0 };
        self.state.lock().unwrap().messages.push(message);
    }

    /// What is received from now on is refused, or not any more.
    pub(super) fn refuse(&self, refusal: Option<(u16, &'static str)>) {
        self.state.lock().unwrap().refusal = refusal;
    }

    pub(super) fn without_redrive(&self) {
        self.state.lock().unwrap().has_redrive = false;
    }

    /// All that was received and not deleted becomes visible.
    pub(super) fn forget_receipts(&self) {
        self.state.lock().unwrap().messages.iter_mut().for_each(|message| message.visible = Instant::now());
    }

    pub(super) fn left(&self) -> usize {
        self.state.lock().unwrap().messages.len()
    }

    pub(super) fn aside(&self) -> Vec<String> {
        self.state.lock().unwrap().aside.clone()
    }

    pub(super) fn deleted(&self) -> usize {
        self.state.lock().unwrap().deleted.len()
    }
}

fn answer(state: &mut State, parts: &Parts, body: &Bytes) -> loopback::Answer {
    let target = parts.headers.get("x-amz-target").map_or("", |value| value.to_str().unwrap());
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let (status, answer) = match (target.trim_start_matches("AmazonSQS."), state.refusal) {
        ("ReceiveMessage", Some((status, code))) => {
            (status, json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": "no such thing" }))
        }
        ("ReceiveMessage", None) => (200, receive(state, &request)),
        ("DeleteMessageBatch", _) => (200, each(&request, |entry| delete(state, entry))),
        ("ChangeMessageVisibilityBatch", _) => (200, each(&request, |entry| hide(state, entry))),
        ("GetQueueAttributes", _) => (200, attributes(state)),
        _ => (400, json!({ "__type": "InvalidAction" })),
    };
    respond(status, "application/x-amz-json-1.0", answer.to_string())
}

fn receive(state: &mut State, request: &Value) -> Value {
    let now = Instant::now();
    let hidden = Duration::from_secs(request["VisibilityTimeout"].as_u64().unwrap_or(30));
    let (aside, left): (Vec<_>, Vec<_>) = std::mem::take(&mut state.messages)
        .into_iter()
        .partition(|message| message.visible <= now && message.received >= MAX_RECEIVES && state.has_redrive);
    state.messages = left;
    state.aside.extend(aside.into_iter().map(|message| message.body));
    let most = usize::try_from(request["MaxNumberOfMessages"].as_u64().unwrap_or(1)).unwrap();
    let mut given = Vec::new();
    for message in state.messages.iter_mut().filter(|message| message.visible <= now).take(most) {
        state.receipts += 1;
        let receipt = format!("receipt-{}", state.receipts);
        (message.visible, message.received) = (now + hidden, message.received + 1);
        message.receipt = Some(receipt.clone());
        given.push(json!({ "MessageId": "m", "ReceiptHandle": receipt, "Body": message.body }));
    }
    state.most_at_once = state.most_at_once.max(given.len());
    json!({ "Messages": given })
}

fn each(request: &Value, mut done: impl FnMut(&Value)) -> Value {
    let entries = request["Entries"].as_array().unwrap();
    entries.iter().for_each(&mut done);
    let ids: Vec<Value> = entries.iter().map(|entry| json!({ "Id": entry["Id"] })).collect();
    json!({ "Successful": ids, "Failed": [] })
}

fn delete(state: &mut State, entry: &Value) {
    let receipt = entry["ReceiptHandle"].as_str();
    let (deleted, left): (Vec<_>, Vec<_>) =
        std::mem::take(&mut state.messages).into_iter().partition(|message| message.receipt.as_deref() == receipt);
    state.messages = left;
    state.deleted.extend(deleted.into_iter().map(|message| message.body));
}

fn hide(state: &mut State, entry: &Value) {
    state.hidden += 1;
    let time = Duration::from_secs(entry["VisibilityTimeout"].as_u64().unwrap());
    let receipt = entry["ReceiptHandle"].as_str();
    for message in state.messages.iter_mut().filter(|message| message.receipt.as_deref() == receipt) {
        message.visible = Instant::now() + time;
    }
}

fn attributes(state: &State) -> Value {
    let now = Instant::now();
    let (waiting, in_flight): (Vec<_>, Vec<_>) = state.messages.iter().partition(|message| message.visible <= now);
    let mut attributes = json!({ "ApproximateNumberOfMessages": waiting.len().to_string(),
        "ApproximateNumberOfMessagesNotVisible": in_flight.len().to_string(), "VisibilityTimeout": "30" });
    if state.has_redrive {
        attributes["RedrivePolicy"] = json!("{\"maxReceiveCount\":3}");
    }
    json!({ "Attributes": attributes })
}
