//! Who looks at a page.

use crate::model::Role;
use crate::store::people::accounts::Account;

/// The account that is signed in, as pages show it.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) may_upload: bool,
    pub(crate) is_administrator: bool,
}

impl Viewer {
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            name: account.name.to_string(),
            role: account.role.name(),
            may_upload: account.role >= Role::Creator,
            is_administrator: account.role == Role::Administrator,
        }
    }

    pub(crate) fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// The first letter of a name, for where a picture would stand.
pub(crate) fn initial(name: &str) -> String {
    name.chars().next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default()
}
