//! What Athena's refusals mean, and what to do about them.

use std::error::Error;
use std::fmt::Debug;

use anyhow::anyhow;
use aws_sdk_athena::error::{ProvideErrorMetadata, SdkError};

use crate::base::causes::root;
use crate::base::message::Message;
use crate::base::shown::in_a_line;

/// Says why a request failed.
pub(super) fn explain<E, R>(action: &str, region: &str, error: &SdkError<E, R>) -> anyhow::Error
where
    E: Error + ProvideErrorMetadata + 'static,
    R: Debug,
{
    let (code, text) = (error.code().unwrap_or_default(), in_a_line(error.message().unwrap_or_default()));
    match code {
        "AccessDeniedException" | "AccessDenied" => {
            anyhow!(
                Message::new(format_args!("access denied: athena:{action}: {text}")).hint("albstats iam policy athena")
            )
        }
        "ExpiredTokenException" | "ExpiredToken" => {
            anyhow!(Message::new("the AWS credentials have expired").hint("aws sso login"))
        }
        "UnrecognizedClientException" | "InvalidSignatureException" | "InvalidClientTokenId" => {
            anyhow!(
                Message::new(format_args!("Athena does not accept these AWS credentials ({code})"))
                    .hint("aws sts get-caller-identity")
            )
        }
        "TooManyRequestsException" | "ThrottlingException" => {
            anyhow!(
                Message::new(format_args!("Athena is throttling requests ({code}), even after several tries"))
                    .hint("run again later")
            )
        }
        "" => anyhow!(
            Message::new(format_args!("cannot reach Athena in {region}: {}", in_a_line(&root(error))))
                .hint("check the network and AWS_REGION")
        ),
        _ => failed(if text.is_empty() { code } else { &text }),
    }
}

/// Athena's own words, with what to do where they do not say it.
pub(super) fn failed(reason: &str) -> anyhow::Error {
    let reason = &in_a_line(reason);
    let lower = reason.to_lowercase();
    let hint = if lower.contains("output location") || lower.contains("output bucket") {
        "--output-location s3://… in Athena's region, or a workgroup that has one"
    } else if lower.contains("table_not_found") || lower.contains("does not exist") && lower.contains("table") {
        "albstats athena sync makes the tables; --database names their database"
    } else if lower.contains("schema_not_found") || lower.contains("database") && lower.contains("not found") {
        "--database, or albstats athena sync"
    } else if lower.contains("permanentredirect")
        || lower.contains("different region")
        || lower.contains("wrong region")
    {
        "Athena has to run in the region of the bucket: AWS_REGION=…"
    } else if lower.contains("hive_bad_data") || lower.contains("hive_partition_schema_mismatch") {
        "albstats athena sync --dry-run shows how the tables differ from the export"
    } else if lower.contains("access denied") || lower.contains("accessdenied") {
        "albstats iam policy athena"
    } else {
        return anyhow!("Athena: {reason}");
    };
    anyhow!(Message::new(format_args!("Athena: {reason}")).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::failed;

    #[test]
    fn hints_fit_what_athena_says() {
        for (reason, hint) in [
            ("TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.a.requests' does not exist", "athena sync"),
            ("No output location provided. An output location is required", "--output-location"),
            ("Database albstats not found. Please check your query.", "--database"),
            ("The bucket is in a different region", "AWS_REGION"),
            ("Access denied when writing output to url", "iam policy"),
        ] {
            let text = failed(reason).to_string();
            assert!(text.starts_with(&format!("Athena: {reason}\nhint: ")) && text.contains(hint), "{text}");
        }
        assert_eq!(failed("SYNTAX_ERROR: line 1:1").to_string(), "Athena: SYNTAX_ERROR: line 1:1");
    }
}
