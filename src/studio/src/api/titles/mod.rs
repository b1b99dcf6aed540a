//! Titles: found, seen, changed and deleted.

mod files;
mod links;
mod oembed;
mod states;
mod tags;
mod tracks;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::caller::signed_in::{SignedIn, Viewer};
use crate::http::cursor::{Page, Paging};
use crate::http::etag::{self, IfMatch};
use crate::http::path::{Asked, At};
use crate::http::problem::Problem;
use crate::model::{Id, Scope, TitleState};
use crate::people::trail::Actor;
use crate::search;
use crate::store::titles as store;
use crate::store::titles::listing::{Scope as Listed, Sort};
use crate::titles::list::Wanted;
use crate::titles::shown::{self, Shown};
use crate::titles::{edit, find, remove};

/// Most titles that are changed at once.
const MANY: usize = 100;

/// The titles that are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Search {
    /// Words in names, descriptions, tags, people and what is said; beginnings of words are enough, and typing errors are
    /// forgiven where nothing else is found.
    q: Option<String>,
    /// A tag that they have.
    tag: Option<String>,
    /// The name of their owner.
    owner: Option<String>,
    /// Their category.
    category: Option<String>,
    /// Their language.
    language: Option<String>,
    /// Their state; but for published ones, of one's own alone.
    state: Option<TitleState>,
    /// `me`: those that are shared with who asks.
    #[param(inline)]
    shared: Option<Shared>,
    /// `deleted`: one's own that can be restored; `all`: all there are, for moderators.
    #[param(inline)]
    scope: Option<Wider>,
    /// Their order.
    #[param(inline)]
    sort: Option<Sort>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// Titles of a page, 1 to 100; 25 where none are named.
    limit: Option<u32>,
}

/// Whom titles are shared with.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Shared {
    Me,
}

/// Titles that lists leave out.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Wider {
    Deleted,
    All,
}

/// The same change of many titles.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TitlesEdit)]
pub(super) struct Many {
    /// Ids of 1 to 100 titles.
    ids: Vec<Id>,
    change: edit::Edit,
}

/// Titles that were changed.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = TitlesEdited)]
pub(super) struct Changed {
    items: Vec<Shown>,
}

impl Search {
    fn wanted(&self) -> Result<Wanted, Problem> {
        let scope = match (self.shared, self.scope) {
            (None, None) => Listed::Found,
            (Some(Shared::Me), None) => Listed::Shared,
            (None, Some(Wider::Deleted)) => Listed::Deleted,
            (None, Some(Wider::All)) => Listed::All,
            (Some(_), Some(_)) => return Err(Problem::invalid("scope", "a list is either shared or of a scope")),
        };
        Ok(Wanted {
            scope,
            owner: self.owner.clone(),
            tag: self.tag.clone(),
            category: self.category.clone(),
            language: self.language.clone(),
            state: self.state,
            sort: self.sort.unwrap_or_default(),
        })
    }
}

/// Titles that who asks may find: public ones, their own, and those shared with them.
#[utoipa::path(get, path = "/titles", params(Search), responses(
    (status = OK, body = Page<Shown>),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn all(
    State(app): State<App>,
    viewer: Viewer,
    Asked(search): Asked<Search>,
) -> Result<Json<Page<Shown>>, Problem> {
    viewer.needs(Scope::Read)?;
    let paging = Paging { cursor: search.cursor.clone(), limit: search.limit };
    let text = search.q.as_deref().unwrap_or_default();
    Ok(Json(search::page(&app, &viewer, text, search.wanted()?, &paging).await?))
}

/// Changes many titles in the same way, or none of them.
#[utoipa::path(patch, path = "/titles", request_body = Many, responses(
    (status = OK, body = Changed),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn edit_many(
    State(app): State<App>,
    signed_in: SignedIn,
    client: Client,
    Body(many): Body<Many>,
) -> Result<Json<Changed>, Problem> {
    signed_in.needs(Scope::Write)?;
    if many.ids.is_empty() || many.ids.len() > MANY {
        return Err(Problem::invalid("ids", &format!("1 to {MANY} titles are changed at once")));
    }
    edit::many(&app, &signed_in, &many.ids, &many.change, &Actor::of(&signed_in, &client)).await?;
    let own = &signed_in.account.id;
    let found = store::whole(&mut *app.store.read().await?, &many.ids, Some(own)).await?;
    Ok(Json(Changed { items: shown::all(&app, signed_in.who(), found).await }))
}

/// A title. Its ETag is for changes of it.
#[utoipa::path(get, path = "/titles/{id}", params(("id" = Id, Path)), responses(
    (status = OK, body = Shown),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(State(app): State<App>, viewer: Viewer, At(id): At<Id>) -> Result<Response, Problem> {
    viewer.needs(Scope::Read)?;
    answer(&app, &viewer, &id).await
}

/// Changes a title: what is left out stays as it is.
#[utoipa::path(patch, path = "/titles/{id}", params(("id" = Id, Path), ("If-Match" = Option<String>, Header)),
request_body = edit::Edit, responses(
    (status = OK, body = Shown),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = PRECONDITION_FAILED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn edit(
    State(app): State<App>,
    signed_in: SignedIn,
    client: Client,
    At(id): At<Id>,
    seen: IfMatch,
    Body(edit): Body<edit::Edit>,
) -> Result<Response, Problem> {
    signed_in.needs(Scope::Write)?;
    edit::one(&app, &signed_in, &id, &seen, &edit, &Actor::of(&signed_in, &client)).await?;
    answer(&app, &Viewer::Account(Box::new(signed_in)), &id).await
}

/// Deletes a title. For a week it can be restored.
#[utoipa::path(delete, path = "/titles/{id}", params(("id" = Id, Path)), responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn delete(
    State(app): State<App>,
    signed_in: SignedIn,
    client: Client,
    At(id): At<Id>,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    remove::delete(&app, &signed_in, &id, &Actor::of(&signed_in, &client)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Undoes the deletion of a title.
#[utoipa::path(post, path = "/titles/{id}/restore", params(("id" = Id, Path)), responses(
    (status = OK, body = Shown),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn restore(
    State(app): State<App>,
    signed_in: SignedIn,
    client: Client,
    At(id): At<Id>,
) -> Result<Response, Problem> {
    signed_in.needs(Scope::Write)?;
    remove::restore(&app, &signed_in, &id, &Actor::of(&signed_in, &client)).await?;
    answer(&app, &Viewer::Account(Box::new(signed_in)), &id).await
}

/// Counts a view of a title: once an hour for who asks.
#[utoipa::path(post, path = "/titles/{id}/views", params(("id" = Id, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn view(
    State(app): State<App>,
    viewer: Viewer,
    client: Client,
    At(id): At<Id>,
) -> Result<StatusCode, Problem> {
    find::one(&app, &viewer, &id).await?;
    let whose = viewer.account().map_or_else(|| client.network().to_string(), |account| account.id.to_string());
    if app.limits.is_first_view(&id, &whose) {
        let mut db = app.store.write().await?;
        store::count_view(&mut db, &id).await?;
        db.commit().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn answer(app: &App, viewer: &Viewer, id: &Id) -> Result<Response, Problem> {
    let found = find::one(app, viewer, id).await?;
    let shown = shown::one(app, found.whole, found.permit).await;
    Ok((etag::header(shown.version), Json(shown)).into_response())
}

/// The endpoints of titles, and of what belongs to each.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all, edit_many))
        .routes(routes!(one, edit, delete))
        .routes(routes!(restore))
        .routes(routes!(view))
        .routes(routes!(states::events))
        .routes(routes!(files::set_poster, files::choose_poster, files::clear_poster))
        .routes(routes!(files::original))
        .routes(routes!(files::report))
        .routes(routes!(states::retry))
        .routes(routes!(tracks::all))
        .routes(routes!(tracks::put_text, tracks::remove_text))
        .routes(routes!(tracks::remove_audio))
        .routes(routes!(tags::all))
        .routes(routes!(tags::categories))
        .routes(routes!(oembed::show))
        .routes(routes!(links::create, links::all))
        .routes(routes!(links::delete))
        .routes(routes!(links::look, links::open))
}
