//! The back office: what staff and partners use. A table only.

use super::Access::{Certificate, Login, Open};
use super::Audience::{Browsers, Machines};
use super::Protocol::{Http, Lambda};
use super::{HostTemplate, ServiceTemplate};

pub(super) const BACK_OFFICE: &[HostTemplate] = &[
    HostTemplate {
        name: "admin",
        audience: Browsers,
        access: Login,
        weight: 48,
        services: &[
            ServiceTemplate {
                namespace: "backoffice",
                name: "admin-ui",
                protocol: Http,
                port: 80,
                pods: 2,
                weight: 82,
                median_ms: 17.0,
                spread: 0.7,
                bytes: 14_000.0,
                paths: &[
                    ("GET", "/orders?status={word}&page={page}"),
                    ("GET", "/orders/{id}"),
                    ("GET", "/assets/app.{asset}.js"),
                    ("POST", "/orders/{id}/notes"),
                    ("GET", "/customers/{uuid}"),
                ],
            },
            ServiceTemplate {
                namespace: "legacy",
                name: "reporting-web",
                protocol: Http,
                port: 8081,
                pods: 1,
                weight: 18,
                median_ms: 240.0,
                spread: 1.1,
                bytes: 64_000.0,
                paths: &[
                    ("GET", "/reports/{word}/daily?from=2026-11-01&to=2026-11-20&format=csv"),
                    ("GET", "/reports/{word}/summary"),
                    ("POST", "/reports/run"),
                ],
            },
        ],
    },
    HostTemplate {
        name: "partners",
        audience: Machines,
        access: Certificate,
        weight: 32,
        services: &[ServiceTemplate {
            namespace: "partners",
            name: "partner-gateway",
            protocol: Http,
            port: 8080,
            pods: 3,
            weight: 1,
            median_ms: 31.0,
            spread: 0.8,
            bytes: 1_200.0,
            paths: &[
                ("POST", "/partner/v1/stock/{id}"),
                ("GET", "/partner/v1/orders?since={uuid}&limit=100"),
                ("PUT", "/partner/v1/prices/{id}"),
            ],
        }],
    },
    HostTemplate {
        name: "hooks",
        audience: Machines,
        access: Open,
        weight: 20,
        services: &[
            ServiceTemplate {
                namespace: "hooks",
                name: "webhook-receiver",
                protocol: Http,
                port: 8080,
                pods: 2,
                weight: 85,
                median_ms: 5.0,
                spread: 0.6,
                bytes: 210.0,
                paths: &[("POST", "/hooks/{word}/{uuid}"), ("POST", "/hooks/{word}")],
            },
            ServiceTemplate {
                namespace: "hooks",
                name: "export-orders",
                protocol: Lambda,
                port: 0,
                pods: 1,
                weight: 15,
                median_ms: 180.0,
                spread: 0.6,
                bytes: 700.0,
                paths: &[("POST", "/export/orders?after={id}")],
            },
        ],
    },
];
