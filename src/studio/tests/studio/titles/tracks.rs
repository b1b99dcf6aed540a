//! Tracks beside a title's file: subtitles and further sound.

use std::fs;

use http::Method;
use serde_json::json;
use studio::model::{Role, TitleState};
use studio::titles::progress::sync::{Seen, look};

use super::states::note;
use crate::support::House;
use crate::uploads::{create, uploaded};

on_both!(
    what_is_said_is_found_once_it_is_published,
    subtitles_lie_beside_the_source,
    sound_is_uploaded_beside_the_source,
    tracks_are_bounded_and_their_owner_s
);

const VTT: &str = "WEBVTT\n\n00:01.000 --> 00:02.000\nBonjour\n";
const SRT: &str = "1\r\n00:00:01,000 --> 00:00:02,000\r\nBonsoir\r\n";

async fn subtitles_lie_beside_the_source(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let folder = house.folder().join("ingest/@studio");
    let path = |rest: &str| format!("/api/v1/titles/{id}/{rest}");
    let put = async |rest: &str, text: &str| {
        anna.clone().send(Method::PUT, &path(rest), &[("content-type", "text/vtt")], text.into()).await
    };
    assert_eq!(put("texts/FR", VTT).await.status, 202);
    assert_eq!(fs::read_to_string(folder.join(format!("{id}.fr.vtt"))).unwrap(), VTT);
    assert_eq!(put("texts/fr", SRT).await.status, 202);
    assert_eq!(fs::read_to_string(folder.join(format!("{id}.fr.srt"))).unwrap(), SRT);
    assert!(!folder.join(format!("{id}.fr.vtt")).exists(), "one track has one file");
    assert_eq!(put("texts/eng", VTT).await.status, 202);
    assert!(folder.join(format!("{id}.en.vtt")).exists(), "eng and en are one");
    assert_eq!(anna.clone().delete(&path("texts/en")).await.status, 202);
    assert_eq!(put("texts/de?purpose=forced", VTT).await.status, 202);
    let listed = anna.clone().get(&path("tracks")).await.json();
    assert_eq!(
        listed["items"],
        json!([
            { "kind": "text", "language": "de", "purpose": "forced", "bytes": VTT.len() },
            { "kind": "text", "language": "fr", "purpose": "full", "bytes": SRT.len() },
        ])
    );
    for (rest, text, field) in [
        ("texts/fr", "", "file"),
        ("texts/fr", "WEBVTT\n\nNOTE nothing is said\n", "file"),
        ("texts/fr", "\0\u{1}PNG", "file"),
        ("texts/x", VTT, "language"),
        ("texts/zz", VTT, "language"),
        ("texts/..%2F..%2Fx", VTT, "language"),
    ] {
        let refused = put(rest, text).await;
        assert_eq!((refused.status, refused.json()["field"].as_str()), (400, Some(field)), "{rest}: {refused:?}");
    }
    assert_eq!(put("texts/fr", &"a".repeat((4 << 20) + 1)).await.status, 413);
    assert_eq!(fs::read_to_string(folder.join(format!("{id}.fr.srt"))).unwrap(), SRT, "as it was");
    assert_eq!(anna.clone().delete(&path("texts/de")).await.status, 404, "there is but a forced one");
    assert_eq!(anna.clone().delete(&path("texts/de?purpose=forced")).await.status, 202);
    assert_eq!(anna.clone().delete(&path("texts/fr")).await.status, 202);
    assert_eq!(anna.clone().get(&path("tracks")).await.json()["items"], json!([]));
}

async fn what_is_said_is_found_once_it_is_published(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let name = format!("studio/{id}");
    let folder = house.folder().join("library").join(&name);
    let publish = |revision: &str, texts: &[(&str, &str, &str)]| {
        let text = texts.iter().map(|(name, kind, said)| {
            let folder = folder.join(revision).join("text").join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("text.vtt"), format!("WEBVTT\n\n00:03.000 --> 00:04.000\n{said}\n")).unwrap();
            json!({ "name": name, "language": "en", "label": "English", "kind": kind, "cues": 1,
                    "average_bandwidth": 1, "peak_bandwidth": 1, "bytes": 1, "segments": 1 })
        });
        let described = json!({
            "title": name, "revision": revision, "duration": { "ticks": 5, "timescale": 1 }, "poster": null,
            "source": { "name": "a.mp4", "size": 5, "blake3": "", "format": "mp4" },
            "made_with": { "pack": "1", "ffmpeg": "5" },
            "video": [], "audio": [], "text": text.collect::<Vec<_>>(), "warnings": [],
        });
        fs::write(folder.join("title.json"), described.to_string()).unwrap();
    };
    let source = format!("@studio/{id}.mp4");
    let mut seen = Seen::default();
    let found = async |word: &str| anna.clone().get(&format!("/api/v1/titles?q={word}")).await.json()["items"].clone();
    publish(
        "r1",
        &[("en", "subtitles", "mountains"), ("en-sdh", "captions", "thunder"), ("en-forced", "forced", "sign")],
    );
    let mut told = note(&house, &name, &source, TitleState::Published);
    house.packager.say(vec![told.clone()]);
    look(house.studio.app(), &mut seen).await.unwrap();
    assert_eq!(found("mountains").await[0]["spoken"], json!([{ "at": 3.0, "text": "mountains" }]));
    assert_eq!((found("thunder").await, found("sign").await), (json!([]), json!([])), "one text a language");
    publish("r2", &[("en-sdh", "captions", "thunder")]);
    told.published = told.published.map(|at| at.plus_seconds(1));
    house.packager.say(vec![told.clone()]);
    look(house.studio.app(), &mut seen).await.unwrap();
    assert_eq!(found("mountains").await, json!([]));
    assert_eq!(found("thunder").await[0]["spoken"], json!([{ "at": 3.0, "text": "thunder" }]));
    assert_eq!(house.stranger().get("/api/v1/titles?q=thunder").await.json()["items"], json!([]), "it is restricted");
    publish("r3", &[]);
    told.published = told.published.map(|at| at.plus_seconds(1));
    house.packager.say(vec![told]);
    look(house.studio.app(), &mut seen).await.unwrap();
    assert_eq!(found("thunder").await, json!([]));
}

async fn sound_is_uploaded_beside_the_source(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let used = async || anna.clone().get("/api/v1/me").await.json()["used"].clone();
    let before = used().await;
    let said = [("filename", "voice.M4A"), ("beside", id.as_str()), ("language", "fr")];
    assert_eq!(uploaded(&mut anna.clone(), b"sound", &said).await, id, "it is no title of its own");
    let file = house.folder().join(format!("ingest/@studio/{id}.fr.m4a"));
    assert_eq!(fs::read(&file).unwrap(), b"sound");
    assert_eq!(used().await.as_i64().zip(before.as_i64()).map(|(after, before)| after - before), Some(5));
    let again = [("filename", "voice.flac"), ("beside", id.as_str()), ("language", "fr")];
    uploaded(&mut anna.clone(), b"better", &again).await;
    assert!(!file.exists(), "one track has one file");
    let path = format!("/api/v1/titles/{id}");
    let listed = anna.get(&format!("{path}/tracks")).await.json();
    assert_eq!(listed["items"], json!([{ "kind": "audio", "language": "fr", "purpose": "full", "bytes": 6 }]));
    let titles = anna.get("/api/v1/titles?owner=anna").await.json();
    assert_eq!(titles["items"].as_array().unwrap().len(), 1, "{titles}");
    for (name, of, status) in [("a.mp4", id.as_str(), 400), ("a", &id, 400), ("a.m4a", "0123456789abcdef", 404)] {
        let refused = create(&mut anna, 5, &[("filename", name), ("beside", of), ("language", "fr")]).await;
        assert_eq!(refused.status, status, "{name}: {refused:?}");
    }
    assert_eq!(anna.clone().delete(&format!("{path}/audio/fr")).await.status, 202);
    assert_eq!(anna.clone().delete(&format!("{path}/audio/fr")).await.status, 404);
}

async fn tracks_are_bounded_and_their_owner_s(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let path = |rest: &str| format!("/api/v1/titles/{id}/{rest}");
    let mut berta = house.member("berta", Role::Creator).await;
    assert_eq!(berta.send(Method::PUT, &path("texts/fr"), &[], VTT.into()).await.status, 404);
    assert_eq!(berta.get(&path("tracks")).await.status, 404);
    assert_eq!(berta.delete(&path("texts/fr")).await.status, 404);
    assert_eq!(create(&mut berta, 5, &[("filename", "a.m4a"), ("beside", &id), ("language", "fr")]).await.status, 404);
    for n in 0..100 {
        let put = anna.send(Method::PUT, &path(&format!("texts/en-{n:03}")), &[], VTT.into()).await;
        assert_eq!(put.status, 202, "{n}: {put:?}");
    }
    let refused = anna.send(Method::PUT, &path("texts/fr"), &[], VTT.into()).await;
    assert_eq!((refused.status, refused.json()["type"].as_str()), (409, Some("/problems/too-many")), "{refused:?}");
    assert_eq!(anna.send(Method::PUT, &path("texts/en-000"), &[], SRT.into()).await.status, 202);
}
