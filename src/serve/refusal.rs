//! Why something is refused, as programs are told: a status, and JSON of `code`, `message`, `position` and `hint`.

use anyhow::Error;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::ask::query::{Fault, QueryError};
use crate::base::bug;
use crate::base::message::Message;

/// Why something is refused.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub status: StatusCode,
    /// A name that stays: `queue_full`.
    pub code: &'static str,
    pub message: Box<Message>,
    /// Line and column of a statement, both from 1.
    pub position: Option<(u64, u64)>,
    /// When to ask again, seconds.
    pub retry_after: Option<u32>,
}

impl Refusal {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Message>) -> Self {
        Self { status, code, message: Box::new(message.into()), position: None, retry_after: None }
    }

    /// We came to a point that we should never come to.
    pub fn bug() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", bug::message())
    }

    /// What was asked for is not understood, or nothing can ever answer it.
    pub fn of_parameters(message: impl Into<Message>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_parameters", message)
    }

    /// How a parameter of a statement is given its value.
    pub fn giving(name: &str) -> String {
        format!("\"params\": {{\"{name}\": …}}")
    }

    /// There is nothing here.
    pub fn not_found(message: impl Into<Message>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Of a report: its statement is none of whoever asks.
    #[must_use]
    pub fn of_report(self) -> Self {
        match self.code {
            "bad_statement" => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "cannot_answer", *self.message),
            _ => self,
        }
    }

    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// As JSON.
    pub fn json(&self) -> serde_json::Value {
        let position = self.position.map(|(line, column)| json!({ "line": line, "column": column }));
        json!({
            "code": self.code,
            "message": self.message.shown_text(),
            "position": position,
            "hint": self.message.shown_hint(),
        })
    }
}

/// What an answer that could not be made is refused with.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(refusal) => return refusal,
            Err(error) => error,
        };
        let query = error.chain().find_map(|cause| cause.downcast_ref::<QueryError>());
        let (status, code) = match query.map(QueryError::fault) {
            Some(Fault::Bounds) => (StatusCode::UNPROCESSABLE_ENTITY, "too_much_memory"),
            Some(Fault::Statement) => (StatusCode::BAD_REQUEST, "bad_statement"),
            Some(Fault::Bug) => (StatusCode::INTERNAL_SERVER_ERROR, "bug"),
            Some(Fault::Data) | None => (StatusCode::UNPROCESSABLE_ENTITY, "cannot_answer"),
        };
        let whole = |number: usize| number as u64;
        let position = query.and_then(QueryError::position).map(|(line, column)| (whole(line), whole(column)));
        let given = query.and_then(QueryError::missing).map(Self::giving);
        let message = Message::from(error);
        let refusal = match given {
            Some(hint) => Self::of_parameters(message.only_hint(hint)),
            None => Self::new(status, code, message),
        };
        Self { position, ..refusal }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut text = self.json().to_string();
        text.push('\n');
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
