//! Embeddings: what is posted for some texts, and the vectors in what comes back. Pure.

use serde_json::{Value, json};

use super::Wire;

impl Wire {
    /// The path, below the dialect's own, where texts are embedded; none where the dialect has no words for it.
    pub(crate) fn vectors_path(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("/embeddings"),
            Self::Ollama => Some("/api/embed"),
            Self::Anthropic => None,
        }
    }

    /// What is posted to have `texts` embedded. Ollama cuts a text that is too long by itself.
    pub(crate) fn vectors_body(self, model: &str, texts: &[String]) -> Value {
        match self {
            Self::Ollama => json!({ "model": model, "input": texts, "truncate": true }),
            Self::OpenAi | Self::Anthropic => {
                json!({ "model": model, "input": texts, "encoding_format": "float" })
            }
        }
    }
}

/// The vectors in a response to `count` texts, in the order of the texts, each of length 1 (L2).
///
/// # Errors
/// What is wrong with the response, in a few words.
pub(crate) fn vectors(response: &Value, count: usize) -> Result<Vec<Vec<f32>>, String> {
    let rows = match (response.get("embeddings"), response.get("data")) {
        (Some(Value::Array(rows)), _) => rows.iter().map(Some).collect(),
        (_, Some(Value::Array(data))) => in_order(data)?,
        _ => return Err("it holds no vectors".into()),
    };
    if rows.len() != count {
        return Err(format!("it has {} vectors for {count} texts", rows.len()));
    }
    let vectors: Vec<Vec<f32>> = rows.into_iter().map(vector).collect::<Result<_, _>>()?;
    match vectors.windows(2).find(|pair| pair[0].len() != pair[1].len()) {
        Some(pair) => Err(format!("its vectors have {} and {} numbers", pair[0].len(), pair[1].len())),
        None => Ok(vectors),
    }
}

/// The vectors of OpenAI's list, sorted by the number of their text: services may answer out of order.
fn in_order(data: &[Value]) -> Result<Vec<Option<&Value>>, String> {
    let mut rows = vec![None; data.len()];
    for (at, entry) in data.iter().enumerate() {
        let number = match entry.get("index") {
            None | Some(Value::Null) => at,
            Some(index) => index.as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(usize::MAX),
        };
        match rows.get_mut(number) {
            Some(row @ None) => *row = Some(entry.get("embedding").unwrap_or(&Value::Null)),
            _ => return Err("its vectors are not numbered from 0".into()),
        }
    }
    Ok(rows)
}

fn vector(row: Option<&Value>) -> Result<Vec<f32>, String> {
    const NO_VECTOR: &str = "a vector in it is not made of numbers";
    let numbers = row.and_then(Value::as_array).ok_or(NO_VECTOR)?;
    let numbers: Option<Vec<f64>> = numbers.iter().map(Value::as_f64).collect();
    let numbers = numbers.ok_or(NO_VECTOR)?;
    // Divided by the largest first: squares of large numbers would not fit.
    let largest = numbers.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return Err("a vector in it has no length".into());
    }
    let length = numbers.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt();
    #[allow(clippy::cast_possible_truncation, reason = "at most 1")]
    Ok(numbers.iter().map(|x| (x / largest / length) as f32).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(response: &str, count: usize, expected: Result<&[&[f32]], &str>) {
        let found = vectors(&serde_json::from_str(response).unwrap(), count);
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{response}"),
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}: {response}"),
            _ => panic!("{found:?}: {response}"),
        }
    }

    #[test]
    fn both_dialects_are_read() {
        check(r#"{"data":[{"index":0,"embedding":[3,4]}]}"#, 1, Ok(&[&[0.6, 0.8]]));
        check(
            r#"{"data":[{"index":1,"embedding":[0,2]},{"index":0,"embedding":[1,0]}]}"#,
            2,
            Ok(&[&[1.0, 0.0], &[0.0, 1.0]]),
        );
        check(r#"{"data":[{"embedding":[1]},{"embedding":[-2]}]}"#, 2, Ok(&[&[1.0], &[-1.0]]));
        check(r#"{"embeddings":[[0,1e300]],"total_duration":1}"#, 1, Ok(&[&[0.0, 1.0]]));
    }

    #[test]
    fn what_is_no_vector_is_told() {
        check("{}", 1, Err("no vectors"));
        check("[]", 1, Err("no vectors"));
        check(r#"{"data":[]}"#, 1, Err("0 vectors for 1"));
        check(r#"{"embeddings":[[1],[1]]}"#, 1, Err("2 vectors for 1"));
        check(r#"{"embeddings":[[1],[1,2]]}"#, 2, Err("1 and 2 numbers"));
        check(r#"{"embeddings":[[]]}"#, 1, Err("no length"));
        check(r#"{"embeddings":[[0,0]]}"#, 1, Err("no length"));
        check(r#"{"embeddings":[[1,null]]}"#, 1, Err("not made of numbers"));
        check(r#"{"embeddings":["AAAA"]}"#, 1, Err("not made of numbers"));
        check(r#"{"data":[{"index":0}]}"#, 1, Err("not made of numbers"));
        check(r#"{"data":[{"index":7,"embedding":[1]}]}"#, 1, Err("not numbered"));
        check(r#"{"data":[{"index":-1,"embedding":[1]}]}"#, 1, Err("not numbered"));
        check(
            r#"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#,
            2,
            Err("not numbered"),
        );
    }

    #[test]
    fn texts_are_posted_as_they_are() {
        let texts = ["分组".to_owned(), "b".to_owned()];
        let body = Wire::OpenAi.vectors_body("m", &texts);
        assert_eq!(body, json!({ "model": "m", "input": ["分组", "b"], "encoding_format": "float" }));
        let body = Wire::Ollama.vectors_body("m", &texts);
        assert_eq!(body, json!({ "model": "m", "input": ["分组", "b"], "truncate": true }));
        assert_eq!(Wire::ALL.map(Wire::vectors_path), [Some("/embeddings"), Some("/api/embed"), None]);
    }

    proptest! {
        #[test]
        fn every_vector_has_length_1(rows in proptest::collection::vec(proptest::collection::vec(-1e200_f64..1e200, 3), 1..5)) {
            let response = json!({ "embeddings": rows });
            for vector in vectors(&response, rows.len()).unwrap() {
                let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
                prop_assert!((length - 1.0).abs() < 1e-5, "{length}");
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in r#"\{"(data|embeddings)":\[(\{"index":[0-3],"embedding":\[[0-9,]{0,5}\]\},?|\[[0-9.e+-]{0,6}\],?){0,4}\]\}"#) {
            if let Ok(response) = serde_json::from_str(&text) {
                let _ = vectors(&response, 2);
            }
        }
    }
}
