//! Logs as one JSON object per line on standard output.

use std::panic;
use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use json_subscriber::JsonLayer;
use tracing::{error, info};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::time::SystemTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, registry};

/// Log from here on, panics too.
///
/// # Panics
///
/// If logging was started before.
pub fn start(level: LevelFilter) {
    registry().with(json(std::io::stdout)).with(level).init();
    panic::set_hook(Box::new(|panic| error!("{panic}")));
}

/// Time, level, logger and message, then the event's own fields; those of spans are in `span`.
fn json<W>(writer: W) -> JsonLayer<Registry, W>
where
    W: for<'a> MakeWriter<'a> + 'static,
{
    let mut layer = JsonLayer::new(writer);
    layer.with_timer("time", SystemTime);
    layer.with_level("level");
    layer.with_target("logger");
    layer.with_current_span("span");
    layer.with_flattened_event();
    layer
}

/// Middleware: one line per request with its method, path, status and duration.
pub async fn request(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();

    let response = next.run(request).await;

    info!(
        method = method.as_str(),
        path,
        status = response.status().as_u16(),
        duration_ms = (started.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        "request",
    );
    response
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use axum::body::Body;
    use axum::{Router, routing};
    use serde_json::{Value, json};
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;
    use tracing::{info_span, subscriber};

    use super::*;

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Output {
        fn lines(&self) -> Vec<Value> {
            let bytes = self.0.lock().unwrap();
            let text = str::from_utf8(&bytes).unwrap();
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect()
        }
    }

    fn capture() -> (Output, subscriber::DefaultGuard) {
        let output = Output::default();
        let writer = output.clone();
        let layer = json(move || writer.clone());
        (output, subscriber::set_default(registry().with(layer)))
    }

    #[test]
    fn an_event_becomes_one_line_with_its_fields_and_its_span() {
        let (output, _guard) = capture();

        info_span!("shop", id = 3).in_scope(|| info!(order = 7, "paid\nby {}", "Ada"));

        let [line] = &output.lines()[..] else {
            panic!("not one line: {:?}", output.lines())
        };
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["logger"], module_path!());
        assert_eq!(line["message"], "paid\nby Ada");
        assert_eq!(line["order"], 7);
        assert_eq!(line["span"], json!({"name": "shop", "id": 3}));
        assert!(line["time"].as_str().unwrap().ends_with('Z'));
    }

    #[tokio::test]
    async fn a_request_is_logged_with_its_status_and_duration() {
        for (path, status) in [("/fine", 200), ("/absent", 404), ("/broken", 500)] {
            let (output, _guard) = capture();
            let app = Router::new()
                .route("/fine", routing::get(|| async {}))
                .route("/broken", routing::get(broken))
                .layer(CatchPanicLayer::new())
                .layer(axum::middleware::from_fn(request));

            let get = Request::get(path).body(Body::empty()).unwrap();
            app.oneshot(get).await.unwrap();

            let lines = output.lines();
            let line = lines
                .iter()
                .find(|line| line["message"] == "request")
                .unwrap();
            assert_eq!(line["method"], "GET");
            assert_eq!(line["path"], path);
            assert_eq!(line["status"], status);
            assert!(line["duration_ms"].as_f64().unwrap() > 0.0);
        }
    }

    async fn broken() {
        panic!("no such order")
    }
}
