//! The studio: accounts, and where its data lies.

use std::fmt;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use toml::Value;

use super::field;

/// Settings of the studio, `[studio]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Studio {
    /// True if `pack up` has it.
    pub enabled: bool,
    /// Folder of its data: uploads under way, and the database where no other is named.
    #[serde(deserialize_with = "field::path")]
    pub state: PathBuf,
    /// URL of a PostgreSQL database; empty for SQLite in the folder `state`.
    #[serde(deserialize_with = "database")]
    pub database: String,
    /// Who may make an account.
    pub sign_up: SignUp,
    /// Role of who signs up.
    pub role: SignUpRole,
    /// Address that people reach it at, as in links of mails; empty where requests tell.
    #[serde(deserialize_with = "web_address")]
    pub address: String,
    /// Networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count.
    #[serde(deserialize_with = "networks")]
    pub proxies: Vec<IpNet>,
    /// Owners of titles that operators put in, by folders of the ingest folder, as `shows=anna`.
    #[serde(deserialize_with = "owners")]
    pub folders: Vec<String>,
    /// The mail server.
    pub mail: Mail,
    /// Other places that people can sign in at.
    #[serde(deserialize_with = "providers")]
    pub oidc: Vec<Provider>,
    /// Bounds on what one account may do.
    pub limits: Limits,
}

/// The mail server, `[studio.mail]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its URL, `smtp://` or `smtps://`; empty for no mail.
    #[serde(deserialize_with = "mail_server")]
    pub server: String,
    /// The studio's name there; empty where it asks for none.
    pub user: String,
    /// File with the password of `user`.
    #[serde(deserialize_with = "field::path_or_none")]
    pub password_file: PathBuf,
    /// Address that mails come from.
    pub from: String,
}

/// A place that people can sign in at: an OpenID Connect provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name in addresses: `a-z`, digits and `-`.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// Its issuer's URL: https, or http on this machine.
    pub issuer: String,
    /// The studio's name there.
    pub client_id: String,
    /// File with the studio's secret there; empty where it has none.
    #[serde(default)]
    pub client_secret_file: PathBuf,
}

impl Studio {
    /// As for all settings: the first pair that contradict each other.
    pub(crate) fn conflict(&self) -> Option<(&'static str, String)> {
        if self.mail.server.is_empty() {
            return None;
        }
        if !self.mail.from.contains('@') {
            return Some(("studio.mail.server", "needs studio.mail.from, the address that mails come from".into()));
        }
        if self.address.is_empty() {
            let why = "needs studio.address, such as \"https://video.example.com\", for the links in mails";
            return Some(("studio.mail.server", why.into()));
        }
        let mail = &self.mail;
        if mail.user.is_empty() != mail.password_file.as_os_str().is_empty() {
            return Some(("studio.mail.user", "needs studio.mail.password_file, and the file needs the user".into()));
        }
        if !mail.user.is_empty() && mail.server.contains('@') {
            let why = "names a user, too: name it in studio.mail.user alone";
            return Some(("studio.mail.server", why.into()));
        }
        None
    }
}

/// The URL of a mail server, or nothing.
fn mail_server<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let is_server = |text: &str| text.is_empty() || text.starts_with("smtp://") || text.starts_with("smtps://");
    let text = field::text(deserializer)?.filter(|text| is_server(text));
    text.ok_or_else(|| D::Error::custom("expected \"smtps://HOST\", \"smtp://HOST:PORT\", or \"\" for no mail"))
}

/// A list of providers, empty or not.
fn providers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Provider>, D::Error> {
    let is_id =
        |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let is_own = |rest: &str| {
        ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .any(|host| rest.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])))
    };
    let is_issuer = |url: &str| url.starts_with("https://") || url.strip_prefix("http://").is_some_and(is_own);
    let providers = Vec::<Provider>::deserialize(Value::deserialize(deserializer)?).ok();
    let usable = |p: &Provider| is_id(&p.id) && !p.name.is_empty() && is_issuer(&p.issuer) && !p.client_id.is_empty();
    providers.filter(|providers| providers.iter().all(usable)).ok_or_else(|| {
        D::Error::custom(
            "expected a list of providers, such as [{ id = \"company\", name = \"Company\", issuer = \
             \"https://login.example.com\", client_id = \"pack\", client_secret_file = \"./company.secret\" }]",
        )
    })
}

impl Studio {
    /// The name of the account that owns a source at `path` below the ingest folder: that of the innermost folder that
    /// has one.
    #[must_use]
    pub fn owner_of(&self, path: &str) -> Option<&str> {
        let all = self.folders.iter().filter_map(|text| owner(text));
        let above = all.filter(|(folder, _)| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
        above.max_by_key(|(folder, _)| folder.len()).map(|(_, owner)| owner)
    }
}

/// Bounds on what one account may do, `[studio.limits]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes on disk of an account's titles: sources and all revisions; 0 sets no limit.
    #[serde(with = "field::size")]
    pub quota: u64,
    /// Largest upload, bytes; 0 sets no limit.
    #[serde(with = "field::size")]
    pub upload: u64,
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUp {
    /// Everyone.
    Open,
    /// Whoever has an invitation.
    Invitation,
    /// Everyone, but an administrator lets them in.
    Approval,
    /// Nobody: accounts are made from a shell.
    Closed,
}

/// Role of who signs up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUpRole {
    /// Watches.
    Viewer,
    /// Uploads, too.
    Creator,
}

impl fmt::Display for SignUpRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Creator => "creator",
        })
    }
}

/// The URL of a PostgreSQL database, or nothing.
fn database<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let schemes = ["postgres://", "postgresql://"];
    let text = field::text(deserializer)?.filter(|t| t.is_empty() || schemes.iter().any(|s| t.starts_with(s)));
    text.ok_or_else(|| D::Error::custom("expected \"\" for SQLite, or \"postgres://USER@HOST/DATABASE\""))
}

/// An `http` or `https` origin without a path, or nothing.
fn web_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = field::text(deserializer)?.filter(|t| t.is_empty() || field::is_web_origin(t));
    text.ok_or_else(|| D::Error::custom("expected an address such as \"https://video.example.com\", or \"\""))
}

/// A list of networks, empty or not.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let networks = Vec::<IpNet>::deserialize(Value::deserialize(deserializer)?).ok();
    networks.ok_or_else(|| D::Error::custom("expected a list of networks, such as [\"10.0.0.0/8\", \"127.0.0.1/32\"]"))
}

/// Owners of folders, each folder once.
fn owners<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(Value::deserialize(deserializer)?).ok().filter(|texts| {
        let folders: Vec<_> = texts.iter().map(|text| owner(text).map(|(folder, _)| folder)).collect();
        folders.iter().enumerate().all(|(at, folder)| folder.is_some() && !folders[..at].contains(folder))
    });
    let expected = "expected a list of different folders with the names of accounts, such as [\"shows=anna\"]";
    texts.ok_or_else(|| D::Error::custom(expected))
}

/// Folder and account of `shows=anna`.
fn owner(text: &str) -> Option<(&str, &str)> {
    let (folder, owner) = text.rsplit_once('=')?;
    let (folder, owner) = (folder.trim().trim_matches('/'), owner.trim());
    (!folder.is_empty() && !owner.is_empty()).then_some((folder, owner))
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    #[test]
    fn the_innermost_folder_names_the_owner() {
        let folders = ["shows=anna", "shows/old = berta"].map(ToOwned::to_owned).to_vec();
        let studio = Studio { folders, ..Settings::default().studio };
        for (path, owner) in
            [("a.mp4", None), ("shows/a.mp4", Some("anna")), ("shows/old/a.mp4", Some("berta")), ("showsx/a.mp4", None)]
        {
            assert_eq!(studio.owner_of(path), owner, "{path}");
        }
        for text in ["", "shows", "=anna", "shows=", "/=anna"] {
            assert_eq!(owner(text), None, "{text}");
        }
    }
}
