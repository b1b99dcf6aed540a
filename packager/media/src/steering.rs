//! Content steering in manifests: the steering server that players ask, and the base URL of each pathway.

use config::origin::Steering as Settings;
use config::tree::TitleName;
use serde::Serialize;

/// The pathways of one title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Steering {
    /// URL of the steering document.
    pub server: String,
    /// The pathways, the one first that players take until they are told otherwise.
    pub pathways: Vec<Pathway>,
}

/// A way on which the title's media reach players.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pathway {
    /// Its name: letters, digits, `-`, `.` and `_`.
    pub id: String,
    /// URL of the title's folder on it, with `/` at the end.
    pub base: String,
}

impl Steering {
    /// The steering of `title` by `settings`; `None` where nothing is steered. It has neither weights nor clones: they
    /// may change without a new manifest.
    #[must_use]
    pub fn of(settings: &Settings, title: &TitleName) -> Option<Self> {
        let named = settings.pathways.iter().filter(|pathway| pathway.clone_of.is_empty());
        let pathways =
            named.map(|pathway| Pathway { id: pathway.id.clone(), base: format!("{}{title}/", pathway.url) });
        settings.is_on().then(|| Self { server: settings.server.clone(), pathways: pathways.collect() })
    }
}
