//! Pages of playlists.

pub(super) mod playlist;
pub(super) mod playlists;
