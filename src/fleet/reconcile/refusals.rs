//! What ELBv2's refusals of a change mean. AWS says the same thing with several codes: the words decide. Pure.

use super::history::Outcome;
use crate::base::aws::Refusal;

/// The outcome of a request that was refused.
pub(super) fn outcome(refusal: &Refusal) -> Outcome {
    let text = refusal.to_string();
    match refusal {
        Refusal::Denied { .. } => Outcome::Iam(text),
        Refusal::Throttled(_) => Outcome::Throttled(text),
        Refusal::NotFound(_) => Outcome::Gone,
        Refusal::Unknown(_) | Refusal::Unreachable(_) => Outcome::Failed(text),
        Refusal::Other { code, text: words } => {
            let lower = words.to_lowercase();
            let bucket =
                lower.contains("access denied for bucket") || lower.contains("bucket") && lower.contains("permission");
            if lower.contains("not located in the same region") {
                Outcome::Region(text)
            } else if bucket || lower.contains("bucket does not exist") || lower.contains("no such bucket") {
                Outcome::Bucket(text)
            } else if code.contains("Validation") || code.contains("InvalidConfiguration") || code.contains("Invalid") {
                Outcome::Config(text)
            } else {
                Outcome::Failed(text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_decide() {
        let denied = "Access Denied for bucket: logs. Please check S3bucket permission";
        let region = "S3Bucket: logs is not located in the same region with ELB: shop";
        for (code, text, word) in [
            ("InvalidConfigurationRequest", denied, "bucket"),
            ("ValidationError", denied, "bucket"),
            ("InvalidConfigurationRequest", region, "region"),
            ("ValidationError", "The value of 'access_logs.s3.prefix' cannot start or end with '/'", "config"),
            ("InternalFailure", "", "failed"),
        ] {
            let refusal = Refusal::Other { code: code.to_owned(), text: text.to_owned() };
            assert_eq!(outcome(&refusal).word(), word, "{code}: {text}");
        }
        assert_eq!(outcome(&Refusal::NotFound(String::new())), Outcome::Gone);
    }
}
