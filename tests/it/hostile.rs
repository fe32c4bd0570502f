//! Text from notes is hostile until sanitised.

use crate::harness::Place;

#[test]
fn control_characters_of_a_note_never_reach_the_terminal() {
    let evil = "# Evil\u{1b}]0;owned\u{7} heading\n\nThe secret lever \u{1b}[31mis red\u{1b}[0m and \u{202e}desrever\u{202c} it opens the \u{e0041}\u{e0042}gate.\n";
    let place = Place::of(&[("evil\u{1b}[2J.md", evil)]);
    for args in
        [&["ask", "what does the secret lever open"][..], &["search", "what does the secret lever open"][..]]
    {
        // The harness asserts that no escape byte comes out.
        let ran = place.run(args);
        let all = format!("{}{}", ran.out, ran.err);
        for bad in ['\u{7}', '\u{1b}', '\u{202e}', '\u{202c}', '\u{e0041}'] {
            assert!(!all.contains(bad), "{bad:?} in {all:?}");
        }
        assert!(!all.contains("owned"), "{all:?}");
    }
}

#[test]
fn odd_questions_are_questions() {
    let place = Place::of(&[("a.md", "GQA shares heads between queries.")]);
    for question in
        ["???", "\"", "(", "GQA AND OR NOT *", "🙂", "的", "a:b:c", "\u{202e}GQA", &"很长".repeat(2000)]
    {
        let ran = place.run(&["ask", question]);
        assert!([0, 1].contains(&ran.code), "{question:.20}: {}", ran.err);
    }
}
