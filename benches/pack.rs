//! The program.

use std::path::Path;
use std::process::Command;

/// `pack` in `house`, as quick as it encodes.
pub(crate) fn pack(house: &Path) -> Command {
    let mut pack = Command::new(env!("CARGO_BIN_EXE_pack"));
    // Sources are finished before they are put there.
    pack.env("PACK_INGEST_SETTLE", "0s");
    pack.current_dir(house).env("PACK_ENCODE_PRESET", "ultrafast");
    pack
}
