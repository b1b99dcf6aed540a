//! Titles as the API and the pages show them.

use config::access::Visibility;
use serde::Serialize;

use super::sharing::playback::{self, Playback};
use crate::http::App;
use crate::model::{AccountName, Cue, Id, Micros, Permit, TitleState, Who};
use crate::store::titles::Whole;

/// A title, as who asks sees it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = Title)]
pub struct Shown {
    /// Its id.
    pub id: Id,
    /// What it is called.
    pub name: String,
    /// Its description, in Markdown.
    pub description: String,
    /// Its tags, in their order.
    pub tags: Vec<String>,
    /// Its category; empty for none.
    pub category: String,
    /// Its language (BCP 47); empty for none.
    pub language: String,
    /// Its licence; empty for none.
    pub licence: String,
    /// Its owner's name; null for what the operator put in.
    pub owner: Option<AccountName>,
    /// Its audience: public, unlisted or restricted.
    #[schema(value_type = String)]
    pub visibility: Visibility,
    /// Names of the accounts that it is shared with, for who may change it.
    pub shared_with: Vec<String>,
    /// Ids of the groups that it is shared with, for who may change it.
    pub shared_with_groups: Vec<String>,
    /// Sites that may embed it, for who may change it.
    pub sites: Vec<String>,
    /// True if its owner lets others download the file that it was made from.
    pub downloadable: bool,
    /// Its state.
    pub state: TitleState,
    /// Of a failure, for who may change it: the reason.
    pub reason: String,
    /// Seconds; null until they are known.
    pub duration: Option<f64>,
    /// When it was made.
    pub created: Micros,
    /// When it was first published.
    pub published: Option<Micros>,
    /// How often it was watched.
    pub views: i64,
    /// How many like it.
    pub likes: i64,
    /// True if who asks likes it.
    pub liked: bool,
    /// The id of its room; null where there is none.
    pub room: Option<Id>,
    /// Paths that play it; null until it is published.
    pub playback: Option<Playback>,
    /// True if who asks may change it.
    pub editable: bool,
    /// In what a search found: where what was searched for is said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spoken: Vec<Said>,
    /// Number of changes of what people wrote: the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// A text that is said at a time.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Said {
    /// Seconds from the beginning.
    pub at: f64,
    /// The text.
    pub text: String,
}

impl Said {
    /// A cue of a title.
    #[must_use]
    pub fn of(cue: Cue) -> Self {
        Self { at: seconds(cue.start), text: cue.text }
    }
}

/// Titles as `who` sees them; what they may not see is left out.
pub async fn all(app: &App, who: Who<'_>, titles: Vec<Whole>) -> Vec<Shown> {
    let permitted = titles.into_iter().map(|whole| (who.permit(whole.subject()), whole));
    let seen: Vec<(Permit, Whole)> = permitted.filter(|(permit, _)| *permit > Permit::Nothing).collect();
    let end = playback::end(app.now());
    let playbacks = playback::paths(app, seen.iter().map(|(_, whole)| whole.title.clone()).collect(), end).await;
    let paired = seen.into_iter().zip(playbacks);
    paired.map(|((permit, whole), playback)| Shown::of(whole, permit, playback)).collect()
}

/// A title as somebody sees it who may do `permit` with it.
pub async fn one(app: &App, whole: Whole, permit: Permit) -> Shown {
    let playback = playback::paths(app, vec![whole.title.clone()], playback::end(app.now())).await.pop().flatten();
    Shown::of(whole, permit, playback)
}

impl Shown {
    /// A title with its playback. What concerns its editors alone is left out for others.
    #[must_use]
    pub fn of(whole: Whole, permit: Permit, playback: Option<Playback>) -> Self {
        let is_editor = permit >= Permit::Edits;
        let Whole { title, owner, tags, shared_with, groups, sites, .. } = whole;
        // Others see what is published, while a newer source of it is on its way.
        let (state, reason) =
            if is_editor { (title.state, title.reason) } else { (TitleState::Published, String::new()) };
        let editors = |list: Vec<String>| if is_editor { list } else { Vec::new() };
        Self {
            id: title.id,
            name: title.words.name,
            description: title.words.description,
            tags,
            category: title.words.category,
            language: title.words.language,
            licence: title.words.licence,
            owner,
            visibility: title.visibility,
            downloadable: title.downloadable,
            shared_with: editors(shared_with),
            shared_with_groups: editors(groups),
            sites: editors(sites),
            state,
            reason,
            duration: title.duration.map(seconds),
            created: title.created,
            published: title.published,
            views: title.views,
            likes: 0,
            liked: false,
            room: None,
            playback,
            editable: is_editor,
            spoken: Vec::new(),
            version: title.version,
        }
    }
}

/// Seconds of milliseconds, exact for a hundred thousand years.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "a duration has far fewer than 2^53 milliseconds")]
pub fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
