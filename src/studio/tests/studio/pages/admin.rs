//! The administration.

use config::access::Visibility;
use studio::model::{Role, TitleState};
use studio::people::entry::welcome;

use super::{form, page};
use crate::support::House;

on_both!(administrators_manage_accounts, the_first_link_makes_the_administrator);

async fn administrators_manage_accounts(house: House) {
    let mut ada = house.member("ada", Role::Administrator).await;
    let mut berta = house.member("berta", Role::Viewer).await;
    for path in ["/admin", "/admin/accounts", "/admin/queue", "/admin/trail?q=berta", "/admin/settings"] {
        assert_eq!(page(&mut berta, path, &[]).await.status, 403, "{path}");
        assert_eq!(page(&mut ada, path, &[]).await.status, 200, "{path}");
    }
    assert_eq!(form(&mut berta, "/admin/accounts/berta", "role=administrator").await.status, 403);
    assert_eq!(form(&mut ada, "/admin/accounts/berta", "role=creator").await.status, 303);
    assert_eq!(berta.get("/api/v1/me").await.json()["role"], "creator");
    let last = form(&mut ada, "/admin/accounts/ada", "role=viewer").await;
    assert!(last.status == 409 && last.text().contains("last administrator"));
    assert_eq!(form(&mut ada, "/admin/accounts/berta", "state=disabled").await.status, 303);
    assert_eq!(berta.get("/api/v1/me").await.status, 401);
    assert!(page(&mut ada, "/admin/accounts?q=ber", &[]).await.text().contains("Shut out"));
    let invited = form(&mut ada, "/admin/invitations", "role=creator").await.text();
    let link = invited.split("id=\"invitation\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let path = link.and_then(|link| link.split_once("/sign-up")).map(|(_, query)| format!("/sign-up{query}"));
    let path = path.expect("a link");
    let mut carla = house.stranger();
    assert_eq!(page(&mut carla, &path, &[]).await.status, 200);
    assert_eq!(form(&mut carla, &path, "name=carla&password=correct+horse+battery").await.status, 303);
    assert_eq!(carla.get("/api/v1/me").await.json()["role"], "creator");
    assert_eq!(page(&mut house.stranger(), &path, &[]).await.status, 404, "used");
}

async fn the_first_link_makes_the_administrator(house: House) {
    let link = welcome::link(house.studio.app()).await.unwrap().expect("no administrator yet");
    let mut ada = house.stranger();
    assert_eq!(page(&mut ada, "/welcome?secret=wrong", &[]).await.status, 404);
    assert!(page(&mut ada, &link, &[]).await.text().contains("Welcome"));
    let short = form(&mut ada, &link, "name=ada&password=short").await;
    assert!(short.status == 400 && short.text().contains("role=\"alert\""));
    let made = form(&mut ada, &link, "name=ada&password=correct+horse+battery").await;
    assert_eq!((made.status, made.header("location")), (303, "/admin"));
    assert_eq!(ada.get("/api/v1/me").await.json()["role"], "administrator");
    assert_eq!(page(&mut house.stranger(), &link, &[]).await.status, 404, "used");
}

#[tokio::test]
async fn the_queue_shows_what_is_on_its_way_and_what_failed() {
    let house = House::with_sqlite().await;
    let mut ada = house.member("ada", Role::Administrator).await;
    house.member("berta", Role::Creator).await;
    house.title_in("berta", "Slow film", Visibility::Restricted, TitleState::Encoding).await;
    house.title_in("berta", "Broken film", Visibility::Restricted, TitleState::Failed).await;
    house.title("berta", "Done film", Visibility::Restricted).await;
    let shown = page(&mut ada, "/admin/queue", &[]).await.text();
    assert!(shown.contains("Slow film") && shown.contains("Broken film") && !shown.contains("Done film"));
    let figures = page(&mut ada, "/admin", &[]).await.text();
    assert!(figures.contains("<dd>3.0\u{a0}kB</dd>"), "{figures}");
}
