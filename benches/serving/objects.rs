//! The library that is served, and the requests for it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{Advice, fadvise, syncfs};

/// Bytes of all cold objects of one size, and their largest number: several for each of the connections, which cost
/// something too.
const COLD: (usize, usize) = (512 << 20, 2000);
/// Players whose requests come in turn.
const PLAYERS: usize = 64;
/// Below it, an object is a playlist.
const SMALLEST_SEGMENT: usize = 1 << 10;

/// All objects, made when they are first needed.
#[derive(Debug)]
pub(crate) struct Library {
    folder: PathBuf,
    hot: BTreeMap<usize, Objects>,
    cold: BTreeMap<usize, [Objects; 2]>,
}

impl Library {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, hot: BTreeMap::new(), cold: BTreeMap::new() }
    }

    /// One object of `size` bytes.
    pub(crate) fn hot(&mut self, size: usize) -> &Objects {
        self.hot.entry(size).or_insert_with(|| Objects::make(&self.folder.join("hot"), size, 1))
    }

    /// Two sets of objects of `size` bytes: one to get ready with, one that counts.
    pub(crate) fn cold(&mut self, size: usize) -> &[Objects; 2] {
        let make = |title: &str| Objects::make(&self.folder.join(title), size, (COLD.0 / size).min(COLD.1));
        self.cold.entry(size).or_insert_with(|| ["first", "second"].map(make))
    }
}

/// Objects of one size below a title's revision.
#[derive(Debug)]
pub(crate) struct Objects {
    /// Their paths as the origin serves them.
    paths: Vec<String>,
    files: Vec<PathBuf>,
    /// Bytes of each.
    pub(crate) size: usize,
}

impl Objects {
    /// `count` objects of `size` bytes in the folder of a title, sealed as `pack run` does.
    fn make(title: &Path, size: usize, count: usize) -> Self {
        let name_of_title = title.file_name().and_then(|name| name.to_str()).expect("a title's name");
        let below = format!("R0123456789abcdef/video-{size}");
        let folder = title.join(&below);
        fs::create_dir_all(&folder).expect("a folder");
        let extension = if size < SMALLEST_SEGMENT { "m3u8" } else { "m4s" };
        let name = |number: usize| format!("{number:05}.{extension}");
        let files: Vec<_> = (0..count).map(|number| folder.join(name(number))).collect();
        for file in &files {
            fs::write(file, vec![b'x'; size]).expect("a segment");
            packager::library::seal(file).expect("a segment that is there");
        }
        // Only what is on disk can be dropped from the kernel's cache.
        syncfs(File::open(&folder).expect("the folder")).expect("a disk that takes it");
        let paths = (0..count).map(|number| format!("/vod/{name_of_title}/{below}/{}", name(number))).collect();
        Self { paths, files, size }
    }

    /// Has the kernel forget them.
    pub(crate) fn chill(&self) {
        for file in &self.files {
            let file = File::open(file).expect("a segment");
            fadvise(&file, 0, None, Advice::DontNeed).expect("advice is taken");
        }
    }

    /// A request for each of them, `with_cmcd` from one player after another.
    pub(crate) fn each(&self, with_cmcd: bool) -> Vec<String> {
        let paths = self.paths.iter().enumerate();
        paths.map(|(number, path)| if with_cmcd { cmcd(path, number % PLAYERS) } else { path.clone() }).collect()
    }

    /// Requests for the first of them, `with_cmcd` one of each player.
    pub(crate) fn first(&self, with_cmcd: bool) -> Vec<String> {
        let path = &self.paths[0];
        if with_cmcd { (0..PLAYERS).map(|player| cmcd(path, player)).collect() } else { vec![path.clone()] }
    }
}

/// The URL that hls.js makes of a segment's where CMCD is on: keys in order, values as `encodeURIComponent` writes them.
fn cmcd(path: &str, player: usize) -> String {
    let (buffer, throughput) = (9700 + 200 * player, 12_400 + 300 * player);
    format!(
        "{path}?CMCD=bl%3D{buffer}%2Cbr%3D3200%2Ccid%3D%22shows%2Fep-1%22%2Cd%3D6000%2Cmtp%3D{throughput}%2Cot%3Dv%2C\
         sf%3Dh%2Csid%3D%22f2a8c1de-6f0b-4c1e-9d57-{player:012x}%22%2Ctb%3D6400"
    )
}
