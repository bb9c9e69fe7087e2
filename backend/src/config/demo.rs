//! What only the demo has. No variable sets it.

use secrecy::SecretString;

/// The demo's simulated phone, and who asks it.
#[derive(Debug, Clone)]
pub struct Demo {
    /// The address of the simulator, without a slash at its end.
    pub phone: String,
    /// The key of the service that the made-up people use.
    pub key: SecretString,
}
