//! End-to-end tests of the real binary, with the real embedding model and, where named, a real terminal and a real model
//! server.

mod arrows;
mod ask;
mod chat;
mod endpoint;
mod harness;
mod hostile;
mod index;
