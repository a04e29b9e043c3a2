//! What the application is about: entities inside, `New…` and `…View` at the edge of the system.
//!
//! An entity is never serialised; a view is made from it.

mod field;
mod health;
mod job;
mod page;
mod product;
mod session;
mod user;

pub use field::Field;
pub use health::{Check, CheckStatus, LivenessView, ReadinessView};
pub use job::{Job, JobStatus, JobView, WokenView};
pub use page::PageMeta;
pub use product::{NewProduct, Product, ProductPatch, ProductStatus, ProductView};
pub use session::{NewSession, Session};
pub use user::{MeView, NewUser, SignUpMeta, User, UserView};
