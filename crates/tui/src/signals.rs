//! Signals that concern the screen.

use std::io;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// To end; the signal's number.
    End(i32),
    /// To draw again, after having been stopped.
    Resumed,
}

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{self, SignalKind};

    use super::{Signal, io};

    /// Listens for signals.
    pub(crate) struct Signals {
        terminate: unix::Signal,
        hangup: unix::Signal,
        interrupt: unix::Signal,
        resume: unix::Signal,
    }

    impl Signals {
        /// Begins to listen; from now on the signals no longer end the program by themselves.
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self {
                terminate: unix::signal(SignalKind::terminate())?,
                hangup: unix::signal(SignalKind::hangup())?,
                interrupt: unix::signal(SignalKind::interrupt())?,
                resume: unix::signal(SignalKind::from_raw(signal_hook::consts::SIGCONT))?,
            })
        }

        pub(crate) async fn next(&mut self) -> Signal {
            tokio::select! {
                Some(()) = self.terminate.recv() => Signal::End(signal_hook::consts::SIGTERM),
                Some(()) = self.hangup.recv() => Signal::End(signal_hook::consts::SIGHUP),
                Some(()) = self.interrupt.recv() => Signal::End(signal_hook::consts::SIGINT),
                Some(()) = self.resume.recv() => Signal::Resumed,
                else => std::future::pending().await,
            }
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use super::{Signal, io};

    /// There are no signals here.
    pub(crate) struct Signals;

    impl Signals {
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) async fn next(&mut self) -> Signal {
            std::future::pending().await
        }
    }
}

#[cfg(not(unix))]
pub(crate) use elsewhere::Signals;
#[cfg(unix)]
pub(crate) use unix::Signals;
