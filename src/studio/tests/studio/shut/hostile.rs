//! Hostile texts stay texts.

use config::access::Visibility;
use serde_json::json;
use studio::model::Role;
use studio::model::markdown;

use crate::support::{House, hostile};

on_both!(hostile_texts_come_back_as_they_were_and_run_nowhere);

async fn hostile_texts_come_back_as_they_were_and_run_nowhere(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let path = format!("/api/v1/titles/{}", house.title("anna", "One", Visibility::Public).await);
    let texts = hostile::texts();
    assert_eq!(texts.len(), 400);
    for text in texts {
        let tag: String = text.chars().filter(|c| *c != ',').take(50).collect();
        let answer = anna.patch(&path, &json!({ "name": text, "description": text, "tags": [tag] })).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let title = answer.json();
        let tag = tag.trim().trim_start_matches('#').trim().to_lowercase();
        assert_eq!((&title["name"], &title["description"]), (&json!(text.trim()), &json!(text.trim_end())));
        assert_eq!(title["tags"], json!([tag]));
        let html = markdown(&text);
        assert_eq!(hostile::foreign_markup(&html), None, "{text}: {html}");
    }
}
