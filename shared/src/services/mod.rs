//! Business rules. A service takes the proof of authorisation, never a bare flag, and knows neither HTTP nor SQL.

mod accounts;
mod health;
mod jobs;
mod products;
mod sessions;

pub use accounts::{Accounts, SignedUp};
pub use health::{Check, Health, Status};
pub use jobs::Jobs;
pub use products::{Created, ListBody, Products};
pub use sessions::{Sessions, SignedIn};
