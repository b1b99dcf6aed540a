//! What becomes of titles, as the packager tells it.

use std::fs;
use std::time::Duration;

use config::access::Visibility;
use config::tree::TitleName;
use studio::model::{Id, Micros, Role, TitleState, UploadState};
use studio::ports::Packaging;
use studio::store::titles;
use studio::store::uploads::{self, Goal, Upload};
use studio::titles::progress::sync::{Seen, give, look};

use crate::support::House;
use crate::uploads::uploaded;

on_both!(
    a_title_s_states_are_told_as_they_come,
    what_failed_says_why_and_can_be_tried_again,
    a_published_title_stays_so_whatever_becomes_of_a_new_file,
    a_new_file_has_a_way_to_go_from_its_last_byte_on,
    an_operator_s_titles_have_rows_and_leave_with_them,
    a_folder_s_titles_are_given_to_an_account_made_later,
    a_title_that_is_brought_back_has_become_what_it_became,
    a_retry_that_fails_for_the_same_reason_has_failed,
);

/// What the packager says of a title whose source is there.
pub(crate) fn note(house: &House, title: &str, source: &str, state: TitleState) -> Packaging {
    let is_published = state == TitleState::Published;
    Packaging {
        title: TitleName::parse(title).unwrap(),
        state,
        progress: None,
        reason: String::new(),
        published: is_published.then_some(Micros(1_790_000_100_000_000)),
        source: Some(house.folder().join("ingest").join(source)),
        is_out: false,
    }
}

/// The states in a stream of events.
fn states(stream: &str) -> Vec<String> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    let parsed = data.map(|data| serde_json::from_str::<serde_json::Value>(data).unwrap());
    parsed.map(|data| data["state"].as_str().unwrap().to_owned()).collect()
}

async fn a_title_s_states_are_told_as_they_come(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let (name, source) = (format!("studio/{id}"), format!("@studio/{id}.mp4"));
    let title = TitleName::parse(&name).unwrap();
    let path = format!("/api/v1/titles/{id}/events");
    for mut other in [house.member("berta", Role::Creator).await, house.member("carla", Role::Viewer).await] {
        assert_eq!(other.get(&path).await.status, 404);
    }
    assert_eq!(house.stranger().get(&path).await.status, 401);
    let watching = tokio::spawn({
        let (mut anna, path) = (anna.clone(), path.clone());
        async move { anna.get(&path).await }
    });
    let mut seen = Seen::default();
    tokio::time::sleep(Duration::from_millis(400)).await;
    for (state, progress) in
        [(TitleState::Probing, None), (TitleState::Encoding, Some((5, 10))), (TitleState::Proving, None)]
    {
        house.studio.heard(&title, state, progress);
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    house.packager.say(vec![note(&house, &name, &source, TitleState::Published)]);
    look(house.studio.app(), &mut seen).await.unwrap();
    let told = watching.await.unwrap();
    assert_eq!((told.status, told.header("content-type")), (200, "text/event-stream"));
    let told = told.text();
    assert_eq!(states(&told).last().unwrap(), "published", "{told}");
    assert!(told.contains(r#"{"state":"encoding","done":5,"total":10}"#), "{told}");
    // A browser that saw the end asks again, and is told to stop.
    let again = anna.send(http::Method::GET, &path, &[("last-event-id", "last")], Vec::new()).await;
    assert_eq!(again.status, 204);
    assert_eq!(anna.get(&format!("/api/v1/titles/{id}")).await.json()["state"], "published");
}

async fn what_failed_says_why_and_can_be_tried_again(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let (name, source) = (format!("studio/{id}"), format!("@studio/{id}.mp4"));
    let retry = format!("/api/v1/titles/{id}/retry");
    let mut seen = Seen::default();
    assert_eq!(anna.send(http::Method::POST, &retry, &[], Vec::new()).await.status, 409, "it has not failed");
    let mut failed = note(&house, &name, &source, TitleState::Failed);
    failed.reason = "this is no media; export it as MP4".into();
    house.packager.say(vec![failed]);
    look(house.studio.app(), &mut seen).await.unwrap();
    let shown = anna.get(&format!("/api/v1/titles/{id}")).await.json();
    assert_eq!(
        (shown["state"].as_str(), shown["reason"].as_str()),
        (Some("failed"), Some("this is no media; export it as MP4"))
    );
    let mut berta = house.member("berta", Role::Creator).await;
    assert_eq!(berta.send(http::Method::POST, &retry, &[], Vec::new()).await.status, 404);
    assert_eq!(anna.send(http::Method::POST, &retry, &[], Vec::new()).await.status, 202);
    assert_eq!(*house.packager.wishes.lock().unwrap(), [format!("retry {name}")]);
    assert_eq!(anna.get(&format!("/api/v1/titles/{id}")).await.json()["state"], "waiting");
    house.packager.say(vec![note(&house, &name, &source, TitleState::Failed)]);
    look(house.studio.app(), &mut seen).await.unwrap();
    fs::remove_file(house.folder().join("ingest").join(&source)).unwrap();
    let lost = anna.send(http::Method::POST, &retry, &[], Vec::new()).await;
    assert_eq!((lost.status, lost.json()["type"].as_str()), (409, Some("/problems/no-source")));
}

async fn a_published_title_stays_so_whatever_becomes_of_a_new_file(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let (name, source) = (format!("studio/{id}"), format!("@studio/{id}.mp4"));
    let mut seen = Seen::default();
    house.packager.say(vec![note(&house, &name, &source, TitleState::Published)]);
    let app = house.studio.app();
    // Nothing is in the library here: until it is, the packager has not come to this source.
    app.live.ended(&TitleName::parse(&name).unwrap());
    look(app, &mut seen).await.unwrap();
    uploaded(&mut anna, b"hello, world", &[("filename", "a.mp4"), ("replace", &id)]).await;
    let mut encoding = note(&house, &name, &source, TitleState::Encoding);
    encoding.published = Some(Micros(1));
    house.packager.say(vec![encoding]);
    look(app, &mut seen).await.unwrap();
    let shown = anna.get(&format!("/api/v1/titles/{id}")).await.json();
    assert_eq!(shown["state"], "published");
    assert!(!shown["playback"].is_null());
    let mut failed = note(&house, &name, &source, TitleState::Failed);
    (failed.reason, failed.published) = ("this is no media".into(), Some(Micros(1)));
    house.packager.say(vec![failed]);
    look(app, &mut seen).await.unwrap();
    let shown = anna.get(&format!("/api/v1/titles/{id}")).await.json();
    assert_eq!(shown["state"], "published");
    assert!(shown["reason"].as_str().unwrap().ends_with("the new file failed: this is no media"), "{shown}");
}

async fn an_operator_s_titles_have_rows_and_leave_with_them(house: House) {
    let mut admin = house.member("boss", Role::Administrator).await;
    let mut seen = Seen::default();
    let listed = |answer: serde_json::Value| answer["items"].as_array().unwrap().len();
    house.packager.say(vec![note(&house, "shows/one", "shows/One.mp4", TitleState::Published)]);
    look(house.studio.app(), &mut seen).await.unwrap();
    let titles = house.stranger().get("/api/v1/titles").await.json();
    assert_eq!((listed(titles.clone()), titles["items"][0]["owner"].is_null()), (1, true), "{titles}");
    let mut out = note(&house, "shows/one", "shows/One.mp4", TitleState::Failed);
    (out.is_out, out.reason) = (true, "an operator took it out".into());
    let never = Packaging { title: TitleName::parse("shows/two").unwrap(), ..out.clone() };
    house.packager.say(vec![out, never]);
    look(house.studio.app(), &mut seen).await.unwrap();
    assert_eq!(listed(house.stranger().get("/api/v1/titles").await.json()), 0);
    let id = titles["items"][0]["id"].as_str().unwrap();
    assert_eq!(admin.get(&format!("/api/v1/titles/{id}")).await.json()["reason"], "an operator took it out");
}

async fn a_new_file_has_a_way_to_go_from_its_last_byte_on(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "Hello", Visibility::Public).await;
    let path = format!("/api/v1/titles/{id}/events");
    assert_eq!(states(&anna.get(&path).await.text()), ["published"]);
    let title: Id = id.parse().unwrap();
    let app = house.studio.app();
    let mut db = app.store.write().await.unwrap();
    let owner = titles::by_id(&mut db, &title).await.unwrap().unwrap().owner.unwrap();
    let upload = Upload {
        id: Id::random().unwrap(),
        account: owner,
        filename: "b.mp4".into(),
        name: "b".into(),
        visibility: Visibility::Public,
        goal: Goal::Source(title.clone()),
        length: 0,
        received: 0,
        state: UploadState::Receiving,
        title: None,
        created: app.now(),
        touched: app.now(),
    };
    uploads::insert(&mut db, &upload).await.unwrap();
    assert!(uploads::complete(&mut db, &upload.id, &title).await.unwrap());
    db.commit().await.unwrap();
    let status = studio::titles::progress::states::status(app, &title).await.unwrap().unwrap();
    assert_eq!(status.state, TitleState::Received);
}

async fn a_title_that_is_brought_back_has_become_what_it_became(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let (name, source) = (format!("studio/{id}"), format!("@studio/{id}.mp4"));
    let (app, path) = (house.studio.app(), format!("/api/v1/titles/{id}"));
    let mut seen = Seen::default();
    house.packager.say(vec![note(&house, &name, &source, TitleState::Encoding)]);
    look(app, &mut seen).await.unwrap();
    assert_eq!(anna.delete(&path).await.status, 204);
    house.packager.say(vec![note(&house, &name, &source, TitleState::Published)]);
    look(app, &mut seen).await.unwrap();
    assert_eq!(app.live.status(&TitleName::parse(&name).unwrap(), app.now()), None, "nothing more happens to it");
    assert_eq!(anna.send(http::Method::POST, &format!("{path}/restore"), &[], Vec::new()).await.status, 200);
    look(app, &mut seen).await.unwrap();
    let shown = anna.get(&path).await.json();
    assert_eq!((shown["state"].as_str(), shown["playback"].is_null()), (Some("published"), false), "{shown}");
}

async fn a_retry_that_fails_for_the_same_reason_has_failed(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let id = uploaded(&mut anna, b"hello", &[("filename", "a.mp4")]).await;
    let (name, source) = (format!("studio/{id}"), format!("@studio/{id}.mp4"));
    let (app, path) = (house.studio.app(), format!("/api/v1/titles/{id}"));
    let mut seen = Seen::default();
    let mut failed = note(&house, &name, &source, TitleState::Failed);
    failed.reason = "this is no media".into();
    for _ in 0..2 {
        house.packager.say(vec![failed.clone()]);
        look(app, &mut seen).await.unwrap();
        // In one process with the packager, its events come first.
        let retried = anna.send(http::Method::POST, &format!("{path}/retry"), &[], Vec::new()).await;
        assert_eq!(retried.status, 202, "{retried:?}");
        house.studio.heard(&TitleName::parse(&name).unwrap(), TitleState::Probing, None);
        house.studio.heard(&TitleName::parse(&name).unwrap(), TitleState::Failed, None);
        look(app, &mut seen).await.unwrap();
        let shown = anna.get(&path).await.json();
        let told = (shown["state"].as_str(), shown["reason"].as_str());
        assert_eq!(told, (Some("failed"), Some("this is no media")), "{shown}");
    }
}

async fn a_folder_s_titles_are_given_to_an_account_made_later(mut house: House) {
    house.packager.say(vec![
        note(&house, "shows/one", "shows/One.mp4", TitleState::Published),
        note(&house, "showsreel", "showsreel.mp4", TitleState::Published),
    ]);
    look(house.studio.app(), &mut Seen::default()).await.unwrap();
    let mut anna = house.member("anna", Role::Creator).await;
    house.restart(|settings| settings.folders = vec!["shows=anna".into()]).await;
    give(house.studio.app()).await.unwrap();
    let own = anna.get("/api/v1/titles?owner=anna").await.json();
    let names: Vec<&str> = own["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["one"]);
}
