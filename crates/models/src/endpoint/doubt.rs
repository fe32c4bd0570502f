//! The model at an endpoint as a checker: asked, in a short prompt of its own, whether a passage says a claim.

use std::sync::Arc;

use answer::{BoxFuture, Doubt, Entailment, EntailmentError};

use super::draft::Terms;
use super::http::Server;
/// Asks the model that writes.
pub(super) struct Doubter(pub(super) Arc<Server>);

/// The most that an answer of one word may take, in bytes: with the likeliest words beside it.
const MOST: usize = 1 << 20;

impl Entailment for Doubter {
    fn name(&self) -> &str {
        &self.0.target.model
    }

    fn is_remote(&self) -> bool {
        !self.0.target.place.is_local
    }

    fn waits_for_the_draft(&self) -> bool {
        true
    }

    fn entails(&self, doubt: Doubt) -> BoxFuture<'_, Result<f32, EntailmentError>> {
        Box::pin(ask(&self.0, doubt))
    }
}

/// Asks once; again, differently, where the server does not take a setting.
async fn ask(server: &Server, doubt: Doubt) -> Result<f32, EntailmentError> {
    let failed = |failure: answer::Failure| EntailmentError::Failed(failure.message);
    let prompt = doubt.prompt();
    let mut terms = Terms { temperature: Some(0.0), new_limit_name: false };
    let mut more = true;
    loop {
        let body = server.wire.at_once(server.wire.body(&prompt, &terms.ask(server)), more);
        match server.post(server.target.place.url.clone(), &body).await.map_err(failed)? {
            Ok(response) => {
                let response = server.whole(response, MOST).await.map_err(failed)?;
                return server.wire.likelihood_of_yes(&response);
            }
            Err(refused) if terms.yield_to(refused.status, &refused.complaint) => {}
            Err(refused) if refused.status == 400 && more => more = false,
            Err(refused) => {
                let next = refused.next.as_deref();
                return Err(failed(server.target.refused(refused.status, &refused.complaint, next)));
            }
        }
    }
}
