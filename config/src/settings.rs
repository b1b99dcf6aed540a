//! The settings in force.
//!
//! A setting is a field below with a rule (see `field`), and an entry in `default.toml` that documents it and gives
//! its default. Keys, environment variables and the commented default file follow from these two.

mod change;
mod error;
pub(crate) mod field;
mod folders;
mod free;
mod keys;
mod layer;
mod resolve;
mod schedule;
mod studio;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use crate::hooks::Hooks;
pub use crate::origin::Origin;
pub use change::{changed, needs_restart};
pub use error::SettingsError;
pub use folders::{After, Ingest, Library};
pub use free::MinFree;
pub use layer::{Entry, Layer, Place};
pub use resolve::{Resolved, resolve};
pub use studio::{Limits, Mail, Provider, SignUp, SignUpRole, Studio};

/// The commented file of all keys and their defaults.
pub const DEFAULT_FILE: &str = include_str!("../default.toml");

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Folder that recordings are put into, `[ingest]`.
    pub ingest: Ingest,
    /// Folder that titles are published in, `[library]`.
    pub library: Library,
    /// The ffmpeg that is driven.
    pub ffmpeg: Ffmpeg,
    /// Its sandbox.
    pub sandbox: Sandbox,
    /// Settings of encoding, `[encode]`.
    pub encode: Encode,
    /// Who is told of what became of titles.
    pub hooks: Hooks,
    /// Settings of the origin, `[origin]`.
    pub origin: Origin,
    /// Settings of the studio, `[studio]`.
    pub studio: Studio,
}

/// Where ffmpeg is, and how long it may hang.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ffmpeg {
    /// The program, or its name on PATH.
    #[serde(deserialize_with = "field::path")]
    pub ffmpeg: PathBuf,
    /// The program, or its name on PATH.
    #[serde(deserialize_with = "field::path")]
    pub ffprobe: PathBuf,
    /// Seconds without progress after which either is ended.
    #[serde(deserialize_with = "field::seconds::<_, 1, 86_400>", serialize_with = "field::write_seconds")]
    pub stall: u32,
    /// Niceness of both, at least.
    #[serde(deserialize_with = "field::whole::<_, 0, 19>")]
    pub nice: u32,
    /// Priority of their reading and writing.
    #[serde(deserialize_with = "field::io_class")]
    pub io: IoClass,
}

/// The priority of a process's input and output (`ioprio_set(2)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IoClass {
    /// As the kernel derives it from the niceness.
    Normal,
    /// Behind all others of the usual class.
    BestEffort,
    /// Only while nobody else reads or writes.
    Idle,
}

/// The sandbox of each ffmpeg and ffprobe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    /// Its strictness.
    #[serde(deserialize_with = "field::confine")]
    pub confine: Confine,
    /// Most memory of a process, bytes.
    #[serde(with = "field::size")]
    pub memory: u64,
    /// Files and folders that any may read, beside the system's own.
    #[serde(deserialize_with = "field::paths")]
    pub read: Vec<PathBuf>,
}

/// The strictness of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confine {
    /// By what the system offers.
    Offered,
    /// In full, or nothing is run.
    Required,
    /// Not at all.
    Off,
}

/// Settings of encoding, `[encode]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encode {
    /// x264's preset.
    #[serde(deserialize_with = "field::preset")]
    pub preset: String,
    /// Rungs as `1080p-6000`; none is the built-in table.
    #[serde(deserialize_with = "field::rungs")]
    pub rungs: Vec<String>,
    /// Height of the highest rung.
    #[serde(deserialize_with = "field::whole::<_, 144, 4320>")]
    pub max_height: u32,
    /// Kilobits a second of the fastest rung.
    #[serde(deserialize_with = "field::whole::<_, 100, 100_000>")]
    pub max_kbps: u32,
    /// Added to x264's constant rate factor.
    #[serde(deserialize_with = "field::signed::<_, -12, 12>")]
    pub crf_offset: i32,
    /// `source`, or frames a second as `25` or `30000/1001`.
    #[serde(deserialize_with = "field::frame_rate")]
    pub frame_rate: String,
    /// Most frames a second.
    #[serde(deserialize_with = "field::whole::<_, 1, 60>")]
    pub max_frame_rate: u32,
    /// The treatment of interlaced sources.
    #[serde(deserialize_with = "field::deinterlace")]
    pub deinterlace: Deinterlace,
    /// Kilobits a second of each channel of sound.
    #[serde(deserialize_with = "field::whole::<_, 24, 192>")]
    pub audio_channel_kbps: u32,
    /// Length of a GOP in seconds; made a whole number of frames.
    #[serde(deserialize_with = "field::whole::<_, 1, 10>")]
    pub gop_seconds: u32,
    /// GOPs a segment.
    #[serde(deserialize_with = "field::whole::<_, 1, 30>")]
    pub segment_gops: u32,
    /// Segments a chunk at most.
    #[serde(deserialize_with = "field::whole::<_, 1, 1000>")]
    pub chunk_segments: u32,
    /// The program of a transport stream with several that is packaged, by its number; 0 for the one with the largest
    /// picture.
    #[serde(deserialize_with = "field::whole::<_, 0, 65535>")]
    pub program: u32,
    /// Jobs at the same time; 0 lets the number of processors decide.
    #[serde(deserialize_with = "field::whole::<_, 0, 1024>")]
    pub jobs: u32,
    /// Most memory of all jobs together, bytes; 0 lets the machine decide.
    #[serde(with = "field::size")]
    pub memory: u64,
}

/// The treatment of interlaced sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deinterlace {
    /// A frame of each two fields.
    Frame,
    /// A frame of each field.
    Field,
    /// Nothing.
    Off,
}

impl Default for Settings {
    #[expect(clippy::expect_used, reason = "the embedded file is no input, and every test that uses it would fail")]
    fn default() -> Self {
        toml::from_str(DEFAULT_FILE).expect("the embedded default file is valid")
    }
}

impl Settings {
    /// The first pair of settings that contradict each other: the key to blame, and why.
    fn conflict(&self) -> Option<(&'static str, String)> {
        folders::conflict(&self.ingest, &self.library)
            .or_else(|| self.hooks.conflict())
            .or_else(|| self.origin.conflict())
            .or_else(|| self.studio.conflict())
    }
}

impl Encode {
    /// Heights and bits a second of the rungs that were asked for, lowest rate first.
    #[must_use]
    pub fn asked_rungs(&self) -> Vec<(u32, u32)> {
        let mut rungs: Vec<(u32, u32)> = self.rungs.iter().filter_map(|rung| field::rung(rung)).collect();
        rungs.sort_unstable_by_key(|(height, kbps)| (*kbps, *height));
        rungs.into_iter().map(|(height, kbps)| (height, kbps * 1000)).collect()
    }

    /// These settings as changed by a title's own file (`clip.toml` beside `clip.mp4`), which may hold `[encode]`, and the
    /// title's priority in `[ingest]`.
    ///
    /// # Errors
    /// As for the settings file; also for a key of another section.
    pub fn with_title_file(&self, path: &Path, text: &str) -> Result<Self, SettingsError> {
        let mut settings = Settings { encode: self.clone(), ..Settings::default() };
        for entry in Layer::file(path, text)?.into_entries() {
            if !entry.key.starts_with("encode.") && entry.key != PRIORITY {
                return Err(SettingsError::NotForOneTitle { place: entry.place, key: entry.key });
            }
            settings = settings.with(&entry)?;
        }
        Ok(settings.encode)
    }
}

/// The priority that a title's own file (`clip.toml` beside `clip.mp4`) gives it, if it does. What is wrong with the file is
/// told when the title is made.
#[must_use]
pub fn own_priority(path: &Path, text: &str) -> Option<i32> {
    let entries = Layer::file(path, text).ok()?.into_entries();
    let entry = entries.into_iter().find(|entry| entry.key == PRIORITY)?;
    Settings::default().with(&entry).ok().map(|settings| settings.ingest.priority)
}

/// The key that a title's own file may set beside those of encoding.
const PRIORITY: &str = "ingest.priority";

#[cfg(test)]
mod tests;
