//! Whose an ingress is: its class, by annotation or field, and the class's parameters.

use super::selector::{self, Match};
use crate::fleet::kubernetes::objects::{Object, Objects};
use crate::fleet::kubernetes::stack::Maker;

const CLASS: &str = "kubernetes.io/ingress.class";
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";
const PARAMETERS: &str = "IngressClassParams";
/// What the controller's `--ingress-class` is unless it was started otherwise.
const ANNOTATED: &str = "alb";

/// An ingress as a controller takes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) maker: Maker,
    pub(super) ingress: &'a Object,
    /// Its class, unless an old annotation names it.
    pub(super) class: Option<&'a Object>,
    pub(super) parameters: Option<&'a Object>,
}

/// What a controller makes of an ingress.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// As it is taken with the controller's own defaults; `None` if it is not.
    pub(super) taken: Option<Member<'a>>,
    /// As it would be taken if the controller was started with other flags, which nothing in the cluster shows.
    pub(super) possible: Vec<Member<'a>>,
}

/// Why it cannot be told whose an ingress is.
#[derive(Debug)]
pub(super) enum Doubt<'a> {
    /// Its class is invalid: the controller goes on without it, unless it has marked it as a member. Then it stops.
    Invalid(String),
    /// What would tell was not read: it may be taken, as this one.
    Unsure(Member<'a>, String),
    /// What would tell cannot be read at all: it may belong to any group.
    Unread(String),
    /// The controller can load no group at all.
    Stops(String),
}

/// Reads whose an ingress is.
pub(super) fn classify<'a>(objects: &'a Objects, ingress: &'a Object) -> Result<Reading<'a>, Doubt<'a>> {
    ingress.checked().map_err(Doubt::Unread)?;
    let without_class = Member { maker: Maker::Controller, ingress, class: None, parameters: None };
    let named = ingress.text("/spec/ingressClassName").map_err(Doubt::Unread)?;
    // The annotation goes before the field, and comes without parameters. Which annotation is the controller's is one of its
    // flags, and so is whether it looks at annotations at all.
    if let Some(annotated) = ingress.annotation(CLASS) {
        let by_field = named.and_then(|name| by_class(objects, ingress, find(objects, ingress, name).ok()?).ok()?);
        let (taken, other) =
            if annotated == ANNOTATED { (Some(without_class), None) } else { (None, Some(without_class)) };
        return Ok(Reading { taken, possible: other.into_iter().chain(by_field).collect() });
    }
    let class = match named {
        Some(name) => Some(find(objects, ingress, name)?),
        None => default_class(objects)?,
    };
    let Some(class) = class else {
        // Started with an empty `--ingress-class`, the controller manages those as well.
        return Ok(Reading { taken: None, possible: vec![without_class] });
    };
    Ok(Reading { taken: by_class(objects, ingress, class)?, possible: Vec::new() })
}

fn find<'a>(objects: &'a Objects, ingress: &Object, name: &str) -> Result<&'a Object, Doubt<'a>> {
    objects.get("IngressClass", "", name).ok_or_else(|| {
        let why = format!("IngressClass {name} of {} was not read", ingress.full_name());
        if objects.of_kind("IngressClass").next().is_none() { Doubt::Unread(why) } else { Doubt::Invalid(why) }
    })
}

/// The ingress as a member by its class; `None` if the class is another controller's.
fn by_class<'a>(objects: &'a Objects, ingress: &'a Object, class: &'a Object) -> Result<Option<Member<'a>>, Doubt<'a>> {
    let controller = class.checked().and_then(|class| class.text("/spec/controller")).map_err(Doubt::Unread)?;
    let Some(maker) = controller.and_then(Maker::of_class) else { return Ok(None) };
    let parameters = parameters(objects, maker, class)?;
    let member = Member { maker, ingress, class: Some(class), parameters };
    let Some(parameters) = parameters else { return Ok(Some(member)) };
    match selector::matches(objects, parameters, &ingress.namespace).map_err(Doubt::Unread)? {
        Match::Yes => Ok(Some(member)),
        Match::No => {
            let name = ingress.full_name();
            Err(Doubt::Invalid(format!("the namespaceSelector of {PARAMETERS} {} keeps {name} out", parameters.name)))
        }
        Match::Unread => {
            let why = format!(
                "namespace {} was not read, and {PARAMETERS} {} selects by its labels",
                ingress.namespace, parameters.name
            );
            Err(Doubt::Unsure(member, why))
        }
    }
}

fn default_class(objects: &Objects) -> Result<Option<&Object>, Doubt<'_>> {
    let mut classes = objects.of_kind("IngressClass").filter(|class| class.annotation(DEFAULT_CLASS) == Some("true"));
    match (classes.next(), classes.next()) {
        // With the parameters of the one that is, it may be of any group.
        (None, None) if objects.hides("IngressClass") => {
            Err(Doubt::Unread("IngressClasses may not be read, and one of them may be the default".to_owned()))
        }
        (class, None) => Ok(class),
        _ => Err(Doubt::Stops("multiple default IngressClasses found".to_owned())),
    }
}

/// The class's parameters, if it has any.
fn parameters<'a>(objects: &'a Objects, maker: Maker, class: &Object) -> Result<Option<&'a Object>, Doubt<'a>> {
    let Some(reference) = class.field("/spec/parameters").map_err(Doubt::Unread)? else { return Ok(None) };
    let text = |name: &str| reference.get(name).and_then(serde_json::Value::as_str);
    let ours = text("kind") == Some(PARAMETERS) && text("apiGroup") == Some(maker.parameters());
    let name = text("name").filter(|_| ours);
    let unknown = || format!("IngressClass {} references unknown parameters", class.name);
    let name = name.ok_or_else(|| Doubt::Invalid(unknown()))?;
    let found = objects.get_of(&[maker.parameters()], PARAMETERS, "", name).ok_or_else(|| {
        let why = format!("{PARAMETERS} {name} of class {} was not read", class.name);
        // Kinds of one name in two API groups are read by themselves: one of them says nothing about the other.
        if objects.has(maker.parameters(), PARAMETERS) { Doubt::Invalid(why) } else { Doubt::Unread(why) }
    })?;
    found.checked().map(Some).map_err(Doubt::Unread)
}
