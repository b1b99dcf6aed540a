//! JSON Feed 1.1.

use serde_json::{Value, json};

use super::Feed;
use crate::model::markdown;
use crate::titles::shown::Shown;

/// The feed as a document.
pub(super) fn document(feed: &Feed) -> String {
    let document = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.name,
        "home_page_url": feed.address(&feed.page),
        "feed_url": feed.address(&feed.path),
        "items": feed.titles.iter().map(|title| item(feed, title)).collect::<Vec<_>>(),
    });
    document.to_string()
}

fn item(feed: &Feed, title: &Shown) -> Value {
    let mut item = json!({
        "id": feed.page_of(title),
        "url": feed.page_of(title),
        "title": title.name,
        "content_html": markdown(&title.description),
        "date_published": title.published.unwrap_or(title.created),
        "tags": title.tags,
    });
    if let Some(owner) = &title.owner {
        item["authors"] = json!([{ "name": owner, "url": feed.address(&format!("/@{owner}")) }]);
    }
    if let Some(playback) = &title.playback {
        let media = json!({
            "url": feed.address(&playback.hls),
            "mime_type": "application/vnd.apple.mpegurl",
            "duration_in_seconds": title.duration,
        });
        item["attachments"] = json!([media]);
        if let Some(poster) = &playback.poster {
            item["image"] = json!(feed.address(poster));
        }
    }
    item
}
