//! What the codes of failed TLS handshakes mean, and what to try. A table.
//!
//! Codes: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-connection-logs.html>,
//! and for what to do about them:
//! <https://repost.aws/knowledge-center/elb-alb-mtls-client-connection-errors>.

/// A handshake on a TLS listener that broke off before there was a code.
pub(super) const BROKE_OFF: &str = "(no code)";

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    /// In a few words.
    pub(super) text: &'static str,
    pub(super) advice: &'static str,
    /// Whether it is about the client's certificate.
    pub(super) is_certificate: bool,
}

/// The meaning of a code, without `Failed:`. AWS adds codes without notice.
pub(super) fn meaning(code: &str) -> Meaning {
    let certificate = |text, advice| Meaning { text, advice, is_certificate: true };
    match code {
        "ClientCertExpired" => certificate(
            "the client's certificate has expired",
            "the client needs a new one; the listener can be told to ignore expiry meanwhile",
        ),
        "ClientCertNotYetValid" => certificate(
            "the client's certificate is not valid yet",
            "compare its NotBefore with the clocks of who issued it",
        ),
        "ClientCertUntrusted" => certificate(
            "no CA of the trust store signed the client's certificate",
            "does the client send its whole chain, and is its root in the trust store of the listener?",
        ),
        "ClientCertCrlHit" => certificate(
            "the client's certificate has been revoked",
            "the client needs a new one, or the revocation list of the trust store is wrong",
        ),
        "ClientCertCrlProcessingError" => certificate(
            "the revocation list could not be worked through",
            "upload the revocation list to the trust store again; is it signed by a CA of the trust store?",
        ),
        "ClientCertMaxChainDepthExceeded" => certificate(
            "the client's chain of certificates is too long",
            "let the client send fewer intermediate certificates",
        ),
        "ClientCertMaxSizeExceeded" => {
            certificate("the client's certificates are too large", "let the client send fewer or smaller certificates")
        }
        "ClientCertTypeUnsupported" => certificate(
            "the load balancer does not know the type of the client's certificate",
            "RSA from 2048 bits, or ECDSA on the usual curves, and X.509 version 3",
        ),
        "ClientCertPurposeInvalid" => certificate(
            "the client's certificate is not meant for clients",
            "its extended key usage must allow TLS client authentication",
        ),
        "ClientCertInvalid" => certificate(
            "the client's certificate is not well-formed, or its signature is wrong",
            "look at it with openssl x509 -text, and verify it against its CA",
        ),
        "ClientCertRejected" => {
            certificate("the load balancer's own checks rejected the client's certificate", "ask whoever set them up")
        }
        "ClientCertIncompatible" => certificate(
            "the client's certificate does not go with what was negotiated",
            "its key or signature algorithm and the security policy of the listener must allow each other",
        ),
        "UnmappedConnectionError" => Meaning {
            text: "the handshake failed for a reason without a code of its own",
            advice: "often no common TLS version or cipher, or a client that does not trust the server's certificate or \
                     sent none where one is asked for; the security policy of the listener and the client decide",
            is_certificate: false,
        },
        BROKE_OFF => Meaning {
            text: "the handshake broke off before anything was agreed",
            advice: "scanners, port checks and clients that hang up do this; from known clients, capture packets there",
            is_certificate: false,
        },
        _ => Meaning {
            text: "a code that is newer than this program",
            advice: "see AWS's list of error reason codes of connection logs",
            is_certificate: code.starts_with("ClientCert"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_code_has_a_meaning_of_its_own() {
        const DOCUMENTED: [&str; 13] = [
            "ClientCertMaxChainDepthExceeded",
            "ClientCertMaxSizeExceeded",
            "ClientCertCrlHit",
            "ClientCertCrlProcessingError",
            "ClientCertUntrusted",
            "ClientCertNotYetValid",
            "ClientCertExpired",
            "ClientCertTypeUnsupported",
            "ClientCertInvalid",
            "ClientCertPurposeInvalid",
            "ClientCertRejected",
            "ClientCertIncompatible",
            "UnmappedConnectionError",
        ];
        let unknown = meaning("SomethingNew").text;
        let mut texts: Vec<&str> = DOCUMENTED.iter().map(|code| meaning(code).text).collect();
        assert!(DOCUMENTED.iter().all(|code| meaning(code).is_certificate == code.starts_with("ClientCert")));
        texts.push(unknown);
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), DOCUMENTED.len() + 1);
        assert!(meaning("ClientCertSomethingNew").is_certificate && !meaning("SomethingNew").is_certificate);
    }
}
