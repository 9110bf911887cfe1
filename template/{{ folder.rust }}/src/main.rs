//! Start the service, or ask the one that runs how it is: `service healthcheck`.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, io};

use service::settings::Settings;
use service::{app, healthcheck, log, server};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    match env::args().nth(1).as_deref() {
        None => Ok(start(settings)?),
        Some("healthcheck") => Ok(healthcheck::run(settings.bind, settings.port)?),
        Some(other) => Err(format!("the only command is healthcheck, not {other}").into()),
    }
}

#[tokio::main]
async fn start(settings: Settings) -> io::Result<()> {
    log::start(settings.log_level);
    let stop = server::stop_signal()?;
    let listener = server::listen(settings.bind, settings.port).await?;
    let limit = Duration::from_secs(settings.shutdown_seconds);
    server::serve(listener, app::router(settings), stop, limit).await
}
