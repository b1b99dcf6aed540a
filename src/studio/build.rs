//! Embeds in the program: the pages' scripts and styles (`web`, built by Vite from npm), and their texts (`locales`).
//!
//! Everything is made below `OUT_DIR`; the source tree is only read. Where npm or the network is missing the pages are
//! built all the same, without scripts and styles, and this says so.

#[path = "build/texts.rs"]
mod texts;
#[path = "build/web.rs"]
mod web;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for watched in ["build.rs", "build", "locales"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    for watched in web::SOURCES {
        println!("cargo::rerun-if-changed=web/{watched}");
    }
    fs::write(out.join("texts.rs"), texts::code(&root.join("locales"))?)?;
    fs::write(out.join("assets.rs"), web::code(&root.join("web"), &out)?)?;
    Ok(())
}
