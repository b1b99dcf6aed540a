//! Uploads: tus 1.0 (<https://tus.io/protocols/resumable-upload>), and what is known of one.

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::body;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::{Id, Micros, Role, Scope, UploadState};
use crate::store::people::accounts::Account;
use crate::store::titles::packaging;
use crate::store::uploads::{self as rows, Upload};
use crate::uploads::protocol::{CHECKSUMS, EXTENSIONS, VERSION};
use crate::uploads::{self, create, expires, metadata, protocol};

/// The path that uploads lie below.
const PATH: &str = "/api/v1/uploads";

/// An upload, as its sender sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Shown {
    id: Id,
    /// Bytes that are there.
    offset: i64,
    /// Bytes in all.
    length: i64,
    state: UploadState,
    /// The id of its title, once the last byte is there.
    title: Option<Id>,
    filename: String,
    name: String,
    created: Micros,
    /// When it ends if no further byte comes.
    expires: Micros,
}

/// Uploads under way.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct UnderWay {
    items: Vec<Shown>,
    /// Always null: there are few.
    next: Option<String>,
}

/// A file, by its content.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    /// BLAKE3 of the file, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    blake3: String,
}

/// Titles of one's own that were made from a file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Known {
    /// Their ids, the newest first; empty where the file is new.
    titles: Vec<Id>,
}

impl Shown {
    fn of(upload: Upload) -> Self {
        Self {
            expires: expires(&upload),
            id: upload.id,
            offset: upload.received,
            length: upload.length,
            state: upload.state,
            title: upload.title,
            filename: upload.filename,
            name: upload.name,
            created: upload.created,
        }
    }
}

/// Refuses another version of tus, and says in every answer which one is spoken. GET and OPTIONS are no requests of tus.
pub(super) async fn speak(request: Request, next: Next) -> Response {
    let is_tus = !matches!(*request.method(), Method::GET | Method::OPTIONS);
    let mut response = match protocol::version(request.headers()) {
        Err(problem) if is_tus => problem.into_response(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert("tus-resumable", HeaderValue::from_static(VERSION));
    headers.insert("tus-version", HeaderValue::from_static(VERSION));
    response
}

/// Says what is spoken here, and the largest upload.
#[utoipa::path(options, path = "/uploads", responses((status = NO_CONTENT)))]
pub(super) async fn options(State(app): State<App>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert("tus-extension", HeaderValue::from_static(EXTENSIONS));
    headers.insert("tus-checksum-algorithm", HeaderValue::from_static(CHECKSUMS));
    if let Some(most) = create::largest(&app) {
        headers.insert("tus-max-size", most.into());
    }
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Makes an upload of `Upload-Length` bytes. `Upload-Metadata` has `filename`, and may have `name`, `visibility` (restricted
/// where there is none) and `replace`, the id of a title of one's own whose file it takes the place of; or `beside`, the id of
/// a title of one's own, and `language`: then it becomes sound of that title in a further language. The first bytes may come
/// along as `application/offset+octet-stream`.
#[utoipa::path(post, path = "/uploads", responses(
    (status = CREATED, headers(("Location" = String), ("Upload-Offset" = i64), ("Upload-Expires" = String))),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = PAYLOAD_TOO_LARGE, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn make(
    State(app): State<App>,
    signed_in: SignedIn,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let account = may_upload(signed_in)?;
    let (length, checksum) = (protocol::length(&headers)?, protocol::checksum(&headers)?);
    let mut upload = create::create(&app, &account, length, metadata::read(&headers)?).await?;
    let id = upload.id.clone();
    if protocol::has_content(&headers) {
        let received = uploads::receive(&app, &account, &id, 0, checksum, body).await;
        upload = match received {
            Ok(upload) => upload,
            Err(problem) => {
                // Its sender does not know the address yet.
                uploads::terminate(&app, &account, &id).await?;
                return Err(problem);
            }
        };
    } else {
        // Of no bytes at all, it is whole.
        upload = uploads::complete(&app, upload).await?;
    }
    let mut answer = progress(&upload);
    let location = HeaderValue::from_str(&format!("{PATH}/{id}"));
    answer.extend(location.ok().map(|location| (LOCATION, location)));
    Ok((StatusCode::CREATED, answer).into_response())
}

/// The uploads of one's own that are under way, so that another browser can go on with them.
#[utoipa::path(get, path = "/uploads", responses(
    (status = OK, body = UnderWay),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<UnderWay>, Problem> {
    let account = may_upload(signed_in)?;
    let found = rows::under_way(&mut *app.store.read().await?, &account.id).await?;
    let items = found.into_iter().filter(|upload| app.now() <= expires(upload)).map(Shown::of).collect();
    Ok(Json(UnderWay { items, next: None }))
}

/// The state of an upload.
#[utoipa::path(get, path = "/uploads/{id}", params(("id" = Id, Path)), responses(
    (status = OK, body = Shown),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = GONE, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Shown>, Problem> {
    let account = may_upload(signed_in)?;
    Ok(Json(Shown::of(uploads::find(&app, &account, &read(&id)?).await?)))
}

/// The offset to go on at. Whoever is sending to this upload meanwhile is ended: a client that asks has lost its connection.
#[utoipa::path(head, path = "/uploads/{id}", params(("id" = Id, Path)), responses(
    (status = OK, headers(("Upload-Offset" = i64), ("Upload-Length" = i64), ("Upload-Expires" = String))),
    (status = NOT_FOUND),
    (status = GONE),
))]
pub(super) async fn offset(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let account = may_upload(signed_in)?;
    let upload = uploads::at_rest(&app, &account, &read(&id)?).await?;
    Ok((StatusCode::OK, progress(&upload)).into_response())
}

/// Adds the body's bytes at `Upload-Offset`. `Upload-Checksum` (sha1 or sha256) is of the whole body.
#[utoipa::path(patch, path = "/uploads/{id}", params(("id" = Id, Path)), responses(
    (status = NO_CONTENT, headers(("Upload-Offset" = i64), ("Upload-Expires" = String))),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = GONE, body = Problem, content_type = "application/problem+json"),
    (status = PAYLOAD_TOO_LARGE, body = Problem, content_type = "application/problem+json"),
    (status = UNSUPPORTED_MEDIA_TYPE, body = Problem, content_type = "application/problem+json"),
    (status = 460, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let account = may_upload(signed_in)?;
    let id = read(&id)?;
    if !protocol::has_content(&headers) {
        return Err(uploads::no_content());
    }
    let (offset, checksum) = (protocol::offset(&headers)?, protocol::checksum(&headers)?);
    let upload = uploads::receive(&app, &account, &id, offset, checksum, body).await?;
    Ok((StatusCode::NO_CONTENT, progress(&upload)).into_response())
}

/// Gives an upload up.
#[utoipa::path(delete, path = "/uploads/{id}", params(("id" = Id, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = GONE, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn terminate(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let account = may_upload(signed_in)?;
    uploads::terminate(&app, &account, &read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// For clients behind what lets no PATCH or DELETE through (tus 1.0, "X-HTTP-Method-Override").
#[utoipa::path(post, path = "/uploads/{id}", params(("id" = Id, Path)), responses(
    (status = NO_CONTENT),
    (status = METHOD_NOT_ALLOWED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn overridden(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let wanted = request.headers().get(HeaderName::from_static("x-http-method-override")).cloned();
    let (mut parts, body) = request.into_parts();
    let signed_in = SignedIn::from_request_parts(&mut parts, &app).await?;
    let path = Path::<String>::from_request_parts(&mut parts, &app).await.map_err(|_| Problem::not_found())?;
    match wanted.as_ref().map(HeaderValue::as_bytes) {
        Some(b"PATCH") => add(State(app), signed_in, path, parts.headers, body).await,
        Some(b"DELETE") => terminate(State(app), signed_in, path).await.map(IntoResponse::into_response),
        Some(b"HEAD") => offset(State(app), signed_in, path).await,
        _ => {
            let detail = "send PATCH, HEAD or DELETE, or POST with 'X-HTTP-Method-Override'";
            Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail))
        }
    }
}

/// Tells the titles of one's own that were made from a file, so that it need not be sent again. Nothing is told of files of
/// others.
#[utoipa::path(post, path = "/known-files", request_body = Content, responses(
    (status = OK, body = Known),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn known(
    State(app): State<App>,
    signed_in: SignedIn,
    body::Body(content): body::Body<Content>,
) -> Result<Json<Known>, Problem> {
    let account = may_upload(signed_in)?;
    let is_digest = content.blake3.len() == 64 && content.blake3.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        return Err(Problem::invalid("blake3", "expected 64 hexadecimal digits"));
    }
    let hash = content.blake3.to_ascii_lowercase();
    let found = packaging::of_source(&mut *app.store.read().await?, &account.id, &hash).await?;
    Ok(Json(Known { titles: found.into_iter().map(|made| made.id).collect() }))
}

fn may_upload(signed_in: SignedIn) -> Result<Account, Problem> {
    signed_in.needs(Scope::Upload)?;
    signed_in.needs_role(Role::Creator)?;
    Ok(signed_in.account)
}

/// What is no id names nothing.
fn read(id: &str) -> Result<Id, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// How far an upload is, in headers.
fn progress(upload: &Upload) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("upload-offset", upload.received.into());
    headers.insert("upload-length", upload.length.into());
    if upload.state == UploadState::Receiving {
        // RFC 9110 §5.6.7.
        let date = jiff::Timestamp::from_microsecond(expires(upload).0);
        let date = date.map(|date| date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        let date = date.ok().and_then(|date| HeaderValue::from_str(&date).ok());
        headers.extend(date.map(|date| (HeaderName::from_static("upload-expires"), date)));
    }
    headers
}
