//! TCP's congestion control, one for all who are compared: bbr sets a timer for each packet, and its interrupts are
//! charged to whoever runs.

use std::fs;
use std::process::Command;

use crate::servers::Server;

const SYSTEM: &str = "/proc/sys/net/ipv4/tcp_congestion_control";

/// The system's choice, ours until this goes. nginx has no directive for it, so that it is set for all of the machine.
#[derive(Debug)]
pub(crate) struct Congestion {
    before: Option<String>,
}

impl Congestion {
    /// Sets `wanted`, and prints what is in force then.
    pub(crate) fn set(wanted: &str) -> Self {
        let before = system();
        if before == wanted {
            println!("TCP's congestion control: {before}, the system's own choice");
            return Self { before: None };
        }
        match fs::write(SYSTEM, wanted) {
            Ok(()) => {
                println!("TCP's congestion control: {wanted} for this run ({before} before and after)");
                Self { before: Some(before) }
            }
            Err(error) => {
                println!("TCP's congestion control: {before}, since {wanted} can't be set ({error})");
                Self { before: None }
            }
        }
    }
}

impl Drop for Congestion {
    fn drop(&mut self) {
        if let Some(before) = &self.before
            && let Err(error) = fs::write(SYSTEM, before)
        {
            println!("NOT put back: sysctl net.ipv4.tcp_congestion_control={before} ({error})");
        }
    }
}

fn system() -> String {
    let name = fs::read_to_string(SYSTEM);
    name.map_or_else(|error| format!("not known ({error})"), |name| name.trim().to_owned())
}

/// The one that the connections of `server` get: a server may choose for its own sockets. Needs `ss`.
pub(crate) fn of(server: &Server) -> String {
    let port = format!(":{}", server.ports.tls);
    let listed = Command::new("ss").args(["-Hltni", "sport", "=", &port]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let words: Vec<_> = listed.split_whitespace().collect();
    let found = words.windows(2).find(|pair| pair[1].starts_with("cwnd:"));
    found.map_or_else(|| "not known".to_owned(), |pair| pair[0].to_owned())
}
