//! SIGHUP: the configuration is read again.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::super::common::{GlobalArgs, message};
use super::answers::OverSources;
use crate::base::config::Overrides;
use crate::base::message::Message;

/// Takes over what can be taken over, whenever it is asked to; says what cannot. Files of tokens and certificates are looked at
/// anyway.
pub(super) async fn when_asked(answers: Arc<OverSources>, global: GlobalArgs) {
    let Ok(mut asked) = signal(SignalKind::hangup()) else { return };
    while asked.recv().await.is_some() {
        match global.load_config(Overrides::default()) {
            Ok(config) => {
                let takes_restart = answers.reload(config);
                message(format_args!(
                    "the configuration was read again: [limits], [read], [tables] and inventory count"
                ));
                if takes_restart {
                    message(
                        Message::new("warning: [serve], [sources] or alerts differ from what is served")
                            .hint("a restart takes them over"),
                    );
                }
            }
            Err(error) => {
                message(
                    Message::from(error).after("warning: the configuration that was read before goes on to count: "),
                );
            }
        }
    }
}
