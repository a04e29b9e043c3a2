//! The signed-in user.

use std::rc::Rc;

use shared::auth::Authenticated;
use shared::models::user::MeView;

use crate::app::Services;
use crate::http::{Data, Result};

/// The signed-in user with what they may do.
pub async fn get(_: Rc<Services>, who: Authenticated) -> Result<Data<MeView>> {
    Data::new(&MeView::from(who.user()))
}
