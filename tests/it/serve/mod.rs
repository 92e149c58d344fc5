//! `albstats serve`: what is answered, by whom it may be asked, and that nobody can keep it from answering.

mod api;
mod door;
mod hostile;
mod limits;
mod live;
mod openapi;
mod pages;
mod server;
mod tls;
mod watched;
