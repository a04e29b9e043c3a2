//! Handles that an instance holds on host objects, with Spin's limit on how many.

use std::collections::HashMap;

/// A table that never hands out a number twice in a row, so that a stale handle finds nothing.
pub(crate) struct Handles<T> {
    capacity: usize,
    next: u32,
    entries: HashMap<u32, T>,
}

impl<T: Clone> Handles<T> {
    /// An empty table for at most `capacity` objects.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, next: 0, entries: HashMap::new() }
    }

    /// The new handle, or `None` when the table is full.
    pub(crate) fn insert(&mut self, entry: T) -> Option<u32> {
        if self.entries.len() >= self.capacity {
            return None;
        }
        while self.entries.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let handle = self.next;
        self.next = self.next.wrapping_add(1);
        self.entries.insert(handle, entry);
        Some(handle)
    }

    /// The object behind a handle.
    pub(crate) fn get(&self, handle: u32) -> Option<T> {
        self.entries.get(&handle).cloned()
    }

    /// Forgets a handle.
    pub(crate) fn remove(&mut self, handle: u32) {
        self.entries.remove(&handle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_table_takes_nothing_until_one_goes() {
        let mut handles = Handles::new(1);
        let first = handles.insert("a").unwrap();
        assert_eq!(handles.insert("b"), None);
        handles.remove(first);
        let second = handles.insert("b").unwrap();
        assert_ne!(first, second);
        assert_eq!((handles.get(first), handles.get(second)), (None, Some("b")));
    }
}
