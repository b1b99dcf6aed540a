//! Changing what people write about titles, and who may see them.

use config::access::Visibility;
use serde::Deserialize;
use sqlx::AnyConnection;

use super::find;
use super::sharing::access::Change;
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::etag::IfMatch;
use crate::http::problem::Problem;
use crate::model::text::{self, TextError};
use crate::model::{AccountName, Id};
use crate::people::trail::{Actor, note};
use crate::store::people::groups;
use crate::store::titles::{self, Whole, shares, tags};

/// Most accounts, groups or sites of a title.
const MOST: usize = 200;

/// A change of a title; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TitleEdit)]
pub struct Edit {
    /// 1 to 200 characters.
    pub name: Option<String>,
    /// Markdown, at most 10,000 characters.
    pub description: Option<String>,
    /// All tags, at most 30.
    pub tags: Option<Vec<String>>,
    /// Tags to be added.
    pub add_tags: Option<Vec<String>>,
    /// Tags to be taken away.
    pub remove_tags: Option<Vec<String>>,
    /// A category; empty for none.
    pub category: Option<String>,
    /// A language (BCP 47); empty for none.
    pub language: Option<String>,
    /// A licence; empty for none.
    pub licence: Option<String>,
    /// public, unlisted or restricted.
    #[schema(value_type = Option<String>)]
    pub visibility: Option<Visibility>,
    /// Names of all accounts that it is shared with.
    pub shared_with: Option<Vec<String>>,
    /// Ids of all groups that it is shared with: groups of who changes it, and those it is shared with already.
    pub shared_with_groups: Option<Vec<Id>>,
    /// All sites that may embed it, as `https://example.com`.
    pub sites: Option<Vec<String>>,
    /// True to let whoever may watch it download the file that it was made from.
    pub downloadable: Option<bool>,
}

/// Changes one title, unless it is at another version than was seen.
///
/// # Errors
/// 404 and 403 when who asks may not, 412 when it was changed meanwhile, 400 when something breaks a rule.
pub async fn one(
    app: &App,
    signed_in: &SignedIn,
    id: &Id,
    seen: &IfMatch,
    edit: &Edit,
    actor: &Actor,
) -> Result<(), Problem> {
    find::to_edit(app, signed_in, id).await?;
    all(app, signed_in, std::slice::from_ref(id), seen, edit, actor).await
}

/// Changes many titles in the same way, or none of them.
///
/// # Errors
/// As [`one`].
pub async fn many(app: &App, signed_in: &SignedIn, ids: &[Id], edit: &Edit, actor: &Actor) -> Result<(), Problem> {
    for id in ids {
        find::to_edit(app, signed_in, id).await?;
    }
    all(app, signed_in, ids, &IfMatch::default(), edit, actor).await
}

async fn all(
    app: &App,
    signed_in: &SignedIn,
    ids: &[Id],
    seen: &IfMatch,
    edit: &Edit,
    actor: &Actor,
) -> Result<(), Problem> {
    let own = &signed_in.account.id;
    let is_of_audience = edit.visibility.is_some() || edit.shared_with.is_some() || edit.shared_with_groups.is_some();
    let mut change = Change::begin(app, if is_of_audience { ids } else { &[] }).await?;
    titles::lock(&mut change, ids).await?;
    for before in titles::whole(&mut change, ids, Some(own)).await? {
        seen.allows(before.title.version)?;
        apply(&mut change, own, &before, edit).await?;
        let title = &before.title;
        if let Some(after) = edit.visibility.filter(|after| *after != title.visibility) {
            let detail = format!("{} to {after}", title.visibility);
            note(app, &mut change, actor, "title.visibility", title.id.as_str(), &detail).await?;
        }
    }
    Ok(change.commit().await?)
}

async fn apply(db: &mut AnyConnection, own: &Id, before: &Whole, edit: &Edit) -> Result<(), Problem> {
    let id = &before.title.id;
    let mut words = before.title.words.clone();
    change(&mut words.name, edit.name.as_deref(), text::name, "name")?;
    change(&mut words.description, edit.description.as_deref(), text::description, "description")?;
    change(&mut words.category, edit.category.as_deref(), text::label, "category")?;
    change(&mut words.language, edit.language.as_deref(), text::language, "language")?;
    change(&mut words.licence, edit.licence.as_deref(), text::label, "licence")?;
    if let Some(tags) = edited_tags(&before.tags, edit)? {
        tags::set(db, id, &tags).await?;
    }
    if let Some(names) = &edit.shared_with {
        let accounts = accounts(db, names).await?;
        shares::set(db, id, &accounts).await?;
    }
    if let Some(groups) = &edit.shared_with_groups {
        may_share(db, own, before, groups).await?;
        shares::set_groups(db, id, groups).await?;
    }
    if let Some(sites) = &edit.sites {
        shares::set_sites(db, id, &web_origins(sites)?).await?;
    }
    if let Some(downloadable) = edit.downloadable {
        titles::set_downloadable(db, id, downloadable).await?;
    }
    Ok(titles::edit(db, id, &words, edit.visibility.unwrap_or(before.title.visibility)).await?)
}

/// Puts the new text, where there is one, in the place of the old.
fn change(
    text: &mut String,
    new: Option<&str>,
    rule: impl Fn(&str) -> Result<String, TextError>,
    field: &str,
) -> Result<(), Problem> {
    if let Some(new) = new {
        *text = rule(new).map_err(|error| Problem::invalid(field, &error.to_string()))?;
    }
    Ok(())
}

/// The title's tags from now on; `None` where they stay.
fn edited_tags(before: &[String], edit: &Edit) -> Result<Option<Vec<String>>, Problem> {
    if edit.tags.is_none() && edit.add_tags.is_none() && edit.remove_tags.is_none() {
        return Ok(None);
    }
    let rule = |tags: &[String]| text::tags(tags).map_err(|error| Problem::invalid("tags", &error.to_string()));
    let mut tags = edit.tags.clone().unwrap_or_else(|| before.to_vec());
    tags.extend(edit.add_tags.iter().flatten().cloned());
    let removed = rule(edit.remove_tags.as_deref().unwrap_or_default())?;
    let mut tags = rule(&tags)?;
    tags.retain(|tag| !removed.contains(tag));
    Ok(Some(tags))
}

async fn accounts(db: &mut AnyConnection, names: &[String]) -> Result<Vec<Id>, Problem> {
    bounded("shared_with", names)?;
    let mut accounts = Vec::with_capacity(names.len());
    for name in names {
        let unknown = || Problem::invalid("shared_with", &format!("there is no account '{name}'"));
        let parsed = AccountName::parse_any(name).map_err(|_| unknown())?;
        accounts.push(shares::account(db, &parsed).await?.ok_or_else(unknown)?);
    }
    Ok(accounts)
}

/// Refuses groups that are neither who asks's own nor the title's already.
async fn may_share(db: &mut AnyConnection, own: &Id, before: &Whole, groups: &[Id]) -> Result<(), Problem> {
    bounded("shared_with_groups", groups)?;
    for group in groups {
        let is_shared = before.groups.iter().any(|known| known == group.as_str());
        if !is_shared && groups::owner(db, group).await?.as_ref() != Some(own) {
            return Err(Problem::invalid("shared_with_groups", &format!("you have no group '{group}'")));
        }
    }
    Ok(())
}

/// Web origins in the form in which browsers compare them (RFC 6454 §6.2).
fn web_origins(sites: &[String]) -> Result<Vec<String>, Problem> {
    bounded("sites", sites)?;
    sites.iter().map(|site| web_origin(site)).collect()
}

fn web_origin(site: &str) -> Result<String, Problem> {
    let site = site.trim().trim_end_matches('/').to_ascii_lowercase();
    let host = site.strip_prefix("https://").or_else(|| site.strip_prefix("http://")).unwrap_or_default();
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let is_right = !name.is_empty()
        && name.len() <= 253 // RFC 1035 §2.3.4
        && name.chars().all(is_host)
        && port.is_none_or(|port| port.parse::<u16>().is_ok());
    let expected = || Problem::invalid("sites", "expected a site, as 'https://example.com'");
    is_right.then(|| site.clone()).ok_or_else(expected)
}

fn bounded<T>(field: &str, list: &[T]) -> Result<(), Problem> {
    if list.len() > MOST { Err(Problem::invalid(field, &format!("there are at most {MOST}"))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_origins_and_nothing_that_a_header_would_take_for_more() {
        for (text, expected) in [
            ("https://Example.com/", Some("https://example.com")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("https://a.example; script-src *", None),
            ("https://a.example/path", None),
            ("https://*.example", None),
            ("https://", None),
            ("javascript:alert(1)", None),
            ("https://a.example:99999", None),
            ("*", None),
        ] {
            assert_eq!(web_origin(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn tags_are_replaced_added_and_taken_away() {
        let list = |tags: &[&str]| Some(tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>());
        let before = ["a".to_owned(), "b".to_owned()];
        for (tags, add, remove, after) in [
            (None, None, None, None),
            (list(&["c"]), None, None, list(&["c"])),
            (None, list(&["C", "a"]), None, list(&["a", "b", "c"])),
            (None, None, list(&["A"]), list(&["b"])),
        ] {
            let edit = Edit { tags, add_tags: add, remove_tags: remove, ..Edit::default() };
            assert_eq!(edited_tags(&before, &edit).unwrap(), after);
        }
    }
}
