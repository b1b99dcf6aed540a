//! Paths that play a title.

use config::access::Visibility;
use config::tree::{MPD, PLAYLIST, TitleName};
use serde::Serialize;

use crate::http::App;
use crate::model::Micros;
use crate::store::titles::Title;

/// Seconds that a token lasts at least. Pages ask for the next one before its end.
const LASTS: i64 = 15 * 60;
/// Tokens end at whole multiples of this many seconds: all who ask meanwhile get the same one, and caches have one copy.
const STEP: i64 = 5 * 60;

/// Paths that play a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Playback {
    /// The HLS multivariant playlist.
    pub hls: String,
    /// The DASH MPD.
    pub dash: String,
    /// The poster; null where there is none.
    pub poster: Option<String>,
    /// When these paths end; null where they stay. Ask for the title again before.
    pub expires: Option<Micros>,
}

/// The paths of each of `titles`, in their order: `None` for one that was never published, or whose token can't be made.
/// Tokens last until `end`.
pub async fn paths(app: &App, titles: Vec<Title>, end: Micros) -> Vec<Option<Playback>> {
    let is_restricted = |title: &Title| title.published.is_some() && title.visibility == Visibility::Restricted;
    if !titles.iter().any(is_restricted) {
        return titles.iter().map(|title| title.published.map(|_| plain(title))).collect();
    }
    let signer = app.ports.signer.clone();
    let sign = move || {
        titles
            .iter()
            .map(|title| {
                title.published?;
                if title.visibility != Visibility::Restricted {
                    return Some(plain(title));
                }
                let seconds = u64::try_from(end.seconds()).unwrap_or(0);
                let token = signer.sign(&title.title, seconds).inspect_err(|error| tracing::error!("{error}")).ok()?;
                Some(below(&format!("/vod/~{token}"), title, Some(end)))
            })
            .collect()
    };
    // Signing reads the title's record of access.
    tokio::task::spawn_blocking(sign).await.unwrap_or_default()
}

/// The end of tokens that pages renew.
#[must_use]
pub fn end(now: Micros) -> Micros {
    let seconds = now.seconds().saturating_add(LASTS).div_euclid(STEP).saturating_add(1).saturating_mul(STEP);
    Micros::default().plus_seconds(seconds)
}

fn plain(title: &Title) -> Playback {
    below("/vod", title, None)
}

fn below(root: &str, title: &Title, expires: Option<Micros>) -> Playback {
    let path = |file: &str| path(root, &title.title, file);
    let poster = (!title.poster.is_empty()).then(|| path(&title.poster));
    Playback { hls: path(PLAYLIST), dash: path(MPD), poster, expires }
}

fn path(root: &str, title: &TitleName, file: &str) -> String {
    format!("{root}/{title}/{file}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_last_a_quarter_of_an_hour_and_are_the_same_for_five_minutes() {
        let at = |seconds| Micros::default().plus_seconds(seconds);
        assert_eq!(end(at(0)), at(1200));
        assert_eq!(end(at(299)), at(1200));
        assert_eq!(end(at(300)), at(1500));
    }
}
