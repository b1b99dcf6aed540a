//! Requests that are sent twice count once: the header `Idempotency-Key` of a POST
//! (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! Of what succeeded the answer is kept for a day, and given again. What failed has changed nothing, so it is not kept: the
//! next try is a new one.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::header::{CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::signed_in::Viewer;
use super::problem::Problem;
use crate::model::{Id, Micros};
use crate::store::answers::{self, Found};
use crate::uploads::protocol::CONTENT;

/// Longest key, characters.
const LONGEST: usize = 255;
/// Most bytes of a request, and of an answer.
const MOST: usize = 256 << 10;
/// Seconds that an answer is kept.
const KEPT: i64 = 86_400;
/// Headers of an answer that are kept with it.
const HEADERS: [HeaderName; 2] = [CONTENT_TYPE, LOCATION];

/// An answer, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    headers: Vec<(String, String)>,
    body: String,
}

/// Answers a POST with a key once, and the same from then on. Others pass.
pub async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // Bytes of an upload have an offset, which makes them count once.
    let is_upload = parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == CONTENT);
    let key = parts.headers.get("idempotency-key").filter(|_| parts.method == Method::POST && !is_upload);
    let Some(key) = key.cloned() else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let Ok(Viewer::Account(signed_in)) = Viewer::from_request_parts(&mut parts, &app).await else {
        // A stranger has nobody to keep an answer for; a wrong token is the handler's to refuse.
        return next.run(Request::from_parts(parts, body)).await;
    };
    with_key(&app, &signed_in.account.id, &key, parts, body, next).await.unwrap_or_else(Problem::into_response)
}

async fn with_key(
    app: &App,
    account: &Id,
    key: &HeaderValue,
    parts: Parts,
    body: Body,
    next: Next,
) -> Result<Response, Problem> {
    let key = key.to_str().ok().filter(|key| (1..=LONGEST).contains(&key.len()));
    let key = key.ok_or_else(|| Problem::bad_request("Idempotency-Key has 1 to 255 printable ASCII characters"))?;
    let body = to_bytes(body, MOST).await;
    let body = body.map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "bad-request", "the body is too large"))?;
    let hash = digest(&parts, &body);
    match answers::begin(&app.store, account, key, &hash, app.now()).await? {
        Found::New => {}
        Found::Other => {
            let detail = "this Idempotency-Key was used for another request: take a new one";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-used", detail));
        }
        Found::UnderWay => {
            let detail = "the first request with this Idempotency-Key has not ended: see whether it took effect";
            return Err(Problem::conflict("idempotency-under-way", detail));
        }
        Found::Answer(status, sealed) => return again(app, &place(account, key), status, &sealed),
    }
    // On a task of its own: a client that goes away does not leave it half done.
    let request = Request::from_parts(parts, Body::from(body));
    let run = tokio::spawn({
        let (app, account, key) = (app.clone(), account.clone(), key.to_owned());
        async move {
            let response = next.run(request).await;
            keep(&app, &account, &key, response).await
        }
    });
    match run.await {
        Ok(answer) => answer,
        Err(error) => {
            // It panicked: nothing will end it.
            answers::forget(&app.store, account, key).await?;
            Err(Problem::internal(&error.to_string()))
        }
    }
}

/// Keeps an answer of success, and forgets the request of any other.
async fn keep(app: &App, account: &Id, key: &str, response: Response) -> Result<Response, Problem> {
    let status = response.status();
    if !status.is_success() {
        answers::forget(&app.store, account, key).await?;
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let body = to_bytes(body, MOST).await.map_err(|error| Problem::internal(&error.to_string()))?;
    let text = |name: &HeaderName| Some((name.to_string(), head.headers.get(name)?.to_str().ok()?.to_owned()));
    let kept = Kept { headers: HEADERS.iter().filter_map(text).collect(), body: STANDARD_NO_PAD.encode(&body) };
    let kept = serde_json::to_vec(&kept).map_err(|error| Problem::internal(&error.to_string()))?;
    let sealed = app.vault.seal(&place(account, key), &kept)?;
    answers::end(&app.store, account, key, status.as_u16(), &sealed).await?;
    Ok(Response::from_parts(head, Body::from(body)))
}

fn again(app: &App, place: &str, status: u16, sealed: &str) -> Result<Response, Problem> {
    let damaged = || Problem::internal("an answer that was kept can't be read");
    let kept = app.vault.open_sealed(place, sealed)?;
    let kept: Kept = serde_json::from_slice(&kept).map_err(|_| damaged())?;
    let body = STANDARD_NO_PAD.decode(&kept.body).map_err(|_| damaged())?;
    let mut headers = HeaderMap::new();
    for (name, value) in &kept.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    headers.insert(HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
    Ok((StatusCode::from_u16(status).map_err(|_| damaged())?, headers, body).into_response())
}

/// When answers must have been made not to be over `now`.
#[must_use]
pub const fn over(now: Micros) -> Micros {
    now.plus_seconds(-KEPT)
}

fn digest(parts: &Parts, body: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(parts.uri.to_string().as_bytes()).update(b"\0").update(body);
    hasher.finalize().to_hex().to_string()
}

fn place(account: &Id, key: &str) -> String {
    format!("answers/{account}/{key}")
}
