//! Feeds, counts of tags and oEmbed: what everybody may find, and nothing else.

use config::access::Visibility;
use serde_json::{Value, json};
use studio::model::{Role, TitleState};

use crate::support::{Client, House, hostile};

on_both!(feeds_have_what_is_public, counts_are_of_what_is_public, other_sites_show_what_is_public, feeds_are_documents);

async fn library(house: &House) -> (Client, String, String) {
    let anna = house.member("anna", Role::Creator).await;
    let public = house.title("anna", "Public", Visibility::Public).await;
    let unlisted = house.title("anna", "Unlisted", Visibility::Unlisted).await;
    let secret = house.title("anna", "Secret", Visibility::Restricted).await;
    let failed = house.title_in("anna", "Failed", Visibility::Public, TitleState::Failed).await;
    for id in [&public, &unlisted, &secret, &failed] {
        house.tag(id, &["nature & c++"]).await;
    }
    (anna, public, unlisted)
}

async fn feeds_have_what_is_public(house: House) {
    let (mut anna, public, _) = library(&house).await;
    for client in [&mut house.stranger(), &mut anna] {
        for (page, path) in [
            ("/@anna", "/feeds/people/anna/json"),
            ("/tags/nature%20%26%20c%2B%2B", "/feeds/tags/nature%20%26%20c%2B%2B/json"),
        ] {
            let shown = client.get(page).await.text();
            for form in [path.to_owned(), path.replace("json", "rss")] {
                assert_eq!(shown.matches(&format!("href=\"{form}\"")).count(), 2, "told to programs and to people");
            }
            let feed = client.get(path).await;
            assert_eq!((feed.status, feed.header("content-type")), (200, "application/feed+json"), "{feed:?}");
            let feed = feed.json();
            let items = feed["items"].as_array().unwrap();
            assert_eq!((items.len(), &items[0]["title"]), (1, &json!("Public")), "{path}");
            assert!(items[0]["url"].as_str().unwrap().ends_with(&format!("/watch/{public}")));
            assert_eq!(items[0]["date_published"], "2026-09-21T14:13:20Z");
            let rss = client.get(&path.replace("json", "rss")).await;
            assert_eq!((rss.status, rss.header("content-type")), (200, "application/rss+xml"));
            let text = rss.text();
            assert!(
                text.contains("<title>Public</title>") && text.contains("Mon, 21 Sep 2026 14:13:20 +0000"),
                "{text}"
            );
            for hidden in ["Unlisted", "Secret", "Failed"] {
                assert!(!text.contains(hidden), "{text}");
            }
        }
    }
    let mut stranger = house.stranger();
    for (path, status) in [
        ("/feeds/people/nobody/rss", 404),
        ("/feeds/people/anna/atom", 404),
        ("/feeds/people/%00/rss", 404),
        ("/feeds/tags/%00/rss", 404),
        ("/feeds/tags/nothing/rss", 200),
    ] {
        assert_eq!(stranger.get(path).await.status, status, "{path}");
    }
}

async fn counts_are_of_what_is_public(house: House) {
    let (mut anna, public, _) = library(&house).await;
    anna.patch(&format!("/api/v1/titles/{public}"), &json!({ "category": "Films" })).await;
    let tags = anna.get("/api/v1/tags").await.json();
    assert_eq!(tags["items"], json!([{ "name": "nature & c++", "titles": 1 }]));
    assert_eq!(anna.get("/api/v1/categories").await.json()["items"], json!([{ "name": "Films", "titles": 1 }]));
}

async fn other_sites_show_what_is_public(house: House) {
    let (mut anna, public, unlisted) = library(&house).await;
    let secret = anna.get("/api/v1/titles?q=secret").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let mut ask = async |url: &str, more: &str| {
        let url: String = url.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/api/v1/oembed?url={url}{more}");
        anna.send(http::Method::GET, &path, &[("host", "a.example")], Vec::new()).await
    };
    for id in [&public, &unlisted] {
        let embed = ask(&format!("http://a.example/watch/{id}?t=1"), "&maxwidth=320").await.json();
        assert_eq!((&embed["version"], &embed["type"], &embed["width"]), (&json!("1.0"), &json!("video"), &json!(320)));
        assert!(embed["html"].as_str().unwrap().contains(&format!("src=\"http://a.example/embed/{id}\"")), "{embed}");
    }
    for (url, more, status) in [
        (format!("http://a.example/watch/{secret}"), "", 404),
        (format!("http://b.example/watch/{public}"), "", 404),
        (format!("http://a.example/embed/{public}"), "", 404),
        (format!("http://a.example/watch/{public}"), "&format=xml", 501),
        (format!("http://a.example/watch/{public}"), "&format=", 400),
        ("\u{0}".into(), "", 404),
    ] {
        assert_eq!(ask(&url, more).await.status, status, "{url}");
    }
}

async fn feeds_are_documents(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "One", Visibility::Public).await;
    for text in hostile::texts().into_iter().step_by(7).chain(["a\u{fffe}b".into()]) {
        let change = json!({ "name": text, "description": text });
        assert_eq!(anna.patch(&format!("/api/v1/titles/{id}"), &change).await.status, 200);
        let rss = anna.get("/feeds/people/anna/rss").await.text();
        let mut reader = quick_xml::Reader::from_str(&rss);
        let mut names = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(tag) => names.push(tag.name().0.to_owned()),
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        let known = ["rss", "channel", "title", "link", "description", "item", "guid", "pubDate", "category"];
        assert!(names.iter().all(|name| known.contains(&name.as_str())), "{text}: {names:?}");
        assert_ne!(anna.get("/feeds/people/anna/json").await.json()["items"][0], Value::Null);
    }
}
