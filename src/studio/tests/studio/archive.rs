//! Backups, from one database into the other and back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use config::access::Visibility;
use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::json;
use studio::Studio;
use studio::model::Role;
use studio::store::archive::{ArchiveError, restore, save};
use studio::store::{Place, Store, StoreError};
use tempfile::TempDir;

use crate::support::{House, postgres};

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_the_same_after_a_way_through_both_databases() {
    let (house, room) = (House::with_sqlite().await, TempDir::new().unwrap());
    let at = |name: &str| room.path().join(name);
    let mut anna = house.member("anna", Role::Administrator).await;
    let new = json!({ "name": "berta", "email": "b@example.com", "password": "correct horse battery" });
    assert_eq!(house.stranger().post("/api/v1/accounts", &new).await.status, 201);
    let first = Place::File(house.folder().join("state/studio.db"));
    let (second, third) = (Place::Url(postgres::database()), Place::File(at("third/studio.db")));
    let saved = save(&first, &house.folder().join("state"), &at("one")).await.unwrap();
    assert!(saved >= 5, "{saved}");
    assert_eq!(fs::metadata(at("one")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(anna.get("/api/v1/me").await.status, 200, "the studio goes on");
    assert_eq!(restore(&second, &at("second"), &at("one")).await.unwrap(), saved);
    assert_eq!(save(&second, &at("second"), &at("two")).await.unwrap(), saved);
    assert_eq!(restore(&third, &at("third"), &at("two")).await.unwrap(), saved);
    save(&third, &at("third"), &at("three")).await.unwrap();
    let rows = rows(&at("one"));
    assert!(rows.iter().any(|(table, _)| table == "accounts") && rows.iter().any(|(table, _)| table == "sessions"));
    assert_eq!(self::rows(&at("two")), rows);
    assert_eq!(self::rows(&at("three")), rows);
    let key = |state: &Path| fs::read(state.join("studio.key")).unwrap();
    let own = key(&house.folder().join("state"));
    assert!(own == key(&at("second")) && own == key(&at("third")), "what was sealed is opened");
    for place in [&second, &third] {
        assert!(matches!(restore(place, &at("fourth"), &at("one")).await, Err(ArchiveError::InUse)));
    }
    assert!(matches!(save(&first, &house.folder().join("state"), &at("one")).await, Err(ArchiveError::Exists(_))));
    let left: Vec<_> = fs::read_dir(room.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains(".part")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_backup_or_is_of_a_newer_program_is_refused() {
    let room = TempDir::new().unwrap();
    let (text, empty) = (room.path().join("text"), room.path().join("empty"));
    fs::write(&text, "certainly no database, though it is long enough to be taken for the head of one").unwrap();
    Connection::open(&empty).unwrap().execute("CREATE TABLE other (a TEXT)", []).unwrap();
    let into = Place::File(room.path().join("state/studio.db"));
    for file in [&text, &empty] {
        let refused = restore(&into, room.path(), file).await.unwrap_err();
        assert!(matches!(refused, ArchiveError::Foreign { .. }), "{refused}");
    }
    assert!(matches!(restore(&into, room.path(), &room.path().join("none")).await, Err(ArchiveError::File { .. })));
    let newer = room.path().join("newer.db");
    Store::open(&Place::File(newer.clone())).await.unwrap().close().await;
    let db = Connection::open(&newer).unwrap();
    db.execute("UPDATE _sqlx_migrations SET version = 99999 WHERE version = 1", []).unwrap();
    drop(db);
    let refused = restore(&into, room.path(), &newer).await.unwrap_err();
    assert!(matches!(refused, ArchiveError::Store(StoreError::Newer { found: 99999, .. })), "{refused}");
    let refused = Store::open(&Place::File(newer)).await.unwrap_err();
    assert!(refused.to_string().contains("newer pack"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_records_of_access_are_as_the_rows_say() {
    let room = TempDir::new().unwrap();
    let backup = room.path().join("backup");
    let house = House::with_sqlite().await;
    let mut anna = house.member("anna", Role::Creator).await;
    let id = house.title("anna", "Ours", Visibility::Restricted).await;
    save(&Place::File(house.folder().join("state/studio.db")), &house.folder().join("state"), &backup).await.unwrap();
    let path = format!("/api/v1/titles/{id}");
    assert_eq!(anna.patch(&path, &json!({ "visibility": "public" })).await.status, 200);
    assert_eq!(house.record(&id).visibility, Visibility::Public);
    let state = room.path().join("state");
    restore(&Place::File(state.join("studio.db")), &state, &backup).await.unwrap();
    let mut settings = house.studio.app().settings.clone();
    settings.state = state;
    let again = Studio::open(&settings, house.studio.app().ports.clone()).await.unwrap();
    again.tidy().await.unwrap();
    assert_eq!(house.record(&id).visibility, Visibility::Restricted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_fails_leaves_the_key_that_was_there() {
    let (house, room) = (House::with_sqlite().await, TempDir::new().unwrap());
    house.member("anna", Role::Creator).await;
    let backup = room.path().join("backup");
    save(&Place::File(house.folder().join("state/studio.db")), &house.folder().join("state"), &backup).await.unwrap();
    let (state, database) = (room.path().join("state"), room.path().join("state/studio.db"));
    let other = House::with_sqlite().await;
    fs::create_dir(&state).unwrap();
    fs::copy(other.folder().join("state/studio.key"), state.join("studio.key")).unwrap();
    let before = fs::read(state.join("studio.key")).unwrap();
    Store::open(&Place::File(database.clone())).await.unwrap().close().await;
    let stop = "CREATE TRIGGER stop BEFORE INSERT ON accounts BEGIN SELECT RAISE(ABORT, 'stop'); END";
    Connection::open(&database).unwrap().execute(stop, []).unwrap();
    let failed = restore(&Place::File(database), &state, &backup).await.unwrap_err();
    assert!(failed.to_string().contains("stop"), "{failed}");
    assert!(fs::read(state.join("studio.key")).unwrap() == before);
    assert_eq!(
        fs::read_dir(&state).unwrap().filter(|entry| entry.as_ref().unwrap().file_name() == "studio.key").count(),
        1
    );
}

/// All rows of a backup, each with its table, in no order of their own.
fn rows(file: &Path) -> Vec<(String, Vec<Value>)> {
    let db = Connection::open(file).unwrap();
    let mut names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let own = names.iter().filter(|name| !name.starts_with("_sqlx") && !name.starts_with("search_"));
    let mut all = Vec::new();
    for name in own {
        let mut rows = db.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = rows.column_count();
        let values = rows.query_map([], |row| (0..columns).map(|at| row.get::<_, Value>(at)).collect());
        all.extend(values.unwrap().map(|row: rusqlite::Result<Vec<Value>>| (name.clone(), row.unwrap())));
    }
    all.sort_by_key(|row| format!("{row:?}"));
    all
}
