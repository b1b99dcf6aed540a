//! `/titles/{title}`: the facts of a title, changed.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse as _;
use config::access::Visibility;
use serde::Deserialize;

use super::links::LinkLine;
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::etag::IfMatch;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::{Id, Permit};
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::view::Badge;
use crate::pages::{Page, html, see};
use crate::people::trail::Actor;
use crate::titles::edit::{self, Edit};
use crate::titles::sharing::links;
use crate::titles::{find, remove, shown};

/// The facts of a title.
#[derive(Debug, Template)]
#[template(path = "own/title.html")]
pub(in crate::pages) struct EditPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) title: Facts,
    pub(in crate::pages) links: Vec<LinkLine>,
    /// The address of a link that was just made.
    pub(in crate::pages) made_link: Option<String>,
    pub(in crate::pages) wrong: Option<String>,
}

/// They, as the form has them.
#[derive(Debug)]
pub(in crate::pages) struct Facts {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    /// In Markdown.
    pub(in crate::pages) description: String,
    /// Joined by commas.
    pub(in crate::pages) tags: String,
    pub(in crate::pages) category: String,
    pub(in crate::pages) language: String,
    pub(in crate::pages) licence: String,
    pub(in crate::pages) visibility: &'static str,
    /// Names of accounts, joined by commas.
    pub(in crate::pages) shared_with: String,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) badge: Badge,
    pub(in crate::pages) reason: Option<String>,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Fields {
    name: String,
    description: String,
    tags: String,
    category: String,
    language: String,
    licence: String,
    visibility: Visibility,
    shared_with: String,
}

/// `GET /titles/{title}`.
pub(in crate::pages) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn, At(id): At<Id>) -> Page {
    html(&page_of(&app, page, &signed_in, &id).await?)
}

/// The page as it is without a change.
pub(super) async fn page_of(app: &App, page: Frame, signed_in: &SignedIn, id: &Id) -> Result<EditPage, Problem> {
    let title = facts(app, signed_in, id, &page).await?;
    let links = links::all(app, signed_in, id).await?;
    let links = links.iter().map(|link| LinkLine::of(link, &page)).collect();
    Ok(EditPage { page, title, links, made_link: None, wrong: None })
}

async fn facts(app: &App, signed_in: &SignedIn, id: &Id, page: &Frame) -> Result<Facts, Problem> {
    let whole = find::to_edit(app, signed_in, id).await?;
    let title = shown::one(app, whole, Permit::Edits).await;
    Ok(Facts {
        id: title.id.to_string(),
        name: title.name,
        description: title.description,
        tags: title.tags.join(", "),
        category: title.category,
        language: title.language,
        licence: title.licence,
        visibility: title.visibility.name(),
        shared_with: title.shared_with.join(", "),
        state: title.state.name(),
        badge: Badge::state(title.state, page),
        reason: Some(title.reason).filter(|reason| !reason.is_empty()),
    })
}

/// `POST /titles/{title}`.
pub(in crate::pages) async fn send(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    client: Client,
    At(id): At<Id>,
    Form(fields): Form<Fields>,
) -> Page {
    let before = page_of(&app, page, &signed_in, &id).await?;
    let change = fields.change();
    match edit::one(&app, &signed_in, &id, &IfMatch::default(), &change, &Actor::of(&signed_in, &client)).await {
        Ok(()) => Ok(see(&format!("/titles/{id}?did=edit.saved"))),
        Err(problem) if problem.field.is_some() => {
            let status = problem.status();
            let title = fields.over(before.title);
            Ok((status, html(&EditPage { title, wrong: Some(problem.detail), ..before })?).into_response())
        }
        Err(problem) => Err(problem),
    }
}

impl Fields {
    fn change(&self) -> Edit {
        let list =
            |text: &str| text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect();
        Edit {
            name: Some(self.name.clone()),
            // A form's lines end in CR LF (HTML §4.10.21.8).
            description: Some(self.description.replace("\r\n", "\n")),
            tags: Some(list(&self.tags)),
            category: Some(self.category.clone()),
            language: Some(self.language.clone()),
            licence: Some(self.licence.clone()),
            visibility: Some(self.visibility),
            shared_with: Some(list(&self.shared_with)),
            ..Edit::default()
        }
    }

    /// The form as it was sent, to be mended.
    fn over(self, before: Facts) -> Facts {
        Facts {
            name: self.name,
            description: self.description,
            tags: self.tags,
            category: self.category,
            language: self.language,
            licence: self.licence,
            visibility: self.visibility.name(),
            shared_with: self.shared_with,
            ..before
        }
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
