//! The models that fastembed knows, under the names their makers gave them, and what each wants to read.

use fastembed::EmbeddingModel::{self, *};
use strsim::levenshtein;

use super::ModelError;
use super::session::Prefixes;

/// A model of fastembed's.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) model: EmbeddingModel,
    pub(super) prefixes: Prefixes,
}

const PLAIN: Prefixes = Prefixes { question: "", passage: "" };
const E5: Prefixes = Prefixes { question: "query: ", passage: "passage: " };
/// BGE in English, mxbai and Arctic share this sentence; their model cards say so.
const SEARCHING: Prefixes =
    Prefixes { question: "Represent this sentence for searching relevant passages: ", passage: "" };
const SEARCHING_ZH: Prefixes =
    Prefixes { question: "为这个句子生成表示以用于检索相关文章：", passage: "" };
const NOMIC: Prefixes = Prefixes { question: "search_query: ", passage: "search_document: " };
const GEMMA: Prefixes =
    Prefixes { question: "task: search result | query: ", passage: "title: none | text: " };

/// Quantised variants bear the name of the whole model and `-q`.
const NAMES: &[(&str, EmbeddingModel, Prefixes)] = &[
    ("intfloat/multilingual-e5-small", MultilingualE5Small, E5),
    ("intfloat/multilingual-e5-base", MultilingualE5Base, E5),
    ("intfloat/multilingual-e5-large", MultilingualE5Large, E5),
    ("BAAI/bge-m3", BGEM3, PLAIN),
    ("BAAI/bge-small-zh-v1.5", BGESmallZHV15, SEARCHING_ZH),
    ("BAAI/bge-large-zh-v1.5", BGELargeZHV15, SEARCHING_ZH),
    ("BAAI/bge-small-en-v1.5", BGESmallENV15, SEARCHING),
    ("BAAI/bge-small-en-v1.5-q", BGESmallENV15Q, SEARCHING),
    ("BAAI/bge-base-en-v1.5", BGEBaseENV15, SEARCHING),
    ("BAAI/bge-base-en-v1.5-q", BGEBaseENV15Q, SEARCHING),
    ("BAAI/bge-large-en-v1.5", BGELargeENV15, SEARCHING),
    ("BAAI/bge-large-en-v1.5-q", BGELargeENV15Q, SEARCHING),
    ("sentence-transformers/all-MiniLM-L6-v2", AllMiniLML6V2, PLAIN),
    ("sentence-transformers/all-MiniLM-L6-v2-q", AllMiniLML6V2Q, PLAIN),
    ("sentence-transformers/all-MiniLM-L12-v2", AllMiniLML12V2, PLAIN),
    ("sentence-transformers/all-MiniLM-L12-v2-q", AllMiniLML12V2Q, PLAIN),
    ("sentence-transformers/all-mpnet-base-v2", AllMpnetBaseV2, PLAIN),
    ("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", ParaphraseMLMiniLML12V2, PLAIN),
    ("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2-q", ParaphraseMLMiniLML12V2Q, PLAIN),
    ("sentence-transformers/paraphrase-multilingual-mpnet-base-v2", ParaphraseMLMpnetBaseV2, PLAIN),
    ("nomic-ai/nomic-embed-text-v1", NomicEmbedTextV1, NOMIC),
    ("nomic-ai/nomic-embed-text-v1.5", NomicEmbedTextV15, NOMIC),
    ("nomic-ai/nomic-embed-text-v1.5-q", NomicEmbedTextV15Q, NOMIC),
    ("lightonai/modernbert-embed-large", ModernBertEmbedLarge, NOMIC),
    ("mixedbread-ai/mxbai-embed-large-v1", MxbaiEmbedLargeV1, SEARCHING),
    ("mixedbread-ai/mxbai-embed-large-v1-q", MxbaiEmbedLargeV1Q, SEARCHING),
    ("Alibaba-NLP/gte-base-en-v1.5", GTEBaseENV15, PLAIN),
    ("Alibaba-NLP/gte-base-en-v1.5-q", GTEBaseENV15Q, PLAIN),
    ("Alibaba-NLP/gte-large-en-v1.5", GTELargeENV15, PLAIN),
    ("Alibaba-NLP/gte-large-en-v1.5-q", GTELargeENV15Q, PLAIN),
    ("jinaai/jina-embeddings-v2-base-en", JinaEmbeddingsV2BaseEN, PLAIN),
    ("jinaai/jina-embeddings-v2-base-code", JinaEmbeddingsV2BaseCode, PLAIN),
    ("google/embeddinggemma-300m", EmbeddingGemma300M, GEMMA),
    ("google/embeddinggemma-300m-q", EmbeddingGemma300MQ, GEMMA),
    ("google/embeddinggemma-300m-q4", EmbeddingGemma300MQ4, GEMMA),
    ("Snowflake/snowflake-arctic-embed-xs", SnowflakeArcticEmbedXS, SEARCHING),
    ("Snowflake/snowflake-arctic-embed-xs-q", SnowflakeArcticEmbedXSQ, SEARCHING),
    ("Snowflake/snowflake-arctic-embed-s", SnowflakeArcticEmbedS, SEARCHING),
    ("Snowflake/snowflake-arctic-embed-s-q", SnowflakeArcticEmbedSQ, SEARCHING),
    ("Snowflake/snowflake-arctic-embed-m", SnowflakeArcticEmbedM, SEARCHING),
    ("Snowflake/snowflake-arctic-embed-m-q", SnowflakeArcticEmbedMQ, SEARCHING),
    ("Snowflake/snowflake-arctic-embed-m-long", SnowflakeArcticEmbedMLong, SEARCHING),
    ("Snowflake/snowflake-arctic-embed-m-long-q", SnowflakeArcticEmbedMLongQ, SEARCHING),
    ("Snowflake/snowflake-arctic-embed-l", SnowflakeArcticEmbedL, SEARCHING),
    ("Snowflake/snowflake-arctic-embed-l-q", SnowflakeArcticEmbedLQ, SEARCHING),
    ("Qdrant/clip-ViT-B-32-text", ClipVitB32, PLAIN),
];

/// The names that [`EmbedderOptions::model`](super::EmbedderOptions::model) takes: the bundled model first.
pub fn known_models() -> impl Iterator<Item = &'static str> {
    std::iter::once(super::BUNDLED).chain(NAMES.iter().map(|(name, ..)| *name))
}

impl Named {
    /// The model of a name, in upper or lower case; a name that fastembed uses itself (`BGESmallZHV15`) will do.
    pub(super) fn find(name: &str) -> Result<Self, ModelError> {
        let found = NAMES.iter().find(|(known, model, _)| {
            known.eq_ignore_ascii_case(name) || format!("{model:?}").eq_ignore_ascii_case(name)
        });
        match found {
            Some((name, model, prefixes)) => Ok(Self { name, model: model.clone(), prefixes: *prefixes }),
            None => {
                Err(ModelError::Unknown { name: crate::words(name), near: nearest(name).map(str::to_owned) })
            }
        }
    }
}

/// The known name nearest to a wrong one, maker's name left out where it was left out; none when none is near.
fn nearest(name: &str) -> Option<&'static str> {
    // The distance takes time in proportion to the length, and no name is as long as this.
    let name: String = name.chars().take(100).collect::<String>().to_lowercase();
    let distance_to = |known: &str| {
        let known = known.to_lowercase();
        let short = known.rsplit('/').next().unwrap_or(&known);
        levenshtein(&name, &known).min(levenshtein(&name, short))
    };
    let near = known_models().map(|known| (distance_to(known), known)).min_by_key(|(far, _)| *far);
    near.filter(|(far, _)| *far * 3 <= name.chars().count()).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastembed::TextEmbedding;

    #[test]
    fn every_model_of_fastembed_has_one_name() {
        for known in TextEmbedding::list_supported_models() {
            let named = NAMES.iter().filter(|(_, model, _)| *model == known.model).count();
            assert_eq!(named, 1, "{:?}", known.model);
        }
        assert_eq!(NAMES.len(), TextEmbedding::list_supported_models().len());
    }

    #[test]
    fn names_are_found_in_any_case() {
        let check = |name, expected| assert_eq!(Named::find(name).unwrap().model, expected, "{name}");
        check("BAAI/bge-small-zh-v1.5", BGESmallZHV15);
        check("baai/BGE-small-zh-v1.5", BGESmallZHV15);
        check("bgesmallzhv15", BGESmallZHV15);
        check("nomic-ai/nomic-embed-text-v1.5-q", NomicEmbedTextV15Q);
    }

    #[test]
    fn a_wrong_name_gets_the_nearest_right_one() {
        let check = |name: &str, expected: Option<&str>| match Named::find(name).unwrap_err() {
            ModelError::Unknown { near, .. } => assert_eq!(near.as_deref(), expected, "{name}"),
            other => panic!("{other:?}"),
        };
        check("bge-small-zh-v1.5", Some("BAAI/bge-small-zh-v1.5"));
        check("BAAI/bge-smal-zh-v1.5", Some("BAAI/bge-small-zh-v1.5"));
        check("Bundled", Some("bundled"));
        check("bundeld", Some("bundled"));
        check("multilingual-e5-smal", Some("intfloat/multilingual-e5-small"));
        check("gpt-4", None);
        check("", None);
        check(&"x".repeat(100_000), None);
    }
}
