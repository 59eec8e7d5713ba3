price: shared register
world: write price.txt VALUE     writes price
alice: GET /price                shows price
world: write price.txt VALUE     writes price
alice: GET /price                shows price
