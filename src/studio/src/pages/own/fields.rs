//! The form of a title's facts: what it shows, and what it sends.

use std::collections::BTreeSet;

use config::access::Visibility;

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::Id;
use crate::pages::frame::Frame;
use crate::pages::view::Badge;
use crate::store::people::groups;
use crate::titles::edit::Edit;
use crate::titles::shown::Shown;

/// The facts of a title, as the form has them.
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
    pub(in crate::pages) groups: Vec<Group>,
    /// One a line.
    pub(in crate::pages) sites: String,
    /// True if others may download its source.
    pub(in crate::pages) downloadable: bool,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) badge: Badge,
    pub(in crate::pages) reason: Option<String>,
}

/// A group that the title is, or may be, shared with.
#[derive(Debug)]
pub(in crate::pages) struct Group {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) is_chosen: bool,
}

/// What the form sends.
#[derive(Debug, Default)]
pub(super) struct Fields {
    edit: Edit,
}

impl Facts {
    /// Those of `title`.
    pub(super) async fn of(app: &App, signed_in: &SignedIn, title: Shown, page: &Frame) -> Result<Self, Problem> {
        Ok(Self {
            id: title.id.to_string(),
            groups: choices(app, signed_in, &title.shared_with_groups).await?,
            name: title.name,
            description: title.description,
            tags: title.tags.join(", "),
            category: title.category,
            language: title.language,
            licence: title.licence,
            visibility: title.visibility.name(),
            shared_with: title.shared_with.join(", "),
            sites: title.sites.join("\n"),
            downloadable: title.downloadable,
            state: title.state.name(),
            badge: Badge::state(title.state, page),
            reason: Some(title.reason).filter(|reason| !reason.is_empty()),
        })
    }

    /// The form as it was sent, to be mended.
    pub(super) fn mended(self, fields: Fields) -> Self {
        let edit = fields.edit;
        let chosen: BTreeSet<String> = edit.shared_with_groups.iter().flatten().map(ToString::to_string).collect();
        let joined = |list: Option<Vec<String>>, by: &str| list.unwrap_or_default().join(by);
        Self {
            name: edit.name.unwrap_or_default(),
            description: edit.description.unwrap_or_default(),
            tags: joined(edit.tags, ", "),
            category: edit.category.unwrap_or_default(),
            language: edit.language.unwrap_or_default(),
            licence: edit.licence.unwrap_or_default(),
            visibility: edit.visibility.map_or(self.visibility, Visibility::name),
            shared_with: joined(edit.shared_with, ", "),
            groups: self.groups.into_iter().map(|group| group.chosen_in(&chosen)).collect(),
            sites: joined(edit.sites, "\n"),
            downloadable: edit.downloadable.unwrap_or_default(),
            ..self
        }
    }
}

impl Group {
    fn chosen_in(self, chosen: &BTreeSet<String>) -> Self {
        Self { is_chosen: chosen.contains(&self.id), ..self }
    }
}

/// One's own groups, and those that the title is shared with already.
async fn choices(app: &App, signed_in: &SignedIn, shared: &[String]) -> Result<Vec<Group>, Problem> {
    let mut db = app.store.read().await?;
    let mut all = groups::of_owner(&mut db, &signed_in.account.id).await?;
    for id in shared.iter().filter_map(|id| id.parse::<Id>().ok()) {
        if !all.iter().any(|group| group.id == id) {
            all.extend(groups::by_id(&mut db, &id).await?);
        }
    }
    let choice = |group: groups::Group| Group {
        is_chosen: shared.iter().any(|id| id == group.id.as_str()),
        id: group.id.to_string(),
        name: group.name,
    };
    Ok(all.into_iter().map(choice).collect())
}

impl Fields {
    /// Reads the form. The field `group` is there once for each that is chosen; what is not ticked is not sent.
    ///
    /// # Errors
    /// 400 for a field that is none of the form's, or can't be read.
    pub(super) fn read(sent: Vec<(String, String)>) -> Result<Self, Problem> {
        let mut edit = Edit { shared_with_groups: Some(Vec::new()), downloadable: Some(false), ..Edit::default() };
        for (name, value) in sent {
            match name.as_str() {
                "name" => edit.name = Some(value),
                // A form's lines end in CR LF (HTML §4.10.21.8).
                "description" => edit.description = Some(value.replace("\r\n", "\n")),
                "tags" => edit.tags = Some(list(&value)),
                "category" => edit.category = Some(value),
                "language" => edit.language = Some(value),
                "licence" => edit.licence = Some(value),
                "visibility" => {
                    edit.visibility = Some(value.parse().map_err(|why| Problem::invalid("visibility", why))?);
                }
                "shared_with" => edit.shared_with = Some(list(&value)),
                "group" => {
                    let group = value.parse().map_err(|_| Problem::invalid("group", "expected the id of a group"))?;
                    edit.shared_with_groups.get_or_insert_default().push(group);
                }
                "sites" => edit.sites = Some(list(&value)),
                "downloadable" => edit.downloadable = Some(true),
                other => return Err(Problem::bad_request(&format!("this form has no field '{other}'"))),
            }
        }
        Ok(Self { edit })
    }

    /// The change that it asks for.
    pub(super) const fn change(&self) -> &Edit {
        &self.edit
    }
}

/// The parts of a list that people write: commas or lines between them.
fn list(text: &str) -> Vec<String> {
    text.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}
