//! A client of the router: a browser on the same machine, or a program with a token.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use config::caller::Caller;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// A client with cookies, as a browser keeps them.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    router: Router,
    cookies: BTreeMap<String, String>,
    token: Option<String>,
    /// Who it is to the origin.
    pub(crate) caller: Caller,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's text; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

impl Client {
    pub(crate) fn new(router: Router) -> Self {
        let address = "127.0.0.1:50000".parse().unwrap();
        let caller = Caller { address: Some(address), is_tls: false };
        Self { router, cookies: BTreeMap::new(), token: None, caller }
    }

    /// The same client with a token instead of cookies.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { cookies: BTreeMap::new(), token: Some(token.into()), ..self.clone() }
    }

    /// The value of its cookie `name`.
    pub(crate) fn cookie(&self, name: &str) -> String {
        self.cookies[name].clone()
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    pub(crate) async fn post(&mut self, path: &str, json: &Value) -> Answer {
        self.with_json(Method::POST, path, &[], json).await
    }

    pub(crate) async fn patch(&mut self, path: &str, json: &Value) -> Answer {
        self.with_json(Method::PATCH, path, &[], json).await
    }

    pub(crate) async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], Vec::new()).await
    }

    pub(crate) async fn with_json(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        json: &Value,
    ) -> Answer {
        let headers = [headers, &[(CONTENT_TYPE.as_str(), "application/json")]].concat();
        self.send(method, path, &headers, json.to_string().into_bytes()).await
    }

    /// Sends a request as a page of the studio would: with `Sec-Fetch-Site: same-origin` where `headers` name none.
    pub(crate) async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        self.stream(method, path, headers, Body::from(body)).await
    }

    /// The same with a body that comes bit by bit.
    pub(crate) async fn stream(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path).extension(self.caller);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        } else if !headers.iter().any(|(name, _)| ["sec-fetch-site", "origin"].contains(name)) {
            request = request.header("sec-fetch-site", "same-origin");
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        for value in head.headers.get_all(SET_COOKIE) {
            let (pair, rest) = value.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }
}
