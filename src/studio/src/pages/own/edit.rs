//! `/titles/{title}`: the facts of a title, changed.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse as _;

use super::fields::{Facts, Fields};
use super::links::LinkLine;
use super::original::Original;
use super::poster::Poster;
use super::tracks::{self, TrackLine};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::etag::IfMatch;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::{Id, Permit};
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::trail::Actor;
use crate::titles::edit;
use crate::titles::sharing::links;
use crate::titles::{find, remove, shown};

/// The facts of a title.
#[derive(Debug, Template)]
#[template(path = "own/title.html")]
pub(in crate::pages) struct EditPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) title: Facts,
    pub(in crate::pages) poster: Poster,
    pub(in crate::pages) file: Original,
    pub(in crate::pages) tracks: Vec<TrackLine>,
    pub(in crate::pages) links: Vec<LinkLine>,
    /// The address of a link that was just made.
    pub(in crate::pages) made_link: Option<String>,
    pub(in crate::pages) wrong: Option<String>,
}

/// `GET /titles/{title}`.
pub(in crate::pages) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn, At(id): At<Id>) -> Page {
    html(&page_of(&app, page, &signed_in, &id).await?)
}

/// The page as it is without a change.
pub(super) async fn page_of(app: &App, page: Frame, signed_in: &SignedIn, id: &Id) -> Result<EditPage, Problem> {
    let whole = find::to_edit(app, signed_in, id).await?;
    let file = Original::of(app, signed_in, &whole.title, &page);
    let tracks = tracks::lines(app, &whole.title, &page).await?;
    let title = shown::one(app, whole, Permit::Edits).await;
    let poster = Poster::of(&title, &file);
    let title = Facts::of(app, signed_in, title, &page).await?;
    let links = links::all(app, signed_in, id).await?;
    let links = links.iter().map(|link| LinkLine::of(link, &page)).collect();
    Ok(EditPage { page, title, poster, file, tracks, links, made_link: None, wrong: None })
}

/// `POST /titles/{title}`.
pub(in crate::pages) async fn send(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    client: Client,
    At(id): At<Id>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let before = page_of(&app, page, &signed_in, &id).await?;
    let fields = Fields::read(sent)?;
    match edit::one(&app, &signed_in, &id, &IfMatch::default(), fields.change(), &Actor::of(&signed_in, &client)).await
    {
        Ok(()) => Ok(see(&format!("/titles/{id}?did=edit.saved"))),
        Err(problem) if problem.field.is_some() => {
            let status = problem.status();
            let title = before.title.mended(fields);
            Ok((status, html(&EditPage { title, wrong: Some(problem.detail), ..before })?).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Leads back to the title's page with a message, or shows there what was wrong with a file that was sent.
pub(super) async fn answer(
    app: &App,
    page: Frame,
    signed_in: &SignedIn,
    id: &Id,
    done: Result<(), Problem>,
    did: &str,
) -> Page {
    match done {
        Ok(()) => Ok(see(&format!("/titles/{id}?did={did}"))),
        Err(problem) if problem.field.is_some() => {
            let shown = page_of(app, page, signed_in, id).await?;
            Ok((problem.status(), html(&EditPage { wrong: Some(problem.detail), ..shown })?).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /titles/{title}/delete`.
pub(in crate::pages) async fn delete(
    State(app): State<App>,
    signed_in: SignedIn,
    client: Client,
    At(id): At<Id>,
) -> Page {
    remove::delete(&app, &signed_in, &id, &Actor::of(&signed_in, &client)).await?;
    Ok(see(&format!("/titles?did=titles.deleted&ids={id}")))
}
