//! Another year or month.

use super::dice::Dice;
use super::digits::{Digits, Known, digits, replace};

pub(super) const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The sentence with another year or month.
pub(super) fn date(text: &str, known: &Known<'_>, dice: &mut Dice) -> Option<String> {
    let mut choices: Vec<String> = Vec::new();
    for year in digits(text).into_iter().filter(Digits::is_year) {
        let others: Vec<f64> = [-4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0]
            .into_iter()
            .map(|by| year.value + by)
            .filter(|&value| !known.has(value))
            .collect();
        choices
            .extend(dice.pick(&others).map(|value| replace(text, year.start, year.end, &year.write(value))));
    }
    for month in MONTHS {
        for (start, _) in text.match_indices(month) {
            let end = start + month.len();
            // `May` is also a verb.
            if text[end..].starts_with(' ') && text[end + 1..].starts_with(|c: char| c.is_ascii_digit()) {
                let others: Vec<&str> =
                    MONTHS.iter().copied().filter(|other| !known.text.contains(other)).collect();
                choices.extend(dice.pick(&others).map(|other| replace(text, start, end, other)));
            }
        }
    }
    dice.pick(&choices)
}
