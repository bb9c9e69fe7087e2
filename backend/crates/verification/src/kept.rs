//! Values that are kept for a while under all their names, so that they are found while a secret is
//! being replaced and after. What is kept, and how it is sealed, is the caller's business.

use crate::keys::Names;
use crate::ports::{Counters, StoreError};
use std::time::Duration;

/// Keeps a value unless there is one under any of its names, and returns the one that was there. All
/// replicas ask for the names in one order, so that only one of them is ever the first.
///
/// # Errors
/// [`StoreError`]; then nothing is kept that the store can still be told to drop.
pub async fn keep_first(
    counters: &dyn Counters,
    names: &Names,
    value: &[u8],
    ttl: Duration,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut mine = Vec::new();
    for key in names.in_order() {
        match counters.keep_first(key, value, ttl).await {
            Ok(None) => mine.push(key),
            other => {
                for key in mine {
                    // One that stays lapses by itself.
                    let _ = counters.drop_value(key).await;
                }
                return other;
            }
        }
    }
    Ok(None)
}

/// Keeps a value under all its names, in place of any other.
///
/// # Errors
/// [`StoreError`] when it is not known to be under every name.
pub async fn keep(
    counters: &dyn Counters,
    names: &Names,
    value: &[u8],
    ttl: Duration,
) -> Result<(), StoreError> {
    for key in names.in_order() {
        counters.keep(key, value, ttl).await?;
    }
    Ok(())
}

/// Drops a value under all its names.
///
/// # Errors
/// [`StoreError`].
pub async fn drop_value(counters: &dyn Counters, names: &Names) -> Result<(), StoreError> {
    // In the other order: who finds the first name free must not be stopped by the second.
    let mut keys: Vec<_> = names.in_order().collect();
    while let Some(key) = keys.pop() {
        counters.drop_value(key).await?;
    }
    Ok(())
}
