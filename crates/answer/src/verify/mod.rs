//! What the passages say of a sentence: words first, then figures, then one vector.
//!
//! In reading order: [`Checker`] looks at one sentence after the other; `source` takes the passages apart, `signals` measures
//! a claim against one of them, `facts` reads its figures, `polarity` its negations, `twin` what it turns round, `short` a bare answer; [`Logistic`]
//! weighs the signals with the coefficients of its pair of languages.

mod checker;
mod coefficients;
pub(crate) mod facts;
mod logistic;
pub(crate) mod names;
mod numeral;
pub(crate) mod polarity;
mod runs;
mod short;
mod signals;
pub(crate) mod source;
mod twin;
pub(crate) mod unit;

pub use checker::{Checked, Checker, Measured};
pub(crate) use checker::{above, whole};
pub(crate) use coefficients::read;
pub use coefficients::{Pair, line};
pub use logistic::Logistic;
pub use signals::SIGNALS;
