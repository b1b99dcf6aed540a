//! The two databases: SQLite in a file, and a PostgreSQL of the bench's own with the settings that it comes with.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// A running server of PostgreSQL, ended when it goes.
pub(crate) struct Postgres {
    folder: PathBuf,
    server: Child,
}

impl Postgres {
    /// Starts it in `folder`, which it makes where it is not there.
    pub(crate) fn start(folder: &Path) -> Self {
        if !folder.join("data").exists() {
            fs::create_dir_all(folder).expect("a folder");
            if let Some((user, group)) = switched() {
                chown(folder, Some(user), Some(group)).expect("a folder of postgres");
            }
            let mut initdb = program("initdb");
            initdb.args(["--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8", "--username", "postgres", "-D"]);
            let made = initdb.arg(folder.join("data")).output().expect("initdb runs");
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
        let mut server = program("postgres");
        // Nothing is written while it counts.
        server.arg("-D").arg(folder.join("data")).arg("-k").arg(folder).args([
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
        ]);
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("postgres runs");
        let postgres = Self { folder: folder.into(), server };
        postgres.ask("SELECT 1").unwrap_or_else(|said| panic!("PostgreSQL does not start: {said}"));
        postgres
    }

    /// The URL of its database, as the settings take it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.display())
    }

    /// Brings its statistics up to date, as it does by itself a minute later.
    pub(crate) fn analyze(&self) {
        self.ask("VACUUM ANALYZE").expect("statistics");
    }

    /// The process that the others are children of.
    pub(crate) fn process(&self) -> u32 {
        self.server.id()
    }

    fn ask(&self, sql: &str) -> Result<(), String> {
        let mut said = String::new();
        for _ in 0..100 {
            let psql = Command::new("psql").args(["-U", "postgres", "-h"]).arg(&self.folder).args(["-c", sql]).output();
            let asked = psql.expect("psql runs; is it installed?");
            if asked.status.success() {
                return Ok(());
            }
            said = String::from_utf8_lossy(&asked.stderr).into_owned();
            thread::sleep(Duration::from_millis(100));
        }
        Err(said)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // "Fast shutdown": connections are ended.
        let _ = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}

/// A program of the newest server, as Debian lays it. It refuses to be run by root, and runs as postgres then.
fn program(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is missing: `apt-get install postgresql`");
    let versions = versions.map(|entry| entry.expect("an entry").path().join("bin").join(name));
    let mut command = Command::new(versions.max().expect("PostgreSQL is missing: `apt-get install postgresql`"));
    command.current_dir("/");
    if let Some((user, group)) = switched() {
        command.uid(user).gid(group);
    }
    command
}

/// The user and group of postgres, if we are root.
fn switched() -> Option<(u32, u32)> {
    let number = |which: &str| {
        let id = Command::new("id").args([which, "postgres"]).output().expect("id runs");
        String::from_utf8_lossy(&id.stdout).trim().parse().expect("a user called postgres")
    };
    rustix::process::getuid().is_root().then(|| (number("-u"), number("-g")))
}
