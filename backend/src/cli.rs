//! The command line: what each command does, and how it ends.

use crate::config::{Config, Mode, NewKey, is_caller_name};
use crate::startup::{self, Application, Demo, StartupError, SystemRandomness, reachable};
use crate::{http, telemetry};
use clap::{Parser, Subcommand};
use reqwest::StatusCode;
use rustls::crypto::ring;
use std::error::Error;
use std::fmt::Display;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

/// The exit code of a service that cannot start as configured (`EX_CONFIG` of sysexits.h).
const CONFIG: u8 = 78;

/// Proves that somebody holds a phone number: rings it, says a code, checks the code.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole product on this machine with no account: simulator, service and page
    Demo {
        /// Where the simulated phone is
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081", value_parser = address)]
        phone_listen: SocketAddr,
    },
    /// Run the service; needs a provider's credentials and GUARD_ALLOWED_REGIONS
    Serve,
    /// Run the simulator of MessageBird, Twilio and the phone alone, for any client of theirs
    Sandbox {
        /// Where it listens
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081", value_parser = address)]
        listen: SocketAddr,
    },
    /// Say what would be used, secrets as set or unset
    CheckConfig {
        /// Also ask each provider whether the credentials are good; rings nobody
        #[arg(long)]
        probe: bool,
    },
    /// Ask the running service whether it is alive, for containers; its store and provider do not count
    Healthcheck,
    /// Print the contract, as openapi.yaml holds it
    Openapi,
    /// Print a key for a service that calls for its users, and its entry for CALLERS
    NewKey {
        /// The service's name: 1 to 32 lower-case letters, digits and dashes
        #[arg(value_parser = caller_name)]
        name: String,
    },
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    actix_web::rt::System::new().block_on(async {
        match command {
            Command::Demo { phone_listen } => demo(phone_listen).await,
            Command::Serve => serve().await,
            Command::Sandbox { listen } => sandbox(listen).await,
            Command::CheckConfig { probe } => check_config(probe).await,
            Command::Healthcheck => healthcheck().await,
            Command::Openapi => say(http::docs::contract()),
            Command::NewKey { name } => new_key(&name),
        }
    })
}

async fn serve() -> ExitCode {
    let config = match Config::read(std::env::vars_os(), Mode::Serve) {
        Ok(config) => config,
        Err(faults) => return refuse(faults, CONFIG),
    };
    let _log = telemetry::start_logging(&config.log, config.traces.as_ref());
    telemetry::log_panics();
    for risk in config.risks() {
        tracing::warn!("{risk}");
    }
    if config.store.secret_key.is_none() {
        tracing::info!("SECRET_KEY is not set: it is derived from MESSAGEBIRD_API_KEY");
    }
    run_application(config).await
}

async fn run_application(config: Config) -> ExitCode {
    // Requests are served as soon as there are listeners; whoever stops it then wants an orderly end, too.
    let stop = told_to_stop();
    let application = match Application::build(config) {
        Ok(application) => application,
        Err(error @ StartupError::Listen(..)) => return refuse(error, 1),
        Err(error) => return refuse(error, CONFIG),
    };
    match application.run_until(stop).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(error, 1),
    }
}

async fn demo(phone: SocketAddr) -> ExitCode {
    let mut config = match Config::read(std::env::vars_os(), Mode::Demo) {
        Ok(config) => config,
        Err(faults) => return refuse(faults, CONFIG),
    };
    // The demo's own words are for a person; log lines would drown them.
    if std::env::var_os("RUST_LOG").is_none() {
        config.log.filter = "warn".into();
    }
    let _log = telemetry::start_logging(&config.log, config.traces.as_ref());
    telemetry::log_panics();
    let demo = match Demo::build(config, phone) {
        Ok(demo) => demo,
        Err(error) => return refuse(error, 1),
    };
    let [page, phone, operators] = demo.addresses();
    let said = say(&format!(
        "\n  Page:      http://{page}/\n  Phone:     http://{phone}/phone\n  Operators: http://{operators}/\n\n  Open all three. Type a number on the page, for instance +44 20 7946 0001:\n  the phone rings and says the code. Two carriers call it, and each can be taken down\n  on the phone's page. The operators' page shows what happens, stops it, and simulates traffic. Ctrl+C ends it.\n\n",
    ));
    match demo.run_until(told_to_stop()).await {
        Ok(()) => said,
        Err(error) => refuse(error, 1),
    }
}

async fn sandbox(listen: SocketAddr) -> ExitCode {
    let sandbox = match startup::simulator(listen) {
        Ok(sandbox) => sandbox,
        Err(error) => return refuse(error, 1),
    };
    let addr = sandbox.addr();
    let _ = say(&format!("Sandbox: http://{addr}\nPhone:   http://{addr}/phone\n"));
    match sandbox.run_until(told_to_stop()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(error, 1),
    }
}

async fn check_config(probe: bool) -> ExitCode {
    let config = match Config::read(std::env::vars_os(), Mode::Serve) {
        Ok(config) => config,
        Err(faults) => return refuse(faults, CONFIG),
    };
    let risks = config.risks().into_iter().map(|risk| format!("Mind: {risk}.\n"));
    let said = say(&(config.to_string() + &risks.collect::<String>()));
    let answers = if probe { startup::probe(&config).await } else { Vec::new() };
    let mut bad = Vec::new();
    for (name, answer) in answers {
        match answer {
            Ok(()) => _ = say(&format!("{name}: the credentials are good\n")),
            Err(why) => bad.push(format!("{name}: {why}")),
        }
    }
    if bad.is_empty() { said } else { refuse(bad.join("\n"), CONFIG) }
}

/// The two lines alone go to standard output, so that a script can take them.
fn new_key(name: &str) -> ExitCode {
    let Ok(NewKey { key, entry }) = NewKey::make(name, &SystemRandomness) else {
        return refuse("The system has no randomness.", 1);
    };
    let _ = writeln!(
        std::io::stderr(),
        "The key, for the service's own configuration; it is shown only now. \
         Below it the entry for CALLERS."
    );
    say(&format!("{key}\n{entry}\n"))
}

fn caller_name(text: &str) -> Result<String, &'static str> {
    let fits = is_caller_name(text);
    fits.then(|| text.to_owned()).ok_or("use 1 to 32 lower-case letters, digits and dashes")
}

const UNREACHABLE: &str = "Is it running, and with this HTTP_LISTEN?";

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "use an address and port, such as 127.0.0.1:8081")
}

async fn healthcheck() -> ExitCode {
    let config = match Config::read(std::env::vars_os(), Mode::Demo) {
        Ok(config) => config,
        Err(faults) => return refuse(faults, CONFIG),
    };
    let addr = reachable(config.http.listen);
    match timeout(Duration::from_secs(3), liveness(addr)).await {
        Ok(Ok(status)) if status.is_success() => ExitCode::SUCCESS,
        Ok(Ok(status)) => refuse(format!("not well: {status}"), 1),
        Ok(Err(error)) => refuse(format!("not reachable: {error}. {UNREACHABLE}"), 1),
        Err(elapsed) => refuse(format!("not reachable: {elapsed}. {UNREACHABLE}"), 1),
    }
}

async fn liveness(addr: SocketAddr) -> Result<StatusCode, Box<dyn Error>> {
    // The client wants one even for an address without TLS. It is there already when another part wanted it.
    let _already_there = ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    Ok(client.get(format!("http://{addr}/livez")).send().await?.status())
}

/// Resolves at SIGTERM or Ctrl+C, from this call on: before it, they end the process at once.
fn told_to_stop() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

fn say(text: &str) -> ExitCode {
    let mut stdout = std::io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn refuse(reason: impl Display, code: u8) -> ExitCode {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{reason}");
    ExitCode::from(code)
}
