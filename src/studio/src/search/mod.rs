//! Search as people type: words and their beginnings; where nothing is found, words that were meant.

use sqlx::AnyConnection;

use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::cursor::{self, Page, Paging};
use crate::http::problem::Problem;
use crate::model::{Id, Micros, TitleState, words};
use crate::store::people::groups;
use crate::store::search::{self, Audience, Facet, Match, Order, Part, Question, Term, cues, near};
use crate::store::titles::listing::{Filter, Scope, Sort};
use crate::store::titles::{self, Whole};
use crate::store::{Dialect, StoreError, facts};
use crate::titles::list::{self, Wanted};
use crate::titles::shown::{self, Said, Shown};

/// Most words of a question.
const WORDS: usize = 8;
/// Shortest beginning of a word, letters.
const BEGINNING: usize = 2;
/// Titles beyond which nobody turns pages.
const DEEPEST: usize = 1000;

/// The fact that says when words were last forgotten, microseconds since the Unix epoch.
const FORGOTTEN: &str = "search.forgotten";
/// Seconds between two times.
const DAY: i64 = 86_400;

/// The place of a page in what was found: the order, how well it matches, how many to skip of those, and whether words
/// that were meant are looked for.
type Place = (String, usize, usize, bool);

/// A page of the titles that `viewer` may find and that `text` and `wanted` are true of; without a text, the list of them.
///
/// # Errors
/// 400 when the page is none of this list, 401 when one has to sign in for such a list, 403 when it is for moderators.
pub async fn page(
    app: &App,
    viewer: &Viewer,
    text: &str,
    wanted: Wanted,
    paging: &Paging,
) -> Result<Page<Shown>, Problem> {
    if text.trim().is_empty() || wanted.scope == Scope::Deleted {
        return list::page(app, viewer, wanted, paging).await;
    }
    let sort = wanted.sort;
    match list::filter(app, viewer, wanted).await? {
        Some(filter) => found(app, viewer, text, &filter, sort, paging).await,
        None => Ok(Page { items: Vec::new(), next: None }),
    }
}

async fn found(
    app: &App,
    viewer: &Viewer,
    text: &str,
    filter: &Filter,
    sort: Sort,
    paging: &Paging,
) -> Result<Page<Shown>, Problem> {
    let (size, place) = (paging.size()?, paging.place::<Place>()?);
    if place.as_ref().is_some_and(|(of, ..)| of != sort.name()) {
        return Err(Problem::invalid("cursor", "this cursor is of a list in another order"));
    }
    let is_first = place.is_none();
    let (_, well, skip, mut is_near) = place.unwrap_or_default();
    let typed: Vec<String> = words(text).into_iter().take(WORDS).collect();
    let mut db = app.store.read().await?;
    let mut question = question(&mut db, viewer, filter).await?;
    question.terms = terms(&mut db, &typed, is_near).await?;
    let asking = Asking { dialect: app.store.dialect(), sort, size };
    let mut ids = asking.ask(&mut db, &question, (well, skip)).await?;
    if ids.is_empty() && is_first {
        is_near = true;
        question.terms = terms(&mut db, &typed, is_near).await?;
        ids = asking.ask(&mut db, &question, (well, skip)).await?;
    }
    let next = ids.get(size).filter(|(_, (_, skip))| *skip < DEEPEST);
    let next = next.map(|(_, (well, skip))| cursor::write(&(sort.name(), well, skip, is_near)));
    let ids: Vec<Id> = ids.into_iter().take(size).map(|(id, _)| id).collect();
    let items = shown(app, viewer, &mut db, &ids, &question.terms).await?;
    Ok(Page { items, next })
}

/// The part of the index that one page is of.
struct Asking {
    dialect: Dialect,
    sort: Sort,
    size: usize,
}

impl Asking {
    /// The titles from `place` on, each with its place, and one more than the page has where there are more.
    async fn ask(
        &self,
        db: &mut AnyConnection,
        question: &Question,
        (well, skip): (usize, usize),
    ) -> Result<Vec<(Id, (usize, usize))>, StoreError> {
        let mut found = Vec::new();
        // Nothing that can be a word is nothing that can be found.
        if question.terms.is_empty() {
            return Ok(found);
        }
        let orders = match self.sort {
            Sort::Relevance => Match::ALL.map(Order::Best).to_vec(),
            Sort::Newest => vec![Order::Newest],
            Sort::Watched => vec![Order::Watched],
            Sort::Name => vec![Order::Name],
        };
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        for (place, order) in orders.into_iter().enumerate().skip(well) {
            let room = (self.size + 1).saturating_sub(found.len());
            if room == 0 {
                break;
            }
            let skip = if place == well { skip.min(DEEPEST) } else { 0 };
            let part = Part { skip: number(skip), limit: number(room) };
            let ids = search::find(db, self.dialect, question, order, part).await?;
            found.extend(ids.into_iter().zip(skip..).map(|(id, skip)| (id, (place, skip))));
        }
        Ok(found)
    }
}

/// The question without its words.
async fn question(db: &mut AnyConnection, viewer: &Viewer, filter: &Filter) -> Result<Question, StoreError> {
    let mut facets = Vec::new();
    facets.extend(filter.owner.clone().map(Facet::Owner));
    facets.extend(filter.tag.clone().map(Facet::Tag));
    facets.extend(filter.category.clone().map(Facet::Category));
    facets.extend(filter.language.clone().map(Facet::Language));
    if let Some(state) = filter.state {
        facets.push(Facet::State(state.name()));
        // Other states are their owners' alone.
        let own = viewer.account().filter(|_| state != TitleState::Published && filter.scope != Scope::All);
        facets.extend(own.map(|account| Facet::Owner(account.id.clone())));
    }
    let audience = match (filter.scope, viewer.account()) {
        (Scope::All, _) => Audience::All,
        (_, None) => Audience::Everybody,
        (scope, Some(account)) => {
            let groups = groups::of_member(db, &account.id).await?;
            let own = account.id.clone();
            if scope == Scope::Shared { Audience::Shared(own, groups) } else { Audience::Account(own, groups) }
        }
    };
    Ok(Question { terms: Vec::new(), facets, audience })
}

/// Each word as it was typed, and as the beginning of a longer one; with those that may be meant by it where `is_near`.
async fn terms(db: &mut AnyConnection, typed: &[String], is_near: bool) -> Result<Vec<Term>, StoreError> {
    let mut terms = Vec::with_capacity(typed.len());
    for word in typed {
        let mut words = vec![word.clone()];
        if is_near {
            words.extend(near(db, word).await?);
        }
        terms.push(Term { words, prefix: (word.len() >= BEGINNING).then(|| word.clone()) });
    }
    Ok(terms)
}

/// The titles in their order, as `viewer` sees them, with what is said in them.
async fn shown(
    app: &App,
    viewer: &Viewer,
    db: &mut AnyConnection,
    ids: &[Id],
    terms: &[Term],
) -> Result<Vec<Shown>, StoreError> {
    let account = viewer.account().map(|account| &account.id);
    let mut found = titles::whole(db, ids, account).await?;
    found.sort_by_key(|whole: &Whole| ids.iter().position(|id| *id == whole.title.id));
    let mut heard = cues::heard(db, ids, terms).await?;
    let mut titles = shown::all(app, viewer.who(), found).await;
    for title in &mut titles {
        title.spoken = heard.remove(&title.id).unwrap_or_default().into_iter().map(Said::of).collect();
    }
    Ok(titles)
}

/// Forgets, once a day, words that no title has any more.
///
/// # Errors
/// When the database refuses.
pub async fn tidy(app: &App) -> Result<(), StoreError> {
    let last = facts::get(&mut *app.store.read().await?, FORGOTTEN).await?;
    let last = last.and_then(|text| text.parse().ok()).map_or(Micros::default(), Micros);
    if app.now().seconds_since(last) < DAY {
        return Ok(());
    }
    let mut db = app.store.write().await?;
    search::forget(&mut db, app.store.dialect()).await?;
    facts::set(&mut db, FORGOTTEN, &app.now().0.to_string()).await?;
    db.commit().await
}
