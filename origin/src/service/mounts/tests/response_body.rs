//! Bodies of responses.

use super::super::response_body::Interrupted;
use super::*;

#[tokio::test]
async fn bodies_come_through_with_their_length_and_trailers() {
    let trailers = HeaderMap::from_iter([("x-sum".parse().unwrap(), "7".parse().unwrap())]);
    let mut body = frames([data(1, 3), data(2, 40_000), Frame::trailers(trailers.clone())]);
    body.hint = SizeHint::with_exact(40_003);
    let runtime = giving(body);
    let mut body = get(&runtime).await.into_body();
    let mut came = Vec::new();
    assert_eq!(body.size_hint().exact(), Some(40_003));
    while let Some(frame) = body.frame().await {
        match frame.unwrap().into_data() {
            Ok(data) => came.push(data),
            Err(frame) => assert_eq!(frame.into_trailers().unwrap(), trailers),
        }
        let so_far = came.iter().map(Bytes::len).sum::<usize>() as u64;
        assert_eq!(body.size_hint().exact(), Some(40_003 - so_far));
    }
    assert!(body.is_end_stream());
    // In frames that hyper may hold whole.
    assert_eq!(came.iter().map(Bytes::len).collect::<Vec<_>>(), [3, 16 << 10, 16 << 10, 40_000 - (32 << 10)]);
    assert!(came[0] == [1; 3][..] && came[1..].iter().flatten().all(|byte| *byte == 2));
}

#[tokio::test]
async fn the_last_frame_is_known_as_the_last() {
    let runtime = giving(Full::from("all"));
    let mut body = get(&runtime).await.into_body();
    assert!(!body.is_end_stream());
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "all");
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn errors_of_bodies_come_through() {
    let mut frames = VecDeque::from([Ok(data(1, 1)), Err(io::Error::other("of the mount"))]);
    let (body, ..) = scripted(move |_| Poll::Ready(frames.pop_front()));
    let runtime = giving(body);
    let mut body = get(&runtime).await.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    assert_eq!(body.frame().await.unwrap().unwrap_err().to_string(), "of the mount");
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn an_empty_body_has_ended_with_its_head() {
    let response = get(&giving(Empty::<Bytes>::new())).await;
    assert!(response.body().is_end_stream());
    assert_eq!(response.body().size_hint().exact(), Some(0));
}

#[tokio::test]
async fn a_body_that_panics_does_not_look_whole() {
    let mut turns = 0;
    let (body, ..) = scripted(move |_| {
        turns += 1;
        assert!(turns < 2, "the second frame panics");
        Poll::Ready(Some(Ok(data(1, 1))))
    });
    let runtime = giving(body);
    let mut body = get(&runtime).await.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    assert!(body.frame().await.unwrap().unwrap_err().is::<Interrupted>());
}

#[tokio::test]
async fn no_more_than_one_frame_is_made_ahead() {
    let (body, asked, _gone) = scripted(|_| Poll::Ready(Some(Ok(data(1, 100_000)))));
    let runtime = giving(body);
    let mut body = get(&runtime).await.into_body();
    sleep(SHORT).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    for _ in 0..7 {
        body.frame().await.unwrap().unwrap();
    }
    sleep(SHORT).await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn who_takes_nothing_for_too_long_gets_no_more() {
    let (body, _, is_gone) = scripted(|_| Poll::Ready(Some(Ok(data(1, 100)))));
    let runtime = giving(body);
    let mut body = runtime.find("/path").unwrap().call(request("GET"), SHORT).await.into_body();
    timeout(LONG, is_gone).await.unwrap().unwrap();
    // The frame that was ready, and no whole body.
    assert!(body.frame().await.unwrap().is_ok());
    assert!(body.frame().await.unwrap().unwrap_err().is::<Interrupted>());
}

#[tokio::test]
async fn a_mount_may_take_its_time_for_the_next_frame() {
    let (mut timer, mut given) = (Box::pin(sleep(3 * SHORT)), false);
    let (body, ..) = scripted(move |cx| {
        if std::mem::replace(&mut given, timer.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(None);
        }
        if given { Poll::Ready(Some(Ok(data(7, 1)))) } else { Poll::Pending }
    });
    let runtime = giving(body);
    let response = runtime.find("/path").unwrap().call(request("GET"), SHORT).await;
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), [7][..]);
}
