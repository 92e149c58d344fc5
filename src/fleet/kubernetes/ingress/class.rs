//! Whose an ingress is: its class, by annotation or field, and the class's parameters.

use crate::fleet::kubernetes::objects::{Object, Objects};
use crate::fleet::kubernetes::stack::Maker;

const CLASS: &str = "kubernetes.io/ingress.class";
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";
const PARAMETERS: &str = "IngressClassParams";
/// What the controller writes on ingresses that it manages: one for an ingress alone, and how those of groups begin.
const FINALIZERS: [&str; 2] = ["ingress.k8s.aws/resources", "group.ingress.k8s.aws/"];

/// An ingress that a controller manages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) maker: Maker,
    pub(super) ingress: &'a Object,
    /// Its class, unless an old annotation names it.
    pub(super) class: Option<&'a Object>,
    pub(super) parameters: Option<&'a Object>,
}

/// Why it cannot be told whose an ingress is.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) why: String,
    /// It may belong to any group, not only to one that its annotation names: what would tell cannot be read at all.
    pub(super) of_any_group: bool,
}

impl Doubt {
    pub(super) fn of_any_group(why: String) -> Self {
        Self { why, of_any_group: true }
    }
}

/// The ingress as a member of some group; `None` if another controller's.
pub(super) fn classify<'a>(objects: &'a Objects, ingress: &'a Object) -> Result<Option<Member<'a>>, Doubt> {
    ingress.checked().map_err(Doubt::of_any_group)?;
    let without_class = Member { maker: Maker::Controller, ingress, class: None, parameters: None };
    // The annotation goes before the field, and comes without parameters. Others than `alb` may be the controller's, too,
    // if it was started with `--ingress-class`.
    if let Some(class) = ingress.annotation(CLASS) {
        return Ok((matches!(class, "alb" | "") || is_managed(ingress)).then_some(without_class));
    }
    let named = ingress.text("/spec/ingressClassName").map_err(Doubt::of_any_group)?;
    let class = match named {
        Some(name) => objects.get("IngressClass", "", name).ok_or_else(|| {
            let why = format!("IngressClass {name} of {} was not read", ingress.full_name());
            Doubt { why, of_any_group: objects.of_kind("IngressClass").next().is_none() }
        })?,
        None => match default_class(objects)? {
            Some(class) => class,
            // Unless it was started with `--ingress-class`, the controller manages those as well.
            None => return Ok(Some(without_class)),
        },
    };
    let controller = class.checked().and_then(|class| class.text("/spec/controller")).map_err(Doubt::of_any_group)?;
    let Some(maker) = controller.and_then(Maker::of_class) else { return Ok(None) };
    let parameters = parameters(objects, maker, class)?;
    Ok(Some(Member { maker, ingress, class: Some(class), parameters }))
}

fn is_managed(ingress: &Object) -> bool {
    let [alone, of_group] = FINALIZERS;
    ingress.finalizers().any(|finalizer| finalizer == alone || finalizer.starts_with(of_group))
}

fn default_class(objects: &Objects) -> Result<Option<&Object>, Doubt> {
    let mut classes = objects.of_kind("IngressClass").filter(|class| class.annotation(DEFAULT_CLASS) == Some("true"));
    match (classes.next(), classes.next()) {
        (class, None) => Ok(class),
        _ => Err(Doubt::of_any_group("multiple default IngressClasses found".to_owned())),
    }
}

/// The class's parameters, if it has any.
fn parameters<'a>(objects: &'a Objects, maker: Maker, class: &Object) -> Result<Option<&'a Object>, Doubt> {
    let Some(reference) = class.field("/spec/parameters").map_err(Doubt::of_any_group)? else { return Ok(None) };
    let text = |name: &str| reference.get(name).and_then(serde_json::Value::as_str);
    let ours = text("kind") == Some(PARAMETERS) && text("apiGroup") == Some(maker.parameters());
    let name = text("name").filter(|_| ours);
    let unknown = || format!("IngressClass {} references unknown parameters", class.name);
    let name = name.ok_or_else(|| Doubt { why: unknown(), of_any_group: false })?;
    let found = objects.get_of(maker.parameters(), PARAMETERS, name).ok_or_else(|| {
        let why = format!("{PARAMETERS} {name} of class {} was not read", class.name);
        Doubt { why, of_any_group: objects.of_kind(PARAMETERS).next().is_none() }
    })?;
    found.checked().map(Some).map_err(Doubt::of_any_group)
}
