//! What refusals of the control plane mean: the same few things, whichever service refuses.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::base::causes::root;
use crate::base::message::Message;
use crate::base::shown::in_a_line;

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Who we are may not do it: the action, and AWS's own words.
    Denied {
        /// `elasticloadbalancing:DescribeTags`
        action: String,
        /// AWS's own words.
        text: String,
    },
    /// Asked too often, after several tries too.
    Throttled(String),
    /// What the request was about is not there (any more).
    NotFound(String),
    /// There are no credentials, or AWS does not accept them.
    Unknown(String),
    Unreachable(String),
    /// Anything else: AWS's code and its own words.
    Other {
        /// `ValidationError`
        code: String,
        /// AWS's own words.
        text: String,
    },
}

impl Refusal {
    /// What an SDK's error means. `action` is the IAM action that was asked for.
    pub fn of<E>(action: &str, error: &SdkError<E, Response>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let (code, text) = (error.code().unwrap_or_default(), in_a_line(error.message().unwrap_or_default()));
        match code {
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "AuthorizationError" => {
                Self::Denied { action: action.to_owned(), text }
            }
            "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "SlowDown" => Self::Throttled(if text.is_empty() { code.to_owned() } else { text }),
            "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "InvalidAccessKeyId"
            | "InvalidSignatureException" => Self::Unknown(format!("AWS does not accept these credentials ({code})")),
            _ if code.ends_with("NotFound") || code.ends_with("NotFoundException") || code.starts_with("NoSuch") => {
                Self::NotFound(if text.is_empty() { code.to_owned() } else { text })
            }
            "" => match error.raw_response().map(|response| response.status().as_u16()) {
                // A request for the head of something is answered without words.
                Some(403) => Self::Denied { action: action.to_owned(), text },
                Some(404) => Self::NotFound(action.to_owned()),
                Some(status @ 200..300) => Self::Other { code: format!("status {status}, which cannot be read"), text },
                Some(status) => Self::Other { code: format!("status {status}"), text },
                None => Self::without_answer(in_a_line(&root(error))),
            },
            code => Self::Other { code: code.to_owned(), text },
        }
    }

    /// What happened, and what can be done.
    pub fn message(&self) -> Message {
        let hint = match self {
            Self::Unknown(_) => Some("aws sts get-caller-identity"),
            Self::Unreachable(_) => Some("check the network and the region"),
            Self::Denied { .. } | Self::Throttled(_) | Self::NotFound(_) | Self::Other { .. } => None,
        };
        Message::new(self).hint_if(hint)
    }

    fn without_answer(reason: String) -> Self {
        let credentials = ["credential", "profile", "AssumeRole", "token"];
        if credentials.iter().any(|word| reason.contains(word)) {
            return Self::Unknown(format!("no AWS credentials: {reason}"));
        }
        Self::Unreachable(reason)
    }
}

/// What happened, without what can be done.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied { action, text } if text.is_empty() => write!(f, "access denied: {action}"),
            Self::Denied { action, text } => write!(f, "access denied: {action}: {text}"),
            Self::Throttled(text) => write!(f, "AWS is throttling requests: {text}"),
            Self::NotFound(text) | Self::Unknown(text) => f.write_str(text),
            Self::Unreachable(text) => write!(f, "cannot reach AWS: {text}"),
            Self::Other { code, text } if text.is_empty() => f.write_str(code),
            Self::Other { code, text } => write!(f, "{text} ({code})"),
        }
    }
}

impl From<Refusal> for anyhow::Error {
    fn from(refusal: Refusal) -> Self {
        refusal.message().into()
    }
}
