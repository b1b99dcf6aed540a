//! Signing in elsewhere: with two providers of others, and with one that lies.

mod honest;
mod hostile;
mod liar;

use config::settings::Provider;
use serde_json::json;

use crate::support::{Answer, Client, House};

/// Where the studio is to the provider.
const HERE: &str = "http://127.0.0.1:9";

/// Makes the provider at `issuer` the studio's, as `id`.
async fn provide(house: &mut House, id: &str, issuer: &str) {
    let provider = Provider {
        id: id.into(),
        name: "Elsewhere".into(),
        issuer: issuer.into(),
        client_id: "studio".into(),
        client_secret_file: house.folder().join("secret"),
    };
    std::fs::write(&provider.client_secret_file, "a secret of the studio's own\n").unwrap();
    house
        .restart(|settings| {
            settings.address = HERE.into();
            settings.oidc.push(provider);
        })
        .await;
}

/// Begins to sign in at the provider `id`; gives its page's address.
async fn set_out(client: &mut Client, id: &str) -> String {
    let begun = client.post(&format!("/api/v1/oidc/{id}"), &json!({ "next": "/playlists" })).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    assert!(begun.header("set-cookie").contains("; HttpOnly; SameSite=Lax"), "{begun:?}");
    begun.json()["url"].as_str().unwrap().into()
}

/// Comes back to the address that the provider leads to.
async fn come_back(client: &mut Client, address: &str) -> Answer {
    let path = address.strip_prefix(HERE).unwrap_or_else(|| panic!("{address}"));
    client.send(http::Method::GET, path, &[("sec-fetch-site", "cross-site")], Vec::new()).await
}

/// The value of `name` in the query of an address.
fn parameter(address: &str, name: &str) -> String {
    let query = address.split_once('?').unwrap().1;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).unwrap_or_else(|| panic!("no {name} in {address}")).1.into()
}
