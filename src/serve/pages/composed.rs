//! Pages of several reports: the overview, and one for each thing that logs know of. Without a name they list what there is, and
//! every name is a link.

use super::filters::{Filters, Key};
use super::panel::{Panel, Shows};

/// Which reports a page is made of.
pub(super) struct Composition {
    pub(super) path: &'static str,
    /// What it is about: `Service`.
    pub(super) title: &'static str,
    /// Parameters of which one has to be there.
    keys: &'static [Key],
    panels: &'static [Panel],
    /// Lists what there is, where none is named.
    index: Option<Panel>,
}

const fn panel(report: &'static str, title: &'static str, set: &'static [(Key, &'static str)], shows: Shows) -> Panel {
    Panel { report, title, set, shows }
}

/// What happened, of which everything else is a part.
const GLANCE: Panel = panel("overview", "At a glance", &[], Shows::All);
const FEW: (Key, &str) = (Key::Top, "10");

static COMPOSITIONS: [Composition; 7] = [
    Composition { path: "/", title: "Overview", keys: &[], panels: &[GLANCE], index: None },
    Composition {
        path: "/service",
        title: "Service",
        keys: &[Key::Service, Key::TargetGroup],
        panels: &[
            GLANCE,
            panel("targets", "Targets against each other", &[], Shows::Table),
            panel("paths", "Routes", &[FEW], Shows::Table),
            panel("clients", "Clients", &[FEW], Shows::Table),
            panel("health", "Health checks", &[FEW], Shows::Table),
        ],
        index: Some(panel("latency", "Services and target groups", &[], Shows::Table)),
    },
    Composition {
        path: "/load-balancer",
        title: "Load balancer",
        keys: &[Key::Elb],
        panels: &[
            GLANCE,
            panel("rules", "Listener rules", &[], Shows::Table),
            panel("tls", "TLS by host", &[FEW], Shows::Table),
            panel("handshakes", "TLS handshakes", &[FEW], Shows::Table),
            panel("health", "Health checks", &[FEW], Shows::Table),
        ],
        index: Some(panel("latency", "Load balancers", &[(Key::By, "elb")], Shows::Table)),
    },
    Composition {
        path: "/target",
        title: "Target",
        keys: &[Key::Target],
        panels: &[
            GLANCE,
            panel("health", "Health checks", &[FEW], Shows::Table),
            panel("paths", "Routes", &[FEW], Shows::Table),
            panel("status-codes", "Status codes", &[FEW], Shows::Table),
            panel("slow", "The slowest requests", &[FEW], Shows::Table),
        ],
        index: Some(panel("targets", "Targets", &[], Shows::Table)),
    },
    Composition {
        path: "/host",
        title: "Host",
        keys: &[Key::Host],
        panels: &[
            GLANCE,
            panel("paths", "Routes", &[FEW], Shows::Table),
            panel("clients", "Clients", &[FEW], Shows::Table),
            panel("tls", "TLS by user agent", &[(Key::By, "user_agent"), FEW], Shows::Table),
            panel("redirects", "Redirects", &[FEW], Shows::Table),
        ],
        index: Some(panel("hosts", "Hosts", &[], Shows::Table)),
    },
    Composition {
        path: "/route",
        title: "Route",
        keys: &[Key::Path],
        panels: &[
            GLANCE,
            panel("latency", "Latency by target", &[(Key::By, "target"), FEW], Shows::Table),
            panel("clients", "Clients", &[FEW], Shows::Table),
            panel("slow", "The slowest requests", &[FEW], Shows::Table),
        ],
        index: Some(panel("paths", "Routes", &[], Shows::Table)),
    },
    Composition {
        path: "/client",
        title: "Client",
        keys: &[Key::Client],
        panels: &[
            GLANCE,
            panel("paths", "What it asks for", &[FEW], Shows::Table),
            panel("status-codes", "What it gets", &[FEW], Shows::Table),
            panel("user-agents", "With what it asks", &[(Key::By, "agent"), FEW], Shows::Table),
            panel("handshakes", "TLS handshakes", &[FEW], Shows::Table),
        ],
        index: Some(panel("clients", "Clients", &[], Shows::Table)),
    },
];

/// The composition of a path.
pub(super) fn find(path: &str) -> Option<&'static Composition> {
    COMPOSITIONS.iter().find(|composition| composition.path == path)
}

impl Composition {
    /// Its panels: those of what is named, or the one that lists what could be.
    pub(super) fn panels(&self, filters: &Filters) -> Vec<&Panel> {
        let is_named = self.keys.is_empty() || self.keys.iter().any(|key| filters.get(*key).is_some());
        match &self.index {
            Some(index) if !is_named => vec![index],
            _ => self.panels.iter().collect(),
        }
    }

    /// What the page is about, by name: `Service checkout/checkout-api`.
    pub(super) fn name(&self, filters: &Filters) -> String {
        let names: Vec<&str> = self.keys.iter().flat_map(|key| filters.all(*key)).collect();
        match names.as_slice() {
            [] if self.keys.is_empty() => self.title.to_owned(),
            [] => format!("{}s", self.title),
            names => format!("{} {}", self.title, names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::library;

    #[test]
    fn panels_are_reports_that_there_are() {
        let names = library::names();
        for composition in &COMPOSITIONS {
            for panel in composition.panels.iter().chain(&composition.index) {
                assert!(names.iter().any(|name| name == panel.report), "{}", panel.report);
                let choices = library::dimensions(Some(panel.report));
                for (key, value) in panel.set {
                    assert!(*key != Key::By || choices.iter().any(|choice| choice == value), "{}", panel.report);
                }
            }
        }
    }

    #[test]
    fn a_page_of_nothing_lists_what_there_is() {
        let page = find("/host").unwrap();
        let filters = Filters::read("since=1h").unwrap();
        assert_eq!((page.name(&filters).as_str(), page.panels(&filters).len()), ("Hosts", 1));
        let filters = Filters::read("host=a&host=b").unwrap();
        assert_eq!((page.name(&filters).as_str(), page.panels(&filters).len()), ("Host a, b", 5));
        assert!(find("/etc/passwd").is_none());
    }
}
