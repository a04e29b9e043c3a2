//! Business rules. A service takes the proof of authorisation, never a bare flag, and knows neither HTTP nor SQL.

mod accounts;
mod health;
mod jobs;
mod lists;
mod products;
mod sessions;
mod writes;

pub use accounts::{Accounts, SignedUp};
pub use health::Health;
pub use jobs::Jobs;
pub use lists::ListBody;
pub use products::Products;
pub use sessions::{Sessions, SignedIn};
pub use writes::Written;
