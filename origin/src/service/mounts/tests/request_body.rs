//! Bodies of requests.

use super::*;

#[tokio::test]
async fn what_a_client_sends_is_counted() {
    let mut body = RequestBody::new(frames([data(1, 5), data(2, 6)]), LONG);
    let received = body.received();
    assert!(!body.is_end_stream());
    let runtime = mounted(|request| async { Response::new(request.into_body()) });
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap().len(), 5);
    assert_eq!(received.bytes(), 5);
    let echoed = runtime.find("/").unwrap().call(Request::new(body), LONG).await.into_body();
    assert_eq!(echoed.collect().await.unwrap().to_bytes(), [2; 6][..]);
    assert_eq!(received.bytes(), 11);
}

#[tokio::test]
async fn a_request_without_content_has_ended() {
    assert!(RequestBody::new(Empty::<Bytes>::new(), LONG).is_end_stream());
    let mut body = RequestBody::new(Full::<Bytes>::from("all"), LONG);
    assert_eq!(body.size_hint().exact(), Some(3));
    body.frame().await.unwrap().unwrap();
    assert!(body.is_end_stream());
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn a_client_that_sends_nothing_for_too_long_is_disconnected() {
    let (content, _, is_gone) = scripted(|_| Poll::Pending);
    let began = Instant::now();
    let mut body = RequestBody::new(content, SHORT);
    assert_eq!(body.frame().await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert!(began.elapsed() >= SHORT);
    is_gone.await.unwrap();
    assert!(body.is_end_stream() && body.frame().await.is_none());
}

#[tokio::test]
async fn no_time_runs_while_nobody_waits() {
    // Each frame comes after half of the patience; the mount takes its time before it asks again.
    let mut timer = None;
    let (content, ..) = scripted(move |cx| {
        let timer = timer.get_or_insert_with(|| Box::pin(sleep(SHORT)));
        std::task::ready!(timer.as_mut().poll(cx));
        timer.set(sleep(SHORT));
        Poll::Ready(Some(Ok(data(1, 1))))
    });
    let mut body = RequestBody::new(content, 10 * SHORT);
    for _ in 0..2 {
        body.frame().await.unwrap().unwrap();
        sleep(12 * SHORT).await;
    }
    for _ in 0..14 {
        body.frame().await.unwrap().unwrap();
    }
}
