//! Why the service cannot start. What each says is what a person may do about it.

use provider_http::BuildError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use verification::ports::NoRandomness;
use verification::providers::SameTag;

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// An address cannot be listened on.
    #[error(
        "Cannot listen on {0}: {1}. Another program may use it; give HTTP_LISTEN, OPS_LISTEN or the simulator another address."
    )]
    Listen(SocketAddr, io::Error),
    /// A provider's client cannot be built.
    #[error("The client of {0} cannot be built: {1}")]
    Client(&'static str, BuildError),
    /// Two providers have the same tag.
    #[error("The providers cannot be used: {0}")]
    Providers(#[from] SameTag),
    /// The page is not where it should be.
    #[error("There is no page in {}: run this in the repository's folder, or set HTTP_FRONTEND_DIR.", .0.display())]
    NoPage(PathBuf),
    /// There is no secret, and no provider's key that it could be derived from.
    #[error("SECRET_KEY is required.")]
    NoSecret,
    /// The system gives no randomness, which signing receipts takes.
    #[error("Receipts cannot be signed, nor keys made: {0}.")]
    Randomness(NoRandomness),
}
