//! What the application is about: entities inside, `New…` and `…View` at the edge of the system.
//!
//! An entity is never serialised; a view is made from it.

mod field;
mod job;
mod product;
mod session;
mod user;

pub use field::Field;
pub use job::{Job, JobStatus, JobView};
pub use product::{NewProduct, Product, ProductPatch, ProductStatus, ProductView};
pub use session::{NewSession, Session};
pub use user::{MeView, NewUser, User, UserView};
