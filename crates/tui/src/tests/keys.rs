//! What keys do.

use std::time::Duration;

use answer::{Lines, Step, Verdict};

use crate::model::Focus;
use crate::overlay::Overlay;
use crate::scroll::Scroll;
use crate::testing::*;
use crate::{Effect, Manner, Model, Msg, Session};

fn asked(id: u64, question: &str, history: &[&str]) -> Effect {
    let history = history.iter().map(|&it| it.into()).collect();
    Effect::Ask { id, question: question.into(), history, manner: Manner::Usual }
}

fn open(path: &str, start: u32, end: u32) -> Effect {
    Effect::OpenNote { path: path.into(), lines: Lines { start, end } }
}

/// A screen with one answer on it.
fn answered_once() -> Driver {
    let mut driver = Driver::new(120, 30);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation()).taken();
    driver
}

#[test]
fn enter_asks() {
    let check = |keys: &str, expected: &[Effect]| {
        assert_eq!(Driver::new(80, 24).press(keys).taken(), expected, "{keys}");
    };
    check("hi<Enter>", &[asked(1, "hi", &[])]);
    check("  hi  <Enter>", &[asked(1, "hi", &[])]);
    check("<Enter>", &[]);
    check("   <Enter>", &[]);
    check("a<A-Enter>b<Enter>", &[asked(1, "a\nb", &[])]);
    check("a<S-Enter>b<C-j>c<Enter>", &[asked(1, "a\nb\nc", &[])]);
    check("hello<C-w>bye<Enter>", &[asked(1, "bye", &[])]);
    check("分组？<Enter>", &[asked(1, "分组？", &[])]);
    check("/etc/hosts what is it<Enter>", &[asked(1, "/etc/hosts what is it", &[])]);
    check("<Tab><Enter>", &[asked(1, "What is grouped-query attention?", &[])]);
    check("<Tab><Tab><Enter>", &[asked(1, "Why did we move the meetup to May?", &[])]);
}

#[test]
fn a_paste_is_one_question() {
    let mut driver = Driver::new(80, 24);
    driver.send(Msg::Paste("one\r\ntwo\x1b[31m\n".into())).press("!<Enter>");
    assert_eq!(driver.taken(), [asked(1, "one\ntwo!", &[])]);
}

#[test]
fn earlier_questions_go_along() {
    let mut driver = answered_once();
    driver.press("And MQA?<Enter>");
    assert_eq!(driver.taken(), [asked(2, "And MQA?", &["What is GQA?"])]);
    driver.press("<Esc>/clear<Enter>Anew<Enter>");
    assert_eq!(driver.taken(), [Effect::Cancel { id: 2 }, asked(3, "Anew", &[])]);
}

#[test]
fn one_question_at_a_time() {
    let mut driver = Driver::new(80, 24);
    driver.ask("one");
    driver.taken();
    driver.press("two<Enter>");
    assert_eq!(driver.taken(), []);
    assert_eq!(driver.model.input.text(), "two");
    assert!(driver.screen().contains("still answering: Esc stops it"));
}

#[test]
fn ways_to_leave() {
    let check = |keys: &str, expected: &[Effect]| {
        assert_eq!(Driver::new(80, 24).press(keys).taken(), expected, "{keys}");
    };
    check("<C-c>", &[]);
    check("<C-c><C-c>", &[Effect::Quit]);
    check("<C-c>x<C-c>", &[]);
    check("hi<C-c><C-c>", &[]);
    check("hi<C-c><C-c><C-c>", &[Effect::Quit]);
    check("<C-d>", &[Effect::Quit]);
    check("hi<C-d>", &[]);
    check("/quit<Enter>", &[Effect::Quit]);
    check("q<Enter><C-d>", &[asked(1, "q", &[]), Effect::Cancel { id: 1 }, Effect::Quit]);
    check("q<Enter><C-c><C-c>", &[asked(1, "q", &[]), Effect::Cancel { id: 1 }]);
    check("q<Enter><C-c><C-c><C-c>", &[asked(1, "q", &[]), Effect::Cancel { id: 1 }, Effect::Quit]);
    check("?<C-c><C-c>", &[]);
    check("<C-z>", &[Effect::Suspend]);
    check("<C-l>", &[Effect::Redraw]);
}

#[test]
fn a_first_control_c_is_forgotten_after_a_while() {
    let mut driver = Driver::new(80, 24);
    driver.tick(1.0).press("<C-c>").tick(3.9).press("<C-c>");
    assert_eq!(driver.taken(), [Effect::Quit]);
    driver.press("<C-c>").tick(7.5);
    assert!(!driver.screen().contains("once more"));
    driver.press("<C-c>");
    assert_eq!(driver.taken(), []);
}

#[test]
fn what_comes_after_a_stop_falls_away() {
    let mut driver = Driver::new(80, 24);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation()[..3].to_vec()).press("<C-c>").taken();
    let before = driver.screen();
    assert!(before.contains("■ stopped; the end was not checked"));
    driver.steps(id, conversation()[3..].to_vec());
    driver.send(Msg::Ended { id, reason: None });
    assert_eq!(driver.screen(), before);
    let next = driver.ask("Again");
    driver.steps(id, conversation());
    assert!(driver.model.running().is_some_and(|entry| entry.id == next && entry.draft.is_empty()));
}

#[test]
fn an_answer_that_just_ends_is_a_failure() {
    let mut driver = Driver::new(80, 24);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation()[..3].to_vec());
    driver.send(Msg::Ended { id, reason: Some("the answer stopped: a panic".into()) });
    assert!(driver.screen().contains("✗ the answer stopped: a panic"));
    assert!(driver.model.running().is_none());
    let mut whole = answered_once();
    let before = whole.screen();
    whole.send(Msg::Ended { id: 1, reason: None });
    assert_eq!(whole.screen(), before);
}

#[test]
fn a_failure_keeps_what_was_checked() {
    let mut driver = Driver::new(80, 24);
    let id = driver.ask("What is GQA?");
    let partial = answered(vec![sentence("", "It is so.", Verdict::Supported, &[])], vec![]);
    let failure = failure("the server hung up", "ask again");
    driver.steps(
        id,
        vec![
            Step::Delta("It is so. And als".into()),
            Step::Failed { failure, partial: Some(Box::new(partial)) },
        ],
    );
    let screen = driver.screen();
    assert!(screen.contains("It is so. ✓") && !screen.contains("And als"), "{screen}");
    assert!(screen.contains("✗ the server hung up") && screen.contains("→ ask again"), "{screen}");
}

#[test]
fn up_and_down_bring_questions_back() {
    let mut driver = Driver::new(80, 24);
    for question in ["one", "two"] {
        let id = driver.ask(question);
        driver.steps(id, vec![refusal("no", &[])]);
    }
    let mut check = |keys: &str, expected: &str| {
        driver.press(keys);
        assert_eq!(driver.model.input.text(), expected, "{keys}");
    };
    check("<Up>", "two");
    check("<Up>", "one");
    check("<Up>", "one");
    check("<Down>", "two");
    check("<Down>", "");
    check("<Down>", "");
    check("<Up>s", "twos");
    check("<Up>", "twos");
    check("<C-u><C-p><C-p>", "one");
    check("<C-n><C-n>", "");
}

#[test]
fn notes_open_from_anywhere() {
    let first = || open("ml/attention.md", 10, 10);
    let second = || open("ml/inference/kv-cache.md", 40, 40);
    let check = |keys: &str, expected: &[Effect]| {
        assert_eq!(answered_once().press(keys).taken(), expected, "{keys}");
    };
    check("<A-1>", &[first()]);
    check("half a quest<A-2>", &[second()]);
    check("<A-9>", &[]);
    check("/open 2<Enter>", &[second()]);
    check("<Tab><Enter>", &[first()]);
    check("<Tab><Down><Enter>", &[second()]);
    check("<Tab>2", &[second()]);
    check("<Tab><End><Enter>", &[open("journal/2024-03.md", 7, 7)]);
    check("<Tab><Down><Down><Down><Up><Enter>", &[second()]);
    check("<A-1><Right>", &[first(), second()]);
    check("<A-2><Left><Left>", &[second(), first()]);
}

#[test]
fn a_note_lies_over_the_chat_until_it_is_closed() {
    for close in ["q", "<Esc>", "<Enter>", "<C-c>"] {
        let mut driver = answered_once();
        driver.press("<A-1>");
        assert!(driver.screen().contains("opening…"));
        driver.send(Msg::NoteOpened { path: "ml/attention.md".into(), text: note() });
        assert!(driver.screen().contains(" 10 ▌ Grouped-query attention (GQA)"), "{}", driver.screen());
        driver.press(close);
        assert!(driver.model.overlay.is_none() && driver.model.input.is_empty(), "{close}");
    }
}

#[test]
fn only_the_note_that_is_waited_for_is_shown() {
    let mut driver = answered_once();
    driver.press("<A-1>").send(Msg::NoteOpened { path: "other.md".into(), text: "no".into() });
    assert!(driver.screen().contains("opening…"));
    driver.send(Msg::NoteFailed { path: "ml/attention.md".into(), reason: "it is gone".into() });
    assert!(driver.screen().contains("✗ cannot open the note: it is gone"));
    driver.press("q").send(Msg::NoteOpened { path: "ml/attention.md".into(), text: note() });
    assert!(driver.model.overlay.is_none());
}

#[test]
fn a_note_scrolls() {
    let mut driver = answered_once();
    driver.press("<A-1>").send(Msg::NoteOpened { path: "ml/attention.md".into(), text: note() });
    let mut check = |keys: &str, expected: usize| {
        driver.press(keys);
        let Some(Overlay::Note(note)) = &driver.model.overlay else { panic!("no note") };
        assert_eq!(note.top, expected, "{keys}");
    };
    check("", 3);
    check("j<Down>", 5);
    check("k", 4);
    check("g", 0);
    check("<Up>", 0);
    check("G", 33);
    check("<PgUp>", 7);
    check(" ", 33);
}

#[test]
fn tab_goes_to_the_passages_and_back() {
    let mut driver = answered_once();
    let mut check = |keys: &str, expected: Focus| {
        driver.press(keys);
        assert_eq!(driver.model.focus, expected, "{keys}");
    };
    check("<Tab>", Focus::Passages);
    check("<Tab>", Focus::Input);
    check("<Tab><Esc>", Focus::Input);
    check("<Tab>x", Focus::Input);
    assert_eq!(driver.model.input.text(), "x");
    let mut nothing = Driver::new(120, 30);
    nothing.ask("x");
    nothing.press("<Tab>");
    assert_eq!(nothing.model.focus, Focus::Input);
}

#[test]
fn passages_of_earlier_questions_can_be_seen_again() {
    let mut driver = answered_once();
    let id = driver.ask("Second?");
    let other = passage(1, "other.md", (1, 1), &[], "Other.");
    driver.steps(id, vec![refusal("no", &[other])]).taken();
    driver.press("<Tab><Left>");
    assert!(driver.screen().contains("Passages of question 1  2 cited"), "{}", driver.screen());
    driver.press("<Enter>q<Right><Enter>");
    assert_eq!(driver.taken(), [open("ml/attention.md", 10, 10), open("other.md", 1, 1)]);
}

#[test]
fn the_transcript_follows_the_answer_unless_scrolled_up() {
    let mut driver = Driver::new(60, 14);
    let id = driver.ask("What is GQA?");
    driver.steps(id, conversation());
    assert_eq!(driver.model.scroll, Scroll::Tail);
    driver.press("<PgUp>");
    let Scroll::At { .. } = driver.model.scroll else { panic!("{:?}", driver.model.scroll) };
    let up = driver.model.scroll;
    driver.send(Msg::Indexing { done: 1, total: 2 });
    assert_eq!(driver.model.scroll, up);
    driver.press("<Home>");
    assert_eq!(driver.model.scroll, Scroll::At { entry: 0, row: 0 });
    assert!(driver.screen().contains("more rows · End"));
    driver.press("<End>");
    assert_eq!(driver.model.scroll, Scroll::Tail);
    driver.send(Msg::Scroll(-2));
    assert_ne!(driver.model.scroll, Scroll::Tail);
    driver.send(Msg::Scroll(50));
    assert_eq!(driver.model.scroll, Scroll::Tail);
    driver.press("<Home>").ask("Again");
    assert_eq!(driver.model.scroll, Scroll::Tail);
}

#[test]
fn a_question_waits_for_the_index() {
    let mut driver = Driver::new(80, 24);
    driver.model = Model::new(&Session { ready: false, ..session() }, 80, 24);
    driver.send(Msg::Loading("Loading the model".into()));
    assert!(driver.screen().contains("Loading the model"));
    driver.ask("early");
    assert_eq!(driver.taken(), []);
    assert!(driver.screen().contains("waiting for the index"));
    driver.send(Msg::Ready(session().status));
    assert_eq!(driver.taken(), [asked(1, "early", &[])]);
    driver.send(Msg::Ready(session().status));
    assert_eq!(driver.taken(), []);
}

#[test]
fn a_waiting_question_can_be_stopped_without_an_effect() {
    let mut driver = Driver::new(80, 24);
    driver.model = Model::new(&Session { ready: false, ..session() }, 80, 24);
    driver.ask("early");
    driver.press("<Esc>").send(Msg::Ready(session().status));
    assert_eq!(driver.taken(), []);
}

#[test]
fn without_an_index_a_question_fails_at_once() {
    let mut driver = Driver::new(80, 24);
    driver.model = Model::new(&Session { ready: false, ..session() }, 80, 24);
    driver.send(Msg::Unavailable(failure("the index is locked", "close the other program")));
    assert!(driver.screen().contains("✗ the index is locked"));
    driver.ask("anyway");
    assert_eq!(driver.taken(), []);
    assert!(driver.screen().contains("→ close the other program"));
    assert!(!driver.model.is_busy());
}

#[test]
fn copying_takes_the_answer_with_its_footnotes() {
    let mut driver = answered_once();
    driver.press("<C-y>");
    let [Effect::Copy { text }] = &driver.taken()[..] else { panic!() };
    insta::assert_snapshot!(text, @r#"
    Grouped-query attention lets several query heads share one key and value head. [1] With eight groups the cache becomes **eight times smaller** and the quality stays the same. [2]

    It is used by every recent model.

    [1] ml/attention.md:10
    [2] ml/inference/kv-cache.md:40
    "#);
    let mut empty = Driver::new(80, 24);
    empty.press("<C-y>");
    assert_eq!(empty.taken(), []);
}

#[test]
fn unknown_commands_are_told() {
    let mut driver = Driver::new(80, 24);
    driver.press("/what<Enter>");
    assert_eq!(driver.taken(), []);
    assert!(driver.screen().contains("no command /what: /help lists them"));
    driver.press("/open 3<Enter>");
    assert!(driver.screen().contains("there is no passage 3"));
}

#[test]
fn the_screen_is_drawn_again_only_when_something_changed() {
    let mut driver = Driver::new(80, 24);
    let dirty = |driver: &mut Driver, msg: Msg| {
        driver.model.take_dirty();
        driver.send(msg);
        driver.model.take_dirty()
    };
    let tick = |ms| Msg::Tick(Duration::from_millis(ms));
    assert!(!dirty(&mut driver, tick(5000)));
    driver.ask("What?");
    assert!(!dirty(&mut driver, tick(5050)));
    assert!(dirty(&mut driver, tick(5150)));
    assert!(dirty(&mut driver, Msg::Step { id: 1, step: Step::Delta("x".into()) }));
}

#[test]
fn the_caret_is_where_input_methods_look_for_it() {
    let caret = |driver: &Driver| {
        let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| crate::view(&driver.model, frame)).unwrap();
        (terminal.backend().cursor_visible(), terminal.backend().cursor_position().into())
    };
    let mut driver = Driver::new(80, 24);
    assert_eq!(caret(&driver), (true, (4, 21)));
    driver.press("分组a");
    assert_eq!(caret(&driver), (true, (9, 21)));
    driver.press("<A-Enter>");
    assert_eq!(caret(&driver), (true, (4, 21)));
    driver.press("<F1>");
    assert!(!caret(&driver).0);
}

#[test]
fn thoughts_are_folded() {
    let mut driver = Driver::new(100, 30);
    let id = driver.ask("What is GQA?");
    let thoughts = ["First the passages.", "\nThen the heads."].map(|thought| Step::Thinking(thought.into()));
    let warning = Step::Warning("passage 2 gives the model orders".into());
    let said = "GQA shares heads.";
    let whole = answered(vec![sentence("", said, Verdict::NotChecked, &[])], Vec::new());
    let steps = thoughts.into_iter().chain([warning, Step::Answered(Box::new(whole))]).collect();
    driver.steps(id, steps);
    let shows = |driver: &Driver, part: &str| driver.screen().contains(part);
    assert!(shows(&driver, "▸ thoughts") && !shows(&driver, "the heads"), "{}", driver.screen());
    assert!(shows(&driver, "! passage 2 gives the model orders"), "{}", driver.screen());
    driver.press("<C-t>");
    assert!(shows(&driver, "▾ thoughts") && shows(&driver, "Then the heads."), "{}", driver.screen());
    driver.press("<C-t>");
    assert!(!shows(&driver, "Then the heads."), "{}", driver.screen());
}

#[test]
fn a_model_that_is_being_loaded_is_shown() {
    let mut driver = Driver::new(100, 30);
    let id = driver.ask("What is GQA?");
    driver.steps(id, vec![Step::Waiting("the server is loading its model; waiting for 41 s at most".into())]);
    assert!(driver.screen().contains("waiting for 41 s at most"), "{}", driver.screen());
}

#[test]
fn the_same_question_is_asked_without_notes() {
    let mut driver = Driver::new(80, 24);
    driver.press("<C-o>");
    assert_eq!(driver.taken(), []);
    let id = driver.ask("What is GQA?");
    driver.press("<C-o>");
    assert_eq!(driver.taken(), [asked(id, "What is GQA?", &[])], "one at a time");
    driver.steps(id, vec![Step::Answered(Box::new(answered(vec![], vec![])))]).press("<C-o>");
    let alone = |id, history: &[&str]| match asked(id, "What is GQA?", history) {
        Effect::Ask { id, question, history, .. } => {
            Effect::Ask { id, question, history, manner: Manner::Alone }
        }
        other => other,
    };
    assert_eq!(driver.taken(), [alone(id + 1, &[])]);
    assert!(driver.screen().contains("without your notes"), "{}", driver.screen());
    driver.steps(id + 1, vec![Step::Answered(Box::new(answered(vec![], vec![])))]).press("<C-o>");
    assert_eq!(driver.taken(), []);
    let next = driver.ask("and why?");
    assert_eq!(driver.taken(), [asked(next, "and why?", &["What is GQA?"])], "it is no question before it");
}

#[test]
fn a_failed_answer_is_quoted_at_once() {
    let mut driver = Driver::new(80, 24);
    driver.press("<C-q>");
    assert!(driver.taken().is_empty() && driver.model.hint.as_deref() == Some("nothing was asked yet"));
    let first = driver.ask("What is MHA?");
    driver.steps(first, vec![refusal("no", &[])]);
    let id = driver.ask("What is GQA?");
    let partial = answered(vec![sentence("", "It is so.", Verdict::NotChecked, &[])], vec![]);
    let failure = failure("the server hung up", "ask again");
    driver.steps(id, vec![Step::Failed { failure, partial: Some(Box::new(partial)) }]).taken();
    assert!(driver.screen().contains("→ Ctrl+Q answers it with quotes"), "{}", driver.screen());
    driver.press("<C-q>");
    let quoted = |id, history: &[&str]| Effect::Ask {
        id,
        question: "What is GQA?".into(),
        history: history.iter().map(|&it| it.into()).collect(),
        manner: Manner::Quoted,
    };
    assert_eq!(driver.taken(), [quoted(3, &["What is MHA?"])]);
    // While it is being answered: at once, too.
    driver.press("<C-q>");
    assert_eq!(driver.taken(), [Effect::Cancel { id: 3 }, quoted(4, &["What is MHA?"])]);
    // What was written before stays, and the next question is anybody's.
    assert!(driver.screen().contains("It is so."), "{}", driver.screen());
    driver.steps(4, vec![refusal("no", &[])]).taken();
    let next = driver.ask("and why?");
    let asked = driver.taken();
    assert!(
        matches!(&asked[..], [Effect::Ask { id, manner: Manner::Usual, .. }] if *id == next),
        "{asked:?}"
    );
}

#[test]
fn a_search_that_failed_cannot_be_quoted() {
    let mut driver = Driver::new(80, 24);
    let id = driver.ask("What is GQA?");
    let failure = answer::Failure { kind: answer::FailureKind::Search, ..failure("no index", "make one") };
    driver.steps(id, vec![Step::Failed { failure, partial: None }]);
    assert!(!driver.screen().contains("Ctrl+Q"), "{}", driver.screen());
}

#[test]
fn a_model_that_runs_here_can_be_let_write() {
    let mut driver = Driver::new(100, 24);
    driver.press("<C-g>");
    assert!(driver.taken().is_empty() && driver.model.hint.is_some());
    let mut status = session().status;
    status.offer = Some("llama3\u{1b}[31m:8b (ollama)".into());
    status.notices = vec!["3 notes changed".into()];
    driver.send(Msg::Ready(status));
    let bottom = driver.screen().lines().last().unwrap().to_owned();
    assert!(bottom.contains("· Ctrl+G: llama3:8b (ollama) writes (+1)"), "{bottom}");
    driver.press("half a question<C-g>");
    assert_eq!(driver.taken(), [Effect::NextWriter]);
    driver.send(Msg::Ready(crate::Status { generator: "llama3:8b".into(), ..session().status }));
    assert!(driver.screen().lines().last().unwrap().contains("● LOCAL llama3:8b"), "{}", driver.screen());
    assert!(driver.screen().contains("half a question"), "what was typed stays");
}
