//! Groups of people, made by an account, to share titles with.

use serde::{Deserialize, Serialize};

use super::access::Change;
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{AccountName, Id, Micros, text};
use crate::store::people::groups::{self, Group};
use crate::store::titles::shares;

/// Most groups of an account.
const GROUPS: usize = 200;
/// Most members of a group.
const MEMBERS: usize = 1000;

/// A group, as its owner sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Group)]
pub struct Shown {
    /// Its id.
    pub id: Id,
    /// What it is called.
    pub name: String,
    /// Names of its members.
    pub members: Vec<String>,
    created: Micros,
}

/// A group as it is to be; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GroupEdit)]
pub struct Edit {
    /// What it is called.
    pub name: Option<String>,
    /// Names of all its members, at most 1,000.
    pub members: Option<Vec<String>>,
}

/// The groups of `owner`.
///
/// # Errors
/// When the database refuses.
pub async fn all(app: &App, owner: &Id) -> Result<Vec<Shown>, Problem> {
    let groups = groups::of_owner(&mut *app.store.read().await?, owner).await?;
    Ok(groups.into_iter().map(shown).collect())
}

/// The group `id` of `owner`.
///
/// # Errors
/// 404 when they have none such.
pub async fn one(app: &App, owner: &Id, id: &Id) -> Result<Shown, Problem> {
    let group = groups::by_id(&mut *app.store.read().await?, id).await?;
    group.filter(|group| group.owner == *owner).map(shown).ok_or_else(Problem::not_found)
}

/// Makes a group.
///
/// # Errors
/// 400 when something breaks a rule.
pub async fn create(app: &App, owner: &Id, edit: &Edit) -> Result<Shown, Problem> {
    let name = name(edit.name.as_deref().unwrap_or_default())?;
    if groups::of_owner(&mut *app.store.read().await?, owner).await?.len() >= GROUPS {
        return Err(Problem::invalid("name", &format!("an account has at most {GROUPS} groups")));
    }
    let id = Id::random()?;
    let group = Group { id: id.clone(), owner: owner.clone(), name, members: Vec::new(), created: app.now() };
    let mut db = app.store.write().await?;
    groups::insert(&mut db, &group).await?;
    if let Some(names) = &edit.members {
        let members = members(&mut db, names).await?;
        groups::set_members(&mut db, &id, &members).await?;
    }
    db.commit().await?;
    one(app, owner, &id).await
}

/// Changes a group. Whoever is taken out of it can no longer watch what is shared with it.
///
/// # Errors
/// 404 when they have none such, 400 when something breaks a rule.
pub async fn edit(app: &App, owner: &Id, id: &Id, edit: &Edit) -> Result<Shown, Problem> {
    one(app, owner, id).await?;
    let mut change = begin(app, id).await?;
    if let Some(text) = &edit.name {
        groups::rename(&mut change, id, &name(text)?).await?;
    }
    if let Some(names) = &edit.members {
        let members = members(&mut change, names).await?;
        groups::set_members(&mut change, id, &members).await?;
    }
    change.commit().await?;
    one(app, owner, id).await
}

/// Deletes a group. Its members can no longer watch what is shared with it.
///
/// # Errors
/// 404 when they have none such.
pub async fn delete(app: &App, owner: &Id, id: &Id) -> Result<(), Problem> {
    one(app, owner, id).await?;
    let mut change = begin(app, id).await?;
    groups::delete(&mut change, id).await?;
    Ok(change.commit().await?)
}

/// Begins a change of who may see what is shared with the group.
async fn begin<'a>(app: &'a App, id: &Id) -> Result<Change<'a>, Problem> {
    let titles = groups::titles(&mut *app.store.read().await?, id).await?;
    Ok(Change::begin(app, &titles).await?)
}

async fn members(db: &mut sqlx::AnyConnection, names: &[String]) -> Result<Vec<Id>, Problem> {
    if names.len() > MEMBERS {
        return Err(Problem::invalid("members", &format!("a group has at most {MEMBERS} members")));
    }
    let mut members = Vec::with_capacity(names.len());
    for name in names {
        let unknown = || Problem::invalid("members", &format!("there is no account '{name}'"));
        let parsed = AccountName::parse_any(name).map_err(|_| unknown())?;
        members.push(shares::account(db, &parsed).await?.ok_or_else(unknown)?);
    }
    Ok(members)
}

fn name(text: &str) -> Result<String, Problem> {
    text::name(text).map_err(|error| Problem::invalid("name", &error.to_string()))
}

fn shown(group: Group) -> Shown {
    Shown { id: group.id, name: group.name, members: group.members, created: group.created }
}
