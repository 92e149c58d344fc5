//! The platform: what other teams and their programs use. A table only.

use super::Access::Open;
use super::Audience::{Apps, Browsers, GrpcClients};
use super::Protocol::{Grpc, Http};
use super::{HostTemplate, ServiceTemplate};

pub(super) const PLATFORM: &[HostTemplate] = &[
    HostTemplate {
        name: "api",
        audience: Apps,
        access: Open,
        weight: 52,
        services: &[
            ServiceTemplate {
                namespace: "search",
                name: "query-svc",
                protocol: Http,
                port: 8080,
                pods: 20,
                weight: 62,
                median_ms: 61.0,
                spread: 0.7,
                bytes: 8_400.0,
                paths: &[
                    ("GET", "/search/v1/query?q={word}+{word}&size=20&session={token}"),
                    ("GET", "/search/v1/suggest?prefix={word}&session={token}"),
                    ("POST", "/search/v1/query/batch"),
                ],
            },
            ServiceTemplate {
                namespace: "billing",
                name: "billing-api",
                protocol: Http,
                port: 8443,
                pods: 3,
                weight: 38,
                median_ms: 22.0,
                spread: 0.8,
                bytes: 2_600.0,
                paths: &[
                    ("GET", "/billing/v1/customers/{uuid}/invoices?page={page}"),
                    ("GET", "/billing/v1/invoices/{uuid}"),
                    ("POST", "/billing/v1/usage"),
                    ("DELETE", "/billing/v1/drafts/{id}"),
                ],
            },
        ],
    },
    HostTemplate {
        name: "grpc",
        audience: GrpcClients,
        access: Open,
        weight: 34,
        services: &[
            ServiceTemplate {
                namespace: "telemetry",
                name: "ingest",
                protocol: Grpc,
                port: 9002,
                pods: 12,
                weight: 70,
                median_ms: 7.0,
                spread: 0.5,
                bytes: 430.0,
                paths: &[
                    ("POST", "/example.metrics.v1.MetricsService/ReportMetrics"),
                    ("POST", "/example.samples.v1.SamplesService/ReportSamples"),
                ],
            },
            ServiceTemplate {
                namespace: "flags",
                name: "flagd",
                protocol: Grpc,
                port: 8013,
                pods: 2,
                weight: 30,
                median_ms: 2.0,
                spread: 0.4,
                bytes: 380.0,
                paths: &[
                    ("POST", "/flagd.evaluation.v1.Service/ResolveAll"),
                    ("POST", "/flagd.evaluation.v1.Service/ResolveBoolean"),
                ],
            },
        ],
    },
    HostTemplate {
        name: "auth",
        audience: Browsers,
        access: Open,
        weight: 14,
        services: &[ServiceTemplate {
            namespace: "auth",
            name: "dex",
            protocol: Http,
            port: 5556,
            pods: 2,
            weight: 1,
            median_ms: 4.0,
            spread: 0.5,
            bytes: 1_400.0,
            paths: &[
                ("GET", "/keys"),
                ("GET", "/.well-known/openid-configuration"),
                ("POST", "/token"),
                ("GET", "/auth?client_id={word}&response_type=code&scope=openid+profile&state={uuid}"),
                ("GET", "/userinfo"),
            ],
        }],
    },
];
