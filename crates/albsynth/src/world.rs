//! The invented company as it stands: load balancers with nodes, hosts, target groups and pods, named and addressed.
//!
//! Made once from the seed; the tables it is made from are in [`super::catalogue`]. No address here belongs to anybody:
//! nodes are in the ranges for documentation (RFC 5737), pods in private ones.

use super::SynthSpec;
use super::catalogue::{BALANCERS, BalancerTemplate, HostTemplate, Protocol, ServiceTemplate};
use super::dice::{Dice, Purpose, Weights, index_of, mix};
use super::text::{push_hex, push_uuid};
use alblog::partition::Partition;
use alblog::time::{HOUR, MINUTE};

/// How long a service is in trouble.
pub(super) const TROUBLE: i64 = 12 * MINUTE;

/// A load balancer.
pub(super) struct Balancer {
    pub(super) name: String,
    pub(super) id: String,
    /// As lines name it: `app/<name>/<id>`.
    pub(super) elb: String,
    pub(super) template: &'static BalancerTemplate,
    pub(super) nodes: Vec<Node>,
    pub(super) hosts: Vec<Host>,
    pub(super) host_weights: Weights,
    pub(super) number: u64,
}

/// A node of a load balancer.
pub(super) struct Node {
    /// Counted over all load balancers.
    pub(super) number: u64,
    pub(super) ip: String,
}

/// A host name with its certificate and services.
pub(super) struct Host {
    pub(super) name: String,
    pub(super) certificate: String,
    pub(super) template: &'static HostTemplate,
    pub(super) services: Vec<Service>,
    pub(super) service_weights: Weights,
}

/// A service: a target group and its targets.
pub(super) struct Service {
    pub(super) template: &'static ServiceTemplate,
    /// Counted within the load balancer.
    pub(super) number: u64,
    pub(super) group: String,
    pub(super) group_arn: String,
    /// `address:port` of each pod; of a Lambda target, the function's ARN.
    pub(super) targets: Vec<String>,
    /// Priority of the listener rule that leads here.
    pub(super) rule: u64,
}

/// All load balancers of a specification.
pub(super) fn balancers(spec: &SynthSpec) -> Vec<Balancer> {
    let mut maker = Maker { spec, dice: Dice::new(spec.seed, Purpose::World, 0), nodes: 0 };
    (0..spec.load_balancers).map(|number| maker.balancer(number)).collect()
}

struct Maker<'s> {
    spec: &'s SynthSpec,
    dice: Dice,
    nodes: u64,
}

impl Maker<'_> {
    fn balancer(&mut self, number: usize) -> Balancer {
        let template = &BALANCERS[number % BALANCERS.len()];
        let copy = number / BALANCERS.len();
        let name = format!("k8s-{}-{}", template.name, self.hex(10));
        let id = self.hex(16);
        let nodes = (0..self.spec.nodes_per_load_balancer).map(|_| self.node()).collect();
        let mut services = 0;
        let hosts = template.hosts.iter().map(|host| self.host(host, copy, &mut services)).collect();
        Balancer {
            elb: format!("app/{name}/{id}"),
            name,
            id,
            template,
            nodes,
            hosts,
            host_weights: Weights::new(template.hosts.iter().map(|host| host.weight)),
            number: number as u64,
        }
    }

    fn node(&mut self) -> Node {
        const NETWORKS: [&str; 3] = ["203.0.113", "198.51.100", "192.0.2"];
        let number = self.nodes;
        self.nodes += 1;
        // 37 and 254 have no common divisor: no address comes twice in a network.
        let (network, address) = (NETWORKS[index_of(number, 3)], (number / 3 * 37 + 11) % 254 + 1);
        Node { number, ip: format!("{network}.{address}") }
    }

    fn host(&mut self, template: &'static HostTemplate, copy: usize, services: &mut u64) -> Host {
        let SynthSpec { region, account, .. } = self.spec;
        let certificate =
            format!("arn:{}:acm:{region}:{account}:certificate/{}", Partition::of(region).name, self.uuid());
        let name = match copy {
            0 => format!("{}.example.com", template.name),
            copy => format!("{}-{}.example.com", template.name, copy + 1),
        };
        let made = template.services.iter().map(|service| {
            *services += 1;
            self.service(service, *services)
        });
        let made = made.collect();
        let service_weights = Weights::new(template.services.iter().map(|service| service.weight));
        Host { name, certificate, template, services: made, service_weights }
    }

    fn service(&mut self, template: &'static ServiceTemplate, number: u64) -> Service {
        let SynthSpec { region, account, .. } = self.spec;
        let aws = Partition::of(region).name;
        let group = match template.protocol {
            // The controller does not make Lambda target groups: somebody named this one.
            Protocol::Lambda => format!("{}-{}", template.namespace, template.name),
            _ => format!("k8s-{}-{}-{}", short(template.namespace), short(template.name), self.hex(10)),
        };
        let group_arn =
            format!("arn:{aws}:elasticloadbalancing:{region}:{account}:targetgroup/{group}/{}", self.hex(16));
        let targets = match template.protocol {
            Protocol::Lambda => vec![format!("arn:{aws}:lambda:{region}:{account}:function:{}", template.name)],
            _ => (0..template.pods).map(|_| self.pod(template.port)).collect(),
        };
        Service { template, number, group, group_arn, targets, rule: number * 10 }
    }

    fn pod(&mut self, port: u16) -> String {
        let address = self.dice.below(3 * 64 * 250);
        format!("10.0.{}.{}:{port}", address / 250, address % 250 + 4)
    }

    fn hex(&mut self, digits: u32) -> String {
        let bits = self.dice.wide_bits();
        written(|out| push_hex(out, bits, digits))
    }

    fn uuid(&mut self) -> String {
        let bits = self.dice.wide_bits();
        written(|out| push_uuid(out, bits))
    }
}

impl Balancer {
    /// Whether a service is in trouble at this time. In every hour one service of each load balancer is, for twelve
    /// minutes: its first pod is sick, and the others are slow. Gives reports something to find.
    pub(super) fn in_trouble(&self, service: &Service, seed: u64, time: i64) -> bool {
        let (victim, begin) = self.trouble(seed, time.div_euclid(HOUR));
        service.number == victim && (begin..begin + TROUBLE).contains(&time)
    }

    /// Number of the service that is in trouble in this hour since the epoch, and from when on.
    pub(super) fn trouble(&self, seed: u64, hour: i64) -> (u64, i64) {
        let bits = mix(seed ^ mix(hour.unsigned_abs() * 1000 + self.number));
        let services: usize = self.hosts.iter().map(|host| host.services.len()).sum();
        let begin = i64::try_from(bits >> 32).unwrap_or(0) % 45 * MINUTE;
        let victim = bits % (services as u64) + 1;
        (victim, hour * HOUR + begin)
    }
}

/// The first eight letters and digits, as the controller shortens names.
fn short(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).take(8).collect()
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}
