//! Playlists on pages.

use config::access::Visibility;
use studio::model::Role;

use super::{form, page};
use crate::support::House;

on_both!(a_playlist_is_made_ordered_and_played);

async fn a_playlist_is_made_ordered_and_played(house: House) {
    let mut anna = house.member("anna", Role::Creator).await;
    let mut berta = house.member("berta", Role::Viewer).await;
    let one = house.title("anna", "Title one", Visibility::Public).await;
    let two = house.title("anna", "Title two", Visibility::Restricted).await;
    let made = form(&mut anna, "/playlists/add", &format!("title={one}&name=For+rain")).await;
    let list = made.header("location").split('?').next().unwrap().to_owned();
    assert!(list.starts_with("/playlists/"), "{made:?}");
    let id = list.rsplit('/').next().unwrap();
    assert_eq!(form(&mut anna, "/playlists/add", &format!("title={two}&playlist={id}&name=")).await.status, 303);
    let about = "name=For+rain&description=*slow*&visibility=public&version=";
    let stale = form(&mut anna, &list, &format!("{about}1")).await;
    assert_eq!(stale.header("location"), format!("{list}?did=playlist.stale"));
    let version =
        |text: &str| text.split("data-version=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let now = version(&page(&mut anna, &list, &[]).await.text());
    assert_eq!(form(&mut anna, &list, &format!("{about}{now}")).await.header("location"), list);
    let now = version(&page(&mut anna, &list, &[]).await.text());
    assert_eq!(form(&mut anna, &format!("{list}/order"), &format!("version={now}&up={two}")).await.status, 303);
    let shown = page(&mut anna, &list, &[]).await.text();
    assert!(shown.find("Title two").unwrap() < shown.find("Title one").unwrap());
    let seen = page(&mut berta, &list, &[]).await.text();
    assert!(seen.contains("Title one") && !seen.contains("Title two") && seen.contains("<em>slow</em>"));
    assert_eq!(form(&mut berta, &format!("{list}/order"), &format!("version={now}&remove={one}")).await.status, 403);
    let queue = page(&mut anna, &format!("/watch/{one}?list={id}"), &[]).await.text();
    assert!(queue.contains("2 of 2") && queue.contains(&format!("/watch/{two}?list={id}")));
    assert!(page(&mut berta, &format!("/watch/{one}?list={id}"), &[]).await.text().contains("1 of 1"));
    assert!(page(&mut berta, "/playlists", &[]).await.text().contains("For rain"));
    assert_eq!(form(&mut anna, &format!("{list}/delete"), "").await.status, 303);
    assert_eq!(page(&mut anna, &list, &[]).await.status, 404);
    assert_eq!(form(&mut berta, "/playlists/add", &format!("title={one}&playlist=later&name=")).await.status, 303);
    assert_eq!(page(&mut berta, "/playlists/later", &[]).await.status, 200);
}
