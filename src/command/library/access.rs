//! `pack access TITLE [VISIBILITY]`.

use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use config::access::{self, Change, Record, Visibility};
use config::settings::Settings;
use config::tree::{MPD, PLAYLIST, TITLE_JSON, TitleName};
use packager::library::{self, LibraryError};
use serde_json::json;
use studio::Studio;
use studio::store::Place;

use crate::args::{Global, Listen};
use crate::command::{existing, seconds_now};
use crate::exit::{Exit, Failure};
use crate::mounted::studio::{blocking, ports};
use crate::output::Output;
use crate::settings;

/// Say or set who may see a title
///
/// Works beside a running pack; an origin goes by it within a second, and the studio shows it. Shields and browsers keep
/// what they fetched while the title was open to everyone.
#[derive(Debug, Args)]
pub(crate) struct Access {
    /// The title's name, as `pack list` shows it
    title: String,
    /// public: everyone, and it is listed; unlisted: whoever has its address; restricted: whoever has a token from `pack
    /// sign`, and for everyone else it does not exist
    #[arg(value_parser = PossibleValuesParser::new(Visibility::ALL.map(Visibility::name))
        .try_map(|name| name.parse::<Visibility>()))]
    visibility: Option<Visibility>,
    /// Raise its epoch: no token from before opens it any more
    #[arg(long)]
    revoke: bool,
}

impl Access {
    /// Sets it, if anything is to be set, and says what it is then.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let title = TitleName::parse(&self.title).map_err(Failure::usage)?;
        let settings = settings::resolve(global, &Listen::default())?.settings;
        let (library, default) = (existing(&settings)?, settings.origin.visibility);
        if !is_known(library, &title) {
            let published = library::titles(library).unwrap_or_default();
            return Err(LibraryError::no_title(title, published.into_iter().map(|title| title.name)).into());
        }
        let change = Change { visibility: self.visibility, revoke: self.revoke };
        let record = if change == Change::default() || self.decided_in_studio(&settings, &title)? {
            access::record(library, &title)?
        } else {
            Some(access::change(library, &title, default, change, seconds_now())?)
        };
        let text = match &record {
            Some(Record { visibility, epoch, .. }) => format!("{title}: {visibility}, epoch {epoch}"),
            None => format!("{title}: {default} by the setting origin.visibility, epoch 0"),
        };
        let (visibility, epoch) = record.as_ref().map_or((default, 0), |record| (record.visibility, record.epoch));
        let event = json!({
            "event": "access", "title": title.as_str(), "visibility": visibility, "epoch": epoch,
            "decided": record.is_some(),
        });
        output.outcome(&event, &text)?;
        Ok(Exit::Done)
    }

    /// Decides in the studio, where it has the title: its row and the record say the same then. False where there is
    /// nothing to be decided there.
    fn decided_in_studio(&self, settings: &Settings, title: &TitleName) -> Result<bool, Failure> {
        let Some(visibility) = self.visibility.filter(|_| has_studio(&settings.studio)) else { return Ok(false) };
        let (runtime, studio) = blocking(Studio::open(&settings.studio, ports(settings)?))?;
        let app = studio.app();
        let decided = runtime.block_on(studio::titles::sharing::access::decide(app, title, visibility, self.revoke));
        runtime.block_on(app.store.close());
        Ok(decided.map_err(anyhow::Error::from)?)
    }
}

/// True if there is a studio with these settings, or was one.
fn has_studio(settings: &config::settings::Studio) -> bool {
    settings.enabled || Place::of(&settings.state, &settings.database).is_there()
}

/// True if there is such a title, or was one that has been decided on. Anything else is taken for a misspelt name: a
/// record for it would leave the title that was meant open.
fn is_known(library: &Path, title: &TitleName) -> bool {
    let folder = library.join(title.as_str());
    let published = [PLAYLIST, MPD, TITLE_JSON].iter().any(|name| folder.join(name).is_file());
    published || !matches!(access::record(library, title), Ok(None))
}
