//! oEmbed 1.0: how other sites show a title whose address somebody gives them.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::path::Asked;
use crate::http::problem::Problem;
use crate::http::site::Site;
use crate::titles::find;

/// The player's usual width, pixels; its height follows by 16:9.
const WIDTH: u32 = 640;
/// The smallest width, pixels.
const NARROWEST: u32 = 160;

/// The title that is asked for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Wanted {
    /// The address of its page.
    url: String,
    /// Pixels.
    maxwidth: Option<u32>,
    /// Pixels.
    maxheight: Option<u32>,
    /// `json`, which is all that there is.
    format: Option<String>,
}

/// A title to be embedded.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Embed {
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    author_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author_url: Option<String>,
    provider_name: &'static str,
    provider_url: String,
    width: u32,
    height: u32,
    /// A frame with the player.
    html: String,
}

/// How another site shows a public or unlisted title.
#[utoipa::path(get, path = "/oembed", params(Wanted), responses(
    (status = OK, body = Embed),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = NOT_IMPLEMENTED, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn show(
    State(app): State<App>,
    Site(site): Site,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Embed>, Problem> {
    match wanted.format.as_deref() {
        None | Some("json") => {}
        // The other one that oEmbed 1.0 §2.2 has; its §2.3 wants this status.
        Some("xml") => {
            return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "format", "there is no other format than json"));
        }
        Some(_) => return Err(Problem::invalid("format", "oEmbed's formats are json and xml")),
    }
    let name = wanted.url.strip_prefix(&site).and_then(|path| path.strip_prefix("/watch/"));
    let name = name.and_then(|rest| rest.split(['?', '#']).next()).ok_or_else(Problem::not_found)?;
    // As a stranger: whoever asks, the other site shows it to everybody.
    let whole = find::one(&app, &Viewer::Stranger, &find::id_of(&app, name).await?).await?.whole;
    let (width, height) = size(wanted.maxwidth, wanted.maxheight);
    let html = format!(
        "<iframe src=\"{}/embed/{}\" width=\"{width}\" height=\"{height}\" allow=\"autoplay; fullscreen; \
         picture-in-picture\" allowfullscreen></iframe>",
        site.replace(['"', '<', '>', '&'], ""),
        whole.title.id
    );
    Ok(Json(Embed {
        version: "1.0",
        kind: "video",
        title: whole.title.words.name,
        author_url: whole.owner.as_ref().map(|owner| format!("{site}/@{owner}")),
        author_name: whole.owner.map(|owner| owner.to_string()),
        provider_name: "pack",
        provider_url: site,
        width,
        height,
        html,
    }))
}

/// The largest player of 16:9 within the bounds.
fn size(maxwidth: Option<u32>, maxheight: Option<u32>) -> (u32, u32) {
    let by_height = maxheight.map_or(WIDTH, |height| height.saturating_mul(16) / 9);
    let width = WIDTH.min(maxwidth.unwrap_or(WIDTH)).min(by_height).max(NARROWEST);
    (width, width * 9 / 16)
}
