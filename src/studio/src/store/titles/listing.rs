//! Lists of titles: what may be listed for whom, filtered, sorted, and cut into pages.

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::{Whole, is_shared, select, whole_of};
use crate::model::{Id, TitleState};
use crate::store::error::StoreError;
use crate::store::search::{self, Kind};
use crate::store::sql::Sql;

/// Titles of a tag that are soon sorted. Where there are more, titles are looked at in the list's order until enough have it.
const FEW: i64 = 1500;
/// What everybody may find (the condition of the index `titles_listed`).
const LISTED: &str = "t.visibility = 'public' AND t.published IS NOT NULL AND t.deleted IS NULL";

/// Which titles a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// All that who asks may find: public ones, their own, and those shared with them.
    #[default]
    Found,
    /// Those that are shared with who asks.
    Shared,
    /// Their own that they deleted.
    Deleted,
    /// All there are, for moderators.
    All,
}

/// What titles of a list have in common.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Which titles.
    pub scope: Scope,
    /// Their owner.
    pub owner: Option<Id>,
    /// A tag.
    pub tag: Option<String>,
    /// A category.
    pub category: Option<String>,
    /// A language.
    pub language: Option<String>,
    /// A state; but for published ones, of one's own titles alone.
    pub state: Option<TitleState>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// Best match first; without a text, newest first.
    #[default]
    Relevance,
    /// Newest first.
    Newest,
    /// Most watched first.
    Watched,
    /// By name.
    Name,
}

/// The place of a title in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    sort: Sort,
    number: i64,
    text: String,
    id: Id,
}

impl Sort {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Newest => "newest",
            Self::Watched => "watched",
            Self::Name => "name",
        }
    }

    /// The place of `whole` in a list in this order.
    #[must_use]
    pub fn place(self, whole: &Whole) -> Place {
        let title = &whole.title;
        let (number, text) = match self {
            Self::Relevance | Self::Newest => (title.created.0, ""),
            Self::Watched => (title.views, ""),
            Self::Name => (0, whole.folded.as_str()),
        };
        Place { sort: self, number, text: text.into(), id: title.id.clone() }
    }
}

impl Place {
    /// True if it is a place in a list in the order `sort`.
    #[must_use]
    pub fn is_of(&self, sort: Sort) -> bool {
        self.sort == sort
    }
}

/// At most `limit` titles that `account` may find, after the place `after`.
///
/// # Errors
/// When the database refuses.
pub async fn page(
    db: &mut AnyConnection,
    account: Option<&Id>,
    filter: &Filter,
    sort: Sort,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Whole>, StoreError> {
    let mut sql = select(account);
    sql.push("FROM titles t WHERE ");
    scope(&mut sql, account, filter.scope);
    narrow(&mut sql, account, filter);
    if let Some(tag) = &filter.tag {
        sql.push(match search::count(db, Kind::Tag, tag).await? {
            0..=FEW => " AND t.id IN (SELECT g.title FROM tags g WHERE g.tag = ",
            // A count can't be made a join, which would begin with the tag.
            _ => " AND 0 < (SELECT COUNT(*) FROM tags g WHERE g.title = t.id AND g.tag = ",
        });
        sql.text(tag).push(")");
    }
    if let Some(after) = after {
        continue_after(&mut sql, sort, after);
    }
    sql.push(match sort {
        Sort::Relevance | Sort::Newest => " ORDER BY t.created DESC, t.id DESC LIMIT ",
        Sort::Watched => " ORDER BY t.views DESC, t.id DESC LIMIT ",
        Sort::Name => " ORDER BY t.folded, t.id LIMIT ",
    });
    sql.number(i64::try_from(limit).unwrap_or(i64::MAX));
    sql.fetch_all(db).await?.iter().map(whole_of).collect()
}

/// Adds the condition of what `account` may find.
fn scope(sql: &mut Sql, account: Option<&Id>, scope: Scope) {
    let own = account.map_or("", Id::as_str);
    match scope {
        Scope::All => sql.push("t.deleted IS NULL"),
        Scope::Deleted => sql.push("t.deleted IS NOT NULL AND t.owner = ").text(own),
        Scope::Shared => {
            sql.push("t.deleted IS NULL AND t.published IS NOT NULL AND t.visibility = 'restricted' AND ");
            is_shared(sql, account);
            sql
        }
        Scope::Found if account.is_none() => sql.push(LISTED),
        Scope::Found => {
            sql.push("t.deleted IS NULL AND (").push(LISTED).push(" OR t.owner = ").text(own);
            sql.push(" OR t.visibility = 'restricted' AND t.published IS NOT NULL AND ");
            is_shared(sql, account);
            sql.push(")")
        }
    };
}

fn narrow(sql: &mut Sql, account: Option<&Id>, filter: &Filter) {
    if let Some(owner) = &filter.owner {
        sql.push(" AND t.owner = ").text(owner.as_str());
    }
    if let Some(category) = &filter.category {
        sql.push(" AND t.category = ").text(category);
    }
    if let Some(language) = &filter.language {
        sql.push(" AND t.language = ").text(language);
    }
    if let Some(state) = filter.state {
        sql.push(" AND t.state = ").text(state.name());
        if state != TitleState::Published && filter.scope != Scope::All {
            sql.push(" AND t.owner = ").text(account.map_or("", Id::as_str));
        }
    }
}

fn continue_after(sql: &mut Sql, sort: Sort, after: &Place) {
    match sort {
        Sort::Relevance | Sort::Newest => sql.push(" AND (t.created, t.id) < (").number(after.number),
        Sort::Watched => sql.push(" AND (t.views, t.id) < (").number(after.number),
        Sort::Name => sql.push(" AND (t.folded, t.id) > (").text(&after.text),
    };
    sql.push(", ").text(after.id.as_str()).push(")");
}
