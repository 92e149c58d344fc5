//! `OVER (w ORDER BY time)` of a named window: the engine knows `OVER w`, and forgets the name in parentheses, so that what the name
//! stands for is written out.

use std::collections::BTreeMap;

use datafusion::common::{DataFusionError, Result};
use datafusion::sql::sqlparser::ast::{
    Expr, NamedWindowDefinition, NamedWindowExpr, Query, Select, SetExpr, Spanned, Statement, VisitMut, WindowSpec,
    WindowType,
};

use super::build::{each_expr, each_query, refusal};

/// Windows by their names, in small letters.
type Named = BTreeMap<String, WindowSpec>;

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_query(statement, |query: &mut Query| {
        let SetExpr::Select(select) = query.body.as_mut() else { return Ok(()) };
        let named = named(select)?;
        each_window(select.as_mut(), &named)?;
        if let Some(order) = &mut query.order_by {
            each_window(order, &named)?;
        }
        Ok(())
    })
}

/// The windows of a `SELECT`, in each of which those before it are written out.
fn named(select: &Select) -> Result<Named> {
    let mut named = Named::new();
    for NamedWindowDefinition(name, window) in &select.named_window {
        let at = Expr::Identifier(name.clone());
        let spec = match window {
            NamedWindowExpr::WindowSpec(spec) => written_out(spec, &named, &at)?,
            NamedWindowExpr::NamedWindow(_) => {
                return Err(refusal(&at, "a window is no other window's name alone", "WINDOW a AS (b)"));
            }
        };
        if named.insert(name.value.to_lowercase(), spec).is_some() {
            return Err(refusal(&at, format!("two windows are called {}", name.value), ""));
        }
    }
    Ok(named)
}

fn each_window(tree: &mut impl VisitMut, named: &Named) -> Result<()> {
    each_expr(tree, |expr| {
        let Expr::Function(function) = expr else { return Ok(()) };
        let Some(WindowType::WindowSpec(spec)) = &function.over else { return Ok(()) };
        let spec = written_out(spec, named, function)?;
        function.over = Some(WindowType::WindowSpec(spec));
        Ok(())
    })
}

/// A window with what the name in it stands for.
fn written_out(spec: &WindowSpec, named: &Named, at: &impl Spanned) -> Result<WindowSpec> {
    let Some(name) = &spec.window_name else { return Ok(spec.clone()) };
    let refused = |message: String, hint| -> Result<WindowSpec, DataFusionError> { Err(refusal(at, message, hint)) };
    let Some(base) = named.get(&name.value.to_lowercase()) else {
        return refused(format!("no window named {}", name.value), "WINDOW name AS (PARTITION BY …)");
    };
    if !spec.partition_by.is_empty() {
        return refused("a window that begins with a name has no PARTITION BY of its own".to_owned(), "");
    }
    if !spec.order_by.is_empty() && !base.order_by.is_empty() {
        return refused(format!("the window {} has an order already", name.value), "");
    }
    if base.window_frame.is_some() {
        return refused(format!("the window {} has a frame, and is no part of another", name.value), "OVER name");
    }
    let order_by = if spec.order_by.is_empty() { base.order_by.clone() } else { spec.order_by.clone() };
    Ok(WindowSpec {
        window_name: None,
        partition_by: base.partition_by.clone(),
        order_by,
        window_frame: spec.window_frame.clone(),
    })
}
