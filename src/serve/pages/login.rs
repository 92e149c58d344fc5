//! The page that asks for a token: the only one that may be seen without.

use maud::{DOCTYPE, html};

use super::frame::head;

/// The page that asks for a token; `next` is where to go then.
pub(in crate::serve) fn login(next: &str, problem: Option<&str>) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { (head("Log in")) }
            body {
                main.login {
                    h1 { "albstats" }
                    @if let Some(problem) = problem { p.refused role="alert" { (problem) } }
                    @if problem.is_none() && !next.is_empty() {
                        p role="status" { "Nobody is logged in here, or not any more: a session ends after a while, and with its token." }
                    }
                    form method="post" action="/login" {
                        input type="hidden" name="next" value=(next);
                        label { "Token " input type="password" name="token" required autofocus autocomplete="current-password"; }
                        button { "log in" }
                    }
                    p.aside { "whoever runs this server makes one: " code { "albstats serve token NAME" } }
                }
            }
        }
    };
    page.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_to_go_then_is_text() {
        let drawn = login("/?a=\"><script>", Some("<b>no</b>"));
        assert!(!drawn.contains("<script") && !drawn.contains("<b>"), "{drawn}");
        assert!(drawn.contains("value=\"/?a=&quot;&gt;&lt;script&gt;\""), "{drawn}");
    }
}
