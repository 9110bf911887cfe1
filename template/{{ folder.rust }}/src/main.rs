//! Start the service, or ask the one that runs how it is: `service healthcheck`.

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use service::settings::Settings;
use service::{app, flags, healthcheck, log, server};

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
        None => start(settings),
        Some("healthcheck") => Ok(healthcheck::run(settings.bind, settings.port)?),
        Some(other) => Err(format!("the only command is healthcheck, not {other}").into()),
    }
}

#[tokio::main]
async fn start(settings: Settings) -> Result<(), Box<dyn Error>> {
    log::start(settings.log_level);
    let flags = flags::open(&settings.flags_file).await?;
    let stop = server::stop_signal()?;
    let listener = server::listen(settings.bind, settings.port).await?;
    let limit = Duration::from_secs(settings.shutdown_seconds);
    let app = app::router(settings, flags);
    Ok(server::serve(listener, app, stop, limit).await?)
}
