//! What S3's refusals mean, and what to do about them.

use object_store::Error;

use crate::base::aws::Identity;
use crate::base::message::Message;
use crate::base::shown::in_a_line;

/// What shows which rights are missing.
const GRANT: &str = "albstats iam policy read";

/// Whether [`explain`] says that a right is missing.
pub fn is_denied(message: &Message) -> bool {
    message.hints().iter().any(|hint| hint == GRANT)
}

/// Says what happened to a request that needs this permission for that URL.
pub fn explain(error: &Error, permission: &str, url: &str, identity: &Identity) -> Message {
    let details = Message::of(error);
    let details = details.text();
    // What this program's own client says of an answer, behind the words of the library around it.
    let details = details.rsplit_once("HTTP error: ").map_or(details, |(_, said)| said);
    let code = code(details).filter(|code| code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'));
    let profile = identity.profile.as_ref().map(|profile| format!(" --profile {profile}")).unwrap_or_default();
    match (code, error) {
        (Some("InvalidObjectState"), _) => Message::new("it lies in Glacier and cannot be read there")
            .hint("aws s3api restore-object, or leave it out"),
        (Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired"), _) => {
            Message::new("the AWS credentials have expired").hint(format_args!("aws sso login{profile}"))
        }
        (Some("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken"), _) => {
            Message::new(format_args!("S3 does not accept these AWS credentials ({})", code.unwrap_or_default()))
                .hint(format_args!("aws sts get-caller-identity{profile}"))
        }
        (Some("RequestTimeTooSkewed"), _) => "this machine's clock is wrong: S3 refuses its requests".into(),
        (Some("NoSuchBucket"), _) => format_args!("no such bucket: {url}").into(),
        (Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException"), _) => {
            Message::new(format_args!("{url} is in another region"))
                .hint("leave region out of the source; it is found by itself")
        }
        (Some(code), _) if code.starts_with("KMS.") => {
            Message::new(format_args!("its key in AWS KMS cannot be used ({code})"))
                .hint("kms:Decrypt is missing, or the key is disabled")
        }
        (Some("AccessDenied"), _) | (_, Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) => {
            let kms = if details.contains("kms:") { " (kms:Decrypt)" } else { "" };
            Message::new(format_args!("access denied{kms}: {permission} is missing for {url}")).hint(GRANT)
        }
        (_, Error::NotFound { .. }) => "it is gone: it was there when it was listed".into(),
        (_, Error::Precondition { .. }) => Message::new("it was replaced after it was listed").hint("run again"),
        _ => format_args!("S3 failed: {}", in_a_line(details)).into(),
    }
}

/// `AccessDenied`, from the XML that S3 answers.
fn code(details: &str) -> Option<&str> {
    let (_, rest) = details.split_once("<Code>")?;
    Some(rest.split_once("</Code>")?.0)
}
