//! Uploads in small pieces, as live sound comes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};

use super::client::{Way, whole};
use super::house;

/// Content of so many pieces, each a frame of its own over HTTP/2.
struct Trickle(u32);

const PIECE: [u8; 300] = [7; 300];

impl Body for Trickle {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0 = match self.0.checked_sub(1) {
            None => return Poll::Ready(None),
            Some(left) => left,
        };
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&PIECE)))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_may_come_in_any_number_of_small_pieces() {
    /// Half an hour of sound, at 47 a second.
    const PIECES: u32 = 47 * 60 * 30;
    let house = house(|_| {});
    let mut client = Way { tls: false, http2: true }.connect(&house.origin).await;
    let answer = client.post("/api/v1/sum", Trickle(PIECES)).await.unwrap();
    let length = u64::from(PIECES) * PIECE.len() as u64;
    assert!(whole(answer).await.starts_with(&format!("{length} ")));
}
