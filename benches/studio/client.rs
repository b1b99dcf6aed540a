//! A client with one connection, which costs little.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

/// A client; with a cookie once it has signed in.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    cookie: String,
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self { stream: BufReader::with_capacity(128 << 10, stream), cookie: String::new() }
    }

    /// Signs in.
    pub(crate) fn sign_in(mut self, name: &str, password: &str) -> Self {
        let body = json!({ "name": name, "password": password }).to_string();
        let head = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        let (head, body) = self.ask("POST", "/api/v1/session", &(head + "\r\n" + &body));
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        let cookie = cookie.unwrap_or_else(|| panic!("no cookie: {head}{}", String::from_utf8_lossy(&body)));
        self.cookie = format!("Cookie: {cookie}\r\n");
        self
    }

    /// The body at `path`, which is there.
    pub(crate) fn get(&mut self, path: &str) -> Vec<u8> {
        let (head, body) = self.ask("GET", path, "\r\n");
        assert!(head.starts_with("HTTP/1.1 200 "), "{path}: {head}{}", String::from_utf8_lossy(&body));
        body
    }

    /// The JSON at `path`.
    pub(crate) fn json(&mut self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path)).expect("JSON")
    }

    /// Head and body of the answer. `rest` is what follows the common headers.
    fn ask(&mut self, method: &str, path: &str, rest: &str) -> (String, Vec<u8>) {
        let cookie = &self.cookie;
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n{cookie}{rest}");
        self.stream.get_mut().write_all(request.as_bytes()).expect("a request is sent");
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut head).expect("a head") > 0, "the connection ended: {path}");
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.and_then(|length| length.parse().ok()).unwrap_or_else(|| panic!("no length: {head}"));
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the whole body");
        (head, body)
    }
}
