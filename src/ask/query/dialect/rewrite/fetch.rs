//! `FETCH FIRST n ROWS ONLY` is `LIMIT n`.

use datafusion::common::Result;
use datafusion::sql::sqlparser::ast::{LimitClause, Query, Statement};

use super::build::{each_query, number, refusal};

pub(super) fn rewrite(statement: &mut Statement) -> Result<()> {
    each_query(statement, |query: &mut Query| {
        let Some(fetch) = query.fetch.take() else { return Ok(()) };
        if fetch.with_ties {
            let hint = "WHERE rank() OVER (ORDER BY …) <= n in a query around it keeps ties";
            return Err(refusal(&*query, "FETCH … WITH TIES is not here", hint));
        }
        if fetch.percent {
            return Err(refusal(&*query, "FETCH … PERCENT is not Athena's SQL", "FETCH FIRST n ROWS ONLY"));
        }
        if fetch.quantity.as_ref().is_some_and(|quantity| quantity.to_string() == "0") {
            return Err(refusal(&*query, "FETCH FIRST takes one row or more", "LIMIT 0 answers none"));
        }
        let first = fetch.quantity.unwrap_or_else(|| number(1));
        match &mut query.limit_clause {
            Some(LimitClause::LimitOffset { limit: Some(limit), .. }) => {
                return Err(refusal(&*limit, "LIMIT and FETCH together are not Athena's SQL", "one of them is enough"));
            }
            Some(LimitClause::LimitOffset { limit, .. }) => *limit = Some(first),
            _ => {
                query.limit_clause =
                    Some(LimitClause::LimitOffset { limit: Some(first), offset: None, limit_by: Vec::new() });
            }
        }
        Ok(())
    })
}
