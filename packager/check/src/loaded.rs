//! Manifests as they are loaded, before any media are opened.

use url::Url;

use crate::agreement::manifests;
use crate::fetch::target::Target;
use crate::fetch::tools::Tools;
use crate::fetch::{Store, names};
use crate::media::track::Track;
use crate::media::tracks::Tracks;
use crate::report::{Findings, Place, rules};
use crate::{dash, hls};

/// The manifests of a target, and the tracks that they name.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) hls: Vec<hls::Hls>,
    pub(crate) dash: Vec<dash::Dash>,
    pub(crate) tracks: Tracks,
}

impl Loaded {
    pub(crate) fn of(tools: Tools<'_>, target: &Target, findings: &mut Findings) -> Self {
        let mut loaded = Self::default();
        for url in target.manifests() {
            loaded.manifest(tools, &url, findings);
        }
        loaded
    }

    /// Judges the manifests, each by itself, against its tracks, and against the other; `measured` may be empty.
    pub(crate) fn judge(&self, store: &dyn Store, measured: &[Track], findings: &mut Findings) {
        for presentation in &self.hls {
            hls::judge(store, presentation, measured, findings);
        }
        for presentation in &self.dash {
            dash::judge(presentation, measured, findings);
        }
        if let (Some(hls), Some(dash)) = (self.hls.first(), self.dash.first()) {
            manifests::judge(hls, dash, measured, findings);
        }
    }

    /// Playlists and MPDs that were read.
    pub(crate) fn manifests(&self) -> usize {
        self.hls.iter().map(hls::Hls::manifests).sum::<usize>() + self.dash.len()
    }

    fn manifest(&mut self, tools: Tools<'_>, url: &Url, findings: &mut Findings) {
        match tools.store.manifest(url) {
            Ok(data) if hls::is_playlist(&data) => {
                self.hls.push(hls::load(tools, url, &data, &mut self.tracks, findings));
            }
            Ok(data) => self.dash.extend(dash::load(tools.store, url, &data, &mut self.tracks, findings)),
            Err(error) => {
                findings.add(&rules::media::READABLE, Place::file(&names::show(url)), error.to_string());
            }
        }
    }

    /// Tracks between which players switch.
    pub(crate) fn switching_sets(&self) -> Vec<Vec<usize>> {
        let hls = self.hls.iter().map(hls::Hls::variant_tracks);
        hls.chain(self.dash.iter().flat_map(dash::Dash::sets)).collect()
    }

    /// The manifest that names all tracks that the presentation has: a media playlist is a part of one.
    pub(crate) fn whole(&self) -> Option<&str> {
        let multivariant = self.hls.iter().find_map(|hls| Some(hls.multivariant.as_ref()?.name.as_str()));
        multivariant.or_else(|| Some(self.dash.first()?.name.as_str()))
    }

    /// True if each track runs from the presentation's start to its end: Periods have tracks of their own.
    pub(crate) fn is_of_one_piece(&self) -> bool {
        self.dash.iter().all(|dash| dash.periods() == 1)
    }
}
