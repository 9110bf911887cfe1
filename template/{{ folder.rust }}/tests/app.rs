//! The application without a network.

use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use service::settings::Settings;
use service::{app, flags};

async fn answer(request: Request<Body>) -> Response<Body> {
    let settings = Settings {
        greeting: "Welcome".to_owned(),
        ..Settings::default()
    };
    let flags = flags::open(Path::new("absent.json")).await.unwrap();
    app::router(settings, flags).oneshot(request).await.unwrap()
}

async fn greet(guest: &Value) -> Response<Body> {
    let request = Request::post("/greetings")
        .header(header::CONTENT_TYPE, "application/json")
        .body(guest.to_string().into());
    answer(request.unwrap()).await
}

async fn body(response: Response<Body>) -> Value {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn the_service_says_that_it_is_healthy() {
    let response = answer(Request::get("/healthz").body(Body::empty()).unwrap()).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(body(response).await, json!({"status": "ok"}));
}

#[tokio::test]
async fn a_guest_is_greeted_in_the_words_of_the_settings() {
    let response = greet(&json!({"name": "Ada"})).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(body(response).await, json!({"message": "Welcome, Ada!"}));
}

#[tokio::test]
async fn a_guest_without_a_name_is_refused() {
    for guest in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "A".repeat(101)}),
    ] {
        let status = greet(&guest).await.status();

        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{guest}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let status = greet(&json!({"name": "A".repeat(100_000)})).await.status();

    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}
