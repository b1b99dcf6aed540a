//! PostgreSQL for tests: one server for all that run at once, which the first starts and which ends by itself.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

/// Starts the server in the folder $1 with the programs of $2, and ends it, with all its data, when no test has touched
/// the file `used` for three minutes.
const SUPERVISOR: &str = r#"
cd "$1"
"$2/postgres" -D data -k "$1" -c listen_addresses= -c fsync=off -c max_connections=300 >log 2>&1 &
server=$!
while kill -0 $server 2>/dev/null && [ -n "$(find used -mmin -3)" ]; do sleep 5; done
kill -INT $server 2>/dev/null
wait $server
rm -rf "$1"
"#;

/// The URL of a database of the caller's own, which is empty.
pub(crate) fn database() -> String {
    let folder = folder();
    drop_left_over(&folder);
    let name = format!("t{}_{}", std::process::id(), nanoseconds());
    let made = psql(&folder, &format!("CREATE DATABASE {name}"));
    assert!(made.status.success(), "no database: {}", String::from_utf8_lossy(&made.stderr));
    format!("postgres://postgres@localhost/{name}?host={}", folder.display())
}

/// Drops a few databases of tests that have ended: each takes 8 MB.
fn drop_left_over(folder: &Path) {
    let listed = psql(folder, "COPY (SELECT datname FROM pg_database WHERE datname LIKE 't%\\_%') TO STDOUT");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let is_over = |name: &&str| {
        let process = name.trim_start_matches('t').split('_').next().unwrap_or_default();
        !process.is_empty() && !Path::new("/proc").join(process).exists()
    };
    for name in listed.lines().filter(is_over).take(3) {
        // Another test may be dropping it, too.
        psql(folder, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}

/// The folder of the running server.
fn folder() -> PathBuf {
    let root = users_are_switched();
    let folder = std::env::temp_dir().join(format!("pack-studio-postgres-{}", rustix::process::getuid().as_raw()));
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if folder.join("used").exists() && psql(&folder, "SELECT 1").status.success() {
        fs::write(folder.join("used"), "").unwrap();
        return folder;
    }
    start(&folder, root);
    folder
}

fn start(folder: &Path, root: bool) {
    let programs = programs();
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("used"), "").unwrap();
    if root {
        assert!(Command::new("chown").args(["-R", "postgres"]).arg(folder).status().unwrap().success());
    }
    let made = as_postgres(root, &programs.join("initdb"))
        .args(["--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8", "--username", "postgres", "-D"])
        .arg(folder.join("data"))
        .current_dir("/")
        .output()
        .unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    // In a session of its own: it outlives the test that started it.
    let mut server = Command::new("setsid");
    server.args(["--fork"]);
    if root {
        server.args(["runuser", "-u", "postgres", "--"]);
    }
    server.args(["sh", "-c", SUPERVISOR, "sh"]).arg(folder).arg(&programs);
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(server.status().unwrap().success());
    for _ in 0..200 {
        if psql(folder, "SELECT 1").status.success() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("PostgreSQL does not start: {}", fs::read_to_string(folder.join("log")).unwrap_or_default());
}

fn psql(folder: &Path, sql: &str) -> std::process::Output {
    let psql =
        Command::new("psql").args(["-U", "postgres", "-h"]).arg(folder).args(["-d", "postgres", "-c", sql]).output();
    psql.expect("psql is missing: `apt-get install postgresql`")
}

/// The folder of the newest server's programs, as Debian lays it.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is missing: `apt-get install postgresql`");
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.unwrap().path().join("bin")).collect();
    versions.sort();
    versions.pop().expect("PostgreSQL is missing: `apt-get install postgresql`")
}

fn as_postgres(root: bool, program: &Path) -> Command {
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

/// True if we are root, which PostgreSQL refuses to run as.
fn users_are_switched() -> bool {
    rustix::process::getuid().is_root()
}

fn nanoseconds() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos()
}
