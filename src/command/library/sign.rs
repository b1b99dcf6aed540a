//! `pack sign PATH`.

use anyhow::anyhow;
use clap::Args;
use clap::value_parser;
use config::access::{self, Visibility};
use config::settings::Settings;
use config::tree::{PLAYLIST, TitleName, TreePath};
use origin::access::Signer;
use serde_json::json;

use crate::args::{Global, Listen};
use crate::command::{existing, seconds_now};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings;

/// Print a signed URL path for a restricted title
///
/// It opens the whole title, so that a player gets from a playlist or MPD to its segments, until it expires or `pack
/// access TITLE --revoke` ends it. It is signed with the first of the setting origin.signing_keys, else with the library's
/// own key, which is made when it is first needed; with --jwt, with those of origin.jwt.keys.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// A title's name, the path of one of its files (with or without /vod/ before it), or the path of its page
    /// (/watch/TITLE)
    path: String,
    /// How many hours the URL holds
    #[arg(long, default_value_t = 24, value_parser = value_parser!(u32).range(1..=87_600))]
    hours: u32,
    /// Make a JSON Web Token, with the first key that is a secret or a private key
    #[arg(long)]
    jwt: bool,
    /// Whom the token is for (aud), where that is not the setting origin.jwt.audience
    #[arg(long, requires = "jwt", value_name = "TEXT")]
    audience: Option<String>,
}

impl Sign {
    /// Signs.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let settings = settings::resolve(global, &Listen::default())?.settings;
        let (title, place) = Place::parse(&self.path)?;
        let record = access::record(&settings.library.path, &title)?;
        let (visibility, epoch) =
            record.map_or((settings.origin.visibility, 0), |record| (record.visibility, record.epoch));
        let expires = seconds_now() + u64::from(self.hours) * 3600;
        let token = self.token(&settings, &title, epoch, expires)?;
        if visibility != Visibility::Restricted && !global.quiet {
            output.message(&format!("{title} is {visibility}: it needs no token"));
        }
        let url = place.with(&token);
        output.outcome(&json!({ "event": "signed", "url": url, "expires": expires, "epoch": epoch }), &url)?;
        Ok(Exit::Done)
    }

    fn token(&self, settings: &Settings, title: &TitleName, epoch: u64, expires: u64) -> Result<String, Failure> {
        if self.jwt {
            let token = Signer::for_jwt(&settings.origin)?.sign_jwt(title, epoch, expires, self.audience.as_deref());
            let remedy = "there is no key to sign with: name a file with a secret or a private key in the setting \
                          origin.jwt.keys";
            return token.ok_or_else(|| Failure::usage(anyhow!(remedy)));
        }
        if settings.origin.signing_keys.is_empty() {
            existing(settings)?;
        }
        let token = Signer::open(&settings.origin, &settings.library.path)?.sign(title, epoch, expires);
        token.ok_or_else(|| Failure::usage(anyhow!("there is no key to sign with: name one in origin.signing_keys")))
    }
}

/// The address that is asked for.
enum Place {
    /// A file of the library, whose relative URLs inherit the token.
    File(String),
    /// A page, which passes it on.
    Page(String),
}

impl Place {
    /// Reads a person's `path`: its title, and where it is.
    fn parse(path: &str) -> Result<(TitleName, Self), Failure> {
        let title = |name| TitleName::parse(name).map_err(Failure::usage);
        if path == "/" {
            return Err(Failure::usage(anyhow!("/ lists public titles alone and needs no token: name a title")));
        }
        if let Some(name) = path.strip_prefix("/watch/") {
            return Ok((title(name)?, Self::Page(path.to_owned())));
        }
        let below = path.strip_prefix("/vod/").unwrap_or(path);
        match TreePath::parse(below) {
            Some(tree) => Ok((tree.title, Self::File(below.to_owned()))),
            None => {
                let title = title(below)?;
                let playlist = format!("{title}/{PLAYLIST}");
                Ok((title, Self::File(playlist)))
            }
        }
    }

    fn with(&self, token: &str) -> String {
        match self {
            Self::File(below) => format!("/vod/~{token}/{below}"),
            Self::Page(path) => format!("{path}?token={token}"),
        }
    }
}
