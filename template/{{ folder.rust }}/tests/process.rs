//! The service as a process of its own, as a platform starts and stops it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;

/// One that is killed if its test fails.
struct Service {
    process: Child,
    log: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Service {
    /// Start it; the system chooses a free port.
    fn start(variables: &[(&str, &str)]) -> Self {
        let mut process = command(variables).stdout(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(process.stdout.take().unwrap());
        let address = ([127, 0, 0, 1], 0).into();
        let mut service = Self {
            process,
            log,
            address,
        };
        let message = service.wait_for("listening on http://");
        service.address = message.parse().unwrap();
        service
    }

    /// Read the log up to the message that starts so; what follows in that message.
    fn wait_for(&mut self, start: &str) -> String {
        self.entries()
            .find_map(|entry| Some(entry["message"].as_str()?.strip_prefix(start)?.to_owned()))
            .unwrap_or_else(|| panic!("the service ended without a message {start:?}"))
    }

    fn entries(&mut self) -> impl Iterator<Item = Value> {
        let lines = self.log.by_ref().lines();
        lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap())
    }

    fn connect(&self) -> TcpStream {
        let connection = TcpStream::connect(self.address).unwrap();
        connection
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        connection
    }

    fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.process.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    fn wait(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_service"));
    for name in [
        "BIND",
        "FLAGS_FILE",
        "GREETING",
        "LOG_LEVEL",
        "SHUTDOWN_SECONDS",
    ] {
        command.env_remove(name);
    }
    command.env("PORT", "0").envs(variables.iter().copied());
    command
}

const BODY: &str = r#"{"name": "Ada"}"#;

/// A request whose handler runs already, and waits for the body.
fn request_in_flight(service: &Service) -> TcpStream {
    let mut client = service.connect();
    write!(
        client,
        "POST /greetings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        BODY.len()
    )
    .unwrap();
    let mut interim = [0; 12];
    client.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100");
    client
}

fn rest(mut client: TcpStream) -> String {
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_request_in_flight_is_answered_before_the_service_stops() {
    let mut service = Service::start(&[]);
    let mut client = request_in_flight(&service);

    service.terminate();
    service.wait_for("stopping");
    client.write_all(BODY.as_bytes()).unwrap();

    let answer = rest(client);
    assert!(answer.contains("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with(r#"{"message":"Hello, Ada!"}"#), "{answer}");
    let request = service
        .entries()
        .find(|entry| entry["message"] == "request")
        .unwrap();
    assert_eq!(request["status"], 200);
    assert!(service.wait().success());
}

#[test]
fn a_request_that_takes_too_long_does_not_keep_the_service_from_stopping() {
    let mut service = Service::start(&[("SHUTDOWN_SECONDS", "0")]);
    let client = request_in_flight(&service);

    service.terminate();

    service.wait_for("requests in flight were cut off");
    assert!(service.wait().success());
    drop(client);
}

#[test]
fn the_health_check_fails_once_the_service_is_gone() {
    let mut service = Service::start(&[]);
    let port = service.address.port().to_string();
    let mut check = command(&[("PORT", &port)]);
    check.arg("healthcheck");

    assert!(check.status().unwrap().success());

    service.terminate();
    assert!(service.wait().success());
    let refused = check.output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(!refused.stderr.is_empty());
}

#[test]
fn a_file_that_holds_no_flags_is_refused_at_the_start() {
    let refused = command(&[("FLAGS_FILE", "Cargo.toml")]).output().unwrap();

    assert_eq!(refused.status.code(), Some(1));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(
        message.starts_with("Cargo.toml holds no feature flags: "),
        "{message}"
    );
}

#[test]
fn a_wrong_setting_is_refused_at_the_start() {
    let refused = command(&[("PORT", "http")]).output().unwrap();

    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(refused.stderr).unwrap(),
        "PORT has to be a number from 0 to 65535, not 'http'\n"
    );
}
