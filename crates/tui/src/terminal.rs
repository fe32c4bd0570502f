//! The terminal: taken over on the way in, given back on every way out.

use std::cell::Cell;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write, stdout};
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags,
    PushKeyboardEnhancementFlags,
};
use ratatui::crossterm::style::Print;
use ratatui::crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{execute, queue};
use ratatui::layout::Rect;

use crate::{Model, view};

/// Alternate scroll mode: the terminal sends the wheel as arrow keys, and keeps the mouse for selecting. The mode is
/// saved before and restored after, where the terminal can.
const WHEEL_AS_ARROWS: &str = "\x1b[?1007s\x1b[?1007h";
const WHEEL_AS_BEFORE: &str = "\x1b[?1007r";

/// Whether the terminal is ours at the moment, so that it is given back once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Reports of panics outside the screen, which must not be written over it; printed when it is gone.
static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
const MOST_REPORTS: usize = 8;

thread_local! {
    /// Whether this thread is changing or drawing the model: a panic then ends the screen.
    static ON_SCREEN: Cell<bool> = const { Cell::new(false) };
}

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The terminal while it is ours. Dropping it gives the terminal back.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    previous_hook: Hook,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When stdout is not a terminal, or does not obey.
    pub(crate) fn enter() -> io::Result<Self> {
        if !stdout().is_terminal() {
            return Err(io::Error::other("not a terminal"));
        }
        let previous_hook: Hook = Arc::from(panic::take_hook());
        let hook = Arc::clone(&previous_hook);
        panic::set_hook(Box::new(move |info| on_panic(info, &hook)));
        let writer = BufWriter::with_capacity(1 << 16, stdout());
        // Made before the terminal changes, so that from here on an error drops it and so undoes the change.
        let terminal = Terminal::new(CrosstermBackend::new(writer))?;
        let screen = Self { terminal, previous_hook };
        take()?;
        Ok(screen)
    }

    /// Columns and rows.
    pub(crate) fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Draws the model, all at once where the terminal can.
    pub(crate) fn draw(&mut self, model: &Model) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        on_screen(|| self.terminal.draw(|frame| view(model, frame)).map(drop))?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Forgets what is on the screen, so that the next picture is drawn whole.
    pub(crate) fn redraw(&mut self) -> io::Result<()> {
        let (width, height) = self.size()?;
        self.terminal.resize(Rect::new(0, 0, width, height))
    }

    /// Gives the terminal back, stops the program, and takes the terminal again once the user resumes it.
    #[cfg(unix)]
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        give_back();
        signal_hook::low_level::raise(signal_hook::consts::SIGTSTP)?;
        take()?;
        self.redraw()
    }

    /// There is no such thing here.
    #[cfg(not(unix))]
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Puts text on the clipboard through the terminal, which works over ssh too, and which some terminals refuse.
    pub(crate) fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), Print(format!("\x1b]52;c;{}\x07", base64(text.as_bytes()))))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
        if !std::thread::panicking() {
            let hook = Arc::clone(&self.previous_hook);
            panic::set_hook(Box::new(move |info| hook(info)));
        }
        for report in REPORTS.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = writeln!(io::stderr(), "{report}");
        }
    }
}

/// Runs what belongs to the screen, so that a panic in it is told from one behind it.
pub(crate) fn on_screen<T>(work: impl FnOnce() -> T) -> T {
    ON_SCREEN.set(true);
    let done = work();
    ON_SCREEN.set(false);
    done
}

/// A panic of the screen itself gives the terminal back and is reported as ever. Any other panic, in the task behind
/// an answer say, is that task's end and not ours: the screen stays, and the report waits until it is gone.
fn on_panic(info: &PanicHookInfo<'_>, previous: &Hook) {
    if ON_SCREEN.get() || cfg!(panic = "abort") || !TAKEN.load(Ordering::SeqCst) {
        give_back();
        previous(info);
    } else {
        let mut reports = REPORTS.lock().unwrap_or_else(PoisonError::into_inner);
        if reports.len() < MOST_REPORTS {
            reports.push(info.to_string());
        }
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    if cfg!(unix) {
        // Old terminals ignore both; with the flags, Shift+Enter differs from Enter.
        let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
        execute!(stdout(), Print(WHEEL_AS_ARROWS), PushKeyboardEnhancementFlags(flags))?;
    }
    Ok(())
}

/// Undoes [`take`], as far as the terminal is still there. Does nothing the second time.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    if cfg!(unix) {
        let _ = execute!(stdout(), PopKeyboardEnhancementFlags, Print(WHEEL_AS_BEFORE));
    }
    let _ = execute!(stdout(), DisableBracketedPaste, EndSynchronizedUpdate, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let at = |nth: usize| u32::from(three.get(nth).copied().unwrap_or(0));
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for nth in 0..4 {
            let digit = DIGITS[(group >> (18 - 6 * nth) & 63) as usize];
            text.push(if nth <= three.len() { digit.into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_usual_one() {
        let check = |text: &str, expected| assert_eq!(base64(text.as_bytes()), expected);
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foo", "Zm9v");
        check("foobar", "Zm9vYmFy");
        check("分", "5YiG");
    }
}
