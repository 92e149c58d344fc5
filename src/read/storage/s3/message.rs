//! What S3's refusals mean, and what to do about them.

use object_store::Error;

use crate::base::aws::Identity;
use crate::base::causes::in_full;
use crate::base::shown::in_a_line;

/// Says what happened to a request that needs this permission for that URL.
pub fn explain(error: &Error, permission: &str, url: &str, identity: &Identity) -> String {
    let details = in_full(error);
    let code = code(&details).filter(|code| code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'));
    let profile = identity.profile.as_ref().map(|profile| format!(" --profile {profile}")).unwrap_or_default();
    match (code, error) {
        (Some("InvalidObjectState"), _) => {
            "it lies in Glacier and cannot be read there\nhint: aws s3api restore-object, or leave it out".to_owned()
        }
        (Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired"), _) => {
            format!("the AWS credentials have expired\nhint: aws sso login{profile}")
        }
        (Some("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken"), _) => format!(
            "S3 does not accept these AWS credentials ({})\nhint: aws sts get-caller-identity{profile}",
            code.unwrap_or_default()
        ),
        (Some("RequestTimeTooSkewed"), _) => "this machine's clock is wrong: S3 refuses its requests".to_owned(),
        (Some("NoSuchBucket"), _) => format!("no such bucket: {url}"),
        (Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException"), _) => {
            format!("{url} is in another region\nhint: leave region out of the source; it is found by itself")
        }
        (Some(code), _) if code.starts_with("KMS.") => {
            format!("its key in AWS KMS cannot be used ({code})\nhint: kms:Decrypt is missing, or the key is disabled")
        }
        (Some("AccessDenied"), _) | (_, Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) => {
            let kms = if details.contains("kms:") { " (kms:Decrypt)" } else { "" };
            format!("access denied{kms}: {permission} is missing for {url}\nhint: albstats iam policy read")
        }
        (_, Error::NotFound { .. }) => "it is gone: it was there when it was listed".to_owned(),
        (_, Error::Precondition { .. }) => "it was replaced after it was listed\nhint: run again".to_owned(),
        _ => format!("S3 failed: {}", in_a_line(&details)),
    }
}

/// `AccessDenied`, from the XML that S3 answers.
fn code(details: &str) -> Option<&str> {
    let (_, rest) = details.split_once("<Code>")?;
    Some(rest.split_once("</Code>")?.0)
}
