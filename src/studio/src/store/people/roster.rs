//! The accounts as administrators look through them.

use sqlx::{AnyConnection, query};

use super::accounts::{Account, account};
use crate::model::{AccountState, Role};
use crate::store::error::StoreError;

/// The accounts that are wanted; what is `None` or empty leaves none out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those with this role.
    pub role: Option<Role>,
    /// Those in this state.
    pub state: Option<AccountState>,
    /// Those whose name or mail address begins with this.
    pub text: String,
}

/// The accounts behind the name `after`, by name.
///
/// # Errors
/// When the database refuses.
pub async fn page(
    db: &mut AnyConnection,
    filter: &Filter,
    after: &str,
    rows: usize,
) -> Result<Vec<Account>, StoreError> {
    let sql = "SELECT * FROM accounts WHERE name > $1 AND ($2 = '' OR role = $2) AND ($3 = '' OR state = $3) \
               AND (name LIKE $4 ESCAPE '\\' OR email LIKE $4 ESCAPE '\\') ORDER BY name LIMIT $5";
    let query = query(sql)
        .bind(after)
        .bind(filter.role.map_or("", Role::name))
        .bind(filter.state.map_or("", AccountState::name))
        .bind(beginning(&filter.text))
        .bind(i64::try_from(rows).unwrap_or(i64::MAX));
    query.fetch_all(db).await?.iter().map(account).collect()
}

/// The pattern of texts that begin with `text`, in lower case.
pub(in crate::store) fn beginning(text: &str) -> String {
    let plain = text.trim().to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("{plain}%")
}
