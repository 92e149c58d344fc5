//! The answer to a statement, as it comes: rows in one of the formats, a piece at a time.
//!
//! The first pieces are held back, so that what goes wrong early, and whatever is wrong with a small answer, is said with a
//! status. Later there is only one way to say it: the connection ends before the answer does.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use anyhow::Result;
use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::StatusCode;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::stop::Why;
use super::{Clock, Entry, Running, Stop, Waits, caught};
use crate::base::message::Message;
use crate::output::{Format, TableLayout, writer};
use crate::serve::answers::{Answered, Read};
use crate::serve::refusal::Refusal;
use crate::serve::settings::Limits;

/// Bytes that are held back.
const HELD: usize = 256 << 10;
/// Pieces on their way to whoever asks.
const PIECES: usize = 4;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An object: columns, rows, and what was read.
    Json,
    Rows(Format),
}

/// How an answer is to look.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub form: Form,
    /// Rows that are enough.
    pub limit: Option<u64>,
}

enum Piece {
    Bytes(Bytes),
    End(Result<(), Refusal>),
}

/// An answer on its way.
pub struct Rows {
    /// The number of the question.
    pub id: u64,
    held: std::vec::IntoIter<Bytes>,
    rest: Option<mpsc::Receiver<Piece>>,
    waits: Waits,
    /// Goes on while pieces that are written already are on their way.
    _clock: Arc<Clock>,
}

impl Stream for Rows {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.waits.0.stopper.why() == Some(Why::Lapsed) {
            return Poll::Ready(Some(Err(io::Error::other(Why::Lapsed.words()))));
        }
        if let Some(bytes) = self.held.next() {
            return Poll::Ready(Some(Ok(bytes)));
        }
        let Some(rest) = &mut self.rest else { return Poll::Ready(None) };
        Poll::Ready(match std::task::ready!(rest.poll_recv(context)) {
            Some(Piece::Bytes(bytes)) => Some(Ok(bytes)),
            Some(Piece::End(Ok(()))) => None,
            Some(Piece::End(Err(refusal))) => Some(Err(io::Error::other(refusal.message.shown_text()))),
            None => Some(Err(io::Error::other("the answer ended in the middle"))),
        })
    }
}

impl Running {
    /// Answers a statement on a thread of its own and in the engine's runtime. It ends when nobody reads what it writes.
    ///
    /// # Errors
    /// What goes wrong before the first bytes are on their way.
    pub async fn stream(
        self,
        wanted: Wanted,
        handle: Handle,
        ask: impl FnOnce(&Stop) -> Result<Answered> + Send + 'static,
    ) -> Result<Rows, Refusal> {
        let (entry, queries) = (Arc::clone(&self.listed.entry), Arc::clone(&self.listed.queries));
        let (sender, mut pieces) = mpsc::channel(PIECES);
        let (stop, waits) = (entry.stopper.listen(), Waits(Arc::clone(&entry)));
        let clock = Arc::clone(&self.clock);
        let refuses = Arc::clone(&queries);
        self.on_a_thread(move |running| {
            let (entry, limits) = (&running.listed.entry, &running.listed.queries.limits);
            let stop = entry.stopper.listen();
            let written = caught(|| {
                let answered = ask(&stop)?;
                let written = write(answered, wanted, entry, limits, &sender);
                handle.block_on(async {
                    tokio::select! {
                        written = written => written,
                        error = stop.asked() => Err(error),
                    }
                })
            });
            let ended = match entry.stopper.why() {
                Some(why) => written.map_err(|_| running.listed.queries.refused(why)),
                None => written,
            };
            entry.ends(ended.as_ref().err().map(|refusal| Message::clone(&refusal.message)));
            drop(running);
            let _ = handle.block_on(sender.send(Piece::End(ended)));
        })?;
        let (mut held, mut size) = (Vec::new(), 0);
        while size < HELD {
            let piece = tokio::select! {
                biased;
                piece = pieces.recv() => piece,
                why = stop.why() => return Err(refuses.refused(why)),
            };
            match piece {
                Some(Piece::Bytes(bytes)) => {
                    size += bytes.len();
                    held.push(bytes);
                }
                Some(Piece::End(ended)) => {
                    ended?;
                    return Ok(Rows { id: entry.id, held: held.into_iter(), rest: None, waits, _clock: clock });
                }
                None => return Err(Refusal::bug()),
            }
        }
        Ok(Rows { id: entry.id, held: held.into_iter(), rest: Some(pieces), waits, _clock: clock })
    }
}

/// What a writer has written, until it is sent.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes an answer and sends it.
async fn write(
    answered: Answered,
    wanted: Wanted,
    entry: &Entry,
    limits: &Limits,
    sender: &mpsc::Sender<Piece>,
) -> Result<()> {
    let Answered { rows, source, warnings } = answered;
    let (mut pipe, schema) = (Pipe::default(), Arc::clone(&rows.schema));
    let format = match wanted.form {
        Form::Json => Format::Json,
        Form::Rows(format) => format,
    };
    if wanted.form == Form::Json {
        let columns: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| json!({ "name": field.name(), "type": field.data_type().to_string() }))
            .collect();
        let (columns, warnings) = (json!(columns), json!(warnings));
        write!(pipe, "{{\"query\":{},\"columns\":{columns},\"warnings\":{warnings},\"rows\":", entry.id)?;
    }
    let mut writer = writer(format, schema, pipe.clone(), TableLayout::plain())?;
    let mut sent = Sent { entry, limits, sender, rows: 0, bytes: 0 };
    let (mut batches, mut more) = (rows.batches, false);
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let (batch, is_cut) = sent.within(batch, wanted.limit)?;
        writer.write(&batch)?;
        entry.has_read(Read::of(&source));
        sent.send(pipe.take(), batch.num_rows()).await?;
        if is_cut {
            more = true;
            break;
        }
    }
    drop(batches);
    writer.finish()?;
    let read = Read::of(&source);
    entry.has_read(read);
    if wanted.form == Form::Json {
        let (read, elapsed, rows) = (json!(read), entry.elapsed(), sent.rows);
        writeln!(pipe, ",\"row_count\":{rows},\"more\":{more},\"read\":{read},\"elapsed_ms\":{elapsed}}}")?;
    }
    sent.send(pipe.take(), 0).await
}

/// What was sent so far.
struct Sent<'a> {
    entry: &'a Entry,
    limits: &'a Limits,
    sender: &'a mpsc::Sender<Piece>,
    rows: u64,
    bytes: u64,
}

impl Sent<'_> {
    /// The rows of a batch that are still wanted, and whether there are more.
    fn within(&self, batch: RecordBatch, limit: Option<u64>) -> Result<(RecordBatch, bool)> {
        let rows = batch.num_rows() as u64;
        if let Some(limit) = limit.filter(|limit| *limit <= self.limits.max_rows) {
            let left = limit - self.rows.min(limit);
            if rows > left {
                return Ok((batch.slice(0, usize::try_from(left)?), true));
            }
        } else if self.rows + rows > self.limits.max_rows {
            return Err(too_large(format!("the answer has more than {} rows", self.limits.max_rows)));
        }
        Ok((batch, false))
    }

    async fn send(&mut self, bytes: Bytes, rows: usize) -> Result<()> {
        let (rows, length) = (rows as u64, bytes.len() as u64);
        (self.rows, self.bytes) = (self.rows + rows, self.bytes + length);
        if self.bytes > self.limits.max_bytes {
            return Err(too_large(format!("the answer has more than {} bytes", self.limits.max_bytes)));
        }
        self.entry.answered(rows, length);
        if !bytes.is_empty() {
            self.sender.send(Piece::Bytes(bytes)).await.map_err(|_| Message::new("whoever asked has gone"))?;
        }
        Ok(())
    }
}

fn too_large(text: String) -> anyhow::Error {
    let message = Message::from(text).hint("LIMIT, the parameter limit, or a question that groups");
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "answer_too_large", message).into()
}
