//! `/settings/groups`: groups of people, to share titles with.

use axum::extract::State;
use axum::response::IntoResponse as _;
use serde::Deserialize;

use super::page::{GroupLine, SettingsPage};
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::Id;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::titles::sharing::groups::{self, Edit, Shown};

/// A group, as a form sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    name: String,
    /// Names of accounts, with commas or lines between them.
    members: String,
    act: Option<Act>,
}

/// The button that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Act {
    Save,
    Delete,
}

/// `GET /settings/groups`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    html(&place(&app, page, &signed_in).await?)
}

async fn place(app: &App, page: Frame, signed_in: &SignedIn) -> Result<SettingsPage, Problem> {
    let found = groups::all(app, &signed_in.account.id).await?;
    let groups = found.into_iter().map(|group| line(group, &page)).collect();
    Ok(SettingsPage { groups, ..SettingsPage::of(app, page, signed_in, "groups") })
}

fn line(group: Shown, page: &Frame) -> GroupLine {
    GroupLine {
        id: group.id.to_string(),
        name: group.name,
        size: page.texts.count("groups.size", group.members.len() as u64),
        members: group.members.join(", "),
    }
}

/// `POST /settings/groups`.
pub(super) async fn make(State(app): State<App>, page: Frame, signed_in: SignedIn, Form(fields): Form<Fields>) -> Page {
    let made = groups::create(&app, &signed_in.account.id, &fields.edit()).await;
    done(&app, page, &signed_in, made.map(drop), "groups.made").await
}

/// `POST /settings/groups/{group}`: changed, or deleted.
pub(super) async fn change(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    At(id): At<Id>,
    Form(fields): Form<Fields>,
) -> Page {
    let own = &signed_in.account.id;
    if fields.act == Some(Act::Delete) {
        let deleted = groups::delete(&app, own, &id).await;
        return done(&app, page, &signed_in, deleted, "groups.deleted").await;
    }
    let changed = groups::edit(&app, own, &id, &fields.edit()).await;
    done(&app, page, &signed_in, changed.map(drop), "groups.saved").await
}

/// Leads back to the groups, or shows there what was wrong.
async fn done(app: &App, page: Frame, signed_in: &SignedIn, done: Result<(), Problem>, did: &str) -> Page {
    match done {
        Ok(()) => Ok(see(&format!("/settings/groups?did={did}"))),
        Err(problem) if problem.field.is_some() => {
            let status = problem.status();
            let shown = SettingsPage { wrong: Some(problem.detail), ..place(app, page, signed_in).await? };
            Ok((status, html(&shown)?).into_response())
        }
        Err(problem) => Err(problem),
    }
}

impl Fields {
    fn edit(&self) -> Edit {
        let names = self.members.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty());
        Edit { name: Some(self.name.clone()), members: Some(names.map(str::to_owned).collect()) }
    }
}
