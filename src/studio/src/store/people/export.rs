//! All that is held about one account, as rows. Secrets and their hashes are left out.

use serde_json::{Map, Value, json};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Column as _, Row as _, ValueRef as _, query};

use super::accounts::Account;
use crate::model::Micros;
use crate::store::error::StoreError;

/// Each table by its name in the export, and the query of an account's rows: $1 is its id.
const TABLES: [(&str, &str); 14] = [
    (
        "account",
        "SELECT id, name, display, email, role, state, quota, used, reserved, language, created FROM accounts WHERE id = $1",
    ),
    ("sessions", "SELECT id, address, agent, created, seen FROM sessions WHERE account = $1 ORDER BY created"),
    ("tokens", "SELECT id, name, scopes, created, seen FROM tokens WHERE account = $1 ORDER BY created"),
    ("identities", "SELECT issuer, subject, created FROM identities WHERE account = $1 ORDER BY created"),
    ("second_factor", "SELECT confirmed FROM factors WHERE account = $1"),
    ("invitations", "SELECT id, role, email, created, ends FROM invitations WHERE maker = $1 ORDER BY created"),
    ("titles", "SELECT * FROM titles WHERE owner = $1 ORDER BY created"),
    (
        "tags",
        "SELECT g.title, g.tag FROM tags g JOIN titles t ON t.id = g.title WHERE t.owner = $1 ORDER BY g.title, g.place",
    ),
    ("uploads", "SELECT id, filename, name, length, received FROM uploads WHERE account = $1"),
    ("groups", "SELECT * FROM groups WHERE owner = $1 ORDER BY created"),
    (
        "member_of",
        "SELECT g.name FROM group_members m JOIN groups g ON g.id = m.team WHERE m.account = $1 ORDER BY g.name",
    ),
    ("shared_with_me", "SELECT title FROM shares WHERE account = $1"),
    ("playlists", "SELECT * FROM playlists WHERE owner = $1 ORDER BY created"),
    ("playlist_items", "SELECT i.* FROM playlist_items i JOIN playlists p ON p.id = i.playlist WHERE p.owner = $1"),
];
/// Lines of the trail by or about an account: $1 is its name.
const TRAIL: &str =
    "SELECT at, actor, action, target, detail, address FROM audit WHERE actor = $1 OR target = $1 ORDER BY at";
/// Columns that hold times.
const TIMES: [&str; 9] = ["created", "seen", "ends", "at", "published", "deleted", "confirmed", "touched", "added"];

/// All that is held about `account`.
///
/// # Errors
/// When the database refuses.
pub async fn all(db: &mut AnyConnection, account: &Account) -> Result<Value, StoreError> {
    let mut all = Map::new();
    for (name, sql) in TABLES {
        let rows = query(sql).bind(account.id.as_str()).fetch_all(&mut *db).await?;
        all.insert(name.into(), rows.iter().map(object).collect::<Result<Vec<_>, _>>()?.into());
    }
    let rows = query(TRAIL).bind(account.name.as_str()).fetch_all(db).await?;
    all.insert("audit".into(), rows.iter().map(object).collect::<Result<Vec<_>, _>>()?.into());
    Ok(Value::Object(all))
}

fn object(row: &AnyRow) -> Result<Value, StoreError> {
    let mut object = Map::new();
    for column in row.columns() {
        let (name, at) = (column.name(), column.ordinal());
        let value = if row.try_get_raw(at)?.is_null() {
            Value::Null
        } else if let Ok(number) = row.try_get::<i64, _>(at) {
            if TIMES.contains(&name) { json!(Micros(number)) } else { json!(number) }
        } else if let Ok(flag) = row.try_get::<bool, _>(at) {
            json!(flag)
        } else {
            json!(row.try_get::<String, _>(at)?)
        };
        object.insert(name.into(), value);
    }
    Ok(Value::Object(object))
}
