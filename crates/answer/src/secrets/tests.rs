//! A corpus of secrets that is made when the test runs: none of them stands in a file, none of them opens anything.

use super::*;

/// A small generator of numbers that repeats itself: the corpus is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn draw(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length).map(|_| letters[self.below(letters.len())]).collect()
    }
}

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";

/// A secret, and a line of a note that holds it.
fn corpus() -> Vec<(String, String)> {
    let mut dice = Dice(7);
    let mut all = Vec::new();
    let around = [
        "{}",
        "the key is {} for now",
        "export KEY={}",
        "- `{}` (old)",
        "备用的是 {} ，别丢了",
        "curl -H 'X: {}' host",
    ];
    let shapes: [(&[&str], usize, &str); 12] = [
        (&["s", "k-"], 40, LETTERS),
        (&["gh", "p_"], 36, LETTERS),
        (&["github", "_pat_"], 40, LETTERS),
        (&["gl", "pat-"], 20, LETTERS),
        (&["xo", "xb-"], 24, LETTERS),
        (&["AK", "IA"], 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        (&["AI", "za"], 35, LETTERS),
        (&["h", "f_"], 34, LETTERS),
        (&["sk", "_live_"], 24, LETTERS),
        (&["ey", "J"], 60, LETTERS),
        (&["gs", "k_"], 40, LETTERS),
        (&[""], 44, LETTERS),
    ];
    for n in 0..120 {
        let (prefix, length, alphabet) = shapes[n % shapes.len()];
        let secret = prefix.concat() + &dice.draw(alphabet, length);
        all.push((secret.clone(), around[n % around.len()].replace("{}", &secret)));
    }
    let named = [
        "password: {}",
        "Password = \"{}\"",
        "api_key={}",
        "DB_PASSWORD='{}'",
        "密码：{}",
        "口令: {}",
        "client_secret: {}",
        "the wifi password is {}",
        "Authorization: Bearer {}",
        "\"token\": \"{}\"",
        "postgres://admin:{}@db.example/x",
        "密钥是{}",
    ];
    for n in 0..80 {
        let secret = match n % 4 {
            0 => dice.draw(HEX, 40),
            1 => dice.draw(LETTERS, 20),
            2 => format!("{}{}!", ["horse", "Sommer", "tiger"][n % 3], dice.draw("0123456789", 3)),
            _ => format!("{}#{}", dice.draw(LETTERS, 5), dice.draw("0123456789", 4)),
        };
        all.push((secret.clone(), named[n % named.len()].replace("{}", &secret)));
    }
    all
}

#[test]
fn nearly_every_secret_is_masked() {
    let corpus = corpus();
    assert_eq!(corpus.len(), 200);
    let shown: Vec<_> = corpus.iter().filter(|(secret, line)| mask(line).0.contains(secret)).collect();
    println!("{} of {} secrets are masked", corpus.len() - shown.len(), corpus.len());
    assert!(shown.len() <= 10, "{shown:#?}");
}

#[test]
fn hardly_a_line_of_the_sample_notes_is_touched() {
    let sample = crate::testing::sample_lines();
    let touched: Vec<&String> = sample.iter().filter(|line| mask(line).1 > 0).collect();
    let lines = sample.len();
    println!("{} of {lines} lines are masked for nothing", touched.len());
    assert!(lines > 500 && touched.len() * 100 <= lines, "{touched:#?}");
}

#[test]
fn what_is_around_a_secret_stays() {
    let check = |text: &str, expected: &str| assert_eq!(mask(text).0, expected, "{text}");
    check("password: hunter2x, and so on", "password: [secret], and so on");
    check("密码：abc123456。下一句", "密码：[secret]。下一句");
    check("a token is about 0.75 words; token = 4 bytes", "a token is about 0.75 words; token = 4 bytes");
    check("the secret: patience", "the secret: patience");
    check(
        "see https://example.org/a:b@c and 2024-05-06T07:08:09",
        "see https://example.org/a:b@c and 2024-05-06T07:08:09",
    );
    let key =
        ["-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE\nxyz\n-----END RSA ", "PRIVATE KEY-----\nafter"].concat();
    check(&key, "[secret]\nafter");
    check("", "");
}

proptest::proptest! {
    #[test]
    fn any_text_can_be_looked_at(text in "[a-zA-Z0-9:=@/ \n密码：\"-]{0,80}|.{0,80}") {
        let (masked, count) = mask(&text);
        proptest::prop_assert_eq!(count > 0, masked.contains(MASK) && masked != text);
    }
}
