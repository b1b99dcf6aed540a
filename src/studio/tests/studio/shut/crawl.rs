//! Everything there is of a restricted title, for those who may not see it: the same as of what is not there.

use config::access::Visibility;
use http::Method;
use serde_json::{Value, json};
use studio::Studio;
use studio::model::Role;

use crate::support::{Client, House};

on_both!(a_restricted_title_is_not_there, no_list_tells_of_a_restricted_title);

/// What no title has for an id.
const NOTHING: &str = "0123456789abcdef";

/// Each method and path of the API that names a title, from its own description.
fn routes() -> Vec<(Method, String)> {
    let document = serde_json::to_value(Studio::document()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/titles/{id}"));
    let methods = paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().keys().map(|method| (method.to_uppercase().parse().unwrap(), path.clone()))
    });
    methods.collect()
}

async fn ask(client: &mut Client, method: &Method, path: &str, id: &str) -> (u16, String) {
    let path = format!("/api/v1{}", path.replacen("{id}", id, 1));
    let parts: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { NOTHING } else { part }).collect();
    let answer = client.with_json(method.clone(), &parts.join("/"), &[("if-match", "*")], &json!({})).await;
    (answer.status, answer.text().replace(id, "ID"))
}

async fn a_restricted_title_is_not_there(house: House) {
    house.member("anna", Role::Creator).await;
    let mut other = house.member("other", Role::Creator).await;
    let secret = house.title("anna", "Secret", Visibility::Restricted).await;
    let routes = routes();
    assert!(routes.len() >= 8, "{routes:?}");
    for (method, path) in &routes {
        for (name, client) in [("a stranger", &mut house.stranger()), ("another account", &mut other)] {
            let answer = ask(client, method, path, &secret).await;
            assert_eq!(answer, ask(client, method, path, NOTHING).await, "{method} {path} for {name}");
            assert!([400, 401, 404, 415].contains(&answer.0), "{method} {path} for {name}: {answer:?}");
        }
    }
    for path in ["/watch/{id}", "/watch/uploads/{id}", "/embed/{id}", "/titles/{id}"] {
        for client in [&mut house.stranger(), &mut other] {
            let status = client.get(&path.replace("{id}", &secret)).await.status;
            assert_eq!(status, client.get(&path.replace("{id}", NOTHING)).await.status, "{path}");
            assert_ne!(status, 200, "{path}");
        }
    }
}

async fn no_list_tells_of_a_restricted_title(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut other = house.member("other", Role::Creator).await;
    let secret = house.title("anna", "Quetzalcoatl", Visibility::Restricted).await;
    let edit = json!({ "tags": ["aztecs"], "category": "Myths", "description": "feathered" });
    assert_eq!(anna.patch(&format!("/api/v1/titles/{secret}"), &edit).await.status, 200);
    let list = anna.post("/api/v1/playlists", &json!({ "name": "Mine", "visibility": "public" })).await.json();
    let list = list["id"].as_str().unwrap();
    let added = anna.post(&format!("/api/v1/playlists/{list}/items"), &json!({ "title": secret })).await;
    assert_eq!(added.json()["length"], json!(1));
    for path in [
        "/api/v1/titles",
        "/api/v1/titles?q=quetzalcoatl",
        "/api/v1/titles?q=quetzalcoalt",
        "/api/v1/titles?q=anna&sort=name",
        "/api/v1/titles?tag=aztecs",
        "/api/v1/titles?category=Myths",
        "/api/v1/titles?owner=anna&sort=watched",
        "/api/v1/tags",
        "/api/v1/categories",
        "/api/v1/playlists",
        &format!("/api/v1/playlists/{list}"),
        "/feeds/people/anna/rss",
        "/feeds/people/anna/json",
        "/feeds/tags/aztecs/rss",
        "/",
        "/tags/aztecs",
        "/@anna",
        &format!("/playlists/{list}"),
    ] {
        for client in [&mut house.stranger(), &mut other] {
            let answer = client.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            let text = answer.text();
            let told = [secret.as_str(), "Quetzalcoatl", "feathered", "Myths"].iter().any(|word| text.contains(word));
            assert!(!told, "{path}: {text}");
            let is_list = answer.header("content-type") == "application/json";
            let count = if is_list { answer.json()["length"].clone() } else { Value::Null };
            assert!(count.is_null() || count == json!(0), "{path}");
        }
    }
}

#[test]
fn the_description_refers_to_nothing_that_it_has_not() {
    let text = serde_json::to_string(&Studio::document()).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let known = document["components"]["schemas"].as_object().unwrap();
    for part in text.split("\"$ref\":\"").skip(1) {
        let name = part.split('"').next().unwrap().strip_prefix("#/components/schemas/").unwrap();
        assert!(known.contains_key(name), "{name}");
    }
}
