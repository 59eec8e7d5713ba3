alice: GET /view shows
alice: FETCH /view
