//! The web application.

use std::any::Any;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use open_feature::Client;
use serde::{Deserialize, Serialize};
use tower_http::catch_panic::CatchPanicLayer;

use crate::log;
use crate::settings::Settings;

/// In bytes; a longer body is refused with status 413.
const BODY_LIMIT: usize = 64 * 1024;
const NAME_LIMIT: usize = 100;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[derive(Deserialize)]
struct Guest {
    name: Name,
}

#[derive(Serialize)]
struct Greeting {
    message: String,
}

/// What is neither empty nor endless. A body with another name is refused with status 422.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.chars().count() {
            1..=NAME_LIMIT => Ok(Self(name)),
            length => Err(format!(
                "a name has 1 to {NAME_LIMIT} characters, not {length}"
            )),
        }
    }
}

/// What the handlers share.
struct Shared {
    settings: Settings,
    flags: Client,
}

pub fn router(settings: Settings, flags: Client) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/greetings", post(greet))
        .with_state(Arc::new(Shared { settings, flags }))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CatchPanicLayer::custom(internal_error))
        .layer(middleware::from_fn(log::request))
}

async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

async fn greet(State(shared): State<Arc<Shared>>, Json(guest): Json<Guest>) -> Json<Greeting> {
    let mut message = format!("{}, {}!", shared.settings.greeting, guest.name.0);
    let warm = shared.flags.get_bool_value("warm-greeting", None, None);
    if warm.await.unwrap_or(false) {
        message += " It is good to see you.";
    }
    Json(Greeting { message })
}

/// The answer where a handler panicked, which the log says already.
fn internal_error(_panic: Box<dyn Any + Send>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
