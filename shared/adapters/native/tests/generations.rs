//! The generation of a resource that no migration mentions.

use std::rc::Rc;

use native::{Instance, SystemClock};
use shared::ports::{Database, Statement};
use shared::repositories::generations;

async fn answer(database: &dyn Database, statement: Statement) -> anyhow::Result<u64> {
    Ok(generations::read(&database.query(statement).await?)?)
}

#[tokio::test(flavor = "current_thread")]
async fn the_first_write_to_a_resource_raises_its_generation_above_what_was_read_before() {
    let instance = Instance::in_memory(Rc::new(SystemClock)).await.unwrap();
    let database = &*instance.ports.database;
    let (current, raise) = (|| generations::current("widgets"), || generations::raise("widgets"));
    assert_eq!(answer(database, current()).await.unwrap(), 0);
    for raised in [1, 2] {
        assert_eq!(answer(database, raise()).await.unwrap(), raised);
    }
    assert_eq!(answer(database, current()).await.unwrap(), 2);
}
