//! A counting semaphore for the tasks of one instance, first come, first served.
//!
//! Each request is a component-model task of its own, and a Rust waker cannot wake another one: wit-bindgen panics
//! (its feature `inter-task-wakeup` makes wasmtime 48 trap instead). So nothing here, nor anywhere else on Spin, may
//! let one request wait for another through a channel, a lock or a shared future. A stream of the component model
//! can do it: a task that reads from one wakes when another drops its writer.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use spin_sdk::wasip3::wit_stream;
use spin_sdk::wit_bindgen::StreamWriter;

/// Hands out a fixed number of permits.
#[derive(Clone)]
pub(crate) struct Semaphore(Rc<State>);

struct State {
    free: Cell<usize>,
    waiting: RefCell<VecDeque<Rc<Waiter>>>,
}

/// One permit; dropping it passes it on.
pub(crate) struct Permit(Rc<State>);

struct Waiter {
    was_granted: Cell<bool>,
    /// Dropped to wake the task.
    bell: RefCell<Option<StreamWriter<u8>>>,
}

/// A place in the queue; dropping it leaves the queue.
struct Place {
    waiter: Rc<Waiter>,
    state: Rc<State>,
}

impl Semaphore {
    pub(crate) fn new(permits: usize) -> Self {
        Self(Rc::new(State { free: Cell::new(permits), waiting: RefCell::default() }))
    }

    /// A permit, if one is free now.
    pub(crate) fn try_acquire(&self) -> Option<Permit> {
        self.0.free.set(self.0.free.get().checked_sub(1)?);
        Some(Permit(Rc::clone(&self.0)))
    }

    /// Waits for a permit. A caller that stops waiting leaves the queue, and a permit that was already meant for it
    /// goes to the next.
    pub(crate) async fn acquire(&self) -> Permit {
        if let Some(permit) = self.try_acquire() {
            return permit;
        }
        let (bell, mut ring) = wit_stream::new::<u8>();
        let place = self.queue_up(Some(bell));
        loop {
            ring.next().await;
            if let Some(permit) = place.take() {
                return permit;
            }
        }
    }

    fn queue_up(&self, bell: Option<StreamWriter<u8>>) -> Place {
        let waiter = Rc::new(Waiter { was_granted: Cell::new(false), bell: RefCell::new(bell) });
        self.0.waiting.borrow_mut().push_back(Rc::clone(&waiter));
        Place { waiter, state: Rc::clone(&self.0) }
    }
}

impl Place {
    /// The permit, once it is this place's turn.
    fn take(&self) -> Option<Permit> {
        self.waiter.was_granted.replace(false).then(|| Permit(Rc::clone(&self.state)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.take().is_none() {
            self.state.waiting.borrow_mut().retain(|waiter| !Rc::ptr_eq(waiter, &self.waiter));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let next = self.0.waiting.borrow_mut().pop_front();
        match next {
            Some(waiter) => {
                waiter.was_granted.set(true);
                waiter.bell.take();
            }
            None => self.0.free.set(self.0.free.get() + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_go_to_waiting_tasks_in_order() {
        let semaphore = Semaphore::new(1);
        let permit = semaphore.try_acquire().unwrap();
        let (first, second) = (semaphore.queue_up(None), semaphore.queue_up(None));
        assert!(first.take().is_none());
        drop(permit);
        assert!(semaphore.try_acquire().is_none(), "nobody overtakes the queue");
        assert!(second.take().is_none());
        drop(first.take().unwrap());
        drop(second.take().unwrap());
        assert!(semaphore.try_acquire().is_some());
    }

    #[test]
    fn a_permit_outlives_the_task_that_it_was_meant_for() {
        let semaphore = Semaphore::new(1);
        let permit = semaphore.try_acquire().unwrap();
        let (gives_up, stays, leaves) =
            (semaphore.queue_up(None), semaphore.queue_up(None), semaphore.queue_up(None));
        drop(leaves);
        drop(permit);
        drop(gives_up);
        drop(stays.take().unwrap());
        assert!(semaphore.try_acquire().is_some(), "nobody else was in the queue");
    }
}
