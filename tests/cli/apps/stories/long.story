alice: GET /add/VALUE
alice: GET /view shows
alice: GET /add/VALUE
alice: GET /view shows
bob: GET /add/VALUE
bob: GET /view shows
bob: GET /add/VALUE
bob: GET /view shows
carol: GET /add/VALUE
carol: GET /view shows
