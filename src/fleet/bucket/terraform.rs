//! What a bucket lacks, as Terraform.

use std::fmt::Write;

use super::generate::Merged;
use crate::fleet::aws::bucket::{Encryption, Facts, Seen};

/// Days that logs are kept, for somebody to change.
const DAYS: u32 = 90;

/// Resources for what a bucket lacks; for everything if nobody looked. What could not be seen stands there as a comment.
pub fn terraform(bucket: &str, facts: Option<&Facts>, merged: &Merged) -> String {
    let new = facts.is_some_and(|facts| facts.region == Ok(None));
    let facts = facts.filter(|_| !new);
    let mut text = String::new();
    let quoted = quoted(bucket);
    let reference = if new { "aws_s3_bucket.alb_logs.id" } else { &quoted };
    if new {
        resource(&mut text, "aws_s3_bucket", &format!("  bucket = {quoted}\n"));
    }
    let mut setting = |what: &str, lacks: Seen<bool>, kind: &str, body: &str| match lacks {
        Ok(true) => resource(&mut text, kind, &format!("  bucket = {reference}\n{body}")),
        Ok(false) => {}
        // Writing to a String cannot fail.
        Err(refusal) => _ = writeln!(text, "# {what} is not known: {}\n", refusal.to_string().replace('\n', "; ")),
    };
    let lacks = |of: fn(&Facts) -> Seen<bool>| facts.map_or(Ok(true), of);
    setting(
        "encryption",
        lacks(|facts| Ok(facts.encryption.clone()? != Encryption::S3)),
        "aws_s3_bucket_server_side_encryption_configuration",
        "  rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm = \"AES256\"\n    }\n  }\n",
    );
    setting(
        "the public access block",
        lacks(|facts| Ok(!facts.unblocked.clone()?.is_empty())),
        "aws_s3_bucket_public_access_block",
        "  block_public_acls       = true\n  block_public_policy     = true\n  ignore_public_acls      = true\n  \
         restrict_public_buckets = true\n",
    );
    setting(
        "ownership",
        lacks(|facts| Ok(facts.ownership.clone()?.as_deref() != Some("BucketOwnerEnforced"))),
        "aws_s3_bucket_ownership_controls",
        "  rule {\n    object_ownership = \"BucketOwnerEnforced\"\n  }\n",
    );
    // This resource would take the place of rules that are there.
    setting(
        "the lifecycle",
        lacks(|facts| Ok(facts.lifecycle.clone()?.is_empty())),
        "aws_s3_bucket_lifecycle_configuration",
        &format!(
            "  rule {{\n    id     = \"alb-logs\"\n    status = \"Enabled\"\n    filter {{}}\n    expiration {{\n      \
             days = {DAYS}\n    }}\n    abort_incomplete_multipart_upload {{\n      days_after_initiation = 1\n    }}\n  \
             }}\n"
        ),
    );
    if !merged.added.is_empty() {
        let policy = literal(merged.to_json().trim_end()).replace('\n', "\n  ");
        let body = format!("  bucket = {reference}\n  policy = jsonencode({policy})\n");
        resource(&mut text, "aws_s3_bucket_policy", &body);
    }
    let text = text.trim_end();
    if text.is_empty() { "# nothing is missing\n".to_owned() } else { format!("{text}\n") }
}

fn resource(text: &mut String, kind: &str, body: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "resource \"{kind}\" \"alb_logs\" {{\n{body}}}\n");
}

/// JSON is HCL, but for what HCL would put values in place of.
pub(super) fn literal(json: &str) -> String {
    json.replace("${", "$${").replace("%{", "%%{")
}

pub(super) fn quoted(text: &str) -> String {
    literal(&serde_json::Value::from(text).to_string())
}
