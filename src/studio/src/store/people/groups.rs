//! The tables of groups and their members.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use crate::model::{Id, Micros};
use crate::store::error::{StoreError, parsed};
use crate::store::sql::Sql;

/// A group of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: Id,
    /// Who made it.
    pub owner: Id,
    /// What it is called.
    pub name: String,
    /// Names of its members.
    pub members: Vec<String>,
    /// When it was made.
    pub created: Micros,
}

/// Puts in a new group, without members.
///
/// # Errors
/// When the database refuses.
pub async fn insert(db: &mut AnyConnection, group: &Group) -> Result<(), StoreError> {
    let sql = "INSERT INTO groups (id, owner, name, created) VALUES ($1, $2, $3, $4)";
    query(sql)
        .bind(group.id.as_str())
        .bind(group.owner.as_str())
        .bind(group.name.as_str())
        .bind(group.created.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The groups of `owner`, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_owner(db: &mut AnyConnection, owner: &Id) -> Result<Vec<Group>, StoreError> {
    let mut sql = select();
    sql.push("g.owner = ").text(owner.as_str()).push(" ORDER BY g.created, g.id");
    sql.fetch_all(db).await?.iter().map(group).collect()
}

/// The group with this id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(db: &mut AnyConnection, id: &Id) -> Result<Option<Group>, StoreError> {
    let mut sql = select();
    sql.push("g.id = ").text(id.as_str());
    sql.fetch_all(db).await?.first().map(group).transpose()
}

/// The owner of the group with this id.
///
/// # Errors
/// When the database refuses.
pub async fn owner(db: &mut AnyConnection, id: &Id) -> Result<Option<Id>, StoreError> {
    let row = query("SELECT owner FROM groups WHERE id = $1").bind(id.as_str()).fetch_optional(db).await?;
    row.map(|row| parsed("groups.owner", row.try_get("owner")?)).transpose()
}

/// The groups that an account is a member of.
///
/// # Errors
/// When the database refuses.
pub async fn of_member(db: &mut AnyConnection, account: &Id) -> Result<Vec<Id>, StoreError> {
    let rows = query("SELECT team FROM group_members WHERE account = $1").bind(account.as_str()).fetch_all(db).await?;
    rows.iter().map(|row| parsed("group_members.team", row.try_get("team")?)).collect()
}

/// The titles that are shared with a group.
///
/// # Errors
/// When the database refuses.
pub async fn titles(db: &mut AnyConnection, id: &Id) -> Result<Vec<Id>, StoreError> {
    let rows = query("SELECT title FROM group_shares WHERE team = $1").bind(id.as_str()).fetch_all(db).await?;
    rows.iter().map(|row| parsed("group_shares.title", row.try_get("title")?)).collect()
}

/// Gives a group another name.
///
/// # Errors
/// When the database refuses.
pub async fn rename(db: &mut AnyConnection, id: &Id, name: &str) -> Result<(), StoreError> {
    query("UPDATE groups SET name = $1 WHERE id = $2").bind(name).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Gives a group these members instead of those it has.
///
/// # Errors
/// When the database refuses.
pub async fn set_members(db: &mut AnyConnection, id: &Id, members: &[Id]) -> Result<(), StoreError> {
    query("DELETE FROM group_members WHERE team = $1").bind(id.as_str()).execute(&mut *db).await?;
    for member in members {
        let sql = "INSERT INTO group_members (team, account) VALUES ($1, $2) ON CONFLICT (team, account) DO NOTHING";
        query(sql).bind(id.as_str()).bind(member.as_str()).execute(&mut *db).await?;
    }
    Ok(())
}

/// Deletes a group.
///
/// # Errors
/// When the database refuses.
pub async fn delete(db: &mut AnyConnection, id: &Id) -> Result<(), StoreError> {
    query("DELETE FROM groups WHERE id = $1").bind(id.as_str()).execute(db).await?;
    Ok(())
}

fn select() -> Sql {
    let mut sql = Sql::default();
    sql.push(
        "SELECT g.*, (SELECT string_agg(a.name, ',' ORDER BY a.name) FROM group_members m \
         JOIN accounts a ON a.id = m.account WHERE m.team = g.id) AS members FROM groups g WHERE ",
    );
    sql
}

fn group(row: &AnyRow) -> Result<Group, StoreError> {
    let members: Option<String> = row.try_get("members")?;
    Ok(Group {
        id: parsed("groups.id", row.try_get("id")?)?,
        owner: parsed("groups.owner", row.try_get("owner")?)?,
        name: row.try_get("name")?,
        members: members.map(|names| names.split(',').map(String::from).collect()).unwrap_or_default(),
        created: Micros(row.try_get("created")?),
    })
}
