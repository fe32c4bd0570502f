//! The loop: what happens becomes messages, and effects are performed. The only place that waits.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use answer::{BoxStream, Step};
use futures_util::StreamExt;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers, MouseEventKind};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval, sleep, sleep_until};

use crate::signals::{Signal, Signals};
use crate::terminal::{Screen, on_screen};
use crate::{Effect, Manner, Model, Msg, Session, Status, update};

/// Between two pictures: about thirty a second.
const FRAME: Duration = Duration::from_millis(33);
/// Between two ticks while something moves.
const TICK: Duration = Duration::from_millis(100);
/// A notch of the wheel sends its arrow keys within this time; nobody's finger does.
const WHEEL: Duration = Duration::from_millis(12);
/// Messages that may wait. What writes faster than we read is made to wait too.
const WAITING: usize = 1024;

/// What stands behind the screen. Implemented by the app.
pub trait Backend: Send + Sync + 'static {
    /// Answers a question in the manner named; `Alone` is checked against the notes, too. Dropping the stream cancels.
    /// `history` holds the questions before it, oldest first. Called inside the runtime; may block for a moment, not for
    /// long.
    fn ask(&self, question: String, history: Vec<String>, manner: Manner) -> BoxStream<Step>;

    /// Lets the next of those who could write do so. None when there is nobody else. May block for a moment.
    fn next_writer(&self) -> Option<Status>;

    /// The whole text of a note, with the lines as the index counts them. `path` is a passage's. May block.
    ///
    /// # Errors
    /// Why it cannot be read, one line.
    fn open_note(&self, path: &str) -> Result<String, String>;
}

/// Why the screen ended without the user's asking.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Stdin or stdout is not a terminal.
    #[error("the chat needs a terminal; for pipes and scripts there is `footnote ask`")]
    NotATerminal,
    /// The terminal does not obey, or is gone.
    #[error("cannot use the terminal: {0}")]
    Terminal(#[from] io::Error),
    /// A signal asked the program to end; its number. The exit code is 128 and this.
    #[error("ended by signal {0}")]
    Signal(i32),
}

/// Shows the chat until the user leaves. `news` brings what happens outside, while it happens: [`Msg::Indexing`],
/// [`Msg::Loading`], [`Msg::Ready`], [`Msg::Unavailable`]; it may be closed at any time. Wants a runtime with more
/// than one thread, else a backend that blocks stops the screen.
///
/// Whatever ends it, the terminal is whole again afterwards: the user, an error, a panic, a signal, or dropping the
/// future.
///
/// The wheel: the mouse is not captured. Terminals turn the wheel into arrow keys, several at once; two or more equal
/// arrows that arrive together become [`Msg::Scroll`], a single one stays a key.
///
/// # Errors
/// When there is no terminal, it fails, or a signal ends the program.
pub async fn run(
    backend: Arc<dyn Backend>,
    session: Session,
    mut news: Receiver<Msg>,
) -> Result<(), RunError> {
    if !io::IsTerminal::is_terminal(&io::stdout()) || !io::IsTerminal::is_terminal(&io::stdin()) {
        return Err(RunError::NotATerminal);
    }
    ratatui::crossterm::style::force_color_output(session.color);
    let mut signals = Signals::listen()?;
    let mut screen = Screen::enter()?;
    let (sender, mut inbox) = channel(WAITING);
    read_events(sender.clone());
    let mut tasks = Tasks { backend, sender, running: None };

    let (width, height) = screen.size()?;
    let mut model = Model::new(&session, width, height);
    let start = Instant::now();
    let mut drawn = None;
    let mut news_open = true;
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let due = drawn.map_or(start, |at: Instant| at + FRAME);
        if model.dirty && Instant::now() >= due {
            model.take_dirty();
            screen.draw(&model)?;
            drawn = Some(Instant::now());
        }
        let first = tokio::select! {
            Some(msg) = inbox.recv() => Some(msg),
            msg = news.recv(), if news_open => {
                news_open = msg.is_some();
                msg
            }
            signal = signals.next() => match signal {
                Signal::End(number) => return Err(RunError::Signal(number)),
                Signal::Resumed => {
                    screen.redraw()?;
                    model.dirty = true;
                    None
                }
            },
            _ = ticks.tick(), if model.is_busy() => None,
            () = sleep_until(due.into()), if model.dirty => None,
        };
        let mut batch = vec![Msg::Tick(start.elapsed())];
        batch.extend(first);
        if batch.iter().any(|msg| arrow(msg).is_some()) {
            sleep(WHEEL).await;
        }
        while let (true, Ok(msg)) = (batch.len() < WAITING, inbox.try_recv()) {
            batch.push(msg);
        }
        for msg in coalesce(batch) {
            for effect in on_screen(|| update(&mut model, msg)) {
                match effect {
                    Effect::Quit => return Ok(()),
                    Effect::Suspend => {
                        screen.suspend()?;
                        model.dirty = true;
                    }
                    Effect::Redraw => screen.redraw()?,
                    Effect::Copy { text } => screen.copy(&text)?,
                    Effect::Ask { id, question, history, manner } => {
                        tasks.ask(id, question, history, manner);
                    }
                    Effect::NextWriter => tasks.next_writer(),
                    Effect::Cancel { .. } => tasks.cancel(),
                    Effect::OpenNote { path, .. } => tasks.open_note(path),
                }
            }
        }
    }
}

/// What runs behind the screen. Dropping it stops the answer.
struct Tasks {
    backend: Arc<dyn Backend>,
    sender: Sender<Msg>,
    running: Option<AbortHandle>,
}

impl Tasks {
    fn ask(&mut self, id: u64, question: String, history: Vec<String>, manner: Manner) {
        self.cancel();
        let (backend, sender) = (Arc::clone(&self.backend), self.sender.clone());
        let answering = tokio::spawn(async move {
            let mut steps = backend.ask(question, history, manner);
            while let Some(step) = steps.next().await {
                if sender.send(Msg::Step { id, step }).await.is_err() {
                    return;
                }
            }
        });
        self.running = Some(answering.abort_handle());
        let sender = self.sender.clone();
        tokio::spawn(async move {
            // A panic behind the screen is a failed answer, not the end of the chat.
            let reason = match answering.await {
                Ok(()) => None,
                Err(error) if error.is_cancelled() => return,
                Err(error) => Some(format!("the answer stopped: {error}")),
            };
            let _ = sender.send(Msg::Ended { id, reason }).await;
        });
    }

    fn cancel(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }

    fn next_writer(&self) {
        let (backend, sender) = (Arc::clone(&self.backend), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            if let Some(status) = backend.next_writer() {
                let _ = sender.blocking_send(Msg::Ready(status));
            }
        });
    }

    fn open_note(&self, path: String) {
        let (backend, sender) = (Arc::clone(&self.backend), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let msg = match backend.open_note(&path) {
                Ok(text) => Msg::NoteOpened { path, text },
                Err(reason) => Msg::NoteFailed { path, reason },
            };
            let _ = sender.blocking_send(msg);
        });
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Reads the terminal on a thread of its own until nobody listens any more.
fn read_events(sender: Sender<Msg>) {
    std::thread::spawn(move || {
        while !sender.is_closed() {
            let msg = match event::poll(TICK) {
                Ok(false) => continue,
                Ok(true) => event::read().map(message),
                Err(error) => Err(error),
            };
            match msg {
                Ok(None) => {}
                Ok(Some(msg)) => {
                    if sender.blocking_send(msg).is_err() {
                        return;
                    }
                }
                // The terminal is gone; SIGHUP is on its way, or the next picture fails.
                Err(_) => std::thread::sleep(TICK),
            }
        }
    });
}

fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => Some(Msg::Key(key)),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize(width, height)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollUp => Some(Msg::Scroll(-3)),
            MouseEventKind::ScrollDown => Some(Msg::Scroll(3)),
            _ => None,
        },
        Event::FocusGained | Event::FocusLost => None,
    }
}

/// Makes one message of many: pieces of a draft that follow each other, and arrows that came together, which are the
/// wheel's.
fn coalesce(batch: Vec<Msg>) -> Vec<Msg> {
    let mut merged: Vec<Msg> = Vec::new();
    for msg in batch {
        match (merged.last_mut(), msg) {
            (
                Some(Msg::Step { id, step: Step::Delta(text) }),
                Msg::Step { id: next, step: Step::Delta(more) },
            ) if *id == next => text.push_str(&more),
            (Some(Msg::Scroll(rows)), msg)
                if arrow(&msg).is_some_and(|step| step.signum() == rows.signum()) =>
            {
                *rows += arrow(&msg).unwrap_or(0);
            }
            (Some(last), msg) if arrow(&msg).is_some() && arrow(last) == arrow(&msg) => {
                *last = Msg::Scroll(2 * arrow(&msg).unwrap_or(0));
            }
            (_, msg) => merged.push(msg),
        }
    }
    merged
}

/// The row that an arrow key without modifiers moves by.
fn arrow(msg: &Msg) -> Option<i32> {
    match msg {
        Msg::Key(key) if key.kind != KeyEventKind::Release && key.modifiers == KeyModifiers::NONE => {
            match key.code {
                KeyCode::Up => Some(-1),
                KeyCode::Down => Some(1),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::KeyEvent;

    use super::*;

    fn key(code: KeyCode) -> Msg {
        Msg::Key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn delta(id: u64, text: &str) -> Msg {
        Msg::Step { id, step: Step::Delta(text.to_owned()) }
    }

    #[test]
    fn messages_that_belong_together_become_one() {
        let (up, down) = (|| key(KeyCode::Up), || key(KeyCode::Down));
        let check = |batch, expected: Vec<Msg>| assert_eq!(coalesce(batch), expected);
        check(vec![], vec![]);
        check(vec![up()], vec![up()]);
        check(vec![up(), up(), up()], vec![Msg::Scroll(-3)]);
        check(vec![down(), down(), up()], vec![Msg::Scroll(2), up()]);
        check(vec![up(), down()], vec![up(), down()]);
        check(vec![key(KeyCode::Enter), key(KeyCode::Enter)], vec![key(KeyCode::Enter), key(KeyCode::Enter)]);
        check(vec![delta(1, "a"), delta(1, "b"), delta(2, "c")], vec![delta(1, "ab"), delta(2, "c")]);
        check(vec![delta(1, "a"), up(), delta(1, "b")], vec![delta(1, "a"), up(), delta(1, "b")]);
    }

    #[test]
    fn events_become_messages() {
        assert_eq!(message(Event::Paste("a\nb".into())), Some(Msg::Paste("a\nb".into())));
        assert_eq!(message(Event::Resize(80, 24)), Some(Msg::Resize(80, 24)));
        assert_eq!(message(Event::FocusGained), None);
    }
}
