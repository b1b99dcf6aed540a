//! Follows one live playlist: reloads it, fetches what is new, and what has gone after a while.

use std::collections::HashSet;
use std::io::{self, Write};

use url::Url;

use super::media::{Announced, Media};
use super::playlist::{History, When, discontinuities};
use super::together::Stood;
use super::{Follow, Outcome, Shared};
use crate::fetch::names::{Room, show};
use crate::fetch::{FetchError, Resource, Store};
use crate::hls;
use crate::report::rules::live as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::SECOND;
use crate::syntax::m3u8::media::{MediaPlaylist, SegmentRef};

/// Shortest and longest time between two refreshes, nanoseconds.
const WAIT: (u64, u64) = (SECOND / 4, 6 * SECOND);

/// A live playlist that is followed.
pub(super) struct Playlist {
    url: Url,
    name: String,
    history: History,
    media: Media,
    sample: Option<Sample>,
    /// Its number among the playlists of its presentation.
    place: usize,
    findings: Findings,
    /// Rules that a version of the playlist broke: the next versions break them too.
    told: HashSet<&'static str>,
    /// When the last version that was read was asked for.
    asked: i64,
}

/// A segment that is looked at again after it left the playlist. One at a time: the traffic stays close to a player's.
struct Sample {
    segment: SegmentRef,
    number: u64,
    digest: blake3::Hash,
    /// Until when it must be there: known once it left.
    until: Option<i64>,
}

impl Playlist {
    /// Follows the playlist at `url`, of which `first` is known at `now`.
    pub(super) fn new(url: &Url, first: &MediaPlaylist, shared: &Shared<'_>) -> Self {
        let target = first.target.unwrap_or(0).saturating_mul(SECOND);
        let place = shared.together.lock().map_or(usize::MAX, |mut t| t.join(&first.name, target));
        let (mut findings, now) = (Findings::default(), shared.clock.now());
        Self {
            url: url.clone(),
            name: first.name.clone(),
            history: History::new(first.clone(), now, &mut findings),
            media: Media::new(&first.name),
            sample: None,
            place,
            findings,
            told: HashSet::new(),
            asked: now,
        }
    }

    /// Loads the next version; `None` when it cannot be had.
    fn reload(&mut self, shared: &Shared<'_>) -> Option<MediaPlaylist> {
        let mut own = Findings::default();
        let playlist =
            hls::load_media(shared.tools.store, &self.url, &Place::file(&self.name), &Room::default(), &mut own);
        match &playlist {
            Some(playlist) => {
                hls::judge_text(playlist, &mut own);
                self.findings.absorb_unless(own, |rule| !self.told.insert(rule.id));
            }
            None => {
                let why = own.first().map_or_else(String::new, |f| f.message.clone());
                self.findings.add(&rules::REFRESH, Place::file(&self.name), why);
            }
        }
        playlist
    }

    fn cached(&mut self, playlist: &MediaPlaylist, store: &dyn Store) {
        let (age, most) = (store.may_be_old(&self.url).unwrap_or(0), playlist.target.unwrap_or(u64::MAX));
        if age > most && !playlist.finished() && self.told.insert(rules::CACHED.id) {
            let text = format!("may be kept for {age} s, the target duration is {most} s");
            self.findings.add(&rules::CACHED, Place::file(&self.name), text);
        }
    }

    fn fetch(&mut self, index: usize, when: When, shared: &Shared<'_>) {
        let playlist = &self.history.last;
        let Some(segment) = playlist.segments.get(index).filter(|s| !s.gap).cloned() else {
            self.media.lost();
            return;
        };
        let number = playlist.sequence.saturating_add(index as u64);
        let discontinuities = discontinuities(playlist, number);
        let announced = Announced {
            resource: segment.resource.clone(),
            init: segment.map.and_then(|m| playlist.maps.get(m).cloned()),
            duration: segment.duration,
            exact: true,
            discontinuity: segment.discontinuity,
            encrypted: segment.encrypted,
        };
        let file = Place::file(&show(&segment.resource.url));
        match self.media.take(shared.tools, &announced, &mut self.findings) {
            Err(error) => {
                self.media.lost();
                let text = format!("{} announces segment {number}, which {error}", self.name);
                self.findings.add(&rules::MISSING, file, text);
            }
            Ok(start) => {
                if let (Some(start), Ok(mut together)) = (start, shared.together.lock()) {
                    let stood = Stood { number, discontinuities, start, duration: segment.duration };
                    together.add(self.place, stood, when.had, &mut self.findings);
                }
                self.keep(segment, number, shared.tools.store);
            }
        }
    }

    /// Remembers `segment` for later, unless one is remembered already.
    fn keep(&mut self, segment: SegmentRef, number: u64, store: &dyn Store) {
        if self.sample.is_none()
            && let Ok(digest) = digest(store, &segment.resource)
        {
            self.sample = Some(Sample { segment, number, digest, until: None });
        }
    }

    /// §6.2.2: for as long as it and the playlist last, a segment stays after it left. `before` is when the last version
    /// was asked for that may have had it.
    fn look_again(&mut self, before: i64, now: i64, next: i64, store: &dyn Store) {
        let Some(sample) = &mut self.sample else { return };
        if self.history.last.sequence <= sample.number {
            return;
        }
        let stays = self.history.last.duration().saturating_add(sample.segment.duration);
        let until = *sample.until.get_or_insert(before.saturating_add_unsigned(stays));
        // It is looked at as late as a refresh allows, and not when that is too late already.
        if next < until {
            return;
        }
        let file = Place::file(&show(&sample.segment.resource.url));
        if now < until {
            match digest(store, &sample.segment.resource) {
                Err(FetchError::Missing(why)) => {
                    let number = sample.number;
                    let text = format!("segment {number} left {} and is not there any more ({why})", self.name);
                    self.findings.add(&rules::REMOVED_EARLY, file, text);
                }
                Ok(digest) if digest != sample.digest => {
                    self.findings.add(&rules::CONTENT_CHANGED, file, "has other bytes than when it was announced");
                }
                Ok(_) | Err(_) => {}
            }
        }
        self.sample = None;
    }
}

impl Follow for Playlist {
    fn step(&mut self, shared: &Shared<'_>) -> Option<u64> {
        let asked = shared.clock.now();
        let target = self.history.last.target.unwrap_or(1).saturating_mul(SECOND);
        let wait = (target / 2).clamp(WAIT.0, WAIT.1);
        let Some(new) = self.reload(shared) else { return Some(wait) };
        let when = When { asked, had: shared.clock.now() };
        self.cached(&new, shared.tools.store);
        let was_ended = self.history.last.ended;
        let fresh = self.history.next(new, when, &mut self.findings);
        for index in fresh {
            self.fetch(index, when, shared);
        }
        let next = asked.saturating_add_unsigned(wait.saturating_mul(2));
        let before = std::mem::replace(&mut self.asked, asked);
        self.look_again(before, shared.clock.now(), next, shared.tools.store);
        // Once more after the end, to see that it stays.
        (!was_ended).then_some(wait)
    }

    fn end(self: Box<Self>) -> Outcome {
        Outcome { findings: self.findings, segments: self.media.segments, bytes: self.media.bytes }
    }
}

/// The digest of all bytes of `resource`.
fn digest(store: &dyn Store, resource: &Resource) -> Result<blake3::Hash, FetchError> {
    let mut hasher = Digest(blake3::Hasher::new());
    store.open(resource)?.copy_to(&mut hasher)?;
    Ok(hasher.0.finalize())
}

struct Digest(blake3::Hasher);

impl Write for Digest {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
