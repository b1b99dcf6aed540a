//! Lists of titles.

use config::access::Visibility;

use super::shown::{self, Shown};
use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::cursor::{Page, Paging};
use crate::http::problem::Problem;
use crate::model::{AccountName, Role, TitleState, text};
use crate::store::titles::listing::{self, Filter, Place, Scope, Sort};
use crate::store::titles::{Whole, shares};

/// The list that is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Which titles.
    pub scope: Scope,
    /// Their owner's name.
    pub owner: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// A category.
    pub category: Option<String>,
    /// A language.
    pub language: Option<String>,
    /// A state.
    pub state: Option<TitleState>,
    /// The order.
    pub sort: Sort,
}

/// A page of the list.
///
/// # Errors
/// 400 when the page is none of this list, 401 when one has to sign in for such a list, 403 when it is for moderators.
pub async fn page(app: &App, viewer: &Viewer, wanted: Wanted, paging: &Paging) -> Result<Page<Shown>, Problem> {
    let (sort, size) = (wanted.sort, paging.size()?);
    let after = paging.place::<Place>()?;
    if after.as_ref().is_some_and(|place| !place.is_of(sort)) {
        return Err(Problem::invalid("cursor", "this cursor is of a list in another order"));
    }
    let Some(filter) = filter(app, viewer, wanted).await? else { return Ok(Page { items: Vec::new(), next: None }) };
    let account = viewer.account().map(|account| &account.id);
    let mut db = app.store.read().await?;
    let found = listing::page(&mut db, account, &filter, sort, after.as_ref(), size + 1).await?;
    drop(db);
    let page = Page::of(found, size, |whole| sort.place(whole));
    Ok(shown_page(app, viewer, page, filter.scope).await)
}

/// What the database is asked for; `None` when nothing can be in the list.
pub(crate) async fn filter(app: &App, viewer: &Viewer, wanted: Wanted) -> Result<Option<Filter>, Problem> {
    may_ask(viewer, wanted.scope)?;
    let owner = match &wanted.owner {
        None => None,
        Some(name) => {
            let Ok(name) = AccountName::parse_any(name) else { return Ok(None) };
            let Some(id) = shares::account(&mut *app.store.read().await?, &name).await? else { return Ok(None) };
            Some(id)
        }
    };
    let tag = match wanted.tag.as_deref().map(text::tag) {
        None => None,
        Some(Ok(tag)) => Some(tag),
        Some(Err(_)) => return Ok(None),
    };
    // What can't be a category or a language is none of any title.
    let (category, language) =
        (wanted.category.map(|label| text::label(&label)), wanted.language.map(|tag| text::language(&tag)));
    let (Ok(category), Ok(language)) = (category.transpose(), language.transpose()) else { return Ok(None) };
    let Wanted { scope, state, .. } = wanted;
    Ok(Some(Filter { scope, owner, tag, category, language, state }))
}

fn may_ask(viewer: &Viewer, scope: Scope) -> Result<(), Problem> {
    match (scope, viewer.account()) {
        (Scope::Found, _) => Ok(()),
        (_, None) => Err(Problem::unauthorized("sign in to see this list")),
        (Scope::All, Some(account)) if account.role < Role::Moderator => {
            Err(Problem::forbidden("this list is for moderators"))
        }
        _ => Ok(()),
    }
}

/// The page's titles as `viewer` sees them. Those that are deleted are seen by nobody but in the list of them.
async fn shown_page(app: &App, viewer: &Viewer, page: Page<Whole>, scope: Scope) -> Page<Shown> {
    let Page { mut items, next } = page;
    if scope == Scope::Deleted {
        for whole in &mut items {
            (whole.title.deleted, whole.title.published, whole.title.visibility) = (None, None, Visibility::Restricted);
        }
    }
    Page { items: shown::all(app, viewer.who(), items).await, next }
}
