//! The chat screen, as a pure state machine: [`update`] turns a [`Msg`] into a changed [`Model`] and [`Effect`]s,
//! [`view`] draws the model. Neither does I/O, reads a clock or awaits; only [`run`] does, and it holds no decisions.
//!
//! A test, or a picture for the README, needs no terminal: make a [`Model`], give it messages, [`render`] it, and look
//! at the [`text`] or the [`svg`] of the buffer.
//!
//! The mouse is not captured, so that text can be selected as everywhere else. The wheel works through the terminal's
//! alternate scroll mode, which turns it into runs of arrow keys: see [`run`].

mod columns;
mod entry;
mod input;
mod keys;
mod layout;
mod markdown;
mod model;
mod msg;
mod overlay;
mod panel;
mod run;
mod scroll;
mod session;
mod signals;
mod snapshot;
mod source;
mod status;
mod svg;
mod terminal;
mod theme;
mod transcript;
mod update;
mod view;
mod welcome;
mod wrap;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use columns::{side_by_side, terminal_width};
pub use model::Model;
pub use msg::{Effect, Manner, Msg};
pub use run::{Backend, RunError, run};
pub use session::{Place, Session, Status};
pub use snapshot::{render, text};
pub use svg::svg;
pub use update::update;
pub use view::view;
