//! Asking the index.
//!
//! Where titles are sorted by what the index doesn't know, a common word would have all that have it sorted for one page. So
//! the first titles in that order are looked at before, one after the other: those that fill the page are the right ones,
//! and where they don't, there are few enough to be found by their words and sorted.

use sqlx::{AnyConnection, Row as _};

use super::question::{Order, Question};
use crate::model::Id;
use crate::store::Dialect;
use crate::store::error::{StoreError, parsed};
use crate::store::sql::Sql;

/// Titles that are looked at for each one that is wanted. A word that fewer have is soon found and sorted by the index.
const LOOKED_AT: i64 = 20;

/// The part of what is found that a page has.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Titles before it.
    pub skip: i64,
    /// Most titles of it.
    pub limit: i64,
}

/// Ids of the titles that are asked for, in their order.
///
/// # Errors
/// When the database refuses.
pub async fn find(
    db: &mut AnyConnection,
    dialect: Dialect,
    question: &Question,
    order: Order,
    part: Part,
) -> Result<Vec<Id>, StoreError> {
    let first = match (dialect, order) {
        // FTS5 has its rows in this order, and ends with the page.
        (Dialect::Sqlite, Order::Best(_) | Order::Newest) => None,
        (Dialect::Sqlite, _) => Some(looked_at_in_sqlite(question, order, part)),
        (Dialect::Postgres, _) => Some(looked_at_in_postgres(question, order, part)),
    };
    if let Some(first) = first {
        let found = ids(db, first, dialect, order, part).await?;
        if i64::try_from(found.len()).is_ok_and(|found| found >= part.limit) {
            return Ok(found);
        }
    }
    let all = match dialect {
        Dialect::Sqlite => in_sqlite(question, order),
        Dialect::Postgres => in_postgres(question, order),
    };
    ids(db, all, dialect, order, part).await
}

async fn ids(
    db: &mut AnyConnection,
    mut sql: Sql,
    dialect: Dialect,
    order: Order,
    part: Part,
) -> Result<Vec<Id>, StoreError> {
    sql.push(" ORDER BY ")
        .push(by(dialect, order))
        .push(" LIMIT ")
        .number(part.limit)
        .push(" OFFSET ")
        .number(part.skip);
    let rows = sql.fetch_all(db).await?;
    rows.iter().map(|row| parsed("search_index.title", row.try_get("title")?)).collect()
}

/// The columns that an order sorts by, which each query has.
fn by(dialect: Dialect, order: Order) -> &'static str {
    match (dialect, order) {
        // One column, or FTS5 would have all of them sorted.
        (Dialect::Sqlite, Order::Best(_) | Order::Newest) => "s.rowid DESC",
        (Dialect::Postgres, Order::Best(_) | Order::Newest) => "created DESC, title DESC",
        (_, Order::Watched) => "views DESC, title DESC",
        (_, Order::Name) => "folded, title",
    }
}

/// The first titles in an order, of whom as many are looked at as a part needs.
fn first(sql: &mut Sql, order: Order, part: Part) {
    sql.push(match order {
        Order::Best(_) | Order::Newest => {
            "SELECT title, created, document FROM search_index ORDER BY created DESC, title DESC"
        }
        Order::Watched => "SELECT id AS title, views FROM titles ORDER BY views DESC, id DESC",
        Order::Name => "SELECT id AS title, folded FROM titles ORDER BY folded, id",
    });
    sql.push(" LIMIT ").number((part.skip + part.limit).saturating_mul(LOOKED_AT));
}

/// `CROSS JOIN` keeps that order of the tables (SQLite, "query planner").
fn looked_at_in_sqlite(question: &Question, order: Order, part: Part) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT f.title AS title FROM (");
    first(&mut sql, order, part);
    sql.push(") f CROSS JOIN search_rows r ON r.title = f.title WHERE ");
    question.to_conditions(&mut sql);
    sql
}

fn in_sqlite(question: &Question, order: Order) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT r.title AS title FROM search_index s ");
    sql.push("CROSS JOIN search_rows r ON r.number = s.rowid ");
    if matches!(order, Order::Watched | Order::Name) {
        sql.push("CROSS JOIN titles t ON t.id = r.title ");
    }
    sql.push("WHERE search_index MATCH ").text(&question.to_fts(order));
    sql
}

/// `OFFSET 0` keeps the planner from asking the index first.
fn looked_at_in_postgres(question: &Question, order: Order, part: Part) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT f.title AS title FROM (");
    first(&mut sql, order, part);
    sql.push(") f ");
    if matches!(order, Order::Watched | Order::Name) {
        sql.push("JOIN LATERAL (SELECT document FROM search_index s WHERE s.title = f.title OFFSET 0) s ON TRUE ");
    }
    sql.push("WHERE document @@ ");
    tsquery(&mut sql, question, order);
    sql
}

/// `OFFSET 0` keeps the planner from walking all titles in their order until it has met enough that match.
fn in_postgres(question: &Question, order: Order) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT s.title AS title FROM (");
    sql.push("SELECT title, created FROM search_index WHERE document @@ ");
    tsquery(&mut sql, question, order);
    sql.push(" OFFSET 0) s");
    if matches!(order, Order::Watched | Order::Name) {
        sql.push(" JOIN titles t ON t.id = s.title");
    }
    sql
}

fn tsquery(sql: &mut Sql, question: &Question, order: Order) {
    sql.push("CAST(CAST(").text(&question.to_tsquery(order)).push(" AS TEXT) AS tsquery)");
}
