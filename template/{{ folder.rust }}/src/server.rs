//! Listening, serving and stopping.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::sleep;
use tracing::{info, warn};

/// Catch SIGTERM and SIGINT from here on: what is returned waits for the first one.
///
/// # Errors
///
/// If the system refuses.
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listen; for port 0 the system chooses one.
///
/// # Errors
///
/// If that address can't be had.
pub async fn listen(bind: IpAddr, port: u16) -> io::Result<TcpListener> {
    let address = SocketAddr::new(bind, port);
    TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("can't listen on {address}: {error}"))
    })
}

/// Answer requests until `stop` is ready, and then those in flight, for which there is `limit`.
///
/// # Errors
///
/// If the system takes the listening socket away.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    limit: Duration,
) -> io::Result<()> {
    info!("listening on http://{}", listener.local_addr()?);
    let (stopping, stopped) = oneshot::channel();
    let server = axum::serve(listener, app).with_graceful_shutdown(async {
        stop.await;
        let _ = stopping.send(());
    });
    let too_late = async {
        let _ = stopped.await;
        info!("stopping: waiting for requests in flight");
        sleep(limit).await;
    };
    tokio::select! {
        biased; // it says that it is stopping once it lets nothing new in
        result = server => result?,
        () = too_late => warn!("requests in flight were cut off"),
    }
    info!("stopped");
    Ok(())
}
