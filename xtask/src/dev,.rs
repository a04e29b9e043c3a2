//! The project'"s
