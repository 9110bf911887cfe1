//! The health check of the container, whose image has no other HTTP client.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(2);

/// Ask the service that listens on this address for its health.
///
/// # Errors
///
/// If it can't be reached, takes too long, or answers with another status than 200.
pub fn run(bind: IpAddr, port: u16) -> io::Result<()> {
    let mut connection = TcpStream::connect_timeout(&(reachable(bind), port).into(), LIMIT)?;
    connection.set_read_timeout(Some(LIMIT))?;
    connection.write_all(b"GET /healthz HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    match answer.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(io::Error::other(format!("/healthz answered {answer:?}"))),
    }
}

/// An address to connect to: "all addresses" is one to listen on only.
fn reachable(bind: IpAddr) -> IpAddr {
    match bind {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn another_status_than_200_is_an_error() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let request = BufReader::new(client.try_clone().unwrap());
            let _ = request
                .lines()
                .find(|line| matches!(line, Ok(l) if l.is_empty()));
            client.write_all(b"HTTP/1.0 503 Service Unavailable\r\n\r\n")
        });

        let error = run(Ipv4Addr::LOCALHOST.into(), port).unwrap_err();

        assert!(error.to_string().contains("503"), "{error}");
        server.join().unwrap().unwrap();
    }
}
