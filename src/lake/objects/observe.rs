//! Asking ELBv2 and CloudWatch about load balancers that have gaps: as every identity, in every region that was listed.

use std::collections::{BTreeMap, BTreeSet};

use alblog::LogKind;

use super::summary::Owner;
use super::verify::{Asked, Observed, Settings};
use crate::base::aws::{Arn, Budget, Identity, Refusal};
use crate::base::message::Message;
use crate::fleet::aws::cloudwatch;
use crate::fleet::aws::elbv2::{Elbv2, LoadBalancer, LoadBalancerType, LogSettings};
use crate::fleet::aws::vended::{Vended, vended};

/// What was found out.
#[derive(Debug, Default)]
pub struct Observations {
    /// Load balancers that are there, and what is known of those that were asked about.
    pub found: BTreeMap<Owner, Option<Observed>>,
    /// Accounts and regions of which all load balancers are in `found`.
    pub known: BTreeSet<(String, String)>,
    /// What could not be asked, each once, in words.
    pub problems: BTreeSet<Message>,
}

impl Observations {
    /// What is known of a load balancer whose objects were listed.
    pub fn of(&self, owner: &Owner) -> Observed {
        if let Some(Some(observed)) = self.found.get(owner) {
            return observed.clone();
        }
        let place = (owner.account.clone(), owner.region.clone());
        let settings = if self.known.contains(&place) {
            Settings::Gone
        } else {
            Settings::Unknown(format!("account {} in {} could not be asked", owner.account, owner.region))
        };
        Observed { settings, requests: Err(String::new()) }
    }
}

/// Asks about the Application Load Balancers there are: about those that `wants` says.
pub async fn observe(
    identities: &BTreeSet<Identity>,
    listed: &BTreeSet<String>,
    asked: &Asked,
    wants: impl Fn(&Owner) -> bool,
) -> Observations {
    let mut all = Observations::default();
    for identity in identities {
        let mut regions: BTreeSet<Option<String>> = listed.iter().cloned().map(Some).collect();
        if identity.region.is_some() || regions.is_empty() {
            regions.insert(identity.region.clone());
        }
        let mut accounts = BTreeSet::new();
        let mut whole = BTreeSet::new();
        for region in regions {
            let identity = Identity { region, ..identity.clone() };
            match look(&identity, asked, &wants, &mut all).await {
                Ok((region, in_region)) => {
                    whole.insert(region);
                    accounts.extend(in_region);
                }
                Err(problem) => {
                    all.problems.insert(problem);
                }
            }
        }
        // An identity is of one account, whose number only its load balancers tell.
        let known = accounts.iter().flat_map(|account| whole.iter().map(|region| (account.clone(), region.clone())));
        all.known.extend(known);
    }
    all
}

/// One region as one identity: the region, and the accounts of its load balancers.
async fn look(
    identity: &Identity,
    asked: &Asked,
    wants: &impl Fn(&Owner) -> bool,
    all: &mut Observations,
) -> Result<(String, BTreeSet<String>), Message> {
    let elbv2 = Elbv2::open(identity, Budget::default()).await?;
    let problem = |refusal: &Refusal| refusal.message().after(format_args!("{}: ", elbv2.region));
    let load_balancers = elbv2.load_balancers().await.map_err(|refusal| problem(&refusal))?;
    let (mut accounts, mut wanted) = (BTreeSet::new(), Vec::new());
    for one in load_balancers.into_iter().filter(|one| one.kind == LoadBalancerType::Application) {
        let Some(owner) = owner(&one.arn) else { continue };
        accounts.insert(owner.account.clone());
        let is_wanted = wants(&owner);
        // Two identities may see one account.
        if is_wanted && all.found.get(&owner).is_none_or(Option::is_none) {
            wanted.push((owner.clone(), one));
        }
        all.found.entry(owner).or_default();
    }
    if !wanted.is_empty() {
        ask(identity, &elbv2, asked, wanted, all).await;
    }
    Ok((elbv2.region.clone(), accounts))
}

async fn ask(
    identity: &Identity,
    elbv2: &Elbv2,
    asked: &Asked,
    wanted: Vec<(Owner, LoadBalancer)>,
    all: &mut Observations,
) {
    let identity = &Identity { region: Some(elbv2.region.clone()), ..identity.clone() };
    let arns: Vec<String> = wanted.iter().map(|(_, one)| one.arn.clone()).collect();
    let problem = |refusal: &Refusal| refusal.message().after(format_args!("{}: ", elbv2.region));
    let mut tags = elbv2.tags(&arns).await.unwrap_or_else(|refusal| {
        all.problems.insert(problem(&refusal));
        BTreeMap::new()
    });
    let vended = match vended(identity).await {
        Ok(Ok(vended)) => vended,
        Ok(Err(refusal)) => {
            all.problems.insert(problem(&refusal));
            Vended::new()
        }
        Err(error) => {
            all.problems.insert(error.into());
            Vended::new()
        }
    };
    let elbs: Vec<String> = wanted.iter().map(|(_, one)| one.elb().to_owned()).collect();
    let begin = asked.span.start.div_euclid(asked.period) * asked.period;
    let counted = cloudwatch::requests(identity, &elbs, &(begin..asked.span.end), asked.period).await;
    let mut counted = match counted.map_err(Message::from).and_then(|it| it.map_err(|it| problem(&it))) {
        Ok(counted) => Ok(counted),
        Err(text) => {
            all.problems.insert(text.clone());
            Err(text.text().to_owned())
        }
    };
    let mut refused = None;
    for (owner, one) in wanted {
        let settings = match &refused {
            Some(why) => Settings::Unknown(String::clone(why)),
            None => match elbv2.attributes(&one.arn).await {
                Ok(Some(attributes)) => {
                    let of = |kind| Some((kind, LogSettings::of(&attributes, kind)?));
                    Settings::Known {
                        tags: tags.remove(&one.arn).unwrap_or_default(),
                        logs: LogKind::ALL.into_iter().filter_map(of).collect(),
                        vended: vended.get(&one.arn).cloned().unwrap_or_default(),
                    }
                }
                Ok(None) => Settings::Gone,
                Err(refusal) => {
                    let text = problem(&refusal);
                    let why = text.text().to_owned();
                    all.problems.insert(text);
                    // Others will be refused too.
                    Settings::Unknown(refused.insert(why).clone())
                }
            },
        };
        let requests = match &mut counted {
            Ok(counted) => Ok(counted.remove(one.elb()).unwrap_or_default()),
            Err(why) => Err(why.clone()),
        };
        all.found.insert(owner, Some(Observed { settings, requests }));
    }
}

/// Whose logs those of a load balancer are.
fn owner(arn: &str) -> Option<Owner> {
    let arn = Arn::parse(arn)?;
    let (name, id) = arn.load_balancer()?.strip_prefix("app/")?.split_once('/')?;
    let text = str::to_owned;
    Some(Owner { name: text(name), id: text(id), account: text(arn.account), region: text(arn.region) })
}
