//! What stands in and behind the parentheses of a call: `DISTINCT`, `ORDER BY`, `FILTER`, `OVER`, `IGNORE NULLS`. The engine ignores
//! it where it has no meaning, as in `lower(DISTINCT elb)`, and Trino refuses it.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList,
    FunctionArguments, NullTreatment, Statement,
};

use super::build::{arguments, each_expr, name, refusal};

/// Trino's aggregates, and those of the engine that are here besides.
const AGGREGATES: &str = "any_value approx_distinct approx_median approx_most_frequent approx_percentile \
    approx_percentile_cont approx_set arbitrary array_agg avg bit_and bit_or bit_xor bitwise_and_agg bitwise_or_agg \
    bitwise_xor_agg bool_and bool_or checksum corr count count_if covar_pop covar_samp entropy every geometric_mean \
    grouping histogram kurtosis listagg map_agg map_union max max_by mean median merge min min_by multimap_agg \
    numeric_histogram percentile_cont qdigest_agg reduce_agg regr_avgx regr_avgy regr_count regr_intercept regr_r2 \
    regr_slope regr_sxx regr_sxy regr_syy set_agg set_union skewness stddev stddev_pop stddev_samp string_agg sum \
    tdigest_agg var var_pop var_samp variance";

/// Functions that are of a window only.
const OF_WINDOWS: &str =
    "cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number";

/// Those of them that can leave NULLs out.
const IGNORE_NULLS: &str = "first_value lag last_value lead nth_value";

fn is_one_of(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|known| known == name)
}

pub(super) fn refuse(statement: &mut Statement) -> Result<()> {
    each_expr(statement, |expr| match expr {
        Expr::Function(function) => match foreign(function) {
            Some((message, hint)) => Err(refusal(&*function, message, hint)),
            None => Ok(()),
        },
        _ => Ok(()),
    })
}

/// Why a call is none of Trino's, and what to write instead.
fn foreign(function: &Function) -> Option<(String, &'static str)> {
    let called = name(function);
    let list = match &function.args {
        FunctionArguments::List(list) => list,
        FunctionArguments::None => return None,
        FunctionArguments::Subquery(_) => {
            return Some((
                format!("a query as the argument of {called} is not Athena's SQL"),
                "(SELECT array_agg(x) FROM …) is a list",
            ));
        }
    };
    of_name(&called, function)
        .or_else(|| of_list(&called, list))
        .or_else(|| of_window(&called, function, list))
        .or_else(|| of_scalar(&called, function, list))
}

fn of_name(called: &str, function: &Function) -> Option<(String, &'static str)> {
    if function.uses_odbc_syntax || !matches!(function.parameters, FunctionArguments::None) {
        return Some((format!("such a call of {called} is not Athena's SQL"), "name(arguments)"));
    }
    match called {
        "position" => {
            Some(("position(a, b) is not Athena's SQL".to_owned(), "strpos(text, piece), or position(piece IN text)"))
        }
        "unnest" => Some((
            "unnest(…) in the place of a value is not Athena's SQL".to_owned(),
            "CROSS JOIN UNNEST(…) AS t(x) makes rows of a list",
        )),
        "listagg" if function.within_group.is_empty() => {
            Some(("listagg lacks an order".to_owned(), "listagg(x, ',') WITHIN GROUP (ORDER BY x)"))
        }
        "listagg" => None,
        _ if !function.within_group.is_empty() => Some((
            format!("WITHIN GROUP after {called} is not Athena's SQL"),
            "approx_percentile(x, 0.5) is a median, max_by(x, y) the x of the greatest y",
        )),
        _ => None,
    }
}

/// What is between the parentheses.
fn of_list(called: &str, list: &FunctionArgumentList) -> Option<(String, &'static str)> {
    let clause = list.clauses.iter().find_map(|clause| match clause {
        FunctionArgumentClause::OrderBy(_) => None,
        FunctionArgumentClause::OnOverflow(_) if called == "listagg" => None,
        FunctionArgumentClause::IgnoreOrRespectNulls(_) => {
            Some(("IGNORE NULLS within the parentheses", "it stands between them and OVER"))
        }
        FunctionArgumentClause::Limit(_) => Some(("LIMIT within a call", "slice(array_agg(x), 1, n)")),
        _ => Some(("such a clause within a call", "")),
    });
    if let Some((what, hint)) = clause {
        return Some((format!("{what} is not Athena's SQL"), hint));
    }
    let has_rule = list.duplicate_treatment.is_some();
    list.args.iter().find_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if has_rule => {
            Some((format!("{called}(DISTINCT *) is not Athena's SQL"), "count(DISTINCT (a, b)) counts different pairs"))
        }
        FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(_)) => {
            Some((format!("{called}(t.*) is not Athena's SQL"), "count(*) counts rows"))
        }
        FunctionArg::Named { .. } | FunctionArg::ExprNamed { .. } => {
            Some((format!("arguments of {called} have no names in Athena's SQL"), "name(a, b)"))
        }
        FunctionArg::Unnamed(_) => None,
    })
}

/// What stands with `OVER`.
fn of_window(called: &str, function: &Function, list: &FunctionArgumentList) -> Option<(String, &'static str)> {
    if function.over.is_none() {
        if is_one_of(OF_WINDOWS, called) {
            return Some((
                format!("{called} needs OVER (…)"),
                "max_by(x, time) is the x of the latest row, min_by(x, time) of the first",
            ));
        }
        return function
            .null_treatment
            .map(|_| (format!("IGNORE NULLS after {called} needs OVER (…)"), "FILTER (WHERE x IS NOT NULL)"));
    }
    let is_distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
    let is_ordered = list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_)));
    if is_distinct {
        return Some((
            format!("{called}(DISTINCT …) OVER (…) is not Athena's SQL"),
            "cardinality(array_distinct(array_agg(x) OVER (…)))",
        ));
    }
    if function.filter.is_some() {
        return Some((
            format!("{called}(…) FILTER (…) OVER (…) is not Athena's SQL"),
            "sum(if(condition, x)) OVER (…), count_if(condition) OVER (…)",
        ));
    }
    if is_ordered || !function.within_group.is_empty() {
        return Some((format!("{called} with an order of its own and OVER (…) is not here"), "OVER (… ORDER BY x)"));
    }
    if function.null_treatment.is_some() && !is_one_of(IGNORE_NULLS, called) {
        return Some((
            format!("{called} takes no IGNORE NULLS"),
            "lag, lead, first_value, last_value and nth_value do",
        ));
    }
    // The engine steps over rows, and not over values that are there.
    let is_far = matches!(called, "lag" | "lead")
        && function.null_treatment == Some(NullTreatment::IgnoreNulls)
        && arguments(function).is_none_or(|given| given.get(1).is_some_and(|steps| steps.to_string() != "1"));
    if is_far {
        return Some((
            format!("{called} by more than one row is not here with IGNORE NULLS"),
            "number the rows that have a value in a query around it, and join",
        ));
    }
    None
}

/// What only an aggregate has.
fn of_scalar(called: &str, function: &Function, list: &FunctionArgumentList) -> Option<(String, &'static str)> {
    if called.is_empty() || is_one_of(AGGREGATES, called) || is_one_of(OF_WINDOWS, called) {
        return None;
    }
    let found = [
        (list.duplicate_treatment == Some(DuplicateTreatment::Distinct), "DISTINCT"),
        (!list.clauses.is_empty(), "ORDER BY"),
        (function.filter.is_some(), "FILTER"),
        (function.over.is_some(), "OVER"),
    ];
    let (_, what) = found.iter().find(|(is_there, _)| *is_there)?;
    Some((format!("{called} is no aggregate, and takes no {what}"), "leave it out"))
}
