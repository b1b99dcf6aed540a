//! The rows of the table of serving: first what deployments run.

use std::fmt;

use crate::load::Protocol;

/// From a playlist to a segment of the highest rung.
const SIZES: [usize; 4] = [200, 2 << 10, 97 << 10, 2 << 20];
const LARGEST_COLD: usize = 4 << 20;
const FEW: u32 = 64;
const MANY: u32 = 1000;
/// Twice as long for many connections, since over TLS the handshakes alone take half a second.
const LONGER: u32 = 2;

/// One comparison.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) protocol: Protocol,
    /// Bytes of an object.
    pub(crate) size: usize,
    pub(crate) traffic: Traffic,
}

/// The requests of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// One object over so many connections, with CMCD, and each answer in the access log.
    Logged(u32),
    /// One object over so many connections, without either.
    Bare(u32),
    /// Many objects, each asked for once with none of it in memory, with CMCD and the log.
    Cold,
}

impl Row {
    /// With the access log, and CMCD in each request.
    pub(crate) fn is_logged(&self) -> bool {
        !matches!(self.traffic, Traffic::Bare(_))
    }

    /// For which factor it is asked longer than for the shortest time.
    pub(crate) fn longer(&self) -> u32 {
        if matches!(self.traffic, Traffic::Logged(MANY) | Traffic::Bare(MANY)) { LONGER } else { 1 }
    }

    /// Bare answers over many connections are wanted by name alone, or all would take a quarter longer.
    fn is_by_default(&self) -> bool {
        self.traffic != Traffic::Bare(MANY)
    }

    /// Its name has each of `words`.
    fn has(&self, words: &str) -> bool {
        let name = self.to_string();
        words.split_whitespace().all(|word| name.split_whitespace().any(|own| own == word))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match self.size {
            size if size < 1 << 10 => format!("0.{}KB", size / 100),
            size if size < 1 << 20 => format!("{}KB", size >> 10),
            size => format!("{}MB", size >> 20),
        };
        write!(f, "{:<8} {size:>5} ", self.protocol)?;
        match self.traffic {
            Traffic::Logged(connections) => write!(f, "logged {connections}"),
            Traffic::Bare(connections) => write!(f, "bare {connections}"),
            Traffic::Cold => f.write_str("cold"),
        }
    }
}

/// The rows that BENCH_ROWS asks for: by words of their names, or by several such lists between commas.
pub(crate) fn wanted() -> Vec<Row> {
    let mut rows = all();
    match std::env::var("BENCH_ROWS") {
        Ok(lists) => rows.retain(|row| lists.split(',').any(|words| row.has(words))),
        Err(_) => rows.retain(Row::is_by_default),
    }
    assert!(!rows.is_empty(), "no row has the words of BENCH_ROWS");
    rows
}

fn all() -> Vec<Row> {
    let hot = |traffics: [Traffic; 2]| block(&SIZES, &traffics);
    let cold = block(&[&SIZES[..], &[LARGEST_COLD]].concat(), &[Traffic::Cold]);
    let logged = hot([FEW, MANY].map(Traffic::Logged));
    let bare = hot([FEW, MANY].map(Traffic::Bare));
    [logged, bare, cold].concat()
}

/// Each of `sizes` with each of `traffics`, over each protocol.
fn block(sizes: &[usize], traffics: &[Traffic]) -> Vec<Row> {
    let mut rows = Vec::new();
    for protocol in [Protocol::Http2, Protocol::Tls, Protocol::Http1] {
        for &size in sizes {
            rows.extend(traffics.iter().map(|&traffic| Row { protocol, size, traffic }));
        }
    }
    rows
}
