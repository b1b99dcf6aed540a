//! The room that an account's titles take.

use crate::http::App;
use crate::pages::frame::{Frame, format};
use crate::store::people::accounts::Account;

/// The room that an account's titles take, in bytes.
#[derive(Debug, Clone, Copy)]
pub(in crate::pages) struct Room {
    used: u64,
    /// None where there is no limit.
    quota: Option<u64>,
}

impl Room {
    pub(in crate::pages) fn of(app: &App, account: &Account) -> Self {
        let own = account.quota.map(|bytes| u64::try_from(bytes).unwrap_or(0));
        let quota = own.unwrap_or(app.settings.limits.quota);
        let used = account.used.saturating_add(account.reserved);
        Self { used: u64::try_from(used).unwrap_or(0), quota: Some(quota).filter(|bytes| *bytes > 0) }
    }

    /// Bytes that are free.
    pub(in crate::pages) fn free(self) -> Option<u64> {
        self.quota.map(|quota| quota.saturating_sub(self.used))
    }

    /// For people.
    pub(in crate::pages) fn text(self, page: &Frame) -> String {
        let used = format::size(self.used, page.texts);
        match self.quota {
            Some(quota) => {
                let text = page.put("titles.used", "used", used);
                text.replace("{quota}", &format::size(quota, page.texts))
            }
            None => page.put("titles.used_open", "used", used),
        }
    }
}
