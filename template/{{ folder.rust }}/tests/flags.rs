//! What is shipped dark: the file of the feature flags decides.

use std::fs;
use std::path::{Path, PathBuf};

use axum::body::to_bytes;
use axum::http::{Request, header};
use axum::{Router, body::Body};
use serde_json::{Value, json};
use tower::ServiceExt;

use service::settings::Settings;
use service::{app, flags};

/// A file of this name that only one test uses, with the flag.
fn write(name: &str, flag: &Value) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let file = json!({"flags": {"warm-greeting": flag}});
    fs::write(&path, file.to_string()).unwrap();
    path
}

fn flag(default: &str) -> Value {
    let variants = json!({"on": true, "off": false});
    json!({"state": "ENABLED", "variants": variants, "defaultVariant": default})
}

async fn service(path: &Path) -> Router {
    app::router(Settings::default(), flags::open(path).await.unwrap())
}

async fn greeting(service: &Router) -> String {
    let request = Request::post("/greetings")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(json!({"name": "Ada"}).to_string()))
        .unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    body["message"].as_str().unwrap().to_owned()
}

const PLAIN: &str = "Hello, Ada!";
const WARM: &str = "Hello, Ada! It is good to see you.";

#[tokio::test]
async fn a_changed_file_counts_from_the_next_request_on() {
    let path = write("changed.json", &flag("off"));
    let service = service(&path).await;
    assert_eq!(greeting(&service).await, PLAIN);

    write("changed.json", &flag("on"));
    assert_eq!(greeting(&service).await, WARM);

    fs::write(&path, "{").unwrap();
    assert_eq!(greeting(&service).await, WARM, "a file that breaks later");
}

#[tokio::test]
async fn a_flag_that_decides_nothing_leaves_it_to_the_code() {
    let variants = json!({"on": true});
    let disabled = json!({"state": "DISABLED", "variants": variants, "defaultVariant": "on"});
    let open = json!({"state": "ENABLED", "variants": variants, "defaultVariant": null});
    for (name, flag) in [("disabled.json", disabled), ("open.json", open)] {
        let service = service(&write(name, &flag)).await;

        assert_eq!(greeting(&service).await, PLAIN, "{name}");
    }
}

#[tokio::test]
async fn without_the_file_everything_is_as_the_code_says() {
    let service = service(Path::new("absent.json")).await;

    assert_eq!(greeting(&service).await, PLAIN);
}

#[tokio::test]
async fn a_broken_file_is_refused_with_what_is_wrong() {
    let variants = json!({"on": true});
    for (number, (flag, words)) in [
        (json!({}), "missing field `state`"),
        (json!({"state": "ON", "variants": variants}), "ENABLED"),
        (json!({"state": "ENABLED", "variants": {}}), "no variants"),
        (flag("x"), "'x' is none of the variants"),
        (
            json!({"state": "ENABLED", "variants": variants, "targeting": {"var": "team"}}),
            "targeting needs flagd's own provider",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let path = write(&format!("broken-{number}.json"), &flag);

        let refused = flags::open(&path).await.err().unwrap().to_string();

        assert!(refused.contains(words), "{refused}");
        assert!(refused.starts_with(path.to_str().unwrap()), "{refused}");
    }
}

#[tokio::test]
async fn the_flags_of_this_service_can_be_read() {
    flags::open(Path::new("flags.json")).await.unwrap();
}
