//! Keys pressed and steps taken, without a terminal: what is to be done, and what is seen.

mod keys;
mod robust;
mod screens;
